//! The file with every setting, explained.

use super::{file::VERSION, keys, kind::Kind};
use std::fmt::Write as _;

/// What `docs/coordinator.example.toml` is: every default as it is, and the rest as a line to take the `#` from.
pub fn example() -> String {
    let mut text = format!(
        "# Every setting of a coordinator: veriframe coordinator serve --config FILE\n\
         # `--check` says whether all of it works. An environment variable goes before the file, and a flag before both.\n\
         # Keys and passwords are in the environment only: SCHEDULER_PASSWORD, SCHEDULER_PRIVATE_KEY.\n\
         \n# The form of this file.\nversion = {VERSION}\n"
    );
    let mut section = "";
    for key in keys::all() {
        if key.section != section {
            section = key.section;
            let _ = write!(text, "\n[{section}]\n");
        }
        let value = key.default.unwrap_or(key.example);
        let mark = if key.default.is_some() { "" } else { "#" };
        let written = match key.kind {
            Kind::List(_) => format!("[{}]", list(value)),
            kind if kind.is_bare() => value.to_owned(),
            _ => format!("\"{value}\""),
        };
        let _ = write!(
            text,
            "{}# Variable: {}\n{mark}{} = {written}\n",
            wrapped(key.about),
            key.variable,
            key.name
        );
    }
    text
}

fn list(words: &str) -> String {
    let quoted = words
        .split(',')
        .filter(|word| !word.is_empty())
        .map(|word| format!("\"{word}\""));
    quoted.collect::<Vec<_>>().join(", ")
}

/// As lines of a comment.
fn wrapped(about: &str) -> String {
    const WIDTH: usize = 110;
    let mut lines = String::from("#");
    let mut used = 1;
    for word in about.split(' ') {
        if used + word.len() >= WIDTH {
            lines.push_str("\n#");
            used = 1;
        }
        lines.push(' ');
        lines.push_str(word);
        used += word.len() + 1;
    }
    lines.push('\n');
    lines
}
