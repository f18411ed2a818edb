use super::{
    deployment_file,
    failure::{of_deploy, of_deployment, of_node},
    key,
};
use crate::{args::ChainDeploy, exit::Failure, output};
use std::time::Duration;
use veriframe_app::Home;
use veriframe_chain::{
    deploy::{Plan, Terms, deploy},
    node::{Node, RpcNode},
    number::of_address,
    send::{Patience, RpcSender},
};
use veriframe_core::Address;

/// A block of a busy network comes every few seconds.
const PATIENCE: Patience = Patience {
    within: Duration::from_mins(5),
    look_every: Duration::from_millis(500),
};

pub async fn run(home: &Home, args: ChainDeploy) -> Result<(), Failure> {
    let key = key::read(args.keystore.as_deref())?;
    let node = RpcNode::new(&args.rpc).map_err(|error| of_node(&error))?;
    let chain_id = node.chain_id().await.map_err(|error| of_node(&error))?;
    let account = args.account.unwrap_or(key.address());
    let sender = RpcSender::at(node, &key, of_address(&account), chain_id);
    let of = |role: Option<Address>| of_address(&role.unwrap_or(account));
    let plan = Plan {
        chain_id,
        token: of_address(&args.token),
        scheduler: of(args.scheduler),
        arbiter: of(args.arbiter),
        verifier: of(args.verifier),
        treasury: of(args.treasury),
        bond: args.bond,
        job_stake: args.job_stake,
        terms: Terms {
            salt: args.salt.into(),
            limit: args.max_fee,
            patience: PATIENCE,
        },
    };
    let deployment = deploy(&sender, &plan).await.map_err(|error| of_deploy(&error))?;
    let path = deployment_file(home, args.out.as_deref());
    deployment.write(&path).map_err(|error| of_deployment(&error))?;
    if args.output.json {
        return output::json(&deployment);
    }
    output::line(&format!("Market    {:#066x}", deployment.market))?;
    output::line(&format!("Registry  {:#066x}", deployment.registry))?;
    output::line(&format!("Written to {}", path.display()))
}
