//! Names of entries that may be written to a disk.

use std::collections::HashSet;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    #[error("an empty name")]
    Empty,
    #[error("a name that means another folder")]
    Dots,
    #[error("a name with a path separator")]
    Separator,
    #[error("a name with a control character")]
    Control,
    #[error("a name with a drive letter")]
    Drive,
    #[error("a name that is too long")]
    Long,
    #[error("a name that this system keeps for itself")]
    Reserved,
    #[error("two entries of the same name")]
    Duplicate,
    #[error("names that differ only in the case of their letters, which some systems cannot tell apart")]
    Case,
}

/// Bytes; what common file systems can store.
const MAX_NAME: usize = 255;

/// Checks one name of an entry.
pub fn check(name: &str) -> Result<(), NameProblem> {
    check_for(name, cfg!(windows))
}

fn check_for(name: &str, windows: bool) -> Result<(), NameProblem> {
    if name.is_empty() {
        return Err(NameProblem::Empty);
    }
    if name == "." || name == ".." {
        return Err(NameProblem::Dots);
    }
    if name.len() > MAX_NAME {
        return Err(NameProblem::Long);
    }
    if name.contains(['/', '\\']) {
        return Err(NameProblem::Separator);
    }
    if name.chars().any(|c| c.is_ascii_control()) {
        return Err(NameProblem::Control);
    }
    let bytes = name.as_bytes();
    if bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' {
        return Err(NameProblem::Drive);
    }
    if windows && is_reserved_on_windows(name) {
        return Err(NameProblem::Reserved);
    }
    Ok(())
}

/// Devices, alternate streams, wildcards, and endings that Windows drops silently ("Naming Files, Paths, and
/// Namespaces" in its documentation).
fn is_reserved_on_windows(name: &str) -> bool {
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_lowercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            rest.chars().count() == 1 && rest.contains(|c: char| c.is_ascii_digit() || "¹²³".contains(c))
        })
    };
    DEVICES.contains(&stem.as_str())
        || numbered("com")
        || numbered("lpt")
        || name.ends_with(['.', ' '])
        || name.contains([':', '<', '>', '"', '|', '?', '*'])
}

/// The names of one folder: each is checked alone and against the others.
#[derive(Default)]
pub struct Siblings {
    exact: HashSet<String>,
    folded: HashSet<String>,
}

impl Siblings {
    pub fn add(&mut self, name: &str) -> Result<(), NameProblem> {
        check(name)?;
        if !self.exact.insert(name.to_owned()) {
            return Err(NameProblem::Duplicate);
        }
        if !self.folded.insert(name.to_lowercase()) {
            return Err(NameProblem::Case);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    #[test]
    fn what_leads_elsewhere_is_refused() {
        let cases = [
            ("", NameProblem::Empty),
            ("..", NameProblem::Dots),
            (".", NameProblem::Dots),
            ("a/b", NameProblem::Separator),
            ("/etc", NameProblem::Separator),
            ("..\\x", NameProblem::Separator),
            ("a\0b", NameProblem::Control),
            ("C:", NameProblem::Drive),
            ("c:x", NameProblem::Drive),
        ];
        for (name, problem) in cases {
            assert_eq!(check(name), Err(problem), "{name:?}");
        }
        assert_eq!(check(&"x".repeat(256)), Err(NameProblem::Long));
        for name in ["scene.blend", "Grüße 日本.png", ".hidden", "...", "a b", "ab:c"] {
            assert_eq!(check_for(name, false), Ok(()), "{name}");
        }
    }

    #[test]
    fn what_windows_keeps_is_refused_there() {
        for name in [
            "NUL",
            "nul.txt",
            "Com1",
            "lpt9.png",
            "COM¹",
            "a.",
            "a ",
            "a?b",
            "x.png:stream",
            "con .txt",
        ] {
            assert_eq!(check_for(name, true), Err(NameProblem::Reserved), "{name}");
            assert_eq!(check_for(name, false), Ok(()), "{name}");
        }
        for name in ["console", "com10", "nulls.png", "comx"] {
            assert_eq!(check_for(name, true), Ok(()), "{name}");
        }
    }

    #[test]
    fn siblings_must_differ_everywhere() {
        let mut names = Siblings::default();
        assert_eq!(names.add("Wood.png"), Ok(()));
        assert_eq!(names.add("Wood.png"), Err(NameProblem::Duplicate));
        assert_eq!(names.add("wood.PNG"), Err(NameProblem::Case));
        assert_eq!(names.add("wood2.png"), Ok(()));
    }

    proptest! {
        #[test]
        fn an_accepted_name_is_one_step_down(name in "\\PC{0,12}|[./\\\\a:\u{0}]{0,4}") {
            if check(&name).is_ok() {
                let parts: Vec<_> = Path::new(&name).components().collect();
                prop_assert_eq!(parts.len(), 1);
                prop_assert!(matches!(parts[0], Component::Normal(_)));
            }
        }
    }
}
