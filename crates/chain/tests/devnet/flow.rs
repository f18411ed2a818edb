//! A job from the first payment to the last.

use crate::setup::{BOND, BUDGET, JOB_STAKE, Market, WINDOW, settle};
use std::slice::from_ref;
use veriframe_chain::{
    market::{JobState, market, registry},
    send::Sender,
};
use veriframe_core::Amount;

#[tokio::test]
async fn a_job_is_paid_to_the_smallest_unit() {
    let Some(m) = Market::start().await else { return };
    m.register(&m.worker, Amount::ZERO).await;
    m.register(&m.other, Amount::ZERO).await;
    let (first, second) = (Amount::from_units(3_000_000_000_000_000_001), Amount::credits(4));
    let settlement = settle(&[(&m.worker, first), (&m.other, second)]);
    let job = m.shown(&settlement).await;
    assert_eq!(job, 1);
    m.assert_conserved().await;
    let totals = m.views().market_totals(m.at.market).await.unwrap();
    assert_eq!((totals.escrow, totals.bonds), (BUDGET, BOND));

    m.refused(&m.other, &[market::finalise(m.at.market, job)], "WINDOW_OPEN")
        .await;
    m.send(&m.creator, &[market::accept(m.at.market, job)]).await;
    m.assert_conserved().await;
    let refund = Amount::from_units(BUDGET.units() - first.units() - second.units());
    assert_eq!(m.views().owed(m.at.market, m.creator.felt()).await.unwrap(), refund);

    // Anybody may claim for a worker, and it goes to the worker.
    m.send(&m.creator, &[m.claim_call(job, &settlement, &m.worker)]).await;
    m.send(&m.other, &[m.claim_call(job, &settlement, &m.other)]).await;
    m.refused(&m.other, &[m.claim_call(job, &settlement, &m.other)], "ALREADY_CLAIMED")
        .await;
    m.assert_conserved().await;
    for (person, amount) in [(&m.worker, first), (&m.other, second), (&m.creator, refund)] {
        let before = m.balance(person.felt()).await;
        m.send(&m.owner, &[market::withdraw_for(m.at.market, &person.address)])
            .await;
        let after = m.balance(person.felt()).await;
        assert_eq!(after.checked_sub(before), Some(amount));
        m.refused(person, &[market::withdraw(m.at.market)], "NOTHING_OWED")
            .await;
    }
    m.send(&m.owner, &[market::withdraw(m.at.market)]).await;
    assert_eq!(m.balance(m.at.market).await, Amount::ZERO);
    m.assert_conserved().await;
    let worker = m.views().worker(m.at.registry, m.worker.felt()).await.unwrap();
    assert_eq!(worker.reputation, 505);
}

