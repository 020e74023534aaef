//! Bytes of a page to the text of a policy, and two texts to a judged difference.
//!
//! Invariant: pure and bounded. Nothing here reads a clock, a file or a socket; any input ends in a value or a typed
//! error within time and memory proportional to its size.

mod builder;
mod compare;
mod decode;
pub mod diff;
mod element;
mod error;
mod gate;
mod guard;
mod html;
pub mod json;
mod language;
mod main_content;
mod markdown;
mod marker;
mod marks;
mod normal;
mod outline;
mod page;
mod pdf;
mod propose;
mod select;
mod sentence;
mod table;
mod walk;
mod words;

use atlas_domain::{ExtractRules, PolicyText};
use url::Url;

pub use compare::{COMPARE_RULE_VERSION, compare, compare_with_readings, stated_effective_date};
pub use error::TextError;
pub use guard::MAX_BYTES;
pub use markdown::parse_markdown;
pub use normal::{normal_sha256, normal_words, text_sha256};
pub use outline::join;
pub use words::{DiffKind, DiffSegment, words_diff};

/// The sentences of a passage, in order; every one is a slice of it.
pub fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let spans = sentence::spans(text, 0);
    spans.into_iter().filter_map(move |span| text.get(span.start..span.end))
}

/// The version of the extractor: raised whenever the same bytes may give other words, so that what we changed is never
/// taken for what a publisher changed.
pub const EXTRACT_VERSION: i32 = 2;

/// Some bytes, and what is known about them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// The content type that the server named.
    pub content_type: Option<&'a str>,
    /// Where the bytes came from.
    pub url: Option<&'a Url>,
    /// The source's rules; without any, the main content is found by us.
    pub rules: Option<&'a ExtractRules>,
    /// The language tag of the document, such as `en-GB`; the gate refuses what is surely in another language.
    pub locale: Option<&'a str>,
    /// Propose a selector for content that is found by us.
    pub propose: bool,
}

/// A text that passed the content gate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extract {
    /// The text.
    pub text: PolicyText,
    /// A selector that finds what we found, where one was asked for and is good enough.
    pub proposed_selector: Option<String>,
}

/// The text of some bytes, HTML or Markdown, that passed the content gate.
pub fn extract(
    bytes: &[u8],
    content_type: Option<&str>,
    url: Option<&Url>,
    rules: &ExtractRules,
) -> Result<PolicyText, TextError> {
    let request = Request {
        content_type,
        url,
        rules: Some(rules),
        ..Request::default()
    };
    Ok(extract_page(bytes, &request)?.text)
}

/// [`extract`] with all that may be known, and all that is found.
pub fn extract_page(bytes: &[u8], request: &Request<'_>) -> Result<Extract, TextError> {
    check_size(bytes)?;
    match decode::kind(bytes, request.content_type) {
        decode::Kind::Html => {
            let html = decode::decode(bytes, request.content_type);
            let none = ExtractRules::default();
            let page = html::extract(&html, request.url, request.rules.unwrap_or(&none), request.propose)?;
            gate::check(&page, &html, request.locale)?;
            Ok(Extract {
                text: page.text,
                proposed_selector: page.proposed_selector,
            })
        }
        decode::Kind::Text => {
            let text = markdown::parse_bounded(&decode::decode(bytes, request.content_type))?;
            if text.blocks.is_empty() {
                return Err(TextError::Empty {
                    detail: "the file has no words".to_owned(),
                });
            }
            gate::language(&text, request.locale)?;
            Ok(Extract {
                text,
                proposed_selector: None,
            })
        }
        decode::Kind::Other(what) => Err(TextError::NotText {
            detail: what.to_owned(),
        }),
    }
}

/// Whether the bytes are a PDF, whatever their server says of them; readers look for its mark in the first 1,024 bytes.
pub fn is_pdf(bytes: &[u8], content_type: Option<&str>) -> bool {
    decode::is_pdf(bytes, content_type)
}

/// The text of a PDF that passed the content gate, from what `pdftotext -bbox-layout` made of its bytes.
pub fn extract_pdf(layout: &str, request: &Request<'_>) -> Result<Extract, TextError> {
    let text = pdf::parse(layout)?;
    if text.blocks.is_empty() {
        return Err(TextError::Empty {
            detail: "the PDF has no text; its pages may be pictures".to_owned(),
        });
    }
    gate::language(&text, request.locale)?;
    Ok(Extract {
        text,
        proposed_selector: None,
    })
}

/// The text of an HTML page by a source's rules; the content gate is not asked.
pub fn extract_html(
    bytes: &[u8],
    content_type: Option<&str>,
    url: Option<&Url>,
    rules: &ExtractRules,
) -> Result<PolicyText, TextError> {
    check_size(bytes)?;
    Ok(html::extract(&decode::decode(bytes, content_type), url, rules, false)?.text)
}

/// Whether the bytes are an HTML page, as opposed to Markdown or plain text.
pub fn is_html(bytes: &[u8], content_type: Option<&str>) -> bool {
    decode::kind(bytes, content_type) == decode::Kind::Html
}

fn check_size(bytes: &[u8]) -> Result<(), TextError> {
    if bytes.len() > MAX_BYTES {
        return Err(TextError::TooLarge {
            detail: format!("more than {} MB", MAX_BYTES / 1024 / 1024),
        });
    }
    Ok(())
}
