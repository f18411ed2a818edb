//! Declaring and deploying the contracts.
//!
//! Where a contract will be follows from its class, its arguments and a salt, so a deployment that was interrupted is
//! begun again with the same salt and goes on where it stopped.

use crate::{
    deployment::{Deployment, Parts},
    market::{registry, selector},
    node::{Node, NodeError},
    number::Felt,
    send::{Call, DeliverError, MemoryJournal, Patience, RpcSender, Sender, deliver},
};
use starknet::core::{
    types::{FlattenedSierraClass, contract::SierraClass},
    utils::{UdcUniqueness, get_udc_deployed_address},
};
use std::sync::Arc;
use veriframe_core::Amount;

/// The network's contract that deploys others, of 2025. (Starknet documentation, "Universal Deployer Contract".)
const DEPLOYER: Felt = Felt::from_hex_unchecked("0x02ceed65a4bd731034c01113685c831b01c15d7d432f71afb1cf1634b53a2125");

/// A class: as the compiler writes it, in JSON, and the hash of what it compiles to for the network's machine.
#[derive(Debug, Clone, Copy)]
pub struct Artifact {
    pub sierra: &'static str,
    pub compiled: Felt,
}

pub const JOB_MARKET: Artifact = Artifact {
    sierra: include_str!("../../../contracts/artifacts/JobMarket.sierra.json"),
    compiled: Felt::from_hex_unchecked("0x06b25ac31ddc1e2ffacc543987a6c18f516b81528ec686f26ce58416cb278ffa"),
};
pub const WORKER_REGISTRY: Artifact = Artifact {
    sierra: include_str!("../../../contracts/artifacts/WorkerRegistry.sierra.json"),
    compiled: Felt::from_hex_unchecked("0x049364815272c7276b531da8b06ae86f9342ef5470e55509e94a1babf6e38a8a"),
};

/// Who may do what, and what has to be put down. Accounts by address.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub chain_id: Felt,
    /// The ERC-20 that is paid in.
    pub token: Felt,
    pub scheduler: Felt,
    pub arbiter: Felt,
    pub verifier: Felt,
    pub treasury: Felt,
    /// What a commitment and a challenge each put down.
    pub bond: Amount,
    /// What assigning a job to itself locks of a worker's stake.
    pub job_stake: Amount,
    pub terms: Terms,
}

/// How each transaction of a deployment is made.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    pub salt: Felt,
    /// The most that one transaction may cost.
    pub limit: Amount,
    pub patience: Patience,
}

#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error(transparent)]
    Deliver(#[from] DeliverError),
    #[error("the contract's class cannot be read: {0}")]
    Class(String),
    #[error("at the market's address is another class")]
    Occupied,
}

/// Declares what is not declared, deploys what is not deployed, and makes the market the registry's. The account that
/// sends owns both contracts.
pub async fn deploy(sender: &RpcSender, plan: &Plan) -> Result<Deployment, DeployError> {
    let start_block = sender.node().head().await?.number;
    let registry_class = declare(sender, WORKER_REGISTRY, &plan.terms).await?;
    let owner = sender.account();
    let arguments = [
        owner,
        plan.token,
        plan.verifier,
        plan.treasury,
        plan.job_stake.units().into(),
    ];
    let registry_address = place(sender, registry_class, &arguments, &plan.terms).await?;
    let market_class = declare(sender, JOB_MARKET, &plan.terms).await?;
    let arguments = [
        owner,
        plan.token,
        registry_address,
        plan.scheduler,
        plan.arbiter,
        plan.treasury,
        plan.bond.units().into(),
    ];
    let market = place(sender, market_class, &arguments, &plan.terms).await?;
    if !has_role(sender, registry_address, "market", market).await? {
        send(
            sender,
            &[registry::set_role(registry_address, "market", market, true)],
            &plan.terms,
        )
        .await?;
    }
    Ok(Deployment::from(Parts {
        chain_id: plan.chain_id,
        token: plan.token,
        market,
        market_class,
        registry: registry_address,
        registry_class,
        start_block,
    }))
}

async fn has_role(sender: &RpcSender, contract: Felt, role: &str, account: Felt) -> Result<bool, NodeError> {
    let view = crate::node::View {
        contract,
        selector: selector("has_role"),
        calldata: vec![Felt::from_bytes_be_slice(role.as_bytes()), account],
    };
    Ok(sender.node().view(&view).await? == [Felt::ONE])
}

async fn send(sender: &RpcSender, calls: &[Call], terms: &Terms) -> Result<(), DeliverError> {
    let journal = MemoryJournal::default();
    deliver(sender, &journal, "", calls, terms.limit, terms.patience)
        .await
        .map(drop)
}

/// Declares a class unless it is declared; its class hash.
pub async fn declare(sender: &RpcSender, artifact: Artifact, terms: &Terms) -> Result<Felt, DeployError> {
    let (class, hash) = tokio::task::spawn_blocking(move || read(artifact))
        .await
        .map_err(|error| DeployError::Class(error.to_string()))??;
    if sender.is_declared(hash).await? {
        return Ok(hash);
    }
    match sender.declare(class, artifact.compiled, terms.limit).await {
        Ok(()) | Err(DeliverError::Node(NodeError::Declared | NodeError::Duplicate)) => {}
        Err(error) => return Err(error.into()),
    }
    arrived(terms, || sender.is_declared(hash)).await?;
    Ok(hash)
}

fn read(artifact: Artifact) -> Result<(Arc<FlattenedSierraClass>, Felt), DeployError> {
    let class = |error: &dyn std::fmt::Display| DeployError::Class(error.to_string());
    let sierra: SierraClass = serde_json::from_str(artifact.sierra).map_err(|error| class(&error))?;
    let flat = sierra.flatten().map_err(|error| class(&error))?;
    let hash = flat.class_hash();
    Ok((Arc::new(flat), hash))
}

/// Deploys a contract unless it is deployed; its address.
pub async fn place(sender: &RpcSender, class: Felt, arguments: &[Felt], terms: &Terms) -> Result<Felt, DeployError> {
    let address = get_udc_deployed_address(terms.salt, class, &UdcUniqueness::NotUnique, arguments);
    match sender.node().class_hash_at(address).await {
        Ok(there) if there == class => return Ok(address),
        Ok(_) => return Err(DeployError::Occupied),
        Err(NodeError::NoSuchContract) => {}
        Err(error) => return Err(error.into()),
    }
    let mut calldata = vec![class, terms.salt, Felt::ZERO, arguments.len().into()];
    calldata.extend(arguments);
    let call = Call {
        to: DEPLOYER,
        selector: selector("deployContract"),
        calldata,
    };
    send(sender, &[call], terms).await?;
    arrived(terms, || sender.node().is_deployed(address)).await?;
    Ok(address)
}

async fn arrived<F>(terms: &Terms, is_there: impl Fn() -> F) -> Result<(), NodeError>
where
    F: Future<Output = Result<bool, NodeError>>,
{
    let patience = terms.patience;
    if patience.wait_for(is_there).await? {
        Ok(())
    } else {
        Err(NodeError::Slow(patience.within))
    }
}
