//! The trustless gateway: what is pinned here goes out as blocks, and whoever asks checks them.
//!
//! What is asked and which blocks answer it is worked out in [`veriframe_ipfs::gateway`]; here it meets HTTP.

mod asked;
mod body;
mod headers;

use crate::{
    app::App,
    content::{any_cid, blocking},
    error::{ApiError, ApiResult},
};
pub use asked::Asked;
use axum::{
    body::Body,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use headers::About;
pub use headers::{IPFS_PATH, IPFS_ROOTS};
use veriframe_ipfs::{
    BlockStore, Cid, StoreError, TreeError, block,
    gateway::{CarOptions, Format, Plan, PlanError, RequestError, ResolveError, Resolved},
};
use veriframe_wire::ErrorCode;

/// A block or a CAR, or 304 when whoever asks has it.
pub async fn answer(app: &App, asked: &Asked) -> ApiResult<Response> {
    let root = any_cid(&asked.cid)?;
    match Format::read(&asked.query, asked.values(header::ACCEPT))? {
        Format::Raw if asked.names().next().is_none() => raw(app, root, asked).await,
        Format::Raw => Err(ApiError::new(
            ErrorCode::NotAcceptable,
            "A block at the end of a path cannot be checked without those on the way.",
        )
        .hint("Ask for format=car, with dag-scope=block for no more than the way.")),
        Format::Car(options) => car(app, root, options, asked).await,
    }
}

async fn raw(app: &App, root: Cid, asked: &Asked) -> ApiResult<Response> {
    let data = blocking(app, move |blocks| {
        held(blocks, &root)?;
        blocks.get(&root).map_err(|error| hidden(error.into()))
    })
    .await?;
    let about = About::raw(root, asked);
    if about.is_known(asked) {
        return Ok((StatusCode::NOT_MODIFIED, about.short()).into_response());
    }
    Ok((about.headers(), data).into_response())
}

async fn car(app: &App, root: Cid, options: CarOptions, asked: &Asked) -> ApiResult<Response> {
    let path = asked.path.clone();
    let (resolved, plan) = blocking(app, move |blocks| {
        held(blocks, &root)?;
        let resolved = blocks.resolve(&root, &path)?;
        let plan = Plan::new(blocks, &resolved, &options)?;
        Ok((resolved, plan))
    })
    .await?;
    let Resolved { roots, target, .. } = resolved;
    let about = About::car(&roots, &options, asked);
    if about.is_known(asked) {
        return Ok((StatusCode::NOT_MODIFIED, about.short()).into_response());
    }
    let body = if asked.method == Method::HEAD {
        // Of unknown length, as that of a GET.
        Body::from_stream(futures_util::stream::empty::<std::io::Result<bytes::Bytes>>())
    } else {
        body::stream(app, target, plan)
    };
    Ok((about.headers(), body).into_response())
}

/// Only what belongs to a pinned tree goes out. A block that lies in its CID is no secret.
fn held(blocks: &BlockStore, root: &Cid) -> ApiResult<()> {
    if block::inline(root).is_some() || (blocks.keeps(root)? && blocks.has(root)) {
        Ok(())
    } else {
        Err(ApiError::not_found("block here"))
    }
}

/// To whoever reads, a block that is missing and one that never was are the same.
fn hidden(error: TreeError) -> ApiError {
    match error {
        TreeError::Store(StoreError::Missing(_) | StoreError::Damaged(_)) => ApiError::not_found("block here"),
        error => error.into(),
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::NotAcceptable => Self::new(
                ErrorCode::NotAcceptable,
                "Only answers that can be checked are given here.",
            )
            .hint("Ask for format=raw or format=car."),
            error @ RequestError::Parameter { .. } => Self::invalid(format!("The request cannot be used: {error}.")),
        }
    }
}

impl From<ResolveError> for ApiError {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::NoSuchName { .. } => Self::not_found("path below this CID"),
            ResolveError::TooLong => Self::invalid(format!("Refused: {error}.")),
            ResolveError::Tree(error) => hidden(error),
        }
    }
}

impl From<PlanError> for ApiError {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Outside { .. } => Self::invalid(format!("The range cannot be used: {error}.")),
            PlanError::Tree(error) => hidden(error),
        }
    }
}
