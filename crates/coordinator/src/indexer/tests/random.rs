//! Random chains, read by a node that fails, moves and lies, into a database whose process is killed.

use super::{Copy, LIMITS, simulated::Faults, simulated::SimulatedNode};
use crate::indexer::pass::Passed;
use veriframe_peers::a_part_of;

/// All of them in `./dev test full`, otherwise a fifth.
const SEEDS: u32 = 24;

/// Of each `VERIFRAME_SEED` others.
fn seeds() -> std::ops::Range<u64> {
    let seed: u64 = std::env::var("VERIFRAME_SEED").map_or(0, |text| text.parse().expect("the seed is a number"));
    let first = seed.wrapping_mul(u64::from(SEEDS));
    first..first + u64::from(a_part_of(SEEDS))
}

async fn life(seed: u64, faults: Faults) -> (SimulatedNode, Copy) {
    let node = SimulatedNode::new(seed);
    let mut copy = Copy::new().await;
    for _ in 0..12 {
        match node.draw(4) {
            0 => node.grow(node.draw(40)),
            1 => node.reorganise(1 + node.draw(20) as usize, node.draw(25)),
            _ => node.grow(node.draw(4)),
        }
        node.set_faults(if node.draw(4) == 0 { Faults::default() } else { faults });
        let polls = (node.draw(3) == 0).then(|| node.draw(150));
        if copy.pass(&node, polls).await.is_none() {
            copy.restart().await;
        }
    }
    node.set_faults(Faults::default());
    (node, copy)
}

const HONEST: Faults = Faults {
    fail: 8,
    empty: 0,
    stale: 30,
    lag: 100,
    moves: 25,
    shuffle: 300,
    slow: 3,
};

/// A node that fails but does not lie: one pass makes it right.
#[tokio::test]
async fn a_copy_is_that_of_the_chain_after_one_good_pass() {
    for seed in seeds() {
        println!("seed {seed}");
        let (node, mut copy) = life(seed, HONEST).await;
        copy.done(&node).await;
        copy.is_right(&node).await;
        // An audit would have put right what a pass did wrong.
        assert_eq!(copy.repairs().await.misses, 0);
    }
}

/// A node that says there is nothing where there is something: audits make it right.
#[tokio::test]
async fn what_a_node_kept_back_is_found_by_audits() {
    let lying = Faults { empty: 300, ..HONEST };
    let mut misses = 0;
    for seed in seeds() {
        println!("seed {seed}");
        let (node, mut copy) = life(seed, lying).await;
        // Each block is audited many times: 8 of some 100 in a pass.
        let mut quiet = 0;
        while quiet < 200 {
            match copy.pass(&node, None).await.unwrap().unwrap() {
                Passed::Done => quiet += 1,
                Passed::Again => quiet = 0,
            }
        }
        copy.is_right(&node).await;
        misses += copy.repairs().await.misses;
    }
    assert!(
        misses > u64::from(a_part_of(SEEDS)) / 2,
        "the test of audits tests nothing: {misses}"
    );
}

/// Killed in every await of a pass, one after the other.
#[tokio::test]
async fn a_pass_can_be_killed_anywhere() {
    let node = SimulatedNode::new(9);
    node.grow(30);
    let mut copy = Copy::new().await;
    copy.done(&node).await;
    for polls in 0..400 {
        // Something to take back, and something to add.
        node.reorganise(1 + node.draw(6) as usize, node.draw(12));
        let ended = copy.pass(&node, Some(polls)).await;
        copy.restart().await;
        if let Some(result) = ended {
            assert_eq!(result.unwrap(), Passed::Done);
            if polls > 150 {
                break;
            }
        }
        if polls % 10 == 0 {
            copy.done(&node).await;
            copy.is_right(&node).await;
        }
    }
    copy.done(&node).await;
    copy.is_right(&node).await;
    assert_eq!(copy.repairs().await.misses, 0);
    assert!(copy.repairs().await.reorgs > u64::from(LIMITS.kept));
}
