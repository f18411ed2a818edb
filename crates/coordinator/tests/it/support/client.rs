use super::{Picture, pictures};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use veriframe_chain::{Challenge, LocalKey, hash};
use veriframe_core::{Address, Amount};
use veriframe_wire::{
    ErrorCode, ErrorEnvelope,
    account::Account,
    auth::TokenResponse,
    job::{Job, Task},
    lease::{AssignResponse, Lease, LeasedTask, ResultReceipt},
    page::Page,
};

/// An answer that is no success.
#[derive(Debug)]
pub struct Refused {
    pub status: StatusCode,
    pub code: ErrorCode,
    pub message: String,
    pub request_id: String,
}

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    pub key: Arc<LocalKey>,
    pub token: String,
    pub refresh_token: String,
}

pub type Answer<T> = Result<T, Refused>;

impl Client {
    pub fn anonymous(base: &str) -> Self {
        Self {
            http: reqwest::Client::new(),
            base: base.to_owned(),
            key: Arc::new(LocalKey::generate().unwrap()),
            token: String::new(),
            refresh_token: String::new(),
        }
    }

    pub async fn sign_in(base: &str) -> Self {
        let mut client = Self::anonymous(base);
        client.renew().await;
        client
    }

    /// With a key that is known elsewhere.
    pub async fn sign_in_as(base: &str, key: Arc<LocalKey>) -> Self {
        let mut client = Self {
            key,
            ..Self::anonymous(base)
        };
        client.renew().await;
        client
    }

    pub fn at(&self, base: &str) -> Self {
        Self {
            base: base.to_owned(),
            ..self.clone()
        }
    }

    pub fn address(&self) -> Address {
        self.key.address()
    }

    /// Signs in, again.
    pub async fn renew(&mut self) {
        let request = self.signed_challenge().await;
        let tokens: TokenResponse = self.post("/auth/authenticate", &request).await.unwrap();
        self.token = tokens.access_token;
        self.refresh_token = tokens.refresh_token;
    }

