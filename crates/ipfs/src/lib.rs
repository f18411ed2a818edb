//! Content under its own hash: files and folders in, CIDs out, and back, with every block checked on the way.
//!
//! CIDs follow the `unixfs-v1-2025` profile (IPIP-0499), so that any IPFS node that uses it gives the same ones.
//!
//! Invariants: a block that is handed out hashes to its name; a block that exists on disk is complete; nothing that a
//! stranger's tree says can write outside of the folder it is exported to; memory does not grow with a file's size.

mod aligned;
pub mod block;
pub mod car;
mod cbor;
pub mod collect;
pub mod content;
mod dag_pb;
mod direct;
mod durable;
mod export;
pub mod folder;
pub mod gateway;
mod hamt;
mod hold;
mod import;
mod layout;
mod links;
pub mod names;
mod pins;
mod profile;
mod refs;
mod scratch;
pub mod seal;
mod seen;
mod source;
mod spare;
pub mod store;
mod tree;
pub mod unixfs;
pub mod verify;
mod writer;

pub use block::{CidError, parse_any_cid, parse_cid};
pub use cid::Cid;
pub use collect::{Collected, Collection, Usage};
pub use content::{ContentError, ContentStore, ProgressSink, TokenError, TokenSource};
pub use export::ExportError;
pub use folder::FolderError;
pub use hold::Held;
pub use import::{ImportError, ImportOptions, Imported, Keeping, cid_of_path};
pub use seal::{SealError, SealKey};
pub use store::{BlockStore, StoreError};
pub use tree::TreeError;
pub use verify::Verified;
pub use writer::BlockWriter;

/// How far a long operation has come, in bytes of file content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    /// May grow while a tree's size is still being discovered.
    pub total: u64,
}
