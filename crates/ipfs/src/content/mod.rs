//! The port through which the rest of VeriFrame reaches content, and the two that stand behind it: a block folder
//! that is shared with the coordinator, and a coordinator somewhere else.

mod answer;
mod coordinator;
mod embedded;
mod pull;
mod push;
#[cfg(test)]
mod tests;

pub use coordinator::CoordinatorContent;
pub use embedded::EmbeddedContent;

use crate::{CidError, ExportError, ImportError, Imported, Progress, StoreError, TreeError, car::CarError};
use async_trait::async_trait;
use cid::Cid;
use std::{path::Path, sync::Arc};

/// Told how far a transfer is. Called from any thread, every few megabytes; it should return at once.
pub type ProgressSink = Arc<dyn Fn(Progress) + Send + Sync>;

/// For those who do not watch.
pub fn no_progress() -> ProgressSink {
    Arc::new(|_| {})
}

/// Stores and fetches trees by their CIDs. Dropping a future cancels what it was doing; whatever was stored until
/// then is kept and shortens the next try.
#[async_trait]
pub trait ContentStore: Send + Sync {
    /// Stores a file or a folder and keeps it. When this returns, others can fetch it.
    async fn put_path(&self, path: &Path, progress: ProgressSink) -> Result<Imported, ContentError>;

    /// Writes the tree below `root` to `dest`, every block checked. `dest` must not exist, or be an empty folder.
    async fn get_tree(&self, root: &str, dest: &Path, progress: ProgressSink) -> Result<(), ContentError>;

    /// The content of a file of at most `max_bytes`, every block checked.
    async fn read_file(&self, cid: &str, max_bytes: u64) -> Result<Vec<u8>, ContentError>;

    /// Whether the tree below `root` is here as a whole.
    async fn has_tree(&self, root: &str) -> Result<bool, ContentError>;
}

#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    #[error(transparent)]
    Cid(#[from] CidError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Tree(#[from] TreeError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Car(#[from] CarError),
    #[error("the coordinator does not have the content {0}")]
    NotFound(Cid),
    #[error("the coordinator sent something else than the block {0}")]
    Wrong(Cid),
    #[error("the coordinator's disk is full")]
    RemoteFull,
    #[error("the coordinator could not be reached: {0}")]
    Network(#[source] reqwest::Error),
    #[error("the coordinator did not go on sending for a minute")]
    Stalled,
    /// `code` is one of the wire's error codes, when the answer had one.
    #[error("the coordinator answered {status}: {message}")]
    Refused { status: u16, code: String, message: String },
    #[error("the coordinator's answer makes no sense")]
    Answer,
    #[error("signing in failed: {0}")]
    Token(#[from] TokenError),
    #[error("the work was interrupted")]
    Interrupted,
}

impl ContentError {
    /// Whether this is the disk of this computer being full.
    pub fn is_no_space(&self) -> bool {
        match self {
            Self::Store(error) | Self::Import(ImportError::Store(error)) | Self::Car(CarError::Store(error)) => {
                matches!(error, StoreError::NoSpace { .. })
            }
            Self::Tree(TreeError::Store(error)) | Self::Export(ExportError::Tree(TreeError::Store(error))) => {
                matches!(error, StoreError::NoSpace { .. })
            }
            Self::Export(ExportError::NoSpace { .. }) => true,
            _ => false,
        }
    }

    /// Whether the same request may succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Network(_) | Self::Stalled => true,
            Self::Refused { status, .. } => matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }
}

/// Who knows the access token of the coordinator.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// A token that is valid now, renewed when needed.
    async fn token(&self) -> Result<String, TokenError>;

    /// The coordinator did not accept this token; the next [`Self::token`] should be another one.
    async fn refused(&self, token: &str);
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct TokenError(#[from] pub Box<dyn std::error::Error + Send + Sync>);
