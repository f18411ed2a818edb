//! What goes over the simulated network: a request or an answer in one datagram.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Names the exchange; a copy of a request has the number of the first.
    pub number: u64,
    /// Whose it is, for whoever watches. The coordinator goes by the token.
    pub caller: String,
    pub method: String,
    /// Below `/api/v1`.
    pub path: String,
    pub token: String,
    pub key: Option<String>,
    pub body: Option<Value>,
}

impl Request {
    /// The last part of the path, which names what is asked for: `assign`, `heartbeat`, `complete`.
    pub fn action(&self) -> &str {
        if self.method == "GET" {
            return "read";
        }
        self.path.rsplit('/').next().unwrap_or_default()
    }

    pub fn field(&self, name: &str) -> &Value {
        self.body.as_ref().map_or(&Value::Null, |body| &body[name])
    }

    pub fn fence(&self) -> Option<i64> {
        self.field("fence").as_i64()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub number: u64,
    pub status: u16,
    pub body: Value,
}

impl Answer {
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The code of a refusal.
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}
