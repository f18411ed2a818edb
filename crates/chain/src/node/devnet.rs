//! What only a network for trying things out answers: starknet-devnet, which makes STRK from nothing.

use super::{NodeError, Revert, RpcNode};
use crate::number::{Felt, format};
use serde::Deserialize;
use veriframe_core::Amount;

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    error: Option<Refused>,
}

#[derive(Deserialize)]
struct Refused {
    code: i64,
    message: String,
}

impl RpcNode {
    /// Whether STRK can be had for nothing here.
    pub async fn mints(&self) -> Result<bool, NodeError> {
        match self.ask_devnet("devnet_getConfig", "{}").await {
            Ok(()) => Ok(true),
            Err(NodeError::Refused(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Gives an account STRK.
    ///
    /// # Errors
    /// [`NodeError::Refused`] on every other network.
    pub async fn mint(&self, account: Felt, amount: Amount) -> Result<(), NodeError> {
        // Written by hand: the JSON library rounds a number this large.
        let params = format!(
            r#"{{"address": "{}", "amount": {amount}, "unit": "FRI"}}"#,
            format(&account)
        );
        self.ask_devnet("devnet_mint", &params).await
    }

    async fn ask_devnet(&self, method: &str, params: &str) -> Result<(), NodeError> {
        let body = format!(r#"{{"jsonrpc": "2.0", "id": 1, "method": "{method}", "params": {params}}}"#);
        let answer = self.raw(body).await?;
        let answer: Answer =
            serde_json::from_slice(&answer).map_err(|_| NodeError::Answer("not JSON-RPC".to_owned()))?;
        match answer.error {
            None => Ok(()),
            Some(refused) => {
                let told = format!("{} ({})", refused.message, refused.code);
                Err(NodeError::Refused(Revert::new(&told).text().to_owned()))
            }
        }
    }
}
