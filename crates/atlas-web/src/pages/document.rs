//! A document: what it says today, its contents, its versions, where it comes from and how its source is doing.

use askama::Template;
use atlas_db::view::{
    change::ChangeStanding,
    correction::CorrectionMention,
    document::{self, DocumentRecord, VariantLine, VersionLine},
    platform::{self, StandingProvision},
    version,
};
use atlas_domain::{Location, Stance, VersionKind, urls};
use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::json;
use sqlx::PgConnection;

use super::{meta::Meta, og, text_view::is_harmless, words};
use crate::{
    CachePolicy, Chrome, Error, WebState,
    accounts::{self, WatchButton},
    render,
};

/// Headings that are listed as contents.
const CONTENTS: usize = 60;

#[derive(Template)]
#[template(path = "pages/document.html")]
struct Page {
    chrome: Chrome,
    report: String,
    meta: Meta,
    watch_button: WatchButton,
    last_look: Option<LastLook>,
    document: DocumentRecord,
    corrections: Vec<CorrectionMention>,
    summary: String,
    scope: Vec<String>,
    provisions: Vec<StandingProvision>,
    silent: usize,
    versions: Vec<VersionLine>,
    variants: Vec<VariantLine>,
    contents: Vec<(String, String, u8)>,
    locations: Vec<Place>,
    feed: String,
}

/// What a signed-in reader saw last of the document.
struct LastLook {
    number: i32,
    when: String,
    /// The way to what changed since; `None` where nothing did.
    since: Option<String>,
}

/// One page of the document on the web.
struct Place {
    url: String,
    is_link: bool,
    selected: String,
}

/// The document, or the answer that leads elsewhere.
pub(super) async fn find(
    conn: &mut PgConnection,
    platform: &str,
    document: &str,
    rest: &str,
) -> Result<Result<DocumentRecord, Response>, Error> {
    match document::document_by_slugs(conn, platform, document).await? {
        Some(record) => Ok(Ok(record)),
        None => super::platform::former(conn, platform, &format!("/{document}{rest}"))
            .await
            .map(Err),
    }
}

