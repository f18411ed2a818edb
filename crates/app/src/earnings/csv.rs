//! Earnings as a table for a spreadsheet (RFC 4180).

use crate::view::{EarningsView, PayoutView};
use veriframe_core::Amount;

/// One line a payout, then one a job with what is still pending. Amounts are credits.
pub fn csv(view: &EarningsView) -> String {
    let mut text = String::from("time,job,job_name,frame,status,credits,ledger_entry\r\n");
    for job in &view.jobs {
        for PayoutView {
            at,
            frame,
            amount,
            entry,
        } in &job.payouts
        {
            let frame = frame.map(|frame| frame.to_string()).unwrap_or_default();
            line(
                &mut text,
                &[at, &job.job, &job.name, &frame, "paid", &exact_credits(amount), entry],
            );
        }
        if job.pending != "0" && !job.pending.is_empty() {
            let pending = exact_credits(&job.pending);
            line(
                &mut text,
                &[&job.last_at, &job.job, &job.name, "", "pending", &pending, ""],
            );
        }
    }
    text
}

fn line(text: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    text.push_str(&cells.join(","));
    text.push_str("\r\n");
}

/// Quotes where the format asks for it. A cell that a spreadsheet would run as a formula gets an apostrophe: the
/// names of jobs come from strangers.
fn quoted(cell: &str) -> String {
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    let cell = if risky { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

/// Every decimal of the amount, because a table is added up.
fn exact_credits(units: &str) -> String {
    let Ok(amount) = units.parse::<Amount>() else {
        return units.to_owned();
    };
    let unit = veriframe_core::amount::UNITS_PER_CREDIT;
    let fraction = format!("{:018}", amount.units() % unit);
    let shown = fraction.trim_end_matches('0');
    let whole = amount.units() / unit;
    if shown.is_empty() {
        whole.to_string()
    } else {
        format!("{whole}.{shown}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::EarningsJobView;

    fn view(name: &str) -> EarningsView {
        EarningsView {
            paid_on_chain: Vec::new(),
            pending: "0".into(),
            verified: "0".into(),
            paid: "0".into(),
            frames_paid: 1,
            frames_pending: 0,
            frames_rejected: 0,
            days: vec![],
            jobs: vec![EarningsJobView {
                job: "j1".into(),
                name: name.into(),
                frames: 1,
                pending: "20000000000000000".into(),
                paid: "10000000000000000".into(),
                seconds: 1.0,
                last_at: "2026-11-22T10:00:00.000Z".into(),
                payouts: vec![PayoutView {
                    at: "2026-11-22T10:00:00.000Z".into(),
                    frame: Some(-3),
                    amount: "10000000000000000".into(),
                    entry: "12".into(),
                }],
            }],
        }
    }

    #[test]
    fn amounts_are_exact_and_lines_complete() {
        let text = csv(&view("Bowling"));
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines[1], "2026-11-22T10:00:00.000Z,j1,Bowling,-3,paid,0.01,12");
        assert_eq!(lines[2], "2026-11-22T10:00:00.000Z,j1,Bowling,,pending,0.02,");
    }

    #[test]
    fn a_stranger_s_name_is_text_and_never_a_formula() {
        let text = csv(&view("=HYPERLINK(\"x\"),1"));
        assert!(text.contains("\"'=HYPERLINK(\"\"x\"\"),1\""), "{text}");
    }
}
