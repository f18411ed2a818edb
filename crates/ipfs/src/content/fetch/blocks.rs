//! Single blocks, many at once, from several sources at once.

use super::{
    super::{ContentError, local::store_from_queue},
    Fetch,
    asking::{PARALLEL, Turn},
};
use crate::{
    block::{self, RAW},
    unixfs::{self, Node},
};
use cid::Cid;
use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, FuturesUnordered},
};

/// Blocks under way at once, whatever the number of sources: they are all held in memory.
const PARALLEL_AT_MOST: usize = 24;

impl Fetch<'_> {
    /// Fetches these blocks. Gives one that no source has, if there is one; the rest is then not waited for.
    pub(super) async fn blocks(&self, wanted: &[Cid]) -> Result<Option<Cid>, ContentError> {
        let parallel = (PARALLEL * self.asking.count().max(1)).min(PARALLEL_AT_MOST);
        let fetched = stream::iter(wanted.iter().copied())
            .map(|cid| async move { self.block(cid).await.map(|data| (cid, data)).ok_or(Stop::Absent(cid)) })
            .buffer_unordered(parallel);
        let (queue, stored) = store_from_queue(self.store);
        let sent = fetched
            .try_for_each(|(cid, data)| {
                self.meter.at_least(self.meter.done() + claimed_total(&cid, &data));
                self.meter.add_done(data.len() as u64);
                let queue = queue.clone();
                async move { queue.send((cid, data)).await.map_err(|_| Stop::Closed) }
            })
            .await;
        drop(queue);
        // What arrived before an error is kept, and a full disk is the better explanation of a closed queue.
        stored.await.unwrap_or(Err(ContentError::Interrupted))?;
        match sent {
            Ok(()) => Ok(None),
            Err(Stop::Absent(cid)) => Ok(Some(cid)),
            Err(Stop::Closed) => Err(ContentError::Interrupted),
        }
    }

    /// One block, checked; `None` when no source gives it.
    async fn block(&self, cid: Cid) -> Option<Vec<u8>> {
        let hedge = self.asking.limits().hedge;
        let mut tries = vec![0; self.asking.count()];
        let mut running = Vec::new();
        let mut requests = FuturesUnordered::new();
        loop {
            if let Some(turn) = self.asking.choose(&cid, &tries, &running) {
                running.push(turn.index);
                requests.push(self.request(cid, tries[turn.index], turn));
            }
            // Either the answer, or so long without one that another is asked as well.
            let Ok(answer) = tokio::time::timeout(hedge, requests.next()).await else {
                continue;
            };
            match answer? {
                (_, Ok(data)) => return Some(data),
                (index, Err(error)) => {
                    tries[index] += 1;
                    running.retain(|other| *other != index);
                    self.asking.failed(index, Some(&cid), error, tries[index]);
                }
            }
        }
    }

    async fn request(&self, cid: Cid, tries: u32, turn: Turn<'_>) -> (usize, Result<Vec<u8>, ContentError>) {
        tokio::time::sleep(self.asking.limits().pause(tries)).await;
        let source = &self.asking.source(turn.index).source;
        let result = match source.block(&cid).await {
            Ok(data) if block::matches(&cid, &data) => Ok(data),
            // Longer than any block, or other bytes.
            Ok(_) | Err(ContentError::TooMuch) => Err(ContentError::Wrong(cid)),
            Err(error) => Err(error),
        };
        (turn.index, result)
    }
}

enum Stop {
    Absent(Cid),
    Closed,
}

/// The bytes below a block, by its own account. Only for showing progress.
fn claimed_total(cid: &Cid, data: &[u8]) -> u64 {
    let own = data.len() as u64;
    if cid.codec() == RAW {
        return own;
    }
    match unixfs::decode(cid, data.to_vec()) {
        Ok(Node::File { size, .. }) => own.saturating_add(size),
        Ok(Node::Directory(entries)) => entries.iter().fold(own, |sum, entry| sum.saturating_add(entry.size)),
        _ => own,
    }
}
