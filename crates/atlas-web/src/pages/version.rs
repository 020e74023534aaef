//! A version: the archived text with anchors, what was quoted from it, its hashes and capture facts, and a box that
//! says whether and where a quotation stands in it.

use askama::Template;
use atlas_db::view::{
    document::{self, DocumentRecord, VersionLine},
    version::{self, VersionFinding, VersionOrigin, VersionRecord},
};
use atlas_domain::urls;
use atlas_text::text_sha256;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    meta::Meta,
    nearest::nearest,
    og,
    text_view::{self, Line, Mark, Standing},
    verify, words,
};
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// Most places that a search within the text marks.
const MOST_FOUND: usize = 200;

#[derive(Debug, Deserialize, Default)]
pub(super) struct Asked {
    find: Option<String>,
    quote: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/version.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    document: DocumentRecord,
    version: VersionRecord,
    held: i32,
    scope: Vec<String>,
    kind: &'static str,
    hash_holds: bool,
    lines: Vec<Line>,
    findings: Vec<VersionFinding>,
    origins: Vec<VersionOrigin>,
    others: Vec<VersionLine>,
    find: String,
    found: Vec<(String, usize)>,
    found_count: usize,
    quote: String,
    verdict: Option<Verdict>,
    report: String,
}

impl Page {
    /// The block in which a quotation starts.
    fn block_of(&self, finding: &VersionFinding) -> Option<&atlas_domain::Block> {
        self.version.text.block_at(finding.start)
    }
}

/// The answer to a pasted quotation.
struct Verdict {
    class: &'static str,
    title: String,
    places: Vec<QuotedPlace>,
}

/// Where a quotation stands.
struct QuotedPlace {
    anchor: String,
    words: String,
}

