//! One bounded JSON request to a service that the operator named in the settings.
//!
//! Invariant: no redirect is followed, nothing is asked twice, and an answer ends within its time and size. The address
//! guard does not apply: the address is the operator's own, never a document's.

use std::time::Duration;

use reqwest::{Client, redirect::Policy};
use secrecy::{ExposeSecret as _, SecretString};

use crate::client::compiled_in_roots;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiFault {
    /// Not within the time.
    #[error("no answer in time")]
    Timeout,
    /// Another status than 200.
    #[error("the service answered with status {0}")]
    Status(u16),
    /// More bytes than allowed.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    /// Not UTF-8.
    #[error("the answer is no text")]
    NotText,
    /// No connection, or a broken one.
    #[error("the service could not be reached")]
    Unreachable,
}

/// Sends `body` as JSON and returns the answer's text.
pub async fn post_json(
    url: &str,
    key: Option<&SecretString>,
    body: &serde_json::Value,
    timeout: Duration,
    most_bytes: usize,
) -> Result<String, ApiFault> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let plain = || {
        Client::builder()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .timeout(timeout)
    };
    let client = plain()
        .build()
        .or_else(|_| plain().tls_backend_preconfigured(compiled_in_roots()).build())
        .map_err(|_| ApiFault::Unreachable)?;
    let mut request = client
        .post(url)
        .header("content-type", "application/json")
        .body(body.to_string());
    if let Some(key) = key {
        request = request.bearer_auth(key.expose_secret());
    }
    let told = |error: reqwest::Error| {
        if error.is_timeout() {
            ApiFault::Timeout
        } else {
            ApiFault::Unreachable
        }
    };
    let mut response = request.send().await.map_err(told)?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err(ApiFault::Status(status));
    }
    let mut answer = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(told)? {
        if answer.len() + chunk.len() > most_bytes {
            return Err(ApiFault::TooLong(most_bytes));
        }
        answer.extend_from_slice(&chunk);
    }
    String::from_utf8(answer).map_err(|_| ApiFault::NotText)
}
