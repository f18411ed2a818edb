//! The wallet page's own use cases.

use crate::setup::{Home, Network};
use veriframe_app::{
    chain::{self, Payment, What},
    keys::Lifetime,
    view::{KeyProtection, KeySource, MoneyDirection, NewKey, TransactionState, WalletPayment},
    wallet,
};
use veriframe_chain::{
    LocalKey,
    keystore::Cost,
    market::{Policy, Posting, market, pack_text},
    token::STRK,
};
use veriframe_core::Amount;

const CHEAP: Cost = Cost {
    memory_kib: 64,
    passes: 1,
    lanes: 1,
};
const PASSWORD: &str = "correct horse";

#[tokio::test]
async fn money_comes_in_goes_out_and_is_told() {
    let Some(network) = Network::start().await else { return };
    let home = Home::new();
    let app = network.open(&home).await;
    let page = wallet::wallet(&app).await.unwrap();
    assert!(page.has_chain && page.unit == "STRK" && !page.can_ask_for_credits);
    let empty = wallet::chain_wallet(&app).await.unwrap();
    assert_eq!((empty.network.as_str(), empty.balance.as_str()), ("Test network", "0"));
    assert!(empty.can_mint && !empty.deployed && empty.qr.size > 20);
    assert_eq!(empty.eth.as_deref(), Some("0"));

    wallet::fund_wallet(&app).await.unwrap();
    let funds = Amount::credits(1000);
    assert_eq!(network.balance(&app.address).await, funds);
    let payment = WalletPayment::Transfer {
        to: network.other.to_string(),
        amount: Amount::credits(2).to_string(),
    };
    let quote = wallet::quote_payment(&app, payment.clone()).await.unwrap();
    assert!(quote.deploys && quote.direction == MoneyDirection::Out, "{quote:?}");
    let before = network.balance(&network.other).await;
    let pay = async || {
        let (id, most) = (quote.id.clone(), quote.fee_most.clone());
        wallet::make_payment(&app, id, payment.clone(), most).await.unwrap()
    };
    // A double click.
    assert_eq!(pay().await, pay().await);
    assert_eq!(
        network.balance(&network.other).await.checked_sub(before),
        Some(Amount::credits(2))
    );

    let told = wallet::transactions(&app, String::new()).await.unwrap().entries;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter()
            .all(|entry| entry.state == TransactionState::Succeeded && !entry.can_open)
    );
    assert!(told[0].text.starts_with("To 0x"), "{}", told[0].text);
    let fees: Amount = told.iter().map(|entry| entry.fee.parse::<Amount>().unwrap()).sum();
    let left = network.balance(&app.address).await;
    assert_eq!(funds.units(), left.units() + Amount::credits(2).units() + fees.units());
    assert!(wallet::chain_wallet(&app).await.unwrap().deployed);

    let own = WalletPayment::Transfer {
        to: veriframe_chain::number::format(&network.at.market),
        amount: "5".to_owned(),
    };
    let lost = wallet::quote_payment(&app, own).await.unwrap_err();
    assert!(lost.message.contains("contract"), "{}", lost.message);
    let link = wallet::explorer_address(&app, told[0].hash.clone()).await.unwrap_err();
    assert_eq!(link.code, "invalid_state");
}

