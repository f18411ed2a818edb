//! The next step of one job, by what the contract says now.

use super::{
    Escrow, books,
    manifest::{decide, settlement},
    pay::{Paid, pay},
    send::{StepError, send},
};
use crate::{
    app::App,
    error::ApiError,
    events::Topics,
    jobs,
    store::{WriteTx, escrows, escrows::EscrowRow, jobs::JobRow},
};
use veriframe_chain::{
    Felt,
    market::{JobState, OnChainJob, OnChainResult, Reveal, market, pack_text, registry, root_commitment},
    number,
};
use veriframe_core::Amount;
use veriframe_wire::{
    EventData,
    job::{EscrowState, JobStatus},
};

/// Seconds after the deadline in which a committed result can still be shown; `REVEAL_PERIOD` of the contract.
const REVEAL_PERIOD: u64 = 3600;

/// Whether another look may find another step to take.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    Yes,
    No,
}

pub(super) async fn step(app: &App, escrow: &Escrow, row: &EscrowRow) -> Result<Moved, StepError> {
    let paid = escrow.views().job(escrow.contracts.market, row.chain_job).await?;
    let Some(state) = state_of(paid.state) else {
        return Err(ApiError::state("The job is not on the chain any more.").into());
    };
    let result = match state {
        EscrowState::Challengeable | EscrowState::Disputed | EscrowState::Finalised => {
            Some(escrow.views().result(escrow.contracts.market, row.chain_job).await?)
        }
        _ => None,
    };
    let job = see(app, escrow, row, state, result.as_ref()).await?;
    let now = u64::try_from(app.clock.now().0 / 1000).unwrap_or_default();
    let ended = jobs::has_ended(job.status);
    let ours = paid.aggregator.is_some() && paid.aggregator == escrow.scheduler_address();
    match state {
        EscrowState::Cancelled | EscrowState::Expired => {
            let (status, note) = match state {
                EscrowState::Cancelled => (JobStatus::Cancelled, "Cancelled on the chain by its creator."),
                _ => (JobStatus::Expired, "The deadline passed."),
            };
            jobs::end_if_open(app, &row.job, status, note).await?;
            give_back(app, escrow, row, &paid).await
        }
        EscrowState::Open if now > paid.deadline => expire(app, escrow, row).await,
        EscrowState::Open if ended => Ok(Moved::No),
        EscrowState::Open => assign(app, escrow, row).await,
        _ if !ours => {
            jobs::end_if_open(
                app,
                &row.job,
                JobStatus::Failed,
                "Another coordinator has the job on the chain.",
            )
            .await?;
            books::close(app, row, books::Outcome::Void).await?;
            Ok(Moved::No)
        }
        EscrowState::Assigned if now > paid.deadline => expire(app, escrow, row).await,
        EscrowState::Assigned if ended => commit(app, escrow, row).await,
        EscrowState::Assigned => Ok(Moved::No),
        EscrowState::Committed if now > paid.deadline.saturating_add(REVEAL_PERIOD) => expire(app, escrow, row).await,
        EscrowState::Committed => reveal(app, escrow, row).await,
        EscrowState::Challengeable | EscrowState::Disputed => {
            if result.is_some_and(|result| now <= result.ends_at) {
                return Ok(Moved::No);
            }
            let market_at = escrow.contracts.market;
            let (what, call) = match state {
                EscrowState::Challengeable => ("finalise", market::finalise(market_at, row.chain_job)),
                _ => (
                    "resolve_by_default",
                    market::resolve_by_default(market_at, row.chain_job),
                ),
            };
            send(app, escrow, row, what, &[call]).await?;
            Ok(Moved::Yes)
        }
        EscrowState::Finalised => {
            let share = result.map_or(0, |result| result.worker_share);
            match pay(app, escrow, row, &paid, share).await? {
                Paid::Some => Ok(Moved::Yes),
                Paid::All => {
                    books::close(app, row, books::Outcome::Paid(share)).await?;
                    Ok(Moved::No)
                }
            }
        }
    }
}

fn state_of(state: JobState) -> Option<EscrowState> {
    Some(match state {
        JobState::None => return None,
        JobState::Open => EscrowState::Open,
        JobState::Assigned => EscrowState::Assigned,
        JobState::Committed => EscrowState::Committed,
        JobState::Challengeable => EscrowState::Challengeable,
        JobState::Disputed => EscrowState::Disputed,
        JobState::Finalised => EscrowState::Finalised,
        JobState::Cancelled => EscrowState::Cancelled,
        JobState::Expired => EscrowState::Expired,
    })
}

