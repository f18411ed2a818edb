//! Signing with a key of ours, sending through a node's JSON-RPC.

use super::{Call, DeliverError, Fee, Outcome, Sender, SignedTransaction};
use crate::{
    key::LocalKey,
    node::{NodeError, Revert, RpcNode, error},
    number::{Felt, of_address},
};
use async_trait::async_trait;
use starknet::{
    accounts::{Account, ConnectedAccount, ExecutionEncoding, PreparedExecutionV3, SingleOwnerAccount},
    core::types::{
        BlockId, BlockTag, BroadcastedInvokeTransaction, Call as LibraryCall, ExecutionResult, FlattenedSierraClass,
        StarknetError, TransactionStatus,
    },
    providers::{Provider, ProviderError},
    signers::LocalWallet,
};
use std::sync::Arc;
use veriframe_core::Amount;

type LibraryAccount = SingleOwnerAccount<Arc<crate::node::RpcClient>, LocalWallet>;
type Prepared<'a> = PreparedExecutionV3<'a, LibraryAccount>;

const LATEST: BlockId = BlockId::Tag(BlockTag::Latest);

/// An account with one owner, whose key is here.
pub struct RpcSender {
    account: LibraryAccount,
    node: RpcNode,
}

impl std::fmt::Debug for RpcSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RpcSender")
            .field("account", &self.account.address())
            .finish_non_exhaustive()
    }
}

impl RpcSender {
    /// `chain_id` is the one that was agreed on, not what the node says today: a signature for another chain is
    /// worthless on it.
    pub fn new(node: RpcNode, key: &LocalKey, chain_id: Felt) -> Self {
        let address = of_address(&key.address());
        Self::at(node, key, address, chain_id)
    }

    /// For an account that does not derive from its key, such as one that was deployed by another wallet.
    pub fn at(node: RpcNode, key: &LocalKey, address: Felt, chain_id: Felt) -> Self {
        let wallet = LocalWallet::from(key.signing_key());
        let mut account = SingleOwnerAccount::new(node.client(), wallet, address, chain_id, ExecutionEncoding::New);
        account.set_block_id(LATEST);
        Self { account, node }
    }

    pub fn node(&self) -> &RpcNode {
        &self.node
    }

    pub(crate) async fn is_declared(&self, class: Felt) -> Result<bool, NodeError> {
        match self.account.provider().get_class(LATEST, class).await {
            Ok(_) => Ok(true),
            Err(ProviderError::StarknetError(StarknetError::ClassHashNotFound)) => Ok(false),
            Err(refused) => Err(error(refused)),
        }
    }

    /// Sends a class to the network, and does not wait for it.
    pub(crate) async fn declare(
        &self,
        class: Arc<FlattenedSierraClass>,
        compiled: Felt,
        limit: Amount,
    ) -> Result<(), DeliverError> {
        let nonce = self.nonce().await?.ok_or(DeliverError::NotDeployed)?;
        let declaration = self.account.declare_v3(class, compiled).nonce(nonce.into());
        let estimate = declaration.estimate_fee().await.map_err(account_error)?;
        let fee = Fee::with_margin(&estimate).within(limit)?;
        declaration
            .l1_gas(fee.l1_gas)
            .l1_gas_price(fee.l1_gas_price)
            .l2_gas(fee.l2_gas)
            .l2_gas_price(fee.l2_gas_price)
            .l1_data_gas(fee.l1_data_gas)
            .l1_data_gas_price(fee.l1_data_gas_price)
            .tip(0)
            .send()
            .await
            .map_err(account_error)?;
        Ok(())
    }

    /// A transaction that can be estimated and not sent.
    pub(super) async fn query(&self, calls: &[Call], nonce: u64) -> Result<BroadcastedInvokeTransaction, NodeError> {
        let prepared = self.prepared(calls, nonce, &Fee::default())?;
        let request = prepared.get_invoke_request(true, false).await;
        request.map_err(|_| NodeError::Signature)
    }

