//! Open Terms Archive's declarations: how others obtain documents, in our own terms.
//!
//! Invariant: pure. `select`, `remove`, ranges, `combine` with what its members leave out, `executeClientScripts` and the
//! history beside a declaration are understood; what is not (filters, PDF) is named in a warning and left out, never
//! guessed at.

use std::collections::BTreeMap;

use atlas_domain::{ExtractRules, FetchMode, Location, RangeBound, Selector, SourceRules};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::catalogue::{DocumentSpec, PlatformSpec};

/// Category of a platform of which only a declaration is known.
pub const CATEGORY: &str = "other";
/// Seconds between two polls of a document of which only a declaration is known.
const POLL_SECONDS: u32 = 12 * 3600;

/// What a declaration says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The platform with its documents.
    pub platform: PlatformSpec,
    /// What was left out, one sentence each.
    pub warnings: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    name: String,
    #[serde(default, alias = "documents")]
    terms: BTreeMap<String, Terms>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
struct Terms {
    #[serde(alias = "location")]
    fetch: Option<String>,
    select: Option<Value>,
    remove: Option<Value>,
    filter: Option<Value>,
    execute_client_scripts: Option<bool>,
    combine: Vec<Terms>,
    #[serde(alias = "ValidUntil")]
    valid_until: Option<String>,
}

/// Reads the declaration `<id>.json`, and the history `<id>.history.json` if there is one. `id` is the file's name
/// without its end; it becomes the slug.
///
/// # Errors
/// One sentence on why the files are no declaration.
pub fn parse(id: &str, declaration: &str, history: Option<&str>) -> Result<Declared, String> {
    let file: File = serde_json::from_str(declaration).map_err(|error| format!("not a declaration: {error}"))?;
    let history: BTreeMap<String, OneOrMany> = match history {
        Some(text) => serde_json::from_str(text).map_err(|error| format!("not a history: {error}"))?,
        None => BTreeMap::new(),
    };
    let mut warnings = Vec::new();
    let mut documents = Vec::new();
    for (document_type, terms) in &file.terms {
        let mut warn = |text: String| warnings.push(format!("{document_type}: {text}"));
        let Some(locations) = locations(terms, &mut warn) else {
            continue;
        };
        let former = history.get(document_type).map(OneOrMany::as_slice).unwrap_or_default();
        let (former_rules, rules_since) = former_rules(former, &mut warn);
        documents.push(DocumentSpec {
            slug: slug(document_type),
            document_type: document_type.clone(),
            title: document_type.clone(),
            locale: None,
            jurisdiction: None,
            plan: None,
            poll_seconds: POLL_SECONDS,
            polled: true,
            locations,
            former_rules,
            rules_since,
        });
    }
    let platform = PlatformSpec {
        slug: slug(id),
        name: file.name,
        operator: None,
        category: CATEGORY.to_owned(),
        website: None,
        description: String::new(),
        former_slugs: Vec::new(),
        is_sample: false,
        overwrite: false,
        documents,
    };
    Ok(Declared { platform, warnings })
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Terms>),
    One(Box<Terms>),
}

impl OneOrMany {
    fn as_slice(&self) -> &[Terms] {
        match self {
            Self::Many(terms) => terms,
            Self::One(terms) => std::slice::from_ref(terms),
        }
    }
}

/// The pages of a document; `None`, with a warning, if they can't be had without what we do not understand.
fn locations(terms: &Terms, warn: &mut impl FnMut(String)) -> Option<Vec<Location>> {
    if terms.filter.is_some() || terms.combine.iter().any(|page| page.filter.is_some()) {
        warn("its filters are programs of the other archive and are left out".to_owned());
    }
    let pages: Vec<&Terms> = if terms.combine.is_empty() {
        vec![terms]
    } else {
        terms.combine.iter().collect()
    };
    let mut locations = Vec::with_capacity(pages.len());
    for page in pages {
        let Some(url) = page.fetch.as_ref().or(terms.fetch.as_ref()) else {
            warn("a page without an address; the document is left out".to_owned());
            return None;
        };
        let path = url.split(['?', '#']).next().unwrap_or_default();
        if path.to_ascii_lowercase().ends_with(".pdf") {
            warn("a PDF, which is not read yet; the document is left out".to_owned());
            return None;
        }
        let mut selectors = |own: Option<&Value>, common: Option<&Value>| match own.or(common).map(selectors) {
            None => Some(Vec::new()),
            Some(Some(found)) => Some(found),
            Some(None) => {
                warn("a selector in a form that is not known; the document is left out".to_owned());
                None
            }
        };
        let rules = ExtractRules {
            select: selectors(page.select.as_ref(), terms.select.as_ref())?,
            remove: selectors(page.remove.as_ref(), terms.remove.as_ref())?,
        };
        let scripts = page
            .execute_client_scripts
            .or(terms.execute_client_scripts)
            .unwrap_or_default();
        let fetch = if scripts { FetchMode::Browser } else { FetchMode::Plain };
        locations.push(Location {
            url: url.clone(),
            rules,
            fetch,
        });
    }
    Some(locations)
}

/// A selector, a range, or a list of both, as a declaration or a manifest has them; `None` in a form that is not known.
pub fn selectors(value: &Value) -> Option<Vec<Selector>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::String(css) => Some(vec![Selector::Css(css.clone())]),
        Value::Array(list) => list.iter().map(one_selector).collect(),
        Value::Object(_) => Some(vec![one_selector(value)?]),
        Value::Bool(_) | Value::Number(_) => None,
    }
}

