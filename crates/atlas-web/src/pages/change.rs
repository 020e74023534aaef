//! The change record: what changed word for word, whom it favours, why it was ranked so, what it touches.

use askama::Template;
use atlas_db::view::{
    change::{self, ChangeRecord, TouchedProvision, VersionFacts},
    correction::CorrectionMention,
    version,
};
use atlas_domain::{Stance, SummaryKind, urls};
use atlas_text::diff::hunk_ids;
use axum::{
    extract::{Path, Query, State},
    http::HeaderMap,
    response::Response,
};
use serde_json::json;

use super::{
    change_facts::{Facts, Notice},
    change_item::{headline, named_move},
    change_reasons::{Reason, reasons},
    change_standing::{modified, standing, standing_word, state_words},
    corrections,
    diff::View,
    diff_data::{self, Form, Head, Side},
    diff_view::{self, DiffView},
    meta::Meta,
    og, words,
};
use crate::{CachePolicy, Chrome, Error, WebState, accounts::WatchButton, render};

/// Signals of the ranking that are shown at once.
const REASONS: usize = 8;

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
    /// The groups that changed passages name.
    named: Option<String>,
    /// Whether it holds for what was before it.
    reach: Option<&'static str>,
    /// What to know of a change that is not public: a title and a sentence.
    standing: Option<(&'static str, String)>,
    /// How it stands where captures were counted: a word and a note.
    state: Option<(&'static str, String)>,
    diff: DiffView,
    path: String,
    summary: Vec<SummaryItem>,
    /// What one can do, where the new text says so.
    choices: Vec<SummaryItem>,
    reasons: Vec<Reason>,
    /// Signals beyond those that are shown at once.
    further: Vec<Reason>,
    touched: Vec<Touched>,
    transition: Option<(String, Stance, Stance)>,
    corrections: Vec<CorrectionMention>,
    report: String,
    short: String,
}

struct SummaryItem {
    text: String,
    /// Names of the passages it speaks of.
    anchors: Vec<String>,
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
    headers: HeaderMap,
) -> Result<Response, Error> {
    let (address, form) = Form::of(&address, &headers);
    let public_id = public_id(address).ok_or(Error::NotFound)?;
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
        return Ok(render::moved(&format!("{path}{}", form.suffix())));
    }
    let touched = change::touched_provisions(&mut conn, record.id).await?;
    let numbers = [record.old.number, record.new.number];
    let mut versions = version::versions_by_number(&mut conn, record.document_id, &numbers).await?;
    drop(conn);
    let (Some(new), Some(old)) = (versions.pop(), versions.pop()) else {
        return Err(Error::internal("a change without its versions"));
    };
    let diff = state.diffs.of_change(record.id, &old, &new, &record.hunks).await?;
    if form != Form::Page {
        return Ok(diff_data::answer(
            form,
            &head(&state, &record, &path),
            &diff,
            record.published_at,
        ));
    }
    crate::accounts::looked(&state, &chrome, record.document_id, new.id).await?;
    let watch_button = WatchButton::load(
        &state,
        &chrome,
        record.platform_id,
        &record.platform_slug,
        &record.platform_name,
    )
    .await?;

    chrome.samples = record.is_sample;
    let choice = view.choice();
    let names = hunk_ids(&record.hunks);
    let headline = headline(&record.platform_name, &record.headline);
    let mut reasons = reasons(&record, &names);
    let further = reasons.split_off(reasons.len().min(REASONS));
    let touched: Vec<Touched> = touched.into_iter().map(|row| touch(row, &record)).collect();
    let page = Page {
        meta: meta(&chrome, &record, &path, &headline).unlisted_if(!choice.is_usual() || !record.standing.is_public()),
        diff: diff_view::view(
            &diff,
            choice,
            format!(
                "Version {}, {}, to version {}, {}",
                record.old.number,
                words::day(record.old.captured_at),
                record.new.number,
                words::day(record.new.captured_at)
            ),
            record.new.number,
            urls::version(&record.platform_slug, &record.document_slug, record.new.number),
        ),
        path,
        labels: record.labels.iter().map(|label| label.label()).collect(),
        lede: lede(&record),
        notice: facts(&record).notice(),
        named: facts(&record).named(),
        reach: facts(&record).reach(),
        standing: standing(&record),
        state: state_words(record.standing),
        summary: items(&record, &names, |kind| kind != SummaryKind::Choice),
        choices: items(&record, &names, |kind| kind == SummaryKind::Choice),
        reasons,
        further,
        transition: named_move(
            &headline,
            touched
                .iter()
                .map(|touched| (touched.row.type_title.as_str(), touched.old, touched.new)),
        ),
        touched,
        report: super::report_address(&chrome, &record.public_id),
        short: urls::change_short(&record.public_id),
        headline,
        corrections: record.corrections.clone(),
        watch_button,
        change: record,
        chrome,
    };
    let modified = modified(&page.change);
    render::html_modified(&page, CachePolicy::Public, modified).map(diff_data::varies)
}

