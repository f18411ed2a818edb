//! What an operator says about the chain.

use super::Deployment;
use std::{fmt, sync::Arc, time::Duration};
use veriframe_chain::{
    Felt,
    deployment::Deployment as DeploymentFile,
    events::Contracts,
    node::{Node, NodeError, RpcNode},
    number,
};
use veriframe_core::Address;

const POLL_EVERY: Duration = Duration::from_secs(2);
/// Cairo's short strings, of which a chain id is one.
const SHORT_STRING: usize = 31;

/// A deployment, and a node that knows it.
#[derive(Clone)]
pub struct ChainSettings {
    /// Passed in, so that tests own the chain.
    pub node: Arc<dyn Node>,
    pub deployment: Deployment,
    /// How long to wait between two passes.
    pub poll_interval: Duration,
}

impl fmt::Debug for ChainSettings {
    /// Without the node, whose address may hold a key of its operator.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChainSettings")
            .field("deployment", &self.deployment)
            .field("poll_interval", &self.poll_interval)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ChainSettingsError {
    #[error("{0} is not set, but events are to be indexed")]
    Missing(&'static str),
    #[error("{name} is {value}, which is not {expected}")]
    Value {
        name: &'static str,
        value: String,
        expected: &'static str,
    },
    /// Without the address: it may hold a key.
    #[error("STARKNET_RPC_URL cannot be used: it must be an http or https address")]
    Node(#[source] NodeError),
}

impl ChainSettings {
    /// Reads `STARKNET_RPC_URL`, `CONTRACT_ADDRESS`, `REGISTRY_ADDRESS`, `NETWORK`, `ENABLE_EVENT_INDEXING`,
    /// `START_BLOCK` and `INDEXER_POLL_INTERVAL` through `variable`. Where no contract is named, those of `file` are meant: what
    /// deploying wrote. `None`: there is no chain, or it is not wanted.
    pub fn from_environment(
        variable: impl Fn(&str) -> Option<String>,
        file: Option<&DeploymentFile>,
    ) -> Result<Option<Self>, ChainSettingsError> {
        let read = |name| {
            variable(name)
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        let wanted = read("ENABLE_EVENT_INDEXING").map(|text| switch(&text)).transpose()?;
        if wanted == Some(false) {
            return Ok(None);
        }
        let named = read("CONTRACT_ADDRESS").is_some() || read("REGISTRY_ADDRESS").is_some();
        if let (Some(file), Some(url), false) = (file, read("STARKNET_RPC_URL"), named) {
            return Ok(Some(Self {
                node: Arc::new(RpcNode::new(&url).map_err(ChainSettingsError::Node)?),
                deployment: Deployment {
                    chain_id: file.chain_id,
                    contracts: file.contracts(),
                    start_block: file.start_block,
                },
                poll_interval: read("INDEXER_POLL_INTERVAL").map_or(Ok(POLL_EVERY), |text| seconds(&text))?,
            }));
        }
        let parts = ["STARKNET_RPC_URL", "CONTRACT_ADDRESS", "REGISTRY_ADDRESS"];
        if let Some(missing) = parts.into_iter().find(|name| read(name).is_none()) {
            return if wanted == Some(true) {
                Err(ChainSettingsError::Missing(missing))
            } else {
                Ok(None)
            };
        }
        let need = |name| read(name).ok_or(ChainSettingsError::Missing(name));
        let deployment = Deployment {
            chain_id: chain_id(&need("NETWORK")?)?,
            contracts: Contracts {
                market: contract("CONTRACT_ADDRESS", &need("CONTRACT_ADDRESS")?)?,
                registry: contract("REGISTRY_ADDRESS", &need("REGISTRY_ADDRESS")?)?,
            },
            start_block: read("START_BLOCK").map_or(Ok(0), |text| {
                text.parse()
                    .map_err(|_| refused("START_BLOCK", &text, "a block's number"))
            })?,
        };
        let poll_interval = read("INDEXER_POLL_INTERVAL").map_or(Ok(POLL_EVERY), |text| seconds(&text))?;
        let node = RpcNode::new(&need("STARKNET_RPC_URL")?).map_err(ChainSettingsError::Node)?;
        Ok(Some(Self {
            node: Arc::new(node),
            deployment,
            poll_interval,
        }))
    }
}

fn refused(name: &'static str, value: &str, expected: &'static str) -> ChainSettingsError {
    ChainSettingsError::Value {
        name,
        value: value.to_owned(),
        expected,
    }
}

fn switch(text: &str) -> Result<bool, ChainSettingsError> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(refused("ENABLE_EVENT_INDEXING", text, "true or false")),
    }
}

/// A network's name, or a chain id as it is.
fn chain_id(network: &str) -> Result<Felt, ChainSettingsError> {
    let id = match network.to_ascii_lowercase().as_str() {
        "mainnet" => "SN_MAIN",
        // What a development node calls itself unless told otherwise.
        "sepolia" | "testnet" | "devnet" => "SN_SEPOLIA",
        "local" => "",
        _ => network,
    };
    if (1..=SHORT_STRING).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Felt::from_bytes_be_slice(id.as_bytes()))
    } else {
        Err(refused("NETWORK", network, "mainnet, sepolia, devnet or a chain id"))
    }
}

