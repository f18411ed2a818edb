//! What those who are trusted can do, and when.

use crate::setup::{BUDGET, Market};
use veriframe_chain::{
    Felt,
    deploy::deploy,
    market::{market, registry, selector},
    send::Call,
};

fn call(to: Felt, name: &str, calldata: Vec<Felt>) -> Call {
    Call {
        to,
        selector: selector(name),
        calldata,
    }
}

#[tokio::test]
async fn a_deployment_that_is_begun_again_finds_everything_there() {
    let Some(m) = Market::start().await else { return };
    let nonce = m.owner_nonce().await;
    let again = deploy(&m.owner.sender, &m.plan).await.unwrap();
    assert_eq!((again.market, again.registry), (m.at.market, m.at.registry));
    assert_eq!(m.owner_nonce().await, nonce, "no transaction was sent");
}

#[tokio::test]
async fn a_pause_stops_what_is_new_and_no_money() {
    let Some(m) = Market::start().await else { return };
    let job = m.post(false).await;
    m.refused(&m.creator, &[registry::pause(m.at.market)], "NOT_OWNER")
        .await;
    m.send(&m.owner, &[registry::pause(m.at.market)]).await;
    let posted = market::post_job(m.at.token, m.at.market, &m.posting(false).await);
    m.refused(&m.creator, &posted, "PAUSED").await;
    m.send(&m.creator, &[market::cancel(m.at.market, job)]).await;
    let before = m.balance(m.creator.felt()).await;
    m.send(&m.other, &[market::withdraw_for(m.at.market, &m.creator.address)])
        .await;
    assert_eq!(m.balance(m.creator.felt()).await.checked_sub(before), Some(BUDGET));
    m.refused(&m.owner, &[registry::unpause(m.at.registry)], "NOT_PAUSED")
        .await;
    m.send(&m.owner, &[registry::unpause(m.at.market)]).await;
    m.post(false).await;
    m.assert_conserved().await;
}

#[tokio::test]
async fn an_upgrade_waits_two_days() {
    let Some(m) = Market::start().await else { return };
    let class = m.at.registry_class;
    let propose = [call(m.at.market, "propose_upgrade", vec![class])];
    let execute = [call(m.at.market, "execute_upgrade", Vec::new())];
    m.refused(&m.other, &propose, "NOT_OWNER").await;
    m.refused(&m.owner, &execute, "NO_UPGRADE").await;
    m.send(&m.owner, &propose).await;
    m.wait(48 * 3600 - 60);
    m.refused(&m.owner, &execute, "UPGRADE_TOO_EARLY").await;
    m.send(&m.owner, &[call(m.at.market, "cancel_upgrade", Vec::new())])
        .await;
    m.refused(&m.owner, &execute, "NO_UPGRADE").await;
    m.send(&m.owner, &propose).await;
    m.wait(48 * 3600 + 1);
    m.send(&m.owner, &execute).await;
    // The market has the registry's code now: what the owner can at worst do is seen for two days.
    assert!(m.views().job_count(m.at.market).await.is_err());
}

#[tokio::test]
async fn roles_are_given_by_the_owner_alone() {
    let Some(m) = Market::start().await else { return };
    let other = m.other.felt();
    let scheduler = registry::set_role(m.at.market, "scheduler", other, true);
    m.refused(&m.other, std::slice::from_ref(&scheduler), "NOT_OWNER").await;
    m.register(&m.worker, veriframe_core::Amount::ZERO).await;
    let job = m.post(false).await;
    let assign = market::assign(m.at.market, job, &m.worker.address);
    m.refused(&m.other, std::slice::from_ref(&assign), "NOT_SCHEDULER")
        .await;
    m.send(&m.owner, &[scheduler]).await;
    m.send(&m.other, &[assign]).await;
    let market_again = registry::set_role(m.at.registry, "market", other, true);
    m.refused(&m.owner, &[market_again], "ROLE_FIXED").await;
    let slash = call(m.at.registry, "slash", vec![m.worker.felt(), job.into(), other]);
    m.refused(&m.owner, &[slash], "NOT_MARKET").await;
    m.send(&m.owner, &[call(m.at.market, "transfer_ownership", vec![other])])
        .await;
    m.refused(
        &m.worker,
        &[call(m.at.market, "accept_ownership", Vec::new())],
        "NOT_PENDING_OWNER",
    )
    .await;
    m.send(&m.other, &[call(m.at.market, "accept_ownership", Vec::new())])
        .await;
    m.refused(&m.owner, &[registry::pause(m.at.market)], "NOT_OWNER").await;
}
