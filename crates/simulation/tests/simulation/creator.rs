//! Somebody who posts jobs, changes their mind about them, and moves money around.

use crate::{
    account::CREATORS,
    line::Line,
    message::Answer,
    pictures::{FRAMES, HEIGHT, WIDTH},
    world::World,
};
use serde_json::{Value, json};
use std::rc::Rc;
use veriframe_core::{Amount, Timestamp};
use veriframe_wire::Time;

pub async fn create(world: Rc<World>, seat: usize, account: usize) -> turmoil::Result {
    let mut line = Line::open(Rc::clone(&world), seat, account).await?;
    let mut jobs = Vec::new();
    let wanted = line.chance.usize(1..3);
    for number in 0..wanted {
        line.pause(100..8000).await;
        if world.calm.get() {
            break;
        }
        if number > 0 && line.once_in(2) {
            line.post("/ledger/faucet", json!(null)).await;
        }
        let request = job(&mut line, number);
        let key = format!("job-{number}");
        let answer = line.insist("/jobs", Some(&key), request.clone()).await;
        if let Some(answer) = answer.filter(Answer::is_good) {
            jobs.push(answer.body["id"].as_str().unwrap_or_default().to_owned());
            // Some programs forget that they were answered.
            if line.once_in(3) {
                line.insist("/jobs", Some(&key), request).await;
            }
        }
        if let Some(job) = jobs.last().cloned() {
            meddle(&mut line, &job, number).await;
        }
    }
    while !world.calm.get() {
        line.pause(1000..9000).await;
        if !jobs.is_empty() {
            let job = line.chance.choice(jobs.clone()).unwrap_or_default();
            meddle(&mut line, &job, wanted).await;
        }
    }
    resume_all(&mut line).await;
    world.creators_left.set(world.creators_left.get() - 1);
    Ok(())
}

fn job(line: &mut Line, number: usize) -> Value {
    let frames = line.chance.i64(1..=FRAMES);
    let renders = frames * 2 + line.chance.i64(0..3);
    let policy = line.chance.choice(["adaptive", "adaptive", "every", "none"]).unwrap();
    let mut job = json!({
        "name": format!("Job {number}"), "asset_cid": line.world.template.pictures.scene, "frames": format!("1-{frames}"),
        "render": { "entry": "scene.blend", "format": "png" },
        "summary": { "width": WIDTH, "height": HEIGHT, "fps": 24.0, "samples": 16, "bytes": 1000, "files": 1 },
        "requirements": { "engine": "cycles", "saved_by": "3.4.1" },
        "price_per_frame": Amount::credits(1).to_string(), "cap": Amount::credits(renders.unsigned_abs()).to_string(),
        "verification": policy,
    });
    if line.once_in(4) {
        let deadline = Timestamp(line.world.clock.millis()).plus_seconds(line.chance.i64(30..150));
        job["deadline"] = json!(Time(deadline));
    }
    job
}

/// Does something to a job, or with money.
async fn meddle(line: &mut Line, job: &str, number: usize) {
    let what = line.chance.u32(0..14);
    match what {
        0 | 1 => drop(line.post(&format!("/jobs/{job}/pause"), json!({})).await),
        2..=4 => drop(line.post(&format!("/jobs/{job}/resume"), json!({})).await),
        5 if line.once_in(2) => drop(line.post(&format!("/jobs/{job}/cancel"), json!({})).await),
        6..=9 => {
            let action = line.chance.choice(["accept", "rerender", "dispute"]).unwrap();
            if let Some(task) = some_task(line, job).await {
                line.post(&format!("/jobs/{job}/tasks/{task}/{action}"), json!({}))
                    .await;
            }
        }
        10 => {
            let to = line.chance.usize(CREATORS);
            let to = line.world.template.people[to].0.clone();
            let key = format!("gift-{number}-{}", line.chance.u32(0..3));
            let body = json!({ "to": to, "amount": Amount::credits(1).to_string() });
            line.insist("/ledger/transfer", Some(&key), body).await;
        }
        _ => drop(line.get(&format!("/jobs/{job}")).await),
    }
}

async fn some_task(line: &mut Line, job: &str) -> Option<String> {
    let answer = line.get(&format!("/jobs/{job}/tasks")).await?;
    let tasks = answer.body["items"].as_array().cloned().unwrap_or_default();
    let task = line.chance.choice(tasks)?;
    task["id"].as_str().map(ToOwned::to_owned)
}

/// A job that its creator forgot in a pause would never end.
async fn resume_all(line: &mut Line) {
    let path = format!("/jobs?status=paused&creator={}", line.address);
    // What it said last may still be on its way.
    line.pause(5000..6000).await;
    loop {
        line.pause(100..500).await;
        let Some(answer) = line.get(&path).await.filter(Answer::is_good) else {
            continue;
        };
        let paused = answer.body["items"].as_array().cloned().unwrap_or_default();
        if paused.is_empty() {
            return;
        }
        for job in paused {
            let id = job["id"].as_str().unwrap_or_default();
            line.post(&format!("/jobs/{id}/resume"), json!({})).await;
        }
    }
}
