//! What went wrong in the store, in words.

use crate::exit::{Exit, Failure};
use std::{io, path::Path};
use veriframe_ipfs::{
    ExportError, ImportError, SealError, StoreError, TreeError, car::CarError, gateway::ResolveError,
};

fn no_space(message: impl Into<String>) -> Failure {
    Failure::new(
        Exit::Failed,
        "no_space",
        message,
        "Free some space on the disk, or let go of blocks: veriframe content gc.",
    )
}

pub fn of_store(error: &StoreError) -> Failure {
    let (code, hint) = match error {
        StoreError::NoSpace { .. } => return no_space(format!("There is no room: {error}.")),
        StoreError::Missing(_) => ("missing", "Bring the rest: veriframe content import FILE.car."),
        StoreError::Damaged(_) => (
            "damaged",
            "It was taken away, so that it can be brought again: veriframe content put, or import FILE.car.",
        ),
        StoreError::SourceChanged { .. } => (
            "source_changed",
            "Put the file back as it was, or take it in anew without --reference.",
        ),
        StoreError::Busy => ("busy", "Nothing was deleted."),
        StoreError::OverLimit { .. } => (
            "over_limit",
            "Raise the limit, or keep less: veriframe content pin --remove.",
        ),
        StoreError::Io { .. } | StoreError::Mismatch(_) => {
            ("internal", "The other blocks in the store are not harmed.")
        }
    };
    Failure::new(Exit::Failed, code, sentence(error), hint)
}

pub fn of_tree(error: &TreeError) -> Failure {
    match error {
        TreeError::Store(error) => of_store(error),
        _ => Failure::new(
            Exit::BadInput,
            "corrupt",
            sentence(error),
            "Whoever made this tree made it so; its blocks are what their CIDs say.",
        ),
    }
}

pub fn of_import(error: &ImportError) -> Failure {
    let code = match error {
        ImportError::Store(error) => return of_store(error),
        ImportError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => "not_found",
        ImportError::Cancelled => return super::interrupted(),
        _ => "unreadable",
    };
    Failure::new(
        Exit::BadInput,
        code,
        sentence(error),
        "Nothing was kept. Give a file or a folder of plain files that can be read.",
    )
}

pub fn of_export(error: &ExportError) -> Failure {
    let message = sentence(error);
    match error {
        ExportError::Tree(error) => of_tree(error),
        ExportError::NoSpace { .. } => no_space(message),
        ExportError::Cancelled => super::interrupted(),
        ExportError::Exists { .. } => Failure::new(
            Exit::BadInput,
            "exists",
            message,
            "Nothing was changed. Name a file or a folder that is not there yet.",
        ),
        ExportError::Io { .. } => Failure::new(Exit::Failed, "unwritable", message, "Nothing half was left behind."),
        ExportError::Name { .. } | ExportError::TooMany { .. } => {
            Failure::new(Exit::BadInput, "unsafe_tree", message, "Nothing was written.")
        }
        ExportError::Seal(SealError::Key) => Failure::new(
            Exit::BadInput,
            "wrong_key",
            message,
            "Nothing was written. Use the key that it was sealed with.",
        ),
        ExportError::Seal(_) => Failure::new(Exit::BadInput, "corrupt", message, "Nothing was written."),
    }
}

pub fn of_resolve(error: &ResolveError) -> Failure {
    match error {
        ResolveError::Tree(error) => of_tree(error),
        ResolveError::NoSuchName { .. } | ResolveError::TooLong => Failure::new(
            Exit::BadInput,
            "not_found",
            sentence(error),
            "`veriframe content ls CID` shows what is in a folder.",
        ),
    }
}

/// Of a CAR that is read from `file`.
pub fn of_car(file: &Path, error: &CarError) -> Failure {
    let (exit, code) = match error {
        CarError::Store(error) => return of_store(error),
        CarError::Io(_) => (Exit::Failed, "unreadable"),
        _ => (Exit::BadInput, "corrupt"),
    };
    Failure::new(
        exit,
        code,
        format!("“{}” was not read to its end: {error}.", file.display()),
        "The blocks before that were checked and stay. Nothing was pinned.",
    )
}

/// Libraries begin with a small letter and end without a stop.
fn sentence(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    match chars.next() {
        // A path or a CID is not a word.
        Some(first) if text.starts_with("the ") || text.starts_with("there ") => {
            format!("{}{}.", first.to_uppercase(), chars.as_str())
        }
        _ => format!("{text}."),
    }
}
