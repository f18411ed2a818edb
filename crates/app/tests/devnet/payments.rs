//! Paying once, and refusing with a reason.

use crate::setup::{Home, Network};
use veriframe_app::{
    Context,
    chain::{self, Payment, What},
    db::transactions::{self, TransactionRow},
};
use veriframe_chain::{
    Felt,
    market::{erc20, market},
    send::Call,
    token::STRK,
};
use veriframe_core::{Address, Amount};

const ONE: Amount = Amount::credits(1);
const PLENTY: Amount = Amount::credits(100);

fn transfer(id: &str, to: &Address, amount: Amount) -> Payment {
    Payment {
        id: id.to_owned(),
        what: What::Transfer,
        words: "To a friend".to_owned(),
        calls: vec![erc20::transfer(STRK, to, amount)],
        amount,
        job: String::new(),
        limit: PLENTY,
    }
}

async fn quoted(ctx: &Context, payment: &Payment) -> Result<chain::Quote, String> {
    let quote = chain::quote(ctx, &payment.calls, payment.spends()).await;
    quote.map_err(|error| error.code)
}

async fn code(ctx: &Context, payment: &Payment) -> String {
    match chain::pay(ctx, payment).await {
        Ok(delivered) => panic!("paid with {:#x}", delivered.transaction),
        Err(error) => error.code,
    }
}

async fn history(ctx: &Context) -> Vec<TransactionRow> {
    let owner = transactions::Owner {
        chain: ctx.chain().unwrap().chain_name(),
        account: ctx.address.to_string(),
    };
    let rows = ctx
        .db
        .call(move |conn| Ok(transactions::page(conn, &owner, i64::MAX, 100)?));
    rows.await.unwrap()
}

#[tokio::test]
async fn a_payment_happens_once_however_often_it_is_asked_for() {
    let Some(network) = Network::start().await else { return };
    let home = Home::new();
    let app = network.open(&home).await;
    let payment = transfer("gift", &network.other, ONE);
    let funds = Amount::credits(50);
    network.mint(&app.address, funds);
    let before = network.balance(&network.other).await;

    let quote = quoted(&app, &payment).await.unwrap();
    assert!(quote.deploys && quote.balance == funds, "{quote:?}");
    let agreed = Payment {
        limit: quote.fee_most,
        ..payment.clone()
    };
    let first = chain::pay(&app, &agreed).await.unwrap();
    let second = chain::pay(&app, &agreed).await.unwrap();
    assert_eq!(first, second);
    // The program starts again, and does not know that it was done.
    let again = network.open(&home).await;
    assert_eq!(chain::pay(&again, &agreed).await.unwrap(), first);

    let paid = network.balance(&network.other).await.checked_sub(before);
    assert_eq!(paid, Some(ONE));
    let rows = history(&again).await;
    let told: Vec<_> = rows.iter().map(|row| (row.what.as_str(), row.state.as_str())).collect();
    assert_eq!(told, [("transfer", "succeeded"), ("deploy", "succeeded")]);
    let fees: Amount = rows.iter().map(|row| row.fee.parse::<Amount>().unwrap()).sum();
    assert!(fees <= quote.fee_most, "{fees} of {}", quote.fee_most);
    let left = network.balance(&app.address).await;
    assert_eq!(left.checked_add(ONE).unwrap().checked_add(fees), Some(funds));
    // Now that the account is there.
    assert!(!quoted(&app, &payment).await.unwrap().deploys);
}

#[tokio::test]
async fn payments_that_start_together_all_happen() {
    let Some(network) = Network::start().await else { return };
    let home = Home::new();
    let app = network.open(&home).await;
    network.mint(&app.address, PLENTY);
    let before = network.balance(&network.other).await;
    let payments = ["a", "b", "c", "a"].map(|id| transfer(id, &network.other, ONE));
    let paid = futures_util::future::join_all(payments.iter().map(|payment| chain::pay(&app, payment))).await;
    assert!(paid.iter().all(Result::is_ok), "{paid:?}");
    let got = network.balance(&network.other).await.checked_sub(before);
    assert_eq!(got, ONE.checked_mul(3));
}

