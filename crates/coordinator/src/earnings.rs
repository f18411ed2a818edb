//! A worker's income, summed up. Money is added here and not in SQL, whose numbers are too small for it.

use crate::{app::App, error::ApiResult, store};
use std::collections::BTreeMap;
use veriframe_core::{Address, Amount};
use veriframe_wire::{
    AmountText, Time,
    worker::{Earnings, EarningsDay, EarningsJob},
};

fn times(amount: Amount, count: u32) -> Amount {
    amount.checked_mul(count.into()).unwrap_or_default()
}

fn add(sum: &mut AmountText, amount: Amount) {
    sum.0 = sum.0.checked_add(amount).unwrap_or(sum.0);
}

/// Totals since ever; days and jobs of the last `days` days.
pub async fn of_worker(app: &App, worker: Address, days: u32) -> ApiResult<Earnings> {
    let since = app.clock.now().plus_seconds(-i64::from(days) * 24 * 3600);
    let mut db = app.store.read().await?;
    let totals = store::payouts::totals(&mut db, worker).await?;
    let pending = store::tasks::pending_of(&mut db, worker).await?;
    let groups = store::payouts::groups(&mut db, worker, since).await?;
    let rejected = store::workers::find(&mut db, worker)
        .await?
        .map_or(0, |row| row.rejected);
    drop(db);

    let mut by_day: BTreeMap<String, EarningsDay> = BTreeMap::new();
    let mut by_job: BTreeMap<String, EarningsJob> = BTreeMap::new();
    for group in groups {
        let paid = times(group.amount, group.frames);
        let day = by_day.entry(group.day.clone()).or_insert_with(|| empty_day(group.day));
        add(&mut day.paid, paid);
        day.frames += group.frames;
        day.seconds += group.seconds;
        let job = by_job
            .entry(group.job.clone())
            .or_insert_with(|| empty_job(group.job, group.job_name, Time(group.last_at)));
        add(&mut job.paid, paid);
        job.frames += group.frames;
        job.seconds += group.seconds;
        job.last_at = job.last_at.max(Time(group.last_at));
    }
    let mut waiting = AmountText::default();
    let mut frames_pending = 0;
    for task in pending {
        let amount = times(task.price, task.frames);
        add(&mut waiting, amount);
        frames_pending += task.frames;
        let day = by_day.entry(task.day.clone()).or_insert_with(|| empty_day(task.day));
        add(&mut day.pending, amount);
        let job = by_job
            .entry(task.job.clone())
            .or_insert_with(|| empty_job(task.job, task.job_name, Time(task.last_at)));
        add(&mut job.pending, amount);
        job.last_at = job.last_at.max(Time(task.last_at));
    }
    let mut jobs: Vec<EarningsJob> = by_job.into_values().collect();
    jobs.sort_by_key(|job| std::cmp::Reverse(job.last_at));
    Ok(Earnings {
        pending: waiting,
        // In local mode what is verified is paid in the same transaction.
        verified: AmountText::default(),
        paid: AmountText(totals.iter().map(|&(amount, count)| times(amount, count)).sum()),
        frames_pending,
        frames_paid: totals.iter().map(|&(_, count)| count).sum(),
        frames_rejected: rejected,
        days: by_day.into_values().collect(),
        jobs,
    })
}

fn empty_day(date: String) -> EarningsDay {
    EarningsDay {
        date,
        pending: AmountText::default(),
        verified: AmountText::default(),
        paid: AmountText::default(),
        frames: 0,
        seconds: 0.0,
    }
}

fn empty_job(job: String, name: String, last_at: Time) -> EarningsJob {
    EarningsJob {
        job,
        name,
        frames: 0,
        pending: AmountText::default(),
        paid: AmountText::default(),
        seconds: 0.0,
        last_at,
    }
}
