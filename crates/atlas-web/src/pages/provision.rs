//! The provision page: what one document says on one question, in its own words, with the proof and our reading.

use askama::Template;
use atlas_db::view::{
    correction::CorrectionMention,
    document::DocumentRecord,
    position,
    provision::{self, ProvisionChange, ProvisionRecord},
};
use atlas_domain::{Confidence, Feature, ProvisionType, Stance, urls};
use atlas_text::{DiffSegment, diff::excerpt, words_diff};
use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::json;
use time::OffsetDateTime;

use super::{
    change_item::LONGEST_PASSAGE,
    charts::Distribution,
    corrections,
    meta::Meta,
    og,
    provision_analysis::{Analysis, Names, OutlineSection},
    provision_clause::{self, OtherReading, Passages, ScopeRow},
    provision_history::History,
    provision_others::{Other, others},
    provision_review::Review,
    words,
};
use crate::{CachePolicy, Chrome, Error, WebState, accounts::WatchButton, editorial::EditorialText, render};

/// Changes of the document that are looked at.
const CHANGES: i64 = 12;

#[derive(Template)]
#[template(path = "pages/provision.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    watch_button: WatchButton,
    document: DocumentRecord,
    provision: ProvisionRecord,
    kind: &'static ProvisionType,
    analysis: Analysis,
    quote: Option<Quote>,
    passages: Passages,
    scopes: Vec<ScopeRow>,
    /// What else the quoted clause is read on.
    readings: Vec<OtherReading>,
    severity_reason: String,
    review: Review,
    corrections: Vec<CorrectionMention>,
    touching: Vec<Touch>,
    elsewhere: Option<Touch>,
    others: Vec<Other>,
    distribution: Distribution,
    same_stance: i64,
    /// Platforms in whose documents an answer was looked for.
    asked: i64,
    /// Of them fictitious ones.
    asked_samples: usize,
    comparison: Option<String>,
    history: History,
    full: bool,
    outline: Vec<OutlineSection>,
    analysis_words: usize,
    /// The day on which a person confirmed the texts of this page; `None` means "to be confirmed".
    text_confirmed: Option<String>,
    checked: Option<String>,
    report: String,
    short: String,
    /// What was searched, where nothing was found.
    searched: String,
    ask_affiliation: bool,
}

/// The verbatim quotation with its proof.
struct Quote {
    exact: bool,
    location: String,
    start: String,
    end: String,
    words: String,
    place: String,
}

/// A change of the document, as this page shows it.
struct Touch {
    iso: String,
    day: String,
    href: String,
    headline: String,
    direction: atlas_domain::Direction,
    about: String,
    pieces: Vec<DiffSegment>,
    note: String,
}

