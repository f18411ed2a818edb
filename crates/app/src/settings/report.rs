//! The doctor's report as text, for copying into a question: without secrets and without a person's name.

use crate::view::{DoctorCheck, DoctorLevel};
use std::path::Path;

/// One line a check, under a line that says which program on which system.
pub(super) fn text(checks: &[DoctorCheck]) -> String {
    let mut lines = vec![format!(
        "VeriFrame {} on {} {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    )];
    lines.extend(checks.iter().map(|check| {
        let level = match check.level {
            DoctorLevel::Ok => "ok",
            DoctorLevel::Warning => "warning",
            DoctorLevel::Bad => "bad",
        };
        let advice = if check.advice.is_empty() {
            String::new()
        } else {
            format!(" ({})", check.advice)
        };
        format!("[{level}] {}: {}{advice}", check.name, check.detail)
    }));
    without_names(&lines.join("\n"))
}

/// The folder of the user becomes `~`, so that a path does not tell who somebody is.
fn without_names(text: &str) -> String {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    match home {
        Some(home) => replaced(text, Path::new(&home)),
        None => text.to_owned(),
    }
}

fn replaced(text: &str, home: &Path) -> String {
    let name = home.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let path = home.to_string_lossy();
    let mut text = if path.len() > 1 {
        text.replace(&*path, "~")
    } else {
        text.to_owned()
    };
    // The name also shows in other paths, such as a disk mounted for this user.
    if name.len() > 2 {
        for separator in ['/', '\\'] {
            text = text.replace(
                &format!("{separator}{name}{separator}"),
                &format!("{separator}~{separator}"),
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_named() {
        let text = replaced(
            "Blender: /home/maria/bin/blender and /media/maria/disk/x",
            Path::new("/home/maria"),
        );
        assert_eq!(text, "Blender: ~/bin/blender and /media/~/disk/x");
        assert_eq!(replaced("/root stays", Path::new("/")), "/root stays");
    }
}
