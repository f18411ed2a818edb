//! Requests about prices.

use super::{
    ApiClient, ApiError,
    call::{Call, segment},
};
use reqwest::Method;
use veriframe_wire::{API_BASE, price::Price};

impl ApiClient {
    /// `GET /prices/{symbol}`; needs no signing in.
    pub async fn price(&self, symbol: &str) -> Result<Price, ApiError> {
        let path = format!("{API_BASE}/prices/{}", segment(symbol));
        self.send(Call::open(Method::GET, path)).await
    }
}
