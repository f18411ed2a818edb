//! `provide --direct`: jobs straight from the chain.

use super::{
    provide::{set_limits, tell as tell_reasons},
    session,
};
use crate::{args::Provide, cancel::Interrupts, exit::Failure, output};
use serde_json::json;
use std::sync::Arc;
use veriframe_app::{
    Home,
    chain::ChainChoice,
    provide::{self, DirectOptions, DirectStep, Ended},
    view::StopMode,
};
use veriframe_cli::compose::Options;

/// Renders what the chain offers. A line for each step.
pub async fn run(home: Home, args: Provide, interrupts: &Interrupts) -> Result<(), Failure> {
    let as_json = args.output.json;
    let coordinator = args.network.coordinator.clone();
    let options = Options::direct(home, coordinator, ChainChoice::environment());
    let ended = session::directly(options, async |ctx| {
        set_limits(ctx, args.slots, args.threads).await?;
        // Whoever types this command has decided.
        provide::consent_to_providing(ctx).await?;
        let options = DirectOptions {
            once: args.once,
            max_fee: args.max_fee,
            tell: Arc::new(move |step| tell(step, as_json)),
        };
        let mut worker = Box::pin(provide::run_direct(ctx, options));
        tokio::select! {
            ended = &mut worker => return Ok(ended?),
            // Steps are the result; what happens between them is for people.
            never = tell_reasons(ctx, false), if !as_json => never?,
            () = interrupts.gently.cancelled() => {}
        }
        provide::stop_providing(ctx, StopMode::AfterFrame).await?;
        tokio::select! {
            ended = &mut worker => return Ok(ended?),
            () = interrupts.now.cancelled() => {}
        }
        provide::stop_providing(ctx, StopMode::Now).await?;
        Ok(worker.await?)
    })
    .await?;
    if args.once && ended == Ended::Stopped {
        let hint = "A job that was taken is still this worker's: start again before its deadline.";
        return Err(Failure::interrupted(hint));
    }
    Ok(())
}

/// Nobody listening on standard output is no reason to stop.
fn tell(step: &DirectStep, as_json: bool) {
    let DirectStep {
        job,
        name,
        step,
        transaction,
        detail,
    } = step;
    let told = if as_json {
        output::json(&json!({ "job": job, "name": name, "step": step, "transaction": transaction, "detail": detail }))
    } else {
        let detail = if detail.is_empty() {
            String::new()
        } else {
            format!(": {detail}")
        };
        let transaction = transaction
            .as_ref()
            .map(|hash| format!(" ({hash})"))
            .unwrap_or_default();
        output::line(&format!("Job {job}, {name}: {step}{detail}{transaction}"))
    };
    if let Err(error) = told {
        tracing::debug!(%error, "a step was not printed");
    }
}
