//! Accounts that post, claim, render and pay, and write down what was acknowledged.

use crate::support::{Client, Picture};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

const ANSWER_WITHIN: Duration = Duration::from_secs(15);
const AGAIN_AFTER: Duration = Duration::from_millis(20);

/// What the coordinator said is done.
#[derive(Debug, Default)]
pub struct Acknowledged {
    pub jobs: Vec<String>,
    /// Job and task of frames that were handed in.
    pub frames: Vec<(String, String)>,
    pub transfers: u64,
    /// Transfers of which nobody knows: the load ended before they were answered.
    pub unknown: u64,
}

pub struct Writer {
    pub client: Client,
    /// Any of them can be asked for anything.
    pub urls: Vec<String>,
    pub scene: String,
    pub picture: Picture,
    /// Who is paid.
    pub sink: String,
    pub told: Arc<Mutex<Acknowledged>>,
    pub stop: CancellationToken,
    /// Counts what is asked: names of writes, and whose turn it is to be asked.
    pub asked: usize,
}

enum Said {
    Done(Value),
    Refused,
    Nothing,
}

impl Writer {
    pub async fn run(mut self) {
        while !self.stop.is_cancelled() {
            self.render_a_job().await;
            self.pay().await;
        }
    }

    async fn render_a_job(&mut self) {
        let request = Client::job(&self.scene, "1-2");
        let Some(job) = self.insist("/jobs", &request).await else {
            return;
        };
        let job = job["id"].as_str().expect("a job has an id").to_owned();
        self.note(|told| told.jobs.push(job.clone()));
        let request = json!({ "worker_address": self.client.address().to_string(), "max_tasks": 2 });
        // Not repeated: a lease that nobody heard of runs out.
        let Said::Done(answer) = self.ask(&format!("/jobs/{job}/assign"), &request, "").await else {
            return;
        };
        let lease = &answer["lease"];
        let ids: Vec<String> = lease["tasks"]
            .as_array()
            .expect("a lease has tasks")
            .iter()
            .filter_map(|task| Some(task["id"].as_str()?.to_owned()))
            .collect();
        let progress: Vec<Value> = ids.iter().map(|id| json!({ "task": id, "progress": 0.5 })).collect();
        let beat = json!({ "lease_id": lease["id"], "fence": lease["fence"], "progress": progress });
        self.ask(&format!("/jobs/{job}/heartbeat"), &beat, "").await;
        let results: Vec<Value> = ids
            .iter()
            .map(|id| json!({ "task": id, "result": self.picture.result() }))
            .collect();
        let request = json!({ "lease_id": lease["id"], "fence": lease["fence"], "results": results });
        if self.insist(&format!("/jobs/{job}/complete"), &request).await.is_some() {
            self.note(|told| told.frames.extend(ids.iter().map(|id| (job.clone(), id.clone()))));
        }
    }

    async fn pay(&mut self) {
        let request = json!({ "to": self.sink, "amount": "1" });
        let paid = self.insist("/ledger/transfer", &request).await.is_some();
        self.note(|told| if paid { told.transfers += 1 } else { told.unknown += 1 });
    }

    /// Repeats a write until it is answered; `None` when the load ended, or it was refused.
    async fn insist(&mut self, path: &str, body: &Value) -> Option<Value> {
        let key = format!("write-{}", self.asked);
        loop {
            match self.ask(path, body, &key).await {
                Said::Done(answer) => return Some(answer),
                Said::Refused => return None,
                Said::Nothing if self.stop.is_cancelled() => return None,
                Said::Nothing => tokio::time::sleep(AGAIN_AFTER).await,
            }
        }
    }

    async fn ask(&mut self, path: &str, body: &Value, key: &str) -> Said {
        self.asked += 1;
        let url = &self.urls[self.asked % self.urls.len()];
        let mut request = self.client.at(url).request(Method::POST, path).json(body);
        if !key.is_empty() {
            request = request.header("idempotency-key", key);
        }
        let Ok(answer) = request.timeout(ANSWER_WITHIN).send().await else {
            return Said::Nothing;
        };
        let status = answer.status();
        match answer.json::<Value>().await {
            Ok(answer) if status.is_success() => Said::Done(answer),
            // Frames of leases that nobody heard of hold credits until their leases run out.
            Ok(answer) if answer["error"]["code"] == "insufficient_funds" => {
                let faucet = self.client.at(url).request(Method::POST, "/ledger/faucet");
                let _ = faucet.timeout(ANSWER_WITHIN).send().await;
                Said::Refused
            }
            Ok(answer) if status.is_client_error() && status.as_u16() != 429 => {
                // A lease that ran out while nobody served may be refused as well, and nothing else.
                assert!(status.as_u16() == 409, "{path} was refused: {answer}");
                Said::Refused
            }
            _ => Said::Nothing,
        }
    }

    fn note(&self, change: impl FnOnce(&mut Acknowledged)) {
        change(&mut self.told.lock().expect("nobody panics with it"));
    }
}