#[tokio::test]
async fn too_little_money_is_said_before_anything_is_signed() {
    let Some(network) = Network::start().await else { return };
    let home = Home::new();
    let app = network.open(&home).await;
    let payment = transfer("gift", &network.other, ONE);
    // Nothing at all; less than the amount; the amount without the fee.
    for more in [Amount::ZERO, Amount::from_units(1000), ONE] {
        network.mint(&app.address, more);
        let has = network.balance(&app.address).await;
        let wanted = Payment {
            amount: has.max(ONE),
            calls: vec![erc20::transfer(STRK, &network.other, has.max(ONE))],
            ..payment.clone()
        };
        assert_eq!(quoted(&app, &wanted).await.unwrap_err(), "insufficient_funds");
        assert_eq!(code(&app, &wanted).await, "insufficient_funds");
        assert_eq!(network.balance(&app.address).await, has, "nothing was spent");
    }
    assert!(history(&app).await.is_empty());
    assert!(!app.chain().unwrap().is_deployed(&app.address).await.unwrap());
    network.mint(&app.address, PLENTY);
    chain::pay(&app, &payment).await.unwrap();
}

#[tokio::test]
async fn a_fee_above_what_was_agreed_to_is_not_paid() {
    let Some(network) = Network::start().await else { return };
    let home = Home::new();
    let app = network.open(&home).await;
    network.mint(&app.address, Amount::credits(100_000));
    chain::pay(&app, &transfer("first", &network.other, ONE)).await.unwrap();
    let payment = transfer("gift", &network.other, ONE);
    network.price_gas(1_000_000_000);
    let quote = quoted(&app, &payment).await.unwrap();
    let agreed = Payment {
        limit: quote.fee_most,
        ..payment
    };
    let has = network.balance(&app.address).await;
    network.price_gas(50_000_000_000);
    assert_eq!(code(&app, &agreed).await, "fee_too_high");
    assert_eq!(network.balance(&app.address).await, has);
    network.price_gas(1_000_000_000);
    chain::pay(&app, &agreed).await.unwrap();
    let spent = has.checked_sub(network.balance(&app.address).await).unwrap();
    assert!(spent.checked_sub(ONE).unwrap() <= quote.fee_most);
}

#[tokio::test]
async fn a_contracts_reason_is_told_in_its_own_sentence() {
    let Some(network) = Network::start().await else { return };
    let home = Home::new();
    let app = network.open(&home).await;
    network.mint(&app.address, PLENTY);
    let withdraw: [Call; 1] = [market::withdraw(network.at.market)];
    let error = chain::quote(&app, &withdraw, Amount::ZERO).await.unwrap_err();
    assert_eq!(error.code, "refused_by_contract");
    assert_eq!(error.message, "Nothing is owed to this account.");
    let payment = Payment {
        id: "withdraw".to_owned(),
        what: What::Withdraw,
        calls: withdraw.to_vec(),
        ..transfer("", &network.other, ONE)
    };
    assert_eq!(code(&app, &payment).await, "refused_by_contract");
    assert_eq!(network.balance(&app.address).await, PLENTY);
    assert!(history(&app).await.is_empty());
}

#[tokio::test]
async fn another_chain_or_contract_gets_no_signature() {
    let Some(mut network) = Network::start().await else {
        return;
    };
    let right = network.at.clone();
    let home = Home::new();
    let payment = transfer("gift", &network.other, ONE);
    network.at.chain_id = Felt::from_bytes_be_slice(b"SN_MAIN");
    let app = network.open(&home).await;
    network.mint(&app.address, PLENTY);
    let error = chain::pay(&app, &payment).await.unwrap_err();
    assert_eq!(error.code, "wrong_chain");
    assert!(error.message.contains("SN_MAIN"), "{}", error.message);

    network.at = right.clone();
    network.at.market = Felt::from(0x1234);
    assert_eq!(code(&*network.open(&home).await, &payment).await, "wrong_contract");
    network.at = right.clone();
    network.at.registry = right.market;
    assert_eq!(code(&*network.open(&home).await, &payment).await, "wrong_contract");
    assert_eq!(network.balance(&app.address).await, PLENTY);

    network.at = right;
    let app = network.open(&home).await;
    assert!(history(&app).await.is_empty());
    chain::pay(&app, &payment).await.unwrap();
}

#[tokio::test]
async fn a_node_that_is_away_costs_nothing() {
    let Some(mut network) = Network::start().await else {
        return;
    };
    let home = Home::new();
    let app = network.open(&home).await;
    network.mint(&app.address, PLENTY);
    let payment = transfer("gift", &network.other, ONE);
    quoted(&app, &payment).await.unwrap();
    network.devnet.kill();
    assert_eq!(quoted(&app, &payment).await.unwrap_err(), "chain_unavailable");
    assert_eq!(code(&app, &payment).await, "chain_unavailable");
    assert!(history(&app).await.is_empty());
}
