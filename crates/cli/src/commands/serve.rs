use crate::{
    args::Serve,
    cancel::Interrupts,
    exit::{Exit, Failure},
    output,
};
use tokio_util::sync::CancellationToken;
use veriframe_app::{Home, view::CommandError};
use veriframe_cli::{
    compose::{self, Options},
    config::{Config, check},
};

/// What the operator chose, in a file, the environment and on the command line.
pub fn config(args: &Serve) -> Result<Config, Failure> {
    let mut config = Config::load(args.config.as_deref()).map_err(|error| {
        let exit = if args.check { Exit::Failed } else { Exit::BadInput };
        let hint = "docs/coordinator.example.toml has every setting.";
        Failure::new(exit, "invalid_settings", format!("{error}."), hint)
    })?;
    if let Some(listen) = args.listen {
        config.set("API_HOST", &listen.ip());
        config.set("API_PORT", &listen.port());
    }
    if let Some(origin) = &args.origin {
        config.set("VERIFRAME_ORIGIN", origin);
    }
    if let Some(database) = &args.database {
        config.set("DATABASE_URL", &database.0);
    }
    if let Some(redis) = &args.redis {
        config.set("REDIS_URL", &redis.0);
    }
    if let Some(seconds) = args.lease_seconds {
        config.set("VERIFRAME_LEASE_SECONDS", &seconds);
    }
    Ok(config)
}

pub async fn run(home: Home, args: Serve, interrupts: &Interrupts) -> Result<(), Failure> {
    let config = config(&args)?;
    if args.check {
        return report(&check::run(&home, &config).await, args.output.json);
    }
    let listen = config.listen();
    let origin = config.chosen("VERIFRAME_ORIGIN");
    let shutdown = CancellationToken::new();
    let needs_origin = origin.is_none() && listen.ip().is_unspecified();
    let options = Options {
        listen,
        origin,
        config: Some(config),
        ..Options::command(home, None)
    };
    let served = compose::serve(options, shutdown.clone())
        .await
        .map_err(CommandError::from)?;
    let url = format!("http://{}", served.addr());
    if args.output.json {
        output::json(&serde_json::json!({ "url": url, "origin": served.origin() }))?;
    } else {
        output::line(&format!(
            "Coordinator at {url}, reached by others as {}",
            served.origin()
        ))?;
    }
    if needs_origin {
        output::note(&format!(
            "Only this computer can sign in. For others, say by which address they reach it: --origin http://NAME:{}",
            served.addr().port()
        ));
    }
    let ended = served.ended();
    tokio::pin!(ended);
    tokio::select! {
        () = &mut ended => return Ok(()),
        () = interrupts.gently.cancelled() => shutdown.cancel(),
    }
    tokio::select! {
        () = ended => {}
        () = interrupts.now.cancelled() => {}
    }
    Ok(())
}

/// One line for each thing, and exit code 1 where one does not work.
fn report(report: &check::Report, json: bool) -> Result<(), Failure> {
    if json {
        output::json(report)?;
    } else {
        for setting in &report.settings {
            output::line(&format!("{} = {} ({})", setting.key, setting.value, setting.from))?;
        }
        for found in &report.checks {
            output::line(&format!("{:<7} {}: {}", found.status.word(), found.name, found.detail))?;
        }
    }
    if report.ok {
        return Ok(());
    }
    let failed = report
        .checks
        .iter()
        .filter(|found| found.status == check::Status::Failed);
    let names: Vec<&str> = failed.map(|found| found.name).collect();
    let message = format!("Not everything works: {}.", names.join(", "));
    Err(Failure::new(Exit::Failed, "invalid_settings", message, "").after_result())
}
