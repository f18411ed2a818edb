//! One file a command.

mod deploy;
mod failure;
mod job;
mod job_call;
mod key;
mod post;
mod results;
mod signer;
mod withdraw;
mod worker;
mod worker_call;

use crate::{
    args::{ChainCommand, OnChain},
    exit::Failure,
};
use failure::{of_deployment, of_node};
use std::path::{Path, PathBuf};
use veriframe_app::Home;
use veriframe_chain::{
    deployment::Deployment,
    node::{Node, RpcNode},
};

pub async fn run(home: Home, command: ChainCommand) -> Result<(), Failure> {
    match command {
        ChainCommand::Post(args) => post::run(home, *args).await,
        ChainCommand::Deploy(args) => deploy::run(&home, *args).await,
        ChainCommand::Job(args) => job::run(&home, *args).await,
        ChainCommand::Worker(args) => worker::run(&home, *args).await,
        ChainCommand::Withdraw(args) => withdraw::run(&home, *args).await,
    }
}

/// Where the contracts are when nothing else is said.
fn deployment_file(home: &Home, named: Option<&Path>) -> PathBuf {
    named.map_or_else(|| home.root().join("chain.json"), Path::to_owned)
}

/// The node, and the contracts that are on its chain.
async fn contracts(home: &Home, args: &OnChain) -> Result<(RpcNode, Deployment), Failure> {
    let path = deployment_file(home, args.deployment.as_deref());
    let deployment = Deployment::read(&path).map_err(|error| of_deployment(&error))?;
    let rpc = args.rpc.as_deref().ok_or_else(failure::no_node)?;
    let node = RpcNode::new(rpc).map_err(|error| of_node(&error))?;
    let chain_id = node.chain_id().await.map_err(|error| of_node(&error))?;
    if chain_id == deployment.chain_id {
        Ok((node, deployment))
    } else {
        Err(failure::of_chain(chain_id, deployment.chain_id))
    }
}
