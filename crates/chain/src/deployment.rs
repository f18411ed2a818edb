//! Where the contracts of a market are: the file that deploying writes, and that app and coordinator read.

use crate::{events::Contracts, number};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use starknet::core::types::Felt;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const SCHEMA: u32 = 1;
const MAX_BYTES: u64 = 64 << 10;

#[derive(Debug, thiserror::Error)]
pub enum DeploymentError {
    #[error("{path} cannot be read or written")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} does not say where contracts are: {why}")]
    Malformed { path: PathBuf, why: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    schema: u32,
    #[serde(with = "hex")]
    pub chain_id: Felt,
    /// The ERC-20 that is paid in.
    #[serde(with = "hex")]
    pub token: Felt,
    #[serde(with = "hex")]
    pub market: Felt,
    #[serde(with = "hex")]
    pub market_class: Felt,
    #[serde(with = "hex")]
    pub registry: Felt,
    #[serde(with = "hex")]
    pub registry_class: Felt,
    /// The block before which neither contract was there.
    pub start_block: u64,
}

impl Deployment {
    pub fn contracts(&self) -> Contracts {
        Contracts {
            market: self.market,
            registry: self.registry,
        }
    }

    pub fn read(path: &Path) -> Result<Self, DeploymentError> {
        let malformed = |why: String| DeploymentError::Malformed { path: path.into(), why };
        let text = read_bounded(path).map_err(|source| DeploymentError::Io {
            path: path.into(),
            source,
        })?;
        let read: Self = serde_json::from_slice(&text).map_err(|error| malformed(error.to_string()))?;
        if read.schema == SCHEMA {
            Ok(read)
        } else {
            Err(malformed(format!(
                "its schema is {}, and {SCHEMA} is known",
                read.schema
            )))
        }
    }

    /// Whole, or not at all.
    pub fn write(&self, path: &Path) -> Result<(), DeploymentError> {
        let error = |source| DeploymentError::Io {
            path: path.into(),
            source,
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(error)?;
        serde_json::to_writer_pretty(&file, self).map_err(|refused| error(refused.into()))?;
        file.as_file().sync_all().map_err(error)?;
        file.persist(path).map_err(|refused| error(refused.error))?;
        Ok(())
    }
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > MAX_BYTES {
        return Err(io::Error::other("the file is too long"));
    }
    fs::read(path)
}

/// What a deployment is made of.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    pub chain_id: Felt,
    pub token: Felt,
    pub market: Felt,
    pub market_class: Felt,
    pub registry: Felt,
    pub registry_class: Felt,
    pub start_block: u64,
}

impl From<Parts> for Deployment {
    fn from(parts: Parts) -> Self {
        Self {
            schema: SCHEMA,
            chain_id: parts.chain_id,
            token: parts.token,
            market: parts.market,
            market_class: parts.market_class,
            registry: parts.registry,
            registry_class: parts.registry_class,
            start_block: parts.start_block,
        }
    }
}

mod hex {
    use super::{Deserialize, Deserializer, Felt, Serializer, number};

    pub(super) fn serialize<S: Serializer>(felt: &Felt, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&number::format(felt))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Felt, D::Error> {
        let text = String::deserialize(from)?;
        number::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deployment.json");
        let deployment = Deployment::from(Parts {
            chain_id: Felt::from_bytes_be_slice(b"SN_SEPOLIA"),
            token: Felt::ONE,
            market: Felt::TWO,
            market_class: Felt::THREE,
            registry: Felt::from(4),
            registry_class: Felt::from(5),
            start_block: 7,
        });
        deployment.write(&path).unwrap();
        assert_eq!(Deployment::read(&path).unwrap(), deployment);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"schema\": 1", "\"schema\": 2")).unwrap();
        assert!(Deployment::read(&path).unwrap_err().to_string().contains("schema is 2"));
        fs::write(&path, "{").unwrap();
        assert!(matches!(
            Deployment::read(&path),
            Err(DeploymentError::Malformed { .. })
        ));
        assert!(matches!(
            Deployment::read(&folder.path().join("none")),
            Err(DeploymentError::Io { .. })
        ));
    }
}
