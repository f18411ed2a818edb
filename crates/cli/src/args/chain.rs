//! The contracts on Starknet.

use super::Output;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use veriframe_core::{Address, Amount};

/// The token that pays for transactions on Starknet's networks.
const STRK: &str = "0x04718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d";

#[derive(Debug, Subcommand)]
pub enum ChainCommand {
    /// Declare and deploy the contracts; begun again with the same options, it goes on where it stopped
    Deploy(Box<ChainDeploy>),
    /// Say where a job stands on the chain
    Job(ChainJob),
    /// Say what the chain knows of a worker
    Worker(ChainWorker),
}

impl ChainCommand {
    pub fn output(&self) -> &Output {
        match self {
            Self::Deploy(args) => &args.output,
            Self::Job(args) => &args.chain.output,
            Self::Worker(args) => &args.chain.output,
        }
    }
}

#[derive(Debug, Args)]
pub struct ChainDeploy {
    /// JSON-RPC of a Starknet node
    #[arg(long, env = "STARKNET_RPC_URL", value_name = "URL")]
    pub rpc: String,
    /// File with the key of the account that pays and will own the contracts, under VERIFRAME_PASSWORD; without it,
    /// VERIFRAME_PRIVATE_KEY is the key
    #[arg(long, value_name = "FILE")]
    pub keystore: Option<PathBuf>,
    /// The account, when it does not derive from its key
    #[arg(long)]
    pub account: Option<Address>,
    /// ERC-20 that jobs are paid in; default: STRK
    #[arg(long, default_value = STRK, hide_default_value = true)]
    pub token: Address,
    /// Who assigns jobs and shows results; default: the account that deploys, as for the next three
    #[arg(long, value_name = "ADDRESS")]
    pub scheduler: Option<Address>,
    /// Who decides disputes
    #[arg(long, value_name = "ADDRESS")]
    pub arbiter: Option<Address>,
    /// Who marks workers as verified
    #[arg(long, value_name = "ADDRESS")]
    pub verifier: Option<Address>,
    /// Who gets what is forfeited
    #[arg(long, value_name = "ADDRESS")]
    pub treasury: Option<Address>,
    /// What showing and challenging a result each put down, in whole tokens
    #[arg(long, value_name = "AMOUNT", default_value = "1", value_parser = Amount::parse_credits)]
    pub bond: Amount,
    /// What taking a job by oneself locks of a worker's stake, in whole tokens
    #[arg(long, value_name = "AMOUNT", default_value = "10", value_parser = Amount::parse_credits)]
    pub job_stake: Amount,
    /// The most that one transaction may cost, in whole tokens
    #[arg(long, value_name = "AMOUNT", default_value = "100", value_parser = Amount::parse_credits)]
    pub max_fee: Amount,
    /// Another number makes other contracts of the same kind
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub salt: u64,
    /// Where to write the addresses; default: chain.json in the home
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct OnChain {
    /// JSON-RPC of a Starknet node
    #[arg(long, env = "STARKNET_RPC_URL", value_name = "URL")]
    pub rpc: String,
    /// File with the addresses of the contracts; default: chain.json in the home
    #[arg(long, value_name = "FILE")]
    pub deployment: Option<PathBuf>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct ChainJob {
    /// Its number in the contract
    pub job: u64,
    #[command(flatten)]
    pub chain: OnChain,
}

#[derive(Debug, Args)]
pub struct ChainWorker {
    /// Its account
    pub address: Address,
    #[command(flatten)]
    pub chain: OnChain,
}
