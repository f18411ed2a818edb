//! Serving several claims in one transaction: what they need is read together, decided in memory, and written together.

use super::{claim::Claim, copies, known::Known, pick::Pool};
use crate::{
    app::App,
    error::{ApiError, ApiResult},
    events::Topics,
    jobs, leases,
    store::{
        self, WriteTx,
        candidates::Candidate,
        leases::NewLease,
        tasks::{Given, id_text},
    },
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use veriframe_core::Address;
use veriframe_wire::{
    AddressText, AmountText, ErrorCode, EventData, Time,
    job::{JobStatus, TaskStatus},
    lease::{Lease, LeasedTask},
};

/// Tasks that go to a worker.
struct Grant<'c> {
    claim: &'c Claim,
    tasks: Vec<Candidate>,
}

/// One answer for each claim, in their order. An error is the database's, and everybody's.
pub async fn hand_out(app: &App, tx: &mut WriteTx, claims: &[Claim]) -> ApiResult<Vec<ApiResult<Lease>>> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let expired = leases::expire(tx).await?;
    app.metrics.leases_expired.inc_by(expired);
    let mut known = Known::read(app, tx, claims).await?;
    let mut pools = pools(tx, &known, claims).await?;
    let mut grants = Vec::new();
    let mut answers: Vec<ApiResult<usize>> = Vec::with_capacity(claims.len());
    for claim in claims {
        answers.push(grant(&mut known, &mut pools, claim).map(|tasks| {
            grants.push(Grant { claim, tasks });
            grants.len() - 1
        }));
    }
    let empty: Vec<(usize, &Claim)> = claims
        .iter()
        .enumerate()
        .filter(|(place, _)| matches!(&answers[*place], Err(error) if error.code == ErrorCode::AlreadyAssigned))
        .collect();
    for (place, copy) in copies::make(app, tx, &mut known, &empty).await? {
        grants.push(Grant {
            claim: &claims[place],
            tasks: vec![copy],
        });
        answers[place] = Ok(grants.len() - 1);
        app.metrics.copies_made.inc();
    }
    let mut leases: Vec<Option<Lease>> = write(app, tx, &known, &grants).await?.into_iter().map(Some).collect();
    let mut lease = |place: usize| leases[place].take().ok_or_else(nothing_left);
    Ok(answers.into_iter().map(|place| place.and_then(&mut lease)).collect())
}

/// What is queued of the jobs that are asked for, at least as much as is wanted of each.
async fn pools(tx: &mut WriteTx, known: &Known, claims: &[Claim]) -> ApiResult<HashMap<String, Pool>> {
    let mut wanted: BTreeMap<&str, u32> = BTreeMap::new();
    for claim in claims {
        let most = known.admit(claim).map_or(0, |admitted| known.most(admitted, claim));
        let wanted = wanted.entry(&claim.job).or_default();
        *wanted = wanted.saturating_add(most);
    }
    wanted.retain(|_, wanted| *wanted > 0);
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let wanted = wanted
        .into_iter()
        .map(|(job, wanted)| (job.to_owned(), wanted))
        .collect();
    let queued = store::candidates::queued(tx.db(), wanted).await?;
    let mut partial = partial(tx, &queued).await?;
    let workers: Vec<Address> = claims.iter().map(|claim| claim.worker).collect();
    let copied = if known.has_copies {
        store::task_copies::rendered_by(tx.db(), &workers).await?
    } else {
        HashMap::new()
    };
    let mut pools: HashMap<String, Pool> = HashMap::new();
    for task in queued {
        let partial = partial.remove(&task.seq).unwrap_or_default();
        let copier = copied.get(&task.seq).copied();
        pools.entry(task.job.clone()).or_default().add(task, partial, copier);
    }
    pools.values_mut().for_each(Pool::sort);
    Ok(pools)
}

/// Who failed a task or rendered what it checks, by task.
async fn partial(tx: &mut WriteTx, queued: &[Candidate]) -> ApiResult<HashMap<i64, HashSet<Address>>> {
    let mut partial: HashMap<i64, HashSet<Address>> = HashMap::new();
    let failed: Vec<i64> = queued
        .iter()
        .filter(|task| task.failures > 0)
        .map(|task| task.seq)
        .collect();
    if !failed.is_empty() {
        for (task, worker) in store::failures::of_tasks(tx.db(), failed).await? {
            partial.entry(task).or_default().insert(worker);
        }
    }
    let audited: BTreeSet<i64> = queued.iter().filter_map(|task| task.audits).collect();
    let audited: Vec<i64> = audited.into_iter().collect();
    if !audited.is_empty() {
        let mut hands: HashMap<i64, HashSet<Address>> = HashMap::new();
        for (frame, worker) in store::candidates::hands_on(tx.db(), &audited).await? {
            hands.entry(frame).or_default().insert(worker);
        }
        for task in queued {
            let hands = task.audits.and_then(|frame| hands.get(&frame));
            partial.entry(task.seq).or_default().extend(hands.into_iter().flatten());
        }
        partial.retain(|_, workers| !workers.is_empty());
    }
    Ok(partial)
}

