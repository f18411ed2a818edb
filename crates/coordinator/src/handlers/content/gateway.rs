use crate::{
    app::AppState,
    content,
    error::ApiResult,
    extract::{Path, Query},
};
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use veriframe_wire::ErrorEnvelope;

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Raw,
    Car,
}

#[derive(Clone, Copy, Deserialize, ToSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    Block,
    All,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query, rename_all = "kebab-case")]
pub struct GatewayQuery {
    /// `raw`: the one block; `car`: the tree. Unless said, what the header Accept asks for, else `raw`.
    #[param(inline)]
    format: Option<Format>,
    /// For `car`: the one block, or everything below it as well, which is what comes unless said.
    #[param(inline)]
    dag_scope: Option<Scope>,
}

/// A trustless gateway: whoever asks checks each block against its name.
#[utoipa::path(get, path = "/ipfs/{cid}", tag = "content",
    params(("cid" = String, Path, description = "CID"), GatewayQuery),
    responses((status = 200, description = "A block, or a CAR of blocks"), (status = "default", body = ErrorEnvelope)))]
pub async fn gateway(
    State(app): State<AppState>,
    Path(cid): Path<String>,
    Query(query): Query<GatewayQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let cid = content::cid(&cid)?;
    let accepts_car = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/vnd.ipld.car"));
    let car = match query.format {
        Some(format) => matches!(format, Format::Car),
        None => accepts_car,
    };
    let (kind, body) = if car {
        let everything = query.dag_scope != Some(Scope::Block);
        (
            "application/vnd.ipld.car; version=1",
            content::tree(&app, cid, everything).await?,
        )
    } else {
        ("application/vnd.ipld.raw", content::block(&app, cid).await?.into())
    };
    let forever = "public, max-age=31536000, immutable";
    let sniffing = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    Ok((
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, forever), sniffing],
        body,
    )
        .into_response())
}
