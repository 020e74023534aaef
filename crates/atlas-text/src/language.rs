//! Which language a text is in, as far as the content gate has to know.
//!
//! Invariant: a text is only said to be in another language where three samples of it agree, reliably; a short text, and
//! a language that we cannot tell, is never refused.

use atlas_domain::{BlockKind, PolicyText};
use whatlang::Lang;

/// Characters of one sample.
const SAMPLE: usize = 3_000;
/// Characters of a text from which its language can be told.
const ENOUGH: usize = 400;

/// Languages by their two letters.
const LANGUAGES: &[(&str, &[Lang])] = &[
    ("en", &[Lang::Eng]),
    ("de", &[Lang::Deu]),
    ("fr", &[Lang::Fra]),
    ("es", &[Lang::Spa, Lang::Cat]),
    ("pt", &[Lang::Por]),
    ("it", &[Lang::Ita]),
    ("nl", &[Lang::Nld, Lang::Afr]),
    ("sv", &[Lang::Swe, Lang::Dan, Lang::Nob]),
    ("da", &[Lang::Swe, Lang::Dan, Lang::Nob]),
    ("no", &[Lang::Swe, Lang::Dan, Lang::Nob]),
    ("nb", &[Lang::Swe, Lang::Dan, Lang::Nob]),
    ("fi", &[Lang::Fin]),
    ("pl", &[Lang::Pol]),
    ("cs", &[Lang::Ces, Lang::Slk]),
    ("sk", &[Lang::Ces, Lang::Slk]),
    ("hu", &[Lang::Hun]),
    ("ro", &[Lang::Ron]),
    ("el", &[Lang::Ell]),
    ("tr", &[Lang::Tur]),
    ("ru", &[Lang::Rus]),
    ("uk", &[Lang::Ukr]),
    ("ja", &[Lang::Jpn]),
    ("ko", &[Lang::Kor]),
    ("zh", &[Lang::Cmn]),
];

/// The English name of the language that a text is in, if that is surely not the one of the locale.
pub fn other_than(text: &PolicyText, locale: &str) -> Option<&'static str> {
    let code = locale.get(..2)?.to_ascii_lowercase();
    let wanted = LANGUAGES
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, wanted)| *wanted)?;
    let mut found = None;
    for sample in samples(text) {
        let info = whatlang::detect(&sample)?;
        if wanted.contains(&info.lang()) || !info.is_reliable() || info.confidence() < 0.9 {
            return None;
        }
        found = Some(info.lang().eng_name());
    }
    found
}

/// Prose from the start, the middle and the end; nothing of a text that is too short.
fn samples(text: &PolicyText) -> Vec<String> {
    let prose: Vec<&str> = text
        .blocks
        .iter()
        .filter(|block| !matches!(block.kind, BlockKind::Heading | BlockKind::TableRow))
        .map(|block| text.block_text(block))
        .filter(|words| words.split_whitespace().take(6).count() > 5 || !words.is_ascii())
        .collect();
    if prose.iter().map(|words| words.len()).sum::<usize>() < ENOUGH {
        return Vec::new();
    }
    let from = |start: usize| {
        let mut sample = String::new();
        for words in prose.get(start..).unwrap_or_default() {
            sample.extend(words.chars().take(SAMPLE));
            sample.push(' ');
            if sample.len() >= SAMPLE {
                break;
            }
        }
        sample
    };
    let mut samples = vec![from(0), from(prose.len() / 2), from(prose.len().saturating_sub(8))];
    samples.retain(|sample| sample.len() >= ENOUGH / 2);
    samples
}
