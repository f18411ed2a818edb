//! From the library's types to ours.

use super::{
    BlockEvents, BlockHead, BlockRef, EmittedEvent, EventQuery, NodeError, Revert,
    transport::{ANSWER, TransportError},
};
use starknet::{
    core::types::{
        BlockWithReceipts, BlockWithTxHashes, ContractExecutionError, EmittedEvent as ToldEvent, Event,
        ExecutionResult, FeePayment, Felt, PreConfirmedBlockWithReceipts, ReceiptBlock, StarknetError,
        TransactionReceipt, TransactionReceiptWithBlockInfo, TransactionWithReceipt,
    },
    providers::{ProviderError, jsonrpc::JsonRpcClientError},
};

pub(super) fn block_head(block: &BlockWithTxHashes) -> BlockHead {
    BlockHead {
        at: BlockRef {
            number: block.block_number,
            hash: block.block_hash,
        },
        parent: block.parent_hash,
        timestamp: block.timestamp,
    }
}

/// Refuses what was not asked for: a node that answers for other blocks or contracts is broken or lies.
pub(super) fn event(told: ToldEvent, query: &EventQuery) -> Result<EmittedEvent, NodeError> {
    let strange = |what: &str| NodeError::Answer(format!("an event {what}"));
    let (Some(hash), Some(number)) = (told.block_hash, told.block_number) else {
        return Err(strange("of no block"));
    };
    if !(query.from_block..=query.to_block).contains(&number) || told.from_address != query.contract {
        return Err(strange("that was not asked for"));
    }
    Ok(EmittedEvent {
        block: BlockRef { number, hash },
        transaction: told.transaction_hash,
        transaction_index: told.transaction_index,
        event_index: told.event_index,
        from: told.from_address,
        keys: told.keys,
        data: told.data,
    })
}

pub(super) fn block_events(block: BlockWithReceipts) -> BlockEvents {
    let head = BlockHead {
        at: BlockRef {
            number: block.block_number,
            hash: block.block_hash,
        },
        parent: block.parent_hash,
        timestamp: block.timestamp,
    };
    told_in(head, block.transactions)
}

/// It has no hash yet, and does not name its parent.
pub(super) fn pre_confirmed_events(block: PreConfirmedBlockWithReceipts) -> BlockEvents {
    let head = BlockHead {
        at: BlockRef {
            number: block.block_number,
            hash: Felt::ZERO,
        },
        parent: Felt::ZERO,
        timestamp: block.timestamp,
    };
    told_in(head, block.transactions)
}

fn told_in(head: BlockHead, transactions: Vec<TransactionWithReceipt>) -> BlockEvents {
    let at = head.at;
    let mut events = Vec::new();
    for (transaction_index, transaction) in transactions.into_iter().enumerate() {
        let receipt = transaction.receipt;
        if matches!(receipt.execution_result(), ExecutionResult::Reverted { .. }) {
            continue;
        }
        let hash = *receipt.transaction_hash();
        for (event_index, event) in events_of(receipt).into_iter().enumerate() {
            events.push(EmittedEvent {
                block: at,
                transaction: hash,
                transaction_index: transaction_index as u64,
                event_index: event_index as u64,
                from: event.from_address,
                keys: event.keys,
                data: event.data,
            });
        }
    }
    BlockEvents { head, events }
}

/// Where the transaction is in its block is not told with a receipt, so its place there is 0.
pub(super) fn receipt_events(transaction: Felt, found: TransactionReceiptWithBlockInfo) -> Vec<EmittedEvent> {
    let ReceiptBlock::Block {
        block_hash: hash,
        block_number: number,
    } = found.block
    else {
        return Vec::new();
    };
    if matches!(found.receipt.execution_result(), ExecutionResult::Reverted { .. }) {
        return Vec::new();
    }
    let events = events_of(found.receipt).into_iter().enumerate();
    events
        .map(|(event_index, event)| EmittedEvent {
            block: BlockRef { number, hash },
            transaction,
            transaction_index: 0,
            event_index: event_index as u64,
            from: event.from_address,
            keys: event.keys,
            data: event.data,
        })
        .collect()
}

fn events_of(receipt: TransactionReceipt) -> Vec<Event> {
    match receipt {
        TransactionReceipt::Invoke(receipt) => receipt.events,
        TransactionReceipt::L1Handler(receipt) => receipt.events,
        TransactionReceipt::Declare(receipt) => receipt.events,
        TransactionReceipt::Deploy(receipt) => receipt.events,
        TransactionReceipt::DeployAccount(receipt) => receipt.events,
    }
}

