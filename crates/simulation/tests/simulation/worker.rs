//! Somebody who renders, well or badly.

use crate::{line::Line, pictures, world::World};
use serde_json::{Value, json};
use std::rc::Rc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temper {
    Honest,
    /// Takes long, and says so or not.
    Slow,
    /// Is gone for a while, and comes back with its work as if nothing had happened.
    Vanishing,
    Failing,
    /// Hands in something else, or no picture at all.
    Cheat(usize),
}

/// What a worker holds, in its own eyes.
struct Lease {
    job: String,
    id: String,
    fence: u64,
    tasks: Vec<(String, i64)>,
}

impl Lease {
    fn read(answer: &Value) -> Option<Self> {
        let lease = &answer["lease"];
        let tasks = lease["tasks"].as_array()?.iter();
        Some(Self {
            job: lease["job"].as_str()?.to_owned(),
            id: lease["id"].as_str()?.to_owned(),
            fence: lease["fence"].as_u64()?,
            tasks: tasks
                .filter_map(|task| Some((task["id"].as_str()?.to_owned(), task["frame"].as_i64()?)))
                .collect(),
        })
    }

    fn path(&self, action: &str) -> String {
        format!("/jobs/{}/{action}", self.job)
    }
}

pub async fn work(world: Rc<World>, seat: usize, account: usize, temper: Temper) -> turmoil::Result {
    let mut line = Line::open(Rc::clone(&world), seat, account).await?;
    let mut run = 0;
    let mut registered = false;
    let mut open_job: Option<String> = None;
    while !world.done.get() {
        line.pause(200..2500).await;
        // A program that was started again; what it held before is free.
        if !registered || (!world.calm.get() && line.once_in(40)) {
            run += 1;
            registered = register(&mut line, &format!("seat-{seat}-run-{run}")).await;
            continue;
        }
        let Some(answer) = line.get("/jobs/available").await else {
            continue;
        };
        let jobs = answer.body["items"].as_array().cloned().unwrap_or_default();
        let offered = line
            .chance
            .choice(jobs)
            .and_then(|job| Some(job["id"].as_str()?.to_owned()));
        // Some ask first for the job whose scene they have open.
        let open = open_job.clone().filter(|_| offered.is_none() || line.once_in(3));
        let Some(job) = open.or(offered) else {
            line.pause(1000..5000).await;
            continue;
        };
        open_job = None;
        if let Some(lease) = claim(&mut line, &job).await {
            open_job = Some(job);
            render(&mut line, temper, lease).await;
        }
    }
    Ok(())
}

async fn register(line: &mut Line, instance: &str) -> bool {
    let body = json!({
        "capabilities": {
            "devices": [],
            "blenders": [{ "version": "3.4.1", "engines": ["cycles"], "denoisers": [], "sandbox": true }],
            "ram_bytes": 8_u64 << 30, "disk_bytes": 1_u64 << 40, "slots": 1,
        },
        "instance": instance,
    });
    line.insist("/workers/register", None, body)
        .await
        .is_some_and(|answer| answer.is_good())
}

async fn claim(line: &mut Line, job: &str) -> Option<Lease> {
    let mut body = json!({ "worker_address": line.address });
    if line.once_in(2) {
        body["max_tasks"] = json!(line.chance.u32(1..4));
    }
    let path = format!("/jobs/{job}/assign");
    // Some do not leave it at one try, and get the lease that they were given the first time.
    let answer = if line.once_in(3) {
        let key = format!("claim-{}", line.chance.u64(..));
        line.insist(&path, Some(&key), body).await?
    } else {
        line.post(&path, body).await?
    };
    Lease::read(&answer.body)
}

