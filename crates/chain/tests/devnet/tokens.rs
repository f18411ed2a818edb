//! Tokens that do not do what they say.

use crate::setup::{BUDGET, Market, Person, TERMS};
use starknet::core::types::contract::CompiledClass;
use veriframe_chain::{
    Felt,
    deploy::{Artifact, declare, place},
    market::{market, selector},
    node::{Node, View},
    send::Call,
};
use veriframe_core::Amount;

macro_rules! token {
    ($name:literal) => {
        (
            include_str!(concat!(
                "../../../../contracts/artifacts/testing/",
                $name,
                ".sierra.json"
            )),
            include_str!(concat!("../../../../contracts/artifacts/testing/", $name, ".casm.json")),
        )
    };
}

async fn deploy_token(owner: &Person, (sierra, casm): (&'static str, &str)) -> Felt {
    let compiled: CompiledClass = serde_json::from_str(casm).unwrap();
    let artifact = Artifact {
        sierra,
        compiled: compiled.class_hash().unwrap(),
    };
    let class = declare(&owner.sender, artifact, &TERMS).await.unwrap();
    place(&owner.sender, class, &[], &TERMS).await.unwrap()
}

fn call(to: Felt, name: &str, calldata: Vec<Felt>) -> Call {
    Call {
        to,
        selector: selector(name),
        calldata,
    }
}

#[tokio::test]
async fn a_transfer_that_answers_no_is_no_payment() {
    let Some(m) = Market::start_with(async |owner| deploy_token(owner, token!("RefusingToken")).await).await else {
        return;
    };
    let creator = m.creator.felt();
    let mint = vec![creator, Felt::from(BUDGET.units()), Felt::ZERO];
    m.send(&m.owner, &[call(m.at.token, "mint", mint)]).await;
    let refusing = |on: bool| call(m.at.token, "set_refusing", vec![Felt::from(on)]);
    let posted = market::post_job(m.at.token, m.at.market, &m.posting(false).await);

    m.send(&m.owner, &[refusing(true)]).await;
    m.refused(&m.creator, &posted, "TRANSFER_FAILED").await;
    m.send(&m.owner, &[refusing(false)]).await;
    m.send(&m.creator, &posted).await;
    m.send(&m.creator, &[market::cancel(m.at.market, 1)]).await;
    m.send(&m.owner, &[refusing(true)]).await;
    m.refused(&m.creator, &[market::withdraw(m.at.market)], "TRANSFER_FAILED")
        .await;
    assert_eq!(m.views().owed(m.at.market, creator).await.unwrap(), BUDGET);
    m.send(&m.owner, &[refusing(false)]).await;
    m.send(&m.creator, &[market::withdraw(m.at.market)]).await;
    assert_eq!(m.balance(creator).await, BUDGET);
    m.assert_conserved().await;
}

#[tokio::test]
async fn a_token_that_calls_back_is_paid_once() {
    let Some(m) = Market::start_with(async |owner| deploy_token(owner, token!("ReenteringToken")).await).await else {
        return;
    };
    let creator = m.creator.felt();
    let twice = Felt::from(2 * BUDGET.units());
    m.send(&m.owner, &[call(m.at.token, "mint", vec![creator, twice, Felt::ZERO])])
        .await;
    let posted = market::post_job(m.at.token, m.at.market, &m.posting(false).await);
    m.send(&m.creator, &posted).await;
    m.send(&m.creator, &posted).await;
    m.send(&m.creator, &[market::cancel(m.at.market, 1)]).await;
    m.send(&m.owner, &[call(m.at.token, "set_attack", vec![m.at.market, creator])])
        .await;
    m.send(&m.creator, &[market::withdraw(m.at.market)]).await;
    assert_eq!(m.balance(creator).await, BUDGET);
    assert_eq!(m.balance(m.at.market).await, BUDGET, "the other job's money is there");
    let told = m
        .node
        .view(&View {
            contract: m.at.token,
            selector: selector("last_attack"),
            calldata: Vec::new(),
        })
        .await
        .unwrap();
    assert_eq!(told, [Felt::from_bytes_be_slice(b"REENTRANT_CALL")]);
    let totals = m.views().market_totals(m.at.market).await.unwrap();
    assert_eq!((totals.escrow, totals.owed), (BUDGET, Amount::ZERO));
}
