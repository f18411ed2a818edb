//! A tree to the stores that keep it for others.

use super::{
    ContentError, ProgressSink,
    coordinator::{Coordinator, bytes},
    error::Reason,
    kubo::{self, KuboRpc},
    local::blocking,
    meter::Meter,
    pinning::PinningService,
};
use crate::{BlockStore, StoreError};
use cid::Cid;
use std::sync::Arc;

/// Who has the whole tree, by name, and who has not, and why.
#[derive(Debug, Clone, Default)]
pub struct Published {
    pub confirmed_by: Vec<String>,
    pub failed: Vec<Reason>,
}

/// The stores that are written to.
#[derive(Default)]
pub(super) struct Sinks {
    pub(super) kubo: Option<KuboRpc>,
    pub(super) coordinator: Option<Coordinator>,
    pub(super) pinning: Vec<PinningService>,
    /// Whether our own store is the coordinator's, so that the tree is where it has to be.
    pub(super) is_shared: bool,
}

impl Published {
    fn note(&mut self, store: &str, result: Result<(), ContentError>) {
        match result {
            Ok(()) => self.confirmed_by.push(store.to_owned()),
            Err(error) => {
                tracing::warn!(store, %error, "a store did not take a tree");
                let reason = Reason {
                    store: store.to_owned(),
                    why: Arc::new(error),
                };
                self.failed.push(reason);
            }
        }
    }
}

/// Gives the tree below `root`, all of which is held here, to every store there is. Each is sent only what it lacks.
///
/// It is an error when none of them confirms the whole tree, and when the coordinator does not: no worker could rely
/// on it then.
pub(super) async fn publish(
    store: &BlockStore,
    sinks: &Sinks,
    root: Cid,
    progress: ProgressSink,
) -> Result<Published, ContentError> {
    let own = store.clone();
    let tree = blocking(move |_| Ok(own.tree_blocks(&root)?)).await?;
    if let Some(missing) = tree.iter().find(|block| block.size.is_none()) {
        return Err(StoreError::Missing(missing.cid).into());
    }
    let meter = Arc::new(Meter::new(progress));
    let writes = u64::from(sinks.kubo.is_some()) + u64::from(sinks.coordinator.is_some());
    meter.add_total(bytes(&tree) * writes);

    let mut published = Published::default();
    if let Some(rpc) = &sinks.kubo {
        let result = kubo::publish(rpc, store, root, &tree, &meter).await;
        if result.as_ref().is_err_and(ContentError::is_ours) {
            return result.map(|()| published);
        }
        meter.set_done(bytes(&tree));
        published.note("Kubo", result);
    }
    let has_kubo = published.failed.is_empty();
    if let Some(coordinator) = &sinks.coordinator {
        coordinator.publish(store, root, &tree, &meter).await?;
        published.note("coordinator", Ok(()));
    }
    // A service fetches from the network, so only a node there is of use to it.
    if let Some(rpc) = &sinks.kubo
        && has_kubo
    {
        for service in &sinks.pinning {
            published.note(&service.name, service.publish(root, rpc).await);
        }
    }
    if published.confirmed_by.is_empty() && !sinks.is_shared {
        let reasons = published.failed;
        let root = Box::new(root);
        return Err(ContentError::Unpublished { root, reasons });
    }
    meter.finish();
    Ok(published)
}
