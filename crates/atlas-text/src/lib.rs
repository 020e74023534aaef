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
mod main_content;
mod markdown;
mod normal;
mod outline;
mod page;
mod select;
mod sentence;
mod table;
mod words;

use atlas_domain::{ExtractRules, PolicyText};
use url::Url;

pub use compare::{COMPARE_RULE_VERSION, compare, compare_with_readings};
pub use error::TextError;
pub use guard::MAX_BYTES;
pub use markdown::parse_markdown;
pub use normal::{normal_sha256, normal_words, text_sha256};
pub use outline::join;
pub use words::{DiffKind, DiffSegment, words_diff};

/// The text of some bytes, HTML or Markdown, that passed the content gate.
pub fn extract(
    bytes: &[u8],
    content_type: Option<&str>,
    url: Option<&Url>,
    rules: &ExtractRules,
) -> Result<PolicyText, TextError> {
    check_size(bytes)?;
    match decode::kind(bytes, content_type) {
        decode::Kind::Html => {
            let page = html::extract(&decode::decode(bytes, content_type), url, rules)?;
            gate::check(&page)?;
            Ok(page.text)
        }
        decode::Kind::Text => {
            let text = parse_markdown(&decode::decode(bytes, content_type));
            if text.blocks.is_empty() {
                return Err(TextError::Empty {
                    detail: "the file has no words".to_owned(),
                });
            }
            Ok(text)
        }
        decode::Kind::Other(what) => Err(TextError::NotText {
            detail: what.to_owned(),
        }),
    }
}

/// The text of an HTML page by a source's rules; the content gate is not asked.
pub fn extract_html(
    bytes: &[u8],
    content_type: Option<&str>,
    url: Option<&Url>,
    rules: &ExtractRules,
) -> Result<PolicyText, TextError> {
    check_size(bytes)?;
    Ok(html::extract(&decode::decode(bytes, content_type), url, rules)?.text)
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
