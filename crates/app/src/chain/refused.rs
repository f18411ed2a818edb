//! What the chain says no with, in words for people.

use crate::{db::DbError, view::CommandError};
use veriframe_chain::{
    market::Refusal,
    node::{NodeError, Revert},
    send::{DeliverError, FeeError, JournalError},
};
use veriframe_core::Amount;

/// Panics of the tokens that are paid in: the account has less than it is to give.
const TOO_LITTLE: [&str; 2] = ["u256_sub Overflow", "ERC20: insufficient balance"];
/// The panic of the account's own contract.
const NOT_ITS_KEY: &str = "Account: invalid signature";
/// Letters of a stranger's reason that are shown.
const SHOWN: usize = 200;

pub fn of_node(error: NodeError) -> CommandError {
    match error {
        NodeError::Reverted(why) => of_revert(&why, "Nothing was sent, and nothing was paid."),
        NodeError::Funds => CommandError::new(
            "insufficient_funds",
            "The wallet holds too little STRK for this and its fee.",
            "Send it some STRK. Nothing was paid.",
        ),
        NodeError::Fee => CommandError::new(
            "fee_too_high",
            "The network's price rose while this was under way.",
            "Try again: nothing is paid twice.",
        ),
        NodeError::Signature => rejected_signature(),
        NodeError::NoSuchContract | NodeError::NoSuchFunction => CommandError::new(
            "wrong_contract",
            "On the chain, the market is not where it should be.",
            "Nothing was paid. Get the market's chain.json anew from whoever runs it.",
        ),
        NodeError::Nonce | NodeError::Duplicate => CommandError::new(
            "chain_unavailable",
            "Another program of this account was faster.",
            "Try again: nothing is paid twice.",
        ),
        error if error.is_transient() => CommandError::new(
            "chain_unavailable",
            format!("{}.", first_upper(&error.to_string())),
            "Nothing is lost, and nothing is paid twice. Try again in a moment, or name another node in Settings.",
        ),
        error => {
            tracing::warn!(%error, "the chain's node refused");
            CommandError::new(
                "chain_refused",
                format!("{}.", cut(&first_upper(&error.to_string()))),
                "Nothing was paid.",
            )
        }
    }
}

pub fn of_deliver(error: DeliverError) -> CommandError {
    match error {
        DeliverError::Node(error) => of_node(error),
        DeliverError::Fee(FeeError { asked, limit }) => fee_too_high(asked, limit),
        DeliverError::Reverted { why, .. } => of_revert(&why, "Only the network's fee was spent."),
        DeliverError::Waiting { .. } => CommandError::new(
            "chain_waiting",
            "The network took the transaction and has not finished it yet.",
            "Try again in a moment: it goes on from there, and nothing is paid twice.",
        ),
        DeliverError::NotDeployed => CommandError::new(
            "chain_unavailable",
            "The account is not on the chain yet.",
            "Try again in a moment: nothing was paid.",
        ),
        DeliverError::Journal(JournalError(error)) => match error.downcast::<DbError>() {
            Ok(error) => (*error).into(),
            Err(error) => CommandError::internal(&*error),
        },
    }
}

pub(super) fn fee_too_high(asked: Amount, limit: Amount) -> CommandError {
    CommandError::new(
        "fee_too_high",
        format!(
            "The network asks for a fee of up to {} STRK, and {} is the most that was agreed to.",
            asked.to_credits(),
            limit.to_credits()
        ),
        "Nothing was sent. Wait until the network is less busy, or agree to the new fee.",
    )
}

pub(super) fn too_little(has: Amount, needs: Amount) -> CommandError {
    CommandError::new(
        "insufficient_funds",
        format!(
            "This takes up to {} STRK with its fee, and the wallet holds {}.",
            needs.to_credits(),
            has.to_credits()
        ),
        "Send some STRK to the address on the Wallet page. Nothing was paid.",
    )
}

fn of_revert(why: &Revert, safe: &str) -> CommandError {
    if let Some(refusal) = Refusal::of(why) {
        return CommandError::new("refused_by_contract", refusal.message, safe);
    }
    if TOO_LITTLE.iter().any(|panic| why.is(panic)) {
        return CommandError::new(
            "insufficient_funds",
            "The wallet holds too little STRK for this.",
            format!("Send some STRK to the address on the Wallet page. {safe}"),
        );
    }
    if why.is(NOT_ITS_KEY) {
        return rejected_signature();
    }
    tracing::warn!(%why, "a contract refused");
    CommandError::new(
        "refused_by_contract",
        format!("A contract on the chain refused: {}", cut(why.text())),
        safe,
    )
}

fn rejected_signature() -> CommandError {
    CommandError::new(
        "rejected_signature",
        "The account on the chain does not accept this key's signature.",
        "Nothing was paid. If the account's key was changed with another wallet, import that key.",
    )
}

fn cut(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

fn first_upper(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use veriframe_chain::Felt;

    fn panicked(with: &str) -> NodeError {
        let number = Felt::from_bytes_be_slice(with.as_bytes());
        NodeError::Reverted(Revert::new(&format!("Execution failed. Failure reason: {number:#x}.")))
    }

    #[test]
    fn each_reason_has_its_code() {
        assert_eq!(of_node(panicked("PAUSED")).code, "refused_by_contract");
        assert_eq!(of_node(panicked("u256_sub Overflow")).code, "insufficient_funds");
        assert_eq!(of_node(panicked(NOT_ITS_KEY)).code, "rejected_signature");
        assert_eq!(of_node(panicked("SOMETHING")).code, "refused_by_contract");
        assert_eq!(of_node(NodeError::Signature).code, "rejected_signature");
        assert_eq!(of_node(NodeError::Busy).code, "chain_unavailable");
        assert_eq!(of_node(NodeError::NoSuchContract).code, "wrong_contract");
        let dear = FeeError {
            asked: Amount::credits(2),
            limit: Amount::credits(1),
        };
        assert_eq!(of_deliver(dear.into()).code, "fee_too_high");
        let full = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None);
        let full = JournalError(Box::new(DbError::from(full)));
        assert_eq!(of_deliver(full.into()).code, "no_space");
    }

    #[test]
    fn a_long_reason_is_cut() {
        let error = of_node(NodeError::Reverted(Revert::new(&"x".repeat(3000))));
        assert!(error.message.len() < 300);
    }
}
