//! The weekly digest: what changed on what somebody watches, and what did not.

use askama::Template;
use atlas_domain::{Direction, Materiality, Severity};
use atlas_text::{DiffKind, diff::DiffHunk};
use time::{Date, OffsetDateTime};

use crate::{
    MailError, RenderedMail,
    passage::PassageView,
    summary::{SummaryItem, SummaryView},
    words::{self, check_links, count, one_line, wrapped},
};

/// Most changes in one digest; more are named with their number and a link.
const MAX_ITEMS: usize = 200;

/// One change in a digest.
#[derive(Debug, Clone)]
pub struct DigestItem {
    /// The change in one line.
    pub headline: String,
    /// Title of the document.
    pub document_title: String,
    /// What is at stake.
    pub severity: Severity,
    /// Whom the change favours.
    pub direction: Direction,
    /// How much the change matters.
    pub materiality: Materiality,
    /// When we detected it.
    pub detected_at: OffsetDateTime,
    /// The day from which the new text says it holds, if it says so.
    pub effective_date: Option<Date>,
    /// What was added, removed or reversed, one line each; empty leaves it out.
    pub summary: Vec<SummaryItem>,
    /// The weightiest passage, before and after.
    pub passage: Option<DiffHunk>,
    /// Public id of the change.
    pub record_id: String,
    /// Absolute address of the change record.
    pub change_url: String,
}

/// What changed on one platform.
#[derive(Debug, Clone)]
pub struct DigestPlatform {
    /// Name of the platform.
    pub platform: String,
    /// The platform is fictional and the words are ours.
    pub is_sample: bool,
    /// Its changes, the weightiest first.
    pub items: Vec<DigestItem>,
}

/// A watched document that did not change: a fact too.
#[derive(Debug, Clone)]
pub struct UnchangedDocument {
    /// Name of the platform.
    pub platform: String,
    /// Title of the document.
    pub document_title: String,
    /// Checks of the period that found the same text.
    pub checks: u32,
    /// Absolute address of the document's page.
    pub document_url: String,
}

/// One line on the plan above.
#[derive(Debug, Clone)]
pub struct UpgradeOffer {
    /// The sentence, for example `Watcher adds ten platforms and same-day alerts.`
    pub line: String,
    /// Absolute address of the plans.
    pub url: String,
}

/// The summary of one week for one recipient.
#[derive(Debug, Clone)]
pub struct DigestMail {
    /// Whom we write to, if we know.
    pub recipient_name: Option<String>,
    /// First day of the period, in the recipient's zone.
    pub first_day: Date,
    /// Last day of the period, in the recipient's zone.
    pub last_day: Date,
    /// Changes by platform, in reading order.
    pub platforms: Vec<DigestPlatform>,
    /// Watched documents that did not change.
    pub unchanged: Vec<UnchangedDocument>,
    /// Number of platforms watched.
    pub watched_platforms: usize,
    /// Absolute address of everything published.
    pub changes_url: String,
    /// Absolute address where the recipient chooses what is sent.
    pub settings_url: String,
    /// Absolute address that ends the digest.
    pub unsubscribe_url: String,
    /// What the plan above adds, for those on Free.
    pub upgrade: Option<UpgradeOffer>,
    /// Who sends the mail, with the postal address, on one line; empty leaves it out.
    pub imprint: String,
}

#[derive(Template)]
#[template(path = "digest/subject.txt")]
struct Subject<'a> {
    changes: &'a str,
    whereabouts: &'a str,
}

#[derive(Template)]
#[template(path = "digest/body.txt")]
struct Text<'a> {
    mail: &'a DigestMail,
    view: &'a View<'a>,
}

#[derive(Template)]
#[template(path = "digest/body.html")]
struct Html<'a> {
    mail: &'a DigestMail,
    view: &'a View<'a>,
}

struct ItemView<'a> {
    item: &'a DigestItem,
    headline: String,
    headline_text: String,
    document: String,
    standing: String,
    effect: String,
    summary: Vec<SummaryView>,
    passage: Option<PassageView>,
}

struct PlatformView<'a> {
    platform: String,
    is_sample: bool,
    items: Vec<ItemView<'a>>,
}

struct View<'a> {
    period: String,
    title: String,
    platforms: Vec<PlatformView<'a>>,
    left_out: String,
    tally: String,
    has_samples: bool,
    reason: String,
    imprint: String,
}

