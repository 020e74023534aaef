//! A change in words: one headline and a few lines, composed by rules.
//!
//! Invariant: every sentence follows from stances, numbers or passages of the two texts; where no rule derives more,
//! it is said how many passages changed and where, and nothing else.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use atlas_db::change::ProvisionEffect;
use atlas_domain::{Comparison, Hunk, HunkKind, Materiality, Severity, Stance, SummaryKind, SummaryLine, Taxonomy};
use regex::Regex;
use time::Date;

use crate::effects::Touched;

/// Most lines in a summary.
const MAX_LINES: usize = 12;

pub(crate) use stated::facts;

/// The names that sentences need.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    pub platform: &'a str,
    pub document: &'a str,
}

/// The severity of a change: the highest it touches, or what its rank suggests.
pub(crate) fn severity(comparison: &Comparison, touched: &[Touched<'_>]) -> Severity {
    if comparison.materiality <= Materiality::Editorial {
        return Severity::Low;
    }
    touched
        .iter()
        .map(Touched::severity)
        .max()
        .unwrap_or(match comparison.materiality {
            Materiality::Critical => Severity::High,
            Materiality::Material => Severity::Medium,
            _ => Severity::Low,
        })
}

/// What happened, in one line.
pub(crate) fn headline(
    names: Names<'_>,
    comparison: &Comparison,
    touched: &[Touched<'_>],
    taxonomy: &Taxonomy,
) -> String {
    let platform = names.platform;
    if comparison.materiality > Materiality::Editorial {
        for provision in touched {
            let Some(topic) = topic(provision, taxonomy) else {
                continue;
            };
            let hunk = comparison.hunks.get(provision.hunk);
            match provision.effect {
                ProvisionEffect::StanceChanged => {
                    if let (Some(old), Some(new)) = (provision.old, provision.new) {
                        return format!(
                            "{platform} moves {topic} from {} to {}",
                            position(old.stance),
                            position(new.stance)
                        );
                    }
                }
                ProvisionEffect::Vanished => return format!("{platform} no longer speaks on {topic}"),
                ProvisionEffect::Appeared => {
                    if let Some(new) = provision.new {
                        return format!("{platform} now speaks on {topic}: {}", position(new.stance));
                    }
                }
                ProvisionEffect::Reworded => {
                    if let Some(change) = hunk.and_then(duration_change) {
                        return format!(
                            "{platform} {} {topic} from {} to {}",
                            change.verb, change.from, change.to
                        );
                    }
                }
            }
        }
        for hunk in &comparison.hunks {
            if let (Some(change), Some(heading)) = (duration_change(hunk), heading(hunk)) {
                return format!(
                    "{platform} {} a period under “{heading}” from {} to {}",
                    change.verb, change.from, change.to
                );
            }
        }
    }
    match strongest::of(comparison).filter(|_| comparison.materiality > Materiality::Editorial) {
        Some(told) => {
            let place = comparison.hunks.get(told.hunk).and_then(heading);
            match place {
                Some(place) => format!("{}, “{place}”: {platform} {}", names.document, told.deed),
                None => format!("{}: {platform} {}", names.document, told.deed),
            }
        }
        None => where_it_changed(names.document, comparison),
    }
}

/// “Privacy Policy: 2 passages changed in “Retention””.
fn where_it_changed(document: &str, comparison: &Comparison) -> String {
    let changed: Vec<&Hunk> = real(comparison).map(|(_, hunk)| hunk).collect();
    let count = changed.len();
    if count == 0 {
        let moved = comparison
            .hunks
            .iter()
            .filter(|hunk| hunk.kind == HunkKind::Moved)
            .count();
        return match moved {
            0 => format!("{document}: nothing that a reader could rely on changed"),
            1 => format!("{document}: 1 passage moved"),
            _ => format!("{document}: {moved} passages moved"),
        };
    }
    let passages = if count == 1 {
        "1 passage".to_owned()
    } else {
        format!("{count} passages")
    };
    let verb = if changed.iter().all(|hunk| hunk.kind == HunkKind::Added) {
        "added"
    } else if changed.iter().all(|hunk| hunk.kind == HunkKind::Removed) {
        "removed"
    } else if comparison.materiality <= Materiality::Editorial {
        "reworded"
    } else {
        "changed"
    };
    let headings: BTreeSet<&str> = changed.iter().filter_map(|hunk| heading(hunk)).collect();
    match (headings.first(), headings.len()) {
        (Some(only), 1) => format!("{document}: {passages} {verb} in “{only}”"),
        (Some(_), sections) => format!("{document}: {passages} {verb} in {sections} sections"),
        (None, _) => format!("{document}: {passages} {verb}"),
    }
}

/// What happened, line by line, each line tied to a passage; `seen` is the day on which the new text was seen first.
pub(crate) fn summary(
    comparison: &Comparison,
    touched: &[Touched<'_>],
    taxonomy: &Taxonomy,
    seen: Date,
) -> Vec<SummaryLine> {
    let mut lines = Vec::new();
    let mut told = BTreeSet::new();
    for provision in touched {
        let Some(title) = title(provision, taxonomy) else {
            continue;
        };
        let Some(hunk) = comparison.hunks.get(provision.hunk) else {
            continue;
        };
        let text = match (provision.effect, provision.old, provision.new) {
            (ProvisionEffect::StanceChanged, Some(old), Some(new)) => format!(
                "{title}: was “{}”, now “{}”.",
                old.stance.label().to_lowercase(),
                new.stance.label().to_lowercase()
            ),
            (ProvisionEffect::Appeared, _, Some(new)) => {
                format!(
                    "{title}: not addressed before, now “{}”.",
                    new.stance.label().to_lowercase()
                )
            }
            (ProvisionEffect::Vanished, Some(old), _) => {
                format!(
                    "{title}: was “{}”, no longer addressed.",
                    old.stance.label().to_lowercase()
                )
            }
            _ => match duration_change(hunk) {
                Some(change) => format!("{title}: {} becomes {}.", change.from, change.to),
                None => format!("{title}: other words, the same position."),
            },
        };
        let kind = match provision.effect {
            ProvisionEffect::StanceChanged => SummaryKind::Reversed,
            ProvisionEffect::Appeared => SummaryKind::Added,
            ProvisionEffect::Vanished => SummaryKind::Removed,
            ProvisionEffect::Reworded => SummaryKind::Changed,
        };
        lines.push(SummaryLine {
            kind,
            text,
            hunks: vec![provision.hunk],
        });
        told.insert(provision.hunk);
    }
    for (index, hunk) in real(comparison) {
        if told.contains(&index) {
            continue;
        }
        let place = heading(hunk).map_or_else(String::new, |heading| format!(" under “{heading}”"));
        let text = match (hunk.kind, duration_change(hunk)) {
            (_, Some(change)) => format!("{} becomes {}{place}.", capitalised(&change.from), change.to),
            _ if strongest::of_hunk(comparison, index).is_some() => strongest::of_hunk(comparison, index)
                .map_or_else(String::new, |told| format!("{}{place}.", told.sentence)),
            (HunkKind::Added, _) => format!("Passage added{place}."),
            (HunkKind::Removed, _) => format!("Passage removed{place}."),
            _ => format!("Passage changed{place}."),
        };
        let kind = match hunk.kind {
            HunkKind::Added => SummaryKind::Added,
            HunkKind::Removed => SummaryKind::Removed,
            _ => SummaryKind::Changed,
        };
        lines.push(SummaryLine {
            kind,
            text,
            hunks: vec![index],
        });
    }
    if lines.len() > MAX_LINES {
        let rest = lines.split_off(MAX_LINES - 1);
        lines.push(SummaryLine {
            kind: SummaryKind::More,
            text: format!("{} more passages changed.", rest.len()),
            hunks: rest.into_iter().flat_map(|line| line.hunks).collect(),
        });
    }
    lines.extend(stated::lines(comparison, seen));
    lines
}

/// The passages that came, went or changed, with their index.
fn real(comparison: &Comparison) -> impl Iterator<Item = (usize, &Hunk)> {
    let counts = |kind| matches!(kind, HunkKind::Added | HunkKind::Removed | HunkKind::Modified);
    comparison
        .hunks
        .iter()
        .enumerate()
        .filter(move |(_, hunk)| counts(hunk.kind))
}

fn heading(hunk: &Hunk) -> Option<&str> {
    let side = hunk.new.as_ref().or(hunk.old.as_ref())?;
    Some(side.heading.trim()).filter(|heading| !heading.is_empty())
}

fn title<'a>(provision: &Touched<'_>, taxonomy: &'a Taxonomy) -> Option<&'a str> {
    Some(
        taxonomy
            .provision_type(&provision.finding()?.provision_type)?
            .title
            .as_str(),
    )
}

/// The title inside a sentence: its first letter small, unless the word is an abbreviation.
fn topic(provision: &Touched<'_>, taxonomy: &Taxonomy) -> Option<String> {
    let title = title(provision, taxonomy)?;
    let mut letters = title.chars();
    let first = letters.next()?;
    if letters.clone().next().is_some_and(char::is_uppercase) {
        return Some(title.to_owned());
    }
    Some(first.to_lowercase().chain(letters).collect())
}

/// A stance as the end of “moves … from … to …”.
const fn position(stance: Stance) -> &'static str {
    match stance {
        Stance::Prohibits => "prohibited",
        Stance::Commits => "a promise",
        Stance::CommitsQualified => "a promise with limits",
        Stance::PermitsOptIn => "opt-in",
        Stance::PermitsOptOut => "opt-out",
        Stance::Permits => "permitted without a choice",
        Stance::Requires => "required",
        Stance::Disclaims => "disclaimed",
        Stance::Conditional => "depending on plan or condition",
        Stance::Ambiguous => "unclear",
        Stance::Conflicting => "contradictory",
        Stance::Silent => "silence",
    }
}

/// One period that became another.
#[derive(Debug, PartialEq, Eq)]
struct DurationChange {
    verb: &'static str,
    from: String,
    to: String,
}

/// “30 days” → “90 days”, if exactly one period differs between the two sides.
fn duration_change(hunk: &Hunk) -> Option<DurationChange> {
    let (old, new) = (durations(&hunk.old.as_ref()?.text), durations(&hunk.new.as_ref()?.text));
    let gone: Vec<_> = old.difference(&new).collect();
    let come: Vec<_> = new.difference(&old).collect();
    let ([(from_hours, from)], [(to_hours, to)]) = (gone.as_slice(), come.as_slice()) else {
        return None;
    };
    let verb = match to_hours.cmp(from_hours) {
        std::cmp::Ordering::Less => "shortens",
        std::cmp::Ordering::Greater => "lengthens",
        std::cmp::Ordering::Equal => return None,
    };
    Some(DurationChange {
        verb,
        from: from.clone(),
        to: to.clone(),
    })
}

/// A number and a unit of time; a literal, so never `None` (kept by a test).
static DURATION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(\d{1,4})(?:\s*\(\d{1,4}\))?[\s-]+(hour|day|week|month|year)s?\b").ok());

/// The periods in a passage, in hours and in words.
fn durations(text: &str) -> BTreeSet<(u64, String)> {
    let Some(pattern) = DURATION.as_ref() else {
        return BTreeSet::new();
    };
    pattern
        .captures_iter(text)
        .filter_map(|found| {
            let number: u64 = found.get(1)?.as_str().parse().ok()?;
            let unit = found.get(2)?.as_str().to_lowercase();
            let hours = match unit.as_str() {
                "hour" => 1,
                "day" => 24,
                "week" => 24 * 7,
                "month" => 24 * 30,
                _ => 24 * 365,
            };
            let plural = if number == 1 { "" } else { "s" };
            Some((number * hours, format!("{number} {unit}{plural}")))
        })
        .collect()
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

mod stated;
mod strongest;
#[cfg(test)]
mod tests;