#[tokio::test]
async fn a_worker_takes_a_job_by_itself() {
    let Some(m) = Market::start().await else { return };
    let job = m.post(true).await;
    let assign = market::assign(m.at.market, job, &m.worker.address);
    m.refused(&m.worker, from_ref(&assign), "NOT_REGISTERED").await;
    m.register(&m.worker, Amount::credits(1)).await;
    m.refused(&m.worker, from_ref(&assign), "STAKE_TOO_SMALL").await;
    m.send(
        &m.worker,
        &registry::add_stake(m.at.token, m.at.registry, Amount::credits(4)),
    )
    .await;
    m.refused(&m.other, from_ref(&assign), "NOT_SCHEDULER").await;
    m.send(&m.worker, from_ref(&assign)).await;
    m.refused(&m.owner, &[assign], "JOB_NOT_OPEN").await;
    let worker = m.views().worker(m.at.registry, m.worker.felt()).await.unwrap();
    assert_eq!((worker.stake, worker.locked), (JOB_STAKE, JOB_STAKE));
    m.refused(
        &m.worker,
        &[registry::unstake(m.at.registry, Amount::from_units(1))],
        "STAKE_TOO_SMALL",
    )
    .await;
    m.refused(&m.worker, &[registry::deregister(m.at.registry)], "STAKE_LOCKED")
        .await;

    let settlement = settle(&[(&m.worker, BUDGET)]);
    m.refused(&m.worker, &[m.reveal_call(job, &settlement)], "JOB_NOT_COMMITTED")
        .await;
    m.commit(&m.worker, job, &settlement).await;
    // Somebody who copies the result cannot show it.
    m.refused(&m.other, &[m.reveal_call(job, &settlement)], "NOT_AGGREGATOR")
        .await;
    let another = settle(&[(&m.worker, Amount::credits(1))]);
    m.refused(&m.worker, &[m.reveal_call(job, &another)], "WRONG_REVEAL")
        .await;
    m.send(&m.worker, &[m.reveal_call(job, &settlement)]).await;
    m.wait(u64::from(WINDOW) + 1);
    m.refused(
        &m.other,
        &market::challenge(m.at.token, m.at.market, BOND, job),
        "WINDOW_CLOSED",
    )
    .await;
    m.send(&m.other, &[market::finalise(m.at.market, job)]).await;
    let worker = m.views().worker(m.at.registry, m.worker.felt()).await.unwrap();
    assert_eq!(worker.locked, Amount::ZERO);
    m.send(&m.worker, &[m.claim_call(job, &settlement, &m.worker)]).await;
    let owed = m.views().owed(m.at.market, m.worker.felt()).await.unwrap();
    assert_eq!(owed, Amount::from_units(BUDGET.units() + BOND.units()));
    m.assert_conserved().await;
}

#[tokio::test]
async fn disputes_end_in_three_ways() {
    let Some(m) = Market::start().await else { return };
    m.register(&m.worker, Amount::ZERO).await;
    let settlement = settle(&[(&m.worker, Amount::credits(8))]);
    let half = Amount::from_units(BOND.units() / 2);

    // The result stands: the challenger loses.
    let job = m.shown(&settlement).await;
    let challenge = market::challenge(m.at.token, m.at.market, BOND, job);
    m.refused(&m.owner, &challenge, "IS_AGGREGATOR").await;
    let small = market::challenge(m.at.token, m.at.market, half, job);
    m.refused(&m.other, &small, "BAD_BOND").await;
    m.send(&m.other, &challenge).await;
    m.refused(&m.creator, &[market::accept(m.at.market, job)], "JOB_NOT_CHALLENGEABLE")
        .await;
    m.refused(&m.creator, &[market::resolve(m.at.market, job, 10_000)], "NOT_ARBITER")
        .await;
    m.send(&m.owner, &[market::resolve(m.at.market, job, 10_000)]).await;
    m.assert_conserved().await;
    let owed = async |who| m.views().owed(m.at.market, who).await.unwrap();
    assert_eq!(owed(m.other.felt()).await, Amount::ZERO);
    assert_eq!(owed(m.treasury.felt()).await, half);
    assert_eq!(owed(m.owner.felt()).await, BOND.checked_add(half).unwrap());

    // It does not stand: the creator has everything back.
    let before = owed(m.creator.felt()).await;
    let job = m.shown(&settlement).await;
    m.send(&m.other, &market::challenge(m.at.token, m.at.market, BOND, job))
        .await;
    m.send(&m.owner, &[market::resolve(m.at.market, job, 0)]).await;
    m.assert_conserved().await;
    assert_eq!(owed(m.creator.felt()).await.checked_sub(before), Some(BUDGET));
    assert_eq!(owed(m.other.felt()).await, BOND.checked_add(half).unwrap());
    assert_eq!(owed(m.treasury.felt()).await, BOND);

    // Nobody decides: half of each amount.
    let job = m.shown(&settlement).await;
    m.send(&m.other, &market::challenge(m.at.token, m.at.market, BOND, job))
        .await;
    let by_default = market::resolve_by_default(m.at.market, job);
    m.refused(&m.other, from_ref(&by_default), "ARBITER_TIME_OPEN").await;
    m.wait(7 * 24 * 3600 + 1);
    m.refused(&m.owner, &[market::resolve(m.at.market, job, 0)], "ARBITER_TIME_PASSED")
        .await;
    m.send(&m.creator, &[by_default]).await;
    m.send(&m.creator, &[m.claim_call(job, &settlement, &m.worker)]).await;
    m.assert_conserved().await;
    assert_eq!(owed(m.worker.felt()).await, Amount::credits(4));
    let job = m.views().job(m.at.market, job).await.unwrap();
    assert_eq!(job.state, JobState::Finalised);
}

