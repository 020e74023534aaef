//! Mails that the other tests send and render.

use atlas_domain::{Direction, Hunk, HunkKind, HunkSide, Materiality, Severity};
use atlas_text::diff::{Diff, DiffHunk};
use time::macros::{date, datetime};

use crate::{
    AlertMail, DigestItem, DigestMail, DigestPlatform, OutgoingMail, SummaryItem, UnchangedDocument, UpgradeOffer,
};

const BEFORE: &str = "We use the content you submit to train our models only if you turn on Improve Halden for \
                      everyone in your account settings.";
const AFTER: &str = "We may use content you submit to train our models unless you turn off Improve Halden for everyone \
                     in your account settings.";

/// A passage as a comparison finds it.
pub(crate) fn hunk(heading: &str, before: Option<&str>, after: Option<&str>) -> DiffHunk {
    let side = |text: Option<&str>| {
        text.map(|text| HunkSide {
            text: text.to_owned(),
            start: 0,
            end: text.len(),
            heading: heading.to_owned(),
        })
    };
    let hunk = Hunk {
        kind: match (before, after) {
            (None, _) => HunkKind::Added,
            (_, None) => HunkKind::Removed,
            _ => HunkKind::Modified,
        },
        old: side(before),
        new: side(after),
        reason: None,
    };
    Diff::passages(&[hunk]).remove(0)
}

/// A line of a summary and the name of its passage.
pub(crate) fn line(text: &str, passage: Option<&str>) -> SummaryItem {
    SummaryItem {
        text: text.to_owned(),
        passage: passage.map(str::to_owned),
    }
}

pub(crate) fn passage() -> DiffHunk {
    hunk("How we use your content", Some(BEFORE), Some(AFTER))
}

pub(crate) fn alert() -> AlertMail {
    AlertMail {
        recipient_name: Some("Jane".to_owned()),
        platform: "Halden AI".to_owned(),
        document_title: "Privacy Policy".to_owned(),
        headline: "Training moves from opt-in to opt-out".to_owned(),
        severity: Severity::High,
        direction: Direction::Worse,
        materiality: Materiality::Critical,
        detected_at: datetime!(2026-11-19 10:24 UTC),
        effective_date: Some(date!(2026 - 12 - 01)),
        versions: Some((6, 7)),
        passages: vec![
            passage(),
            hunk("Retention", None, Some("We keep training data for five years.")),
        ],
        why_it_matters: "What you write may now be used for training without your doing anything. Data that went into \
                         a model can't be taken out again."
            .to_owned(),
        summary: vec![
            line(
                "Reversed: training on your content, from opt-in to opt-out.",
                Some("h-0123456789ab"),
            ),
            line(
                "Added: training data is kept for five years, which is longer than any other period that the policy names.",
                None,
            ),
        ],
        record_id: "CA-C-004117".to_owned(),
        change_url: "https://conductatlas.example/c/CA-C-004117".to_owned(),
        document_url: "https://conductatlas.example/platform/halden-ai/privacy-policy".to_owned(),
        settings_url: "https://conductatlas.example/app/settings".to_owned(),
        unsubscribe_url: "https://conductatlas.example/u/token".to_owned(),
        is_sample: true,
        imprint: "ConductAtlas, 1 Example Street, Exampleton".to_owned(),
    }
}

pub(crate) fn digest() -> DigestMail {
    let item = |headline: &str, severity, passage| DigestItem {
        headline: headline.to_owned(),
        document_title: "Privacy Policy".to_owned(),
        severity,
        direction: Direction::Worse,
        materiality: Materiality::Material,
        detected_at: datetime!(2026-11-18 08:00 UTC),
        effective_date: Some(date!(2026 - 12 - 01)),
        summary: vec![line(
            "Reversed: training on your content, from opt-in to opt-out.",
            None,
        )],
        passage,
        record_id: "CA-C-004117".to_owned(),
        change_url: "https://conductatlas.example/c/CA-C-004117".to_owned(),
    };
    DigestMail {
        recipient_name: None,
        first_day: date!(2026 - 11 - 16),
        last_day: date!(2026 - 11 - 22),
        platforms: vec![
            DigestPlatform {
                platform: "Halden AI".to_owned(),
                is_sample: true,
                items: vec![
                    item("Training moves from opt-in to opt-out", Severity::High, Some(passage())),
                    item("Deleted chats are kept for 90 days", Severity::Medium, None),
                ],
            },
            DigestPlatform {
                platform: "Quillmark".to_owned(),
                is_sample: false,
                items: vec![item("Deleted drafts go after 30 days", Severity::Low, None)],
            },
        ],
        unchanged: vec![
            UnchangedDocument {
                platform: "AWS Bedrock".to_owned(),
                document_title: "Service Terms".to_owned(),
                checks: 14,
                document_url: "https://conductatlas.example/platform/aws-bedrock/service-terms".to_owned(),
            },
            UnchangedDocument {
                platform: "Quillmark".to_owned(),
                document_title: "Terms of Service".to_owned(),
                checks: 1,
                document_url: "https://conductatlas.example/platform/quillmark/terms".to_owned(),
            },
        ],
        watched_platforms: 3,
        changes_url: "https://conductatlas.example/changes".to_owned(),
        settings_url: "https://conductatlas.example/app/settings".to_owned(),
        unsubscribe_url: "https://conductatlas.example/u/token".to_owned(),
        upgrade: Some(UpgradeOffer {
            line: "On Free you follow one platform by digest. Watcher adds ten platforms and same-day alerts."
                .to_owned(),
            url: "https://conductatlas.example/pricing".to_owned(),
        }),
        imprint: String::new(),
    }
}

/// An alert on its way to one recipient.
pub(crate) fn outgoing() -> OutgoingMail {
    let mail = alert();
    let rendered = mail.render().unwrap();
    OutgoingMail {
        from: "ConductAtlas <alerts@conductatlas.example>".parse().unwrap(),
        to: "\"Doe, Jané\" <jane@example.org>".parse().unwrap(),
        message_id: "<d.0190.abc@conductatlas.example>".to_owned(),
        date: datetime!(2026-11-19 10:25:03 UTC),
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        unsubscribe_url: Some(mail.unsubscribe_url),
        idempotency_key: "delivery:0190".to_owned(),
    }
}