pub(super) async fn page(
    State(state): State<WebState>,
    mut chrome: Chrome,
    Path((platform_slug, slug, provision_type)): Path<(String, String, String)>,
) -> Result<Response, Error> {
    let now = state.clock.now();
    let kind = atlas_catalog::taxonomy()
        .provision_type(&provision_type)
        .ok_or(Error::NotFound)?;
    let mut conn = state.pool.acquire().await?;
    let record = match super::document::find(&mut conn, &platform_slug, &slug, &format!("/{}", kind.slug)).await? {
        Ok(record) => record,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let provision = provision::provision_of_document(&mut conn, record.id, &kind.slug)
        .await?
        .ok_or(Error::NotFound)?;
    let points = provision::provision_history(&mut conn, record.id, provision.id).await?;
    let changes = provision::changes_for_provision(&mut conn, record.id, provision.id, CHANGES).await?;
    let positions = position::positions(&mut conn, &kind.slug).await?;
    let text = EditorialText::load(&mut conn, &kind.slug, provision.finding.stance).await?;
    drop(conn);
    let watch_button = WatchButton::load(
        &state,
        &chrome,
        record.platform_id,
        &record.platform_slug,
        &record.platform_name,
    )
    .await?;

    chrome.samples = record.is_sample;
    let stance = provision.finding.stance;
    let analysis = Analysis::new(
        kind,
        stance,
        text.as_ref().map(|text| &text.block),
        Names {
            platform: &record.platform_name,
            document: words::bare_title(&record.platform_name, &record.title),
            title: &kind.title,
        },
    );
    let history = History::new(&points, now);
    let mut counts: Vec<(Stance, i64)> = Vec::new();
    for position in &positions {
        match counts.iter_mut().find(|(known, _)| *known == position.stance) {
            Some((_, number)) => *number += 1,
            None => counts.push((position.stance, 1)),
        }
    }
    let full = chrome.plan().has(Feature::ComplianceAnalysis);
    let quote = quote(&provision, &record);
    let version_page = urls::version(&record.platform_slug, &record.slug, provision.version);
    let passages = Passages::new(&provision, &version_page);
    let words_since = history.standing_since.map_or(provision.captured_at, |(_, at)| at);
    let told = [
        provision.last_review_at,
        provision.reread_at,
        CorrectionMention::latest(&provision.corrections),
    ];
    let modified = told.into_iter().flatten().fold(words_since, OffsetDateTime::max);
    let asked = i64::try_from(positions.len()).unwrap_or(i64::MAX);
    let distribution = Distribution::new(&counts, asked, &kind.title.to_lowercase());
    let page = Page {
        meta: meta(&chrome, &record, &provision, kind, &analysis, modified),
        scopes: provision_clause::scopes(&provision, quote.as_ref().map_or("", |quote| &quote.place), &passages),
        readings: provision_clause::readings(&record.platform_slug, &record.slug, &provision.readings),
        passages,
        review: Review::new(&provision),
        corrections: provision.corrections.clone(),
        severity_reason: kind
            .stances
            .get(&stance)
            .map(|rule| rule.reason.clone())
            .unwrap_or_default(),
        touching: changes
            .iter()
            .filter(|change| change.effect.is_some())
            .map(|change| touch(change, &record))
            .collect(),
        elsewhere: changes
            .iter()
            .filter(|change| change.effect.is_none())
            .max_by_key(|change| change.detected_at)
            .map(|change| touch(change, &record)),
        others: others(&positions, &record, &kind.slug),
        same_stance: distribution
            .bars
            .iter()
            .filter(|bar| bar.stance == stance)
            .map(|bar| bar.platforms)
            .sum(),
        asked,
        asked_samples: positions.iter().filter(|position| position.is_sample).count(),
        distribution,
        comparison: atlas_catalog::comparisons()
            .iter()
            .find(|comparison| comparison.provision_type == kind.slug)
            .map(|comparison| urls::comparison(&comparison.slug)),
        outline: analysis
            .compliance
            .as_ref()
            .map(super::provision_analysis::Compliance::outline)
            .unwrap_or_default(),
        analysis_words: analysis
            .compliance
            .as_ref()
            .map(super::provision_analysis::Compliance::word_count)
            .unwrap_or_default(),
        checked: record
            .source
            .as_ref()
            .and_then(|source| source.last_checked_at)
            .max(history.last_seen_at)
            .map(words::moment),
        report: super::report_address(&chrome, &provision.public_id),
        text_confirmed: text.and_then(|text| text.confirmed_at).map(words::day),
        short: urls::provision_short(&provision.public_id),
        searched: searched(&provision),
        ask_affiliation: !analysis.faq.iter().any(|(question, _)| question.contains("affiliated")),
        history,
        full,
        quote,
        analysis,
        kind,
        watch_button,
        document: record,
        provision,
        chrome,
    };
    render::html_modified(&page, CachePolicy::Public, modified)
}

/// What was searched, as the finding of silence tells it.
fn searched(provision: &ProvisionRecord) -> String {
    let finding = &provision.finding;
    if finding.excerpt.is_some() {
        return String::new();
    }
    let told = finding.scope.clone().unwrap_or_else(|| finding.reasons.join("; "));
    told.strip_prefix("searched: ")
        .unwrap_or(&told)
        .trim_end_matches('.')
        .to_owned()
}

/// Name of the block that holds a byte.
fn anchor(provision: &ProvisionRecord, start: usize) -> String {
    provision
        .text
        .block_at(start)
        .map(|block| block.anchor.clone())
        .unwrap_or_default()
}

/// The quotation, compared letter for letter with the archived text as the page is made.
fn quote(provision: &ProvisionRecord, record: &DocumentRecord) -> Option<Quote> {
    let finding = &provision.finding;
    let (words, start, end) = (finding.excerpt.as_ref()?, finding.start?, finding.end?);
    let heading = provision
        .text
        .block_at(start)
        .map(|block| provision.text.heading_text(block))
        .unwrap_or_default();
    let version = urls::version(&record.platform_slug, &record.slug, provision.version);
    let anchor = anchor(provision, start);
    Some(Quote {
        exact: provision.text.text.get(start..end) == Some(words.as_str()),
        location: words::clipped(heading, 60),
        start: words::count(start),
        end: words::count(end),
        words: words.clone(),
        place: if anchor.is_empty() {
            version
        } else {
            format!("{version}#{anchor}")
        },
    })
}

fn meta(
    chrome: &Chrome,
    record: &DocumentRecord,
    provision: &ProvisionRecord,
    kind: &ProvisionType,
    analysis: &Analysis,
    modified: OffsetDateTime,
) -> Meta {
    let path = urls::provision(&record.platform_slug, &record.slug, &kind.slug);
    let silent = provision.finding.stance == Stance::Silent;
    let description = format!(
        "What {} says on “{}”: {}, {} severity. The exact words, with proof and history.",
        words::titled(&record.platform_name, &record.title),
        kind.title.to_lowercase(),
        provision.finding.stance.label().to_lowercase(),
        provision.finding.severity.label().to_lowercase()
    );
    let mut meta = Meta::new(
        &chrome.base_url,
        &path,
        &format!("{}: {}", record.platform_name, kind.title.to_lowercase()),
        &description,
    )
    .under("Platforms", urls::PLATFORMS)
    .under(&record.platform_name, urls::platform(&record.platform_slug))
    .under(&record.title, urls::document(&record.platform_slug, &record.slug))
    .here(&kind.title)
    .modified(modified)
    .pictured(og::Kind::Provision, &provision.public_id)
    .sample(record.is_sample)
    .unlisted_if(
        silent
            || provision.review.is_none()
            || provision.finding.confidence == Confidence::Unclear
            || !provision.is_standing
            || record.retired_at.is_some()
            || record.platform_retired_at.is_some(),
    )
    .states(&json!({
        "@context": "https://schema.org", "@type": "Article", "headline": analysis.headline,
        "identifier": provision.public_id, "url": chrome.absolute(&path), "dateModified": words::iso(modified),
        "correction": corrections::stated(chrome, &provision.corrections),
        "creativeWorkStatus": Review::new(provision).status(),
        "publisher": {"@type": "Organization", "name": "ConductAtlas"},
        "about": {"@type": "DefinedTerm", "name": kind.title, "url": chrome.absolute(&urls::provision_type(&kind.slug))},
        "mainEntity": provision.finding.excerpt.as_ref().map(|words| json!({
            "@type": "Quotation", "text": words,
            "isPartOf": {"@type": "DigitalDocument", "name": record.title, "version": provision.version,
                "sha256": provision.text_sha256.to_hex()},
        })),
    }));
    if !analysis.faq.is_empty() {
        let questions: Vec<_> = analysis
            .faq
            .iter()
            .map(|(question, answer)| {
                json!({"@type": "Question", "name": question,
                    "acceptedAnswer": {"@type": "Answer", "text": answer}})
            })
            .collect();
        meta = meta.states(&json!({"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": questions}));
    }
    meta
}

fn touch(change: &ProvisionChange, record: &DocumentRecord) -> Touch {
    let old = change.old_excerpt.as_deref().unwrap_or_default();
    let new = change.new_excerpt.as_deref().unwrap_or_default();
    Touch {
        iso: words::iso(change.detected_at),
        day: words::day(change.detected_at),
        href: urls::change(
            change.detected_at.date(),
            &record.platform_slug,
            &record.slug,
            &change.public_id,
        ),
        headline: change.headline.clone(),
        direction: change.direction,
        about: match change.effect.as_deref() {
            Some("appeared") => "This clause appeared",
            Some("vanished") => "This clause went",
            Some("stance_changed") => "The stance moved",
            Some(_) => "This clause was reworded",
            None => "Elsewhere in the same document",
        }
        .to_owned(),
        pieces: if change.effect.is_some() && old != new {
            excerpt(words_diff(old, new), LONGEST_PASSAGE)
        } else {
            Vec::new()
        },
        note: change.summary.clone().unwrap_or_default(),
    }
}
