//! What an operator says about the account that settles.

use std::{fmt, path::Path, sync::Arc, time::Duration};
use veriframe_chain::{
    Felt, KeyError, LocalKey, keystore,
    node::{NodeError, RpcNode},
    number,
    send::{Patience, RpcSender, Sender},
};
use veriframe_core::{Address, Amount};
use zeroize::Zeroizing;

/// What one transaction may cost unless an operator says otherwise.
const FEE_LIMIT: Amount = Amount::credits(5);
/// How long a transaction is waited for before the next job gets its turn.
const PATIENCE: Patience = Patience {
    within: Duration::from_mins(2),
    look_every: Duration::from_millis(500),
};

/// An account with the scheduler role, and what it may spend.
#[derive(Clone)]
pub struct EscrowSettings {
    /// Passed in, so that tests own the network.
    pub sender: Arc<dyn Sender>,
    /// The most that one transaction may cost.
    pub fee_limit: Amount,
    pub patience: Patience,
}

impl fmt::Debug for EscrowSettings {
    /// Without the sender, which holds a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EscrowSettings")
            .field("account", &number::format(&self.sender.account()))
            .field("fee_limit", &self.fee_limit)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum EscrowSettingsError {
    #[error("SCHEDULER_PRIVATE_KEY cannot be used: {0}")]
    Key(#[from] KeyError),
    #[error("SCHEDULER_KEYSTORE cannot be used: {0}")]
    Keystore(String),
    #[error("SCHEDULER_PASSWORD is not set, but SCHEDULER_KEYSTORE is")]
    Password,
    #[error("SCHEDULER_ADDRESS is not the address of an account")]
    Address,
    #[error("MAX_TRANSACTION_FEE is not an amount of STRK, such as 2.5")]
    FeeLimit,
    #[error("there is a key of a scheduler, but STARKNET_RPC_URL and the contracts are not set")]
    NoChain,
    /// Without the address: it may hold a key.
    #[error("STARKNET_RPC_URL cannot be used: it must be an http or https address")]
    Node(#[source] NodeError),
}

impl EscrowSettings {
    /// Reads `SCHEDULER_PRIVATE_KEY`, or `SCHEDULER_KEYSTORE` and `SCHEDULER_PASSWORD`; `SCHEDULER_ADDRESS` for an account
    /// that does not derive from its key; `MAX_TRANSACTION_FEE` and `STARKNET_RPC_URL`, through `variable`. `None`: no jobs
    /// are settled on the chain. `chain_id` is that of the contracts.
    pub fn from_environment(
        variable: impl Fn(&str) -> Option<String>,
        chain_id: Option<Felt>,
    ) -> Result<Option<Self>, EscrowSettingsError> {
        let read = |name| {
            variable(name)
                .map(|text| Zeroizing::new(text.trim().to_owned()))
                .filter(|text| !text.is_empty())
        };
        let key = if let Some(text) = read("SCHEDULER_PRIVATE_KEY") {
            tracing::warn!("the scheduler's key is in the environment, where other programs of this user can read it");
            LocalKey::from_hex(&text)?
        } else if let Some(path) = read("SCHEDULER_KEYSTORE") {
            let password = read("SCHEDULER_PASSWORD").ok_or(EscrowSettingsError::Password)?;
            unlock(Path::new(path.as_str()), &password)?
        } else {
            return Ok(None);
        };
        let (Some(chain_id), Some(url)) = (chain_id, read("STARKNET_RPC_URL")) else {
            return Err(EscrowSettingsError::NoChain);
        };
        let address = match read("SCHEDULER_ADDRESS") {
            Some(text) => text.parse::<Address>().map_err(|_| EscrowSettingsError::Address)?,
            None => key.address(),
        };
        let fee_limit = match read("MAX_TRANSACTION_FEE") {
            Some(text) => Amount::parse_credits(&text).map_err(|_| EscrowSettingsError::FeeLimit)?,
            None => FEE_LIMIT,
        };
        let node = RpcNode::new(&url).map_err(EscrowSettingsError::Node)?;
        let sender = RpcSender::at(node, &key, number::of_address(&address), chain_id);
        Ok(Some(Self {
            sender: Arc::new(sender),
            fee_limit,
            patience: PATIENCE,
        }))
    }
}

fn unlock(path: &Path, password: &str) -> Result<LocalKey, EscrowSettingsError> {
    let unusable = |why: String| EscrowSettingsError::Keystore(why);
    let text = keystore::read_file(path).map_err(|error| unusable(error.to_string()))?;
    keystore::unlock(&text, password).map_err(|error| unusable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)], chain: Option<Felt>) -> Result<Option<EscrowSettings>, EscrowSettingsError> {
        let find = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        EscrowSettings::from_environment(find, chain)
    }

    #[test]
    fn without_a_key_nothing_is_settled() {
        let url = ("STARKNET_RPC_URL", "http://127.0.0.1:5050/rpc");
        assert!(read(&[url], Some(Felt::ONE)).unwrap().is_none());
        let settings = read(&[url, ("SCHEDULER_PRIVATE_KEY", "0x1234")], Some(Felt::ONE)).unwrap();
        let text = format!("{:?}", settings.unwrap());
        assert!(!text.contains("1234\"") && text.contains("0x034057df"), "{text}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let url = ("STARKNET_RPC_URL", "http://127.0.0.1:5050/rpc");
        let key = ("SCHEDULER_PRIVATE_KEY", "0x1234");
        let chain = Some(Felt::ONE);
        assert!(matches!(read(&[url, key], None), Err(EscrowSettingsError::NoChain)));
        assert!(matches!(read(&[key], chain), Err(EscrowSettingsError::NoChain)));
        let refused = |name, value| read(&[url, key, (name, value)], chain).unwrap_err();
        assert!(matches!(
            refused("SCHEDULER_ADDRESS", "7"),
            EscrowSettingsError::Address
        ));
        assert!(matches!(
            refused("MAX_TRANSACTION_FEE", "much"),
            EscrowSettingsError::FeeLimit
        ));
        let secret = "0xsecret";
        let error = read(&[url, ("SCHEDULER_PRIVATE_KEY", secret)], chain).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
        let error = read(&[url, ("SCHEDULER_KEYSTORE", "/nowhere")], chain).unwrap_err();
        assert!(matches!(error, EscrowSettingsError::Password));
    }
}
