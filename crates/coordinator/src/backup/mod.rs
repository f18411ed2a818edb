//! Everything a coordinator must not lose, in one file, while it runs; and back.
//!
//! The file is a tar: the database as of one moment, the keys, the list of pinned roots, if wanted their blocks, and a
//! manifest with the digest of each. It holds keys: only its owner can read it.

mod archive;
mod make;
mod postgres;
mod restore;

pub use make::make;
pub use restore::restore;

use crate::store::{Database, DatabaseError, copies::Counts};
use serde::{Deserialize, Serialize};
use std::{
    io,
    path::{Path, PathBuf},
};
use veriframe_ipfs::{BlockStore, StoreError, TreeError, car::CarError};

/// The form of the file.
const VERSION: u32 = 1;
const MANIFEST: &str = "manifest.json";
const PINS: &str = "pins.json";
const KEYS: &str = "keys/";
const CONTENT: &str = "content/";

/// Where a coordinator keeps what it has.
#[derive(Debug)]
pub struct Places<'a> {
    pub database: Database,
    /// Holds the keys.
    pub data_dir: &'a Path,
    pub blocks: &'a BlockStore,
}

/// What a back-up holds, as its manifest says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub version: u32,
    /// RFC 3339.
    pub made_at: String,
    pub program: String,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// The version of its tables.
    pub schema: i64,
    /// Rows by table.
    pub rows: Counts,
    pub pins: usize,
    /// Whether the blocks of the pinned roots are here.
    pub content: bool,
    pub files: Vec<FileEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    #[error("another coordinator uses {}: stop it first", .0.display())]
    InUse(PathBuf),
    #[error("the database: {0}")]
    Database(#[from] DatabaseError),
    #[error("there is no database to back up")]
    Nothing,
    #[error("{program} cannot be run, which is part of PostgreSQL: {source}")]
    Missing { program: &'static str, source: io::Error },
    #[error("{program} failed: {said}")]
    Failed { program: &'static str, said: String },
    #[error("content: {0}")]
    Content(#[from] StoreError),
    #[error("content: {0}")]
    Tree(#[from] TreeError),
    #[error("content: {0}")]
    Car(#[from] CarError),
    #[error("this is no back-up of a coordinator, or it is damaged: {0}")]
    Damaged(String),
    #[error("the back-up is of {kept}, and this coordinator is set to {asked}")]
    OtherKind { kept: String, asked: &'static str },
    #[error("the back-up's tables have version {kept}, and this program knows none newer than {newest}")]
    TooNew { kept: i64, newest: i64 },
    #[error("{0} is not empty; --force replaces what is there")]
    NotEmpty(String),
    #[error("what was restored differs from the back-up: {0}")]
    Differs(String),
}

impl BackupError {
    fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// The word of the manifest, and the name of the database's file in the archive.
fn kind(database: &Database) -> (&'static str, &'static str) {
    match database {
        Database::Sqlite(_) => ("sqlite", "database.sqlite"),
        Database::Postgres(_) => ("postgres", "database.pgdump"),
    }
}
