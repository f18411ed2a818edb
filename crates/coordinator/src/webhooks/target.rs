//! Where events may be sent: only over TLS, and only to the open network. Otherwise whoever makes a webhook could have the
//! coordinator knock at machines beside it that trust whoever can reach them.
//!
//! A name is resolved when events are sent, and [`OutsideOnly`] leaves out what leads inside; so a name that changes its mind
//! later does not help. An address that is written as numbers passes no resolver and is looked at here.

use crate::error::ApiError;
use reqwest::Url;
use std::net::IpAddr;
use veriframe_ipfs::content::is_internal;

const URL_BYTES: usize = 2000;

/// Reads an address. `anywhere`: an operator allowed plain HTTP and private networks.
pub fn parse(text: &str, anywhere: bool) -> Result<Url, ApiError> {
    let refused = |reason: &str| ApiError::invalid(format!("The webhook's address {reason}."));
    if text.len() > URL_BYTES {
        return Err(refused("has at most 2000 characters"));
    }
    let url = Url::parse(text).map_err(|_| refused("is not a URL"))?;
    match url.scheme() {
        "https" => {}
        "http" if anywhere => {}
        _ => return Err(refused("begins with https://")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("holds no user name; the signature tells who sends"));
    }
    let host = url
        .host_str()
        .unwrap_or_default()
        .trim_start_matches('[')
        .trim_end_matches(']');
    let literal = host.parse::<IpAddr>().ok();
    let local_name = host == "localhost" || host.ends_with(".localhost");
    if !anywhere && (host.is_empty() || local_name || literal.is_some_and(is_internal)) {
        return Err(refused("leads into a private network"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_open_network_and_only_encrypted() {
        for good in [
            "https://example.com/hook?a=1",
            "https://1.1.1.1/",
            "https://[2606:4700::1111]:8443/x",
        ] {
            assert!(parse(good, false).is_ok(), "{good}");
        }
        for bad in [
            "http://example.com/",
            "ftp://example.com/",
            "https://",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/",
            "https://me:secret@example.com/",
            "no URL",
        ] {
            assert!(parse(bad, false).is_err(), "{bad}");
        }
        assert!(parse("http://127.0.0.1:8080/hook", true).is_ok());
        assert!(parse("file:///etc/passwd", true).is_err());
    }
}
