//! A tree from whoever has it.
//!
//! A tree of which nothing is here comes as one CAR. Whatever is missing then, or was missing from the start, is
//! fetched block by block; so a transfer that broke off goes on where it stopped. A block is kept only if it was
//! asked for and hashes to its name.

mod asking;
mod blocks;
mod car;
mod tar;

use super::{
    ContentError, ProgressSink, local,
    meter::Meter,
    source::{Reach, Sources},
};
use crate::{BlockStore, StoreError, TreeError, links};
use asking::Asking;
use cid::Cid;

/// Missing blocks that are looked up at once.
const ROUND: usize = 4096;

/// One fetch.
struct Fetch<'a> {
    store: &'a BlockStore,
    asking: Asking<'a>,
    root: Cid,
    meter: Meter,
}

/// Fetches whatever of the tree below `root` is not here yet.
pub(super) async fn fetch(
    store: &BlockStore,
    sources: &Sources,
    root: Cid,
    progress: ProgressSink,
) -> Result<(), ContentError> {
    let fetch = Fetch {
        store,
        asking: Asking::new(sources),
        root,
        meter: Meter::new(progress),
    };
    let result = fetch.run().await;
    if result.is_ok() {
        fetch.meter.finish();
    }
    result
}

impl Fetch<'_> {
    async fn run(&self) -> Result<(), ContentError> {
        let Some(first) = self.pass().await? else { return Ok(()) };
        tracing::debug!(block = %first, root = %self.root, "no source has this block in its own store");
        // What nobody holds may still be somewhere on the network, or come as plain files only.
        self.take_cars(Reach::Network).await?;
        if self.pass().await?.is_none() {
            return Ok(());
        }
        self.take_tars().await?;
        match self.pass().await? {
            None => Ok(()),
            Some(_) => Err(ContentError::Nowhere {
                root: Box::new(self.root),
                reasons: self.asking.reasons(),
            }),
        }
    }

    /// Gets what the sources hold themselves. Gives a block that none of them has, or `None` when nothing is missing.
    async fn pass(&self) -> Result<Option<Cid>, ContentError> {
        if !self.store.has(&self.root)
            && let Some(absent) = self.blocks(&[self.root]).await?
        {
            // Some answer only for whole trees.
            self.take_cars(Reach::Own).await?;
            if !self.store.has(&self.root) {
                return Ok(Some(absent));
            }
        } else if self.is_fresh().await? {
            self.take_cars(Reach::Own).await?;
        }
        loop {
            let missing = local::missing(self.store, self.root, ROUND).await?;
            if missing.is_empty() {
                return Ok(None);
            }
            if let Some(absent) = self.blocks(&missing).await? {
                return Ok(Some(absent));
            }
        }
    }

    /// Whether the root has several children and none of them is here.
    async fn is_fresh(&self) -> Result<bool, ContentError> {
        let (store, root) = (self.store.clone(), self.root);
        local::blocking(move |_| {
            let data = match store.get(&root) {
                Err(StoreError::Missing(_) | StoreError::Damaged(_)) => return Ok(false),
                data => data?,
            };
            let children = links::children(&root, &data).map_err(|problem| TreeError::Node { cid: root, problem })?;
            Ok(children.len() > 1 && !children.iter().any(|child| store.has(&child.cid)))
        })
        .await
    }
}
