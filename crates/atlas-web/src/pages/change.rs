//! The change record: what changed word for word, whom it favours, why it was ranked so, what it touches.

use askama::Template;
use atlas_db::view::{
    change::{self, ChangeRecord, TouchedProvision},
    version,
};
use atlas_domain::{Stance, urls};
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    change_item::headline,
    diff_view::{self, DiffLayout, DiffView},
    meta::Meta,
    words,
};
use crate::{CachePolicy, Chrome, Error, WebState, accounts::WatchButton, render};

/// Signals of the ranking that are shown at once.
const REASONS: usize = 8;

#[derive(Debug, Deserialize, Default)]
pub(super) struct View {
    view: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/change.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    watch_button: WatchButton,
    change: ChangeRecord,
    headline: String,
    labels: Vec<String>,
    lede: String,
    notice: Notice,
    diff: DiffView,
    summary: Vec<SummaryItem>,
    reasons: Vec<Reason>,
    /// Signals beyond those that are shown at once.
    further: Vec<Reason>,
    touched: Vec<Touched>,
    transition: Option<(Stance, Stance)>,
    report: String,
    short: String,
}

/// Stated day of effect and the notice that follows from it.
struct Notice {
    day: String,
    note: String,
}

struct SummaryItem {
    text: String,
    anchor: Option<usize>,
}

/// One signal of the ranking.
struct Reason {
    name: String,
    evidence: String,
    weight: String,
    grave: bool,
}

struct Touched {
    row: TouchedProvision,
    href: String,
    old: Stance,
    new: Stance,
    effect: &'static str,
}

pub(super) async fn page(
    State(state): State<WebState>,
    mut chrome: Chrome,
    Path(address): Path<String>,
    Query(view): Query<View>,
) -> Result<Response, Error> {
    let public_id = public_id(&address).ok_or(Error::NotFound)?;
    let mut conn = state.pool.acquire().await?;
    let record = change::change_by_public_id(&mut conn, &public_id)
        .await?
        .ok_or(Error::NotFound)?;
    let path = urls::change(
        record.detected_at.date(),
        &record.platform_slug,
        &record.document_slug,
        &record.public_id,
    );
    if path != format!("/change/{address}") {
        return Ok(render::moved(&path));
    }
    let touched = change::touched_provisions(&mut conn, record.id).await?;
    let new = version::versions_by_number(&mut conn, record.document_id, &[record.new.number])
        .await?
        .pop();
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
    let layout = DiffLayout::from_name(view.view.as_deref());
    let headline = headline(&record.platform_name, &record.headline);
    let mut reasons = reasons(&record);
    let further = reasons.split_off(reasons.len().min(REASONS));
    let touched: Vec<Touched> = touched.into_iter().map(|row| touch(row, &record)).collect();
    let page = Page {
        meta: meta(&chrome, &record, &path, &headline).unlisted_if(layout != DiffLayout::Inline),
        diff: DiffView {
            entries: diff_view::entries(&record.hunks, new.as_ref().map(|version| &version.text), layout),
            layout,
            counts: diff_view::counts(&record.hunks),
            new_number: record.new.number,
            caption: format!(
                "Version {}, {}, to version {}, {}",
                record.old.number,
                words::day(record.old.captured_at),
                record.new.number,
                words::day(record.new.captured_at)
            ),
            new_href: urls::version(&record.platform_slug, &record.document_slug, record.new.number),
        },
        labels: record.labels.iter().map(|label| label.label()).collect(),
        lede: lede(&record),
        notice: notice(&record),
        summary: record
            .summary
            .iter()
            .map(|line| SummaryItem {
                text: line.text.clone(),
                anchor: line
                    .hunks
                    .first()
                    .filter(|hunk| **hunk < record.hunks.len())
                    .map(|hunk| hunk + 1),
            })
            .collect(),
        reasons,
        further,
        transition: touched
            .iter()
            .find(|touched| touched.old != touched.new)
            .map(|touched| (touched.old, touched.new)),
        touched,
        report: super::report_address(&chrome, &record.public_id),
        short: urls::change_short(&record.public_id),
        headline,
        watch_button,
        change: record,
        chrome,
    };
    render::html_modified(&page, CachePolicy::Public, page.change.published_at)
}

/// The public id at the end of an address like `2026-11-09-halden-ai-privacy-policy-ca-c-004117`.
fn public_id(address: &str) -> Option<String> {
    let at = address.rfind("ca-c-").or_else(|| address.rfind("CA-C-"))?;
    let id = address.get(at..)?;
    let digits = id.get(5..)?;
    let is_id = !digits.is_empty() && digits.len() <= 18 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then(|| id.to_ascii_uppercase())
}

