//! The contracts' events over HTTP, from a simulated chain.

use crate::support::{Client, Socket, World, settings};
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use veriframe_chain::Felt;
use veriframe_coordinator::{ChainSettings, Deployment, DeploymentError, LaunchError, launch_with_listener};
use veriframe_core::SystemClock;
use veriframe_ipfs::BlockStore;
use veriframe_wire::{
    ErrorCode, EventData, Page,
    chain::{ChainDifference, ChainEvent, ChainEventStats, ContractName, Contracts},
    health::{Component, Health, Level},
};

#[expect(dead_code, reason = "the tests of the indexer itself use the rest")]
#[path = "../../src/indexer/tests/simulated.rs"]
mod simulated;

use simulated::{CHAIN_ID, CONTRACTS, Faults, SimulatedNode, said};

fn chain(node: &Arc<SimulatedNode>) -> ChainSettings {
    ChainSettings {
        node: Arc::clone(node) as Arc<dyn veriframe_chain::node::Node>,
        deployment: Deployment {
            chain_id: CHAIN_ID,
            contracts: CONTRACTS,
            start_block: 1,
        },
        poll_interval: Duration::from_millis(10),
    }
}

/// Three jobs, a worker, something unknown and something broken; one block each.
fn told() -> Arc<SimulatedNode> {
    let node = Arc::new(SimulatedNode::new(1));
    let market = CONTRACTS.market;
    for job in 1..=3 {
        node.push(vec![said(market, "JobCreated", &[job, 0xc, 77, 500, 9000, 60, 1, 0])]);
    }
    node.push(vec![
        said(market, "JobAssigned", &[2, 0xd, 0xd]),
        said(CONTRACTS.registry, "WorkerRegistered", &[0xd, 50, 0]),
    ]);
    node.push(vec![said(market, "Renamed", &[1])]);
    node.push(vec![said(CONTRACTS.registry, "WorkerVerified", &[0xd, 7])]);
    node
}

async fn component(world: &World) -> (Level, Component) {
    let url = format!("{}/health", world.running.url());
    let health: Health = reqwest::get(url).await.unwrap().json().await.unwrap();
    (health.status, health.components["indexer"].clone())
}

