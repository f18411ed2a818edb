//! Trustless gateways: the coordinator's, and public ones.
//!
//! Source: the specification "Trustless Gateway": `?format=raw` is always there, `?format=car` often.

use super::{
    ContentError, TokenSource,
    net::{Download, Http, accepted, address},
    source::{Reach, Source},
};
use crate::profile::MAX_BLOCK_BYTES;
use async_trait::async_trait;
use cid::Cid;
use reqwest::{StatusCode, Url};
use std::sync::Arc;

const RAW: &str = "application/vnd.ipld.raw";
const CAR: &str = "application/vnd.ipld.car";

pub(super) struct GatewaySource {
    name: String,
    http: Http,
    base: Url,
    tokens: Option<Arc<dyn TokenSource>>,
}

impl GatewaySource {
    /// A public gateway; `url` is its root.
    pub(super) fn public(http: Http, url: &str) -> Result<Self, ContentError> {
        let base = address(url)?;
        Ok(Self {
            name: base.host_str().unwrap_or(url).to_owned(),
            http,
            base,
            tokens: None,
        })
    }

    pub(super) fn coordinator(http: Http, url: &str, tokens: Arc<dyn TokenSource>) -> Result<Self, ContentError> {
        Ok(Self {
            name: "coordinator".into(),
            http,
            base: address(url)?,
            tokens: Some(tokens),
        })
    }

    async fn get(&self, cid: &Cid, query: &str, accept: &str) -> Result<Download, ContentError> {
        let mut url = self
            .base
            .join(&format!("ipfs/{cid}"))
            .map_err(|_| ContentError::Answer)?;
        url.set_query(Some(query));
        let Some(tokens) = &self.tokens else {
            return accepted(self.http.get(&url, accept, None).await?, &self.http.limits).await;
        };
        let token = tokens.token().await?;
        let mut answer = self.http.get(&url, accept, Some(&token)).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            tokens.refused(&token).await;
            let token = tokens.token().await?;
            answer = self.http.get(&url, accept, Some(&token)).await?;
        }
        accepted(answer, &self.http.limits).await
    }
}

#[async_trait]
impl Source for GatewaySource {
    fn name(&self) -> &str {
        &self.name
    }

    async fn block(&self, cid: &Cid) -> Result<Vec<u8>, ContentError> {
        match self.get(cid, "format=raw", RAW).await {
            Ok(body) => body.bytes(MAX_BLOCK_BYTES).await,
            Err(error) => Err(not_found(*cid, error)),
        }
    }

    async fn car(&self, root: &Cid, reach: Reach) -> Result<Option<Download>, ContentError> {
        if reach == Reach::Network {
            return Ok(None);
        }
        let accept = format!("{CAR}; version=1; order=dfs; dups=n");
        let body = self.get(root, "format=car&dag-scope=all", &accept).await;
        let body = body.map_err(|error| not_found(*root, error))?;
        // A gateway that knows no CARs may send the file itself, or a page about it.
        match body.content_type() {
            Some(kind) if !kind.trim_start().starts_with(CAR) => Err(ContentError::Answer),
            _ => Ok(Some(body)),
        }
    }
}

fn not_found(cid: Cid, error: ContentError) -> ContentError {
    match error {
        ContentError::Refused {
            status: 404 | 410 | 422 | 451,
            ..
        } => ContentError::NotFound(cid),
        error => error,
    }
}