    /// A good answer to a new challenge.
    pub async fn signed_challenge(&self) -> Value {
        let address = self.address().to_string();
        let challenge: Value = self
            .post("/auth/challenge", &json!({ "address": address }))
            .await
            .unwrap();
        let asked = Challenge::from_typed_data(&challenge["typed_data"]).unwrap();
        assert_eq!(asked.address, self.address());
        let signature = self.key.sign(&hash(&asked).unwrap()).unwrap();
        json!({
            "address": address, "signature": signature, "challenge": challenge["challenge"],
            "public_key": self.key.public_key_hex(),
        })
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}/api/v1{path}", self.base))
            .bearer_auth(&self.token)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub async fn send<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Answer<T> {
        let response = request.send().await.unwrap();
        let status = response.status();
        let header = response
            .headers()
            .get("x-request-id")
            .cloned()
            .expect("every answer has an id");
        let text = response.text().await.unwrap();
        if status.is_success() {
            let text = if text.is_empty() { "null" } else { &text };
            return Ok(serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")));
        }
        let ErrorEnvelope { error } = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(status.as_u16(), error.code.http_status());
        assert_eq!(header, error.request_id);
        Err(Refused {
            status,
            code: error.code,
            message: error.message,
            request_id: error.request_id,
        })
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Answer<T> {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Answer<T> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn balance(&self) -> Amount {
        self.get::<Account>("/ledger/account").await.unwrap().balance.0
    }

    // As a creator.

    /// One credit a frame, with room for a fifth more.
    pub fn job(scene: &str, frames: &str) -> Value {
        let count = frames.parse::<veriframe_core::FrameSet>().unwrap().len() as u64;
        json!({
            "name": "Bowling", "asset_cid": scene, "frames": frames,
            "render": { "entry": "scene.blend", "format": "png" },
            "summary": { "width": pictures::WIDTH, "height": pictures::HEIGHT, "fps": 24.0, "samples": 16, "bytes": 1000, "files": 1 },
            "requirements": { "engine": "cycles", "saved_by": "3.4.1" },
            "price_per_frame": Amount::credits(1).to_string(),
            "cap": Amount::credits(count + count.div_ceil(5)).to_string(),
        })
    }

    pub async fn post_job(&self, request: &Value) -> Job {
        self.post("/jobs", request).await.unwrap()
    }

    pub async fn show(&self, job: &str) -> Job {
        self.get(&format!("/jobs/{job}")).await.unwrap()
    }

    pub async fn tasks(&self, job: &str) -> Vec<Task> {
        let page: Page<Task> = self.get(&format!("/jobs/{job}/tasks?limit=1000")).await.unwrap();
        page.items
    }

    pub async fn act(&self, job: &str, action: &str) -> Answer<Job> {
        self.post(&format!("/jobs/{job}/{action}"), &json!({})).await
    }

    pub async fn act_on(&self, task: &Task, action: &str) -> Answer<Task> {
        self.post(&format!("/jobs/{}/tasks/{}/{action}", task.job, task.id), &json!({}))
            .await
    }

    // As a worker.

    pub fn capabilities(slots: u32) -> Value {
        json!({
            "devices": [{ "kind": "cpu", "name": "a test", "memory_bytes": 1 << 30, "score": 100 }],
            "blenders": [{ "version": "3.4.1", "engines": ["cycles", "workbench"], "denoisers": [], "sandbox": true }],
            "ram_bytes": 8_u64 << 30, "disk_bytes": 1_u64 << 40, "slots": slots,
        })
    }

    pub async fn register(&self, instance: &str) {
        let request = json!({ "capabilities": Self::capabilities(1), "instance": instance });
        let _: Value = self.post("/workers/register", &request).await.unwrap();
    }

    pub async fn claim(&self, job: &str, max_tasks: u32) -> Answer<Lease> {
        let request = json!({ "worker_address": self.address().to_string(), "max_tasks": max_tasks });
        let answer: Answer<AssignResponse> = self.post(&format!("/jobs/{job}/assign"), &request).await;
        answer.map(|answer| answer.lease)
    }

    /// Hands in one picture for each of these tasks.
    pub async fn hand_in(&self, lease: &Lease, results: &[(&str, &Picture)]) -> Answer<Vec<ResultReceipt>> {
        let results: Vec<Value> = results
            .iter()
            .map(|(task, picture)| json!({ "task": task, "result": picture.result() }))
            .collect();
        let request = json!({ "lease_id": lease.id, "fence": lease.fence, "results": results });
        let answer: Answer<Value> = self.post(&format!("/jobs/{}/complete", lease.job), &request).await;
        answer.map(|answer| serde_json::from_value(answer["accepted"].clone()).unwrap())
    }

    /// Renders everything in the lease to the same picture.
    pub async fn finish(&self, lease: &Lease, picture: &Picture) {
        let results: Vec<(&str, &Picture)> = lease.tasks.iter().map(|task| (task.id.as_str(), picture)).collect();
        let receipts = self.hand_in(lease, &results).await.unwrap();
        assert!(receipts.iter().all(|receipt| receipt.accepted), "{receipts:?}");
    }

    /// Takes and renders whatever there is of the job, until nothing is left for this worker.
    pub async fn work_through(&self, job: &str, picture: &Picture) -> usize {
        let mut done = 0;
        while let Ok(lease) = self.claim(job, 100).await {
            done += lease.tasks.len();
            self.finish(&lease, picture).await;
        }
        done
    }

    pub async fn give_up(&self, lease: &Lease, reason: &str) -> Answer<Value> {
        let request = json!({ "lease_id": lease.id, "fence": lease.fence, "reason": reason, "message": "It broke." });
        self.post(&format!("/jobs/{}/fail", lease.job), &request).await
    }

    pub async fn heartbeat(&self, lease: &Lease, progress: f32) -> Answer<Value> {
        let all: Vec<&LeasedTask> = lease.tasks.iter().collect();
        self.heartbeat_of(lease, &all, progress).await
    }

    /// Only of those that were begun.
    pub async fn heartbeat_of(&self, lease: &Lease, begun: &[&LeasedTask], progress: f32) -> Answer<Value> {
        let tasks: Vec<Value> = begun
            .iter()
            .map(|task| json!({ "task": task.id, "progress": progress }))
            .collect();
        let request = json!({ "lease_id": lease.id, "fence": lease.fence, "progress": tasks });
        self.post(&format!("/jobs/{}/heartbeat", lease.job), &request).await
    }
}