/// What the other forms say of the change.
fn head<'a>(state: &WebState, record: &'a ChangeRecord, path: &str) -> Head<'a> {
    let side = |facts: &VersionFacts| Side {
        public_id: facts.public_id.clone(),
        number: facts.number,
        captured_at: facts.captured_at,
        text_sha256: facts.text_sha256,
        url: state.absolute(&urls::version(
            &record.platform_slug,
            &record.document_slug,
            facts.number,
        )),
    };
    let names = hunk_ids(&record.hunks);
    Head {
        platform: &record.platform_name,
        document: &record.document_title,
        is_sample: record.is_sample,
        url: state.absolute(path),
        old: side(&record.old),
        new: side(&record.new),
        change: Some(json!({
            "id": record.public_id, "kind": record.kind, "standing": standing_word(record.standing),
            "headline": headline(&record.platform_name, &record.headline),
            "materiality": record.materiality, "direction": record.direction, "severity": record.severity,
            "labels": record.labels, "detected_at": words::iso(record.detected_at),
            "published_at": words::iso(record.published_at),
            "effective_date": record.effective_date.map(words::iso_date),
            "notice_days": record.notice_days, "retroactive": record.retroactive,
            "affected": record.affected.iter().map(|group| json!({
                "kind": group.kind, "name": group.name,
                "hunks": group.hunks.iter().filter_map(|hunk| names.get(*hunk)).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "rule_version": record.rule_version,
            "summary": record.summary.iter().map(|line| json!({
                "kind": line.kind, "text": line.text,
                "hunks": line.hunks.iter().filter_map(|hunk| names.get(*hunk)).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "signals": record.signals.iter().map(|signal| json!({
                "name": signal.name, "weight": signal.weight, "evidence": signal.evidence,
                "hunk": signal.hunk.and_then(|hunk| names.get(hunk)),
            })).collect::<Vec<_>>(),
        })),
    }
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
    .modified(modified(record))
    .pictured(og::Kind::Change, &record.public_id)
    .sample(record.is_sample)
    .states(&json!({
        "@context": "https://schema.org", "@type": "Article", "headline": headline, "identifier": record.public_id,
        "url": chrome.absolute(path), "datePublished": words::iso(record.published_at),
        "publisher": {"@type": "Organization", "name": "ConductAtlas"},
        "correction": corrections::stated(chrome, &record.corrections),
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

/// The lines of the summary that tell something of these kinds.
fn items(record: &ChangeRecord, names: &[String], tells: impl Fn(SummaryKind) -> bool) -> Vec<SummaryItem> {
    let lines = record.summary.iter().filter(|line| tells(line.kind));
    lines
        .map(|line| SummaryItem {
            text: line.text.clone(),
            anchors: line.hunks.iter().filter_map(|hunk| names.get(*hunk).cloned()).collect(),
        })
        .collect()
}

fn facts(record: &ChangeRecord) -> Facts<'_> {
    Facts {
        effective_date: record.effective_date,
        notice_days: record.notice_days,
        affected: &record.affected,
        retroactive: record.retroactive,
        detected_at: record.detected_at,
    }
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
