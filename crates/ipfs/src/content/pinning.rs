//! Remote pinning services.
//!
//! Source: the IPFS Pinning Service API, 1.0: `POST /pins`, `GET /pins?cid=`, `GET /pins/{requestid}`, bearer token.

use super::{
    ContentError, Secret,
    kubo::KuboRpc,
    net::{Download, Http, accepted, address},
};
use crate::parse_cid;
use cid::Cid;
use reqwest::{Method, Url};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tokio::time::{Instant, sleep, timeout_at};

/// Addresses that are handed on, either way; the API allows 20.
const MAX_ADDRESSES: usize = 20;
/// Pins of one CID that are looked at.
const MAX_PINS: usize = 10;

pub(super) struct PinningService {
    pub(super) name: String,
    http: Http,
    base: Url,
    token: Secret,
}

#[derive(Serialize)]
struct NewPin<'a> {
    cid: String,
    name: &'a str,
    origins: &'a [String],
    meta: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct PinList {
    results: Vec<PinStatus>,
}

#[derive(Deserialize)]
struct PinStatus {
    requestid: String,
    status: State,
    pin: PinnedCid,
    #[serde(default)]
    delegates: Vec<String>,
}

#[derive(Deserialize)]
struct PinnedCid {
    cid: String,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum State {
    Queued,
    Pinning,
    Pinned,
    Failed,
}

impl PinningService {
    pub(super) fn new(http: Http, name: &str, url: &str, token: Secret) -> Result<Self, ContentError> {
        Ok(Self {
            name: name.to_owned(),
            http,
            base: address(url)?,
            token,
        })
    }

    /// Whether it answers to this token.
    pub(super) async fn test(&self) -> Result<(), ContentError> {
        let mut url = self.url(&["pins"])?;
        url.set_query(Some("limit=1"));
        self.call(Method::GET, url, None)
            .await?
            .json::<PinList>()
            .await
            .map(drop)
    }

    /// Has the tree kept, and waits until it is. `origin` is a node that has it.
    pub(super) async fn publish(&self, root: Cid, origin: &KuboRpc) -> Result<(), ContentError> {
        let deadline = Instant::now() + self.http.limits.pinning;
        timeout_at(deadline, self.pin(root, origin))
            .await
            .map_err(|_| ContentError::Stalled)?
    }

    async fn pin(&self, root: Cid, origin: &KuboRpc) -> Result<(), ContentError> {
        let known = self.known(root).await?;
        let mut pin = match known.into_iter().find(|pin| pin.status != State::Failed) {
            Some(pin) => pin,
            None => self.request(root, origin).await?,
        };
        loop {
            match pin.status {
                State::Pinned if parse_cid(&pin.pin.cid).is_ok_and(|cid| cid == root) => return Ok(()),
                State::Pinned | State::Failed => return Err(ContentError::Unconfirmed(root)),
                State::Queued | State::Pinning => {}
            }
            sleep(self.http.limits.pinning_poll).await;
            let url = self.url(&["pins", &pin.requestid])?;
            pin = self.call(Method::GET, url, None).await?.json().await?;
        }
    }

    async fn known(&self, root: Cid) -> Result<Vec<PinStatus>, ContentError> {
        let mut url = self.url(&["pins"])?;
        url.query_pairs_mut()
            .append_pair("cid", &root.to_string())
            .append_pair("status", "queued,pinning,pinned")
            .append_pair("limit", &MAX_PINS.to_string());
        let mut list: PinList = self.call(Method::GET, url, None).await?.json().await?;
        list.results
            .retain(|pin| parse_cid(&pin.pin.cid).is_ok_and(|cid| cid == root));
        // The best first.
        list.results.sort_by_key(|pin| pin.status != State::Pinned);
        Ok(list.results)
    }

    async fn request(&self, root: Cid, origin: &KuboRpc) -> Result<PinStatus, ContentError> {
        let mut origins = origin.id().await?.addresses;
        origins.truncate(MAX_ADDRESSES);
        let name = format!("veriframe {root}");
        let body = NewPin {
            cid: root.to_string(),
            name: &name,
            origins: &origins,
            meta: BTreeMap::new(),
        };
        let body = serde_json::to_vec(&body).map_err(|_| ContentError::Answer)?;
        let pin: PinStatus = self
            .call(Method::POST, self.url(&["pins"])?, Some(body))
            .await?
            .json()
            .await?;
        for delegate in pin.delegates.iter().take(MAX_ADDRESSES) {
            // Only a help: the service has our addresses, too.
            if let Err(error) = origin.swarm_connect(delegate).await {
                tracing::debug!(%error, service = self.name, "a delegate could not be connected to");
            }
        }
        Ok(pin)
    }

    async fn call(&self, method: Method, url: Url, body: Option<Vec<u8>>) -> Result<Download, ContentError> {
        let mut request = self.http.request(method, url).bearer_auth(self.token.reveal());
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        accepted(self.http.send(request).await?, &self.http.limits).await
    }

    fn url(&self, parts: &[&str]) -> Result<Url, ContentError> {
        let mut url = self.base.clone();
        // A service's own word, such as a request's name, stays one part of the path.
        url.path_segments_mut()
            .map_err(|()| ContentError::Answer)?
            .pop_if_empty()
            .extend(parts);
        Ok(url)
    }
}
