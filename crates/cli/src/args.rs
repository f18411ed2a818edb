//! What can be written on the command line.

mod chain;
mod content;
mod wallet;

pub use chain::{
    ChainCommand, ChainDeploy, ChainJob, ChainPost, ChainWithdraw, ChainWorker, JobCall, OnChain, Signing, WorkerCall,
};
pub use content::{
    ContentCommand, ContentExport, ContentGc, ContentGet, ContentImport, ContentLs, ContentPin, ContentPut,
    ContentVerify, KeyText,
};

pub use wallet::{WalletCommand, WalletImport, WalletPay, WalletSend, WalletShow};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{fmt, net::SocketAddr, path::PathBuf};
use veriframe_core::{Amount, pieces::Wish};

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed
  2    the command line is wrong
  3    the scene or another input is wrong
  4    no Blender here fits
  5    the coordinator cannot be reached, or refused the sign-in
  6    not enough money
  130  interrupted

Environment:
  VERIFRAME_HOME      folder that holds all data; two of them can stand side by side
  VERIFRAME_BLENDER   Blender program to use
  VERIFRAME_PASSWORD  password of the wallet, where it has one
  VERIFRAME_MONEY     what jobs of this home's coordinator are paid in: none (the default here), credits, or strk
  VERIFRAME_CHAIN     file that says where the contracts are; default: chain.json in the home
  VERIFRAME_SCENE_KEY key of sealed content, as with --key
  DATABASE_URL        database of `coordinator serve`, as with --database
  REDIS_URL           Redis of `coordinator serve`, as with --redis
  BACKEND_API_URL     coordinator to use, as with --coordinator
  VERIFRAME_KUBO      RPC address of a Kubo node for content, or off; default: as in Settings
  VERIFRAME_GATEWAYS  IPFS gateways to read from, with commas between them, or off; default: as in Settings
  VERIFRAME_COORDINATOR_STORE
                      off: do not send content to the coordinator or read it there; write: only send
  STARKNET_RPC_URL, CONTRACT_ADDRESS, REGISTRY_ADDRESS, NETWORK
                      the contracts whose events this home's coordinator indexes; default: none
  START_BLOCK, INDEXER_POLL_INTERVAL, ENABLE_EVENT_INDEXING
                      from which block on (0), how often in seconds (2), and false to do without
  PRICE_API_URL       where prices are asked for, in CoinGecko's form, or off; default: CoinGecko, then Coinbase
  VERIFRAME_KEYCHAIN  file: keep tokens in a private file instead of the system's keychain
  VERIFRAME_PRIVATE_KEY, VERIFRAME_PASSWORD
                      key that signs for `chain deploy`, or the password of the file that holds it
  LOG_LEVEL           error, warn, info (default), debug or trace; the log is in HOME/logs";

/// Renders .blend files on a market of computers, and pays only for frames that are proven right.
#[derive(Debug, Parser)]
#[command(name = "veriframe", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub struct Cli {
    /// Folder that holds all data
    #[arg(long, env = "VERIFRAME_HOME", global = true, value_name = "FOLDER")]
    pub home: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say what is in a .blend and what it needs, without Blender
    Inspect(Inspect),
    /// Copy a .blend and every file it needs into a folder that renders anywhere
    Pack(Pack),
    /// Print the CID of a file or a folder (profile unixfs-v1-2025)
    Cid(CidOf),
    /// Files and folders under their CIDs, in this home's store
    #[command(subcommand)]
    Content(ContentCommand),
    /// Render scenes into a folder; started again, it goes on where it was interrupted
    Render(Render),
    /// Say how long a job will take: one small frame of it is rendered here first
    Estimate(Post),
    /// Post a job and return as soon as it is posted
    Post(Post),
    /// Render for others until interrupted; the first interrupt finishes the frame
    Provide(Provide),
    /// Run a coordinator for other computers
    #[command(subcommand)]
    Coordinator(CoordinatorCommand),
    /// For whoever runs a coordinator
    #[command(subcommand)]
    Operator(OperatorCommand),
    /// Look at jobs and change them
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Money
    #[command(subcommand)]
    Wallet(WalletCommand),
    /// The contracts on Starknet
    #[command(subcommand)]
    Chain(ChainCommand),
    /// What STRK and ETH cost in US dollars, and who says so
    Prices(Prices),
    /// Check everything that rendering and providing need
    Doctor(Doctor),
}

