//! A comparison in the forms that programs and terminals read: JSON and plain text, beside the page.
//!
//! Invariant: the forms are made from the same model as the page, name passages by the same names, and say where the
//! page is, which versions are compared and by which hashes they are known.

use atlas_db::view::{document::DocumentRecord, version::VersionRecord};
use atlas_domain::{Sha256, urls};
use atlas_text::diff::Diff;
use axum::{
    http::{
        HeaderMap, HeaderValue,
        header::{ACCEPT, VARY},
    },
    response::Response,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::words;
use crate::{CachePolicy, WebState, render};

const JSON: &str = "application/json; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// A form of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The page.
    Page,
    /// Data.
    Json,
    /// Plain text.
    Text,
}

impl Form {
    /// The form that the end of the address asks for, else the request's `Accept`; and the address without its end.
    pub(super) fn of<'a>(address: &'a str, headers: &HeaderMap) -> (&'a str, Self) {
        if let Some(address) = address.strip_suffix(".json") {
            return (address, Self::Json);
        }
        if let Some(address) = address.strip_suffix(".txt") {
            return (address, Self::Text);
        }
        (address, if wants_json(headers) { Self::Json } else { Self::Page })
    }

    /// The end of its address.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Page => "",
            Self::Json => ".json",
            Self::Text => ".txt",
        }
    }
}

/// Whether the request asks for data and not for a page.
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json") && !accept.contains("text/html"))
}

/// What a comparison is of.
pub(super) struct Head<'a> {
    /// Name of the platform.
    pub platform: &'a str,
    /// Title of the document.
    pub document: &'a str,
    /// Whether the platform is fictitious.
    pub is_sample: bool,
    /// Absolute address of the page.
    pub url: String,
    /// The earlier version.
    pub old: Side,
    /// The later version.
    pub new: Side,
    /// What is known of the change, if it is a record.
    pub change: Option<Value>,
}

/// One version of a comparison.
pub(super) struct Side {
    /// Like `CA-V-010442`.
    pub public_id: String,
    /// Number within the document.
    pub number: i32,
    /// When it was captured.
    pub captured_at: OffsetDateTime,
    /// Hash of the text.
    pub text_sha256: Sha256,
    /// Absolute address of the version.
    pub url: String,
}

impl Side {
    /// A version of a document.
    pub(super) fn of_version(state: &WebState, record: &DocumentRecord, version: &VersionRecord) -> Self {
        Self {
            public_id: version.public_id.clone(),
            number: version.number,
            captured_at: version.captured_at,
            text_sha256: version.text_sha256,
            url: state.absolute(&urls::version(&record.platform_slug, &record.slug, version.number)),
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "id": self.public_id, "number": self.number, "captured_at": words::iso(self.captured_at),
            "text_sha256": self.text_sha256.to_hex(), "url": self.url,
        })
    }

    fn line(&self) -> String {
        format!(
            "version {}, {}, captured {}\n        sha256 {}",
            self.number,
            self.public_id,
            words::moment(self.captured_at),
            self.text_sha256
        )
    }
}

/// The answer in a form other than the page.
pub(super) fn answer(form: Form, head: &Head<'_>, diff: &Diff, modified: OffsetDateTime) -> Response {
    let answer = if form == Form::Text {
        render::bytes(TEXT, text(head, diff), CachePolicy::Public, Some(modified))
    } else {
        render::bytes(JSON, data(head, diff).to_string(), CachePolicy::Public, Some(modified))
    };
    varies(answer)
}

/// Says that the answer follows what the request accepts.
pub(super) fn varies(mut answer: Response) -> Response {
    answer
        .headers_mut()
        .insert(VARY, HeaderValue::from_static("accept, cookie, accept-encoding"));
    answer
}

fn data(head: &Head<'_>, diff: &Diff) -> Value {
    let mut value = diff.to_json();
    if let Value::Object(fields) = &mut value {
        let platform = json!({"name": head.platform, "is_sample": head.is_sample});
        fields.insert("platform".to_owned(), platform);
        fields.insert("document".to_owned(), head.document.into());
        fields.insert("url".to_owned(), head.url.as_str().into());
        fields.insert("old".to_owned(), head.old.to_json());
        fields.insert("new".to_owned(), head.new.to_json());
        if let Some(change) = &head.change {
            fields.insert("change".to_owned(), change.clone());
        }
    }
    value
}

fn text(head: &Head<'_>, diff: &Diff) -> String {
    let sample = if head.is_sample {
        "Sample text: this record is fictitious.\n"
    } else {
        ""
    };
    let headline = head
        .change
        .as_ref()
        .and_then(|change| change.get("headline"))
        .and_then(Value::as_str)
        .map_or_else(String::new, |headline| format!("{headline}\n"));
    let counts = super::diff_view::counted(diff.counts());
    format!(
        "{}, {}\n{headline}{sample}{counts}.\n\nFrom    {}\nTo      {}\nPage    {}\n\nWords between [- and -] were \
         deleted, words between {{+ and +}} inserted.\n\n{}",
        head.platform,
        head.document,
        head.old.line(),
        head.new.line(),
        head.url,
        diff.to_text(&head.url)
    )
}
