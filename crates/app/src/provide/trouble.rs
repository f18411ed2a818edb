//! Why a frame could not be rendered, and what follows for the task, its job and this worker.

use super::{kept::KeepError, scenes::FetchError};
use crate::Context;
use veriframe_core::Ineligible;
use veriframe_render::RenderError;
use veriframe_wire::lease::{FailReason, Lease};

/// What went wrong with a lease.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The lease is over, or the worker stops at once: nothing to report about the frame.
    Over,
    Failed {
        reason: FailReason,
        message: String,
        log: String,
        reach: Reach,
    },
}

/// How much of the work a failure takes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Only this frame; the next one may work.
    Frame,
    /// No frame of this job can work here.
    Job,
    /// This computer cannot work at all before something is done about it.
    Computer,
}

/// Says in the log and on *Provide* that a frame failed; the sentence.
pub(super) fn tell(ctx: &Context, lease: &Lease, frame: i32, reason: FailReason, message: &str, log: &str) -> String {
    let sentence = format!("Frame {frame} of {}: {message}", lease.job_name);
    tracing::warn!(job = lease.job, ?reason, log, "{sentence}");
    ctx.provider
        .update(|activity| activity.last_trouble.clone_from(&sentence));
    sentence
}

impl Trouble {
    fn failed(reason: FailReason, message: impl Into<String>, reach: Reach) -> Self {
        Self::Failed {
            reason,
            message: message.into(),
            log: String::new(),
            reach,
        }
    }
}

impl From<FetchError> for Trouble {
    fn from(error: FetchError) -> Self {
        if error.is_no_space() {
            Self::failed(FailReason::NoSpace, error.to_string(), Reach::Job)
        } else {
            Self::failed(FailReason::DownloadFailed, error.to_string(), Reach::Job)
        }
    }
}

impl From<Ineligible> for Trouble {
    fn from(why: Ineligible) -> Self {
        Self::failed(FailReason::NotEligible, why.to_string(), Reach::Job)
    }
}

impl From<KeepError> for Trouble {
    fn from(error: KeepError) -> Self {
        let reason = match error {
            KeepError::NoSpace => FailReason::NoSpace,
            _ => FailReason::Stopped,
        };
        Self::failed(reason, error.to_string(), Reach::Computer)
    }
}

impl From<RenderError> for Trouble {
    fn from(error: RenderError) -> Self {
        use RenderError as E;
        let (reason, reach) = match &error {
            E::Cancelled => return Self::Over,
            E::TimedOut { .. } => (FailReason::TimedOut, Reach::Frame),
            E::OutOfMemory { .. } => (FailReason::OutOfMemory, Reach::Frame),
            E::BlenderDied { .. } | E::NoOutput { .. } => (FailReason::RenderFailed, Reach::Frame),
            E::SceneUnreadable { .. } | E::NoSuchScene(_) | E::NoCamera | E::NoSuchPiece(_) | E::Unsupported(_) => {
                (FailReason::InvalidScene, Reach::Job)
            }
            E::MissingDenoiser { .. } | E::EngineUnavailable { .. } | E::NoSandbox(_) => {
                (FailReason::NotEligible, Reach::Job)
            }
            E::DeviceUnavailable(_) | E::NotStarted(_) | E::WorkDir(_) => (FailReason::NotEligible, Reach::Computer),
            E::NoSpace => (FailReason::NoSpace, Reach::Computer),
        };
        Self::Failed {
            reason,
            reach,
            message: error.to_string(),
            log: error.log_tail().unwrap_or_default().to_owned(),
        }
    }
}
