//! The store of a home, by hand. No coordinator is started; others are asked only for what is not here, and sent only what
//! they are named for.

mod car;
mod collect;
mod failure;
mod get;
mod key;
mod list;
mod pin;
mod put;
mod target;
mod tiers;
mod verify;

use crate::{
    args::ContentCommand,
    cancel::Interrupts,
    exit::{Exit, Failure},
};
use failure::of_store;
use std::time::Duration;
use veriframe_app::Home;
use veriframe_ipfs::BlockStore;

/// How long work that was interrupted may take to come to a good end.
const GRACE: Duration = Duration::from_secs(3);

pub async fn run(home: Home, command: ContentCommand, interrupts: &Interrupts) -> Result<(), Failure> {
    let cancel = interrupts.gently.clone();
    let task = tokio::task::spawn_blocking(move || {
        let store = BlockStore::open(home.blocks()).map_err(|error| of_store(&error))?;
        store.set_limit(veriframe_app::settings::chosen_limit(&home));
        let cancelled = || cancel.is_cancelled();
        match command {
            ContentCommand::Put(args) => put::run(&home, &store, &args, &cancelled),
            ContentCommand::Get(args) => get::run(&home, &store, &args, &cancelled),
            ContentCommand::Ls(args) => list::run(&store, &args),
            ContentCommand::Pin(args) => pin::run(&home, &store, &args),
            ContentCommand::Gc(args) => collect::run(&store, &args),
            ContentCommand::Verify(args) => verify::run(&store, &args),
            ContentCommand::Import(args) => car::import(&store, &args, &cancelled),
            ContentCommand::Export(args) => car::export(&home, &store, &args, &cancelled),
        }
    });
    tokio::select! {
        ended = task => match ended {
            Ok(Err(_)) if interrupts.gently.is_cancelled() => Err(interrupted()),
            Ok(ended) => ended,
            Err(error) => Err(Failure::new(Exit::Failed, "internal", error.to_string(), "")),
        },
        () = given_up(interrupts) => Err(interrupted()),
    }
}

/// Reading from a pipe that nobody writes to does not end by being asked to.
async fn given_up(interrupts: &Interrupts) {
    interrupts.gently.cancelled().await;
    tokio::select! {
        () = interrupts.now.cancelled() => {}
        () = tokio::time::sleep(GRACE) => {}
    }
}

fn interrupted() -> Failure {
    Failure::interrupted("Nothing in the store is harmed. The same command goes on with the blocks that are there.")
}
