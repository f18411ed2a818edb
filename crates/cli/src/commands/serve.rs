use crate::{
    args::Serve,
    cancel::Interrupts,
    exit::{Exit, Failure},
    output,
};
use tokio_util::sync::CancellationToken;
use veriframe_app::{Home, view::CommandError};
use veriframe_cli::compose::{self, Options};
use veriframe_coordinator::{Database, RedisAddress};

pub async fn run(home: Home, args: Serve, interrupts: &Interrupts) -> Result<(), Failure> {
    let shutdown = CancellationToken::new();
    let needs_origin = args.origin.is_none() && args.listen.ip().is_unspecified();
    let database = args
        .database
        .as_ref()
        .map(|address| Database::parse(&address.0))
        .transpose();
    let database = database.map_err(|error| {
        wrong_address(
            &error,
            "Name a database, such as postgres://user:password@host/veriframe.",
        )
    })?;
    let redis = args
        .redis
        .as_ref()
        .map(|address| RedisAddress::parse(&address.0))
        .transpose();
    let redis = redis.map_err(|error| wrong_address(&error, "Do without it, or name one."))?;
    let options = Options {
        database,
        redis,
        listen: args.listen,
        origin: args.origin,
        lease_seconds: args.lease_seconds,
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
        eprintln!(
            "Only this computer can sign in. For others, say by which address they reach it: --origin http://NAME:{}",
            served.addr().port()
        );
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

fn wrong_address(error: &impl std::fmt::Display, hint: &str) -> Failure {
    Failure::new(Exit::BadInput, "invalid_input", format!("{error}."), hint)
}
