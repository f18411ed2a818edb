//! Which item is done by what.

use super::{Work, WorkError};
use crate::{app::App, results, webhooks};

/// Does it. Called again when it fails, and perhaps when it did not.
pub async fn perform(app: &App, work: &Work) -> Result<(), WorkError> {
    match work {
        Work::Notify { webhook } => webhooks::notify(app, webhook).await?,
        Work::Redeliver { webhook, event } => webhooks::redeliver(app, webhook, *event).await?,
        Work::GatherResults { job } => results::gather(app, job).await?,
        Work::CheckPins { job } => results::check_pins(app, job).await?,
    }
    Ok(())
}
