//! A platform: who it is, what its documents say today, what changed, and how its sources are doing.

use askama::Template;
use atlas_db::view::{
    change_list,
    platform::{self, DocumentState},
    stance_move,
};
use atlas_domain::{Materiality, Severity, Stance, urls};
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;

use super::{
    change_item::ChangeItem,
    charts::Months,
    meta::{Meta, item_list},
    og, platform_facts,
    platform_matrix::{self, Matrix},
    platform_record::{Governance, NoticeRecord},
    words,
};
use crate::{CachePolicy, Chrome, Error, WebState, accounts::WatchButton, render};

/// Changes that are drawn and listed.
const CHANGES: i64 = 120;
/// Moves of stance that are read.
const MOVES: i64 = 200;

#[derive(Debug, Deserialize, Default)]
pub(super) struct Filters {
    #[serde(default)]
    severity: String,
}

#[derive(Template)]
#[template(path = "pages/platform.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    watch_button: WatchButton,
    platform: platform::PlatformRecord,
    category: String,
    last_checked: Option<String>,
    documents: Vec<DocumentState>,
    facts: Vec<Fact>,
    quick: Vec<platform_facts::Fact>,
    governance: Option<Governance>,
    notice: Option<NoticeRecord>,
    matrix: Matrix,
    severity: Option<Severity>,
    tabs: [(Severity, usize); 3],
    found: usize,
    silent: usize,
    changes: Vec<ChangeItem>,
    months: Months,
    feed: String,
}

impl Page {
    /// Whether the provisions of this severity alone are shown.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn is_chosen(&self, kind: &Severity) -> bool {
        self.severity.as_ref() == Some(kind)
    }
}

struct Fact {
    name: &'static str,
    value: String,
    note: String,
}