pub(super) async fn page(
    State(state): State<WebState>,
    mut chrome: Chrome,
    Path((platform_slug, slug, number)): Path<(String, String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let wanted = number.parse::<i32>().map_err(|_| Error::NotFound)?;
    let mut conn = state.pool.acquire().await?;
    let record = match super::document::find(&mut conn, &platform_slug, &slug, &format!("/versions/{wanted}")).await? {
        Ok(record) => record,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let version = version::versions_by_number(&mut conn, record.id, &[wanted])
        .await?
        .pop()
        .ok_or(Error::NotFound)?;
    let others = document::versions_of_document(&mut conn, record.id).await?;
    let findings = version::version_findings(&mut conn, version.id).await?;
    let origins = version::version_origins(&mut conn, version.id).await?;
    drop(conn);

    crate::accounts::looked(&state, &chrome, record.id, version.id).await?;
    chrome.samples = record.is_sample;
    let path = urls::version(&record.platform_slug, &record.slug, version.number);
    let find = asked
        .find
        .as_deref()
        .map(|text| words::clipped(text, 200))
        .unwrap_or_default();
    let pasted = asked.quote.unwrap_or_default();
    let refusal = verify::too_long(&pasted);
    let quote: String = pasted.chars().take(verify::LONGEST_QUOTATION).collect();
    let places = text_view::find_all(&version.text.text, &find, MOST_FOUND);
    let standing =
        (refusal.is_none() && !quote.trim().is_empty()).then(|| text_view::look_for(&version.text.text, &quote));
    let marks = marks(&findings, &places, standing.as_ref());
    let meta = Meta::new(
        &chrome.base_url,
        &path,
        &format!(
            "{}, version {}",
            words::titled(&record.platform_name, &record.title),
            version.number
        ),
        &format!(
            "Archived text of {}, {}, as captured on {}, with hashes, capture facts and a box to verify a quotation.",
            record.platform_name,
            record.title,
            words::day(version.captured_at)
        ),
    )
    .under("Platforms", urls::PLATFORMS)
    .under(&record.platform_name, urls::platform(&record.platform_slug))
    .under(&record.title, urls::document(&record.platform_slug, &record.slug))
    .here(&format!("Version {}", version.number))
    .modified(version.captured_at)
    .pictured(og::Kind::Document, &version.public_id)
    .sample(record.is_sample)
    .unlisted_if(!find.is_empty() || !quote.is_empty())
    .states(&json!({
        "@context": "https://schema.org", "@type": "DigitalDocument", "name": record.title,
        "version": version.number, "dateCreated": words::iso(version.captured_at),
        "sha256": version.text_sha256.to_hex(), "inLanguage": record.locale, "url": chrome.absolute(&path),
        "identifier": version.public_id, "publisher": {"@type": "Organization", "name": record.platform_name},
        "isPartOf": chrome.absolute(&urls::document(&record.platform_slug, &record.slug)),
        "isBasedOn": origins.iter().map(|origin| origin.url.as_str()).collect::<Vec<_>>(),
    }));
    let status = if refusal.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let refused = refusal.map(|title| Verdict {
        class: "flash--err",
        title,
        places: Vec::new(),
    });
    let plain = find.is_empty() && quote.is_empty();
    let captured_at = version.captured_at;
    let page = Page {
        meta,
        scope: super::document::scope(&record),
        kind: super::document::kind_words(&version.kind),
        hash_holds: text_sha256(&version.text) == version.text_sha256,
        lines: text_view::lines(&version.text, &marks),
        found: found(&version, &places),
        found_count: places.len(),
        verdict: refused.or_else(|| standing.map(|standing| verdict(&version, &standing, &quote))),
        report: super::report_address(&chrome, &version.public_id),
        held: others.first().map_or(version.number, |latest| latest.number),
        findings,
        origins,
        others,
        find,
        quote,
        document: record,
        version,
        chrome,
    };
    // What somebody pasted is nobody else's business: such an answer is kept nowhere.
    if plain {
        render::html_modified(&page, CachePolicy::Public, captured_at)
    } else {
        let mut response = render::html(&page, CachePolicy::Private)?;
        *response.status_mut() = status;
        Ok(response)
    }
}

/// What is marked: a pasted quotation, else what was searched for, else what findings quote.
fn marks(findings: &[VersionFinding], places: &[Mark], standing: Option<&Standing>) -> Vec<Mark> {
    if let Some(Standing::Exact(marks) | Standing::NearlyExact(marks)) = standing {
        return marks.clone();
    }
    if !places.is_empty() {
        return places.to_vec();
    }
    findings
        .iter()
        .map(|finding| Mark {
            start: finding.start,
            end: finding.end,
        })
        .collect()
}

/// The first places found, by block.
fn found(version: &VersionRecord, places: &[Mark]) -> Vec<(String, usize)> {
    let mut blocks: Vec<(String, usize)> = Vec::new();
    for place in places {
        let Some(block) = version.text.block_at(place.start) else {
            continue;
        };
        if blocks.last().is_none_or(|(anchor, _)| *anchor != block.anchor) {
            let number = version.text.blocks.partition_point(|other| other.start < block.start) + 1;
            blocks.push((block.anchor.clone(), number));
        }
    }
    blocks.truncate(30);
    blocks
}

fn verdict(version: &VersionRecord, standing: &Standing, quote: &str) -> Verdict {
    let at = |marks: &[Mark]| {
        marks
            .iter()
            .map(|mark| {
                let block = version.text.block_at(mark.start);
                let heading = block.map(|block| version.text.heading_text(block)).unwrap_or_default();
                let under = if heading.is_empty() {
                    String::new()
                } else {
                    format!(", under “{}”", words::clipped(heading, 80))
                };
                QuotedPlace {
                    anchor: block.map(|block| block.anchor.clone()).unwrap_or_default(),
                    words: format!(
                        "bytes {} to {}{under}",
                        words::count(mark.start),
                        words::count(mark.end)
                    ),
                }
            })
            .collect()
    };
    match standing {
        Standing::Exact(marks) => Verdict {
            class: "flash--ok",
            title: format!("These exact words stand in this version, {}.", times(marks.len())),
            places: at(marks),
        },
        Standing::NearlyExact(marks) => Verdict {
            class: "flash--ok",
            title: format!(
                "These words stand in this version, {}; only white space, quotation marks or dashes differ.",
                times(marks.len())
            ),
            places: at(marks),
        },
        Standing::Absent => Verdict {
            class: "flash--err",
            title: "These words do not stand in this version.".to_owned(),
            places: nearest(&version.text, quote)
                .map(|(mark, percent)| {
                    let mut places: Vec<QuotedPlace> = at(&[mark]);
                    if let Some(place) = places.first_mut() {
                        let sentence = version.text.text.get(mark.start..mark.end).unwrap_or_default();
                        place.words = format!(
                            "The nearest passage, {percent} % alike: “{}”",
                            words::clipped(sentence, 300)
                        );
                    }
                    places
                })
                .unwrap_or_default(),
        },
    }
}

fn times(number: usize) -> String {
    match number {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        number if number >= 20 => "20 times or more".to_owned(),
        number => format!("{number} times"),
    }
}