impl DigestMail {
    /// The three texts. Fails only if a link is not absolute.
    pub fn render(&self) -> Result<RenderedMail, MailError> {
        let items = self.platforms.iter().flat_map(|platform| &platform.items);
        let own = [self.changes_url.as_str(), &self.settings_url, &self.unsubscribe_url];
        check_links(
            own.into_iter()
                .chain(items.map(|item| item.change_url.as_str()))
                .chain(self.unchanged.iter().map(|document| document.document_url.as_str()))
                .chain(self.upgrade.iter().map(|offer| offer.url.as_str())),
        )?;
        let view = self.view();
        let changes = self.change_count();
        let subject = Subject {
            changes: &count(changes, "change", "changes"),
            whereabouts: &self.whereabouts(),
        };
        Ok(RenderedMail {
            subject: words::subject(&subject.render()?, ""),
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

    fn change_count(&self) -> usize {
        self.platforms.iter().map(|platform| platform.items.len()).sum()
    }

    /// `on Halden AI`, `on Halden AI and Quillmark`, `on Halden AI and 2 more platforms`.
    fn whereabouts(&self) -> String {
        let mut names = self
            .platforms
            .iter()
            .filter(|platform| !platform.items.is_empty())
            .map(|platform| one_line(&platform.platform));
        match (names.next(), names.next(), names.count()) {
            (None, ..) => String::new(),
            (Some(one), None, _) => format!("on {one}"),
            (Some(one), Some(two), 0) => format!("on {one} and {two}"),
            (Some(one), Some(_), more) => format!("on {one} and {} more platforms", more + 1),
        }
    }

    fn view(&self) -> View<'_> {
        let mut room = MAX_ITEMS;
        let mut platforms = Vec::new();
        for group in self.platforms.iter().filter(|group| !group.items.is_empty()) {
            let items: Vec<_> = group.items.iter().take(room).map(ItemView::of).collect();
            room -= items.len();
            if !items.is_empty() {
                platforms.push(PlatformView {
                    platform: one_line(&group.platform),
                    is_sample: group.is_sample,
                    items,
                });
            }
        }
        let changes = self.change_count();
        let title = match changes {
            0 => "Nothing you watch changed".to_owned(),
            _ => format!("{} {}", count(changes, "change", "changes"), self.whereabouts()),
        };
        let tally = format!(
            "{} on the {} you watch; {} checked without a change.",
            count(changes, "change", "changes"),
            count(self.watched_platforms, "platform", "platforms"),
            count(self.unchanged.len(), "document", "documents"),
        );
        View {
            period: words::period(self.first_day, self.last_day),
            title,
            left_out: match changes.saturating_sub(MAX_ITEMS) {
                0 => String::new(),
                more => format!("{} not shown here.", count(more, "change is", "changes are")),
            },
            has_samples: platforms.iter().any(|group| group.is_sample),
            platforms,
            tally,
            reason: words::reason(self.recipient_name.as_deref(), "platforms on ConductAtlas"),
            imprint: one_line(&self.imprint),
        }
    }
}

impl<'a> ItemView<'a> {
    fn of(item: &'a DigestItem) -> Self {
        Self {
            item,
            headline: one_line(&item.headline),
            headline_text: wrapped(&one_line(&item.headline), "  "),
            document: one_line(&item.document_title),
            standing: format!(
                "{} severity, {}, {} change.",
                item.severity.label(),
                item.direction.label().to_lowercase(),
                item.materiality.label().to_lowercase()
            ),
            effect: item
                .effective_date
                .map_or_else(String::new, |date| words::effect(date, item.detected_at)),
            summary: item.summary.iter().map(|line| line.view(&item.change_url)).collect(),
            passage: item.passage.as_ref().and_then(|passage| {
                let (mut views, _) = PassageView::first(std::slice::from_ref(passage), "    ");
                views.pop()
            }),
        }
    }
}

impl UnchangedDocument {
    /// `Halden AI, Privacy Policy`.
    fn name(&self) -> String {
        one_line(&format!("{}, {}", self.platform, self.document_title))
    }
    /// `checked 14 times, the same each time`.
    fn fact(&self) -> String {
        match self.checks {
            0 => "no new text".to_owned(),
            1 => "checked once, unchanged".to_owned(),
            checks => format!("checked {checks} times, unchanged"),
        }
    }
}