#[derive(Debug, Args)]
pub struct Output {
    /// Print the result as JSON, and nothing else, on standard output
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Network {
    /// Coordinator to use instead of the one in this program
    #[arg(long, env = "BACKEND_API_URL", value_name = "URL")]
    pub coordinator: Option<String>,
}

#[derive(Debug, Args)]
pub struct Prices {
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Inspect {
    /// The .blend
    pub file: PathBuf,
    /// Name only the files that this scene needs; may be given more than once
    #[arg(long, value_name = "NAME")]
    pub scene: Vec<String>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Pack {
    /// The .blend; it and its files are only read
    pub file: PathBuf,
    /// Folder to make; it must be new or empty
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// Carry only what this scene needs; may be given more than once
    #[arg(long, value_name = "NAME")]
    pub scene: Vec<String>,
    /// Folder to search for missing files, by name
    #[arg(long, value_name = "FOLDER")]
    pub search: Option<PathBuf>,
    /// Compress the .blend files. Without it a changed scene shares most blocks with its last version, so that its next upload is
    /// small
    #[arg(long)]
    pub compress: bool,
    /// Pack although files are missing
    #[arg(long)]
    pub ignore_missing: bool,
    /// Bake the simulations into the copy, with a Blender of this computer
    #[arg(long)]
    pub bake: bool,
    /// Let a Blender of this computer open the copy, and fail when it misses something
    #[arg(long)]
    pub check: bool,
    /// Render one frame at 10 % of the original and of the copy, and compare them
    #[arg(long)]
    pub compare: bool,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct CidOf {
    /// A file or a folder
    pub path: PathBuf,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Png,
    Exr,
    #[value(alias = "jpg")]
    Jpeg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DenoiseChoice {
    /// As the file says
    File,
    /// Not at all
    Off,
}

#[derive(Debug, Args)]
pub struct JobArgs {
    /// Frames, such as 1-250, 1-5,9 or 1-100x10; default: the scene's range
    #[arg(long, value_name = "FRAMES", allow_hyphen_values = true)]
    pub frames: Option<String>,
    /// Resolution in percent of the scene's pixels; default: as in the file
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub percent: Option<u32>,
    /// Samples a pixel; default: as in the file
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub samples: Option<u32>,
    /// Format of the frames; default: the file's where it is one of these, otherwise png
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    #[arg(long, value_enum, default_value = "file")]
    pub denoise: DenoiseChoice,
    /// Scene to render, for files with several
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub scene: String,
    /// Render although files are missing
    #[arg(long)]
    pub ignore_missing: bool,
    /// Bake the simulations into the packed copy, with a Blender of this computer
    #[arg(long)]
    pub bake: bool,
    /// Send the scene as it is. Otherwise it is sealed before it leaves this computer, and only workers of the job can read it
    #[arg(long)]
    pub no_encrypt: bool,
    /// Search this folder for missing files by name
    #[arg(long, value_name = "FOLDER")]
    pub search: Option<PathBuf>,
    /// The most it may cost, where somebody is paid; default: the estimate and a fifth more
    #[arg(long, value_name = "AMOUNT")]
    pub cap: Option<String>,
    /// Whether a single frame is shared among workers: auto (when it is sooner), never, tiles such as 4x2, or ranges of
    /// samples such as samples:8
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub pieces: Wish,
}

#[derive(Debug, Args)]
pub struct Render {
    /// The .blend, or several: they are rendered one after the other, and one that fails does not stop the others
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub job: JobArgs,
    /// Folder for the frames; made when it is not there. Each of several files gets one inside it, named like the file
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// Threads for rendering; 0: all
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub threads: u32,
    /// Render every frame again. Otherwise what was interrupted goes on, and frames that are done are not rendered twice
    #[arg(long)]
    pub again: bool,
    /// Do not render on this computer; wait for workers of the coordinator
    #[arg(long, requires = "coordinator")]
    pub no_worker: bool,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Post {
    /// The .blend
    pub file: PathBuf,
    #[command(flatten)]
    pub job: JobArgs,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Provide {
    /// Take jobs straight from the chain, with a stake; a coordinator that is named is a content store only
    #[arg(long)]
    pub direct: bool,
    /// With --direct: take one job, and end when it is paid
    #[arg(long, requires = "direct")]
    pub once: bool,
    /// With --direct: the most that one transaction may cost, in whole tokens
    #[arg(long, requires = "direct", value_name = "AMOUNT", default_value = "10", value_parser = Amount::parse_credits)]
    pub max_fee: Amount,
    /// Frames at the same time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=8))]
    pub slots: Option<u32>,
    /// Threads for rendering; 0: all
    #[arg(long, value_name = "N")]
    pub threads: Option<u32>,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub enum CoordinatorCommand {
    /// Serve until interrupted
    Serve(Serve),
    /// Write everything that must not be lost into one file; the coordinator may run meanwhile
    Backup(Backup),
    /// Put back what a back-up holds; the coordinator must not run
    Restore(Restore),
}

#[derive(Debug, Args)]
pub struct Backup {
    /// File to write; it must be new. It holds keys: keep it where nobody else can read it
    pub file: PathBuf,
    /// With the blocks of all pinned content; without it only the list of what is pinned
    #[arg(long)]
    pub content: bool,
    /// File with the settings, as with serve
    #[arg(long, env = "VERIFRAME_CONFIG", value_name = "FILE", hide_env = true)]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// What `coordinator backup` wrote
    pub file: PathBuf,
    /// Replace the database and keys that are there
    #[arg(long)]
    pub force: bool,
    /// File with the settings, as with serve
    #[arg(long, env = "VERIFRAME_CONFIG", value_name = "FILE", hide_env = true)]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Serve {
    /// File with the settings; docs/coordinator.example.toml has them all. The environment goes before it, flags before both
    #[arg(long, env = "VERIFRAME_CONFIG", value_name = "FILE", hide_env = true)]
    pub config: Option<PathBuf>,
    /// Say whether everything that is set works, and end; changes nothing
    #[arg(long)]
    pub check: bool,
    /// Address and port to listen on; port 0: any free one. Default: 127.0.0.1:8787
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Address by which others reach it, such as https://render.example.org; sign-ins are bound to it.
    /// Default: http:// and what is listened on
    #[arg(long, value_name = "URL")]
    pub origin: Option<String>,
    /// How long a worker may be silent before its frames go to somebody else; default: 90
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub lease_seconds: Option<u32>,
    /// PostgreSQL database, postgres://USER:PASSWORD@HOST/NAME, which several coordinators may share; with a password in
    /// it, better told by the environment, which other programs cannot read. Default: a SQLite file in the home
    #[arg(long, value_name = "URL")]
    pub database: Option<ServerAddress>,
    /// Redis, redis://HOST:PORT, that the coordinators on one PostgreSQL may share; everything works without it
    #[arg(long, value_name = "URL")]
    pub redis: Option<ServerAddress>,
    #[command(flatten)]
    pub output: Output,
}

/// An address that may hold a password: shown nowhere.
#[derive(Clone)]
pub struct ServerAddress(pub String);

impl From<String> for ServerAddress {
    fn from(address: String) -> Self {
        Self(address)
    }
}

impl fmt::Debug for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerAddress(…)")
    }
}

#[derive(Debug, Subcommand)]
pub enum OperatorCommand {
    /// Print a link that opens the operators' page signed in with this home's key; the coordinator's operators.accounts name its address
    Token(OperatorToken),
}

#[derive(Debug, Args)]
pub struct OperatorToken {
    /// Where the coordinator serves its operators: its operators.listen, as this computer reaches it
    #[arg(long, env = "ADMIN_URL", value_name = "URL", default_value = "http://127.0.0.1:8788")]
    pub page: String,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// All jobs of this account
    List(JobsList),
    /// One job with its stages
    Show(JobId),
    /// Follow a job until it ends
    Watch(JobId),
    /// Go on with a job that was interrupted, on this computer, and put its frames where they went before
    Resume(JobsResume),
    /// Render these jobs before all others, the first one first
    Order(JobIds),
    /// Hand out no more frames of a job; those that are being rendered are finished
    Pause(JobsPause),
    /// End a job and get back what it did not use
    Cancel(JobId),
    /// Write the finished frames of a job into a folder
    Save(JobsSave),
    /// Free what jobs that have ended take in this home: their scenes, and what nothing else keeps
    Clean(JobsClean),
}

#[derive(Debug, Args)]
pub struct JobsList {
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct JobsResume {
    /// The job, or enough of its id's beginning
    pub job: String,
    /// Folder for the frames; default: where they were put before
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct JobId {
    /// The job, or enough of its id's beginning
    pub job: String,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct JobIds {
    /// The jobs, or enough of their ids' beginnings
    #[arg(required = true, value_name = "JOB")]
    pub jobs: Vec<String>,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct JobsPause {
    /// The jobs, or enough of their ids' beginnings
    #[arg(required_unless_present = "all", value_name = "JOB")]
    pub jobs: Vec<String>,
    /// Every job that is under way
    #[arg(long, conflicts_with = "jobs")]
    pub all: bool,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct JobsClean {
    /// Their pictures, too: the Jobs page shows them no more, and they are rendered anew when they are asked for again
    #[arg(long)]
    pub frames: bool,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct JobsSave {
    /// The job, or enough of its id's beginning
    pub job: String,
    /// Folder for the frames; made when it is not there
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// Only these frames
    #[arg(long, value_name = "FRAMES", allow_hyphen_values = true)]
    pub frames: Option<String>,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Doctor {
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[cfg(test)]
mod tests {
    use super::{chain::OfJob, *};
    use clap::CommandFactory;

    #[test]
    fn the_declaration_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_issue_s_own_example_is_understood() {
        let line = "veriframe render a.blend --frames 1-5,9 --percent 50 --samples 16 --format png --out out";
        let Command::Render(render) = Cli::parse_from(line.split(' ')).command else {
            panic!("not a render");
        };
        assert_eq!(render.job.frames.as_deref(), Some("1-5,9"));
        assert_eq!(render.job.percent, Some(50));
        assert_eq!(render.job.format, Some(Format::Png));
    }

    #[test]
    fn a_job_on_the_chain_is_looked_at_or_acted_on() {
        let parsed = |line: &str| match Cli::parse_from(line.split(' ')).command {
            Command::Chain(ChainCommand::Job(args)) => *args,
            _ => panic!("not about a job"),
        };
        let looked = parsed("veriframe chain job 7 --rpc http://node");
        assert!(looked.job == Some(7) && looked.call.is_none());
        let accepted = parsed("veriframe chain job accept 7 --rpc http://node");
        assert!(matches!(accepted.call, Some(JobCall::Accept(OfJob { job: 7, .. }))));
        assert!(Cli::try_parse_from("veriframe chain job --rpc http://node".split(' ')).is_err());
        assert!(Cli::try_parse_from("veriframe chain job accept --rpc http://node".split(' ')).is_err());
        assert!(Cli::try_parse_from("veriframe chain job resolve 7 --share 10001".split(' ')).is_err());
    }

    #[test]
    fn frames_may_be_negative() {
        let line = "veriframe render a.blend --frames -3--1 --out out";
        let Command::Render(render) = Cli::parse_from(line.split(' ')).command else {
            panic!("not a render");
        };
        assert_eq!(render.job.frames.as_deref(), Some("-3--1"));
    }

    #[test]
    fn a_percentage_of_nothing_is_refused() {
        let line = "veriframe render a.blend --percent 0 --out out";
        assert!(Cli::try_parse_from(line.split(' ')).is_err());
    }
}
