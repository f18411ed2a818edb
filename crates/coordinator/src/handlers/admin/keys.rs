use crate::{
    app::AppState,
    auth,
    error::ApiResult,
    extract::{Caller, Json},
    limits::Asking,
    store,
};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope, Page, Time,
    admin::{RotateRequest, TokenKeyInfo},
};

/// The keys that sign access tokens, in the order in which they sign.
#[utoipa::path(get, path = "/api/v1/admin/keys", tag = "admin", security(("token" = [])),
    responses((status = 200, body = Page<TokenKeyInfo>), (status = "default", body = ErrorEnvelope)))]
pub async fn list(State(app): State<AppState>) -> ApiResult<Json<Page<TokenKeyInfo>>> {
    let rows = store::token_keys::all(&mut *app.store.read().await?).await?;
    let view = |row: store::token_keys::KeyRow| TokenKeyInfo {
        kid: row.kid,
        created_at: Time(row.created_at),
        signs_from: Time(row.signs_from),
    };
    Ok(Json(Page {
        items: rows.into_iter().map(view).collect(),
        next_cursor: None,
    }))
}

/// A new key signs from now on. With `end_earlier`, everybody renews their sign-in: this operator too.
#[utoipa::path(post, path = "/api/v1/admin/keys/rotate", tag = "admin", request_body = RotateRequest,
    security(("token" = [])), responses((status = 200, body = Page<TokenKeyInfo>), (status = "default", body = ErrorEnvelope)))]
pub async fn rotate(
    State(app): State<AppState>,
    asking: Asking,
    Caller(operator): Caller,
    Json(request): Json<RotateRequest>,
) -> ApiResult<Json<Page<TokenKeyInfo>>> {
    let earlier = if request.end_earlier {
        auth::Earlier::End
    } else {
        auth::Earlier::RunOut
    };
    auth::turn_now(&app, &asking, operator, earlier).await?;
    list(State(app)).await
}
