//! Putting an account on the chain.

use super::{DeliverError, Fee, Patience};
use crate::{
    account::ACCOUNT_CLASS,
    key::LocalKey,
    node::{Node, NodeError, RpcNode, error},
    number::{Felt, of_address},
};
use starknet::{
    accounts::{AccountFactory, AccountFactoryError, OpenZeppelinAccountFactory},
    signers::LocalWallet,
};
use veriframe_core::Amount;

/// Deploys the account that derives from a key, which pays for it itself: it must have been sent some STRK before. Nothing
/// happens when the account is there. Its nonce is 0, so it happens at most once, however often it is called.
///
/// # Errors
/// [`NodeError::Funds`] when the account cannot pay, [`DeliverError::Fee`] when it would cost more than `limit`.
pub async fn deploy_account(
    node: &RpcNode,
    key: &LocalKey,
    chain_id: Felt,
    limit: Amount,
    patience: Patience,
) -> Result<(), DeliverError> {
    let address = of_address(&key.address());
    if node.is_deployed(address).await? {
        return Ok(());
    }
    let wallet = LocalWallet::from(key.signing_key());
    let Ok(factory) = OpenZeppelinAccountFactory::new(ACCOUNT_CLASS, chain_id, wallet, node.client()).await;
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
        Ok(sent) => sent.transaction_hash,
        // Another process was faster, or the answer to an earlier try was lost.
        Err(NodeError::Duplicate | NodeError::Nonce) => Felt::ZERO,
        Err(error) => return Err(error.into()),
    };
    if patience.wait_for(async || node.is_deployed(address).await).await? {
        Ok(())
    } else {
        Err(DeliverError::Waiting { transaction })
    }
}

fn factory_error<E>(refused: AccountFactoryError<E>) -> NodeError {
    match refused {
        AccountFactoryError::Provider(refused) => error(refused),
        AccountFactoryError::Signing(_) => NodeError::Signature,
        AccountFactoryError::FeeOutOfRange => NodeError::Answer("a fee out of range".to_owned()),
    }
}
