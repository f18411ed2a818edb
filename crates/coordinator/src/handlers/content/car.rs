use crate::{
    app::AppState,
    content,
    error::{ApiError, ApiResult},
    extract::{Caller, Json},
};
use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
};
use veriframe_wire::{ErrorCode, ErrorEnvelope, content::CarResponse};

/// Takes the blocks of one CAR shard of at most 64 MiB. Sending a block again does no harm.
#[utoipa::path(post, path = "/api/v1/content/car", tag = "content", security(("token" = [])),
    request_body(content = Vec<u8>, content_type = "application/vnd.ipld.car"),
    responses((status = 200, body = CarResponse), (status = "default", body = ErrorEnvelope)))]
pub async fn car(
    State(app): State<AppState>,
    _: Caller,
    shard: Result<Bytes, BytesRejection>,
) -> ApiResult<Json<CarResponse>> {
    let shard = shard.map_err(|_| ApiError::new(ErrorCode::TooLarge, "A shard has at most 64 MiB."))?;
    content::import(&app, shard).await.map(Json)
}
