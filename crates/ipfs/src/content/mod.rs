//! The port through which the rest of VeriFrame reaches content, and the tiers behind it: our own store, a Kubo node,
//! the coordinator, public gateways, pinning services.
//!
//! Reading asks [`Sources`](source::Sources) in that order and trusts none of them; writing hands the tree to the
//! stores that keep it for others.

mod coordinator;
mod error;
mod fetch;
mod gateway;
pub mod kubo;
mod local;
mod meter;
mod net;
mod pinning;
mod publish;
mod secret;
mod source;
#[cfg(test)]
mod tests;
mod tiered;

pub use error::{ContentError, Reason, RedirectProblem, TokenError};
pub use net::{Limits, OutsideOnly, is_internal};
pub use publish::Published;
pub use secret::Secret;
pub use tiered::{CoordinatorTier, KuboTier, OwnStore, PinningTier, TierSettings, TierUse, TieredContent};

use crate::{Imported, Progress, SealKey};
use async_trait::async_trait;
use std::{path::Path, sync::Arc};

/// Told how far a transfer is. Called from any thread, a few times a second; it should return at once.
pub type ProgressSink = Arc<dyn Fn(Progress) + Send + Sync>;

/// For those who do not watch.
pub fn no_progress() -> ProgressSink {
    Arc::new(|_| {})
}

/// Stores and fetches trees by their CIDs. Dropping a future cancels what it was doing; whatever was stored until
/// then is kept and shortens the next try.
#[async_trait]
pub trait ContentStore: Send + Sync {
    /// Stores a file or a folder and keeps it. When this returns, others can fetch it; with a key, only those who have
    /// it can read it.
    async fn put_path(
        &self,
        path: &Path,
        key: Option<&SealKey>,
        progress: ProgressSink,
    ) -> Result<Imported, ContentError>;

    /// Writes the tree below `root` to `dest`, every block checked. `dest` must not exist, or be an empty folder. With a
    /// key what is sealed is opened.
    async fn get_tree(
        &self,
        root: &str,
        key: Option<&SealKey>,
        dest: &Path,
        progress: ProgressSink,
    ) -> Result<(), ContentError>;

    /// The content of a file of at most `max_bytes`, every block checked.
    async fn read_file(&self, cid: &str, max_bytes: u64) -> Result<Vec<u8>, ContentError>;

    /// Whether the tree below `root` is here as a whole.
    async fn has_tree(&self, root: &str) -> Result<bool, ContentError>;
}

/// Who knows the access token of the coordinator.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// A token that is valid now, renewed when needed.
    async fn token(&self) -> Result<String, TokenError>;

    /// The coordinator did not accept this token; the next [`Self::token`] should be another one.
    async fn refused(&self, token: &str);
}
