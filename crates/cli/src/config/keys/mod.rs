//! Every setting of a coordinator: its place in the file, its variable, what it may be, and what it is by itself.
//!
//! One table, so that the file, the environment, `--check` and the example cannot say different things.

mod access;
mod server;

use super::kind::Kind;

#[derive(Debug)]
pub struct Key {
    pub section: &'static str,
    pub name: &'static str,
    pub variable: &'static str,
    pub kind: Kind,
    /// As the environment would have it; `None`: nothing.
    pub default: Option<&'static str>,
    /// What the example shows where there is no default.
    pub example: &'static str,
    /// Never shown.
    pub secret: bool,
    pub about: &'static str,
}

impl Key {
    /// `section.name`.
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }
}

const fn key(
    section: &'static str,
    name: &'static str,
    variable: &'static str,
    kind: Kind,
    default: &'static str,
    about: &'static str,
) -> Key {
    Key {
        section,
        name,
        variable,
        kind,
        default: Some(default),
        example: "",
        secret: false,
        about,
    }
}

const fn optional(
    section: &'static str,
    name: &'static str,
    variable: &'static str,
    kind: Kind,
    example: &'static str,
    about: &'static str,
) -> Key {
    Key {
        default: None,
        example,
        ..key(section, name, variable, kind, "", about)
    }
}

/// An address that may hold a password or a key.
const fn secret(
    section: &'static str,
    name: &'static str,
    variable: &'static str,
    kind: Kind,
    example: &'static str,
    about: &'static str,
) -> Key {
    Key {
        secret: true,
        ..optional(section, name, variable, kind, example, about)
    }
}

/// All of them, in the order of the example.
pub fn all() -> impl Iterator<Item = &'static Key> {
    server::KEYS.iter().chain(access::KEYS)
}

pub fn of_variable(variable: &str) -> Option<&'static Key> {
    all().find(|key| key.variable == variable)
}

pub fn at(section: &str, name: &str) -> Option<&'static Key> {
    all().find(|key| key.section == section && key.name == name)
}
