//! What the new text itself says around a change: from when it holds, with what notice, whom it names, what one can do.
//!
//! Invariant: every sentence repeats or quotes words of the passage that it names; where no passage says it, there is
//! none.

use std::sync::LazyLock;

use atlas_domain::{Comparison, GroupKind, Hunk, HunkKind, HunkSide, SummaryKind, SummaryLine, notice_days};
use regex::Regex;
use time::{Date, macros::format_description};

use super::{real, strongest::quoted};

/// Characters of a quotation of what one can do.
const QUOTE: usize = 200;

/// What a change record keeps of the day from which a new text says it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    /// That day, as stated.
    pub effective: Option<Date>,
    /// Days of notice from the day on which the text was seen; `None` where the day belongs to an earlier change.
    pub notice_days: Option<i32>,
}

/// The day of effect and the notice. A day that already stood in the earlier text and had passed says nothing of this
/// change.
pub(crate) fn facts(comparison: &Comparison, seen: Date) -> Facts {
    let of_text = comparison.effective_date.as_deref().and_then(day);
    let of_passage = stated_day(comparison, of_text).map(|(_, day)| day);
    let counts = of_passage.or(of_text.filter(|day| *day >= seen));
    Facts {
        effective: of_passage.or(of_text),
        notice_days: counts.map(|day| notice_days(seen, day)),
    }
}

/// The lines on what the new text says of its day of effect, its readers and their choices.
pub(super) fn lines(comparison: &Comparison, seen: Date) -> Vec<SummaryLine> {
    let mut lines = Vec::new();
    let of_text = comparison.effective_date.as_deref().and_then(day);
    if let Some((hunk, day)) = stated_day(comparison, of_text) {
        let text = format!("The new text says it applies from {}.", told(day));
        lines.push(line(SummaryKind::When, text, vec![hunk]));
        let text = notice(seen, day);
        lines.push(line(SummaryKind::When, text, vec![hunk]));
    }
    lines.extend(stated_notice(comparison));
    lines.extend(past(comparison));
    lines.extend(affected(comparison));
    lines.extend(choices(comparison));
    lines
}

const fn line(kind: SummaryKind, text: String, hunks: Vec<usize>) -> SummaryLine {
    SummaryLine { kind, text, hunks }
}

fn day(iso: &str) -> Option<Date> {
    Date::parse(iso, format_description!("[year]-[month]-[day]")).ok()
}

/// `1 March 2026`.
fn told(day: Date) -> String {
    format!("{} {} {}", day.day(), day.month(), day.year())
}

/// The first passage of the new text that states a day of effect which the earlier words did not; the one with the day
/// of the whole text is preferred.
fn stated_day(comparison: &Comparison, of_text: Option<Date>) -> Option<(usize, Date)> {
    let stated = |side: &HunkSide| atlas_text::stated_effective_date(&side.text);
    let found: Vec<(usize, Date)> = comparison
        .hunks
        .iter()
        .enumerate()
        .filter(|(_, hunk)| hunk.kind != HunkKind::Moved)
        .filter_map(|(index, hunk)| {
            let day = stated(hunk.new.as_ref()?)?;
            (hunk.old.as_ref().and_then(stated) != Some(day)).then_some((index, day))
        })
        .collect();
    let same = found.iter().find(|(_, day)| Some(*day) == of_text);
    same.or(found.first()).copied()
}

fn notice(seen: Date, effective: Date) -> String {
    let days = |count: u32| {
        if count == 1 {
            "1 day".to_owned()
        } else {
            format!("{count} days")
        }
    };
    let notice = notice_days(seen, effective);
    match notice {
        1.. => format!(
            "First seen on {}: {} of notice.",
            told(seen),
            days(notice.unsigned_abs())
        ),
        0 => format!("First seen on {}, that same day: no notice.", told(seen)),
        _ => format!(
            "First seen on {}, {} after that day: no notice.",
            told(seen),
            days(notice.unsigned_abs())
        ),
    }
}

/// The sentences of the new text in passages that came or changed, with the passage; those that stood there before are
/// left out.
fn new_sentences(comparison: &Comparison) -> impl Iterator<Item = (usize, &str)> {
    let says = |hunk: &&Hunk| matches!(hunk.kind, HunkKind::Added | HunkKind::Modified);
    let hunks = comparison.hunks.iter().enumerate().filter(move |(_, hunk)| says(hunk));
    hunks.flat_map(|(index, hunk)| {
        let before = hunk.old.as_ref().map_or("", |side| side.text.as_str());
        let after = hunk.new.as_ref().map_or("", |side| side.text.as_str());
        atlas_text::sentences(after)
            .filter(move |sentence| before.is_empty() || !before.contains(sentence.trim()))
            .map(move |sentence| (index, sentence))
    })
}

