//! The coordinator as a store: only the blocks that it lacks are sent, a shard at a time.

use super::{
    ContentError, TokenSource,
    meter::Meter,
    net::{Download, Http, accepted, address, car_upload},
};
use crate::{BlockStore, parse_cid, tree::TreeBlock};
use bytes::Bytes;
use cid::Cid;
use reqwest::{RequestBuilder, StatusCode, Url};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::HashSet, sync::Arc};

/// Tries of one request before its error is told.
const TRIES: u32 = 3;
/// Names in one question; the coordinator answers up to 10,000.
const ASKED: usize = 1000;
/// Bytes in one shard; the coordinator takes up to 64 MiB, and keeps nothing of one that breaks off.
const SHARD_BYTES: u64 = 32 << 20;
/// Times that the coordinator may still find something missing.
const ROUNDS: usize = 3;

/// The coordinator, as this crate talks to it.
#[derive(Clone)]
pub(super) struct Coordinator {
    http: Http,
    base: Url,
    tokens: Arc<dyn TokenSource>,
}

#[derive(Serialize)]
struct HaveRequest<'a> {
    cids: &'a [String],
}

#[derive(Deserialize)]
struct HaveResponse {
    held: Vec<String>,
}

#[derive(Deserialize)]
struct CarResponse {
    blocks: Vec<String>,
}

#[derive(Serialize)]
struct PinRequest {
    root: String,
}

#[derive(Deserialize)]
struct PinResponse {
    pinned: bool,
}

impl Coordinator {
    pub(super) fn new(http: Http, base: &str, tokens: Arc<dyn TokenSource>) -> Result<Self, ContentError> {
        let base = address(base)?
            .join("api/v1/content/")
            .map_err(|_| ContentError::Address(base.to_owned()))?;
        Ok(Self { http, base, tokens })
    }

    /// Has the tree below `root` kept. Nothing is sent when the coordinator has all of it, or finds it by itself.
    pub(super) async fn publish(
        &self,
        store: &BlockStore,
        root: Cid,
        tree: &[TreeBlock],
        meter: &Arc<Meter>,
    ) -> Result<(), ContentError> {
        let before = meter.done();
        let all = bytes(tree);
        for round in 0..=ROUNDS {
            if self.pin(root).await? {
                meter.set_done(before + all);
                return Ok(());
            }
            if round == ROUNDS {
                break;
            }
            let lacking = self.lacking(tree).await?;
            meter.set_done(before + all - bytes(&lacking));
            self.send(store, root, &lacking, meter).await?;
        }
        Err(ContentError::Unconfirmed(root))
    }

    /// Of these blocks, the ones that the coordinator does not hold.
    async fn lacking(&self, tree: &[TreeBlock]) -> Result<Vec<TreeBlock>, ContentError> {
        let mut lacking = Vec::new();
        for part in tree.chunks(ASKED) {
            let cids: Vec<String> = part.iter().map(|block| block.cid.to_string()).collect();
            let held = self.held(&cids).await?;
            lacking.extend(part.iter().filter(|block| !held.contains(&block.cid)));
        }
        Ok(lacking)
    }

    pub(super) async fn held(&self, cids: &[String]) -> Result<HashSet<Cid>, ContentError> {
        let answer: HaveResponse = self.post_json("have", &HaveRequest { cids }).await?;
        // Compared as CIDs: the texts may be of another base.
        Ok(answer.held.iter().filter_map(|text| parse_cid(text).ok()).collect())
    }

    async fn send(
        &self,
        store: &BlockStore,
        root: Cid,
        lacking: &[TreeBlock],
        meter: &Arc<Meter>,
    ) -> Result<(), ContentError> {
        for shard in shards(lacking, SHARD_BYTES) {
            let names: Vec<Cid> = shard.iter().map(|block| block.cid).collect();
            let before = meter.done();
            let mut tries = 0;
            let answer: CarResponse = loop {
                meter.set_done(before);
                match self.send_shard(store, root, names.clone(), meter).await {
                    Ok(answer) => break answer,
                    Err(error) => self.pause(&mut tries, error).await?,
                }
            };
            let stored: HashSet<Cid> = answer.blocks.iter().filter_map(|text| parse_cid(text).ok()).collect();
            if let Some(lost) = shard.iter().find(|block| !stored.contains(&block.cid)) {
                return Err(ContentError::NotFound(lost.cid));
            }
            meter.set_done(before + bytes(shard));
        }
        Ok(())
    }

