use std::{io, path::PathBuf};

/// Why a `.blend` file could not be read. The texts are shown to people; offsets count bytes of the uncompressed file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlendError {
    #[error("there is no file {}", path.display())]
    NotFound { path: PathBuf },
    #[error("{} is a folder, not a .blend file", path.display())]
    IsFolder { path: PathBuf },
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is empty (0 bytes)", path.display())]
    Empty { path: PathBuf },
    #[error("{} is not a .blend file", path.display())]
    NotABlend { path: PathBuf },
    #[error("the file ends too early, at byte {offset}: {reason}")]
    Truncated { offset: u64, reason: String },
    #[error("the file is damaged at byte {offset}: {reason}")]
    Corrupt { offset: u64, reason: String },
    #[error("the file is too large: {reason}")]
    TooLarge { reason: String },
    #[error("there is no scene “{name}”; there {}", scenes_text(known))]
    NoSuchScene { name: String, known: Vec<String> },
    #[error("the file was saved by a Blender that is newer than VeriFrame knows: {reason}")]
    Unsupported { reason: String },
}

impl BlendError {
    pub(crate) fn corrupt(offset: u64, reason: impl Into<String>) -> Self {
        Self::Corrupt {
            offset,
            reason: reason.into(),
        }
    }

    pub(crate) fn truncated(offset: u64, reason: impl Into<String>) -> Self {
        Self::Truncated {
            offset,
            reason: reason.into(),
        }
    }

    /// A word for programs, stable across versions.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::IsFolder { .. } => "is_folder",
            Self::Unreadable { .. } => "unreadable",
            Self::Empty { .. } => "empty",
            Self::NotABlend { .. } => "not_a_blend",
            Self::Truncated { .. } => "truncated",
            Self::Corrupt { .. } => "corrupt",
            Self::TooLarge { .. } => "too_large",
            Self::NoSuchScene { .. } => "no_such_scene",
            Self::Unsupported { .. } => "unsupported",
        }
    }
}

/// Why a scene could not be packed. The user's own files are untouched in every case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    #[error(transparent)]
    Blend(#[from] BlendError),
    #[error("{} cannot be read: {source}", path.display())]
    Library {
        path: PathBuf,
        #[source]
        source: BlendError,
    },
    #[error("{}", missing_text(missing))]
    Missing { missing: Vec<String> },
    #[error("{} cannot be copied: {source}", path.display())]
    Copy { path: PathBuf, source: io::Error },
    #[error("{} cannot be written: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("the folder {} is not empty", path.display())]
    NotEmpty { path: PathBuf },
    #[error("the packed path {path} does not fit into its field of {limit} bytes")]
    PathTooLong { path: String, limit: usize },
    #[error("packing was cancelled")]
    Cancelled,
}

fn scenes_text(known: &[String]) -> String {
    match known {
        [] => "are none".to_owned(),
        [only] => format!("is “{only}”"),
        many => format!(
            "are {}",
            many.iter()
                .map(|name| format!("“{name}”"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

fn missing_text(missing: &[String]) -> String {
    match missing {
        [] => "files are missing".to_owned(),
        [only] => format!("the file {only} is missing"),
        [first, rest @ ..] => format!("{} files are missing: {first} and {} more", missing.len(), rest.len()),
    }
}
