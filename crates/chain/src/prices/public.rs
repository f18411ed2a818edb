//! Sources that anybody may ask.

use super::{ANSWER_WITHIN, Coin, PriceError, PriceSource, Usd};
use async_trait::async_trait;
use reqwest::Url;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{collections::BTreeMap, time::Duration};

/// An honest answer has a hundred bytes.
const MAX_ANSWER: usize = 16 << 10;
const CONNECT: Duration = Duration::from_secs(3);

/// In what form a source is asked and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `GET {base}/simple/price?ids=starknet&vs_currencies=usd` → `{"starknet": {"usd": 0.12}}`. (CoinGecko's API reference,
    /// "Coin Price by IDs".)
    CoinGecko,
    /// `GET {base}/prices/STRK-USD/spot` → `{"data": {"amount": "0.12", "base": "STRK", "currency": "USD"}}`. (Coinbase's
    /// track API reference, "Get spot price".)
    Coinbase,
}

/// A source behind HTTP.
#[derive(Debug, Clone)]
pub struct PublicSource {
    name: String,
    dialect: Dialect,
    base: Url,
    http: reqwest::Client,
}

impl PublicSource {
    /// `None` when `base` is not an `http` or `https` address.
    pub fn new(name: &str, dialect: Dialect, base: &str) -> Option<Self> {
        let base = Url::parse(base.trim())
            .ok()
            .filter(|base| matches!(base.scheme(), "http" | "https") && base.has_host())?;
        let http = reqwest::Client::builder()
            .user_agent(concat!("veriframe/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(ANSWER_WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .ok()?;
        Some(Self {
            name: name.to_owned(),
            dialect,
            base,
            http,
        })
    }

    fn question(&self, coin: Coin) -> Url {
        let mut url = self.base.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        match self.dialect {
            Dialect::CoinGecko => {
                url.set_path(&format!("{base}/simple/price"));
                url.query_pairs_mut()
                    .append_pair("ids", coingecko_id(coin))
                    .append_pair("vs_currencies", "usd");
            }
            Dialect::Coinbase => url.set_path(&format!("{base}/prices/{coin}-USD/spot")),
        }
        url
    }

    async fn ask(&self, coin: Coin) -> Result<Vec<u8>, PriceError> {
        let mut answer = self
            .http
            .get(self.question(coin))
            .send()
            .await
            .map_err(|error| of_http(&error))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(PriceError::Status(status.as_u16()));
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| of_http(&error))? {
            if body.len() + piece.len() > MAX_ANSWER {
                return Err(PriceError::TooMuch);
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }
}

#[async_trait]
impl PriceSource for PublicSource {
    fn name(&self) -> &str {
        &self.name
    }

    async fn price(&self, coin: Coin) -> Result<Usd, PriceError> {
        let body = self.ask(coin).await?;
        match self.dialect {
            Dialect::CoinGecko => read_coingecko(&body, coin),
            Dialect::Coinbase => read_coinbase(&body, coin),
        }
    }
}

/// The text of the error is not kept: it names the address, which may hold a key of its operator.
fn of_http(error: &reqwest::Error) -> PriceError {
    if error.is_timeout() {
        PriceError::Slow
    } else {
        PriceError::Unreachable
    }
}

fn coingecko_id(coin: Coin) -> &'static str {
    match coin {
        Coin::Strk => "starknet",
        Coin::Eth => "ethereum",
    }
}

fn read_coingecko(body: &[u8], coin: Coin) -> Result<Usd, PriceError> {
    #[derive(Deserialize)]
    struct Price<'a> {
        /// As it is written: a float would round it.
        #[serde(borrow)]
        usd: &'a RawValue,
    }
    let prices: BTreeMap<&str, Price<'_>> = serde_json::from_slice(body).map_err(|_| PriceError::Answer)?;
    let price = prices.get(coingecko_id(coin)).ok_or(PriceError::Answer)?;
    Ok(price.usd.get().parse()?)
}

fn read_coinbase(body: &[u8], coin: Coin) -> Result<Usd, PriceError> {
    #[derive(Deserialize)]
    struct Answer {
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        amount: String,
        base: String,
        currency: String,
    }
    let Answer { data } = serde_json::from_slice(body).map_err(|_| PriceError::Answer)?;
    if data.base != coin.symbol() || data.currency != "USD" {
        return Err(PriceError::Answer);
    }
    Ok(data.amount.parse()?)
}

#[cfg(test)]
mod tests {
    use super::{super::UsdError, *};
    use veriframe_peers::{Reply, WebServer};

