//! From a key to an account that pays.

use crate::setup::{LIMIT, PATIENCE};
use veriframe_chain::{
    Felt, LocalKey,
    market::{Views, erc20},
    node::{Node, NodeError, RpcNode},
    number::parse,
    send::{Call, DeliverError, MemoryJournal, RpcSender, Sender, deliver, deploy_account},
};
use veriframe_core::Amount;
use veriframe_peers::{Archive, Devnet, STRK};

#[tokio::test]
async fn an_account_is_paid_before_it_is_there() {
    let Some(devnet) = Devnet::start(Archive::None) else {
        return;
    };
    let node = RpcNode::new(&devnet.rpc()).unwrap();
    let (chain_id, token) = (node.chain_id().await.unwrap(), parse(STRK).unwrap());
    let key = LocalKey::generate().unwrap();
    let address = Felt::from_bytes_be(key.address().as_bytes());
    let sender = RpcSender::new(node.clone(), &key, chain_id);
    let transfer = |units: u128| -> [Call; 1] { [erc20::transfer(token, &key.address(), Amount::from_units(units))] };
    let journal = MemoryJournal::default();

    assert_eq!(sender.nonce().await.unwrap(), None);
    let early = deliver(&sender, &journal, "early", &transfer(1), LIMIT, PATIENCE).await;
    assert!(matches!(early, Err(DeliverError::NotDeployed)), "{early:?}");
    let poor = deploy_account(&node, &key, chain_id, LIMIT, PATIENCE).await;
    assert!(
        matches!(poor, Err(DeliverError::Node(NodeError::Funds | NodeError::Reverted(_)))),
        "{poor:?}"
    );

    let funds = Amount::credits(3);
    devnet.mint(&key.address().to_string(), funds.units());
    let balance = async || Views { node: &node }.balance(token, address).await.unwrap();
    assert_eq!(balance().await, funds);
    let dear = deploy_account(&node, &key, chain_id, Amount::from_units(1), PATIENCE).await;
    assert!(matches!(dear, Err(DeliverError::Fee(_))), "{dear:?}");
    deploy_account(&node, &key, chain_id, LIMIT, PATIENCE).await.unwrap();
    assert_eq!(sender.nonce().await.unwrap(), Some(1));
    let left = balance().await;
    assert!(left < funds);
    deploy_account(&node, &key, chain_id, LIMIT, PATIENCE).await.unwrap();
    assert_eq!(balance().await, left, "the second time nothing was sent");
    deliver(&sender, &journal, "now", &transfer(5), LIMIT, PATIENCE)
        .await
        .unwrap();
    assert_eq!(sender.nonce().await.unwrap(), Some(2));

    // More than there is.
    let much = deliver(&sender, &journal, "much", &transfer(u128::MAX), LIMIT, PATIENCE).await;
    assert!(
        matches!(much, Err(DeliverError::Node(NodeError::Reverted(_)))),
        "{much:?}"
    );
    // A signature for another chain.
    let elsewhere = RpcSender::new(node.clone(), &key, Felt::from_bytes_be_slice(b"SN_MAIN"));
    let refused = deliver(&elsewhere, &journal, "elsewhere", &transfer(1), LIMIT, PATIENCE).await;
    assert!(refused.is_err());
    assert_eq!(sender.nonce().await.unwrap(), Some(2));
}