async fn render(line: &mut Line, temper: Temper, lease: Lease) {
    let temper = if line.world.calm.get() { Temper::Honest } else { temper };
    let together = line.once_in(3);
    let mut results = Vec::new();
    for (task, frame) in &lease.tasks {
        if temper == Temper::Failing && line.once_in(3) {
            give_up(line, &lease, task).await;
            continue;
        }
        let seconds = match temper {
            // So slow, now and then, that a copy pays.
            Temper::Slow if line.once_in(2) => line.chance.u64(40..120),
            Temper::Slow => line.chance.u64(3..25),
            Temper::Vanishing if line.once_in(2) => line.chance.u64(20..60),
            _ => line.chance.u64(1..5),
        };
        let says_so = match temper {
            Temper::Vanishing => seconds < 20,
            Temper::Slow => !line.once_in(3),
            _ => true,
        };
        match rendering(line, &lease, task, seconds, says_so).await {
            Rendered::Whole => {}
            Rendered::NotWanted => continue,
            Rendered::Lost => return,
        }
        let cid = picture(line, temper, *frame);
        results.push(json!({ "task": task, "result": pictures::result(&cid, seconds as f64) }));
        if !together {
            hand_in(line, &lease, std::mem::take(&mut results)).await;
        }
    }
    if !results.is_empty() {
        hand_in(line, &lease, results).await;
    }
}

fn picture(line: &mut Line, temper: Temper, frame: i64) -> String {
    let world = Rc::clone(&line.world);
    let pictures = &world.template.pictures;
    match temper {
        Temper::Cheat(_) if line.once_in(10) => pictures.garbage(),
        Temper::Cheat(number) if line.once_in(2) => pictures.wrong(number),
        _ => pictures.right(frame),
    }
    .to_owned()
}

/// What became of a render; of a worker that does not listen each is whole.
enum Rendered {
    Whole,
    /// Somebody else was first with this one.
    NotWanted,
    /// Nothing of the lease is wanted any more.
    Lost,
}

/// Lets the time pass.
async fn rendering(line: &mut Line, lease: &Lease, task: &str, seconds: u64, says_so: bool) -> Rendered {
    let mut left = seconds * 1000;
    while left > 0 {
        let part = left.min(6000);
        left -= part;
        line.pause(part..part + 1).await;
        if says_so && left > 0 {
            let body = json!({
                "lease_id": lease.id, "fence": lease.fence,
                "progress": [{ "task": task, "progress": 1.0 - left as f64 / (seconds * 1000) as f64 }],
            });
            let answer = line.post(&lease.path("heartbeat"), body).await;
            let Some(answer) = answer else { continue };
            let lost = !answer.is_good() || answer.body["continue"] == false;
            let not_wanted = answer.body["not_wanted"].as_array();
            let not_wanted = not_wanted.is_some_and(|tasks| tasks.iter().any(|name| name == task));
            // Not everybody listens, and then comes too late.
            if (lost || not_wanted) && !line.once_in(3) {
                return if lost { Rendered::Lost } else { Rendered::NotWanted };
            }
        }
    }
    Rendered::Whole
}

async fn give_up(line: &mut Line, lease: &Lease, task: &str) {
    let reason = line
        .chance
        .choice(["render_failed", "stopped", "out_of_memory", "upload_failed"])
        .unwrap();
    let mut body = json!({ "lease_id": lease.id, "fence": lease.fence, "reason": reason, "message": "It broke." });
    if !line.once_in(4) {
        body["task"] = json!(task);
    }
    line.insist(&lease.path("fail"), None, body).await;
}

/// Again and again until there is an answer; sometimes once more after that, and sometimes with a fence that is not its own.
async fn hand_in(line: &mut Line, lease: &Lease, results: Vec<Value>) {
    let body = json!({ "lease_id": lease.id, "fence": lease.fence, "results": results });
    line.insist(&lease.path("complete"), None, body.clone()).await;
    if line.world.calm.get() {
        return;
    }
    if line.once_in(6) {
        line.post(&lease.path("complete"), body.clone()).await;
    }
    if line.once_in(10) && lease.fence > 1 {
        let stale = lease.fence - line.chance.u64(1..=lease.fence.min(3)).min(lease.fence - 1);
        let mut body = body;
        body["fence"] = json!(stale);
        body["lease_id"] = json!(format!("l{stale}"));
        line.post(&lease.path("complete"), body).await;
        line.world.tally.borrow_mut().count("foreign fences tried");
    }
}
