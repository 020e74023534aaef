//! The ten questions that people ask of a platform first, each answered in one plain line.
//!
//! Invariant: every answer stands for a finding and links to its quotation; a number is shown only in the quotation's
//! own words; silence is said only of documents that were searched, with their number.

use atlas_catalog::{Figure, QuickFact};
use atlas_db::view::platform::StandingProvision;
use atlas_domain::{Stance, urls};

use super::{platform_matrix::disagree, words};

/// Answers that are shown for one question.
const ANSWERS: usize = 3;

/// One question.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    /// The question.
    pub question: &'static str,
    /// Page of its type.
    pub href: String,
    /// What documents say, most severe first.
    pub answers: Vec<Answer>,
    /// Said where there is no answer.
    pub silence: String,
    /// The finding of silence; empty where there is none.
    pub silence_href: String,
    /// One document favours the reader and another the provider.
    pub disagree: bool,
}

/// What one document says.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The line.
    pub line: &'static str,
    /// The position.
    pub stance: Stance,
    /// A number in the quotation's own words; may be empty.
    pub figure: String,
    /// To which plan, region or product the words limit themselves; may be empty.
    pub scope: String,
    /// Title of the document.
    pub document: String,
    /// Its quotation.
    pub href: String,
}

/// The questions with the answers of a platform's documents.
pub(super) fn facts(platform: &str, provisions: &[StandingProvision]) -> Vec<Fact> {
    atlas_catalog::quick_facts()
        .iter()
        .map(|fact| of(platform, fact, provisions))
        .collect()
}

fn of(platform: &str, fact: &'static QuickFact, provisions: &[StandingProvision]) -> Fact {
    let of_type = || {
        provisions
            .iter()
            .filter(|row| row.provision_type == fact.provision_type)
    };
    let silent: Vec<_> = of_type().filter(|row| row.stance == Stance::Silent).collect();
    let answers: Vec<Answer> = of_type()
        .filter(|row| row.stance != Stance::Silent)
        .take(ANSWERS)
        .map(|row| Answer {
            line: fact.answer(row.stance),
            stance: row.stance,
            // Where no end and no notice is stated, a number in the quotation is about something else.
            figure: figure(
                fact.figure.filter(|_| row.stance != Stance::Permits),
                row.excerpt.as_deref().unwrap_or_default(),
            ),
            scope: words::clipped(row.scope.as_deref().unwrap_or_default(), 60),
            document: row.document_title.clone(),
            href: format!(
                "{}#excerpt",
                urls::provision(platform, &row.document_slug, &row.provision_type)
            ),
        })
        .collect();
    let silence = match silent.len() {
        _ if !answers.is_empty() => String::new(),
        0 => "No passage found, and documents of these kinds need not have one".to_owned(),
        number => format!("Not stated in {}", words::counted(number, "document", "documents")),
    };
    let kind = atlas_catalog::taxonomy().provision_type(&fact.provision_type);
    Fact {
        question: &fact.question,
        href: urls::provision_type(&fact.provision_type),
        silence_href: silent
            .first()
            .filter(|_| answers.is_empty())
            .map(|row| urls::provision(platform, &row.document_slug, &row.provision_type))
            .unwrap_or_default(),
        disagree: kind.is_some_and(|kind| disagree(kind, &of_type().map(|row| row.stance).collect::<Vec<_>>())),
        answers,
        silence,
    }
}

/// The numbers of a quotation that answer the question, as it writes them: `“30 days”, “12 months”`, at most two.
fn figure(wanted: Option<Figure>, excerpt: &str) -> String {
    let Some(wanted) = wanted else { return String::new() };
    let pieces: Vec<&str> = excerpt.split_whitespace().map(bare).collect();
    let mut found: Vec<String> = Vec::new();
    for (place, piece) in pieces.iter().enumerate() {
        let Ok(number) = piece.parse::<u32>() else { continue };
        let next = pieces.get(place + 1).copied().unwrap_or_default();
        let shown = match wanted {
            Figure::Duration if is_unit(next) => format!("“{piece} {next}”"),
            Figure::Age if (10..=21).contains(&number) => format!("“{piece}”"),
            _ => continue,
        };
        if !found.contains(&shown) {
            found.push(shown);
        }
    }
    found.truncate(2);
    found.join(", ")
}

/// A word without the punctuation around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|letter: char| !letter.is_alphanumeric())
}

fn is_unit(word: &str) -> bool {
    let lower = word.to_lowercase();
    let one = lower.strip_suffix('s').unwrap_or(&lower);
    matches!(one, "hour" | "day" | "week" | "month" | "year")
}

#[cfg(test)]
mod tests {
    use atlas_catalog::Figure;

    use super::figure;

    #[test]
    fn a_number_is_shown_in_the_words_of_the_quotation() {
        let kept = "We delete content within 30 days (logs: 12 months) after you ask, and 30 days after closing.";
        assert_eq!(figure(Some(Figure::Duration), kept), "“30 days”, “12 months”");
        assert_eq!(figure(Some(Figure::Duration), "as long as needed for 3 purposes"), "");
        assert_eq!(
            figure(Some(Figure::Age), "You must be at least 13, or 18 in some places."),
            "“13”, “18”"
        );
        assert_eq!(figure(Some(Figure::Age), "Section 4 applies to 2026."), "");
        assert_eq!(figure(None, kept), "");
    }
}
