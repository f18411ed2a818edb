//! A job's row from what was told of it, event by event.

use crate::store::chain_jobs::{ChainJobRow, ChainJobState};
use veriframe_chain::{Felt, events::MarketEvent, node::EmittedEvent};

/// The row after one more event. Total: whatever order a contract may tell things in, the row follows from the events
/// and nothing else.
pub(super) fn after(row: Option<ChainJobRow>, event: &MarketEvent, told: &EmittedEvent) -> Option<ChainJobRow> {
    let state = state_after(event)?;
    let mut row = row.unwrap_or_else(|| empty(state, told.transaction));
    row.state = state;
    row.last_tx = told.transaction;
    match event {
        MarketEvent::JobCreated {
            creator,
            spec_commitment,
            budget,
            deadline,
            challenge_window,
            self_assign,
            ..
        } => {
            row.creator = Some(*creator);
            row.spec_commitment = Some(*spec_commitment);
            row.budget = Some(*budget);
            row.deadline = Some(*deadline);
            row.challenge_window = Some(*challenge_window);
            row.self_assign = Some(*self_assign);
            row.created_block = Some(told.block.number);
            row.created_tx = Some(told.transaction);
        }
        MarketEvent::JobAssigned { worker, aggregator, .. } => {
            row.worker = Some(*worker);
            row.aggregator = Some(*aggregator);
        }
        MarketEvent::ResultCommitted { aggregator, .. } => row.aggregator = Some(*aggregator),
        MarketEvent::ResultRevealed {
            settlement_root,
            total_paid,
            ends_at,
            results_cid,
            ..
        } => {
            row.settlement_root = Some(*settlement_root);
            row.total_paid = Some(*total_paid);
            row.ends_at = Some(*ends_at);
            row.results_cid = cid_text(results_cid);
        }
        MarketEvent::JobCompleted {
            total_paid,
            refund,
            worker_share,
            ..
        } => {
            row.claimable = Some(*total_paid);
            row.refund = Some(*refund);
            row.worker_share = Some(*worker_share);
        }
        MarketEvent::JobChallenged { ends_at, .. } => row.ends_at = Some(*ends_at),
        MarketEvent::JobResolved { worker_share, .. } => row.worker_share = Some(*worker_share),
        MarketEvent::JobCancelled { refund, .. } | MarketEvent::JobExpired { refund, .. } => {
            row.refund = Some(*refund);
        }
        MarketEvent::Claimed { .. } | MarketEvent::Paid { .. } => {}
    }
    Some(row)
}

/// `None` for what does not change a job: money that goes on its way afterwards has tables of its own.
fn state_after(event: &MarketEvent) -> Option<ChainJobState> {
    Some(match event {
        MarketEvent::JobCreated { .. } => ChainJobState::Open,
        MarketEvent::JobAssigned { .. } => ChainJobState::Assigned,
        MarketEvent::ResultCommitted { .. } => ChainJobState::Committed,
        MarketEvent::ResultRevealed { .. } => ChainJobState::Challengeable,
        MarketEvent::JobChallenged { .. } => ChainJobState::Disputed,
        MarketEvent::JobResolved { .. } => ChainJobState::Resolved,
        MarketEvent::JobCompleted { .. } => ChainJobState::Finalised,
        MarketEvent::JobCancelled { .. } => ChainJobState::Cancelled,
        MarketEvent::JobExpired { .. } => ChainJobState::Expired,
        MarketEvent::Claimed { .. } | MarketEvent::Paid { .. } => return None,
    })
}

/// A job that was created before the first block that is indexed.
fn empty(state: ChainJobState, tx: Felt) -> ChainJobRow {
    ChainJobRow {
        state,
        creator: None,
        budget: None,
        deadline: None,
        challenge_window: None,
        self_assign: None,
        spec_commitment: None,
        worker: None,
        aggregator: None,
        settlement_root: None,
        total_paid: None,
        claimable: None,
        refund: None,
        worker_share: None,
        ends_at: None,
        results_cid: None,
        created_block: None,
        created_tx: None,
        last_tx: tx,
    }
}

/// Text packed 31 bytes a felt; `None` when it is no text that a CID could be.
fn cid_text(felts: &[Felt]) -> Option<String> {
    let mut text = String::new();
    for felt in felts {
        let bytes = felt.to_bytes_be();
        let letters = bytes.iter().skip_while(|byte| **byte == 0);
        text.extend(letters.map(|byte| char::from(*byte)));
    }
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cid_is_put_together() {
        let cid = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
        let felts: Vec<Felt> = cid.as_bytes().chunks(31).map(Felt::from_bytes_be_slice).collect();
        assert_eq!(cid_text(&felts).as_deref(), Some(cid));
        assert_eq!(cid_text(&[]), None);
        assert_eq!(cid_text(&[Felt::ONE]), None);
        assert_eq!(cid_text(&[Felt::MAX]), None);
    }
}
