use crate::{
    app::AppState,
    error::{ApiError, ApiResult},
    extract::{Caller, Json, Query},
    handlers::paging::{self, bad_cursor},
    store::{
        self,
        workers::{After, Filter},
    },
    workers,
};
use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use veriframe_core::{BlenderVersion, reputation::REPUTATION_MAX};
use veriframe_wire::{
    ErrorEnvelope, Page,
    worker::{Worker, WorkerStatus},
};

#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WorkersSort {
    #[default]
    Address,
    /// Best first.
    Reputation,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WorkersQuery {
    status: Option<WorkerStatus>,
    /// Whether the registry on the chain has verified the worker.
    verified: Option<bool>,
    /// `cycles`, `eevee`, `workbench`, or an add-on's own identifier.
    engine: Option<String>,
    /// 0 to 1000.
    #[param(maximum = 1000)]
    min_reputation: Option<u32>,
    /// A Blender version, or `4.2` for any of that series; with `engine`, one Blender that has both.
    blender: Option<String>,
    #[serde(default)]
    #[param(inline, required = false)]
    sort: WorkersSort,
    /// Rows wanted: 1 to 1000, 100 unless said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    cursor: Option<String>,
}

impl WorkersQuery {
    fn after(&self) -> ApiResult<After> {
        let cursor = self.cursor.as_deref();
        Ok(match self.sort {
            WorkersSort::Address => After::Address(paging::cursor(cursor)?),
            WorkersSort::Reputation => {
                let pair = |text: &str| {
                    let (reputation, address) = text.split_once(':')?;
                    Some((reputation.parse().ok()?, address.parse().ok()?))
                };
                After::Reputation(cursor.map(|text| pair(text).ok_or_else(bad_cursor)).transpose()?)
            }
        })
    }

    fn filter(self) -> ApiResult<Filter> {
        if let Some(Err(error)) = self.blender.as_deref().map(str::parse::<BlenderVersion>) {
            return Err(ApiError::invalid(error.to_string()));
        }
        if self.min_reputation.is_some_and(|least| least > REPUTATION_MAX) {
            return Err(ApiError::invalid("A reputation is 0 to 1000."));
        }
        Ok(Filter {
            status: self.status,
            verified: self.verified,
            engine: self.engine,
            min_reputation: self.min_reputation,
            blender: self.blender,
        })
    }
}

/// Workers, by what they can do and how well they did.
#[utoipa::path(get, path = "/api/v1/workers", tag = "workers", params(WorkersQuery), security(("token" = [])),
    responses((status = 200, body = Page<Worker>), (status = "default", body = ErrorEnvelope)))]
pub async fn list(
    State(app): State<AppState>,
    _: Caller,
    Query(query): Query<WorkersQuery>,
) -> ApiResult<Json<Page<Worker>>> {
    let (limit, sort, after) = (paging::limit(query.limit)?, query.sort, query.after()?);
    let filter = query.filter()?;
    let mut db = app.store.read().await?;
    let rows = store::workers::page(&mut db, &filter, after, limit).await?;
    let items = rows.into_iter().map(workers::view).collect();
    Ok(Json(paging::page(items, limit, |last: &Worker| match sort {
        WorkersSort::Address => last.address.0.to_string(),
        WorkersSort::Reputation => format!("{}:{}", last.reputation, last.address.0),
    })))
}
