//! Working for others: the worker loop and what the Provide page shows and changes.
//!
//! Invariants: one worker a home; a finished frame is on the disk and in the journal before anything is sent; every
//! Blender belongs to a slot and dies with it; there is always one reason line that says what happens.

mod handle;

pub use handle::ProviderHandle;

use crate::{
    Context,
    view::{CommandError, LimitsView, ProviderView, StopMode},
};
use std::sync::Arc;

/// What a worker on this home may do.
#[derive(Clone, Debug, Default)]
pub struct ProvideOptions {
    /// Take tasks of this job only.
    pub only_job: Option<String>,
    /// Return as soon as the job of `only_job` has ended.
    pub quit_when_done: bool,
}

/// How a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Somebody stopped it, or the program ends.
    Stopped,
    /// The only job it was for has ended.
    JobEnded,
}

/// Works until it is stopped, the program shuts down, or the job it was started for has ended.
pub async fn run(ctx: &Arc<Context>, options: ProvideOptions) -> Result<Ended, CommandError>;
pub async fn provider(ctx: &Arc<Context>) -> Result<ProviderView, CommandError>;
/// Switches the worker on, as a task of the context.
pub async fn start_providing(ctx: &Arc<Context>) -> Result<(), CommandError>;
pub async fn stop_providing(ctx: &Arc<Context>, mode: StopMode) -> Result<(), CommandError>;
pub async fn snooze_providing(ctx: &Arc<Context>, minutes: u32) -> Result<(), CommandError>;
pub async fn consent_to_providing(ctx: &Arc<Context>) -> Result<(), CommandError>;
pub async fn set_device(ctx: &Arc<Context>, id: &str, enabled: bool) -> Result<(), CommandError>;
pub async fn set_limits(ctx: &Arc<Context>, limits: LimitsView) -> Result<(), CommandError>;
pub async fn rescan_blenders(ctx: &Arc<Context>) -> Result<(), CommandError>;
pub async fn run_benchmark(ctx: &Arc<Context>) -> Result<(), CommandError>;
/// Every Blender on this computer that can be used (probe cache).
pub async fn installations(ctx: &Arc<Context>) -> Result<Vec<veriframe_render::Installation>, CommandError>;