/// A rule for what one sentence says; literals, so every pattern compiles (kept by a test).
struct Rule {
    label: &'static str,
    says: Vec<Regex>,
}

impl Rule {
    fn new(label: &'static str, patterns: &[String]) -> Self {
        let says = patterns.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect();
        Self { label, says }
    }
    /// Whether a sentence says it, and does not say its contrary in the same breath.
    fn fires(&self, sentence: &str) -> bool {
        let denied = |words: &str| DENIAL.as_ref().is_none_or(|denial| denial.is_match(words));
        self.says.iter().any(|says| {
            says.find_iter(sentence).any(|found| {
                let before = sentence.get(..found.start()).unwrap_or_default();
                let clause = before.rsplit([',', ';', ':', '.', '(']).next().unwrap_or_default();
                // "to opt out" takes its sense from the words before it; "you may …" and "unless you …" do not.
                let words = found.as_str().to_lowercase();
                let leans = ["to ", "can ", "may ", "right ", "option ", "choice "];
                let leans = leans.iter().any(|head| words.starts_with(head));
                let refused = denied(found.as_str()) || (leans && denied(clause));
                !refused
            })
        })
    }
}

/// Words that turn a choice into its contrary, or give it to somebody else.
static DENIAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = r"(?i)\b(?:not|never|no|nor|without|unable|cannot|we|us|lose|loses|waive|waives|give up)\b|n['’]t\b";
    Regex::new(words).ok()
});

/// "You may …", "users in … can …" up to the verb: a leave or a step of the reader's.
const READER: &str = r"(?i)\b(?:you|(?:users|customers|members|subscribers|consumers|residents|creators)(?:\s+[\w’'-]+){0,6}?)\s+(?:(?:may|can|could|should|must|might)|(?:need|have|wish|want|choose|decide)\s+to|(?:will|would)\s+(?:need|have|be\s+able)\s+to|are\s+(?:able|free|entitled|allowed)\s+to|(?:also\s+|still\s+|always\s+)?have\s+(?:the|a)\s+(?:right|option|choice|ability|possibility)\s+to|(?:may|can)\s+(?:also|still|always))\s+(?:[\w’'-]+\s+){0,6}?";

const OPT_OUT: &str = r"(?:opt[\s-]out|unsubscribe|(?:turn|switch)\s+(?:[\w’'-]+\s+){0,4}off|disable)\b";
const OBJECT: &str = r"object(?:\s+(?:to|by|at|within|before|against|in|through)\b|[.,;]|$)";
const CLOSE: &str = r"(?:(?:close|delete|cancel|terminate|deactivate)\s+(?:your|the|any|this)\s+(?:[\w’'-]+\s+){0,3}?(?:account|subscription|membership|plan|agreement|contract)s?|(?:stop|discontinue|cease)\s+(?:using|your\s+use|all\s+use))\b";

/// What one can do, in the order in which it is told.
static CHOICES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let reader = |verb: &str| format!("{READER}{verb}");
    vec![
        Rule::new(
            "It names an opt-out",
            &[
                reader(OPT_OUT),
                r"(?i)\b(?:unless|if|until)\s+you\s+(?:opt[\s-]out|disable|(?:turn|switch)\s+(?:[\w’'-]+\s+){0,4}off)\b"
                    .to_owned(),
                r"(?i)\b(?:to|can|may)\s+opt[\s-]out\b|\b(?:right|option|choice)\s+to\s+opt[\s-]out\b".to_owned(),
            ],
        ),
        Rule::new(
            "It names an objection",
            &[reader(OBJECT), r"(?i)\bright\s+(?:to\s+object|of\s+objection)\b".to_owned()],
        ),
        Rule::new("It names a way to leave", &[reader(CLOSE)]),
    ]
});

/// A last day or a period for something a reader can do.
static DEADLINE: LazyLock<Rule> = LazyLock::new(|| {
    let month = "(?:january|february|march|april|may|june|july|august|september|october|november|december)";
    let date = format!(r"(?:{month}\s+\d{{1,2}}|\d{{1,2}}(?:st|nd|rd|th)?\s+{month}|\d{{4}}-\d{{2}}-\d{{2}})");
    let period =
        r"within\s+(?:[\w-]+\s+)?\(?\d{1,3}\)?\s+(?:(?:calendar|business|working)\s+)?(?:hour|day|week|month)s?";
    let until = format!(r"(?:by|before|until|no\s+later\s+than)\s+(?:the\s+)?{date}");
    let verbs =
        format!(r"(?:{OPT_OUT}|{CLOSE}|(?:object|decline|reject|appeal|withdraw|export|download|accept|respond)\b)");
    Rule::new(
        "It sets a deadline",
        &[format!(r"{READER}{verbs}[^.;]{{0,120}}?\b(?:{until}|{period})\b")],
    )
});

