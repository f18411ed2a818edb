//! Which path goes where, and what stands before all of them.

use crate::{
    app::AppState,
    docs_page,
    gateway::{IPFS_PATH, IPFS_ROOTS},
    handlers::{auth, content, contracts, events, health, jobs, ledger, prices, root, webhooks, workers, ws},
    headers, idempotent, limits, metrics, openapi, request_id,
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, header},
    middleware,
    routing::{delete, get, post, put},
};
use std::sync::Arc;
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{Any, CorsLayer},
    timeout::RequestBodyTimeoutLayer,
};
use veriframe_wire::{API_BASE, content::SHARD_BYTES};

/// Bytes of a JSON request.
pub const JSON_BYTES: usize = 1 << 20;
/// A CAR has a header and names beyond its blocks.
const CAR_BYTES: usize = SHARD_BYTES as usize + (4 << 20);

pub fn build(app: AppState) -> Router {
    let router = Router::new();
    let router = if app.settings.metrics_public {
        router.route("/metrics", get(metrics::serve))
    } else {
        router
    };
    let router = router
        .route("/", get(root::root))
        .route("/health", get(health::health))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .merge(gateway_routes())
        .route("/openapi.json", get(openapi::serve))
        .route("/docs", get(docs_page::swagger))
        .route("/redoc", get(docs_page::redoc))
        .nest(API_BASE, headers::for_pages_of(&app.settings.cors_origins, api(&app)))
        .fallback(request_id::no_such_path)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), headers::no_strangers));
    guarded(router, app, JSON_BYTES)
}

/// What stands before every path of a listener. A body may have so many bytes, unless a path has a limit of its own.
pub fn guarded(router: Router<AppState>, app: AppState, body_bytes: usize) -> Router {
    router
        .layer(DefaultBodyLimit::max(body_bytes))
        .layer(RequestBodyTimeoutLayer::new(app.settings.limits.stalled_within))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), limits::admit))
        .layer(CatchPanicLayer::custom(request_id::panicked))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), request_id::attach))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), headers::secure))
        .with_state(app)
}

fn api(app: &AppState) -> Router<AppState> {
    let writes_of_accounts = Router::new()
        .nest("/workers", worker_routes())
        .nest("/jobs", job_routes())
        .nest("/ledger", ledger_routes())
        .nest("/webhooks", webhook_routes())
        .layer(middleware::from_fn_with_state(Arc::clone(app), idempotent::once));
    Router::new()
        .merge(writes_of_accounts)
        .route("/", get(root::root))
        .route("/health", get(health::health))
        .route("/ws", get(ws::ws))
        .nest("/auth", auth_routes())
        .nest("/content", content_routes())
        .nest("/events", event_routes())
        .route("/contracts", get(contracts::contracts))
        .route("/prices/assets", get(prices::assets::assets))
        .route("/prices/{symbol}", get(prices::show::show))
}

fn auth_routes() -> Router<AppState> {
    Router::new()
        .route("/challenge", post(auth::challenge::challenge))
        .route("/authenticate", post(auth::authenticate::authenticate))
        .route("/refresh", post(auth::refresh::refresh))
}

fn worker_routes() -> Router<AppState> {
    Router::new()
        .route("/", get(workers::list::list))
        .route("/register", post(workers::register::register))
        .route("/me/status", put(workers::status::status))
        .route("/stats/overview", get(workers::overview::overview))
        .route("/{address}", get(workers::show::show))
        .route("/{address}/earnings", get(workers::earnings::earnings))
        .route(
            "/{address}/reputation-history",
            get(workers::reputation_history::reputation_history),
        )
}

fn job_routes() -> Router<AppState> {
    Router::new()
        .route("/", get(jobs::list::list).post(jobs::post::post))
        .route("/available", get(jobs::available::available))
        .route("/order", put(jobs::order::order))
        .route("/{id}", get(jobs::show::show))
        .route("/{id}/assign", post(jobs::assign::assign))
        .route("/{id}/heartbeat", post(jobs::heartbeat::heartbeat))
        .route("/{id}/complete", post(jobs::complete::complete))
        .route("/{id}/fail", post(jobs::fail::fail))
        .route("/{id}/pause", post(jobs::pause::pause))
        .route("/{id}/resume", post(jobs::resume::resume))
        .route("/{id}/cancel", post(jobs::cancel::cancel))
        .route("/{id}/tasks", get(jobs::tasks::tasks))
        .route("/{id}/log", get(jobs::log::log))
        .route("/{id}/explain", get(jobs::explain::explain))
        .route("/{id}/tasks/{task}/accept", post(jobs::accept::accept))
        .route("/{id}/tasks/{task}/rerender", post(jobs::rerender::rerender))
        .route("/{id}/tasks/{task}/dispute", post(jobs::dispute::dispute))
}

fn webhook_routes() -> Router<AppState> {
    Router::new()
        .route("/", get(webhooks::list::list).post(webhooks::create::create))
        .route("/{id}", delete(webhooks::delete::delete))
        .route("/{id}/replay", post(webhooks::replay::replay))
        .route("/{id}/deliveries", get(webhooks::deliveries::deliveries))
}

fn ledger_routes() -> Router<AppState> {
    Router::new()
        .route("/account", get(ledger::account::account))
        .route("/entries", get(ledger::entries::entries))
        .route("/faucet", post(ledger::faucet::faucet))
        .route("/transfer", post(ledger::transfer::transfer))
}

fn event_routes() -> Router<AppState> {
    Router::new()
        .route("/", get(events::list::list))
        .route("/differences", get(events::differences::differences))
        .route("/unprocessed", get(events::unprocessed::unprocessed))
        .route("/summary/stats", get(events::stats::stats))
}

fn content_routes() -> Router<AppState> {
    let shards = Router::new()
        .route("/car", post(content::car::car))
        .layer(DefaultBodyLimit::max(CAR_BYTES));
    Router::new()
        .route("/have", post(content::have::have))
        .route("/pins", post(content::pins::pins))
        .merge(shards)
}

/// Pages of any origin may read what is pinned: it is the same for everybody, and checked by whoever reads it.
fn gateway_routes() -> Router<AppState> {
    let anybody = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers(Any)
        .expose_headers([header::CONTENT_LENGTH, header::ETAG, IPFS_PATH, IPFS_ROOTS]);
    Router::new()
        .route("/ipfs/{cid}", get(content::gateway::gateway))
        .route("/ipfs/{cid}/", get(content::gateway::gateway))
        .route("/ipfs/{cid}/{*path}", get(content::gateway::below))
        .layer(anybody)
}
