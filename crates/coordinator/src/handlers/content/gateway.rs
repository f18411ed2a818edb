use crate::{
    app::AppState,
    error::ApiResult,
    gateway::{self, Asked},
};
use axum::{extract::State, response::Response};
use veriframe_wire::ErrorEnvelope;

/// A trustless gateway: whoever asks checks each block against its name. Only what belongs to a pinned tree is given.
#[utoipa::path(method(get, head), path = "/ipfs/{cid}", tag = "content",
    params(
        ("cid" = String, Path, description = "CID of version 0 or 1"),
        ("format" = Option<String>, Query, description = "`raw`: the one block; `car`: blocks of the tree. Unless said, the header Accept must name `application/vnd.ipld.raw` or `application/vnd.ipld.car`."),
        ("dag-scope" = Option<String>, Query, description = "For `car`: `block`, `entity` (what it takes to read the file or list the folder) or `all`, which is what comes unless said"),
        ("entity-bytes" = Option<String>, Query, description = "For `car`: `FROM:TO`, the blocks of these bytes of a file; negative numbers count from its end, `*` is its end"),
        ("car-order" = Option<String>, Query, description = "`dfs` or `unk`"),
        ("car-dups" = Option<String>, Query, description = "`y` or `n`: whether a block comes again where the tree repeats it"),
        ("filename" = Option<String>, Query, description = "Name for a browser to save it by")),
    responses((status = 200, description = "A block, or a CAR of blocks"),
        (status = 304, description = "If-None-Match names this very answer"),
        (status = "default", body = ErrorEnvelope)))]
pub async fn gateway(State(app): State<AppState>, asked: Asked) -> ApiResult<Response> {
    gateway::answer(&app, &asked).await
}

/// The same for what a path leads to, with the blocks on the way; only as a CAR.
#[utoipa::path(method(get, head), path = "/ipfs/{cid}/{path}", tag = "content",
    params(("cid" = String, Path, description = "CID of version 0 or 1"),
        ("path" = String, Path, description = "Names of entries, with `/` between them")),
    responses((status = 200, description = "A CAR of blocks"),
        (status = 304, description = "If-None-Match names this very answer"),
        (status = "default", body = ErrorEnvelope)))]
pub async fn below(State(app): State<AppState>, asked: Asked) -> ApiResult<Response> {
    gateway::answer(&app, &asked).await
}
