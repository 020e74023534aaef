//! What a page says of itself to search engines, feeds and shares.
//!
//! Invariant: a title has at most 60 characters with its suffix, a description at most 155; a fictitious record says
//! so in both and is never indexed; JSON-LD cannot end its element.

use std::fmt;

use atlas_domain::urls;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{og, words};

const SUFFIX: &str = " | ConductAtlas";
const LONGEST_TITLE: usize = 60;
const LONGEST_DESCRIPTION: usize = 155;

/// One step of the breadcrumbs; the last has no address.
#[derive(Debug, Clone)]
pub(super) struct Crumb {
    /// The words.
    pub title: String,
    /// Where it leads.
    pub href: Option<String>,
}

/// A JSON document that is safe inside `<script type="application/ld+json">`.
#[derive(Debug, Clone)]
pub(super) struct JsonLd(String);

impl JsonLd {
    /// Writes the value with every character escaped that could end the element or start another. What is null is not
    /// stated.
    pub(super) fn new(value: &Value) -> Self {
        let text = match value {
            Value::Object(members) => {
                let stated = members.iter().filter(|(_, member)| !member.is_null());
                Value::Object(stated.map(|(name, member)| (name.clone(), member.clone())).collect()).to_string()
            }
            other => other.to_string(),
        };
        let mut safe = String::with_capacity(text.len() + 16);
        for letter in text.chars() {
            match letter {
                '<' => safe.push_str("\\u003c"),
                '>' => safe.push_str("\\u003e"),
                '&' => safe.push_str("\\u0026"),
                '\u{2028}' => safe.push_str("\\u2028"),
                '\u{2029}' => safe.push_str("\\u2029"),
                other => safe.push(other),
            }
        }
        Self(safe)
    }
}

impl fmt::Display for JsonLd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A schema.org `ItemList` of names with absolute addresses.
pub(super) fn item_list<'a>(items: impl IntoIterator<Item = (&'a str, String)>) -> Value {
    let items: Vec<Value> = (1_u32..)
        .zip(items)
        .map(|(position, (name, url))| json!({"@type": "ListItem", "position": position, "name": name, "url": url}))
        .collect();
    json!({"@type": "ItemList", "numberOfItems": items.len(), "itemListElement": items})
}

/// The publisher of every record, as schema.org has it.
pub(super) fn publisher(base_url: &str) -> Value {
    json!({"@type": "Organization", "name": "ConductAtlas", "url": format!("{base_url}/")})
}

/// Title, description, canonical address and structured statements of a page.
#[derive(Debug, Clone)]
pub(super) struct Meta {
    /// Title with its suffix.
    pub title: String,
    /// The title without its suffix, for shares.
    pub share_title: String,
    /// Description.
    pub description: String,
    /// Absolute canonical address.
    pub canonical: String,
    /// Whether search engines may list the page.
    pub indexed: bool,
    /// OpenGraph type.
    pub kind: &'static str,
    /// When the content last changed.
    pub modified: Option<OffsetDateTime>,
    /// Breadcrumbs.
    pub crumbs: Vec<Crumb>,
    /// Path and title of a feed of this page.
    pub feed: Option<(String, String)>,
    /// Absolute address of the picture that shares show.
    picture: String,
    /// Structured statements; the breadcrumbs come first.
    pub json_ld: Vec<JsonLd>,
    base_url: String,
}

impl Meta {
    /// A page at `path` on the instance at `base_url`.
    pub(super) fn new(base_url: &str, path: &str, title: &str, description: &str) -> Self {
        let room = LONGEST_TITLE - SUFFIX.len();
        let share_title = words::clipped(title, room);
        Self {
            title: format!("{share_title}{SUFFIX}"),
            share_title,
            description: words::clipped(description, LONGEST_DESCRIPTION),
            canonical: format!("{base_url}{path}"),
            indexed: true,
            kind: "website",
            modified: None,
            crumbs: Vec::new(),
            feed: None,
            picture: format!("{base_url}{}", urls::PICTURE),
            json_ld: Vec::new(),
            base_url: base_url.to_owned(),
        }
    }