pub(super) async fn page(
    State(state): State<WebState>,
    mut chrome: Chrome,
    Path((platform_slug, slug)): Path<(String, String)>,
) -> Result<Response, Error> {
    let mut conn = state.pool.acquire().await?;
    let record = match find(&mut conn, &platform_slug, &slug, "").await? {
        Ok(record) => record,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let versions = document::versions_of_document(&mut conn, record.id).await?;
    let variants = document::variants_of_document(&mut conn, record.id).await?;
    let provisions = platform::standing_provisions(&mut conn, record.platform_id, Some(&record.slug)).await?;
    let current = match versions.first() {
        Some(latest) => version::versions_by_number(&mut conn, record.id, &[latest.number])
            .await?
            .pop(),
        None => None,
    };
    drop(conn);
    let watch_button = WatchButton::load(
        &state,
        &chrome,
        record.platform_id,
        &record.platform_slug,
        &record.platform_name,
    )
    .await?;

    let last_look = last_look(&state, &chrome, &record, versions.first()).await?;
    chrome.samples = record.is_sample;
    let path = urls::document(&record.platform_slug, &record.slug);
    let summary = summary(&record, versions.first(), &provisions);
    let mut meta = Meta::new(
        &chrome.base_url,
        &path,
        &words::titled(&record.platform_name, &record.title),
        &format!("{}: {summary}", words::titled(&record.platform_name, &record.title)),
    )
    .under("Platforms", urls::PLATFORMS)
    .under(&record.platform_name, urls::platform(&record.platform_slug))
    .here(&record.title)
    .pictured(og::Kind::Document, &record.public_id)
    .feed(
        format!("{path}/feed.atom"),
        format!("Changes of {}, {}", record.platform_name, record.title),
    )
    .sample(record.is_sample)
    .unlisted_if(versions.is_empty() || record.retired_at.is_some() || record.platform_retired_at.is_some());
    if let Some(latest) = versions.first() {
        let told = CorrectionMention::latest(&record.corrections);
        let modified = told.map_or(latest.captured_at, |at| at.max(latest.captured_at));
        meta = meta.modified(modified).states(&json!({
            "@context": "https://schema.org", "@type": "DigitalDocument", "name": record.title,
            "version": latest.number, "inLanguage": record.locale, "sha256": latest.text_sha256.to_hex(),
            "dateModified": words::iso(latest.captured_at), "url": chrome.absolute(&path),
            "identifier": record.public_id, "publisher": {"@type": "Organization", "name": record.platform_name},
            "isBasedOn": record.source.as_ref().and_then(|source| source.rules.as_ref())
                .map(|rules| rules.locations.iter().map(|place| place.url.as_str()).collect::<Vec<_>>()),
            "archivedAt": chrome.absolute(&urls::version(&record.platform_slug, &record.slug, latest.number)),
        }));
    }
    let page = Page {
        meta,
        scope: scope(&record),
        silent: provisions.iter().filter(|row| row.stance == Stance::Silent).count(),
        provisions,
        contents: current.map(|version| contents(&version)).unwrap_or_default(),
        locations: record
            .source
            .as_ref()
            .and_then(|source| source.rules.as_ref())
            .map(|rules| rules.locations.iter().map(place).collect())
            .unwrap_or_default(),
        feed: format!("{path}/feed.atom"),
        summary,
        versions,
        variants,
        watch_button,
        last_look,
        report: super::report_address(&chrome, &record.public_id),
        corrections: record.corrections.clone(),
        document: record,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

/// What changed since the reader looked last.
async fn last_look(
    state: &WebState,
    chrome: &Chrome,
    record: &DocumentRecord,
    latest: Option<&VersionLine>,
) -> Result<Option<LastLook>, Error> {
    let position = accounts::last_look(state, chrome, record.id).await?;
    Ok(position.zip(latest).map(|(position, latest)| LastLook {
        number: position.number,
        when: words::day(position.looked_at),
        since: (latest.number > position.number)
            .then(|| urls::diff(&record.platform_slug, &record.slug, position.number, latest.number)),
    }))
}

/// What the current version is, in one sentence of ours.
fn summary(record: &DocumentRecord, latest: Option<&VersionLine>, provisions: &[StandingProvision]) -> String {
    let Some(latest) = latest else {
        return match record.source.as_ref().and_then(|source| source.outcome) {
            Some(outcome) if !outcome.is_success() => {
                format!(
                    "no text is held yet. The last check ended with: {}.",
                    outcome.label().to_lowercase()
                )
            }
            Some(_) => "the page was received, and no text of it is on record yet.".to_owned(),
            None => "no text is held yet: its source has not been checked.".to_owned(),
        };
    };
    let found = provisions.iter().filter(|row| row.stance != Stance::Silent).count();
    let reading = if provisions.is_empty() {
        "It has not been read yet.".to_owned()
    } else {
        format!(
            "{} quoted and classified, {} answered with silence.",
            words::counted(found, "provision is", "provisions are"),
            words::counted(provisions.len() - found, "question is", "questions are")
        )
    };
    format!(
        "version {}, captured {}, {}. {reading}",
        latest.number,
        words::day(latest.captured_at),
        words::counted(latest.word_count, "word", "words")
    )
}

/// Language, place and plan to which the document limits itself.
pub(super) fn scope(record: &DocumentRecord) -> Vec<String> {
    let mut scope = vec![
        record.document_type.clone(),
        format!("in {}", words::language(&record.locale)),
    ];
    scope.extend(record.jurisdiction.clone());
    scope.extend(record.plan.as_ref().map(|plan| format!("{plan} plan")));
    scope
}

fn contents(version: &version::VersionRecord) -> Vec<(String, String, u8)> {
    let headings = || {
        version
            .text
            .blocks
            .iter()
            .filter(|block| block.kind == atlas_domain::BlockKind::Heading)
    };
    let deepest = if headings().count() > CONTENTS { 2 } else { 6 };
    headings()
        .filter(|block| block.level <= deepest)
        .take(CONTENTS)
        .map(|block| {
            (
                block.anchor.clone(),
                words::clipped(version.text.block_text(block), 100),
                block.level,
            )
        })
        .collect()
}

fn place(location: &Location) -> Place {
    Place {
        is_link: is_harmless(&location.url),
        url: location.url.clone(),
        selected: if location.rules.select.is_empty() {
            "main content found by us".to_owned()
        } else {
            format!(
                "content chosen by {}",
                words::counted(location.rules.select.len(), "selector", "selectors")
            )
        },
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
/// What a version is, for people; empty for an update, which is what one expects.
pub(super) const fn kind_words(kind: &VersionKind) -> &'static str {
    match kind {
        VersionKind::FirstRecord => "First record",
        VersionKind::Update => "",
        VersionKind::TechnicalUpgrade => "We changed our rules, the publisher changed nothing",
        VersionKind::Reverted => "Equals an earlier text: held as a possible page variant",
    }
}

/// How the change that led to a version stands, where that is worth a word.
pub(super) const fn standing_badge(standing: &ChangeStanding) -> &'static str {
    match standing {
        ChangeStanding::Published | ChangeStanding::Confirmed { .. } => "",
        ChangeStanding::Provisional { .. } => "Provisional: seen once",
        ChangeStanding::Withdrawn { .. } => "Withdrawn: not seen again",
    }
}
