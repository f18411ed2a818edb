//! Copies of frames that keep everybody waiting: offered to workers without other work, and made when one claims the
//! job.

use super::{
    board::{Seen, Shared},
    census::slots,
    claim::Claim,
    eligibility::offer,
    hands::{self, Asker, Hands},
    known::{Admitted, Known},
};
use crate::{
    app::App,
    error::ApiResult,
    store::{self, WriteTx, candidates::Candidate, workers::WorkerRow},
};
use veriframe_wire::job::TaskKind;

/// Jobs of which a frame is worth a copy by this worker now, the longest wait first. For a worker that nothing else is
/// for.
pub async fn offered<'s>(app: &App, seen: &'s Seen, worker: &WorkerRow) -> ApiResult<Vec<&'s Shared>> {
    if seen.in_hands.is_empty() {
        return Ok(Vec::new());
    }
    let mut db = app.store.read().await?;
    let held = store::leases::held_by(&mut db, &[worker.address]).await?;
    if held.get(&worker.address).is_some_and(|&held| held >= slots(worker)) {
        return Ok(Vec::new());
    }
    let census = app.census.look(app, &mut db).await?;
    drop(db);
    let (offer, now) = (offer(worker), app.clock.now());
    let mut offered = Vec::new();
    for shared in &seen.in_hands {
        let Shared { job, wants, hands } = shared;
        let own = job.is_own(worker.address);
        if wants.as_ref().is_none_or(|wants| wants.check(&offer, own).is_err()) {
            continue;
        }
        let asker = Asker {
            worker: worker.address,
            speed: worker.speed,
            measured: None,
            fastest: census.fastest(job, |worker| !hands.holds(worker)),
        };
        if let Some(worth) = hands.worth_copying(asker, job.measured, &app.progress, now) {
            offered.push((worth.left, shared));
        }
    }
    offered.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    Ok(offered.into_iter().map(|(_, shared)| shared).collect())
}

/// Makes a copy for each of the claims that found nothing queued, where one pays: its task, and the claim's place.
/// Under which lease it is given is to be written in the same transaction.
pub async fn make(
    app: &App,
    tx: &mut WriteTx,
    known: &mut Known,
    empty: &[(usize, &Claim)],
) -> ApiResult<Vec<(usize, Candidate)>> {
    let idle = empty.iter().filter_map(|(_, claim)| known.idle(claim));
    let mut hands = hands::read(tx.db(), idle.map(|admitted| admitted.job)).await?;
    let mut made = Vec::new();
    for &(place, claim) in empty {
        let (Some(hands), Some(admitted)) = (hands.get_mut(&claim.job), known.idle(claim)) else {
            continue;
        };
        let Some((frame, number)) = worth(app, tx, known, admitted, hands) else {
            continue;
        };
        let now = tx.now;
        let seq = store::task_copies::insert(tx.db(), &claim.job, (frame, number), claim.worker, now).await?;
        hands.is_copied(frame);
        known.granted(claim, 0);
        made.push((
            place,
            Candidate {
                seq,
                job: claim.job.clone(),
                kind: TaskKind::Copy,
                frame: number,
                failures: 0,
                audits: None,
            },
        ));
    }
    Ok(made)
}

/// Its task and its number.
fn worth(app: &App, tx: &WriteTx, known: &Known, admitted: Admitted<'_>, hands: &Hands) -> Option<(i64, i32)> {
    let Admitted { worker, job } = admitted;
    let asker = Asker {
        worker: worker.address,
        speed: worker.speed,
        measured: known.seconds_per_frame(admitted),
        fastest: known.fastest(job, |worker| !hands.holds(worker)),
    };
    let worth = hands.worth_copying(asker, job.measured, &app.progress, tx.now)?;
    // A worker may ask for the job that it has open before it looks what else there is.
    let has_other_work = app.board.has_work_besides(worker, &job.id);
    (!has_other_work).then_some((worth.task, worth.frame))
}