fn meta(chrome: &Chrome, record: &ChangeRecord, path: &str, headline: &str) -> Meta {
    Meta::new(
        &chrome.base_url,
        path,
        headline,
        &format!(
            "{}, {}: {} change detected on {}, with the exact words before and after and why it was ranked so.",
            record.platform_name,
            record.document_title,
            record.materiality.label().to_lowercase(),
            words::day(record.detected_at)
        ),
    )
    .under("Changes", urls::CHANGES)
    .under(&record.platform_name, urls::platform(&record.platform_slug))
    .under(
        &record.document_title,
        urls::document(&record.platform_slug, &record.document_slug),
    )
    .here(&words::day(record.detected_at))
    .modified(record.published_at)
    .sample(record.is_sample)
    .states(&json!({
        "@context": "https://schema.org", "@type": "Article", "headline": headline, "identifier": record.public_id,
        "url": chrome.absolute(path), "datePublished": words::iso(record.published_at),
        "publisher": {"@type": "Organization", "name": "ConductAtlas"},
        "about": {"@type": "UpdateAction", "startTime": words::iso(record.detected_at),
            "object": {"@type": "DigitalDocument", "name": record.document_title, "version": record.new.number}},
    }))
}

fn lede(record: &ChangeRecord) -> String {
    let first = record
        .summary
        .first()
        .map(|line| line.text.as_str())
        .unwrap_or_default();
    if first.is_empty() || first == record.headline {
        format!(
            "{}, version {} to version {}: {} added, {} removed.",
            record.document_title,
            record.old.number,
            record.new.number,
            words::counted(record.words_added, "word", "words"),
            words::counted(record.words_removed, "word", "words")
        )
    } else {
        first.to_owned()
    }
}

fn notice(record: &ChangeRecord) -> Notice {
    let Some(date) = record.effective_date else {
        return Notice {
            day: "Not stated".to_owned(),
            note: "the new text names no day".to_owned(),
        };
    };
    let days = (date - record.detected_at.date()).whole_days();
    Notice {
        day: words::date(date),
        note: match days {
            1.. => format!("{} of notice", words::counted(days, "day", "days")),
            0 => "the day it was detected: no notice".to_owned(),
            _ => format!(
                "{} before it was detected: no notice",
                words::counted(-days, "day", "days")
            ),
        },
    }
}

fn reasons(record: &ChangeRecord) -> Vec<Reason> {
    let mut signals: Vec<_> = record.signals.iter().collect();
    signals.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    signals
        .into_iter()
        .map(|signal| Reason {
            name: signal_words(&signal.name),
            evidence: words::clipped(&plain_words(&signal.evidence), 220),
            weight: format!("{:+.2}", signal.weight),
            grave: signal.weight >= 2.0,
        })
        .collect()
}

/// The name of a rule as a sentence would begin: `stance_moved` → `Stance moved`.
fn signal_words(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The evidence with the words of people where it has those of tables: stances and provision types.
fn plain_words(evidence: &str) -> String {
    evidence
        .split(' ')
        .map(|word| {
            let bare = word.trim_end_matches([':', ',', '.', ';']);
            let tail = word.get(bare.len()..).unwrap_or_default();
            if let Ok(stance) = bare.parse::<Stance>()
                && evidence.contains('→')
            {
                return format!("{}{tail}", stance.label().to_lowercase());
            }
            match atlas_catalog::taxonomy().provision_type(bare) {
                Some(kind) if bare.contains('-') => format!("{}{tail}", kind.title.to_lowercase()),
                _ => word.to_owned(),
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn touch(row: TouchedProvision, record: &ChangeRecord) -> Touched {
    Touched {
        href: urls::provision(&record.platform_slug, &record.document_slug, &row.provision_type),
        old: row.old_stance.unwrap_or(Stance::Silent),
        new: row.new_stance.unwrap_or(Stance::Silent),
        effect: match row.effect.as_str() {
            "appeared" => "Appeared",
            "vanished" => "Gone",
            "stance_changed" => "Stance moved",
            _ => "Reworded",
        },
        row,
    }
}

#[cfg(test)]
mod tests {
    use super::public_id;

    #[test]
    fn evidence_speaks_of_stances_in_words() {
        assert_eq!(
            super::plain_words("model-training-use: commits_qualified → permits: may be used"),
            "user data for model training: commits, with limits → permits, no choice: may be used"
        );
    }

    #[test]
    fn the_public_id_ends_the_address_and_nothing_else_is_taken_for_one() {
        assert_eq!(
            public_id("2026-11-09-halden-ai-privacy-policy-ca-c-004117").as_deref(),
            Some("CA-C-004117")
        );
        assert_eq!(public_id("CA-C-1234567").as_deref(), Some("CA-C-1234567"));
        for wrong in [
            "",
            "ca-c-",
            "2026-11-09-x",
            "ca-c-12x",
            "ca-c-é",
            "ca-c-99999999999999999999",
        ] {
            assert_eq!(public_id(wrong), None, "{wrong}");
        }
    }
}
