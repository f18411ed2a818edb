//! CIDs as people write them.

use crate::exit::{Exit, Failure};
use std::{fmt, str::FromStr};
use veriframe_ipfs::{Cid, CidError, parse_any_cid};

/// What a CID stands for, or something below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub root: Cid,
    /// Names with `/` between them; empty: the root itself.
    pub path: String,
}

impl FromStr for Target {
    type Err = CidError;

    /// Also as gateways and browsers write it: `/ipfs/CID/PATH`, `ipfs://CID/PATH`.
    fn from_str(text: &str) -> Result<Self, CidError> {
        let bare = text
            .strip_prefix("ipfs://")
            .or_else(|| text.strip_prefix("/ipfs/"))
            .unwrap_or(text);
        let (root, path) = bare.split_once('/').unwrap_or((bare, ""));
        Ok(Self {
            root: parse_any_cid(root)?,
            path: path.trim_matches('/').to_owned(),
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.root)?;
        if self.path.is_empty() {
            return Ok(());
        }
        write!(f, "/{}", self.path)
    }
}

/// `CID` or `CID/PATH`.
pub fn of_text(text: &str) -> Result<Target, Failure> {
    text.parse().map_err(|error: CidError| {
        Failure::new(
            Exit::BadInput,
            "invalid_cid",
            format!("“{text}” cannot be used: {error}."),
            "A CID looks like bafybei… or Qm…; `veriframe cid PATH` prints one.",
        )
    })
}

/// A CID with nothing behind it.
pub fn cid_of_text(text: &str) -> Result<Cid, Failure> {
    let target = of_text(text)?;
    if target.path.is_empty() {
        return Ok(target.root);
    }
    Err(Failure::new(
        Exit::BadInput,
        "invalid_cid",
        format!("“{text}” is a path; this command takes a CID alone."),
        "`veriframe content ls CID` shows the CIDs of what is in a folder.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: &str = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";

    #[test]
    fn a_path_begins_with_a_cid_however_it_is_written() {
        for text in [
            format!("{HELLO}/a b/c"),
            format!("/ipfs/{HELLO}/a b/c/"),
            format!("ipfs://{HELLO}/a b/c"),
        ] {
            let target: Target = text.parse().unwrap();
            assert_eq!(
                (target.root.to_string().as_str(), target.path.as_str()),
                (HELLO, "a b/c")
            );
            assert_eq!(target.to_string(), format!("{HELLO}/a b/c"));
        }
        assert_eq!(HELLO.parse::<Target>().unwrap().path, "");
        assert!("a/b".parse::<Target>().is_err());
    }

    #[test]
    fn some_commands_take_no_path() {
        assert!(cid_of_text(HELLO).is_ok());
        assert_eq!(cid_of_text(&format!("{HELLO}/a")).unwrap_err().exit, Exit::BadInput);
    }
}
