use super::{contracts, failure::of_node, worker_call};
use crate::{
    args::{ChainWorker, OnChain},
    exit::Failure,
    output,
};
use serde_json::json;
use veriframe_app::Home;
use veriframe_chain::{market::Views, number::of_address};
use veriframe_core::Address;

pub async fn run(home: &Home, args: ChainWorker) -> Result<(), Failure> {
    match (args.call, args.address) {
        (Some(call), _) => worker_call::run(home, call).await,
        (None, Some(address)) => show(home, &address, &args.chain).await,
        // The command line asks for one of the two.
        (None, None) => Ok(()),
    }
}

async fn show(home: &Home, address: &Address, on: &OnChain) -> Result<(), Failure> {
    let (node, deployment) = contracts(home, on).await?;
    let views = Views { node: &node };
    let account = of_address(address);
    let worker = views.worker(deployment.registry, account).await;
    let worker = worker.map_err(|error| of_node(&error))?;
    let owed = views.owed(deployment.market, account).await;
    let owed = owed.map_err(|error| of_node(&error))?;
    if on.output.json {
        return output::json(&json!({
            "address": address.to_string(),
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
    output::line(&format!("{address} is {registered}{verified}."))?;
    output::line(&format!("Reputation  {} of 1000", worker.reputation))?;
    output::line(&format!(
        "Stake       {}, {} of it locked by jobs",
        worker.stake.to_credits(),
        worker.locked.to_credits()
    ))?;
    output::line(&format!("Owed        {}", owed.to_credits()))
}
