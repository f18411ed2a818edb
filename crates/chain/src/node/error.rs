//! Why a node did not answer, or refused.

use crate::number::Felt;
use std::time::Duration;

#[derive(Debug, Clone, thiserror::Error)]
pub enum NodeError {
    #[error("the chain's node could not be reached: {0}")]
    Unreachable(String),
    #[error("the chain's node did not answer within {} s", .0.as_secs())]
    Slow(Duration),
    #[error("the chain's node sent an answer that is too long")]
    TooMuch,
    #[error("the answer of the chain's node makes no sense: {0}")]
    Answer(String),
    #[error("the chain's node asks us to wait")]
    Busy,
    #[error("there is no such block")]
    NoSuchBlock,
    #[error("no contract is at this address")]
    NoSuchContract,
    #[error("the contract has no such function")]
    NoSuchFunction,
    #[error("there is no such transaction")]
    NoSuchTransaction,
    /// A page's token that the node no longer knows, such as after a reorganisation.
    #[error("the chain's node no longer knows where the last page ended")]
    StalePage,
    #[error("the contract refused: {0}")]
    Reverted(Revert),
    #[error("the transaction's nonce is not the account's next one")]
    Nonce,
    #[error("the account's funds do not pay for the transaction")]
    Funds,
    #[error("the fee offered is below what the network asks for now")]
    Fee,
    #[error("the account does not accept the signature")]
    Signature,
    #[error("the network has this transaction already")]
    Duplicate,
    #[error("the class is declared already")]
    Declared,
    #[error("the chain's node refused: {0}")]
    Refused(String),
}

/// Why a contract undid a call. Nodes give no more than a text; it may come from anywhere in the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revert {
    text: String,
}

/// What is kept of a text that a stranger wrote.
const MAX_TEXT: usize = 4000;

impl Revert {
    pub fn new(text: &str) -> Self {
        Self {
            text: text.chars().take(MAX_TEXT).collect(),
        }
    }

    /// Whether the contract panicked with this short string. A panic is told as the number that the string makes, with
    /// or without the string behind it.
    pub fn is(&self, panic: &str) -> bool {
        let number = format!("{:#x}", Felt::from_bytes_be_slice(panic.as_bytes()));
        self.text
            .split(|other: char| !other.is_ascii_alphanumeric())
            .any(|word| word == number)
    }

    pub fn text(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Display for Revert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl NodeError {
    /// Whether the same question may be answered a little later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::Slow(_) | Self::Busy | Self::Answer(_) | Self::TooMuch | Self::StalePage
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_found_by_its_number() {
        let told = "Transaction execution has failed: 0x4a4f425f4e4f545f4f50454e ('JOB_NOT_OPEN').";
        assert!(Revert::new(told).is("JOB_NOT_OPEN"));
        assert!(!Revert::new(told).is("JOB_NOT"));
        assert!(!Revert::new("JOB_NOT_OPEN").is("JOB_NOT_OPEN"));
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(Revert::new(&"x".repeat(1 << 20)).text().len(), MAX_TEXT);
    }
}