pub(super) async fn page(
    State(state): State<WebState>,
    mut chrome: Chrome,
    Path(slug): Path<String>,
    Query(filters): Query<Filters>,
) -> Result<Response, Error> {
    let now = state.clock.now();
    let mut conn = state.pool.acquire().await?;
    let Some(record) = platform::platform_by_slug(&mut conn, &slug).await? else {
        return former(&mut conn, &slug, "").await;
    };
    let documents = platform::documents_of_platform(&mut conn, record.id).await?;
    let provisions = platform::standing_provisions(&mut conn, record.id, None).await?;
    let listed = change_list::change_cards(
        &mut conn,
        &change_list::ChangeFilter {
            platform: Some(record.slug.clone()),
            materialities: vec![
                Materiality::Editorial,
                Materiality::Minor,
                Materiality::Material,
                Materiality::Critical,
            ],
            provisional: true,
            ..Default::default()
        },
        CHANGES,
    )
    .await?;
    let moves = stance_move::stance_moves(&mut conn, record.id, MOVES).await?;
    drop(conn);
    let changes = listed.iter().take(8).map(|card| ChangeItem::new(card, now)).collect();
    // What was seen once is listed, and counts for nothing.
    let cards: Vec<_> = listed.into_iter().filter(|card| !card.is_provisional).collect();
    let watch_button = WatchButton::load(&state, &chrome, record.id, &record.slug, &record.name).await?;

    chrome.samples = record.is_sample;
    let year_ago = now - time::Duration::days(365);
    let recent: Vec<_> = cards.iter().filter(|card| card.detected_at >= year_ago).collect();
    let material = recent
        .iter()
        .filter(|card| card.materiality >= Materiality::Material)
        .count();
    let severity = filters.severity.parse::<Severity>().ok();
    let tabs = [Severity::High, Severity::Medium, Severity::Low].map(|kind| {
        let number = provisions
            .iter()
            .filter(|row| platform_matrix::counts(row, kind))
            .count();
        (kind, number)
    });
    let found = tabs.iter().map(|(_, number)| number).sum();
    let held = documents.iter().filter(|document| document.version.is_some()).count();
    let description = description(&record, found, recent.len());
    let page = Page {
        meta: Meta::new(
            &chrome.base_url,
            &urls::platform(&record.slug),
            &record.name,
            &description,
        )
        .under("Platforms", urls::PLATFORMS)
        .here(&record.name)
        .pictured(og::Kind::Platform, &record.slug)
        .sample(record.is_sample)
        .unlisted_if(record.retired_at.is_some() || held == 0 || severity.is_some())
        .feed(feed_path(&record.slug), format!("Changes of {}", record.name))
        .states(&json!({
            "@context": "https://schema.org", "@type": "CollectionPage", "name": record.name,
            "about": {"@type": "Organization", "name": record.operator.as_ref().unwrap_or(&record.name),
                "url": record.website},
            "url": chrome.absolute(&urls::platform(&record.slug)),
            "mainEntity": item_list(documents.iter().map(|document| {
                (document.title.as_str(), chrome.absolute(&urls::document(&record.slug, &document.slug)))
            })),
        })),
        category: super::category_title(&record.category),
        last_checked: documents
            .iter()
            .filter_map(|document| document.last_checked_at)
            .max()
            .map(words::moment),
        facts: facts(&documents, &tabs, found, &cards, recent.len(), material),
        quick: if provisions.is_empty() {
            Vec::new()
        } else {
            platform_facts::facts(&record.slug, &provisions)
        },
        governance: Governance::new(
            (&record.slug, &record.name),
            &documents,
            &cards,
            &moves,
            chrome.plan(),
            now,
        ),
        notice: NoticeRecord::new(&cards),
        matrix: Matrix::new((&record.slug, &record.name), &documents, &provisions, severity),
        severity,
        tabs,
        found,
        silent: provisions.iter().filter(|row| row.stance == Stance::Silent).count(),
        months: Months::new(now, "Changes per month", |year, month| {
            let number = cards
                .iter()
                .filter(|card| card.detected_at.year() == year && u8::from(card.detected_at.month()) == month)
                .count();
            i64::try_from(number).unwrap_or_default()
        }),
        changes,
        documents,
        feed: feed_path(&record.slug),
        watch_button,
        platform: record,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

/// The path of a platform's feed.
pub(super) fn feed_path(slug: &str) -> String {
    format!("{}/feed.atom", urls::platform(slug))
}

/// Leads an old slug to the present one, with the rest of the path; 404 for a slug that nobody ever had.
pub(super) async fn former(conn: &mut PgConnection, slug: &str, rest: &str) -> Result<Response, Error> {
    let present = platform::platform_slug_by_former(conn, slug)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(render::moved(&format!("{}{rest}", urls::platform(&present))))
}

fn description(record: &platform::PlatformRecord, found: usize, changes: usize) -> String {
    format!(
        "What the policies of {} say: {} with exact quotations, {} in 12 months, every version kept.",
        record.name,
        words::counted(found, "provision", "provisions"),
        words::counted(changes, "change", "changes")
    )
}

fn facts(
    documents: &[DocumentState],
    tabs: &[(Severity, usize)],
    found: usize,
    cards: &[change_list::ChangeCard],
    recent: usize,
    material: usize,
) -> Vec<Fact> {
    let failing = documents
        .iter()
        .filter(|document| document.outcome.is_some_and(|outcome| !outcome.is_success()))
        .count();
    let held = documents.iter().filter(|document| document.version.is_some()).count();
    let mut facts = vec![
        Fact {
            name: "Documents",
            value: documents.len().to_string(),
            note: if failing > 0 {
                format!(
                    "{held} on record, {}",
                    words::counted(failing, "source fails", "sources fail")
                )
            } else {
                format!("{held} on record")
            },
        },
        Fact {
            name: "Provisions",
            value: found.to_string(),
            note: tabs
                .iter()
                .map(|(kind, number)| format!("{number} {kind}"))
                .collect::<Vec<_>>()
                .join(", "),
        },
        Fact {
            name: "Changes, 12 months",
            value: recent.to_string(),
            note: format!("{material} of them material"),
        },
    ];
    if let Some(notice) = NoticeRecord::new(cards) {
        facts.push(Fact {
            name: "Median notice",
            value: notice.median.clone(),
            note: format!(
                "{} of {} state a day",
                notice.stating,
                words::counted(notice.changes, "change", "changes")
            ),
        });
    }
    if let Some(latest) = cards.first() {
        facts.push(Fact {
            name: "Last change",
            value: words::day(latest.detected_at),
            note: format!("in {}", latest.document_title),
        });
    }
    facts
}
