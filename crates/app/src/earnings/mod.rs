//! What this computer has earned.

mod csv;

use crate::{
    Context,
    jobs::text::moment,
    view::{CommandError, EarningsDayView, EarningsJobView, EarningsView, PayoutView, SettingsView},
};
use std::{collections::HashMap, sync::Arc};
use veriframe_core::Amount;
use veriframe_wire::{
    PageQuery,
    account::{Entry, EntryKind},
    worker::{Earnings, EarningsDay, EarningsJob},
};

/// Ten years: everything.
const DAYS_EXPORTED: u32 = 3650;
/// Pages of the ledger that are searched for payouts.
const PAGES_AT_MOST: usize = 20;

pub async fn earnings(ctx: &Arc<Context>, days: u32) -> Result<EarningsView, CommandError> {
    let earnings = ctx.api.earnings(days.clamp(1, 3660)).await?;
    let settings = crate::settings::settings(ctx).await?;
    let mut payouts = payouts(ctx, &earnings).await?;
    Ok(EarningsView {
        // Beside the figures: without it they are still right.
        paid_on_chain: crate::settlement::paid(ctx).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "what the contract paid is not known");
            Vec::new()
        }),
        ..view(&earnings, &settings, &mut payouts)
    })
}

/// Writes the whole table into a file for a spreadsheet.
pub async fn export_earnings(ctx: &Arc<Context>, path: String) -> Result<(), CommandError> {
    let text = csv::csv(&earnings(ctx, DAYS_EXPORTED).await?);
    let path = std::path::PathBuf::from(path);
    tokio::task::spawn_blocking(move || {
        std::fs::write(&path, text).map_err(|error| crate::create::of_io(&error, &path))
    })
    .await
    .map_err(|error| CommandError::internal(&error))?
}

fn view(earnings: &Earnings, settings: &SettingsView, payouts: &mut HashMap<String, Vec<PayoutView>>) -> EarningsView {
    EarningsView {
        pending: earnings.pending.0.to_string(),
        verified: earnings.verified.0.to_string(),
        paid: earnings.paid.0.to_string(),
        frames_paid: earnings.frames_paid,
        frames_pending: earnings.frames_pending,
        frames_rejected: earnings.frames_rejected,
        days: earnings.days.iter().map(|day| day_view(day, settings)).collect(),
        jobs: earnings
            .jobs
            .iter()
            .map(|job| job_view(job, payouts.remove(&job.job).unwrap_or_default()))
            .collect(),
        paid_on_chain: Vec::new(),
    }
}

fn day_view(day: &EarningsDay, settings: &SettingsView) -> EarningsDayView {
    EarningsDayView {
        date: day.date.clone(),
        pending: day.pending.0.to_string(),
        verified: day.verified.0.to_string(),
        paid: day.paid.0.to_string(),
        frames: day.frames,
        electricity: electricity(day.seconds, settings).to_string(),
    }
}

/// Watts × seconds ÷ 3,600,000 are kilowatt hours.
pub(crate) fn electricity(seconds: f64, settings: &SettingsView) -> Amount {
    let price = Amount::parse_credits(&settings.electricity_price).unwrap_or_default();
    let watt_seconds = (seconds.max(0.0) * f64::from(settings.power_watts)) as u64;
    price.mul_ratio_ceil(watt_seconds, 3_600_000).unwrap_or_default()
}

fn job_view(job: &EarningsJob, payouts: Vec<PayoutView>) -> EarningsJobView {
    EarningsJobView {
        job: job.job.clone(),
        name: job.name.clone(),
        frames: job.frames,
        pending: job.pending.0.to_string(),
        paid: job.paid.0.to_string(),
        seconds: job.seconds,
        last_at: moment(job.last_at.0.0),
        payouts,
    }
}

/// The ledger's own lines about each job, newest first, so that the two can be compared.
async fn payouts(ctx: &Context, earnings: &Earnings) -> Result<HashMap<String, Vec<PayoutView>>, CommandError> {
    let mut found: HashMap<String, Vec<PayoutView>> = HashMap::new();
    let mut wanted: u32 = earnings.frames_paid;
    let mut page = PageQuery {
        limit: Some(veriframe_wire::page::PAGE_MAX),
        cursor: None,
    };
    for _ in 0..PAGES_AT_MOST {
        if wanted == 0 {
            break;
        }
        let answer = ctx.api.ledger_entries(&page).await?;
        for entry in answer
            .items
            .iter()
            .filter(|entry| entry.kind == EntryKind::Payout && entry.incoming)
        {
            wanted = wanted.saturating_sub(1);
            if let Some(job) = &entry.job {
                found.entry(job.clone()).or_default().push(payout(entry));
            }
        }
        match answer.next_cursor {
            Some(next) => page.cursor = Some(next),
            None => break,
        }
    }
    Ok(found)
}

fn payout(entry: &Entry) -> PayoutView {
    PayoutView {
        at: moment(entry.at.0.0),
        frame: entry.frame,
        amount: entry.amount.0.to_string(),
        entry: entry.seq.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn electricity_of_an_hour_at_a_kilowatt_is_the_price() {
        let settings = SettingsView {
            power_watts: 1000,
            electricity_price: "0.30".to_owned(),
            ..crate::settings::defaults()
        };
        assert_eq!(electricity(3600.0, &settings), Amount::parse_credits("0.30").unwrap());
        let unknown = SettingsView {
            electricity_price: String::new(),
            ..settings
        };
        assert_eq!(electricity(3600.0, &unknown), Amount::ZERO);
    }
}