    /// Adds a step before the page itself.
    pub(super) fn under(mut self, title: &str, path: impl Into<String>) -> Self {
        self.crumbs.push(Crumb {
            title: title.to_owned(),
            href: Some(path.into()),
        });
        self
    }

    /// Ends the breadcrumbs with the page itself, and states them.
    pub(super) fn here(mut self, title: &str) -> Self {
        self.crumbs.push(Crumb {
            title: title.to_owned(),
            href: None,
        });
        let items: Vec<Value> = self
            .crumbs
            .iter()
            .enumerate()
            .map(|(place, crumb)| {
                let address = crumb
                    .href
                    .as_ref()
                    .map_or_else(|| self.canonical.clone(), |path| format!("{}{path}", self.base_url));
                json!({"@type": "ListItem", "position": place + 1, "name": crumb.title, "item": address})
            })
            .collect();
        self.json_ld.insert(
            0,
            JsonLd::new(
                &json!({"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items}),
            ),
        );
        self
    }

    /// Marks a fictitious record: in the title, in the description, and not indexed.
    pub(super) fn sample(mut self, is_sample: bool) -> Self {
        if is_sample {
            self.indexed = false;
            let room = LONGEST_TITLE - SUFFIX.len() - "Sample: ".len();
            self.share_title = format!("Sample: {}", words::clipped(&self.share_title, room));
            self.title = format!("{}{SUFFIX}", self.share_title);
            self.description = words::clipped(
                &format!("Fictitious sample record. {}", self.description),
                LONGEST_DESCRIPTION,
            );
        }
        self
    }

    /// Keeps the page out of search engines where `condition` holds.
    pub(super) fn unlisted_if(mut self, condition: bool) -> Self {
        self.indexed &= !condition;
        self
    }

    /// States when the content last changed; the page counts as an article.
    pub(super) fn modified(mut self, at: OffsetDateTime) -> Self {
        self.modified = Some(at);
        self.kind = "article";
        self
    }

    /// Gives the page a picture of its own; `id` is a public id or a slug.
    pub(super) fn pictured(mut self, kind: og::Kind, id: &str) -> Self {
        self.picture = format!("{}{}", self.base_url, urls::picture(kind.name(), id));
        self
    }

    /// The address of the picture, which changes with the content so that nobody shows an old one.
    pub(super) fn picture(&self) -> String {
        match self.modified {
            Some(at) => format!("{}?v={}", self.picture, at.unix_timestamp()),
            None => self.picture.clone(),
        }
    }

    /// Adds a feed.
    pub(super) fn feed(mut self, path: impl Into<String>, title: impl Into<String>) -> Self {
        self.feed = Some((path.into(), title.into()));
        self
    }

    /// Adds a structured statement.
    pub(super) fn states(mut self, value: &Value) -> Self {
        self.json_ld.push(JsonLd::new(value));
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{JsonLd, Meta};

    #[test]
    fn titles_and_descriptions_keep_their_length_even_for_samples() {
        let long = "a word ".repeat(60);
        for sample in [false, true] {
            let meta = Meta::new("https://example.org", "/x", &long, &long).sample(sample);
            assert!(meta.title.chars().count() <= 60, "{}", meta.title);
            assert!(meta.description.chars().count() <= 155);
            assert_eq!(meta.indexed, !sample);
        }
    }

    #[test]
    fn structured_statements_cannot_end_their_element() {
        let text = JsonLd::new(&json!({"name": "</script><script>alert(1)//&\u{2028}"})).to_string();
        assert!(
            !text.contains('<') && !text.contains('>') && !text.contains('\u{2028}'),
            "{text}"
        );
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["name"], "</script><script>alert(1)//&\u{2028}");
    }
}
