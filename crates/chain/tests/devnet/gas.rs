//! What each entry point costs.

use crate::setup::{BOND, BUDGET, JOB_STAKE, Market, settle};
use serde_json::json;
use veriframe_chain::{
    market::{market, pack_text, registry},
    send::{Call, Delivered},
};
use veriframe_core::Amount;

/// L2 gas, by an independent way of asking.
fn l2_gas(m: &Market, delivered: &Delivered) -> u64 {
    let hash = format!("{:#x}", delivered.transaction);
    let receipt = m
        .devnet
        .call("starknet_getTransactionReceipt", &json!({"transaction_hash": hash}));
    receipt["execution_resources"]["l2_gas"].as_u64().expect("a number")
}

#[tokio::test]
async fn every_entry_point_is_measured() {
    let Some(m) = Market::start().await else { return };
    let (token, at, reg) = (m.at.token, m.at.market, m.at.registry);
    let print = |name: &str, delivered: &Delivered| {
        let gas = l2_gas(&m, delivered);
        println!("gas: {name:<40} {gas:>12} L2 gas");
        gas
    };
    let run = async |name: &str, who, calls: Vec<Call>| {
        let delivered = m.send(who, &calls).await;
        print(name, &delivered)
    };
    run(
        "register (approve, stake)",
        &m.worker,
        registry::register(token, reg, JOB_STAKE, &pack_text("{}")),
    )
    .await;
    run("update", &m.worker, vec![registry::update(reg, &pack_text("{}"))]).await;
    run("verify", &m.owner, vec![registry::verify(reg, &m.worker.address, true)]).await;
    run(
        "add_stake (approve)",
        &m.worker,
        registry::add_stake(token, reg, JOB_STAKE),
    )
    .await;
    run("unstake", &m.worker, vec![registry::unstake(reg, Amount::credits(1))]).await;
    m.wait(8 * 24 * 3600);
    run("withdraw_stake", &m.worker, vec![registry::withdraw_stake(reg)]).await;

    // Figures are of whole transactions: what the account does to check the signature and to pay the fee is in them. The
    // first job makes cells that all later ones share.
    let posting = m.posting(false).await;
    let posted = market::post_job(token, at, &posting);
    run("post_job and approve, the first ever", &m.creator, posted.clone()).await;
    run("post_job and approve", &m.creator, posted.clone()).await;
    m.send(&m.creator, &posted[..1]).await;
    let gas = run("post_job", &m.creator, posted[1..].to_vec()).await;
    assert!(gas < 4_000_000, "{gas}");
    run("cancel", &m.creator, vec![market::cancel(at, 2)]).await;
    run("withdraw", &m.creator, vec![market::withdraw(at)]).await;
    run(
        "assign, by the scheduler",
        &m.owner,
        vec![market::assign(at, 1, &m.worker.address)],
    )
    .await;

    let settlement = settle(&[(&m.worker, Amount::credits(6)), (&m.other, Amount::credits(2))]);
    m.commit(&m.owner, 1, &settlement).await;
    run("reveal", &m.owner, vec![m.reveal_call(1, &settlement)]).await;
    run("challenge (approve)", &m.other, market::challenge(token, at, BOND, 1)).await;
    run("resolve", &m.owner, vec![market::resolve(at, 1, 10_000)]).await;
    run("claim", &m.worker, vec![m.claim_call(1, &settlement, &m.worker)]).await;
    run(
        "withdraw_for",
        &m.owner,
        vec![market::withdraw_for(at, &m.worker.address)],
    )
    .await;

    let job = m.shown(&settlement).await;
    run("accept", &m.creator, vec![market::accept(at, job)]).await;
    let job = m.post(true).await;
    run(
        "assign, by the worker",
        &m.worker,
        vec![market::assign(at, job, &m.worker.address)],
    )
    .await;
    m.wait(7201);
    run("expire", &m.other, vec![market::expire(at, job)]).await;
    m.assert_conserved().await;
    assert_eq!(m.views().job(at, job).await.unwrap().budget, BUDGET);
}
