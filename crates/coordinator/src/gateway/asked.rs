//! A request to the gateway, as it came in.

use crate::{
    error::ApiError,
    extract::{Path, Query},
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, Method, request::Parts},
};
use std::collections::HashMap;

#[derive(Debug)]
pub struct Asked {
    pub method: Method,
    pub cid: String,
    /// Below the CID; names with `/` between them.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
}

impl Asked {
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn values(&self, name: HeaderName) -> impl Iterator<Item = &str> {
        self.headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter(|name| !name.is_empty())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(mut place) = Path::<HashMap<String, String>>::from_request_parts(parts, state).await?;
        let Query(query) = Query::from_request_parts(parts, state).await?;
        Ok(Self {
            method: parts.method.clone(),
            cid: place.remove("cid").unwrap_or_default(),
            path: place.remove("path").unwrap_or_default(),
            query,
            headers: parts.headers.clone(),
        })
    }
}
