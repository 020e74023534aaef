//! Reads single settings out of words.
//!
//! Invariant: a setting that cannot be read leaves one fault under the name by which it can be mended, and a legal value
//! in its place, so that the others are looked at too.

use std::{net::SocketAddr, str::FromStr, time::Duration};

use atlas_fetch::{BrowserChoice, find_browser};
use atlas_worker::Drafting;
use axum::http::HeaderName;
use secrecy::SecretString;
use tracing_subscriber::EnvFilter;

use super::{SETTINGS, Sources};

/// Reads settings and remembers what was wrong.
pub(super) struct Reader {
    sources: Sources,
    faults: Vec<String>,
}

impl Reader {
    pub(super) fn new(sources: Sources) -> Self {
        Self {
            sources,
            faults: Vec::new(),
        }
    }
    /// Everything that was wrong.
    pub(super) fn faults(self) -> Vec<String> {
        self.faults
    }
    pub(super) fn text(&mut self, key: &str) -> String {
        self.faults.append(&mut self.sources.take_faults());
        self.sources.value(key).to_owned()
    }
    pub(super) fn optional(&mut self, key: &str) -> Option<String> {
        Some(self.text(key)).filter(|text| !text.is_empty())
    }
    fn fault(&mut self, key: &str, what: &str) {
        let variable = SETTINGS
            .iter()
            .find(|setting| setting.key == key)
            .map_or(key, |setting| setting.variable);
        self.faults.push(format!("{variable}: {what}"));
    }
    pub(super) fn parsed<T: FromStr>(&mut self, key: &str, wanted: &str) -> Option<T> {
        let text = self.text(key);
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.fault(key, &format!("`{text}` is not {wanted}"));
        }
        parsed
    }
    pub(super) fn number(&mut self, key: &str, least: u32, most: u32) -> u32 {
        let text = self.text(key);
        match text.parse::<u32>() {
            Ok(number) if (least..=most).contains(&number) => number,
            _ => {
                self.fault(key, &format!("`{text}` is not a whole number from {least} to {most}"));
                least
            }
        }
    }
    /// A share of one: `0.8`.
    pub(super) fn share(&mut self, key: &str, otherwise: f64) -> f64 {
        let text = self.text(key);
        match text.parse::<f64>() {
            Ok(share) if (0.0..=1.0).contains(&share) => share,
            _ => {
                self.fault(key, &format!("`{text}` is not a number from 0 to 1 such as 0.8"));
                otherwise
            }
        }
    }
    pub(super) fn word<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(key);
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let allowed: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.fault(key, &format!("`{text}` is not one of {}", allowed.join(", ")));
        }
        found
    }
    pub(super) fn addresses(&mut self, key: &str) -> Vec<SocketAddr> {
        let text = self.text(key);
        let mut addresses = Vec::new();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word.parse() {
                Ok(address) => addresses.push(address),
                Err(_) => self.fault(
                    key,
                    &format!("`{word}` is not an address and port such as 127.0.0.1:9000"),
                ),
            }
        }
        addresses
    }
    /// What is wrong with a relay's address is told without the address, which may hold a password.
    pub(super) fn relay(&mut self, key: &str) -> Option<SecretString> {
        let url = self.optional(key)?;
        if let Err(error) = atlas_mail::check_smtp_url(&url) {
            self.fault(key, &error.to_string());
        }
        Some(SecretString::from(url))
    }
    pub(super) fn header(&mut self, key: &str) -> Option<HeaderName> {
        let text = self.optional(key)?;
        let name = text.parse().ok();
        if name.is_none() {
            self.fault(key, &format!("`{text}` is not a header's name such as X-Real-IP"));
        }
        name
    }
    pub(super) fn directives(&mut self, key: &str) -> String {
        let text = self.text(key);
        if let Err(error) = EnvFilter::try_new(&text) {
            self.fault(key, &format!("`{text}` are not tracing directives: {error}"));
        }
        text
    }
    pub(super) fn browser(&mut self, key: &str) -> BrowserChoice {
        let text = self.text(key);
        let choice = find_browser(&text);
        if choice == BrowserChoice::Missing && !text.is_empty() {
            self.fault(key, &format!("`{text}` is not a program; `off` does without a browser"));
        }
        choice
    }
    pub(super) fn address(&mut self, key: &str) -> Option<String> {
        let text = self.optional(key)?;
        let is_bare = !text.contains(|letter: char| letter.is_whitespace() || "<>?&#%".contains(letter));
        if !is_bare || text.parse::<atlas_mail::Mailbox>().is_err() {
            self.fault(key, &format!("`{text}` is not a mail address such as name@example.org"));
        }
        Some(text)
    }
    /// A language model is named whole or not at all.
    pub(super) fn drafting(&mut self) -> Option<Drafting> {
        let (base_url, model) = (self.text("llm_base_url"), self.text("llm_model"));
        let drafting = Drafting {
            base_url: base_url.trim_end_matches('/').to_owned(),
            model,
            key: self.optional("llm_api_key").map(SecretString::from),
            daily_tokens: self.number("llm_daily_tokens", 1, 1_000_000_000),
            document_tokens: self.number("llm_document_tokens", 500, 1_000_000),
            timeout: Duration::from_secs(self.number("llm_timeout_seconds", 1, 600).into()),
        };
        match (base_url.is_empty(), drafting.model.is_empty()) {
            (true, true) => return None,
            (false, true) => self.fault("llm_model", "LLM_BASE_URL is set, so a model has to be named"),
            (true, false) => self.fault(
                "llm_base_url",
                "LLM_MODEL is set, so the address of its API has to be named",
            ),
            (false, false) => {}
        }
        if !base_url.is_empty() && !base_url.starts_with("http://") && !base_url.starts_with("https://") {
            self.fault(
                "llm_base_url",
                &format!("`{base_url}` does not start with http:// or https://"),
            );
        }
        Some(drafting)
    }
    pub(super) fn mailbox(&mut self, key: &str) -> String {
        let text = self.text(key);
        if text.parse::<atlas_mail::Mailbox>().is_err() {
            self.fault(
                key,
                &format!("`{text}` is not a sender such as Name <name@example.org>"),
            );
        }
        text
    }
}