    async fn coingecko(reply: Reply) -> Result<String, PriceError> {
        let server = WebServer::start(move |path| {
            assert_eq!(path, "/api/v3/simple/price?ids=starknet&vs_currencies=usd");
            reply.clone()
        });
        let source = PublicSource::new("CoinGecko", Dialect::CoinGecko, &format!("{}/api/v3/", server.url)).unwrap();
        source.price(Coin::Strk).await.map(|price| price.to_string())
    }

    async fn coinbase(reply: Reply) -> Result<String, PriceError> {
        let server = WebServer::start(move |path| {
            assert_eq!(path, "/v2/prices/ETH-USD/spot");
            reply.clone()
        });
        let source = PublicSource::new("Coinbase", Dialect::Coinbase, &format!("{}/v2", server.url)).unwrap();
        source.price(Coin::Eth).await.map(|price| price.to_string())
    }

    #[tokio::test]
    async fn both_dialects_are_read_to_the_last_digit() {
        let answer = coingecko(Reply::json(r#"{"starknet":{"usd":9007199.254741}}"#)).await;
        assert_eq!(answer.unwrap(), "9007199.254741");
        let answer = coinbase(Reply::json(
            r#"{"data":{"amount":"3012.555","base":"ETH","currency":"USD"}}"#,
        ));
        assert_eq!(answer.await.unwrap(), "3012.555");
    }

    #[tokio::test]
    async fn what_is_not_the_price_is_refused() {
        let absurd = PriceError::Number(UsdError::Absurd);
        let no_number = PriceError::Number(UsdError::NotANumber);
        for (body, error) in [
            (r#"{"starknet":{"usd":-0.12}}"#, &absurd),
            (r#"{"starknet":{"usd":0}}"#, &absurd),
            (r#"{"starknet":{"usd":1e300}}"#, &absurd),
            (r#"{"starknet":{"usd":null}}"#, &no_number),
            (r#"{"starknet":{"usd":"0.12"}}"#, &no_number),
            (r#"{"starknet":{"usd":NaN}}"#, &PriceError::Answer),
            (r#"{"ethereum":{"usd":3000}}"#, &PriceError::Answer),
            (r#"{"starknet":{"eur":0.12}}"#, &PriceError::Answer),
            ("<!doctype html><title>Please wait</title>", &PriceError::Answer),
            ("", &PriceError::Answer),
        ] {
            assert_eq!(coingecko(Reply::json(body)).await.as_ref(), Err(error), "{body}");
        }
        for (body, error) in [
            (
                r#"{"data":{"amount":"0.1","base":"STRK","currency":"USD"}}"#,
                &PriceError::Answer,
            ),
            (
                r#"{"data":{"amount":"3000","base":"ETH","currency":"EUR"}}"#,
                &PriceError::Answer,
            ),
            (r#"{"data":{"amount":"NaN","base":"ETH","currency":"USD"}}"#, &no_number),
            (r#"{"data":{"amount":"-1","base":"ETH","currency":"USD"}}"#, &absurd),
        ] {
            assert_eq!(coinbase(Reply::json(body)).await.as_ref(), Err(error), "{body}");
        }
    }

    #[tokio::test]
    async fn a_source_that_is_down_slow_or_endless_is_left_alone() {
        assert_eq!(coingecko(Reply::Status(429)).await, Err(PriceError::Status(429)));
        assert_eq!(coingecko(Reply::Status(302)).await, Err(PriceError::Status(302)));
        assert_eq!(coingecko(Reply::Endless).await, Err(PriceError::TooMuch));
        assert_eq!(coingecko(Reply::HangUp).await, Err(PriceError::Unreachable));
        assert_eq!(coingecko(Reply::Silence).await, Err(PriceError::Slow));
        let url = WebServer::start(|_| Reply::HangUp).url.clone();
        let gone = PublicSource::new("gone", Dialect::CoinGecko, &url).unwrap();
        assert_eq!(gone.price(Coin::Strk).await, Err(PriceError::Unreachable));
    }

    #[test]
    fn only_addresses_are_taken() {
        for bad in ["", "example.org", "ftp://example.org", "file:///etc/passwd"] {
            assert!(PublicSource::new("", Dialect::CoinGecko, bad).is_none(), "{bad}");
        }
    }
}
