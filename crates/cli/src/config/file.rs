//! Reading the file. Every refusal says the line and the key, and never a value that may be secret.

use super::{
    keys::{self, Key},
    kind::Kind,
};
use std::{collections::BTreeMap, ops::Range};
use toml::de::{DeTable, DeValue};

/// The version of the file's form that this program reads.
pub const VERSION: u64 = 1;

/// What is wrong, and in which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Wrong {
    pub line: usize,
    pub what: String,
}

/// The values by their variables.
pub type Values = BTreeMap<&'static str, String>;

/// Reads the file's text.
pub fn parse(text: &str) -> Result<Values, Wrong> {
    let wrong = |span: Range<usize>, what: String| Wrong {
        line: text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1,
        what,
    };
    let table = DeTable::parse(text).map_err(|error| {
        wrong(
            error.span().unwrap_or(0..0),
            format!("this is not TOML: {}", error.message()),
        )
    })?;
    let mut values = BTreeMap::new();
    let mut version = None;
    for (name, value) in table.get_ref() {
        let section = name.get_ref().as_ref();
        match value.get_ref() {
            DeValue::Integer(number) if section == "version" => version = number.as_str().parse::<u64>().ok(),
            DeValue::Table(keys_here) if keys::all().any(|key| key.section == section) => {
                for (name, value) in keys_here {
                    let Some(key) = keys::at(section, name.get_ref()) else {
                        let what = format!("{section}.{} is not a setting{}", name.get_ref(), known(section));
                        return Err(wrong(name.span(), what));
                    };
                    let text = read(key, value.get_ref())
                        .ok_or_else(|| wrong(value.span(), format!("{} is not {}", key.path(), key.kind.expected())))?;
                    values.insert(key.variable, text);
                }
            }
            _ => {
                let mut sections: Vec<&str> = keys::all().map(|key| key.section).collect();
                sections.dedup();
                let what = format!("{section} is not one of version, [{}]", sections.join("], ["));
                return Err(wrong(name.span(), what));
            }
        }
    }
    if version == Some(VERSION) {
        return Ok(values);
    }
    let what = format!("the file needs the line version = {VERSION}, the form that this program reads");
    Err(wrong(0..0, what))
}

fn known(section: &str) -> String {
    let names: Vec<&str> = keys::all()
        .filter(|key| key.section == section)
        .map(|key| key.name)
        .collect();
    format!("; [{section}] has {}", names.join(", "))
}

/// As the environment would have it.
fn read(key: &Key, value: &DeValue<'_>) -> Option<String> {
    let text = match (key.kind, value) {
        (Kind::List(_), DeValue::Array(items)) => {
            let words: Option<Vec<&str>> = items.iter().map(|item| item.get_ref().as_str()).collect();
            words.map(|words| words.join(","))
        }
        (Kind::List(_), _) => None,
        (kind, DeValue::String(text)) if !kind.is_bare() => Some(text.as_ref().to_owned()),
        (Kind::Whole(..) | Kind::Seconds(..), DeValue::Integer(number)) if number.radix() == 10 => {
            Some(number.as_str().to_owned())
        }
        (Kind::Seconds(..), DeValue::Float(number)) => Some(number.as_str().to_owned()),
        (Kind::Switch, DeValue::Boolean(on)) => Some(on.to_string()),
        _ => None,
    };
    text.filter(|text| key.kind.accepts(text))
}
