//! What the random chains may not meet, or not for sure.

use super::{
    Copy, DEPLOYMENT, LIMITS, open,
    simulated::{CONTRACTS, Faults, Said, SimulatedNode, said},
};
use crate::{
    indexer::{
        Deployment, Limits, PassError,
        deployment::{DeploymentError, claim, verify},
        pass::Passed,
    },
    store,
};
use std::{collections::BTreeSet, time::Instant};
use veriframe_chain::{
    Felt,
    node::{Node, NodeError},
};
use veriframe_core::Amount;

/// Five thousand blocks, most of them empty: few questions, and far more than 500 blocks a second.
#[tokio::test]
async fn history_is_cheap() {
    let node = SimulatedNode::new(1);
    for block in 0..5000_u64 {
        let events = if block % 10 == 0 {
            vec![said(CONTRACTS.market, "JobCreated", &[block, 1, 2, 3, 4, 5, 0, 0])]
        } else {
            Vec::new()
        };
        node.push(events);
    }
    let mut copy = Copy::with(Limits::default()).await;
    let begun = Instant::now();
    copy.done(&node).await;
    let seconds = begun.elapsed().as_secs_f64();
    println!("5000 blocks in {seconds:.2} s with {} calls", node.calls());
    assert!(seconds < 10.0, "{seconds}");
    // Receipts of 500 blocks, and 60 other questions at most.
    assert!(node.calls() < 560, "{}", node.calls());
    copy.is_told(&node).await;
    let before = node.calls();
    copy.done(&node).await;
    assert!(node.calls() - before <= 7, "a pass over nothing new");
}

/// A reorganisation below everything that is remembered.
#[tokio::test]
async fn a_deep_reorganisation_begins_again() {
    let node = SimulatedNode::new(2);
    node.grow(100);
    let mut copy = Copy::new().await;
    copy.done(&node).await;
    let kept = store::chain_blocks::all(&mut copy.store.read().await.unwrap())
        .await
        .unwrap();
    assert_eq!(kept.len(), LIMITS.kept as usize);
    node.reorganise(99, 120);
    copy.done(&node).await;
    copy.is_right(&node).await;
    assert_eq!(copy.repairs().await.reorgs, 1);
}

/// A chain that is shorter than before, down to where nothing is indexed.
#[tokio::test]
async fn a_chain_may_shrink() {
    let node = SimulatedNode::new(3);
    node.grow(30);
    let mut copy = Copy::new().await;
    copy.done(&node).await;
    node.reorganise(12, 0);
    copy.done(&node).await;
    copy.is_right(&node).await;
    node.reorganise(100, 0);
    copy.done(&node).await;
    copy.is_told(&node).await;
    assert!(!copy.dump().await.contains("job="));
    node.grow(20);
    copy.done(&node).await;
    copy.is_right(&node).await;
}

/// Nothing that was read before and after the change is put together.
#[tokio::test]
async fn what_is_read_while_the_chain_changes_is_thrown_away() {
    let node = SimulatedNode::new(4);
    node.grow(60);
    let mut copy = Copy::new().await;
    node.set_faults(Faults {
        moves: 1000,
        ..Faults::default()
    });
    let mut moved = 0;
    for _ in 0..20 {
        match copy.pass(&node, None).await.unwrap() {
            Err(PassError::Moved) => moved += 1,
            other => assert!(other.is_ok(), "{other:?}"),
        }
    }
    assert!(moved > 5, "{moved}");
    node.set_faults(Faults::default());
    copy.done(&node).await;
    copy.is_right(&node).await;
}

/// One reorganisation, at each moment of a pass in turn: to blocks with events from ones without, and the other way.
#[tokio::test]
async fn a_pass_may_meet_a_reorganisation_at_any_call() {
    let busy = |job| vec![said(CONTRACTS.market, "JobCancelled", &[job, 1])];
    let blocks = |busy_ones: bool| -> Vec<Vec<Said>> {
        let block = |job| if busy_ones { busy(job) } else { Vec::new() };
        (1..=8).map(block).collect()
    };
    let mut moved = 0;
    for busy_before in [false, true] {
        for call in 1..=40 {
            let node = SimulatedNode::new(1);
            (1..=12).map(busy).for_each(|events| node.push(events));
            for events in blocks(busy_before) {
                node.push(events);
            }
            let mut copy = Copy::new().await;
            node.turn_at(call, 8, blocks(!busy_before));
            if copy.pass(&node, None).await.unwrap().is_err() {
                moved += 1;
            }
            if node.calls() < call {
                assert!(call > 15);
                break;
            }
            copy.done(&node).await;
            copy.is_told(&node).await;
            // An audit would have put right what a pass did wrong.
            assert_eq!(copy.repairs().await.misses, 0, "at call {call}");
        }
    }
    assert!(moved > 10, "{moved}");
}

