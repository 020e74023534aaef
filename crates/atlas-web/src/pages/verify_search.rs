//! Where pasted words stand: in what documents say today, and in every earlier version on record.
//!
//! Invariant: words are said to stand nowhere only where every text that may hold them was looked through. Which texts
//! may is asked of an index of their telling words; where a quotation has none, of what stands today.

use atlas_db::view::cite::{self, FoundText};
use atlas_domain::{Block, PolicyText, Sha256, urls};
use sqlx::PgConnection;

use super::{
    text_view::{self, Standing},
    words,
};
use crate::Error;

/// Most texts that are looked through letter by letter.
const MOST_TEXTS: usize = 40;
/// Words of a quotation by which texts are chosen: the longest ones say most.
const MOST_WORDS: usize = 8;
/// Letters of a word that the index holds, as the SQL function `telling_words` has it.
const INDEXED: std::ops::RangeInclusive<usize> = 6..=60;
/// Letters of a word by which what stands today is chosen.
const LOOKED_FOR: std::ops::RangeInclusive<usize> = 4..=60;

/// A text in which the words stand.
pub(super) struct Place {
    /// The version, with the words marked.
    pub href: String,
    /// Platform and document.
    pub name: String,
    /// Number of the version.
    pub number: i32,
    /// Whether the document says so today, in words.
    pub state: &'static str,
    /// Day of the capture.
    pub captured: String,
    /// Hash of the text.
    pub hash: String,
    /// How it matches, in words.
    pub how: &'static str,
    /// Letter for letter.
    pub is_exact: bool,
    /// Whether the platform is fictitious.
    pub is_sample: bool,
    is_standing: bool,
}

/// What a search for pasted words came to.
pub(super) struct Search {
    /// Where they stand: exact matches first, then what stands today, then the newest.
    pub places: Vec<Place>,
    /// Every text that may hold the words was looked through.
    is_whole: bool,
    reach: Reach,
}

/// What was looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Every version on record.
    Versions,
    /// What documents say today.
    Standing,
    /// Nothing: there is no word to go by.
    Nothing,
}

impl Search {
    /// Looks for `quote`, which is bounded.
    pub(super) async fn run(conn: &mut PgConnection, quote: &str) -> Result<Self, Error> {
        // What no reader sees and browsers copy all the same parts no word; `text_view::look_for` passes over it too.
        let plain = quote.replace(['\u{AD}', '\u{200B}', '\u{FEFF}'], "");
        let limit = i64::try_from(MOST_TEXTS + 1).unwrap_or(i64::MAX);
        let whole = telling_words(inner(&plain), &INDEXED);
        let parts = telling_words(&plain, &LOOKED_FOR);
        let (reach, texts) = if !whole.is_empty() {
            (Reach::Versions, cite::texts_with_words(conn, &whole, limit).await?)
        } else if !parts.is_empty() {
            (Reach::Standing, cite::standing_texts(conn, &parts, limit).await?)
        } else {
            (Reach::Nothing, Vec::new())
        };
        let is_whole = texts.len() <= MOST_TEXTS;
        let mut places = Vec::new();
        for text in texts.into_iter().take(MOST_TEXTS) {
            places.extend(place(text, quote)?);
        }
        places.sort_by_key(|place| !place.is_exact);
        Ok(Self {
            places,
            is_whole,
            reach,
        })
    }

    /// The answer: its class and its sentence.
    pub(super) fn verdict(&self) -> (&'static str, String) {
        let is_exact = self.places.iter().any(|place| place.is_exact);
        let best = self.places.iter().filter(|place| place.is_exact == is_exact);
        let today = best.clone().filter(|place| place.is_standing).count();
        let earlier = best.count() - today;
        let least = if self.is_whole { "" } else { "at least " };
        let documents = words::counted(today, "document", "documents");
        let (exact, differs) = if is_exact {
            ("exact ", "")
        } else {
            ("", "; only white space, quotation marks or dashes differ")
        };
        let found = match (today, earlier) {
            (0, 0) => return ("flash--err", self.absence()),
            (0, _) => format!(
                "These {exact}words stand in no document today; they stand in {least}{}{differs}.",
                words::counted(earlier, "other version on record", "other versions on record")
            ),
            (_, 0) => format!("These {exact}words stand in {least}{documents}{differs}."),
            _ => format!(
                "These {exact}words stand in {least}{documents} today, and in {least}{}{differs}.",
                words::counted(earlier, "other version on record", "other versions on record")
            ),
        };
        ("flash--ok", found)
    }

