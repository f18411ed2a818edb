//! What the contracts answer without a transaction.

use super::selector;
use crate::{
    node::{Node, NodeError, View},
    number::{self, Felt},
};
use veriframe_core::{Address, Amount};

/// Where a job stands on the chain, in the order of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    None,
    Open,
    Assigned,
    Committed,
    Challengeable,
    Disputed,
    Finalised,
    Cancelled,
    Expired,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnChainJob {
    /// `None` where the contract has zero.
    pub creator: Option<Address>,
    pub budget: Amount,
    /// Seconds since 1970.
    pub deadline: u64,
    pub state: JobState,
    /// Seconds.
    pub challenge_window: u32,
    pub self_assign: bool,
    pub spec_commitment: Felt,
    pub worker: Option<Address>,
    pub aggregator: Option<Address>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnChainResult {
    pub root_commitment: Felt,
    pub settlement_root: Felt,
    pub total_paid: Amount,
    pub ends_at: u64,
    pub challenger: Option<Address>,
    /// Parts of 10,000.
    pub worker_share: u16,
    pub unclaimed: Amount,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnChainWorker {
    pub registered: bool,
    pub verified: bool,
    /// 0 to 1000.
    pub reputation: u16,
    pub stake: Amount,
    pub locked: Amount,
    pub unbonding: Amount,
    pub unbonding_until: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarketTotals {
    pub escrow: Amount,
    pub owed: Amount,
    pub bonds: Amount,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistryTotals {
    pub stakes: Amount,
    pub owed: Amount,
}

/// Questions to contracts through one node.
#[derive(Clone, Copy)]
pub struct Views<'a> {
    pub node: &'a dyn Node,
}

impl Views<'_> {
    async fn ask(&self, contract: Felt, name: &str, calldata: Vec<Felt>) -> Result<Answer, NodeError> {
        let view = View {
            contract,
            selector: selector(name),
            calldata,
        };
        let felts = self.node.view(&view).await?;
        Ok(Answer {
            felts: felts.into_iter(),
        })
    }

    /// Of an account, in the token's smallest unit.
    pub async fn balance(&self, token: Felt, account: Felt) -> Result<Amount, NodeError> {
        let mut answer = self.ask(token, "balance_of", vec![account]).await?;
        let amount = answer.amount()?;
        if answer.felt()? == Felt::ZERO {
            Ok(amount)
        } else {
            Err(strange())
        }
    }

    pub async fn job(&self, market: Felt, job: u64) -> Result<OnChainJob, NodeError> {
        let mut answer = self.ask(market, "get_job", vec![job.into()]).await?;
        Ok(OnChainJob {
            creator: answer.address()?,
            budget: answer.amount()?,
            deadline: answer.number()?,
            state: answer.state()?,
            challenge_window: answer.number()?,
            self_assign: answer.flag()?,
            spec_commitment: answer.felt()?,
            worker: answer.address()?,
            aggregator: answer.address()?,
        })
    }

    pub async fn result(&self, market: Felt, job: u64) -> Result<OnChainResult, NodeError> {
        let mut answer = self.ask(market, "get_result", vec![job.into()]).await?;
        Ok(OnChainResult {
            root_commitment: answer.felt()?,
            settlement_root: answer.felt()?,
            total_paid: answer.amount()?,
            ends_at: answer.number()?,
            challenger: answer.address()?,
            worker_share: answer.number()?,
            unclaimed: answer.amount()?,
        })
    }

    pub async fn job_count(&self, market: Felt) -> Result<u64, NodeError> {
        self.ask(market, "job_count", Vec::new()).await?.number()
    }

    /// By either contract.
    pub async fn owed(&self, contract: Felt, account: Felt) -> Result<Amount, NodeError> {
        self.ask(contract, "owed", vec![account]).await?.amount()
    }

    pub async fn has_claimed(&self, market: Felt, job: u64, worker: Felt) -> Result<bool, NodeError> {
        self.ask(market, "has_claimed", vec![job.into(), worker]).await?.flag()
    }

    pub async fn market_totals(&self, market: Felt) -> Result<MarketTotals, NodeError> {
        let mut answer = self.ask(market, "totals", Vec::new()).await?;
        Ok(MarketTotals {
            escrow: answer.amount()?,
            owed: answer.amount()?,
            bonds: answer.amount()?,
        })
    }

    pub async fn registry_totals(&self, registry: Felt) -> Result<RegistryTotals, NodeError> {
        let mut answer = self.ask(registry, "totals", Vec::new()).await?;
        Ok(RegistryTotals {
            stakes: answer.amount()?,
            owed: answer.amount()?,
        })
    }

    /// The ERC-20 that either contract holds.
    pub async fn token(&self, contract: Felt) -> Result<Felt, NodeError> {
        self.ask(contract, "token", Vec::new()).await?.felt()
    }

    pub async fn bond(&self, market: Felt) -> Result<Amount, NodeError> {
        self.ask(market, "bond", Vec::new()).await?.amount()
    }

    /// What taking a job by oneself locks.
    pub async fn job_stake(&self, registry: Felt) -> Result<Amount, NodeError> {
        self.ask(registry, "job_stake", Vec::new()).await?.amount()
    }

    pub async fn worker(&self, registry: Felt, worker: Felt) -> Result<OnChainWorker, NodeError> {
        let mut answer = self.ask(registry, "get_worker", vec![worker]).await?;
        Ok(OnChainWorker {
            registered: answer.flag()?,
            verified: answer.flag()?,
            reputation: answer.number()?,
            stake: answer.amount()?,
            locked: answer.amount()?,
            unbonding: answer.amount()?,
            unbonding_until: answer.number()?,
        })
    }
}

struct Answer {
    felts: std::vec::IntoIter<Felt>,
}

fn strange() -> NodeError {
    NodeError::Answer("a contract's answer of another layout".to_owned())
}

impl Answer {
    fn felt(&mut self) -> Result<Felt, NodeError> {
        self.felts.next().ok_or_else(strange)
    }

    fn number<T: TryFrom<u128>>(&mut self) -> Result<T, NodeError> {
        number::integer(self.felt()?).ok_or_else(strange)
    }

    fn amount(&mut self) -> Result<Amount, NodeError> {
        self.number::<u128>().map(Amount::from_units)
    }

    fn flag(&mut self) -> Result<bool, NodeError> {
        number::flag(self.felt()?).ok_or_else(strange)
    }

    fn address(&mut self) -> Result<Option<Address>, NodeError> {
        let felt = self.felt()?;
        if felt == Felt::ZERO {
            return Ok(None);
        }
        number::address(felt).map(Some).ok_or_else(strange)
    }

    fn state(&mut self) -> Result<JobState, NodeError> {
        Ok(match self.number::<u8>()? {
            0 => JobState::None,
            1 => JobState::Open,
            2 => JobState::Assigned,
            3 => JobState::Committed,
            4 => JobState::Challengeable,
            5 => JobState::Disputed,
            6 => JobState::Finalised,
            7 => JobState::Cancelled,
            8 => JobState::Expired,
            _ => return Err(strange()),
        })
    }
}
