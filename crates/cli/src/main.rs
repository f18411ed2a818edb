//! `veriframe`: everything VeriFrame does, for scripts.

mod args;
mod cancel;
mod commands;
mod exit;
mod output;

use args::{Cli, Command, CoordinatorCommand, JobsCommand, OperatorCommand};
use cancel::Interrupts;
use clap::Parser;
use exit::Failure;
use std::process::ExitCode;
use tokio_util::task::TaskTracker;
use veriframe_app::Home;
use veriframe_cli::logging::{self, Log};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = wants_json(&cli.command);
    let ended = match cli.command {
        // None of these needs a home, a runtime or a log.
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Pack(args) => commands::pack::run(&args),
        Command::Cid(args) => commands::cid::run(&args),
        command => home(cli.home.as_deref()).and_then(|home| with_home(home, command)),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::failure(&failure, json && !failure.told);
            failure.exit.into()
        }
    }
}

fn home(chosen: Option<&std::path::Path>) -> Result<Home, Failure> {
    let home = match chosen {
        Some(path) => Home::at(std::path::absolute(path)?),
        None => Home::of_this_user().map_err(veriframe_app::view::CommandError::from)?,
    };
    home.create().map_err(veriframe_app::view::CommandError::from)?;
    Ok(home)
}

fn with_home(home: Home, command: Command) -> Result<(), Failure> {
    let log = if matches!(command, Command::Coordinator(CoordinatorCommand::Serve(_))) {
        "coordinator"
    } else {
        "veriframe"
    };
    let chosen = match &command {
        Command::Coordinator(CoordinatorCommand::Serve(args)) => {
            let config = commands::serve::config(args)?;
            Log::chosen(|name| config.value(name))
        }
        _ => Log::chosen(|name| std::env::var(name).ok()),
    };
    if let Err(error) = logging::start(&home, log, &chosen) {
        output::note(&format!("No log is written: {error}"));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let interrupts = Interrupts::default();
        let tasks = TaskTracker::new();
        let listening = tasks.spawn(interrupts.clone().listen());
        let ended = dispatch(home, command, &interrupts).await;
        listening.abort();
        ended
    });
    if let Err(failure) = &ended {
        tracing::error!(code = %failure.code, message = %failure.message, "the command failed");
    }
    // A thread that is still reading or hashing must not hold up the end of the program.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    ended
}

async fn dispatch(home: Home, command: Command, interrupts: &Interrupts) -> Result<(), Failure> {
    match command {
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Pack(args) => commands::pack::run(&args),
        Command::Cid(args) => commands::cid::run(&args),
        Command::Content(command) => commands::content::run(home, command, interrupts).await,
        Command::Render(args) => commands::render::run(home, args, interrupts).await,
        Command::Estimate(args) => commands::estimate::run(home, args, interrupts).await,
        Command::Post(args) => commands::post::run(home, args, interrupts).await,
        Command::Provide(args) => commands::provide::run(home, args, interrupts).await,
        Command::Coordinator(CoordinatorCommand::Serve(args)) => commands::serve::run(home, args, interrupts).await,
        Command::Coordinator(CoordinatorCommand::Backup(args)) => commands::backup::make(home, args).await,
        Command::Coordinator(CoordinatorCommand::Restore(args)) => commands::backup::restore(home, args).await,
        Command::Operator(OperatorCommand::Token(args)) => commands::operator::token(home, args).await,
        Command::Jobs(JobsCommand::List(args)) => commands::jobs::list(home, args).await,
        Command::Jobs(JobsCommand::Show(args)) => commands::jobs::show(home, args).await,
        Command::Jobs(JobsCommand::Watch(args)) => commands::jobs::watch(home, args, interrupts).await,
        Command::Jobs(JobsCommand::Resume(args)) => commands::render::resume(home, args, interrupts).await,
        Command::Jobs(JobsCommand::Order(args)) => commands::jobs::order(home, args).await,
        Command::Jobs(JobsCommand::Pause(args)) => commands::jobs::pause(home, args).await,
        Command::Jobs(JobsCommand::Cancel(args)) => commands::jobs::cancel(home, args).await,
        Command::Jobs(JobsCommand::Clean(args)) => commands::jobs::clean(home, args).await,
        Command::Jobs(JobsCommand::Save(args)) => commands::jobs::save(home, args).await,
        Command::Wallet(command) => commands::wallet::run(home, command).await,
        Command::Chain(command) => commands::chain::run(home, command).await,
        Command::Prices(args) => commands::prices::prices(home, args).await,
        Command::Doctor(args) => commands::doctor::run(home, args).await,
    }
}

fn wants_json(command: &Command) -> bool {
    match command {
        Command::Inspect(args) => args.output.json,
        Command::Pack(args) => args.output.json,
        Command::Cid(args) => args.output.json,
        Command::Content(command) => command.output().json,
        Command::Render(args) => args.output.json,
        Command::Estimate(args) | Command::Post(args) => args.output.json,
        Command::Provide(args) => args.output.json,
        Command::Coordinator(CoordinatorCommand::Serve(args)) => args.output.json,
        Command::Coordinator(CoordinatorCommand::Backup(args)) => args.output.json,
        Command::Coordinator(CoordinatorCommand::Restore(args)) => args.output.json,
        Command::Operator(OperatorCommand::Token(args)) => args.output.json,
        Command::Jobs(JobsCommand::List(args)) => args.output.json,
        Command::Jobs(JobsCommand::Order(args)) => args.output.json,
        Command::Jobs(JobsCommand::Pause(args)) => args.output.json,
        Command::Jobs(JobsCommand::Clean(args)) => args.output.json,
        Command::Jobs(JobsCommand::Save(args)) => args.output.json,
        Command::Jobs(JobsCommand::Resume(args)) => args.output.json,
        Command::Jobs(JobsCommand::Show(args) | JobsCommand::Watch(args) | JobsCommand::Cancel(args)) => {
            args.output.json
        }
        Command::Wallet(command) => command.output().json,
        Command::Chain(command) => command.output().json,
        Command::Prices(args) => args.output.json,
        Command::Doctor(args) => args.output.json,
    }
}
