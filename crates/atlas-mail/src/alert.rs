//! The same-day alert: one change that matters, in the words of the document.

use askama::Template;
use atlas_domain::{Direction, Materiality, Severity};
use atlas_text::{DiffKind, diff::DiffHunk};
use time::{Date, OffsetDateTime};

use crate::{
    MailError, RenderedMail,
    passage::PassageView,
    summary::{SummaryItem, SummaryView},
    words::{self, check_links, one_line, wrapped},
};

/// One change that matters, for one recipient.
#[derive(Debug, Clone)]
pub struct AlertMail {
    /// Whom we write to, if we know.
    pub recipient_name: Option<String>,
    /// Name of the platform.
    pub platform: String,
    /// Title of the document, for example `Privacy Policy`.
    pub document_title: String,
    /// The change in one line, with or without the platform's name in front.
    pub headline: String,
    /// What is at stake.
    pub severity: Severity,
    /// Whom the change favours.
    pub direction: Direction,
    /// How much the change matters.
    pub materiality: Materiality,
    /// When we detected it.
    pub detected_at: OffsetDateTime,
    /// The day from which the new text says it holds, if it says so; the notice given is computed from it.
    pub effective_date: Option<Date>,
    /// Numbers of the earlier and the later version within the document, if there are two.
    pub versions: Option<(i32, i32)>,
    /// The passages that differ, the weightiest first; the first few are shown.
    pub passages: Vec<DiffHunk>,
    /// Why it matters, in a few sentences; empty leaves the section out.
    pub why_it_matters: String,
    /// What was added, removed or reversed, one line each.
    pub summary: Vec<SummaryItem>,
    /// Public id of the change, for example `CA-C-004117`.
    pub record_id: String,
    /// Absolute address of the change record.
    pub change_url: String,
    /// Absolute address of the document's page.
    pub document_url: String,
    /// Absolute address where the recipient chooses what is sent.
    pub settings_url: String,
    /// Absolute address that ends these alerts.
    pub unsubscribe_url: String,
    /// The platform is fictional and the words are ours.
    pub is_sample: bool,
    /// Who sends the mail, with the postal address, on one line; empty leaves it out.
    pub imprint: String,
}

#[derive(Template)]
#[template(path = "alert/subject.txt")]
struct Subject<'a> {
    lead: &'a str,
    is_sample: bool,
}

#[derive(Template)]
#[template(path = "alert/body.txt")]
struct Text<'a> {
    mail: &'a AlertMail,
    view: &'a View,
}

#[derive(Template)]
#[template(path = "alert/body.html")]
struct Html<'a> {
    mail: &'a AlertMail,
    view: &'a View,
}

/// Everything that both parts say, worded once.
struct View {
    headline: String,
    platform: String,
    document: String,
    detected: String,
    standing: String,
    effect: String,
    versions: String,
    passages: Vec<PassageView>,
    more: String,
    why: String,
    why_text: String,
    summary: Vec<SummaryView>,
    reason: String,
    imprint: String,
}

impl AlertMail {
    /// The three texts. Fails only if a link is not absolute.
    pub fn render(&self) -> Result<RenderedMail, MailError> {
        check_links([
            self.change_url.as_str(),
            &self.document_url,
            &self.settings_url,
            &self.unsubscribe_url,
        ])?;
        let view = self.view();
        let tail = self.effective_date.map_or_else(String::new, |date| {
            format!("(in effect {})", words::short_day(date, self.detected_at.date()))
        });
        let lead = Subject {
            lead: &view.headline,
            is_sample: self.is_sample,
        }
        .render()?;
        Ok(RenderedMail {
            subject: words::subject(&lead, &tail),
            text: Text {
                mail: self,
                view: &view,
            }
            .render()?,
            html: Html {
                mail: self,
                view: &view,
            }
            .render()?,
        })
    }

    fn view(&self) -> View {
        let (passages, left_out) = PassageView::first(&self.passages, "  ");
        let platform = one_line(&self.platform);
        View {
            headline: with_platform(&platform, &self.headline),
            document: one_line(&self.document_title),
            detected: words::moment(self.detected_at),
            standing: format!(
                "{} severity, {}, {} change.",
                self.severity.label(),
                self.direction.label().to_lowercase(),
                self.materiality.label().to_lowercase()
            ),
            effect: self
                .effective_date
                .map_or_else(String::new, |date| words::effect(date, self.detected_at)),
            versions: self
                .versions
                .map_or_else(String::new, |(old, new)| format!("version {old} to version {new}")),
            more: match left_out {
                0 => String::new(),
                more => format!(
                    "{} in the whole comparison.",
                    words::count(more, "more passage", "more passages")
                ),
            },
            why: self.why_it_matters.trim().to_owned(),
            why_text: wrapped(self.why_it_matters.trim(), "  "),
            summary: self.summary.iter().map(|line| line.view(&self.change_url)).collect(),
            imprint: one_line(&self.imprint),
            reason: words::reason(self.recipient_name.as_deref(), &platform),
            platform,
            passages,
        }
    }
}

/// The headline with the platform's name in front, unless it is there.
fn with_platform(platform: &str, headline: &str) -> String {
    let headline = one_line(headline);
    if headline.to_lowercase().starts_with(&platform.to_lowercase()) {
        headline
    } else {
        format!("{platform}: {headline}")
    }
}
