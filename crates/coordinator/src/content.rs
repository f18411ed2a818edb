//! The block store, as the coordinator uses it: always away from the async threads, errors in our own words.

use crate::{
    app::App,
    error::{ApiError, ApiResult},
};
use axum::body::Bytes;
use veriframe_ipfs::{
    BlockStore, Cid, CidError, ContentError, StoreError, TreeError, car::CarError, content::no_progress, parse_any_cid,
    parse_cid,
};
use veriframe_wire::{
    ErrorCode,
    content::{CarResponse, HaveResponse, PinResponse},
};

/// Missing blocks that one answer names.
const MISSING_SHOWN: usize = 1000;
/// CIDs in one question.
const ASKED_AT_MOST: usize = 10_000;

/// What a job may be made of: a CID of our own profile.
pub fn cid(text: &str) -> ApiResult<Cid> {
    parse_cid(text).map_err(|error| refused(text, &error))
}

/// What may be kept here for others: any CID whose blocks can be checked.
pub fn any_cid(text: &str) -> ApiResult<Cid> {
    parse_any_cid(text).map_err(|error| refused(text, &error))
}

fn refused(text: &str, error: &CidError) -> ApiError {
    let shown: String = text.chars().take(80).collect();
    ApiError::invalid(format!("“{shown}” cannot be used: {error}."))
}

fn missing(message: String) -> ApiError {
    ApiError::new(ErrorCode::ContentMissing, message).hint("Upload it with POST /content/car first.")
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSpace { .. } => Self::new(ErrorCode::NoSpace, "The coordinator's disk is full."),
            StoreError::Missing(cid) => missing(format!("The block {cid} is not here.")),
            StoreError::Damaged(cid) => missing(format!("The block {cid} was damaged and has to be sent again.")),
            StoreError::Mismatch(cid) => Self::new(
                ErrorCode::ContentCorrupt,
                format!("The bytes sent for {cid} are not that block."),
            ),
            StoreError::SourceChanged { cid, .. } => missing(format!("The block {cid} is not here any more.")),
            StoreError::OverLimit { .. } => Self::new(ErrorCode::NoSpace, "The coordinator's store is full."),
            error @ (StoreError::Io { .. } | StoreError::Busy) => Self::internal(error),
        }
    }
}

impl From<TreeError> for ApiError {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Store(error) => error.into(),
            error @ TreeError::TooLarge { .. } => Self::new(ErrorCode::TooLarge, format!("Refused: {error}.")),
            error => Self::new(
                ErrorCode::ContentCorrupt,
                format!("The content cannot be used: {error}."),
            ),
        }
    }
}

impl From<CarError> for ApiError {
    fn from(error: CarError) -> Self {
        match error {
            CarError::Store(error) => error.into(),
            CarError::Io(error) => Self::internal(error),
            error => Self::new(ErrorCode::ContentCorrupt, format!("The upload was refused: {error}.")),
        }
    }
}

pub async fn blocking<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&BlockStore) -> ApiResult<T> + Send + 'static,
) -> ApiResult<T> {
    let blocks = app.blocks.clone();
    tokio::task::spawn_blocking(move || work(&blocks)).await?
}

/// A whole file. For threads that may block.
pub fn read_file(blocks: &BlockStore, text: &str, max_bytes: u64) -> ApiResult<Vec<u8>> {
    Ok(blocks.read_file(&cid(text)?, max_bytes)?)
}

/// Pins a tree that must be complete, after fetching what was kept for us elsewhere.
pub async fn pin(app: &App, root: &str) -> ApiResult<()> {
    let name = cid(root)?;
    if let Some(elsewhere) = &app.elsewhere {
        match elsewhere.fetch(name, no_progress()).await {
            Ok(()) => {}
            Err(ContentError::Store(error)) => return Err(error.into()),
            Err(ContentError::Tree(error)) => return Err(error.into()),
            // Whoever asks can still send it here.
            Err(error) => tracing::info!(root, %error, "content was not found elsewhere"),
        }
    }
    let lacking = try_pin(app, root).await?.missing;
    match lacking.first() {
        None => Ok(()),
        Some(first) => Err(missing(format!(
            "The content {root} is incomplete here: the block {first} is missing."
        ))),
    }
}

/// Pins a tree if it is complete, else says what is missing.
pub async fn try_pin(app: &App, root: &str) -> ApiResult<PinResponse> {
    let root = any_cid(root)?;
    blocking(app, move |blocks| {
        let missing = blocks.missing_blocks(&root, MISSING_SHOWN)?;
        if missing.is_empty() {
            blocks.pin(&root)?;
        }
        Ok(PinResponse {
            root: root.to_string(),
            pinned: missing.is_empty(),
            missing: missing.iter().map(Cid::to_string).collect(),
        })
    })
    .await
}

/// Takes the blocks of a CAR, each checked against its name.
pub async fn import(app: &App, shard: Bytes) -> ApiResult<CarResponse> {
    blocking(app, move |blocks| {
        let held = blocks.import_car(&mut shard.as_ref())?;
        let texts = |cids: Vec<Cid>| cids.iter().map(Cid::to_string).collect();
        Ok(CarResponse {
            roots: texts(held.roots),
            blocks: texts(held.blocks),
        })
    })
    .await
}

/// Which of these blocks need not be sent.
pub async fn have(app: &App, cids: Vec<String>) -> ApiResult<HaveResponse> {
    if cids.len() > ASKED_AT_MOST {
        return Err(ApiError::invalid("Ask for at most 10,000 blocks at a time."));
    }
    blocking(app, move |blocks| {
        let mut held = Vec::new();
        for text in cids {
            if blocks.has(&any_cid(&text)?) {
                held.push(text);
            }
        }
        Ok(HaveResponse { held })
    })
    .await
}
