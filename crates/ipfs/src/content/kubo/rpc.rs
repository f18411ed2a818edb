//! The calls.

use super::super::{
    ContentError, Limits, Secret,
    net::{Download, Http, JsonStream, Upload, accepted, address},
};
use crate::{block::parse_cid, profile::MAX_BLOCK_BYTES};
use cid::Cid;
use reqwest::{RequestBuilder, Url};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

/// How long a node may look into its own store for one block. js-ipfs takes no notice of `offline` and would wait for
/// the network for ever.
const OWN_STORE: &str = "5s";

/// How a node that is behind a proxy is signed in to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RpcAuth {
    Bearer(Secret),
    Basic { user: String, password: Secret },
}

/// The RPC of one node. Clones share connections.
#[derive(Debug, Clone)]
pub struct KuboRpc {
    pub(in super::super) http: Http,
    base: Url,
    auth: Option<RpcAuth>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NodeId {
    #[serde(rename = "ID")]
    pub id: String,
    #[serde(default)]
    pub agent_version: String,
    /// Where others reach it.
    #[serde(default, deserialize_with = "or_default")]
    pub addresses: Vec<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RepoStat {
    /// Bytes.
    #[serde(deserialize_with = "number")]
    pub repo_size: u64,
    /// Bytes; 0 when it does not say.
    #[serde(default, deserialize_with = "number")]
    pub storage_max: u64,
}

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "Version")]
    version: String,
}

#[derive(Deserialize)]
struct Peers {
    #[serde(rename = "Peers", default, deserialize_with = "or_default")]
    peers: Vec<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Pins {
    #[serde(rename = "Keys", default, deserialize_with = "or_default")]
    keys: serde_json::Map<String, Value>,
}

/// Kubo writes `null` for nothing.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Some nodes write numbers as text.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    match Value::deserialize(from)? {
        Value::String(text) => text.parse().map_err(D::Error::custom),
        // Without a limit, js-ipfs gives one that no integer holds.
        Value::Number(number) => Ok(number
            .as_u64()
            .or(number.as_f64().map(|value| value as u64))
            .unwrap_or(0)),
        _ => Err(D::Error::custom("not a number")),
    }
}

impl KuboRpc {
    /// `url` is the address of the RPC, such as `http://127.0.0.1:5001`, with or without `/api/v0`.
    pub fn new(url: &str, auth: Option<RpcAuth>, limits: Limits) -> Result<Self, ContentError> {
        Self::over(Http::new(limits)?, url, auth)
    }

    pub(in super::super) fn over(http: Http, url: &str, auth: Option<RpcAuth>) -> Result<Self, ContentError> {
        let url = url.trim().trim_end_matches('/').trim_end_matches("/api/v0");
        let base = address(url)?
            .join("api/v0/")
            .map_err(|_| ContentError::Address(url.to_owned()))?;
        Ok(Self { http, base, auth })
    }

    pub async fn id(&self) -> Result<NodeId, ContentError> {
        self.call("id", &[]).await?.json().await
    }

    pub async fn version(&self) -> Result<String, ContentError> {
        let answer: Version = self.call("version", &[]).await?.json().await?;
        Ok(answer.version)
    }

    pub(crate) async fn repo_stat(&self) -> Result<RepoStat, ContentError> {
        self.call("repo/stat", &[]).await?.json().await
    }

    /// How many nodes it is connected to.
    pub(crate) async fn swarm_peers(&self) -> Result<usize, ContentError> {
        let answer: Peers = self.call("swarm/peers", &[]).await?.json().await?;
        Ok(answer.peers.len())
    }

    pub(in super::super) async fn swarm_connect(&self, address: &str) -> Result<(), ContentError> {
        self.call("swarm/connect", &[("arg", address)]).await.map(drop)
    }

