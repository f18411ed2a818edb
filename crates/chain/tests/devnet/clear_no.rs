//! What can be wrong with a payment: it is told clearly, nothing is lost, and nothing was sent.
//!
//! Here: another chain, another contract, no funds, a fee that is too high, a signature of another key. In
//! `crates/coordinator/tests/it/sign_in_on_chain.rs`, for signing in: a challenge that ran out or was used, a signature for another origin,
//! chain, purpose or account, a contract that does not accept it, and a node that does not answer.

use crate::setup::{LIMIT, Market, PATIENCE, Person};
use veriframe_chain::{
    Felt, LocalKey,
    market::{erc20, market},
    node::NodeError,
    number::of_address,
    send::{Call, DeliverError, MemoryJournal, RpcSender, Sender, deliver},
};
use veriframe_core::Amount;

struct Victim {
    market: Market,
    balance: Amount,
    nonce: Option<u64>,
}

impl Victim {
    async fn new() -> Option<Self> {
        let market = Market::start().await?;
        let (balance, nonce) = Self::of(&market, &market.creator).await;
        Some(Self { market, balance, nonce })
    }

    async fn of(market: &Market, who: &Person) -> (Amount, Option<u64>) {
        (market.balance(who.felt()).await, who.sender.nonce().await.unwrap())
    }

    /// A key that signs for the creator's address, for a chain.
    fn sender(&self, key: &LocalKey, chain_id: Felt) -> RpcSender {
        RpcSender::at(self.market.node.clone(), key, self.market.creator.felt(), chain_id)
    }

    fn key(&self) -> LocalKey {
        let accounts = self.market.devnet.accounts();
        let creator = self.market.creator.felt();
        let is_creator = |address: &str| address.parse().is_ok_and(|address| of_address(&address) == creator);
        let found = accounts.into_iter().find(|account| is_creator(&account.address));
        LocalKey::from_hex(&found.unwrap().private_key).unwrap()
    }

    /// What is said; the account is as it was.
    async fn refused(&self, sender: &RpcSender, calls: &[Call], limit: Amount) -> DeliverError {
        let refused = deliver(sender, &MemoryJournal::default(), "no", calls, limit, PATIENCE).await;
        let found = Self::of(&self.market, &self.market.creator).await;
        assert_eq!(
            found,
            (self.balance, self.nonce),
            "nothing was paid and nothing was sent"
        );
        refused.unwrap_err()
    }

    fn payment(&self) -> [Call; 1] {
        let to = &self.market.other.address;
        [erc20::transfer(self.market.at.token, to, Amount::credits(1))]
    }
}

#[tokio::test]
async fn a_payment_that_cannot_be_right_is_not_made() {
    let Some(victim) = Victim::new().await else { return };
    let m = &victim.market;
    let (creator, payment) = (&m.creator.sender, victim.payment());

    // Signed for another chain, and by another key: the account's own contract does not take it.
    let elsewhere = victim.sender(&victim.key(), Felt::from_bytes_be_slice(b"SN_MAIN"));
    let error = victim.refused(&elsewhere, &payment, LIMIT).await;
    assert!(matches!(error, DeliverError::Node(NodeError::Signature)), "{error:?}");
    let stranger = victim.sender(&LocalKey::generate().unwrap(), m.at.chain_id);
    let error = victim.refused(&stranger, &payment, LIMIT).await;
    assert!(matches!(error, DeliverError::Node(NodeError::Signature)), "{error:?}");
    assert!(error.to_string().contains("signature"), "{error}");

    // The market is said to be where the token is, and where nothing is.
    let posting = m.posting(false).await;
    for wrong in [m.at.token, Felt::from(0xdead)] {
        let error = victim
            .refused(creator, &market::post_job(m.at.token, wrong, &posting), LIMIT)
            .await;
        assert!(matches!(error, DeliverError::Node(NodeError::Reverted(_))), "{error:?}");
        assert!(error.to_string().contains("the contract refused"), "{error}");
    }

    // More than there is.
    let much = victim.balance.checked_add(Amount::from_units(1)).unwrap();
    let much = [erc20::transfer(m.at.token, &m.other.address, much)];
    let error = victim.refused(creator, &much, LIMIT).await;
    assert!(
        matches!(error, DeliverError::Node(NodeError::Reverted(_) | NodeError::Funds)),
        "{error:?}"
    );

    // The network asks for more than was allowed.
    let error = victim.refused(creator, &payment, Amount::from_units(1)).await;
    assert!(matches!(error, DeliverError::Fee(_)), "{error:?}");

    // And the same payment is made when nothing is wrong.
    m.send(&m.creator, &payment).await;
    assert_eq!(creator.nonce().await.unwrap(), victim.nonce.map(|nonce| nonce + 1));
}