    fn absence(&self) -> String {
        match self.reach {
            Reach::Nothing => {
                "That is too little to look for: paste at least one whole word of four letters.".to_owned()
            }
            _ if !self.is_whole => format!(
                "Too many texts hold these words one by one: {MOST_TEXTS} of them were looked through, without a match, \
                 and the others were not. Paste a longer passage, or use the box beside the text of the version you \
                 have in mind."
            ),
            Reach::Standing => "These words do not stand in what any followed document says today. They are too short \
                                to look for them in earlier versions: open the one you have in mind and use the box \
                                beside its text."
                .to_owned(),
            Reach::Versions => {
                "These words do not stand in any version of any followed document, neither today nor before.".to_owned()
            }
        }
    }
}

/// A quotation without its first and last word, which may be cut.
fn inner(quote: &str) -> &str {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric();
    quote.trim().trim_start_matches(is_letter).trim_end_matches(is_letter)
}

/// The longest words of a quotation that no folding of typography can change: letters and digits of ASCII only.
fn telling_words(quote: &str, lengths: &std::ops::RangeInclusive<usize>) -> Vec<String> {
    let mut words: Vec<&str> = quote
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| lengths.contains(&word.len()))
        .collect();
    words.sort_by_key(|word| (std::cmp::Reverse(word.len()), *word));
    words.dedup();
    words.into_iter().take(MOST_WORDS).map(str::to_owned).collect()
}

fn place(found: FoundText, quote: &str) -> Result<Option<Place>, Error> {
    let (marks, is_exact) = match text_view::look_for(&found.text, quote) {
        Standing::Exact(marks) => (marks, true),
        Standing::NearlyExact(marks) => (marks, false),
        Standing::Absent => return Ok(None),
    };
    let blocks: Vec<Block> = serde_json::from_value(found.blocks).map_err(Error::internal)?;
    let text = PolicyText {
        text: found.text,
        blocks,
        links: Vec::new(),
    };
    let version = urls::version(&found.platform_slug, &found.document_slug, found.number);
    let anchor = marks
        .first()
        .and_then(|mark| text.block_at(mark.start))
        .map(|block| format!("#{}", block.anchor))
        .unwrap_or_default();
    Ok(Some(Place {
        href: format!("{version}{}{anchor}", super::query(&[("quote", quote)])),
        name: words::titled(&found.platform, &found.document),
        state: match found.number.cmp(&found.standing) {
            std::cmp::Ordering::Less => "Earlier version",
            std::cmp::Ordering::Equal => "Stands today",
            std::cmp::Ordering::Greater => "Seen, not confirmed yet",
        },
        is_standing: found.number == found.standing,
        number: found.number,
        captured: words::day(found.captured_at),
        hash: Sha256::from_slice(&found.text_sha256)
            .map(Sha256::to_hex)
            .unwrap_or_default(),
        how: if is_exact {
            "Letter for letter"
        } else {
            "White space, quotation marks or dashes differ"
        },
        is_exact,
        is_sample: found.is_sample,
    }))
}

#[cfg(test)]
mod tests {
    use super::{INDEXED, LOOKED_FOR, inner, telling_words};

    #[test]
    fn texts_are_chosen_by_whole_words_that_typography_cannot_change() {
        let words = |quote: &str| telling_words(quote, &LOOKED_FOR);
        assert_eq!(
            words("We don’t sell personal-information “voluntarily”, naïve customers."),
            ["information", "voluntarily", "customers", "personal", "sell"]
        );
        assert_eq!(words("\u{0} é — a an the"), Vec::<String>::new());
        assert!(words(&"x".repeat(1_000_000)).is_empty());
    }

    #[test]
    fn a_word_at_the_edge_of_a_quotation_may_be_cut() {
        assert_eq!(inner(" ties of personal data, unless y "), " of personal data, unless ");
        assert_eq!(inner("word"), "");
        assert_eq!(inner("“Personal information”"), "“Personal information”");
        assert_eq!(
            telling_words(inner("ties of personal data by providers to other par"), &INDEXED),
            ["providers", "personal"]
        );
    }
}
