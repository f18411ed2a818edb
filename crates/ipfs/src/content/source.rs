//! Those who may have a tree. None of them is trusted.

use super::{
    ContentError, Limits,
    error::Reason,
    net::{Download, Http},
};
use async_trait::async_trait;
use cid::Cid;
use std::sync::{Arc, OnceLock};

/// How far a source may look for what it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// In its own store.
    Own,
    /// Wherever it can: slow, and without an end when nobody has it.
    Network,
}

/// Gives blocks and trees. What it gives is checked by whoever asked.
#[async_trait]
pub(super) trait Source: Send + Sync {
    /// Shown to people.
    fn name(&self) -> &str;

    /// The bytes of a block; [`ContentError::NotFound`] when it has none.
    async fn block(&self, cid: &Cid) -> Result<Vec<u8>, ContentError>;

    /// A CAR of the tree; `None` when it has no way to look so far.
    async fn car(&self, root: &Cid, reach: Reach) -> Result<Option<Download>, ContentError>;

    /// A tar of the plain files; `None` when it makes none.
    async fn tar(&self, _root: &Cid) -> Result<Option<Download>, ContentError> {
        Ok(None)
    }
}

/// Sources in the order in which they are asked. Clones share who was caught lying.
#[derive(Clone)]
pub(super) struct Sources {
    pub(super) list: Arc<Vec<Listed>>,
    pub(super) limits: Arc<Limits>,
}

pub(super) struct Listed {
    pub(super) source: Box<dyn Source>,
    /// What it did. It is never asked again.
    lied: OnceLock<Reason>,
}

impl Sources {
    pub(super) fn new(list: Vec<Box<dyn Source>>, http: &Http) -> Self {
        let list = list.into_iter().map(|source| Listed {
            source,
            lied: OnceLock::new(),
        });
        Self {
            list: Arc::new(list.collect()),
            limits: Arc::clone(&http.limits),
        }
    }
}

impl Listed {
    pub(super) fn distrust(&self, why: &Arc<ContentError>) {
        let store = self.source.name().to_owned();
        if self
            .lied
            .set(Reason {
                store,
                why: Arc::clone(why),
            })
            .is_ok()
        {
            tracing::warn!(source = self.source.name(), %why, "a source lied and is not asked again");
        }
    }

    pub(super) fn lie(&self) -> Option<&Reason> {
        self.lied.get()
    }
}