#[tokio::test]
async fn what_the_market_owes_is_withdrawn() {
    let Some(network) = Network::start().await else { return };
    let home = Home::new();
    let app = network.open(&home).await;
    wallet::fund_wallet(&app).await.unwrap();
    let nothing = wallet::quote_payment(&app, WalletPayment::Withdraw).await.unwrap_err();
    assert_eq!(nothing.code, "refused_by_contract");

    // A job that is cancelled again leaves its budget owed.
    let budget = Amount::credits(10);
    let posting = Posting {
        budget,
        deadline: 4_000_000_000,
        policy: Policy {
            challenge_window: 3600,
            self_assign: false,
        },
        spec: pack_text("{}"),
    };
    let head = veriframe_chain::node::Node::head(&network.node).await.unwrap();
    let now = veriframe_chain::node::Node::block(&network.node, head.number)
        .await
        .unwrap();
    let posting = Posting {
        deadline: now.timestamp + 7200,
        ..posting
    };
    let payment = |id: &str, what, calls, amount| Payment {
        id: id.to_owned(),
        what,
        words: "Bowling".to_owned(),
        calls,
        amount,
        job: "bowling".to_owned(),
        limit: Amount::credits(100),
    };
    let post = market::post_job(STRK, network.at.market, &posting);
    chain::pay(&app, &payment("post", What::PostJob, post, budget))
        .await
        .unwrap();
    let cancel = vec![market::cancel(network.at.market, 1)];
    chain::pay(&app, &payment("cancel", What::Cancel, cancel, budget))
        .await
        .unwrap();
    assert_eq!(wallet::chain_wallet(&app).await.unwrap().owed, budget.to_string());

    let quote = wallet::quote_payment(&app, WalletPayment::Withdraw).await.unwrap();
    assert_eq!(
        (quote.direction, quote.amount.clone()),
        (MoneyDirection::In, budget.to_string())
    );
    let before = network.balance(&app.address).await;
    wallet::make_payment(&app, quote.id, WalletPayment::Withdraw, quote.fee_most)
        .await
        .unwrap();
    let told = wallet::transactions(&app, String::new()).await.unwrap().entries;
    let fee: Amount = told[0].fee.parse().unwrap();
    let after = network.balance(&app.address).await;
    assert_eq!(after.units() + fee.units(), before.units() + budget.units());
    assert_eq!(wallet::chain_wallet(&app).await.unwrap().owed, "0");
}

#[tokio::test]
async fn a_locked_wallet_signs_nothing() {
    let Some(network) = Network::start().await else { return };
    let home = Home::new();
    let app = network.open(&home).await;
    wallet::fund_wallet(&app).await.unwrap();
    app.keys.protect(PASSWORD, CHEAP, Lifetime::Minutes(15)).unwrap();
    let payment = WalletPayment::Transfer {
        to: network.other.to_string(),
        amount: "7".to_owned(),
    };
    let quote = wallet::quote_payment(&app, payment.clone()).await.unwrap();
    wallet::lock_wallet(&app).await.unwrap();
    let pay = async || {
        let (id, most) = (quote.id.clone(), quote.fee_most.clone());
        wallet::make_payment(&app, id, payment.clone(), most).await
    };
    assert_eq!(pay().await.unwrap_err().code, "wallet_locked");
    assert_eq!(network.balance(&app.address).await, Amount::credits(1000));
    // What needs no signature goes on.
    let page = wallet::wallet(&app).await.unwrap();
    assert!(page.key.locked && page.key.protection == KeyProtection::Password);
    assert_eq!(
        wallet::chain_wallet(&app).await.unwrap().balance,
        Amount::credits(1000).to_string()
    );
    assert!(
        wallet::transactions(&app, String::new())
            .await
            .unwrap()
            .entries
            .is_empty()
    );

    let wrong = wallet::unlock_wallet(&app, "wrong horse".to_owned()).await.unwrap_err();
    assert_eq!(wrong.code, "wrong_password");
    wallet::unlock_wallet(&app, PASSWORD.to_owned()).await.unwrap();
    pay().await.unwrap();
}

#[tokio::test]
async fn another_key_is_taken_and_the_old_one_kept() {
    let Some(network) = Network::start().await else { return };
    let home = Home::new();
    let app = network.open(&home).await;
    let other = LocalKey::from_hex("0x1234").unwrap();
    let new = |text: &str| NewKey {
        source: KeySource::Text,
        text: text.to_owned(),
        path: String::new(),
        password: String::new(),
        protect_with: String::new(),
    };
    for wrong in ["", "1234", "0x0", "0x1234567g"] {
        let refused = wallet::import_key(&app, new(wrong)).await.unwrap_err();
        assert_eq!(refused.code, "invalid_settings");
    }
    let file = home.path().join("mine.json");
    std::fs::write(&file, veriframe_chain::keystore::lock(&other, PASSWORD, CHEAP).unwrap()).unwrap();
    let aside = wallet::import_key(
        &app,
        NewKey {
            source: KeySource::File,
            path: file.to_string_lossy().into_owned(),
            password: PASSWORD.to_owned(),
            ..new("")
        },
    )
    .await
    .unwrap();
    assert!(
        std::fs::read_to_string(aside)
            .unwrap()
            .contains(&app.address.to_string())
    );
    let page = wallet::wallet(&app).await.unwrap();
    assert!(page.key.replaced && page.address == app.address.to_string());
    assert_eq!(network.open(&home).await.address, other.address());
}
