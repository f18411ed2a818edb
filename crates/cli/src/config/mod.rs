//! What an operator chose: flags over the environment over a file over what holds by itself.

pub mod check;
mod example;
mod file;
mod keys;
mod kind;
mod redact;
mod settings;

pub use example::example;
pub use keys::Key;
pub use kind::Kind;
pub use redact::redacted;

use file::Wrong;
use std::{
    collections::BTreeMap,
    env, fs, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the configuration {} cannot be read: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("the configuration {}, {wrong}", path.display())]
    File { path: PathBuf, wrong: Wrong },
    #[error("the variable {variable} is not {expected}")]
    Variable { variable: &'static str, expected: String },
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Flag,
    Environment,
    File,
    Default,
}

impl From {
    pub fn word(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Environment => "environment",
            Self::File => "file",
            Self::Default => "default",
        }
    }
}

/// Values by the names of their variables.
#[derive(Clone, Default)]
pub struct Config {
    path: Option<PathBuf>,
    flags: BTreeMap<&'static str, String>,
    environment: BTreeMap<&'static str, String>,
    file: BTreeMap<&'static str, String>,
}

impl Config {
    /// Reads `file`, where there is one, and the environment of this program.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::read(file, |name| env::var(name).ok())
    }

    /// As [`Self::load`], with an environment of the caller.
    pub fn read(file: Option<&Path>, variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut config = Self {
            path: file.map(Path::to_owned),
            ..Self::default()
        };
        if let Some(path) = file {
            let text = fs::read_to_string(path).map_err(|source| ConfigError::Read {
                path: path.to_owned(),
                source,
            })?;
            config.file = file::parse(&text).map_err(|wrong| ConfigError::File {
                path: path.to_owned(),
                wrong,
            })?;
        }
        for key in keys::all() {
            let Some(text) = variable(key.variable).filter(|text| !text.trim().is_empty()) else {
                continue;
            };
            if !key.kind.accepts(&text) {
                return Err(ConfigError::Variable {
                    variable: key.variable,
                    expected: key.kind.expected(),
                });
            }
            config.environment.insert(key.variable, text);
        }
        Ok(config)
    }

    /// What the command line says.
    pub fn set(&mut self, variable: &'static str, value: &dyn ToString) {
        self.flags.insert(variable, value.to_string());
    }

    /// The file that was read.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// What was chosen, if anything was. Names that are no settings are looked up in the environment: keys and passwords.
    pub fn chosen(&self, variable: &str) -> Option<String> {
        let layers = [&self.flags, &self.environment, &self.file];
        match keys::of_variable(variable) {
            Some(_) => layers.iter().find_map(|layer| layer.get(variable)).cloned(),
            None => env::var(variable).ok(),
        }
        .filter(|text| !text.trim().is_empty())
    }

    /// What holds: what was chosen, or the default.
    pub fn value(&self, variable: &str) -> Option<String> {
        self.chosen(variable)
            .or_else(|| keys::of_variable(variable)?.default.map(str::to_owned))
    }

    pub fn from(&self, key: &Key) -> From {
        let layers = [
            (&self.flags, From::Flag),
            (&self.environment, From::Environment),
            (&self.file, From::File),
        ];
        let found = layers.iter().find(|(layer, _)| layer.contains_key(key.variable));
        found.map_or(From::Default, |(_, from)| *from)
    }

    /// Where to listen. The values were looked at when they were read.
    pub fn listen(&self) -> SocketAddr {
        let read = |variable| self.value(variable).unwrap_or_default();
        let host = read("API_HOST")
            .trim()
            .parse()
            .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        SocketAddr::new(host, read("API_PORT").trim().parse().unwrap_or(0))
    }

    /// A number that was looked at when it was read.
    fn number<T: FromStr>(&self, variable: &str) -> Option<T> {
        self.chosen(variable)?.trim().parse().ok()
    }

    /// Yes or no.
    fn switch(&self, variable: &str) -> Option<bool> {
        kind::switch(&self.chosen(variable)?)
    }

    /// Seconds that were looked at when they were read.
    fn seconds(&self, variable: &str) -> Option<Duration> {
        let seconds = self.number::<f64>(variable)?;
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// A list that was looked at when it was read.
    fn list<T: FromStr>(&self, variable: &str) -> Vec<T> {
        let words = self.words(variable);
        words.iter().filter_map(|word| word.parse().ok()).collect()
    }

    /// Words with commas between them.
    fn words(&self, variable: &str) -> Vec<String> {
        let text = self.chosen(variable).unwrap_or_default();
        kind::words(&text)
            .filter(|word| !word.eq_ignore_ascii_case("off"))
            .map(str::to_owned)
            .collect()
    }
}

#[cfg(test)]
mod tests;
