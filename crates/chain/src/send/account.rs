//! Putting an account on the chain.

use super::{Call, DeliverError, Fee, Patience, RpcSender};
use crate::{
    account::ACCOUNT_CLASS,
    key::LocalKey,
    node::{Node, NodeError, RpcClient, RpcNode, error},
    number::{Felt, of_address},
};
use starknet::{
    accounts::{AccountFactory, AccountFactoryError, OpenZeppelinAccountFactory},
    core::types::{BlockId, BlockTag, BroadcastedTransaction},
    providers::Provider,
    signers::LocalWallet,
};
use std::sync::Arc;
use veriframe_core::Amount;

/// Deploys the account that derives from a key, which pays for it itself: it must have been sent some STRK before. Nothing
/// happens when the account is there. Its nonce is 0, so it happens at most once, however often it is called.
/// Answers with the transaction's hash when this call sent it.
///
/// # Errors
/// [`NodeError::Funds`] when the account cannot pay, [`DeliverError::Fee`] when it would cost more than `limit`.
pub async fn deploy_account(
    node: &RpcNode,
    key: &LocalKey,
    chain_id: Felt,
    limit: Amount,
    patience: Patience,
) -> Result<Option<Felt>, DeliverError> {
    let address = of_address(&key.address());
    if node.is_deployed(address).await? {
        return Ok(None);
    }
    let factory = factory(node, key, chain_id).await;
    let deployment = factory.deploy_v3(key.public_key()).nonce(Felt::ZERO).tip(0);
    let estimate = deployment.estimate_fee().await.map_err(factory_error)?;
    let fee = Fee::with_margin(&estimate).within(limit)?;
    let sent = deployment
        .l1_gas(fee.l1_gas)
        .l1_gas_price(fee.l1_gas_price)
        .l2_gas(fee.l2_gas)
        .l2_gas_price(fee.l2_gas_price)
        .l1_data_gas(fee.l1_data_gas)
        .l1_data_gas_price(fee.l1_data_gas_price)
        .send()
        .await
        .map_err(factory_error);
    let transaction = match sent {
        Ok(sent) => Some(sent.transaction_hash),
        // Another process was faster, or the answer to an earlier try was lost.
        Err(NodeError::Duplicate | NodeError::Nonce) => None,
        Err(error) => return Err(error.into()),
    };
    if patience.wait_for(|| node.is_deployed(address)).await? {
        Ok(transaction)
    } else {
        let transaction = transaction.unwrap_or(Felt::ZERO);
        Err(DeliverError::Waiting { transaction })
    }
}

/// What deploying the account costs, and what the calls cost right after it. Nothing is sent.
///
/// # Errors
/// [`NodeError::Reverted`] when a contract would refuse the calls.
pub async fn estimate_with_deployment(
    sender: &RpcSender,
    key: &LocalKey,
    chain_id: Felt,
    calls: &[Call],
) -> Result<[Fee; 2], NodeError> {
    let factory = factory(sender.node(), key, chain_id).await;
    let prepared = factory
        .deploy_v3(key.public_key())
        .nonce(Felt::ZERO)
        .l1_gas(0)
        .l1_gas_price(0)
        .l2_gas(0)
        .l2_gas_price(0)
        .l1_data_gas(0)
        .l1_data_gas_price(0)
        .tip(0)
        .prepared()
        .map_err(|_| NodeError::Refused("the transaction lacks a part".to_owned()))?;
    let deploy = prepared.get_deploy_request(true, false).await;
    let deploy = deploy.map_err(|_| NodeError::Signature)?;
    let transactions = [
        BroadcastedTransaction::DeployAccount(deploy),
        BroadcastedTransaction::Invoke(sender.query(calls, 1).await?),
    ];
    let client = sender.node().client();
    let estimates = client
        .estimate_fee(transactions, [], BlockId::Tag(BlockTag::Latest))
        .await
        .map_err(error)?;
    match estimates.as_slice() {
        [deploy, calls] => Ok([Fee::with_margin(deploy), Fee::with_margin(calls)]),
        _ => Err(NodeError::Answer("another number of estimates".to_owned())),
    }
}

async fn factory(
    node: &RpcNode,
    key: &LocalKey,
    chain_id: Felt,
) -> OpenZeppelinAccountFactory<LocalWallet, Arc<RpcClient>> {
    let wallet = LocalWallet::from(key.signing_key());
    let Ok(factory) = OpenZeppelinAccountFactory::new(ACCOUNT_CLASS, chain_id, wallet, node.client()).await;
    factory
}

fn factory_error<E>(refused: AccountFactoryError<E>) -> NodeError {
    match refused {
        AccountFactoryError::Provider(refused) => error(refused),
        AccountFactoryError::Signing(_) => NodeError::Signature,
        AccountFactoryError::FeeOutOfRange => NodeError::Answer("a fee out of range".to_owned()),
    }
}
