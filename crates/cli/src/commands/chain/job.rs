use super::{contracts, failure::of_node, job_call};
use crate::{
    args::{ChainJob, OnChain},
    exit::{Exit, Failure},
    output,
};
use serde_json::json;
use veriframe_app::Home;
use veriframe_chain::market::{JobState, Views};

pub async fn run(home: &Home, args: ChainJob) -> Result<(), Failure> {
    match (args.call, args.job) {
        (Some(call), _) => job_call::run(home, call).await,
        (None, Some(number)) => show(home, number, &args.chain).await,
        // The command line asks for one of the two.
        (None, None) => Ok(()),
    }
}

async fn show(home: &Home, number: u64, on: &OnChain) -> Result<(), Failure> {
    let (node, deployment) = contracts(home, on).await?;
    let views = Views { node: &node };
    let job = views
        .job(deployment.market, number)
        .await
        .map_err(|error| of_node(&error))?;
    if job.state == JobState::None {
        let message = format!("There is no job {number} on the chain.");
        return Err(Failure::new(Exit::BadInput, "no_such_job", message, ""));
    }
    let result = views
        .result(deployment.market, number)
        .await
        .map_err(|error| of_node(&error))?;
    let address = |account: Option<veriframe_core::Address>| account.map(|account| account.to_string());
    if on.output.json {
        return output::json(&json!({
            "job": number,
            "state": word(job.state),
            "creator": address(job.creator),
            "budget": job.budget.units().to_string(),
            "deadline": job.deadline,
            "challenge_window": job.challenge_window,
            "self_assign": job.self_assign,
            "worker": address(job.worker),
            "aggregator": address(job.aggregator),
            "total_paid": result.total_paid.units().to_string(),
            "unclaimed": result.unclaimed.units().to_string(),
            "ends_at": result.ends_at,
            "challenger": address(result.challenger),
            "worker_share": result.worker_share,
        }));
    }
    output::line(&format!("Job {number} is {}.", word(job.state)))?;
    output::line(&format!("Budget    {}", job.budget.to_credits()))?;
    for (name, account) in [
        ("Creator", job.creator),
        ("Worker", job.worker),
        ("Through", job.aggregator),
        ("Challenger", result.challenger),
    ] {
        if let Some(account) = account {
            output::line(&format!("{name:<10}{account}"))?;
        }
    }
    if result.total_paid > veriframe_core::Amount::ZERO {
        output::line(&format!("Paid      {}", result.total_paid.to_credits()))?;
    }
    Ok(())
}

fn word(state: JobState) -> &'static str {
    match state {
        JobState::None => "none",
        JobState::Open => "open",
        JobState::Assigned => "assigned",
        JobState::Committed => "committed",
        JobState::Challengeable => "challengeable",
        JobState::Disputed => "disputed",
        JobState::Finalised => "finalised",
        JobState::Cancelled => "cancelled",
        JobState::Expired => "expired",
    }
}