/// A node that always forgets where a page ended is asked for less until it does not need to remember.
#[tokio::test]
async fn ranges_shrink_when_a_node_cannot_answer() {
    let node = SimulatedNode::new(5);
    for job in 1..40 {
        node.push(vec![said(CONTRACTS.market, "JobCancelled", &[job, 1])]);
    }
    let mut copy = Copy::new().await;
    node.set_faults(Faults {
        stale: 1000,
        ..Faults::default()
    });
    let mut failures = 0;
    while copy.pass(&node, None).await.unwrap().is_err() {
        failures += 1;
        assert!(failures < 60);
    }
    assert!(failures > 2);
    node.set_faults(Faults::default());
    copy.is_right(&node).await;
}

/// The events of an audited block come from its receipts, even when its pages stay empty for ever.
#[tokio::test]
async fn an_audited_block_is_read_from_its_receipts() {
    let node = SimulatedNode::new(6);
    node.grow(12);
    node.set_faults(Faults {
        empty: 1000,
        ..Faults::default()
    });
    let mut copy = Copy::new().await;
    copy.pass(&node, None).await.unwrap().unwrap();
    for _ in 0..100 {
        copy.pass(&node, None).await.unwrap().unwrap();
    }
    copy.is_told(&node).await;
    assert!(copy.repairs().await.misses > 0);
    assert!(copy.status.borrow().audits > 50);
}

#[tokio::test]
async fn a_failure_keeps_what_was_committed() {
    let node = SimulatedNode::new(7);
    node.grow(200);
    let mut copy = Copy::new().await;
    node.set_faults(Faults {
        fail: 60,
        ..Faults::default()
    });
    let mut passes = 0;
    loop {
        passes += 1;
        match copy.pass(&node, None).await.unwrap() {
            Ok(Passed::Done) => break,
            Err(PassError::Node(error)) => assert!(error.is_transient(), "{error}"),
            other => panic!("{other:?}"),
        }
    }
    // 70 questions, each answered 94 times of 100: a pass that began again from the start would hardly ever end.
    assert!((2..200).contains(&passes), "{passes}");
    node.set_faults(Faults::default());
    copy.is_right(&node).await;
}

#[tokio::test]
async fn jobs_and_workers_follow_from_their_events() {
    let node = SimulatedNode::new(8);
    node.push(Vec::new());
    node.push(Vec::new());
    let market = CONTRACTS.market;
    node.push(vec![
        said(market, "JobCreated", &[1, 0xc, 77, 500, 9000, 60, 1, 0]),
        said(CONTRACTS.registry, "WorkerRegistered", &[0xd, 50, 0]),
    ]);
    node.push(vec![
        said(market, "JobAssigned", &[1, 0xd, 0xd]),
        said(CONTRACTS.registry, "StakeChanged", &[0xd, 50, 10, 0, 0]),
    ]);
    node.push(vec![
        said(market, "ResultCommitted", &[1, 0xd, 5]),
        said(market, "ResultRevealed", &[1, 6, 400, 9060, 1, 0x6261]),
    ]);
    node.push(vec![
        said(market, "JobCompleted", &[1, 300, 200, 7500]),
        said(market, "Claimed", &[1, 0xd, 300]),
        said(market, "Paid", &[0xd, 300]),
        said(CONTRACTS.registry, "ReputationUpdated", &[0xd, 1, 500, 510]),
    ]);
    let mut copy = Copy::new().await;
    copy.done(&node).await;
    let mut db = copy.store.read().await.unwrap();
    let job = store::chain_jobs::find(&mut db, 1).await.unwrap().unwrap();
    assert_eq!(job.state, store::chain_jobs::ChainJobState::Finalised);
    assert_eq!(job.total_paid.map(Amount::units), Some(400));
    assert_eq!(job.claimable.map(Amount::units), Some(300));
    assert_eq!(job.refund.map(Amount::units), Some(200));
    assert_eq!(job.results_cid.as_deref(), Some("ba"));
    assert_eq!(
        (job.deadline, job.ends_at, job.created_block),
        (Some(9000), Some(9060), Some(3))
    );
    let named = BTreeSet::from([job.worker.unwrap()]);
    let workers = store::chain_workers::find_all(&mut db, &named).await.unwrap();
    let worker = &workers[named.first().unwrap()];
    assert_eq!((worker.registered, worker.reputation), (Some(true), Some(510)));
    assert_eq!(worker.locked.map(Amount::units), Some(10));
    drop(db);
    // The end of it is taken back.
    node.reorganise(1, 0);
    copy.done(&node).await;
    let job = store::chain_jobs::find(&mut copy.store.read().await.unwrap(), 1)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(job.state, store::chain_jobs::ChainJobState::Challengeable);
    assert_eq!(job.refund, None);
    let dump = copy.dump().await;
    assert!(!dump.contains("=payment ") && !dump.contains("=claim "), "{dump}");
}

