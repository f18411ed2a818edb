//! What can go wrong between this computer and the stores of others.

use crate::{CidError, ExportError, ImportError, StoreError, TreeError, car::CarError};
use cid::Cid;
use std::{fmt, sync::Arc};

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
    #[error("it does not have the content {0}")]
    NotFound(Cid),
    #[error("it sent something else than the block {0}")]
    Wrong(Cid),
    #[error("it sent far more than it was asked for")]
    TooMuch,
    #[error("its disk is full")]
    RemoteFull,
    #[error("it could not be reached: {0}")]
    Network(#[source] reqwest::Error),
    #[error("it stopped, or all but stopped, in the middle")]
    Stalled,
    /// `code` is one of the wire's error codes, when the answer had one.
    #[error("it answered {status}: {message}")]
    Refused { status: u16, code: String, message: String },
    #[error("its answer makes no sense")]
    Answer,
    #[error("it sent us elsewhere: {0}")]
    Redirect(RedirectProblem),
    #[error("this is not the address of a store: {0}")]
    Address(String),
    /// After everything was sent and stored, it still says that it does not keep the tree.
    #[error("it does not confirm that it keeps {0}")]
    Unconfirmed(Cid),
    #[error("signing in failed: {0}")]
    Token(#[from] TokenError),
    #[error("the work was interrupted")]
    Interrupted,
    /// No source gave all of the tree.
    #[error("{root} was found nowhere{}", Listed(reasons))]
    Nowhere { root: Box<Cid>, reasons: Vec<Reason> },
    /// No store but our own has the tree.
    #[error("{root} could not be stored anywhere else{}", Listed(reasons))]
    Unpublished { root: Box<Cid>, reasons: Vec<Reason> },
}

/// A store that was tried, and why it was of no use.
#[derive(Debug, Clone)]
pub struct Reason {
    pub store: String,
    pub why: Arc<ContentError>,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.store, self.why)
    }
}

/// Where a redirect may not lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectProblem {
    #[error("too many times")]
    TooMany,
    #[error("to an address that cannot be read")]
    Malformed,
    #[error("from a protected line to an open one")]
    Unprotected,
    #[error("from the open network into a private one")]
    Inward,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct TokenError(#[from] pub Box<dyn std::error::Error + Send + Sync>);

struct Listed<'a>(&'a [Reason]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, reason) in self.0.iter().enumerate() {
            write!(f, "{}{reason}", if number == 0 { " (" } else { "; " })?;
        }
        f.write_str(if self.0.is_empty() { "" } else { ")" })
    }
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
            Self::Nowhere { reasons, .. } | Self::Unpublished { reasons, .. } => {
                reasons.iter().any(|reason| reason.why.is_transient())
            }
            _ => false,
        }
    }

    /// Whether nothing listens there.
    pub(super) fn is_connect(&self) -> bool {
        matches!(self, Self::Network(error) if error.is_connect())
    }

    /// Whether a source has shown that it cannot be trusted: it gave wrong bytes, or what nobody asked for.
    pub(super) fn is_lie(&self) -> bool {
        match self {
            Self::Wrong(_) | Self::TooMuch => true,
            // A cut is an accident; all else is framing that no honest one writes.
            Self::Car(error) => !matches!(error, CarError::Truncated | CarError::Io(_) | CarError::Store(_)),
            _ => false,
        }
    }

    /// Whether the fault is here, so that no other source or store can make it good.
    pub(super) fn is_ours(&self) -> bool {
        matches!(
            self,
            Self::Cid(_)
                | Self::Import(_)
                | Self::Export(_)
                | Self::Tree(_)
                | Self::Store(_)
                | Self::Car(CarError::Store(_))
                | Self::Interrupted
        )
    }
}