    async fn send_shard(
        &self,
        store: &BlockStore,
        root: Cid,
        names: Vec<Cid>,
        meter: &Arc<Meter>,
    ) -> Result<CarResponse, ContentError> {
        let url = self.url("car")?;
        let mut token = self.tokens.token().await?;
        for is_second in [false, true] {
            let counted = Arc::clone(meter);
            let around = (String::new(), String::new());
            let upload = car_upload(store, root, names.clone(), around, move |bytes| counted.add_done(bytes));
            let request = self.http.post(url.clone()).bearer_auth(&token);
            let request = request.header("content-type", "application/vnd.ipld.car; version=1");
            let answer = upload.send(&self.http, request).await?;
            if answer.status() != StatusCode::UNAUTHORIZED || is_second {
                return accepted(answer, &self.http.limits).await?.json().await;
            }
            self.tokens.refused(&token).await;
            token = self.tokens.token().await?;
        }
        Err(ContentError::Answer)
    }

    /// `false` when something is still missing.
    pub(super) async fn pin(&self, root: Cid) -> Result<bool, ContentError> {
        let request = PinRequest { root: root.to_string() };
        match self.post_json::<PinResponse>("pins", &request).await {
            Ok(answer) => Ok(answer.pinned),
            Err(ContentError::Refused { status: 422, code, .. }) if code == "content_missing" => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn post_json<T: DeserializeOwned>(&self, path: &str, value: &impl Serialize) -> Result<T, ContentError> {
        let body: Bytes = serde_json::to_vec(value).map_err(|_| ContentError::Answer)?.into();
        let url = self.url(path)?;
        let request = || {
            let request = self.http.post(url.clone()).header("content-type", "application/json");
            request.body(body.clone())
        };
        let mut tries = 0;
        loop {
            let answer = match self.authorized(&request).await {
                Ok(answer) => answer.json().await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(answer) => return Ok(answer),
                Err(error) => self.pause(&mut tries, error).await?,
            }
        }
    }

    /// Sends with a token; once more with a new one if it was refused.
    async fn authorized(&self, request: &(dyn Fn() -> RequestBuilder + Send + Sync)) -> Result<Download, ContentError> {
        let token = self.tokens.token().await?;
        let mut answer = self.http.send(request().bearer_auth(&token)).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            self.tokens.refused(&token).await;
            let token = self.tokens.token().await?;
            answer = self.http.send(request().bearer_auth(&token)).await?;
        }
        accepted(answer, &self.http.limits).await
    }

    fn url(&self, path: &str) -> Result<Url, ContentError> {
        self.base.join(path).map_err(|_| ContentError::Answer)
    }

    /// Waits before the next try, or gives the error back when there is none.
    async fn pause(&self, tries: &mut u32, error: ContentError) -> Result<(), ContentError> {
        *tries += 1;
        if *tries == TRIES || !error.is_transient() {
            return Err(error);
        }
        tracing::debug!(%error, "a request to the coordinator failed and is tried again");
        tokio::time::sleep(self.http.limits.pause(*tries)).await;
        Ok(())
    }
}

pub(super) fn bytes(blocks: &[TreeBlock]) -> u64 {
    blocks.iter().filter_map(|block| block.size).sum()
}

/// Parts of about this many bytes, of at least one block each.
pub(super) fn shards(mut blocks: &[TreeBlock], limit: u64) -> impl Iterator<Item = &[TreeBlock]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fitting = blocks.iter().take_while(|block| {
            bytes += block.size.unwrap_or(0) + 64;
            bytes <= limit
        });
        let (shard, rest) = blocks.split_at(fitting.count().max(1).min(blocks.len()));
        blocks = rest;
        (!shard.is_empty()).then_some(shard)
    })
}
