//! Whether a frame is right: the first rule at once, an audit by a second render, a third when two disagree.
//!
//! The first rule: the file is here, decodes, and has the promised size. A frame that is all black or transparent may
//! be honest (a plain sky, a fade), so it is not refused but always audited.
//!
//! Nothing here trusts a digest that a worker sent: the coordinator decodes and hashes each picture itself.

mod pictures;
pub mod reputation;
mod settle;
mod submit;
mod whole;

pub use pictures::MEMORY_MB as PICTURE_MEMORY_MB;
pub use settle::{call_off, give_up, pay_unchecked};
pub use submit::complete;
pub use whole::complete_job;

use crate::store::tasks::TaskRow;
use veriframe_wire::job::{Check, CheckOutcome, TaskStatus};

/// An audit that is neither decided nor given up.
pub fn is_open(audit: &TaskRow) -> bool {
    matches!(
        audit.state,
        TaskStatus::Queued | TaskStatus::Leased | TaskStatus::Submitted
    )
}

/// A check without a second render.
pub fn unchecked(outcome: CheckOutcome, note: &str) -> Check {
    Check {
        outcome,
        by: None,
        audit_cid: None,
        differing: 0.0,
        note: note.to_owned(),
    }
}
