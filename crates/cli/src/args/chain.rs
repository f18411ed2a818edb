//! The contracts on Starknet.

use super::{JobArgs, Output};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use veriframe_core::{Address, Amount};

/// The token that pays for transactions on Starknet's networks.
const STRK: &str = "0x04718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d";

#[derive(Debug, Subcommand)]
pub enum ChainCommand {
    /// Declare and deploy the contracts; begun again with the same options, it goes on where it stopped
    Deploy(Box<ChainDeploy>),
    /// Post a job that workers take from the chain by themselves, with no coordinator. Its scene is not sealed: anybody
    /// can read it
    Post(Box<ChainPost>),
    /// Say where a job stands on the chain, or call the contract for it
    Job(Box<ChainJob>),
    /// Say what the chain knows of a worker, or change one's own standing
    Worker(Box<ChainWorker>),
    /// Have what the contracts owe to an account paid to it
    Withdraw(Box<ChainWithdraw>),
}

impl ChainCommand {
    pub fn output(&self) -> &Output {
        match self {
            Self::Deploy(args) => &args.output,
            Self::Post(args) => &args.chain.output,
            Self::Job(args) => match &args.call {
                Some(call) => &call.signing().chain.output,
                None => &args.chain.output,
            },
            Self::Worker(args) => match &args.call {
                Some(call) => &call.signing().chain.output,
                None => &args.chain.output,
            },
            Self::Withdraw(args) => &args.signing.chain.output,
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
    pub rpc: Option<String>,
    /// File with the addresses of the contracts; default: chain.json in the home
    #[arg(long, value_name = "FILE")]
    pub deployment: Option<PathBuf>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct ChainPost {
    /// The .blend
    pub file: PathBuf,
    #[command(flatten)]
    pub job: JobArgs,
    /// What a frame pays, in whole tokens; default: as estimated
    #[arg(long, value_name = "AMOUNT", value_parser = Amount::parse_credits)]
    pub price: Option<Amount>,
    /// Hours until the job has to be done
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=24 * 365))]
    pub hours: u32,
    /// Minutes in which the result can be challenged
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=30 * 24 * 60))]
    pub window: u32,
    /// The very same job is posted once for each number: another one posts it again
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub again: u32,
    /// The most that the transaction may cost, in whole tokens
    #[arg(long, value_name = "AMOUNT", default_value = "10", value_parser = Amount::parse_credits)]
    pub max_fee: Amount,
    /// Coordinator to use as a content store
    #[arg(long, env = "BACKEND_API_URL", value_name = "URL")]
    pub coordinator: Option<String>,
    #[command(flatten)]
    pub chain: OnChain,
}