/// What one can do, where the new text itself says so.
fn choices(comparison: &Comparison) -> Vec<SummaryLine> {
    let sentences: Vec<(usize, &str)> = new_sentences(comparison).collect();
    let tell = |rule: &Rule| {
        let mut fired = sentences.iter().filter(|(_, sentence)| rule.fires(sentence));
        let (hunk, words) = fired.next()?;
        let text = format!("{}: “{}”", rule.label, quoted(words, QUOTE));
        Some(line(SummaryKind::Choice, text, vec![*hunk]))
    };
    CHOICES.iter().chain([&*DEADLINE]).filter_map(tell).collect()
}

/// A period of notice before changes, as the text itself states it.
static NOTICE: LazyLock<Rule> = LazyLock::new(|| {
    let period = r"(?:\d{1,3}|thirty|sixty|ninety|fifteen|fourteen|ten|seven)(?:\s*\(\d{1,3}\))?\s+(?:(?:calendar|business|working)\s+)?(?:day|week|month)s?";
    Rule::new(
        "It states a period of notice",
        &[
            format!(
                r"(?i)\b{period}['’]?\s+(?:(?:prior|advance|written|advanced|before|in)\s+|(?:and|or)\s+){{0,4}}(?:notice|advance)\b"
            ),
            format!(r"(?i)\bnotice\s+(?:period\s+)?of\s+(?:at\s+least\s+)?{period}\b"),
            format!(
                r"(?i)\b{period}\s+before\s+(?:(?:the|any|such|these|those|they|it|this|that|a)\s+)?(?:(?:new|changed|updated|revised|material)\s+)?(?:(?:change|term|modification|amendment|update|policy|version)s?\s+)?(?:take|takes|taking|become|becomes|come|comes|go|goes|apply|applies)\b"
            ),
        ],
    )
});

fn stated_notice(comparison: &Comparison) -> Option<SummaryLine> {
    let (hunk, words) =
        new_sentences(comparison).find(|(_, sentence)| NOTICE.says.iter().any(|says| says.is_match(sentence)))?;
    let text = format!("{}: “{}”", NOTICE.label, quoted(words, QUOTE));
    Some(line(SummaryKind::When, text, vec![hunk]))
}

/// Who is affected, where changed passages name them.
fn affected(comparison: &Comparison) -> Option<SummaryLine> {
    let mut parts = Vec::new();
    for (kind, one, many) in [
        (GroupKind::Plan, "a plan", "plans"),
        (GroupKind::Region, "a region", "regions"),
        (GroupKind::Role, "a role", "roles"),
        (GroupKind::Age, "an age", "ages"),
    ] {
        let groups = comparison.affected.iter().filter(|group| group.kind == kind);
        let names: Vec<&str> = groups.map(|group| group.name.as_str()).collect();
        match names.as_slice() {
            [] => {}
            [only] => parts.push(format!("{one} ({only})")),
            _ => parts.push(format!("{many} ({})", names.join(", "))),
        }
    }
    let groups = comparison.affected.iter();
    let mut hunks: Vec<usize> = groups.flat_map(|group| group.hunks.iter().copied()).collect();
    hunks.sort_unstable();
    hunks.dedup();
    let text = format!("Changed passages name {}.", parts.join(", "));
    (!parts.is_empty() && !hunks.is_empty()).then(|| line(SummaryKind::Affected, text, hunks))
}

/// Whether it holds for what was before it, where a changed passage says so.
fn past(comparison: &Comparison) -> Option<SummaryLine> {
    let text = if comparison.retroactive? {
        "It says that it also holds for what was before it."
    } else {
        "It says that it does not hold for what was before it."
    };
    let says = |side: &HunkSide| {
        let words = side.text.to_lowercase();
        words.contains("retroactive") || words.contains("retrospective")
    };
    let hunk = real(comparison)
        .find(|(_, hunk)| hunk.new.as_ref().is_some_and(says))?
        .0;
    Some(line(SummaryKind::When, text.to_owned(), vec![hunk]))
}

#[cfg(test)]
mod tests;
