use super::{contracts, failure::of_node};
use crate::{args::ChainWorker, exit::Failure, output};
use serde_json::json;
use veriframe_app::Home;
use veriframe_chain::{market::Views, number::of_address};

pub async fn run(home: &Home, args: &ChainWorker) -> Result<(), Failure> {
    let (node, deployment) = contracts(home, &args.chain).await?;
    let views = Views { node: &node };
    let account = of_address(&args.address);
    let worker = views.worker(deployment.registry, account).await;
    let worker = worker.map_err(|error| of_node(&error))?;
    let owed = views.owed(deployment.market, account).await;
    let owed = owed.map_err(|error| of_node(&error))?;
    if args.chain.output.json {
        return output::json(&json!({
            "address": args.address.to_string(),
            "registered": worker.registered,
            "verified": worker.verified,
            "reputation": worker.reputation,
            "stake": worker.stake.units().to_string(),
            "locked": worker.locked.units().to_string(),
            "unbonding": worker.unbonding.units().to_string(),
            "unbonding_until": worker.unbonding_until,
            "owed": owed.units().to_string(),
        }));
    }
    let registered = if worker.registered {
        "registered"
    } else {
        "not registered"
    };
    let verified = if worker.verified { ", verified" } else { "" };
    output::line(&format!("{} is {registered}{verified}.", args.address))?;
    output::line(&format!("Reputation  {} of 1000", worker.reputation))?;
    output::line(&format!(
        "Stake       {}, {} of it locked by jobs",
        worker.stake.to_credits(),
        worker.locked.to_credits()
    ))?;
    output::line(&format!("Owed        {}", owed.to_credits()))
}
