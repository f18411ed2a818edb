use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path, Query},
    handlers::paging,
    webhooks,
};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use veriframe_wire::{
    ErrorEnvelope, Page,
    webhook::{Delivery, DeliveryState},
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveriesQuery {
    /// `dead`: those that were given up.
    state: Option<DeliveryState>,
    /// Rows wanted: 1 to 1000, 100 unless said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    cursor: Option<String>,
}

/// What was sent to a webhook, or was tried to be, newest first. Deliveries are forgotten after 30 days.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries", tag = "webhooks",
    params(("id" = String, Path, description = "Webhook"), DeliveriesQuery), security(("token" = [])),
    responses((status = 200, body = Page<Delivery>), (status = "default", body = ErrorEnvelope)))]
pub async fn deliveries(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<DeliveriesQuery>,
) -> ApiResult<Json<Page<Delivery>>> {
    let limit = paging::limit(query.limit)?;
    let before = paging::cursor(query.cursor.as_deref())?;
    let items = webhooks::deliveries(&app, caller, &id, query.state, before, limit).await?;
    Ok(Json(paging::page(items, limit, |last: &Delivery| {
        last.event.to_string()
    })))
}
