//! Whole trees as CARs. What of one arrived before it broke off is kept.

use super::{
    super::{ContentError, local, net::Download, source::Reach},
    Fetch,
};
use crate::{
    TreeError,
    block::{self, BlockKey, RAW},
    car::{CarDecoder, CarError, CarItem},
    links,
    profile::MAX_BLOCKS,
};
use cid::Cid;
use std::collections::HashSet;
use tokio::sync::mpsc;

impl Fetch<'_> {
    /// Asks one source after the other until something of the tree has come.
    pub(super) async fn take_cars(&self, reach: Reach) -> Result<(), ContentError> {
        let asked = match reach {
            Reach::Own => self.asking.not_without(&self.root),
            Reach::Network => self.asking.trusted(),
        };
        for index in asked {
            let car = match self.asking.source(index).source.car(&self.root, reach).await {
                Ok(Some(car)) => car,
                Ok(None) => continue,
                Err(error) => {
                    self.asking.failed(index, None, error, 0);
                    continue;
                }
            };
            let before = self.meter.done();
            match self.take_car(car).await {
                // Something came, and no lie: the rest is fetched singly.
                Ok(()) if self.meter.done() > before => return Ok(()),
                Ok(()) => self.asking.failed(index, None, ContentError::NotFound(self.root), 0),
                Err(error) if error.is_ours() => return Err(error),
                Err(error) => {
                    let lied = error.is_lie();
                    self.asking.failed(index, None, error, 0);
                    if !lied && self.meter.done() > before {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    async fn take_car(&self, car: Download) -> Result<(), ContentError> {
        let (queue, stored) = local::store_from_queue(self.store);
        let received = self.receive(car, &queue).await;
        drop(queue);
        stored.await.unwrap_or(Err(ContentError::Interrupted))?;
        received
    }

    /// Waits until the block is on the disk. The queue keeps no order, and after a kill a tree whose root has no child
    /// here would be taken for one of which nothing is here: all of it would be sent again.
    async fn store_first(&self, cid: Cid, data: Vec<u8>) -> Result<(), ContentError> {
        let store = self.store.clone();
        local::blocking(move |_| Ok(store.put(&cid, &data)?)).await
    }

    async fn receive(&self, mut car: Download, queue: &mpsc::Sender<(Cid, Vec<u8>)>) -> Result<(), ContentError> {
        let mut decoder = CarDecoder::default();
        let mut asked = Asked::for_tree(self.root, self.asking.limits().repeated_bytes);
        while let Some(piece) = car.next().await? {
            decoder.feed(&piece);
            while let Some(item) = decoder.next_item()? {
                let CarItem::Block(cid, data) = item else { continue };
                if !asked.accept(&cid, &data)? {
                    continue;
                }
                self.meter.add_done(data.len() as u64);
                // The root, and then a child of it: any other block comes below one of these.
                if asked.accepted.len() <= 2 {
                    self.store_first(cid, data).await?;
                    continue;
                }
                if queue.send((cid, data)).await.is_err() {
                    return Err(ContentError::Interrupted);
                }
            }
        }
        match decoder.finish() {
            // Cut off: the rest is fetched singly.
            Err(CarError::Truncated) => Ok(()),
            result => Ok(result?),
        }
    }
}

/// Which blocks of a tree were asked for: the root, and whatever an accepted node links to.
struct Asked {
    wanted: HashSet<BlockKey>,
    accepted: HashSet<BlockKey>,
    /// Bytes of blocks that may still come a second time.
    repeatable: u64,
}

impl Asked {
    fn for_tree(root: Cid, repeatable: u64) -> Self {
        Self {
            wanted: HashSet::from([BlockKey::of(&root)]),
            accepted: HashSet::new(),
            repeatable,
        }
    }

    /// `false` for a repetition, an error for what nobody asked for or what is not the block.
    fn accept(&mut self, cid: &Cid, data: &[u8]) -> Result<bool, ContentError> {
        if block::inline(cid).is_some() {
            // Some send along what its name says already.
            self.repeat(data)?;
            return Ok(false);
        }
        let key = BlockKey::of(cid);
        if self.accepted.contains(&key) {
            self.repeat(data)?;
            return Ok(false);
        }
        if !self.wanted.remove(&key) || !block::matches(cid, data) {
            return Err(ContentError::Wrong(*cid));
        }
        self.accepted.insert(key);
        if cid.codec() != RAW {
            self.want_children(cid, data)?;
        }
        if self.wanted.len() + self.accepted.len() > MAX_BLOCKS {
            return Err(TreeError::TooManyBlocks.into());
        }
        Ok(true)
    }

    fn want_children(&mut self, cid: &Cid, data: &[u8]) -> Result<(), TreeError> {
        for child in links::children(cid, data).map_err(|problem| TreeError::Node { cid: *cid, problem })? {
            // An inline node is short, and so is what is inside of it.
            if let Some(data) = block::inline(&child.cid) {
                self.want_children(&child.cid, data)?;
                continue;
            }
            let key = BlockKey::of(&child.cid);
            if !self.accepted.contains(&key) {
                self.wanted.insert(key);
            }
        }
        Ok(())
    }

    /// Counts what came although it is here.
    fn repeat(&mut self, data: &[u8]) -> Result<(), ContentError> {
        // Even an empty block takes a line of the CAR.
        let cost = data.len() as u64 + 64;
        self.repeatable = self.repeatable.checked_sub(cost).ok_or(ContentError::TooMuch)?;
        Ok(())
    }
}