#[tokio::test]
async fn a_job_that_nobody_finishes_is_refunded() {
    let Some(m) = Market::start().await else { return };
    let owed = async |contract, who| m.views().owed(contract, who).await.unwrap();

    let job = m.post(false).await;
    m.refused(&m.other, &[market::cancel(m.at.market, job)], "NOT_CREATOR")
        .await;
    m.refused(&m.other, &[market::expire(m.at.market, job)], "DEADLINE_NOT_PASSED")
        .await;
    m.send(&m.creator, &[market::cancel(m.at.market, job)]).await;
    assert_eq!(owed(m.at.market, m.creator.felt()).await, BUDGET);
    m.refused(&m.creator, &[market::cancel(m.at.market, job)], "JOB_NOT_OPEN")
        .await;
    m.send(&m.creator, &[market::withdraw(m.at.market)]).await;

    // Taken by a worker that lets it lie: the stake is lost, half of it to the creator.
    m.register(&m.worker, JOB_STAKE).await;
    let job = m.post(true).await;
    m.send(&m.worker, &[market::assign(m.at.market, job, &m.worker.address)])
        .await;
    m.wait(7201);
    m.send(&m.other, &[market::expire(m.at.market, job)]).await;
    m.assert_conserved().await;
    assert_eq!(owed(m.at.market, m.creator.felt()).await, BUDGET);
    let half = Amount::from_units(JOB_STAKE.units() / 2);
    assert_eq!(owed(m.at.registry, m.creator.felt()).await, half);
    let worker = m.views().worker(m.at.registry, m.worker.felt()).await.unwrap();
    assert_eq!((worker.stake, worker.reputation), (Amount::ZERO, 400));

    // Committed and never shown: the bond is lost, half of it to the creator.
    let job = m.post(false).await;
    m.send(&m.owner, &[market::assign(m.at.market, job, &m.worker.address)])
        .await;
    let settlement = settle(&[(&m.worker, BUDGET)]);
    m.commit(&m.owner, job, &settlement).await;
    m.wait(7201);
    m.refused(&m.other, &[market::expire(m.at.market, job)], "REVEAL_PERIOD_OPEN")
        .await;
    m.wait(3601);
    m.refused(&m.owner, &[m.reveal_call(job, &settlement)], "REVEAL_PERIOD_PASSED")
        .await;
    m.send(&m.other, &[market::expire(m.at.market, job)]).await;
    m.assert_conserved().await;
    let half = Amount::from_units(BOND.units() / 2);
    assert_eq!(
        owed(m.at.market, m.creator.felt()).await.units(),
        2 * BUDGET.units() + half.units()
    );
    assert_eq!(owed(m.at.market, m.treasury.felt()).await, half);
}

#[tokio::test]
async fn money_that_is_not_there_is_refused() {
    let Some(m) = Market::start().await else { return };
    let mut posting = m.posting(false).await;
    posting.budget = Amount::credits(1_000_000_000);
    let calls = market::post_job(m.at.token, m.at.market, &posting);
    // The token's own panic, which is none of ours.
    assert!(m.try_send(&m.creator, &calls).await.is_err());
    assert_eq!(m.views().job_count(m.at.market).await.unwrap(), 0);
    let nonce = m.creator.sender.nonce().await.unwrap();
    assert_eq!(nonce, Some(0), "nothing was sent");
}