    fn prepared(&self, calls: &[Call], nonce: u64, fee: &Fee) -> Result<Prepared<'_>, NodeError> {
        self.account
            .execute_v3(Self::calls(calls))
            .nonce(Felt::from(nonce))
            .l1_gas(fee.l1_gas)
            .l1_gas_price(fee.l1_gas_price)
            .l2_gas(fee.l2_gas)
            .l2_gas_price(fee.l2_gas_price)
            .l1_data_gas(fee.l1_data_gas)
            .l1_data_gas_price(fee.l1_data_gas_price)
            // Without one, the library fetches a full block for the median.
            .tip(0)
            .prepared()
            .map_err(|_| NodeError::Refused("the transaction lacks a part".to_owned()))
    }

    fn calls(calls: &[Call]) -> Vec<LibraryCall> {
        calls
            .iter()
            .map(|call| LibraryCall {
                to: call.to,
                selector: call.selector,
                calldata: call.calldata.clone(),
            })
            .collect()
    }
}

#[async_trait]
impl Sender for RpcSender {
    fn account(&self) -> Felt {
        self.account.address()
    }

    async fn nonce(&self) -> Result<Option<u64>, NodeError> {
        self.node.nonce(self.account.address()).await
    }

    async fn estimate(&self, calls: &[Call], nonce: u64) -> Result<Fee, NodeError> {
        let execution = self.account.execute_v3(Self::calls(calls)).nonce(Felt::from(nonce));
        let estimate = execution.estimate_fee().await.map_err(account_error)?;
        Ok(Fee::with_margin(&estimate))
    }

    async fn sign(&self, calls: &[Call], nonce: u64, fee: &Fee) -> Result<SignedTransaction, NodeError> {
        let prepared = self.prepared(calls, nonce, fee)?;
        let request = prepared
            .get_invoke_request(false, false)
            .await
            .map_err(|_| NodeError::Signature)?;
        Ok(SignedTransaction {
            hash: prepared.transaction_hash(false),
            nonce,
            body: serde_json::to_string(&request).map_err(|_| NodeError::Signature)?,
        })
    }

    async fn submit(&self, transaction: &SignedTransaction) -> Result<(), NodeError> {
        let request: BroadcastedInvokeTransaction = serde_json::from_str(&transaction.body)
            .map_err(|_| NodeError::Refused("the stored transaction cannot be read".to_owned()))?;
        let sent = self.account.provider().add_invoke_transaction(request).await;
        let told = sent.map_err(error)?.transaction_hash;
        if told == transaction.hash {
            Ok(())
        } else {
            Err(NodeError::Answer("the hash of another transaction".to_owned()))
        }
    }

    async fn outcome(&self, hash: Felt) -> Result<Outcome, NodeError> {
        self.node.outcome(hash).await
    }
}

/// What is asked of transactions without signing any.
impl RpcNode {
    /// See [`Sender::nonce`].
    pub async fn nonce(&self, account: Felt) -> Result<Option<u64>, NodeError> {
        match self.client().get_nonce(LATEST, account).await.map_err(error) {
            Ok(nonce) => u64::try_from(nonce)
                .map(Some)
                .map_err(|_| NodeError::Answer("a nonce out of range".to_owned())),
            Err(NodeError::NoSuchContract) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub async fn outcome(&self, transaction: Felt) -> Result<Outcome, NodeError> {
        match self.client().get_transaction_status(transaction).await.map_err(error) {
            Ok(TransactionStatus::Received | TransactionStatus::Candidate | TransactionStatus::PreConfirmed(_)) => {
                Ok(Outcome::Waiting)
            }
            Ok(TransactionStatus::AcceptedOnL2(result) | TransactionStatus::AcceptedOnL1(result)) => Ok(match result {
                ExecutionResult::Succeeded => Outcome::Succeeded,
                ExecutionResult::Reverted { reason } => Outcome::Reverted(Revert::new(&reason)),
            }),
            Err(NodeError::NoSuchTransaction) => Ok(Outcome::Unknown),
            Err(error) => Err(error),
        }
    }
}

fn account_error<E>(refused: starknet::accounts::AccountError<E>) -> NodeError {
    use starknet::accounts::AccountError;
    match refused {
        AccountError::Provider(refused) => error(refused),
        AccountError::Signing(_) => NodeError::Signature,
        AccountError::ClassHashCalculation(_) | AccountError::FeeOutOfRange => {
            NodeError::Answer("a fee out of range".to_owned())
        }
    }
}