fn one_selector(value: &Value) -> Option<Selector> {
    if let Value::String(css) = value {
        return Some(Selector::Css(css.clone()));
    }
    let bound = |before: &str, after: &str| {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        text(before)
            .map(RangeBound::Before)
            .or_else(|| text(after).map(RangeBound::After))
    };
    Some(Selector::Range {
        start: bound("startBefore", "startAfter")?,
        end: bound("endBefore", "endAfter")?,
    })
}

/// Former rules, each from the end of the ones before it, and the instant from which the present ones hold.
fn former_rules(
    former: &[Terms],
    warn: &mut impl FnMut(String),
) -> (Vec<(OffsetDateTime, SourceRules)>, Option<OffsetDateTime>) {
    let mut dated: Vec<(OffsetDateTime, &Terms)> = former
        .iter()
        .filter_map(|terms| {
            let until = terms.valid_until.as_deref()?;
            Some((OffsetDateTime::parse(until, &Rfc3339).ok()?, terms))
        })
        .collect();
    if dated.len() < former.len() {
        warn("former rules without a date are left out".to_owned());
    }
    dated.sort_by_key(|(until, _)| *until);
    let mut since = OffsetDateTime::UNIX_EPOCH;
    let mut rules = Vec::new();
    for (until, terms) in dated {
        if let Some(locations) = locations(terms, warn) {
            rules.push((
                since,
                SourceRules {
                    locations,
                    locale: None,
                },
            ));
        }
        since = until + time::Duration::SECOND;
    }
    let present = (since != OffsetDateTime::UNIX_EPOCH).then_some(since);
    (rules, present)
}

/// A name as a slug: lower-case letters and digits, everything else one hyphen.
pub fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use atlas_domain::{FetchMode, RangeBound, Selector};
    use time::macros::datetime;

    use super::{parse, slug};

    #[test]
    fn members_of_a_combination_inherit_what_they_leave_out() {
        let declared = parse(
            "ChatGPT",
            r#"{"name": "ChatGPT", "terms": {"Terms of Service": {
                "select": ["main"], "remove": "nav", "executeClientScripts": true,
                "combine": [
                    {"fetch": "https://openai.example/terms"},
                    {"fetch": "https://openai.example/service", "select": {"startBefore": "h1", "endAfter": "footer"},
                     "executeClientScripts": false}
                ]}}}"#,
            None,
        )
        .unwrap();
        let document = &declared.platform.documents[0];
        assert_eq!(
            (declared.platform.slug.as_str(), document.slug.as_str()),
            ("chatgpt", "terms-of-service")
        );
        let [first, second] = document.locations.as_slice() else {
            panic!("two pages")
        };
        assert_eq!(first.rules.select, [Selector::Css("main".to_owned())]);
        assert_eq!(first.rules.remove, [Selector::Css("nav".to_owned())]);
        assert_eq!((first.fetch, second.fetch), (FetchMode::Browser, FetchMode::Plain));
        let range = Selector::Range {
            start: RangeBound::Before("h1".to_owned()),
            end: RangeBound::After("footer".to_owned()),
        };
        assert_eq!(second.rules.select, [range]);
        assert_eq!(second.rules.remove, [Selector::Css("nav".to_owned())]);
        assert!(declared.warnings.is_empty());
    }

    #[test]
    fn a_history_gives_each_day_its_rules() {
        let declared = parse(
            "Le Chat",
            r#"{"name": "Le Chat", "terms": {"Privacy Policy": {"fetch": "https://c.example/", "select": "c"}}}"#,
            Some(
                r#"{"Privacy Policy": [
                    {"fetch": "https://b.example/", "select": "b", "ValidUntil": "2026-07-09T19:07:00.000Z"},
                    {"fetch": "https://a.example/", "select": "a", "validUntil": "2025-01-01T00:00:00Z"}
                ]}"#,
            ),
        )
        .unwrap();
        let document = &declared.platform.documents[0];
        let former: Vec<_> = document
            .former_rules
            .iter()
            .map(|(since, rules)| (*since, rules.locations[0].url.as_str()))
            .collect();
        assert_eq!(
            former,
            [
                (datetime!(1970-01-01 00:00 UTC), "https://a.example/"),
                (datetime!(2025-01-01 00:00:01 UTC), "https://b.example/"),
            ]
        );
        assert_eq!(document.rules_since, Some(datetime!(2026-07-09 19:07:01 UTC)));
    }

    #[test]
    fn what_is_not_understood_is_named_and_left_out() {
        let declared = parse(
            "x",
            r#"{"name": "X", "terms": {
                "Terms of Service": {"fetch": "https://x.example/t.pdf"},
                "Privacy Policy": {"fetch": "https://x.example/p", "select": 7},
                "Trackers Policy": {"fetch": "https://x.example/c", "select": "main", "filter": ["cut"]}}}"#,
            None,
        )
        .unwrap();
        assert_eq!(declared.platform.documents.len(), 1);
        assert_eq!(declared.warnings.len(), 3);
        assert!(parse("x", "[]", None).is_err());
    }

    #[test]
    fn slugs_hold_letters_digits_and_single_hyphens() {
        assert_eq!(slug("Google Generative AI Services"), "google-generative-ai-services");
        assert_eq!(slug(" Claude.ai (EU) "), "claude-ai-eu");
    }
}
