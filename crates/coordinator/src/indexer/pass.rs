//! One pass: from where we stand to the head that the node had at its beginning.

use super::{Memory, PassError, Reading, audit, range, standing};
use veriframe_chain::node::BlockRef;

/// What is to be done after a pass that came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    /// Up to the head.
    Done,
    /// An audit found that events were missing: the next pass should follow at once.
    Again,
}

pub(crate) async fn pass(reading: &Reading<'_>, memory: &mut Memory) -> Result<Passed, PassError> {
    let head = reading.node.head().await?;
    let mut at = standing::find(reading, head).await?;
    tell(reading, head, at);
    if let Some(at) = at {
        let passed = audit::newest(reading, memory, head, at).await;
        ask_for_less(memory, &passed);
        if passed? == Passed::Again {
            return Ok(Passed::Again);
        }
    }
    loop {
        let first = at.map_or(reading.deployment.start_block, |at| at.number + 1);
        if first > head.number {
            break;
        }
        let last = head.number.min(first.saturating_add(memory.range.max(1) - 1));
        let end = range::read(reading, memory, head, at, first..=last).await;
        ask_for_less(memory, &end);
        at = Some(end?);
        memory.range = memory.range.saturating_mul(2).min(reading.limits.range);
        tell(reading, head, at);
    }
    match at {
        Some(at) => audit::random(reading, memory, head, at).await,
        None => Ok(Passed::Done),
    }
}

/// A node may have fewer answers than we have questions: too many events, a page that it forgot.
fn ask_for_less<T>(memory: &mut Memory, answer: &Result<T, PassError>) {
    if matches!(answer, Err(PassError::Node(_))) {
        memory.range = (memory.range / 2).max(1);
    }
}

fn tell(reading: &Reading<'_>, head: BlockRef, at: Option<BlockRef>) {
    reading.status.send_modify(|status| {
        status.head = Some(head.number);
        status.indexed = at.map(|at| at.number);
    });
}