fn grant(known: &mut Known, pools: &mut HashMap<String, Pool>, claim: &Claim) -> ApiResult<Vec<Candidate>> {
    let admitted = known.admit(claim)?;
    let pool = pools.get_mut(&claim.job).ok_or_else(nothing_left)?;
    let wanted = known.wanted(admitted, claim);
    let tasks = if pool.is_choosy() {
        pool.take(claim.worker, wanted, &known.able(admitted.job).addresses)
    } else {
        pool.take(claim.worker, wanted, &HashSet::new())
    };
    if tasks.is_empty() {
        return Err(nothing_left());
    }
    known.granted(claim, tasks.len());
    Ok(tasks)
}

pub fn nothing_left() -> ApiError {
    ApiError::new(
        ErrorCode::AlreadyAssigned,
        "No task of the job is left for this worker.",
    )
}

/// Writes leases down, and tells of them. One lease for each grant, in their order.
async fn write(app: &App, tx: &mut WriteTx, known: &Known, grants: &[Grant<'_>]) -> ApiResult<Vec<Lease>> {
    if grants.is_empty() {
        return Ok(Vec::new());
    }
    let now = tx.now;
    let expires_at = now.plus_seconds(i64::from(app.settings.lease_seconds));
    let rows: Vec<NewLease<'_>> = grants
        .iter()
        .map(|grant| NewLease {
            job: &grant.claim.job,
            worker: grant.claim.worker,
            instance: known.instance(grant.claim.worker),
        })
        .collect();
    let fences = store::leases::insert(tx.db(), &rows, expires_at, now).await?;
    let fenced = || grants.iter().zip(&fences);
    let given: Vec<Given> = fenced()
        .flat_map(|(grant, &fence)| {
            grant.tasks.iter().map(move |task| Given {
                task: task.seq,
                fence,
                worker: grant.claim.worker,
            })
        })
        .collect();
    let tasks: Vec<i64> = given.iter().map(|given| given.task).collect();
    store::tasks::lease(tx.db(), given, now).await?;
    app.progress.forget(&tasks);
    for grant in grants {
        let scene = &known.job(&grant.claim.job)?.request.asset_cid;
        app.board.fetches(grant.claim.worker, scene);
    }
    for (topics, data) in news(known, grants)? {
        tx.emit(topics, data).await?;
    }
    for id in begun(known, grants) {
        jobs::decide(tx, &id).await?;
    }
    fenced()
        .map(|(grant, &fence)| lease(known, grant, fence, Time(expires_at)))
        .collect()
}

fn news(known: &Known, grants: &[Grant<'_>]) -> ApiResult<Vec<(Topics, EventData)>> {
    let mut news = Vec::new();
    for grant in grants {
        let job = known.job(&grant.claim.job)?;
        let topics = Topics::job(&job.id, job.creator);
        news.extend(grant.tasks.iter().map(|task| {
            let data = EventData::TaskUpdated {
                job: job.id.clone(),
                task: id_text(task.seq),
                frame: task.frame,
                kind: task.kind,
                status: TaskStatus::Leased,
            };
            (topics.clone(), data)
        }));
        let assigned = EventData::JobAssigned {
            job: job.id.clone(),
            worker: AddressText(grant.claim.worker),
            tasks: u32::try_from(grant.tasks.len()).unwrap_or(u32::MAX),
        };
        news.push((topics.and_worker(grant.claim.worker), assigned));
    }
    Ok(news)
}

/// Jobs whose state these leases may change: they change nothing about one that is being rendered already.
fn begun(known: &Known, grants: &[Grant<'_>]) -> BTreeSet<String> {
    let jobs = grants.iter().map(|grant| &grant.claim.job);
    let begun = |id: &&String| known.job(id).is_ok_and(|job| job.status != JobStatus::Rendering);
    jobs.filter(begun).cloned().collect()
}

fn lease(known: &Known, grant: &Grant<'_>, fence: i64, expires_at: Time) -> ApiResult<Lease> {
    let job = known.job(&grant.claim.job)?;
    let request = job.request.clone();
    Ok(Lease {
        id: leases::id_text(fence),
        job: job.id.clone(),
        job_name: request.name,
        fence: fence.cast_unsigned(),
        expires_at,
        tasks: grant
            .tasks
            .iter()
            .map(|task| LeasedTask {
                id: id_text(task.seq),
                frame: task.frame,
                kind: task.kind,
            })
            .collect(),
        asset_cid: request.asset_cid,
        asset_key: request.asset_key,
        render: request.render,
        summary: request.summary,
        requirements: request.requirements,
        price_per_frame: AmountText(job.price),
        creator: AddressText(job.creator),
    })
}
