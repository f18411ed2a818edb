//! Workers that claim.

use crate::{Client, figures::Served, server::Server};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use veriframe_wire::lease::Lease;

/// Jobs that the tasks are of.
const JOBS: u32 = 20;
const SLOTS: u32 = 64;

pub struct Farm {
    pub workers: Vec<Client>,
    creator: Client,
}

impl Farm {
    /// Signs in and registers.
    pub async fn gather(server: &Server, workers: usize) -> Self {
        let mut gathered = Vec::with_capacity(workers);
        while gathered.len() < workers {
            let some = (workers - gathered.len()).min(20);
            gathered.extend(join_all((0..some).map(|_| worker(server))).await);
        }
        Self {
            workers: gathered,
            creator: Client::sign_in(&server.url).await,
        }
    }

    async fn post(&self, server: &Server, tasks: u32) -> Vec<String> {
        let mut jobs = Vec::new();
        for _ in 0..JOBS {
            let mut job = Client::job(&server.scene, "1-10");
            job["frames"] = format!("1-{}", tasks / JOBS).into();
            job["price_per_frame"] = "1000000000".into();
            job["cap"] = (1_200_000_000_u128 * u128::from(tasks)).to_string().into();
            jobs.push(self.creator.post_job(&job).await.id);
        }
        jobs
    }

    /// Every worker claims one task after the other until none is left; what counts is the time until the last one was
    /// given, not how everybody finds out after it. Panics when a task was given out twice.
    pub async fn claim_everything(&self, server: &Server, tasks: u32) -> Served {
        let jobs = Arc::new(self.post(server, tasks).await);
        let started = Instant::now();
        let working = self.workers.iter().enumerate().map(|(n, worker)| {
            let (worker, jobs) = (worker.clone(), Arc::clone(&jobs));
            tokio::spawn(async move {
                let (mut waits, mut taken, mut job) = (Vec::new(), Vec::new(), n);
                let (mut dry, mut last) = (0, Duration::ZERO);
                while dry < jobs.len() {
                    let asked = Instant::now();
                    match worker.claim(&jobs[job % jobs.len()], 1).await {
                        Ok(lease) => {
                            waits.push(asked.elapsed());
                            last = started.elapsed();
                            taken.extend(lease.tasks.into_iter().map(|task| task.id));
                            dry = 0;
                        }
                        Err(_) => dry += 1,
                    }
                    job += 1;
                }
                (waits, taken, last)
            })
        });
        let (mut waits, mut all, mut took) = (Vec::new(), HashSet::new(), Duration::ZERO);
        for worked in join_all(working).await {
            let (waited, taken, last) = worked.expect("it claims");
            waits.extend(waited);
            took = took.max(last);
            for task in taken {
                assert!(all.insert(task), "a task was given to two");
            }
        }
        assert_eq!(all.len(), tasks as usize, "every task was given to somebody");
        Served {
            took,
            waits: waits.into_iter().collect(),
        }
    }

    /// Every worker takes a task, and says so often that it is still at it and what it does: a heartbeat and a status, in turn.
    pub async fn stay_alive(&self, server: &Server, times: usize) -> Served {
        let tasks = u32::try_from(self.workers.len()).expect("few").next_multiple_of(JOBS);
        let jobs = self.post(server, tasks).await;
        let leases = self.workers.iter().enumerate().map(async |(n, worker)| {
            let lease = worker.claim(&jobs[n % jobs.len()], 1).await;
            lease.expect("there is enough")
        });
        let leases: Vec<Lease> = join_all(leases).await;
        let started = Instant::now();
        let living = self.workers.iter().zip(leases).map(|(worker, lease)| {
            let worker = worker.clone();
            tokio::spawn(async move {
                let mut waits = Vec::new();
                for n in 0..times {
                    let asked = Instant::now();
                    let answer = if n % 2 == 0 {
                        let beat = json!({ "lease_id": lease.id, "fence": lease.fence,
                            "progress": [{ "task": lease.tasks[0].id, "progress": 0.5 }] });
                        worker.post(&format!("/jobs/{}/heartbeat", lease.job), &beat).await
                    } else {
                        let status = json!({ "status": "online", "free_slots": 1 });
                        let status = worker.request(Method::PUT, "/workers/me/status").json(&status);
                        worker.send(status).await
                    };
                    let _: Value = answer.expect("it is alive");
                    waits.push(asked.elapsed());
                }
                waits
            })
        });
        let waits: Vec<Vec<Duration>> = join_all(living)
            .await
            .into_iter()
            .map(|lived| lived.expect("it lives"))
            .collect();
        Served {
            took: started.elapsed(),
            waits: waits.into_iter().flatten().collect(),
        }
    }

    /// So many claims a second, whether or not those before were answered.
    pub async fn claim_at(&self, server: &Server, per_second: f64, during: Duration) -> Served {
        let claims = (per_second * during.as_secs_f64()) as usize;
        let jobs = self.post(server, u32::try_from(claims).expect("few") + JOBS).await;
        let next = AtomicUsize::new(0);
        let started = Instant::now();
        let mut asking = Vec::with_capacity(claims);
        for n in 0..claims {
            tokio::time::sleep_until((started + Duration::from_secs_f64(n as f64 / per_second)).into()).await;
            let worker = self.workers[next.fetch_add(1, Ordering::Relaxed) % self.workers.len()].clone();
            let job = jobs[n % jobs.len()].clone();
            asking.push(tokio::spawn(async move {
                let asked = Instant::now();
                let lease: Lease = worker.claim(&job, 1).await.expect("there is enough");
                assert_eq!(lease.tasks.len(), 1);
                asked.elapsed()
            }));
        }
        let waits = join_all(asking)
            .await
            .into_iter()
            .map(|wait| wait.expect("it claims"))
            .collect();
        Served {
            took: started.elapsed(),
            waits,
        }
    }
}

async fn worker(server: &Server) -> Client {
    let worker = Client::sign_in(&server.url).await;
    let request = json!({ "capabilities": Client::capabilities(SLOTS), "instance": "bench" });
    let _: Value = worker
        .post("/workers/register", &request)
        .await
        .expect("it is registered");
    worker
}
