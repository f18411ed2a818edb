//! Requests of somebody who lets render.

use super::{
    ApiClient, ApiError,
    call::{Call, segment},
};
use veriframe_core::Address;
use veriframe_wire::{
    Page, PageQuery,
    job::{Job, JobExplanation, JobStatus, OrderJobsRequest, OrderJobsResponse, PostJobRequest, Task},
};

/// Which jobs to list; empty: all that may be seen.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    pub creator: Option<Address>,
    pub status: Option<JobStatus>,
}

impl ApiClient {
    /// `POST /jobs`. `idempotency_key` makes a repeat safe: money moves once.
    pub async fn post_job(&self, job: &PostJobRequest, idempotency_key: &str) -> Result<Job, ApiError> {
        self.send(Call::post("/jobs").json(job)?.idempotent(idempotency_key))
            .await
    }

    /// `GET /jobs`, newest first.
    pub async fn jobs(&self, filter: &JobFilter, page: &PageQuery) -> Result<Page<Job>, ApiError> {
        let status = filter.status.map(|status| name_of(&status)).transpose()?;
        let call = Call::get("/jobs")
            .maybe_query("creator", filter.creator)
            .maybe_query("status", status);
        self.send(paged(call, page)).await
    }

    /// Those of this account in this state, newest first; of very many the newest.
    pub async fn own_jobs(&self, status: JobStatus) -> Result<Vec<Job>, ApiError> {
        let filter = JobFilter {
            creator: Some(self.address()),
            status: Some(status),
        };
        let page = PageQuery {
            limit: Some(veriframe_wire::page::PAGE_MAX),
            cursor: None,
        };
        Ok(self.jobs(&filter, &page).await?.items)
    }

    /// Those of this account that have not ended. What is paused is among them: somebody wants it later.
    pub async fn own_jobs_under_way(&self) -> Result<Vec<Job>, ApiError> {
        let mut jobs = Vec::new();
        for status in [
            JobStatus::Open,
            JobStatus::Rendering,
            JobStatus::Verifying,
            JobStatus::Paused,
        ] {
            jobs.extend(self.own_jobs(status).await?);
        }
        Ok(jobs)
    }

    /// `GET /jobs/{id}`.
    pub async fn job(&self, id: &str) -> Result<Job, ApiError> {
        self.send(Call::get(&format!("/jobs/{}", segment(id)))).await
    }

    /// `GET /jobs/{id}/explain`: why nothing happens on it.
    pub async fn explain_job(&self, id: &str) -> Result<JobExplanation, ApiError> {
        self.send(Call::get(&format!("/jobs/{}/explain", segment(id)))).await
    }

    /// `GET /jobs/{id}/tasks`: one page.
    pub async fn tasks(&self, job: &str, page: &PageQuery) -> Result<Page<Task>, ApiError> {
        self.send(paged(Call::get(&format!("/jobs/{}/tasks", segment(job))), page))
            .await
    }

    /// `GET /jobs/{id}/tasks` without audits: up to `limit` frames from `first` on, ascending.
    pub(crate) async fn frame_tasks(&self, job: &str, first: i32, limit: u32) -> Result<Vec<Task>, ApiError> {
        let call = Call::get(&format!("/jobs/{}/tasks", segment(job)))
            .query("kind", "frame")
            .query("after", i64::from(first) - 1)
            .query("limit", limit);
        let page: Page<Task> = self.send(call).await?;
        Ok(page.items)
    }

    /// `PUT /jobs/order`: the first named is rendered first.
    pub async fn order_jobs(&self, jobs: Vec<String>) -> Result<(), ApiError> {
        let request = OrderJobsRequest { jobs };
        let _: OrderJobsResponse = self.send(Call::put("/jobs/order").json(&request)?).await?;
        Ok(())
    }

    pub async fn pause_job(&self, job: &str) -> Result<Job, ApiError> {
        self.send(Call::post(&format!("/jobs/{}/pause", segment(job)))).await
    }

    pub async fn resume_job(&self, job: &str) -> Result<Job, ApiError> {
        self.send(Call::post(&format!("/jobs/{}/resume", segment(job)))).await
    }

    /// Ends the job; what it did not use comes back.
    pub async fn cancel_job(&self, job: &str) -> Result<Job, ApiError> {
        self.send(Call::post(&format!("/jobs/{}/cancel", segment(job)))).await
    }

    pub(crate) async fn accept_task(&self, job: &str, task: &str) -> Result<Task, ApiError> {
        self.act_on_task(job, task, "accept").await
    }

    pub(crate) async fn rerender_task(&self, job: &str, task: &str) -> Result<Task, ApiError> {
        self.act_on_task(job, task, "rerender").await
    }

    pub(crate) async fn dispute_task(&self, job: &str, task: &str) -> Result<Task, ApiError> {
        self.act_on_task(job, task, "dispute").await
    }

    async fn act_on_task(&self, job: &str, task: &str, action: &str) -> Result<Task, ApiError> {
        let path = format!("/jobs/{}/tasks/{}/{action}", segment(job), segment(task));
        self.send(Call::post(&path)).await
    }
}

pub(super) fn paged(call: Call, page: &PageQuery) -> Call {
    call.maybe_query("limit", page.limit)
        .maybe_query("cursor", page.cursor.as_deref())
}

/// An enum's name as JSON writes it.
fn name_of(value: &impl serde::Serialize) -> Result<String, ApiError> {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .ok_or_else(|| ApiError::Protocol {
            detail: "a filter without a name".to_owned(),
        })
}
