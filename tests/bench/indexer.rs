//! How fast a fresh coordinator knows a chain's history; beside it, the same questions asked one at a time.

use crate::chain_history::{Client, History, felt};
use crate::measure::report;
use starknet::{
    core::types::{
        AddressFilter, BlockId, EventFilter, Felt, MaybePreConfirmedBlockWithReceipts as Block, TransactionReceipt,
    },
    providers::Provider,
};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Instant;
use tempfile::TempDir;
use veriframe_peers::Figure;
use veriframe_tests::http::body;
use veriframe_tests::ledger::Books;
use veriframe_tests::program::{Program, veriframe};
use veriframe_tests::wait::{seconds, until};

const BLOCKS: u64 = 5000;

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_coordinator_reads_the_history() {
    let folder = TempDir::new().expect("a folder");
    let below = |name: &str| {
        let path = folder.path().join(name);
        fs::create_dir(&path).expect("a folder");
        path
    };
    let Some(history) = History::make(&below("owner"), BLOCKS).await else {
        return;
    };
    let blocks = (history.head - history.start_block + 1) as f64;
    let mut best = f64::MAX;
    let mut events = 0;
    for run in 1..=3 {
        let home = below(&format!("coordinator-{run}"));
        best = best.min(ready(&home, &history).await);
        events = Books::open(&home.join("coordinator")).count("SELECT COUNT(*) FROM chain_events");
    }
    let begun = Instant::now();
    let (with_events, theirs) = one_at_a_time(&history).await;
    let plain = begun.elapsed().as_secs_f64();
    report(
        "history on the devnet",
        &format!("{blocks} blocks, {with_events} with events, {theirs} events"),
    );
    assert_eq!(events, theirs, "every event is in the database");
    assert!(
        with_events >= BLOCKS * 2 / 5,
        "a history of {with_events} blocks with events"
    );
    Figure::new("fresh coordinator over 5,000 blocks, started until ready", best, "s").at_most(
        0.5,
        "the same by starknet-rust, one at a time",
        plain,
    );
    Figure::new("history indexed", blocks / best, "blocks/s").tell();
}

/// Seconds from the start of the program until it says that it is at the head.
async fn ready(home: &Path, history: &History) -> f64 {
    let mut serve = veriframe(home, &["coordinator", "serve", "--listen", "127.0.0.1:0"]);
    serve
        .env("STARKNET_RPC_URL", history.devnet.rpc())
        .env("CONTRACT_ADDRESS", &history.market)
        .env("REGISTRY_ADDRESS", &history.registry)
        .env("NETWORK", "sepolia")
        .env("START_BLOCK", history.start_block.to_string());
    let begun = Instant::now();
    let _coordinator = Program::start("bench-indexer", serve);
    until("the indexer is ready", seconds(120), async || {
        let url = fs::read_to_string(home.join("coordinator.url")).ok()?;
        let health: serde_json::Value = serde_json::from_str(&body(url.trim(), "/health")?).ok()?;
        (health["components"]["indexer"]["status"] == "ok").then_some(())
    })
    .await;
    begun.elapsed().as_secs_f64()
}

/// What an indexer without any haste would do: pages, then the receipts of each block that they name. Blocks with events,
/// and events.
async fn one_at_a_time(history: &History) -> (u64, u64) {
    let contracts = [felt(&history.market), felt(&history.registry)];
    let mut blocks = BTreeSet::new();
    for contract in contracts {
        let mut token = None;
        loop {
            let filter = EventFilter {
                from_block: Some(BlockId::Number(history.start_block)),
                to_block: Some(BlockId::Number(history.head)),
                address: Some(AddressFilter::Single(contract)),
                keys: None,
            };
            let page = history.client.get_events(filter, token, 1000).await.expect("a page");
            blocks.extend(page.events.iter().filter_map(|event| event.block_number));
            token = page.continuation_token;
            if token.is_none() {
                break;
            }
        }
    }
    let mut events = 0;
    for block in &blocks {
        events += events_of(&history.client, *block, &contracts).await;
    }
    (blocks.len() as u64, events)
}

async fn events_of(client: &Client, number: u64, contracts: &[Felt]) -> u64 {
    let block = client.get_block_with_receipts(BlockId::Number(number), None).await;
    let Block::Block(block) = block.expect("a block") else {
        panic!("block {number} is not accepted");
    };
    let events = block
        .transactions
        .into_iter()
        .flat_map(|transaction| match transaction.receipt {
            TransactionReceipt::Invoke(receipt) => receipt.events,
            TransactionReceipt::Declare(receipt) => receipt.events,
            TransactionReceipt::Deploy(receipt) => receipt.events,
            TransactionReceipt::DeployAccount(receipt) => receipt.events,
            TransactionReceipt::L1Handler(receipt) => receipt.events,
        });
    events.filter(|event| contracts.contains(&event.from_address)).count() as u64
}