#[tokio::test]
async fn a_block_that_is_being_made_is_not_kept() {
    let node = SimulatedNode::new(9);
    node.grow(10);
    node.make(vec![said(CONTRACTS.market, "JobCancelled", &[77, 1])]);
    let made = node.pre_confirmed().await.unwrap().unwrap();
    assert_eq!((made.head.at.number, made.events.len()), (11, 1));
    let mut copy = Copy::new().await;
    copy.done(&node).await;
    copy.is_right(&node).await;
    assert!(!copy.dump().await.contains("job=77"));
}

#[tokio::test]
async fn a_database_belongs_to_one_deployment() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    claim(&store, &DEPLOYMENT).await.unwrap();
    claim(&store, &DEPLOYMENT).await.unwrap();
    let mut market = DEPLOYMENT;
    market.contracts.market = Felt::THREE;
    let mut registry = DEPLOYMENT;
    registry.contracts.registry = Felt::THREE;
    for (asked, named) in [
        (market, "CONTRACT_ADDRESS"),
        (registry, "REGISTRY_ADDRESS"),
        (
            Deployment {
                chain_id: Felt::THREE,
                ..DEPLOYMENT
            },
            "the chain",
        ),
        (
            Deployment {
                start_block: 4,
                ..DEPLOYMENT
            },
            "START_BLOCK",
        ),
    ] {
        let error = claim(&store, &asked).await.unwrap_err();
        assert!(
            matches!(error, DeploymentError::OtherDatabase { what, .. } if what == named),
            "{error}"
        );
        assert!(!error.is_transient());
    }
}

#[tokio::test]
async fn a_node_must_have_the_chain_and_the_contracts() {
    let node = SimulatedNode::new(1);
    let classes = verify(&node, &DEPLOYMENT).await.unwrap();
    assert_eq!(classes.market, CONTRACTS.market + Felt::ONE);
    node.set_faults(Faults {
        fail: 1000,
        ..Faults::default()
    });
    let error = verify(&node, &DEPLOYMENT).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    node.set_faults(Faults::default());
    node.set_deployed(false);
    let error = verify(&node, &DEPLOYMENT).await.unwrap_err();
    assert!(matches!(
        error,
        DeploymentError::NotDeployed {
            variable: "CONTRACT_ADDRESS",
            ..
        }
    ));
    node.set_chain_id(Felt::from_bytes_be_slice(b"SN_MAIN"));
    let error = verify(&node, &DEPLOYMENT).await.unwrap_err();
    assert!(
        error.to_string().contains("SN_MAIN") && error.to_string().contains("SIM"),
        "{error}"
    );
    assert!(!error.is_transient());
}

#[test]
fn what_is_no_block_is_a_change_of_the_chain() {
    assert!(matches!(PassError::from(NodeError::NoSuchBlock), PassError::Moved));
    assert!(matches!(
        PassError::from(NodeError::Busy),
        PassError::Node(NodeError::Busy)
    ));
}
