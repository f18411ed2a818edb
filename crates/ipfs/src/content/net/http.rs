//! Requests. Redirects are followed by hand, because where one may lead depends on where it came from.

use super::{
    super::{ContentError, RedirectProblem},
    Limits,
    answer::network,
    pace::{Pace, Taking},
    reach::OutsideOnly,
};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, Url, header, redirect::Policy};
use std::{net::IpAddr, sync::Arc};

const MAX_REDIRECTS: usize = 5;

#[derive(Debug, Clone)]
pub(in super::super) struct Http {
    anywhere: Client,
    /// For what the open network sends us to.
    outside: Client,
    pub(in super::super) limits: Arc<Limits>,
}

impl Http {
    pub(in super::super) fn new(limits: Limits) -> Result<Self, ContentError> {
        // Kubo refuses user agents that look like a browser's, and any `Origin`.
        let builder = || -> ClientBuilder {
            Client::builder()
                .user_agent(concat!("veriframe/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(limits.connect)
                .referer(false)
                .redirect(Policy::none())
        };
        let build = |builder: ClientBuilder| builder.build().map_err(network);
        Ok(Self {
            anywhere: build(builder())?,
            outside: build(builder().dns_resolver(OutsideOnly(limits.is_internal)))?,
            limits: Arc::new(limits),
        })
    }

    pub(in super::super) fn post(&self, url: Url) -> RequestBuilder {
        self.anywhere.post(url)
    }

    pub(in super::super) fn request(&self, method: reqwest::Method, url: Url) -> RequestBuilder {
        self.anywhere.request(method, url)
    }

    /// Sends a request with a short body, and waits for the head of its answer.
    pub(in super::super) async fn send(&self, request: RequestBuilder) -> Result<Response, ContentError> {
        Pace::new(&self.limits).wait(request.send()).await?.map_err(network)
    }

    /// Sends a request whose body streams; `taking` is told by the body how far it is.
    pub(super) async fn send_streaming(
        &self,
        request: RequestBuilder,
        taking: &Taking,
    ) -> Result<Response, ContentError> {
        taking.wait(&self.limits, request.send()).await?.map_err(network)
    }

    /// Follows redirects. The token is shown only to the one it is for.
    pub(in super::super) async fn get(
        &self,
        first: &Url,
        accept: &str,
        token: Option<&str>,
    ) -> Result<Response, ContentError> {
        let mut url = first.clone();
        let mut client = &self.anywhere;
        for _ in 0..=MAX_REDIRECTS {
            let mut request = client.get(url.clone()).header(header::ACCEPT, accept);
            if let Some(token) = token
                && url.origin() == first.origin()
            {
                request = request.bearer_auth(token);
            }
            let answer = self.send(request).await?;
            if !answer.status().is_redirection() {
                return Ok(answer);
            }
            let next = target(&url, &answer)?;
            let from_outside = answer
                .remote_addr()
                .is_none_or(|address| !(self.limits.is_internal)(address.ip()));
            if from_outside {
                client = &self.outside;
                if literal(&next).is_some_and(self.limits.is_internal) {
                    return Err(ContentError::Redirect(RedirectProblem::Inward));
                }
            }
            url = next;
        }
        Err(ContentError::Redirect(RedirectProblem::TooMany))
    }
}

fn target(from: &Url, answer: &Response) -> Result<Url, ContentError> {
    let location = answer
        .headers()
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok());
    let target = location
        .and_then(|location| from.join(location).ok())
        .ok_or(ContentError::Redirect(RedirectProblem::Malformed))?;
    match (from.scheme(), target.scheme()) {
        (_, "https") | ("http", "http") => Ok(target),
        ("https", "http") => Err(ContentError::Redirect(RedirectProblem::Unprotected)),
        _ => Err(ContentError::Redirect(RedirectProblem::Malformed)),
    }
}

/// The address that a URL gives as numbers; no resolver sees it.
fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Reads the address of a store: `http` or `https`, with a host. Ends in a slash, so that paths can be joined to it.
pub(in super::super) fn address(text: &str) -> Result<Url, ContentError> {
    let mut url = Url::parse(text.trim()).map_err(|_| ContentError::Address(text.to_owned()))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(ContentError::Address(text.to_owned()));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}
