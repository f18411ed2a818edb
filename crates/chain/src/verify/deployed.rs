//! Asking an account's own contract whether a signature is its owner's. (SNIP-6, "Standard Account Interface".)

use super::AuthError;
use crate::{
    challenge::{self, Challenge},
    market::selector,
    node::{Node, NodeError, View},
    number::{self, Felt},
};

/// What the contract answers to a good signature: `'VALID'`.
const VALID: Felt = Felt::from_hex_unchecked("0x56414c4944");
/// Numbers in a signature. An account of several keys or of another curve needs more than two.
pub const SIGNATURE_AT_MOST: usize = 64;

/// Whether the chain can say who owns the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its contract accepted the signature.
    Accepted,
    /// Nothing is at the address: who owns it follows from the public key alone ([`super::verify_undeployed`]).
    Undeployed,
}

/// Why it is not known, or known to be wrong, that the account signed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DeployedError {
    /// The caller's fault.
    #[error(transparent)]
    Refused(#[from] AuthError),
    /// Nothing was decided.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// Nothing was decided: what another chain says of the address is about another account.
    #[error("the chain's node is on another chain")]
    OtherChain,
}

/// Asks the contract at the challenge's address. A node that fails leaves it undecided, also whether there is a contract
/// at all: the first key of an account whose key was changed still derives its address, and must not open it.
///
/// `chain_id` is the chain that is meant. The caller checks that the challenge is its own, unused and in time.
pub async fn verify_deployed(
    node: &dyn Node,
    chain_id: Felt,
    challenge: &Challenge,
    signature: &[String],
) -> Result<Standing, DeployedError> {
    let numbers = numbers(signature)?;
    let hash = challenge::hash(challenge).map_err(AuthError::from)?;
    let account = number::of_address(&challenge.address);
    if node.chain_id().await? != chain_id {
        return Err(DeployedError::OtherChain);
    }
    if !node.is_deployed(account).await? {
        return Ok(Standing::Undeployed);
    }
    let mut calldata = vec![hash, Felt::from(numbers.len())];
    calldata.extend(numbers);
    let asked = View {
        contract: account,
        selector: selector("is_valid_signature"),
        calldata,
    };
    match node.view(&asked).await {
        Ok(answer) if answer == [VALID] => Ok(Standing::Accepted),
        // Some contracts say no by another answer, some by a revert, and some are no accounts.
        Ok(_) | Err(NodeError::Reverted(_) | NodeError::NoSuchFunction) => Err(AuthError::AccountRefused.into()),
        // Also when the contract was there a moment ago: the chain was reorganised in between.
        Err(error) => Err(error.into()),
    }
}

fn numbers(signature: &[String]) -> Result<Vec<Felt>, AuthError> {
    if !(1..=SIGNATURE_AT_MOST).contains(&signature.len()) {
        return Err(AuthError::SignatureLength);
    }
    let read = |text: &String| number::parse(text).map_err(|_| AuthError::SignatureNumber);
    signature.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_is_the_word() {
        assert_eq!(VALID, Felt::from_bytes_be_slice(b"VALID"));
    }

    #[test]
    fn a_signature_is_a_short_list_of_numbers() {
        let of = |texts: &[&str]| numbers(&texts.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(of(&["0x1", "0x0", "0x2"]), Ok(vec![Felt::ONE, Felt::ZERO, Felt::TWO]));
        assert_eq!(of(&["0x1"; SIGNATURE_AT_MOST]).unwrap().len(), SIGNATURE_AT_MOST);
        assert_eq!(of(&["0x1"; SIGNATURE_AT_MOST + 1]), Err(AuthError::SignatureLength));
        assert_eq!(of(&[]), Err(AuthError::SignatureLength));
        let too_large = format!("0x{}", "f".repeat(64));
        for bad in ["", "1", "0xg", too_large.as_str()] {
            assert_eq!(of(&["0x1", bad]), Err(AuthError::SignatureNumber), "{bad}");
        }
    }
}
