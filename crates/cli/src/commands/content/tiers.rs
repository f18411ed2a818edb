//! The stores of others: where a command looks for what is not here, and where it sends what it took in.

use crate::{
    args::{Network, Output},
    commands::progress,
    exit::Failure,
};
use std::sync::Arc;
use tokio::runtime::Handle;
use veriframe_app::{Home, store, view::CommandError};
use veriframe_core::SystemClock;
use veriframe_ipfs::{
    BlockStore, Cid, Progress, ProgressSink,
    content::{Published, TieredContent},
};

/// A home and the coordinator that was named, if any.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    home: &'a Home,
    coordinator: Option<&'a str>,
    /// Nothing but the result is printed.
    quiet: bool,
}

impl<'a> Around<'a> {
    pub fn new(home: &'a Home, network: &'a Network, output: &Output) -> Self {
        Self {
            home,
            coordinator: network.coordinator.as_deref(),
            quiet: output.json,
        }
    }

    fn open(&self, store: &BlockStore) -> Result<TieredContent, Failure> {
        let coordinator = self.coordinator.map(|url| url.trim_end_matches('/'));
        let tiers = store::for_command(self.home, store.clone(), coordinator, Arc::new(SystemClock));
        Ok(tiers.map_err(CommandError::from)?)
    }

    /// Fetches what is lacking below `root`. For a thread that may wait.
    pub fn fetch(&self, store: &BlockStore, root: Cid) -> Result<(), Failure> {
        let tiers = self.open(store)?;
        let (bar, sink) = self.bar("Fetching");
        let fetched = Handle::current().block_on(tiers.fetch(root, sink));
        bar.finish_and_clear();
        Ok(fetched.map_err(CommandError::from)?)
    }

    /// Sends the tree below `root` to the stores that were named. For a thread that may wait.
    pub fn publish(&self, store: &BlockStore, root: Cid) -> Result<Published, Failure> {
        let tiers = self.open(store)?;
        let (bar, sink) = self.bar("Sending");
        let published = Handle::current().block_on(tiers.publish(root, sink));
        bar.finish_and_clear();
        Ok(published.map_err(CommandError::from)?)
    }

    /// Whether somebody asked for content to be sent elsewhere.
    pub fn sends(&self) -> bool {
        self.coordinator.is_some() || store::environment().kubo.flatten().is_some()
    }

    fn bar(&self, doing: &str) -> (indicatif::ProgressBar, ProgressSink) {
        let bar = progress::bytes(doing, self.quiet);
        let told = bar.clone();
        let sink = Arc::new(move |now: Progress| {
            told.set_length(now.total);
            told.set_position(now.done);
        });
        (bar, sink)
    }
}
