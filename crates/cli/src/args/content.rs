//! Files and folders under their CIDs.

use super::{Network, Output};
use clap::{Args, Subcommand};
use std::{convert::Infallible, path::PathBuf, str::FromStr};
use veriframe_ipfs::{SealKey, seal::KeyTextError};

#[derive(Debug, Subcommand)]
pub enum ContentCommand {
    /// Take a file or a folder into this home's store, and keep it; with a coordinator or VERIFRAME_KUBO, send it there, too
    Put(ContentPut),
    /// Write what a CID stands for to a file or a folder; what is not here is fetched from the stores of others
    Get(ContentGet),
    /// List what is kept, or what is in a folder
    Ls(ContentLs),
    /// Keep the tree below a CID: it is served to others and never cleaned up
    Pin(ContentPin),
    /// Delete blocks that belong to nothing that is kept
    Gc(ContentGc),
    /// Read every block again, and say which are damaged or missing
    Verify(ContentVerify),
    /// Take the blocks of CAR files into this home's store
    Import(ContentImport),
    /// Write the whole tree below a CID as a CAR file
    Export(ContentExport),
}

#[derive(Debug, Args)]
pub struct ContentPut {
    /// A file or a folder
    pub path: PathBuf,
    /// Note where the files lie instead of copying them; they have to stay there as they are
    #[arg(long)]
    pub reference: bool,
    /// Seal it: only those with the key can read it
    #[arg(long)]
    pub seal: bool,
    /// Key to seal with, 64 hexadecimal digits; default: VERIFRAME_SCENE_KEY, or a new one, which is printed
    #[arg(long, value_name = "HEX", requires = "seal")]
    pub key: Option<KeyText>,
    /// Do not keep it: the next clean-up may delete it
    #[arg(long)]
    pub no_pin: bool,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct ContentGet {
    /// CID, or CID/PATH for what lies inside of a folder
    #[arg(value_name = "CID[/PATH]")]
    pub target: String,
    /// Where to write it; must not exist, or be an empty folder
    #[arg(short, long, value_name = "DEST")]
    pub out: PathBuf,
    /// Key of what is sealed, 64 hexadecimal digits; default: VERIFRAME_SCENE_KEY
    #[arg(long, value_name = "HEX")]
    pub key: Option<KeyText>,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct ContentLs {
    /// A folder; default: everything that is kept
    #[arg(value_name = "CID[/PATH]")]
    pub target: Option<String>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct ContentPin {
    /// CID of any version
    pub cid: String,
    /// Keep it no longer
    #[arg(long)]
    pub remove: bool,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct ContentGc {
    /// Stop as soon as all blocks together take no more than this, such as 20GiB; the oldest go first
    #[arg(long, value_name = "BYTES", value_parser = byte_count)]
    pub down_to: Option<u64>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct ContentVerify {
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct ContentImport {
    /// CAR files of version 1; `-`: standard input
    #[arg(value_name = "FILE.car", required = true)]
    pub files: Vec<PathBuf>,
    /// Keep the trees that the files name as their roots
    #[arg(long)]
    pub pin: bool,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct ContentExport {
    /// CID of any version
    pub cid: String,
    /// File to write, replaced when it exists; `-`: standard output
    #[arg(short, long, value_name = "FILE.car")]
    pub out: PathBuf,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

impl ContentCommand {
    pub fn output(&self) -> &Output {
        match self {
            Self::Put(args) => &args.output,
            Self::Get(args) => &args.output,
            Self::Ls(args) => &args.output,
            Self::Pin(args) => &args.output,
            Self::Gc(args) => &args.output,
            Self::Verify(args) => &args.output,
            Self::Import(args) => &args.output,
            Self::Export(args) => &args.output,
        }
    }
}

/// A key as it was written. One with a slip is refused later, and not by clap, which would show it.
#[derive(Clone, Debug)]
pub struct KeyText(pub Result<SealKey, KeyTextError>);

impl FromStr for KeyText {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.trim().parse()))
    }
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ByteCountError {
    #[error("write a whole number of bytes, with or without KiB, MiB, GiB, TiB, KB, MB, GB or TB behind it")]
    Malformed,
    #[error("more bytes than any disk has")]
    TooMany,
}

/// `1500`, `64MiB`, `20 GB`.
fn byte_count(text: &str) -> Result<u64, ByteCountError> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    if digits.is_empty() {
        return Err(ByteCountError::Malformed);
    }
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => return Err(ByteCountError::Malformed),
    };
    let count = digits.parse::<u64>().map_err(|_| ByteCountError::TooMany)?;
    count.checked_mul(factor).ok_or(ByteCountError::TooMany)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_units() {
        for (text, bytes) in [
            ("0", 0),
            ("1500", 1500),
            ("64KiB", 65_536),
            ("2mib", 2 << 20),
            ("3 GiB", 3 << 30),
            ("20MB", 20_000_000),
            ("1GB", 1_000_000_000),
        ] {
            assert_eq!(byte_count(text), Ok(bytes), "{text}");
        }
        for text in ["", "GiB", "-1", "1.5GB", "1 parsec"] {
            assert_eq!(byte_count(text), Err(ByteCountError::Malformed), "{text}");
        }
        for text in ["99999999999999999999", "18446744073709551615KiB"] {
            assert_eq!(byte_count(text), Err(ByteCountError::TooMany), "{text}");
        }
    }
}