pub(super) fn actual_fee(receipt: &TransactionReceipt) -> &FeePayment {
    match receipt {
        TransactionReceipt::Invoke(receipt) => &receipt.actual_fee,
        TransactionReceipt::L1Handler(receipt) => &receipt.actual_fee,
        TransactionReceipt::Declare(receipt) => &receipt.actual_fee,
        TransactionReceipt::Deploy(receipt) => &receipt.actual_fee,
        TransactionReceipt::DeployAccount(receipt) => &receipt.actual_fee,
    }
}

pub(crate) fn error(error: ProviderError) -> NodeError {
    match error {
        ProviderError::StarknetError(error) => starknet_error(error),
        ProviderError::RateLimited => NodeError::Busy,
        ProviderError::ArrayLengthMismatch => NodeError::Answer("a list of another length".to_owned()),
        ProviderError::Other(other) => match other.as_any().downcast_ref::<JsonRpcClientError<TransportError>>() {
            Some(JsonRpcClientError::TransportError(error)) => transport_error(error),
            Some(JsonRpcClientError::JsonError(error)) => NodeError::Answer(error.to_string()),
            Some(JsonRpcClientError::JsonRpcError(error)) => {
                NodeError::Refused(Revert::new(&error.message).text().to_owned())
            }
            None => NodeError::Answer(other.to_string()),
        },
    }
}

pub(super) fn transport_error(error: &TransportError) -> NodeError {
    match error {
        TransportError::Http(error) if error.is_timeout() => NodeError::Slow(ANSWER),
        // The URL may hold a key of the node's operator.
        TransportError::Http(error) if error.is_connect() => NodeError::Unreachable("no connection".to_owned()),
        TransportError::Http(_) => NodeError::Unreachable("the connection broke".to_owned()),
        TransportError::Status(429) => NodeError::Busy,
        TransportError::Status(status) => NodeError::Unreachable(format!("HTTP status {status}")),
        TransportError::TooMuch => NodeError::TooMuch,
        TransportError::Json(_) | TransportError::Batch => NodeError::Answer("not JSON-RPC".to_owned()),
    }
}

fn starknet_error(error: StarknetError) -> NodeError {
    match error {
        StarknetError::BlockNotFound | StarknetError::NoBlocks => NodeError::NoSuchBlock,
        StarknetError::ContractNotFound => NodeError::NoSuchContract,
        StarknetError::EntrypointNotFound => NodeError::NoSuchFunction,
        StarknetError::TransactionHashNotFound => NodeError::NoSuchTransaction,
        StarknetError::InvalidContinuationToken => NodeError::StalePage,
        StarknetError::ContractError(data) => NodeError::Reverted(revert(&data.revert_error)),
        StarknetError::TransactionExecutionError(data) => executed(revert(&data.execution_error)),
        StarknetError::InvalidTransactionNonce(_) => NodeError::Nonce,
        StarknetError::InsufficientAccountBalance => NodeError::Funds,
        StarknetError::InsufficientResourcesForValidate | StarknetError::FeeBelowMinimum => NodeError::Fee,
        StarknetError::ValidationFailure(_) => NodeError::Signature,
        StarknetError::DuplicateTx => NodeError::Duplicate,
        StarknetError::ClassAlreadyDeclared => NodeError::Declared,
        other => NodeError::Refused(Revert::new(&other.to_string()).text().to_owned()),
    }
}

/// What an account of OpenZeppelin says of a signature that is not its owner's. (Its `account/account.cairo`.)
const INVALID_SIGNATURE: &str = "Account: invalid signature";

/// A node that estimates runs the account's own check as well, and tells of it as of any other panic.
fn executed(revert: Revert) -> NodeError {
    if revert.is(INVALID_SIGNATURE) {
        NodeError::Signature
    } else {
        NodeError::Reverted(revert)
    }
}

/// The innermost words of a trace: what the frames around them add is addresses.
fn revert(error: &ContractExecutionError) -> Revert {
    let mut error = error;
    loop {
        match error {
            ContractExecutionError::Nested(inner) => error = &inner.error,
            ContractExecutionError::Message(text) => return Revert::new(text),
        }
    }
}
