//! Sending one event: signed, within ten seconds, without following redirects, and without reading what comes back.

use super::target;
use crate::{
    error::ApiError,
    events::Logged,
    store::{webhook_deliveries::Attempt, webhooks::WebhookRow},
};
use hmac::{Hmac, Mac as _};
use reqwest::{Client, StatusCode, Url, header, redirect::Policy};
use sha2::Sha256;
use std::time::Duration;
use veriframe_core::Timestamp;
use veriframe_ipfs::content::{OutsideOnly, is_internal};
use veriframe_wire::webhook::{DeliveryState, EVENT_HEADER, SIGNATURE_HEADER, WebhookSecret};

const WITHIN: Duration = Duration::from_secs(10);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
#[error("webhooks cannot be sent from here: {0}")]
pub struct PostSettingsError(#[from] reqwest::Error);

/// Sends events. One for the whole coordinator, because it keeps connections.
pub struct Post {
    client: Client,
    anywhere: bool,
}

impl Post {
    /// `anywhere`: plain HTTP and private networks are allowed, too.
    pub fn new(anywhere: bool) -> Result<Self, PostSettingsError> {
        let builder = Client::builder()
            .user_agent(concat!("veriframe-coordinator/", env!("CARGO_PKG_VERSION")))
            .timeout(WITHIN)
            .connect_timeout(CONNECT_WITHIN)
            .redirect(Policy::none())
            .referer(false)
            // A proxy would resolve names for us, and not leave anything out.
            .no_proxy()
            .https_only(!anywhere);
        let builder = if anywhere {
            builder
        } else {
            builder.dns_resolver(OutsideOnly(is_internal))
        };
        Ok(Self {
            client: builder.build()?,
            anywhere,
        })
    }

    /// Reads an address that events may be sent to.
    pub fn target(&self, url: &str) -> Result<Url, ApiError> {
        target::parse(url, self.anywhere)
    }

    /// Only a status from 200 to 299 is a delivery.
    pub async fn send(&self, hook: &WebhookRow, event: &Logged, now: Timestamp) -> Attempt {
        let url = match self.target(&hook.url) {
            Ok(url) => url,
            Err(error) => return failed(None, error.message),
        };
        let body = event.json.as_str().to_owned();
        let request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(EVENT_HEADER, event.seq.unwrap_or_default())
            .header(SIGNATURE_HEADER, signature(&hook.secret, &body, now))
            .body(body);
        match request.send().await {
            Ok(answer) if answer.status().is_success() => Attempt {
                state: DeliveryState::Delivered,
                status: Some(answer.status().as_u16()),
                error: String::new(),
            },
            Ok(answer) => failed(Some(answer.status()), format!("It answered {}.", answer.status())),
            // The error's own text holds the address, which the owner knows.
            Err(error) if error.is_timeout() => failed(None, "It did not answer in time.".to_owned()),
            Err(error) if error.is_connect() => failed(None, "It cannot be reached.".to_owned()),
            Err(_) => failed(None, "The connection broke.".to_owned()),
        }
    }
}

fn failed(status: Option<StatusCode>, error: String) -> Attempt {
    Attempt {
        state: DeliveryState::Trying,
        status: status.map(|status| status.as_u16()),
        error,
    }
}

/// `t=SECONDS,v1=HEX`: the time is under the signature, so that whoever overhears a delivery cannot send it again later.
fn signature(secret: &WebhookSecret, body: &str, now: Timestamp) -> String {
    let seconds = now.0 / 1000;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.0.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("{seconds}.{body}").as_bytes());
    format!("t={seconds},v1={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by OpenSSL, too: `printf '%s' '1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret`.
    #[test]
    fn the_signature_is_an_hmac_of_time_and_body() {
        let signed = signature(
            &WebhookSecret("secret".to_owned()),
            r#"{"a":1}"#,
            Timestamp(1_700_000_000_999),
        );
        assert_eq!(
            signed,
            "t=1700000000,v1=49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686"
        );
    }
}