/// Writes down what was seen, and tells of it when it is news.
async fn see(
    app: &App,
    escrow: &Escrow,
    row: &EscrowRow,
    state: EscrowState,
    result: Option<&OnChainResult>,
) -> Result<JobRow, StepError> {
    let total_paid = result.map(|result| result.total_paid);
    let ends_at = result.map(|result| result.ends_at);
    let is_news = (row.state, row.total_paid, row.ends_at) != (state, total_paid, ends_at);
    if !is_news && row.note.is_empty() {
        let mut db = app.store.read().await?;
        return Ok(jobs::find(&mut db, &row.job).await?);
    }
    let mut tx = app.store.write().await?;
    escrows::set_seen(tx.db(), &row.job, state, total_paid, ends_at).await?;
    let job = jobs::find(tx.db(), &row.job).await?;
    if is_news {
        tell(&mut tx, &job).await?;
    }
    tx.commit().await?;
    escrow.changed.send_modify(|changes| *changes += 1);
    Ok(job)
}

async fn tell(tx: &mut WriteTx, job: &JobRow) -> Result<(), sqlx::Error> {
    let data = EventData::JobUpdated {
        job: job.id.clone(),
        status: job.status,
        note: String::new(),
    };
    tx.emit(Topics::job(&job.id, job.creator), data).await
}

/// The worker that asked, where the contract knows it; else this coordinator names itself, and registers for that.
async fn assign(app: &App, escrow: &Escrow, row: &EscrowRow) -> Result<Moved, StepError> {
    let Some(wanted) = row.wanted_by else {
        return Ok(Moved::No);
    };
    let (market_at, registry_at) = (escrow.contracts.market, escrow.contracts.registry);
    let is_registered =
        async |account: Felt| Ok::<_, StepError>(escrow.views().worker(registry_at, account).await?.registered);
    let mut calls = Vec::new();
    let named = if is_registered(number::of_address(&wanted)).await? {
        wanted
    } else {
        if !is_registered(escrow.scheduler()).await? {
            let profile = pack_text(r#"{"coordinator":true}"#);
            let terms = escrow.terms().await?;
            calls.extend(registry::register(terms.token, registry_at, Amount::ZERO, &profile));
        }
        escrow
            .scheduler_address()
            .ok_or_else(|| ApiError::internal("the scheduler's address is none"))?
    };
    calls.push(market::assign(market_at, row.chain_job, &named));
    send(app, escrow, row, "assign", &calls).await?;
    Ok(Moved::Yes)
}

async fn commit(app: &App, escrow: &Escrow, row: &EscrowRow) -> Result<Moved, StepError> {
    let decided = decide(app, escrow, &row.job, row.chain_job).await?;
    let us = escrow
        .scheduler_address()
        .ok_or_else(|| ApiError::internal("the scheduler's address is none"))?;
    let hidden = root_commitment(
        row.chain_job,
        &settlement(&decided.manifest)?,
        &decided.results_cid,
        decided.salt,
        &us,
    );
    let terms = escrow.terms().await?;
    let calls = market::commit(terms.token, escrow.contracts.market, terms.bond, row.chain_job, hidden);
    send(app, escrow, row, "commit", &calls).await?;
    Ok(Moved::Yes)
}

async fn reveal(app: &App, escrow: &Escrow, row: &EscrowRow) -> Result<Moved, StepError> {
    let Some(decided) = &row.decided else {
        return Err(ApiError::internal("a result is committed on the chain that was not decided here").into());
    };
    let settlement = settlement(&decided.manifest)?;
    let shown = Reveal {
        settlement_root: settlement.root(),
        total_paid: settlement.total(),
        results_cid: decided.results_cid.clone(),
        salt: decided.salt,
    };
    let call = market::reveal(escrow.contracts.market, row.chain_job, &shown);
    send(app, escrow, row, "reveal", &[call]).await?;
    Ok(Moved::Yes)
}

/// The deadline passed: the budget is the creator's again.
async fn expire(app: &App, escrow: &Escrow, row: &EscrowRow) -> Result<Moved, StepError> {
    let call = market::expire(escrow.contracts.market, row.chain_job);
    send(app, escrow, row, "expire", &[call]).await?;
    Ok(Moved::Yes)
}

/// Pays the creator what the contract owes to it, once nobody is to be paid.
async fn give_back(app: &App, escrow: &Escrow, row: &EscrowRow, paid: &OnChainJob) -> Result<Moved, StepError> {
    let market_at = escrow.contracts.market;
    if let Some(creator) = paid.creator
        && escrow.views().owed(market_at, number::of_address(&creator)).await? > Amount::ZERO
    {
        send(
            app,
            escrow,
            row,
            "give_back",
            &[market::withdraw_for(market_at, &creator)],
        )
        .await?;
    }
    books::close(app, row, books::Outcome::Void).await?;
    Ok(Moved::No)
}
