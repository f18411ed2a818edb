//! An account that can send, and what it sends.

use super::{
    contracts,
    failure::{of_deliver, of_node},
    key,
};
use crate::{args::Signing, exit::Failure, output};
use serde_json::json;
use std::time::Duration;
use veriframe_app::Home;
use veriframe_chain::{
    deployment::Deployment,
    market::Views,
    node::RpcNode,
    number::of_address,
    send::{Call, MemoryJournal, Patience, RpcSender, deliver, deploy_account},
};
use veriframe_core::{Address, Amount};

/// A block of a busy network comes every few seconds.
const PATIENCE: Patience = Patience {
    within: Duration::from_mins(5),
    look_every: Duration::from_millis(200),
};

pub struct Signer {
    sender: RpcSender,
    node: RpcNode,
    pub account: Address,
    pub deployment: Deployment,
    limit: Amount,
    json: bool,
}

impl Signer {
    pub async fn open(home: &Home, args: &Signing) -> Result<Self, Failure> {
        let key = key::read_or_own(home, args.keystore.as_deref())?;
        let (node, deployment) = contracts(home, &args.chain).await?;
        let account = args.account.unwrap_or(key.address());
        if account == key.address() {
            // By its own money, the first time it is used.
            let deployed = deploy_account(&node, &key, deployment.chain_id, args.max_fee, PATIENCE).await;
            deployed.map_err(|error| of_deliver(&error))?;
        }
        Ok(Self {
            sender: RpcSender::at(node.clone(), &key, of_address(&account), deployment.chain_id),
            node,
            account,
            deployment,
            limit: args.max_fee,
            json: args.chain.output.json,
        })
    }

    /// What an aggregator or a challenger puts down.
    pub async fn bond(&self) -> Result<Amount, Failure> {
        let views = Views { node: &self.node };
        let bond = views.bond(self.deployment.market).await;
        bond.map_err(|error| of_node(&error))
    }

    /// Sends the calls as one transaction, waits for it, and prints it. The contracts refuse what happened already, so
    /// whoever was interrupted may run the command again.
    pub async fn send(&self, what: &str, calls: &[Call]) -> Result<(), Failure> {
        self.send_telling(what, calls, None).await
    }

    /// With a number that the person has to keep.
    pub async fn send_telling(&self, what: &str, calls: &[Call], salt: Option<&str>) -> Result<(), Failure> {
        let journal = MemoryJournal::default();
        let delivered = deliver(&self.sender, &journal, what, calls, self.limit, PATIENCE)
            .await
            .map_err(|error| of_deliver(&error))?;
        let transaction = format!("{:#066x}", delivered.transaction);
        if self.json {
            return output::json(&json!({ "call": what, "transaction": transaction, "salt": salt }));
        }
        if let Some(salt) = salt {
            output::line(&format!("Salt {salt}: reveal needs it"))?;
        }
        output::line(&format!("Done: {what}, by transaction {transaction}"))
    }
}