/// Who signs.
#[derive(Debug, Args)]
pub struct Signing {
    /// File with the key that signs, under VERIFRAME_PASSWORD; without it VERIFRAME_PRIVATE_KEY is the key, and without
    /// that the key of this home
    #[arg(long, value_name = "FILE")]
    pub keystore: Option<PathBuf>,
    /// The account, when it does not derive from its key
    #[arg(long)]
    pub account: Option<Address>,
    /// The most that one transaction may cost, in whole tokens
    #[arg(long, value_name = "AMOUNT", default_value = "10", value_parser = Amount::parse_credits)]
    pub max_fee: Amount,
    #[command(flatten)]
    pub chain: OnChain,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct ChainJob {
    /// Its number in the contract
    #[arg(required = true)]
    pub job: Option<u64>,
    #[command(flatten)]
    pub chain: OnChain,
    #[command(subcommand)]
    pub call: Option<JobCall>,
}

#[derive(Debug, Args)]
pub struct OfJob {
    /// Its number in the contract
    pub job: u64,
    #[command(flatten)]
    pub signing: Signing,
}

/// What can be asked of the market for one job. The contract decides who may.
#[derive(Debug, Subcommand)]
pub enum JobCall {
    /// Give an open job to a worker (a scheduler), or take it for oneself (a worker with stake)
    Assign(JobAssign),
    /// Bind to a result without showing it, with a bond (who assigned)
    Commit(JobCommit),
    /// Show the result that was committed to (who assigned)
    Reveal(JobReveal),
    /// End the time for challenges and pay the workers (the creator)
    Accept(OfJob),
    /// Take the budget back while nobody has the job (the creator)
    Cancel(OfJob),
    /// End a job whose deadline passed (anybody)
    Expire(OfJob),
    /// Pay the workers after the time for challenges (anybody)
    Finalise(OfJob),
    /// Dispute a result, with the same bond (anybody but who showed it)
    Challenge(OfJob),
    /// Decide a dispute (the arbiter)
    Resolve(JobResolve),
    /// End a dispute that the arbiter let pass (anybody)
    ResolveByDefault(OfJob),
    /// Have a worker's part counted as owed to it (anybody)
    Claim(JobClaim),
}

impl JobCall {
    pub fn signing(&self) -> &Signing {
        match self {
            Self::Assign(JobAssign { of, .. })
            | Self::Commit(JobCommit { of, .. })
            | Self::Reveal(JobReveal { of, .. })
            | Self::Resolve(JobResolve { of, .. })
            | Self::Claim(JobClaim { of, .. })
            | Self::Accept(of)
            | Self::Cancel(of)
            | Self::Expire(of)
            | Self::Finalise(of)
            | Self::Challenge(of)
            | Self::ResolveByDefault(of) => &of.signing,
        }
    }
}

#[derive(Debug, Args)]
pub struct JobAssign {
    #[command(flatten)]
    pub of: OfJob,
    /// Who is to render; default: the account that signs
    #[arg(long, value_name = "ADDRESS")]
    pub worker: Option<Address>,
}

#[derive(Debug, Args)]
pub struct JobCommit {
    #[command(flatten)]
    pub of: OfJob,
    /// The list of results, as JSON; put it into the content store before
    #[arg(long, value_name = "FILE")]
    pub results: PathBuf,
    /// Keeps others from guessing the result; default: a random number, which is printed and needed for reveal
    #[arg(long, value_name = "NUMBER")]
    pub salt: Option<String>,
}

#[derive(Debug, Args)]
pub struct JobReveal {
    #[command(flatten)]
    pub of: OfJob,
    /// The list of results that was committed to
    #[arg(long, value_name = "FILE")]
    pub results: PathBuf,
    /// The number that commit printed
    #[arg(long, value_name = "NUMBER")]
    pub salt: String,
}

#[derive(Debug, Args)]
pub struct JobResolve {
    #[command(flatten)]
    pub of: OfJob,
    /// Parts of 10,000 that workers get of what the result pays: 10000 to refuse the challenge, 0 to uphold it
    #[arg(long, value_name = "PARTS", value_parser = clap::value_parser!(u16).range(0..=10_000))]
    pub share: u16,
}

#[derive(Debug, Args)]
pub struct JobClaim {
    #[command(flatten)]
    pub of: OfJob,
    /// The list of results that was shown: veriframe content get CID -o FILE
    #[arg(long, value_name = "FILE")]
    pub results: PathBuf,
    /// For whom; default: the account that signs
    #[arg(long, value_name = "ADDRESS")]
    pub worker: Option<Address>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct ChainWorker {
    /// Its account
    #[arg(required = true)]
    pub address: Option<Address>,
    #[command(flatten)]
    pub chain: OnChain,
    #[command(subcommand)]
    pub call: Option<WorkerCall>,
}

/// What can be asked of the registry.
#[derive(Debug, Subcommand)]
pub enum WorkerCall {
    /// Become a worker, with a stake that stands behind jobs taken without a coordinator
    Register(WorkerStake),
    /// Raise one's stake
    AddStake(WorkerAmount),
    /// Begin to take stake out, which takes 7 days
    Unstake(WorkerAmount),
    /// Get the stake whose 7 days are over
    WithdrawStake(WorkerSigning),
    /// Stop being a worker
    Deregister(WorkerSigning),
    /// Mark a worker as verified, or not (the verifier)
    Verify(WorkerVerify),
}

impl WorkerCall {
    pub fn signing(&self) -> &Signing {
        match self {
            Self::Register(WorkerStake { signing, .. })
            | Self::AddStake(WorkerAmount { signing, .. })
            | Self::Unstake(WorkerAmount { signing, .. })
            | Self::Verify(WorkerVerify { signing, .. })
            | Self::WithdrawStake(WorkerSigning { signing })
            | Self::Deregister(WorkerSigning { signing }) => signing,
        }
    }
}

#[derive(Debug, Args)]
pub struct WorkerSigning {
    #[command(flatten)]
    pub signing: Signing,
}

#[derive(Debug, Args)]
pub struct WorkerStake {
    /// In whole tokens
    #[arg(long, value_name = "AMOUNT", default_value = "0", value_parser = Amount::parse_credits)]
    pub stake: Amount,
    #[command(flatten)]
    pub signing: Signing,
}

#[derive(Debug, Args)]
pub struct WorkerAmount {
    /// In whole tokens
    #[arg(value_parser = Amount::parse_credits)]
    pub amount: Amount,
    #[command(flatten)]
    pub signing: Signing,
}

#[derive(Debug, Args)]
pub struct WorkerVerify {
    /// Its account
    pub address: Address,
    /// Take the mark away
    #[arg(long)]
    pub not: bool,
    #[command(flatten)]
    pub signing: Signing,
}

#[derive(Debug, Args)]
pub struct ChainWithdraw {
    /// Whose money; default: that of the account that signs
    #[arg(long = "for", value_name = "ADDRESS")]
    pub whom: Option<Address>,
    /// From the registry of workers instead of the market; only for the account that signs
    #[arg(long, conflicts_with = "whom")]
    pub registry: bool,
    #[command(flatten)]
    pub signing: Signing,
}
