//! Jobs whose money lies in the market contract on Starknet.
//!
//! Invariants:
//! - A job is taken in only when the contract holds its cap, from its creator, for exactly this specification; and no
//!   worker gets a lease before the contract says that the job is this coordinator's.
//! - What is paid to whom is decided once, written down, and never changed after that ([`manifest`]).
//! - Each transaction is written down before it is sent ([`journal`]), and one is under way at a time ([`keeper`]): so
//!   anything may be cut off anywhere, and goes on where it was.
//! - The contract has the last word: the books follow what it did ([`books`]).

mod admit;
mod books;
mod journal;
mod keeper;
mod manifest;
mod pay;
mod send;
mod settings;
mod step;
mod taking;
pub mod view;

pub use admit::admit;
pub use keeper::run;
pub use settings::{EscrowSettings, EscrowSettingsError};
pub use taking::taken;

use crate::indexer::ChainSettings;
use std::sync::Arc;
use tokio::sync::{Notify, OnceCell, watch};
use veriframe_chain::{
    Felt,
    events::Contracts,
    market::Views,
    node::{Node, NodeError},
    number,
};
use veriframe_core::{Address, Amount};

/// The part of the app by which escrow is asked.
pub struct Escrow {
    settings: EscrowSettings,
    node: Arc<dyn Node>,
    contracts: Contracts,
    /// Asked of the contract once.
    terms: OnceCell<Terms>,
    /// Somebody wants something that the next look would only find later.
    wake: Notify,
    /// Something was seen to change on the chain.
    changed: watch::Sender<u64>,
}

/// What the contract was deployed with.
#[derive(Clone, Copy)]
struct Terms {
    token: Felt,
    bond: Amount,
}

impl Escrow {
    pub fn new(settings: EscrowSettings, chain: &ChainSettings) -> Self {
        Self {
            settings,
            node: Arc::clone(&chain.node),
            contracts: chain.deployment.contracts,
            terms: OnceCell::new(),
            wake: Notify::new(),
            changed: watch::Sender::new(0),
        }
    }

    /// The account that assigns jobs and commits results.
    pub fn scheduler(&self) -> Felt {
        self.settings.sender.account()
    }

    fn scheduler_address(&self) -> Option<Address> {
        Address::from_bytes(self.scheduler().to_bytes_be()).ok()
    }

    /// For people.
    pub fn scheduler_text(&self) -> String {
        number::format(&self.scheduler())
    }

    /// A job has ended, or somebody asked for one.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    fn views(&self) -> Views<'_> {
        Views { node: &*self.node }
    }

    async fn terms(&self) -> Result<Terms, NodeError> {
        let ask = async || {
            let market = self.contracts.market;
            Ok(Terms {
                token: self.views().token(market).await?,
                bond: self.views().bond(market).await?,
            })
        };
        self.terms.get_or_try_init(ask).await.copied()
    }
}
