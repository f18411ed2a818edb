//! Requests of a worker.

use super::{
    ApiClient, ApiError,
    call::{Call, segment},
};
use veriframe_core::Address;
use veriframe_wire::{
    AddressText,
    job::AvailableJob,
    lease::{
        AssignRequest, AssignResponse, CompleteRequest, CompleteResponse, FailRequest, HeartbeatRequest,
        HeartbeatResponse, Lease,
    },
    worker::{Earnings, RegisterRequest, StatusRequest, Worker, WorkersOverview},
};

impl ApiClient {
    /// `POST /workers/register`; again whenever what this worker can do has changed.
    pub(crate) async fn register_worker(&self, request: &RegisterRequest) -> Result<Worker, ApiError> {
        self.send(Call::post("/workers/register").json(request)?).await
    }

    /// `PUT /workers/me/status`.
    pub(crate) async fn set_worker_status(&self, request: &StatusRequest) -> Result<Worker, ApiError> {
        self.send(Call::put("/workers/me/status").json(request)?).await
    }

    /// `GET /workers/{address}`.
    pub async fn worker(&self, address: Address) -> Result<Worker, ApiError> {
        self.send(Call::get(&format!("/workers/{address}"))).await
    }

    /// `GET /workers/stats/overview`.
    pub(crate) async fn workers_overview(&self) -> Result<WorkersOverview, ApiError> {
        self.send(Call::get("/workers/stats/overview")).await
    }

    /// `GET /workers/{address}/earnings`: this account's, of the last `days`.
    pub async fn earnings(&self, days: u32) -> Result<Earnings, ApiError> {
        let path = format!("/workers/{}/earnings", self.address());
        self.send(Call::get(&path).query("days", days)).await
    }

    /// `GET /jobs/available`, best first; with `explain` also what this worker cannot take.
    pub(crate) async fn available_jobs(&self, explain: bool) -> Result<Vec<AvailableJob>, ApiError> {
        let call = Call::get("/jobs/available").query("status", "pending");
        let call = call.maybe_query("explain", explain.then_some("true"));
        let page: veriframe_wire::Page<AvailableJob> = self.send(call).await?;
        Ok(page.items)
    }

    /// `POST /jobs/{id}/assign`: takes a batch of its tasks.
    pub async fn claim(&self, job: &str, max_tasks: Option<u32>) -> Result<Lease, ApiError> {
        let body = AssignRequest {
            worker_address: AddressText(self.address()),
            max_tasks,
        };
        let call = Call::post(&format!("/jobs/{}/assign", segment(job))).json(&body)?;
        let answer: AssignResponse = self.send(call).await?;
        Ok(answer.lease)
    }

    /// `POST /jobs/{id}/heartbeat`: keeps the lease and tells how far its frames are.
    pub async fn heartbeat(&self, job: &str, request: &HeartbeatRequest) -> Result<HeartbeatResponse, ApiError> {
        let call = Call::post(&format!("/jobs/{}/heartbeat", segment(job))).json(request)?;
        self.send(call).await
    }

    /// `POST /jobs/{id}/complete`.
    pub async fn complete(
        &self,
        job: &str,
        request: &CompleteRequest,
        idempotency_key: &str,
    ) -> Result<CompleteResponse, ApiError> {
        let call = Call::post(&format!("/jobs/{}/complete", segment(job))).json(request)?;
        self.send(call.idempotent(idempotency_key)).await
    }

    /// `POST /jobs/{id}/fail`.
    pub async fn fail(&self, job: &str, request: &FailRequest) -> Result<(), ApiError> {
        let call = Call::post(&format!("/jobs/{}/fail", segment(job))).json(request)?;
        let _: serde::de::IgnoredAny = self.send(call).await?;
        Ok(())
    }
}
