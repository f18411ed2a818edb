//! A node behind its JSON-RPC.

use super::{
    BlockEvents, BlockHead, BlockRef, EmittedEvent, EventPage, EventQuery, MAX_PAGE, Node, NodeError, View,
    convert::{
        actual_fee, block_events, block_head, error, event, pre_confirmed_events, receipt_events, transport_error,
    },
    transport::{Transport, TransportError},
};
use crate::number::{Felt, integer};
use async_trait::async_trait;
use starknet::{
    core::types::{
        AddressFilter, BlockId, BlockTag, EventFilter, FunctionCall, MaybePreConfirmedBlockWithReceipts,
        MaybePreConfirmedBlockWithTxHashes, requests::GetBlockWithReceiptsRequest,
    },
    providers::{JsonRpcClient, Provider, Url, jsonrpc::JsonRpcMethod},
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use veriframe_core::Amount;

pub(crate) type RpcClient = JsonRpcClient<Transport>;

/// Clones share connections.
#[derive(Debug, Clone)]
pub struct RpcNode {
    client: Arc<RpcClient>,
    transport: Transport,
    /// The node was found to refuse several questions in one request.
    one_by_one: Arc<AtomicBool>,
}

const LATEST: BlockId = BlockId::Tag(BlockTag::Latest);
const PRE_CONFIRMED: BlockId = BlockId::Tag(BlockTag::PreConfirmed);

fn function_call(view: &View) -> FunctionCall {
    FunctionCall {
        contract_address: view.contract,
        entry_point_selector: view.selector,
        calldata: view.calldata.clone(),
    }
}

impl RpcNode {
    /// `url` is that of the JSON-RPC, such as `http://127.0.0.1:5050/rpc`.
    pub fn new(url: &str) -> Result<Self, NodeError> {
        let url = Url::parse(url.trim())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| NodeError::Refused(format!("{url} is not the address of a node")))?;
        let transport = Transport::new(url).map_err(|error| NodeError::Unreachable(error.to_string()))?;
        Ok(Self {
            client: Arc::new(JsonRpcClient::new(transport.clone())),
            transport,
            one_by_one: Arc::default(),
        })
    }

    /// What a transaction cost in STRK; `None` until it is in a block.
    pub async fn fee_paid(&self, transaction: Felt) -> Result<Option<Amount>, NodeError> {
        match self.client.get_transaction_receipt(transaction).await.map_err(error) {
            Ok(found) if found.block.is_block() => {
                let fee = integer::<u128>(actual_fee(&found.receipt).amount);
                let fee = fee.ok_or_else(|| NodeError::Answer("a fee out of range".to_owned()))?;
                Ok(Some(Amount::from_units(fee)))
            }
            Ok(_) | Err(NodeError::NoSuchTransaction) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What contracts told in a transaction; nothing until it is in a block, or when it was undone.
    pub async fn events_of(&self, transaction: Felt) -> Result<Vec<EmittedEvent>, NodeError> {
        match self.client.get_transaction_receipt(transaction).await.map_err(error) {
            Ok(found) => Ok(receipt_events(transaction, found)),
            Err(NodeError::NoSuchTransaction) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// The answer to a request that is no part of Starknet's own.
    pub(super) async fn raw(&self, body: String) -> Result<Vec<u8>, NodeError> {
        self.transport
            .answer(body)
            .await
            .map_err(|error| transport_error(&error))
    }

    /// `None`: the node does not do this, or not for all of these.
    async fn together(&self, numbers: &[u64]) -> Result<Option<Vec<BlockEvents>>, NodeError> {
        if numbers.len() < 2 || self.one_by_one.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let asked: Vec<_> = numbers
            .iter()
            .map(|number| GetBlockWithReceiptsRequest {
                block_id: BlockId::Number(*number),
                response_flags: None,
            })
            .collect();
        let method = JsonRpcMethod::GetBlockWithReceipts;
        let blocks: Vec<Option<MaybePreConfirmedBlockWithReceipts>> =
            match self.transport.ask_together(method, &asked).await {
                Ok(blocks) => blocks,
                Err(TransportError::Batch | TransportError::TooMuch) => {
                    self.one_by_one.store(true, Ordering::Relaxed);
                    return Ok(None);
                }
                Err(error) => return Err(transport_error(&error)),
            };
        // What is wrong with the others is told when they are asked for alone.
        blocks
            .into_iter()
            .zip(numbers)
            .map(|(block, number)| block.map(|block| receipts(block, *number)).transpose())
            .collect()
    }

    /// What the library's accounts send through.
    pub(crate) fn client(&self) -> Arc<RpcClient> {
        Arc::clone(&self.client)
    }
}

fn receipts(block: MaybePreConfirmedBlockWithReceipts, number: u64) -> Result<BlockEvents, NodeError> {
    match block {
        MaybePreConfirmedBlockWithReceipts::Block(block) if block.block_number == number => Ok(block_events(block)),
        MaybePreConfirmedBlockWithReceipts::Block(_) => Err(NodeError::Answer("another block".to_owned())),
        MaybePreConfirmedBlockWithReceipts::PreConfirmedBlock(_) => Err(NodeError::NoSuchBlock),
    }
}

#[async_trait]
impl Node for RpcNode {
    async fn chain_id(&self) -> Result<Felt, NodeError> {
        self.client.chain_id().await.map_err(error)
    }

    async fn head(&self) -> Result<BlockRef, NodeError> {
        let head = self.client.block_hash_and_number().await.map_err(error)?;
        Ok(BlockRef {
            number: head.block_number,
            hash: head.block_hash,
        })
    }

    async fn block(&self, number: u64) -> Result<BlockHead, NodeError> {
        match self.client.get_block_with_tx_hashes(BlockId::Number(number)).await {
            Ok(MaybePreConfirmedBlockWithTxHashes::Block(block)) if block.block_number == number => {
                Ok(block_head(&block))
            }
            Ok(MaybePreConfirmedBlockWithTxHashes::Block(_)) => Err(NodeError::Answer("another block".to_owned())),
            Ok(MaybePreConfirmedBlockWithTxHashes::PreConfirmedBlock(_)) => Err(NodeError::NoSuchBlock),
            Err(refused) => Err(error(refused)),
        }
    }

    async fn events(&self, query: &EventQuery) -> Result<EventPage, NodeError> {
        let filter = EventFilter {
            from_block: Some(BlockId::Number(query.from_block)),
            to_block: Some(BlockId::Number(query.to_block)),
            address: Some(AddressFilter::Single(query.contract)),
            keys: None,
        };
        let page_size = query.page_size.clamp(1, MAX_PAGE);
        let page = self
            .client
            .get_events(filter, query.token.clone(), page_size)
            .await
            .map_err(error)?;
        let events = page
            .events
            .into_iter()
            .map(|told| event(told, query))
            .collect::<Result<_, _>>()?;
        Ok(EventPage {
            events,
            next: page.continuation_token,
        })
    }

    async fn block_events(&self, number: u64) -> Result<BlockEvents, NodeError> {
        let block = self.client.get_block_with_receipts(BlockId::Number(number), None).await;
        receipts(block.map_err(error)?, number)
    }

    async fn blocks_events(&self, numbers: &[u64]) -> Result<Vec<BlockEvents>, NodeError> {
        if let Some(blocks) = self.together(numbers).await? {
            return Ok(blocks);
        }
        let mut blocks = Vec::with_capacity(numbers.len());
        for number in numbers {
            blocks.push(self.block_events(*number).await?);
        }
        Ok(blocks)
    }

    async fn view(&self, view: &View) -> Result<Vec<Felt>, NodeError> {
        self.client.call(function_call(view), LATEST).await.map_err(error)
    }

    async fn view_at(&self, view: &View, at: BlockRef) -> Result<Vec<Felt>, NodeError> {
        let asked = self.client.call(function_call(view), BlockId::Hash(at.hash)).await;
        match asked.map_err(error) {
            // A node without an archive may still know the state, as the newest one.
            Err(NodeError::NoSuchBlock | NodeError::Refused(_)) => {
                let answer = self.view(view).await?;
                if self.head().await? == at {
                    Ok(answer)
                } else {
                    Err(NodeError::NoSuchBlock)
                }
            }
            other => other,
        }
    }

    async fn pre_confirmed(&self) -> Result<Option<BlockEvents>, NodeError> {
        match self.client.get_block_with_receipts(PRE_CONFIRMED, None).await {
            Ok(MaybePreConfirmedBlockWithReceipts::PreConfirmedBlock(block)) => Ok(Some(pre_confirmed_events(block))),
            // Some nodes give the newest accepted one instead.
            Ok(MaybePreConfirmedBlockWithReceipts::Block(_)) => Ok(None),
            Err(refused) => match error(refused) {
                NodeError::NoSuchBlock => Ok(None),
                other => Err(other),
            },
        }
    }

    async fn class_hash_at(&self, contract: Felt) -> Result<Felt, NodeError> {
        self.client.get_class_hash_at(LATEST, contract).await.map_err(error)
    }
}
