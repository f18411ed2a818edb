//! What the chain refuses, for people.

use crate::exit::{Exit, Failure};
use veriframe_chain::{
    Felt, deploy::DeployError, deployment::DeploymentError, market::Refusal, node::NodeError, send::DeliverError,
};

pub fn of_deployment(error: &DeploymentError) -> Failure {
    let hint = "Make one with veriframe chain deploy, or ask whoever runs the market for theirs.";
    Failure::new(Exit::BadInput, "no_deployment", sentence(error), hint)
}

pub fn no_node() -> Failure {
    let hint = "Set STARKNET_RPC_URL, or name a node with --rpc.";
    Failure::new(Exit::BadInput, "no_node", "No node of Starknet is named.", hint)
}

pub fn of_chain(found: Felt, wanted: Felt) -> Failure {
    let message = format!("The node is on the chain {found:#x}, and the contracts are on {wanted:#x}.");
    Failure::new(Exit::BadInput, "wrong_chain", message, "Use a node of that chain.")
}

pub fn of_node(error: &NodeError) -> Failure {
    match error {
        NodeError::Reverted(revert) => match Refusal::of(revert) {
            Some(refusal) => Failure::new(
                Exit::Failed,
                &refusal.code.to_lowercase(),
                refusal.message,
                "Nothing was sent.",
            ),
            None => Failure::new(Exit::Failed, "reverted", sentence(error), "Nothing was sent."),
        },
        NodeError::Funds => Failure::new(
            Exit::Money,
            "no_funds",
            sentence(error),
            "Send the account some STRK. Nothing was sent.",
        ),
        error if error.is_transient() => Failure::new(
            Exit::Coordinator,
            "chain_unavailable",
            sentence(error),
            "Look at the address of the node, and try again: it goes on where it stopped.",
        ),
        _ => Failure::new(Exit::Failed, "chain_refused", sentence(error), ""),
    }
}

pub fn of_deploy(error: &DeployError) -> Failure {
    match error {
        DeployError::Node(error) => of_node(error),
        DeployError::Deliver(refused @ (DeliverError::Node(_) | DeliverError::NotDeployed | DeliverError::Fee(_))) => {
            of_deliver(refused)
        }
        _ => Failure::new(
            Exit::Failed,
            "not_deployed",
            sentence(error),
            "Run the command again with the same options: it goes on where it stopped.",
        ),
    }
}

pub fn of_deliver(error: &DeliverError) -> Failure {
    match error {
        DeliverError::Node(error) => of_node(error),
        DeliverError::NotDeployed => Failure::new(
            Exit::Money,
            "no_account",
            "The account is not on the chain yet.",
            "Deploy it with the wallet that made it, or name it with --account.",
        ),
        DeliverError::Fee(refused) => Failure::new(
            Exit::Money,
            "fee_too_high",
            format!(
                "The network asks for up to {} STRK for one transaction, and {} is the most that may be paid.",
                refused.asked.to_credits(),
                refused.limit.to_credits()
            ),
            "Wait until the network is less busy, or allow more with --max-fee. Nothing was sent.",
        ),
        DeliverError::Reverted { why, .. } => {
            let (code, message) = match Refusal::of(why) {
                Some(refusal) => (refusal.code.to_lowercase(), refusal.message.to_owned()),
                None => ("reverted".to_owned(), sentence(error)),
            };
            Failure::new(Exit::Failed, &code, message, "Only the fee was spent.")
        }
        DeliverError::Waiting { .. } => Failure::new(
            Exit::Failed,
            "waiting",
            sentence(error),
            "It may still happen: look at the job or the worker before trying again.",
        ),
        DeliverError::Journal(_) => Failure::new(Exit::Failed, "internal", sentence(error), "Nothing was sent."),
    }
}

fn sentence(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
