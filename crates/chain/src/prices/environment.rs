//! Which sources are asked.

use super::{Dialect, PriceSource, PublicSource};
use std::sync::Arc;

/// Names another source in CoinGecko's form, or `off`.
pub const PRICE_VARIABLE: &str = "PRICE_API_URL";

const COINGECKO: &str = "https://api.coingecko.com/api/v3";
const COINBASE: &str = "https://api.coinbase.com/v2";

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{PRICE_VARIABLE} must be an http or https address, or off")]
pub struct PriceVariableError;

/// The sources in the order in which they are asked, as `PRICE_API_URL` says, which is read through `variable`. Unset:
/// CoinGecko, then Coinbase. An address: that one and no other, asked as CoinGecko is. `off`: none.
pub fn from_environment(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Arc<dyn PriceSource>>, PriceVariableError> {
    let chosen = variable(PRICE_VARIABLE).map(|text| text.trim().to_owned());
    let sources = match chosen.as_deref() {
        Some("off") => Vec::new(),
        None | Some("") => vec![
            PublicSource::new("CoinGecko", Dialect::CoinGecko, COINGECKO),
            PublicSource::new("Coinbase", Dialect::Coinbase, COINBASE),
        ],
        Some(url) => vec![PublicSource::new(host(url), Dialect::CoinGecko, url)],
    };
    let told = |source: Option<PublicSource>| {
        let source: Arc<dyn PriceSource> = Arc::new(source.ok_or(PriceVariableError)?);
        Ok(source)
    };
    sources.into_iter().map(told).collect()
}

/// For people; without what may be a key in the path, and without a password.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(value: Option<&str>) -> Result<Vec<String>, PriceVariableError> {
        let sources = from_environment(|name| value.filter(|_| name == PRICE_VARIABLE).map(str::to_owned))?;
        Ok(sources.iter().map(|source| source.name().to_owned()).collect())
    }

    #[test]
    fn sources_are_chosen() {
        assert_eq!(names(None).unwrap(), ["CoinGecko", "Coinbase"]);
        assert_eq!(names(Some(" ")).unwrap(), ["CoinGecko", "Coinbase"]);
        assert!(names(Some("off")).unwrap().is_empty());
        let own = names(Some("https://me:secret@prices.example:8443/v3?key=1"));
        assert_eq!(own.unwrap(), ["prices.example:8443"]);
        assert_eq!(names(Some("prices.example")), Err(PriceVariableError));
    }
}
