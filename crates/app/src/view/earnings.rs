use super::PaidView;
use serde::Serialize;
use specta::Type;

#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct EarningsView {
    pub pending: String,
    pub verified: String,
    pub paid: String,
    pub frames_paid: u32,
    pub frames_pending: u32,
    pub frames_rejected: u32,
    pub days: Vec<EarningsDayView>,
    pub jobs: Vec<EarningsJobView>,
    /// What the market contract paid, newest first; empty where credits are paid.
    pub paid_on_chain: Vec<PaidView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct EarningsDayView {
    /// `YYYY-MM-DD`.
    pub date: String,
    pub pending: String,
    pub verified: String,
    pub paid: String,
    pub frames: u32,
    /// Cost of electricity that day, smallest unit; 0 until power and price are set.
    pub electricity: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct EarningsJobView {
    pub job: String,
    pub name: String,
    pub frames: u32,
    pub pending: String,
    pub paid: String,
    pub seconds: f64,
    pub last_at: String,
    pub payouts: Vec<PayoutView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct PayoutView {
    pub at: String,
    pub frame: Option<i32>,
    pub amount: String,
    /// Ledger entry number.
    pub entry: String,
}
