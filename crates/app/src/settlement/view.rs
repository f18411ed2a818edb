//! A job's money on the chain, for the job's page.

use crate::{
    Context,
    jobs::text::moment,
    view::{ChainAction, ChainTransactionView, EscrowView},
};
use veriframe_core::Timestamp;
use veriframe_wire::job::{EscrowState, Job, JobEscrow};

/// `None` for a job that is not paid on the chain.
pub(crate) fn escrow_view(ctx: &Context, job: &Job) -> Option<EscrowView> {
    let escrow = job.escrow.as_ref()?;
    let mine = job.creator.0 == ctx.address;
    Some(EscrowView {
        number: escrow.job.to_string(),
        text: words(escrow),
        total_paid: escrow.total_paid.map(|paid| paid.0.to_string()).unwrap_or_default(),
        note: escrow.note.clone(),
        results_cid: escrow.results_cid.clone().unwrap_or_default(),
        actions: if mine {
            actions(escrow.state, job, ctx.clock.now())
        } else {
            Vec::new()
        },
        transactions: escrow
            .transactions
            .iter()
            .map(|one| ChainTransactionView {
                what: event_words(&one.what).to_owned(),
                at: moment(one.at.0.0),
                hash: one.hash.clone(),
            })
            .collect(),
    })
}

fn words(escrow: &JobEscrow) -> String {
    let until = escrow.ends_at.map(|at| moment(at.0.0)).unwrap_or_default();
    match escrow.state {
        EscrowState::Open => "The market contract holds the cap. Nobody has the job yet.".to_owned(),
        EscrowState::Assigned => "The market contract holds the cap while the frames are rendered.".to_owned(),
        EscrowState::Committed => "The result is fixed, and is being shown.".to_owned(),
        EscrowState::Challengeable => {
            format!("Look at the frames: workers are paid when you accept, or on {until} if nobody objects.")
        }
        EscrowState::Disputed => format!("The result is disputed. The arbiter decides until {until}."),
        EscrowState::Finalised if escrow.paid_out => "Everybody was paid.".to_owned(),
        EscrowState::Finalised => "Accepted: workers are being paid, and the rest comes back to you.".to_owned(),
        EscrowState::Cancelled => "Cancelled: the cap came back.".to_owned(),
        EscrowState::Expired => "The deadline passed: the cap came back.".to_owned(),
    }
}

fn actions(state: EscrowState, job: &Job, now: Timestamp) -> Vec<ChainAction> {
    let overdue = job.deadline.is_some_and(|deadline| deadline.0 < now);
    match state {
        EscrowState::Open | EscrowState::Assigned | EscrowState::Committed if overdue => vec![ChainAction::Expire],
        EscrowState::Open => vec![ChainAction::Cancel],
        EscrowState::Challengeable => vec![ChainAction::Accept, ChainAction::Challenge],
        _ => Vec::new(),
    }
}

/// The contract's event, as people say it.
fn event_words(name: &str) -> &str {
    match name {
        "JobCreated" => "Paid into the market contract",
        "JobAssigned" => "Assigned",
        "ResultCommitted" => "Result fixed",
        "ResultRevealed" => "Result shown",
        "JobCompleted" => "Settled",
        "JobChallenged" => "Challenged",
        "JobResolved" => "Dispute decided",
        "JobCancelled" => "Cancelled",
        "JobExpired" => "Expired",
        "Claimed" => "A worker was paid",
        other => other,
    }
}