fn contract(name: &'static str, text: &str) -> Result<Felt, ChainSettingsError> {
    match text.parse::<Address>() {
        Ok(address) if address.as_bytes() != &[0; 32] => Ok(number::of_address(&address)),
        _ => Err(refused(name, text, "the address of a contract")),
    }
}

fn seconds(text: &str) -> Result<Duration, ChainSettingsError> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|wait| (Duration::from_millis(10)..=Duration::from_hours(1)).contains(wait))
        .ok_or_else(|| refused("INDEXER_POLL_INTERVAL", text, "a number of seconds, 0.01 to 3600"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use veriframe_chain::deployment::Parts;

    fn read(variables: &[(&str, &str)]) -> Result<Option<ChainSettings>, ChainSettingsError> {
        read_with(variables, None)
    }

    fn read_with(
        variables: &[(&str, &str)],
        file: Option<&DeploymentFile>,
    ) -> Result<Option<ChainSettings>, ChainSettingsError> {
        let find = |name: &str| {
            let found = variables.iter().rfind(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        ChainSettings::from_environment(find, file)
    }

    #[test]
    fn a_file_says_where_the_contracts_are_unless_the_environment_does() {
        let file = DeploymentFile::from(Parts {
            chain_id: Felt::ONE,
            token: Felt::ONE,
            market: Felt::from(7),
            market_class: Felt::ONE,
            registry: Felt::from(8),
            registry_class: Felt::ONE,
            start_block: 5,
        });
        let found = read_with(&ALL[..1], Some(&file)).unwrap().unwrap().deployment;
        assert_eq!((found.chain_id, found.start_block), (Felt::ONE, 5));
        assert_eq!(found.contracts.market, Felt::from(7));
        let found = read_with(&ALL, Some(&file)).unwrap().unwrap().deployment;
        assert_eq!(found.contracts.market, Felt::ONE);
        assert!(read_with(&[], Some(&file)).unwrap().is_none());
        assert!(
            read_with(&[ALL[0], ("ENABLE_EVENT_INDEXING", "false")], Some(&file))
                .unwrap()
                .is_none()
        );
    }

    const ALL: [(&str, &str); 4] = [
        ("STARKNET_RPC_URL", "http://127.0.0.1:5050/rpc?key=secret"),
        ("CONTRACT_ADDRESS", "0x1"),
        ("REGISTRY_ADDRESS", "0x2"),
        ("NETWORK", "sepolia"),
    ];

    fn with(name: &'static str, value: &'static str) -> Result<Option<ChainSettings>, ChainSettingsError> {
        read(&[ALL.as_slice(), &[(name, value)]].concat())
    }

    #[test]
    fn a_chain_is_read() {
        let settings = read(&ALL).unwrap().unwrap();
        assert_eq!(settings.deployment.contracts.registry, Felt::TWO);
        assert_eq!(
            (settings.deployment.start_block, settings.poll_interval),
            (0, POLL_EVERY)
        );
        assert_eq!(
            settings.deployment.chain_id,
            Felt::from_hex_unchecked("0x534e5f5345504f4c4941")
        );
        assert!(!format!("{settings:?}").contains("secret"));
        let other = with("NETWORK", "KATANA").unwrap().unwrap();
        assert_eq!(other.deployment.chain_id, Felt::from_hex_unchecked("0x4b4154414e41"));
        assert_eq!(with("START_BLOCK", "77").unwrap().unwrap().deployment.start_block, 77);
    }

    #[test]
    fn without_a_chain_there_is_none() {
        assert!(read(&[]).unwrap().is_none());
        assert!(with("REGISTRY_ADDRESS", "").unwrap().is_none());
        assert!(with("ENABLE_EVENT_INDEXING", "false").unwrap().is_none());
        assert!(matches!(
            read(&[("ENABLE_EVENT_INDEXING", "true")]),
            Err(ChainSettingsError::Missing("STARKNET_RPC_URL"))
        ));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (name, value) in [
            ("CONTRACT_ADDRESS", "0x0"),
            ("REGISTRY_ADDRESS", "2"),
            ("NETWORK", "local"),
            ("START_BLOCK", "-1"),
            ("INDEXER_POLL_INTERVAL", "0"),
            ("ENABLE_EVENT_INDEXING", "perhaps"),
        ] {
            let error = with(name, value).unwrap_err();
            assert!(matches!(error, ChainSettingsError::Value { name: told, .. } if told == name));
        }
        let error = with("STARKNET_RPC_URL", "ftp://secret").unwrap_err();
        assert!(matches!(error, ChainSettingsError::Node(_)));
        assert!(!error.to_string().contains("secret"));
        let nameless = read(&ALL[..3]);
        assert!(matches!(nameless, Err(ChainSettingsError::Missing("NETWORK"))));
    }
}
