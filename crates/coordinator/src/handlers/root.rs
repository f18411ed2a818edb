use crate::{app::AppState, extract::Json};
use axum::extract::State;
use veriframe_wire::health::Root;

/// Name, version, and what a sign-in is bound to.
#[utoipa::path(get, path = "/", tag = "service", responses((status = 200, body = Root)))]
pub async fn root(State(app): State<AppState>) -> Json<Root> {
    Json(Root {
        name: "VeriFrame coordinator".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        status: "ok".to_owned(),
        network: app.settings.network.clone(),
        origin: app.origin.clone(),
    })
}