/// Asks until it is so. The indexer tells nobody when a pass is over.
async fn until(world: &World, what: impl Fn(&Component) -> bool) -> (Level, Component) {
    let wanted = async {
        loop {
            let (status, component) = component(world).await;
            if what(&component) {
                return (status, component);
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wanted).await.unwrap()
}

async fn until_stats(me: &Client, what: impl Fn(&ChainEventStats) -> bool) -> ChainEventStats {
    let wanted = async {
        loop {
            let stats: ChainEventStats = me.get("/events/summary/stats").await.unwrap();
            if what(&stats) {
                return stats;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wanted).await.unwrap()
}

/// Where the database may be shared, a coordinator first waits whether another reads the chain.
fn reads_the_chain(component: &Component) -> bool {
    component.status == Level::Ok && component.detail != "another replica reads the chain"
}

#[tokio::test]
async fn events_are_listed() {
    let node = told();
    let world = World::start_with(|settings| settings.chain = Some(chain(&node))).await;
    let (_, component) = until(&world, reads_the_chain).await;
    assert_eq!(component.detail, "0 blocks behind");
    let me = world.client().await;
    let list = async |query: &str| me.get::<Page<ChainEvent>>(&format!("/events{query}")).await.unwrap();

    let all = list("").await.items;
    assert_eq!(all.len(), 7);
    assert!(all.is_sorted_by_key(|event| (event.block_number, event.transaction_index, event.event_index)));
    assert_eq!(all[0].name.as_deref(), Some("JobCreated"));
    assert_eq!((all[0].job, all[0].contract), (Some(1), ContractName::Market));
    assert_eq!(all[0].data[1], "0xc");

    // By pages: the same.
    let mut paged = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page = list(&query).await;
        paged.extend(page.items);
        let Some(cursor) = page.next_cursor else { break };
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(paged, all);

    let numbers = async |query: &str| -> Vec<usize> {
        let items = list(query).await.items;
        let place = |event: &ChainEvent| all.iter().position(|other| other == event).unwrap();
        items.iter().map(place).collect()
    };
    assert_eq!(numbers("?name=JobCreated").await, [0, 1, 2]);
    assert_eq!(numbers("?job=2").await, [1, 3]);
    assert_eq!(numbers("?account=0xD").await, [3, 4]);
    assert_eq!(numbers("?contract=registry").await, [4, 6]);
    assert_eq!(numbers("?from_block=5").await, [5, 6]);
    assert_eq!(numbers("?from_block=2&name=JobCreated&account=0xc").await, [1, 2]);
    assert_eq!(numbers("/unprocessed").await, [5, 6]);
    assert_eq!(numbers("/unprocessed?limit=1").await, [5]);
    assert_eq!(all[5].name, None);
    assert!(
        all[6]
            .reason
            .as_deref()
            .is_some_and(|reason| reason.contains("verified"))
    );
    for query in ["?cursor=x", "?limit=0", "?contract=bank", "?colour=red"] {
        let refused = me.get::<Value>(&format!("/events{query}")).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidRequest, "{query}");
    }

    let stats: ChainEventStats = me.get("/events/summary/stats").await.unwrap();
    assert_eq!((stats.total, stats.unprocessed, stats.counts["JobCreated"]), (7, 2, 3));
    assert_eq!((stats.first_block, stats.last_block), (Some(1), Some(6)));
    assert_eq!(
        (stats.indexed_block, stats.head_block, stats.lag_blocks),
        (Some(6), Some(6), Some(0))
    );

    let contracts: Contracts = me.get("/contracts").await.unwrap();
    assert_eq!(contracts.chain_id.as_deref(), Some("SIM"));
    assert!(contracts.market.unwrap().ends_with("a11ce"));
    assert!(contracts.registry_class_hash.unwrap().ends_with("b0c"));
}

/// The loop follows the chain, also where it turns back, and goes on where it was after a restart.
#[tokio::test]
async fn the_block_that_is_being_made_is_shown_to_whoever_asks() {
    let node = told();
    node.make(vec![
        said(CONTRACTS.market, "JobCancelled", &[1, 500]),
        said(CONTRACTS.market, "RoleChanged", &[7, 0xe, 1]),
    ]);
    let world = World::start_with(|settings| settings.chain = Some(chain(&node))).await;
    until(&world, reads_the_chain).await;
    let me = world.client().await;
    let list = async |query: &str| me.get::<Page<ChainEvent>>(&format!("/events{query}")).await.unwrap();
    assert_eq!(list("").await.items.len(), 7);
    let all = list("?pre_confirmed=true").await.items;
    assert_eq!(all.len(), 9);
    assert!(all[..7].iter().all(|event| !event.pre_confirmed));
    assert!(
        all[7..]
            .iter()
            .all(|event| event.pre_confirmed && event.block_number == 7)
    );
    assert_eq!(list("?pre_confirmed=true&job=1").await.items.len(), 2);
    assert_eq!(
        list("?pre_confirmed=true&account=0xe").await.items[0].name.as_deref(),
        Some("RoleChanged")
    );
    // A page that is full goes on from an event that is kept, and the last one has the rest.
    let page = list("?pre_confirmed=true&limit=7").await;
    assert_eq!(page.items.len(), 7);
    let cursor = page.next_cursor.unwrap();
    let rest = list(&format!("?pre_confirmed=true&limit=7&cursor={cursor}")).await;
    assert_eq!(rest.items, all[7..]);
    assert_eq!(rest.next_cursor, None);
    // It was never kept.
    let stats: ChainEventStats = me.get("/events/summary/stats").await.unwrap();
    assert_eq!((stats.total, stats.differences), (7, 0));
    let none: Page<ChainDifference> = me.get("/events/differences").await.unwrap();
    assert!(none.items.is_empty());
    let refused = me.get::<Value>("/events/differences?cursor=x").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidRequest);
}

#[tokio::test]
async fn the_chain_is_followed() {
    let node = told();
    let with_chain = |settings: &mut veriframe_coordinator::Settings| settings.chain = Some(chain(&node));
    let world = World::start_with(with_chain).await;
    let me = world.client().await;
    until_stats(&me, |stats| stats.indexed_block == Some(6)).await;
    node.reorganise(4, 0);
    node.push(vec![said(CONTRACTS.market, "JobCancelled", &[1, 500])]);
    // What is told is not of one moment: so all of it is waited for.
    until_stats(&me, |stats| {
        (stats.last_block, stats.total, stats.reorgs) == (Some(3), 3, 1)
    })
    .await;

    let world = world.restart_with(with_chain).await;
    let me = world.moved(&me);
    until_stats(&me, |stats| stats.total == 3 && stats.head_block == Some(3)).await;
    node.push(vec![said(CONTRACTS.market, "JobCancelled", &[2, 500])]);
    until_stats(&me, |stats| stats.total == 4).await;
}

#[tokio::test]
async fn who_is_verified_on_the_chain_is_told_once() {
    let node = told();
    let world = World::start_with(|settings| settings.chain = Some(chain(&node))).await;
    let mut socket = Socket::open(&world.client().await, Some(0), &["market"]).await;
    let mut verified = async || loop {
        if let EventData::WorkerVerified { worker } = socket.event().await.data {
            return worker.0.to_string();
        }
    };
    let says = |worker| vec![said(CONTRACTS.registry, "WorkerVerified", &[worker, 1])];
    node.push(says(0xd));
    assert!(verified().await.ends_with("0d"));
    node.push(says(0xd));
    node.push(says(0xe));
    assert!(verified().await.ends_with("0e"));
}

#[tokio::test]
async fn a_node_that_does_not_answer_is_told_of_and_nothing_more() {
    let node = told();
    let world = World::start_with(|settings| settings.chain = Some(chain(&node))).await;
    // While nobody can be asked whose account it is, nobody new comes in.
    let me = world.client().await;
    node.set_faults(Faults {
        fail: 1000,
        ..Faults::default()
    });
    let (status, component) = until(&world, |component| component.status == Level::Down).await;
    assert_eq!(status, Level::Down);
    assert!(component.detail.contains("the chain's node"), "{}", component.detail);
    // Local work goes on.
    assert!(me.balance().await > veriframe_core::Amount::ZERO);
    node.set_faults(Faults::default());
    until(&world, reads_the_chain).await;
}

#[tokio::test]
async fn another_chain_is_refused_at_launch() {
    let refusal = async |change: fn(&SimulatedNode)| {
        let folder = tempfile::tempdir().unwrap();
        let node = told();
        change(&node);
        let mut settings = settings(folder.path().join("coordinator"));
        settings.chain = Some(chain(&node));
        let blocks = BlockStore::open(folder.path().join("blocks")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shutdown = CancellationToken::new();
        let launched = launch_with_listener(settings, listener, blocks, Arc::new(SystemClock), shutdown).await;
        match launched {
            Err(LaunchError::Chain(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    let error = refusal(|node| node.set_chain_id(Felt::TWO)).await;
    assert!(matches!(error, DeploymentError::OtherChain { .. }), "{error}");
    let error = refusal(|node| node.set_deployed(false)).await;
    assert!(matches!(error, DeploymentError::NotDeployed { .. }), "{error}");
}

#[tokio::test]
async fn without_a_chain_there_are_no_events() {
    let world = World::start().await;
    let me = world.client().await;
    let page: Page<ChainEvent> = me.get("/events").await.unwrap();
    assert!(page.items.is_empty());
    let stats: ChainEventStats = me.get("/events/summary/stats").await.unwrap();
    assert_eq!(stats, ChainEventStats::default());
    // Nulls that are there, not fields that are missing.
    let contracts: Value = me.get("/contracts").await.unwrap();
    assert!(contracts["market"].is_null() && contracts.as_object().unwrap().len() == 8);
    let mut nobody = world.client().await;
    nobody.token = String::new();
    let refused = nobody.get::<Value>("/events").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unauthenticated);
    assert!(nobody.get::<Contracts>("/contracts").await.is_ok());
}