    /// Whether the tree below `root` is pinned.
    pub async fn has_pin(&self, root: &Cid) -> Result<bool, ContentError> {
        let arg = root.to_string();
        match self.call("pin/ls", &[("arg", &arg), ("type", "recursive")]).await {
            Ok(answer) => {
                let pins: Pins = answer.json().await?;
                Ok(pins.keys.keys().any(|key| parse_cid(key).is_ok_and(|key| key == *root)))
            }
            // Which of the errors it is, only words would tell.
            Err(ContentError::Refused { status: 404 | 500, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Pins a tree whose blocks are all there.
    pub(super) async fn pin(&self, root: &Cid) -> Result<(), ContentError> {
        let arg = root.to_string();
        let request = self.request("pin/add", &[("arg", &arg), ("recursive", "true")]);
        let limits = &self.http.limits;
        // Every block of it is read before there is a word.
        let answer = tokio::time::timeout(limits.settle, request.send())
            .await
            .map_err(|_| ContentError::Stalled)?
            .map_err(super::super::net::network)?;
        let body = checked(accepted(answer, limits).await)?;
        body.bytes(super::super::net::MAX_JSON).await.map(drop)
    }

    /// Whether the node holds the block.
    pub(super) async fn has_block(&self, cid: &Cid) -> Result<bool, ContentError> {
        let arg = cid.to_string();
        let query = [("arg", arg.as_str()), ("offline", "true"), ("timeout", OWN_STORE)];
        match self.call("block/stat", &query).await {
            Ok(answer) => {
                let answer: Value = answer.json().await?;
                let key = answer.get("Key").and_then(Value::as_str).ok_or(ContentError::Answer)?;
                Ok(parse_cid(key).is_ok_and(|key| key == *cid))
            }
            Err(error) if is_absence(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn block(&self, cid: &Cid) -> Result<Vec<u8>, ContentError> {
        let arg = cid.to_string();
        let query = [("arg", arg.as_str()), ("offline", "true"), ("timeout", OWN_STORE)];
        match self.call("block/get", &query).await {
            Ok(answer) => answer.bytes(MAX_BLOCK_BYTES).await,
            Err(error) if is_absence(&error) => Err(ContentError::NotFound(*cid)),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn call(&self, command: &str, query: &[(&str, &str)]) -> Result<Download, ContentError> {
        let answer = self.http.send(self.request(command, query)).await?;
        checked(accepted(answer, &self.http.limits).await)
    }

    /// Sends a body. `max_answer` bounds what is read of the answer.
    pub(super) async fn upload(
        &self,
        command: &str,
        query: &[(&str, &str)],
        boundary: &str,
        upload: Upload,
        max_answer: u64,
    ) -> Result<JsonStream, ContentError> {
        let kind = format!("multipart/form-data; boundary={boundary}");
        let request = self.request(command, query).header("content-type", kind);
        let answer = upload.send(&self.http, request).await?;
        let download = checked(accepted(answer, &self.http.limits).await)?;
        Ok(JsonStream::new(download, max_answer))
    }

    fn request(&self, command: &str, query: &[(&str, &str)]) -> RequestBuilder {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{command}", self.base.path()));
        url.query_pairs_mut().extend_pairs(query);
        let request = self.http.post(url);
        match &self.auth {
            None => request,
            Some(RpcAuth::Bearer(token)) => request.bearer_auth(token.reveal()),
            Some(RpcAuth::Basic { user, password }) => request.basic_auth(user, Some(password.reveal())),
        }
    }
}

fn checked(answer: Result<Download, ContentError>) -> Result<Download, ContentError> {
    answer.map_err(|error| match error {
        ContentError::Refused {
            status: 500, message, ..
        } if tells_of_space(&message) => ContentError::RemoteFull,
        error => error,
    })
}

/// Whether a node means that its disk is full. It has no code for that, only the words of the system below it.
pub(super) fn tells_of_space(message: &str) -> bool {
    let message = message.to_lowercase();
    [
        "no space left",
        "enospc",
        "not enough space",
        "disk full",
        "disk quota",
        "storage limit",
        "storagemax",
    ]
    .iter()
    .any(|words| message.contains(words))
}

/// Nodes say that a block is not there with a general error, or that they looked for too long.
fn is_absence(error: &ContentError) -> bool {
    matches!(
        error,
        ContentError::Refused {
            status: 404 | 408 | 500 | 504,
            ..
        }
    )
}

/// An error in the middle of a stream.
pub(super) fn told_error(value: &Value) -> Option<ContentError> {
    let message = value.get("Message")?.as_str()?;
    if tells_of_space(message) {
        return Some(ContentError::RemoteFull);
    }
    Some(ContentError::Refused {
        status: 500,
        code: String::new(),
        message: message.chars().take(300).collect(),
    })
}
