//! Why a scene is not taken, in the words of the window: what happened, what is safe, what to do.

use crate::view::CommandError;
use std::path::Path;
use veriframe_blend::{BlendError, PackError};

/// The last part of a path, quoted.
pub fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// Why the file at `path` cannot be read.
pub fn of_blend(file: &Path, error: &BlendError) -> CommandError {
    match error {
        BlendError::NotFound { path } => CommandError::new(
            "not_found",
            format!("There is no file “{}”.", path.display()),
            "It may have been moved or renamed. Choose it again.",
        ),
        BlendError::IsFolder { path } => CommandError::new(
            "is_folder",
            format!("“{}” is a folder.", name_of(path)),
            "Choose the .blend file inside it.",
        ),
        BlendError::Unreadable { path, source } => CommandError::new(
            "unreadable",
            format!("“{}” cannot be read: {source}.", name_of(path)),
            "Check that you may open the file, then try again.",
        ),
        BlendError::Empty { path } => CommandError::new(
            "empty_file",
            format!("“{}” is empty: it has 0 bytes.", name_of(path)),
            "It was probably not saved or copied to its end. Blender may have kept the version before it as .blend1.",
        ),
        BlendError::NotABlend { path } => CommandError::new(
            "not_a_blend",
            format!("“{}” is not a .blend file.", name_of(path)),
            "Choose a file that was saved by Blender.",
        ),
        BlendError::Truncated { .. } => CommandError::new(
            "truncated",
            format!("“{}” is cut off: its end is missing.", name_of(file)),
            "Copy or download it again, or save it anew in Blender. Nothing was changed.",
        ),
        BlendError::Corrupt { offset, reason } => CommandError::new(
            "corrupt",
            format!("“{}” is damaged: {reason} (at byte {offset}).", name_of(file)),
            "Open it in Blender and save it under a new name, then try again. Nothing was changed.",
        ),
        BlendError::TooLarge { reason } => CommandError::new(
            "corrupt",
            format!("“{}” is too large to be read safely: {reason}.", name_of(file)),
            "If it is honest, save it anew in Blender and report this.",
        ),
        BlendError::Unsupported { reason } => CommandError::new(
            "not_eligible",
            format!(
                "“{}” was saved by a Blender that is newer than this VeriFrame knows: {reason}.",
                name_of(file)
            ),
            "Update VeriFrame, or save the file with an older Blender.",
        ),
        BlendError::NoSuchScene { name, known } => {
            let known: Vec<String> = known.iter().map(|name| format!("“{name}”")).collect();
            CommandError::new(
                "invalid_settings",
                format!("The file holds no scene “{name}”."),
                format!("It holds {}.", known.join(", ")),
            )
        }
        other => CommandError::new(
            "unreadable",
            format!("“{}” cannot be read: {other}.", name_of(file)),
            "",
        ),
    }
}

/// Why the scene at `scene` cannot be packed.
pub fn of_pack(scene: &Path, error: &PackError) -> CommandError {
    match error {
        PackError::Blend(source) => of_blend(scene, source),
        PackError::Library { path, source } => {
            let inner = of_blend(path, source);
            CommandError::new(
                &inner.code,
                format!("A linked file cannot be used. {}", inner.message),
                inner.hint,
            )
        }
        PackError::Missing { missing } => CommandError::new(
            "missing_files",
            match missing.as_slice() {
                [one] => format!("A file is missing: {one}."),
                [first, ..] => format!("{} files are missing, the first is {first}.", missing.len()),
                [] => "Files are missing.".to_owned(),
            },
            "Locate them, search a folder for them, or render without them. Nothing was posted.",
        ),
        PackError::Copy { source, path } | PackError::Write { source, path } if no_space(source) => no_space_at(path),
        PackError::Copy { path, source } => CommandError::new(
            "unreadable",
            format!("“{}” cannot be read: {source}.", name_of(path)),
            "Check that the file is still there and that you may open it. Nothing was posted.",
        ),
        PackError::NotEmpty { path } => CommandError::new(
            "invalid_settings",
            format!("The folder “{}” is not empty.", path.display()),
            "Choose a new or an empty folder. Nothing was written.",
        ),
        PackError::Cancelled => CommandError::new("cancelled", "Cancelled while packing.", "Nothing was posted."),
        other => CommandError::new(
            "internal",
            format!("The scene could not be packed: {other}."),
            "Your file is untouched and nothing was posted.",
        ),
    }
}

/// Why something could not be written to, or read from, `path`.
pub fn of_io(error: &std::io::Error, path: &Path) -> CommandError {
    if no_space(error) {
        return no_space_at(path);
    }
    CommandError::new(
        "unreadable",
        format!("“{}” cannot be used: {error}.", path.display()),
        "Check that the folder is there and that you may write to it.",
    )
}

/// Whether writing failed because the disk, or the quota, is full.
pub fn no_space(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded | std::io::ErrorKind::FileTooLarge
    )
}

pub fn no_space_at(path: &Path) -> CommandError {
    CommandError::new(
        "no_space",
        format!("The disk is full: “{}” could not be written.", path.display()),
        "Free some space and try again. What was written before is safe.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io, path::PathBuf};

    #[test]
    fn each_kind_of_bad_file_has_its_own_words() {
        let path = PathBuf::from("/scenes/a.blend");
        let say = |error: &BlendError| of_blend(Path::new("/scenes/a.blend"), error);
        let errors = [
            BlendError::NotFound { path: path.clone() },
            BlendError::IsFolder { path: path.clone() },
            BlendError::Empty { path: path.clone() },
            BlendError::NotABlend { path: path.clone() },
            BlendError::Unreadable {
                path,
                source: io::ErrorKind::PermissionDenied.into(),
            },
            BlendError::Truncated {
                offset: 9,
                reason: "a block goes on past the end".into(),
            },
            BlendError::Corrupt {
                offset: 9,
                reason: "a length is negative".into(),
            },
        ];
        let codes: std::collections::BTreeSet<String> = errors.iter().map(|error| say(error).code).collect();
        assert_eq!(codes.len(), errors.len());
        assert!(errors.iter().all(|error| !say(error).hint.is_empty()));
        assert!(errors.iter().all(|error| say(error).message.contains("a.blend")));
    }

    #[test]
    fn a_full_disk_is_told_apart() {
        let full = PackError::Write {
            path: "/packed".into(),
            source: io::ErrorKind::StorageFull.into(),
        };
        assert_eq!(of_pack(Path::new("scene.blend"), &full).code, "no_space");
        let in_use = PackError::NotEmpty { path: "/packed".into() };
        assert_eq!(of_pack(Path::new("scene.blend"), &in_use).code, "invalid_settings");
    }
}
