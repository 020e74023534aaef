//! Bounds that a page has to keep before it is parsed, and a text once it is.
//!
//! Invariant: one pass over the characters, no allocation. HTML tree construction is quadratic in the depth of open
//! elements, in the attributes of one tag and in unclosed formatting elements, and parsers take some hundred bytes for
//! each element, mark or mistake, so these are bounded beforehand. Each bound is forty times what the largest of the
//! policies has that are known to us (415 KB, 3,000 elements, 950 blocks, 1,700 sentences), or more.

use atlas_domain::PolicyText;

use crate::TextError;

/// Bytes that are read at most.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of decoded text at most: a charset may turn each byte into three.
const MAX_DECODED: usize = 20 * 1024 * 1024;
/// Blocks of a text at most.
pub const MAX_BLOCKS: usize = 100_000;
/// Sentences of a text at most.
pub const MAX_SENTENCES: usize = 150_000;
/// Elements at most.
const MAX_ELEMENTS: usize = 200_000;
/// Tags, entities and whatever looks like one at most: a parser keeps a note of each mistake.
const MAX_MARKS: usize = 600_000;
/// Lines of Markdown or plain text at most.
const MAX_LINES: usize = 400_000;
/// Open elements at most; browsers stop at 512.
const MAX_DEPTH: usize = 1_200;
/// Attributes of one tag at most.
const MAX_ATTRIBUTES: usize = 500;
/// Attributes at most.
const MAX_ALL_ATTRIBUTES: usize = 600_000;
/// Unclosed formatting elements times tags at most.
const MAX_RECONSTRUCTION: usize = 30_000_000;

/// Elements that are open at the end of a whole page at most: `html`, `body` and a mistake.
const OPEN_AT_THE_END: usize = 3;

/// Elements that end by themselves or can't be nested without another element in between.
const UNCOUNTED: &[&str] = &[
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option", "p",
    "param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
];
const FORMATTING: &[&str] = &[
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// What the pass over the characters saw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// There are words for readers without scripts.
    pub has_noscript: bool,
    /// The page ends inside a tag or a script, or with elements open that have to be closed, and without the end of
    /// its body. A page that only leaves out what the standard lets it leave out is whole.
    pub truncated: bool,
}

/// Refuses bytes or markup that would cost more than a real page does.
pub fn check(html: &str) -> Result<Report, TextError> {
    check_marks(html, &[b'<', b'&', 0])?;
    let (mut tags, mut elements, mut attributes) = (0usize, 0usize, 0usize);
    let (mut depth, mut formatting, mut deepest_formatting) = (0usize, 0usize, 0usize);
    let mut report = Report::default();
    let (mut body, mut ended, mut inside) = (false, false, false);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = rest.get(at + 1..).unwrap_or_default();
        if let Some(comment) = rest.strip_prefix("!--") {
            // Tags in a comment are not tags.
            let after = after_comment(comment);
            inside = after.is_none();
            rest = after.unwrap_or_default();
            continue;
        }
        let closing = rest.starts_with('/');
        let name_at = usize::from(closing);
        let tag = rest.get(name_at..).unwrap_or_default();
        let name_len = tag
            .bytes()
            .take(24)
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
            .count();
        if name_len == 0 || !tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        tags += 1;
        elements += usize::from(!closing);
        let (end, parts) = tag_end(tag);
        let name = tag.get(..name_len).unwrap_or_default();
        let is = |set: &[&str]| set.iter().any(|known| known.eq_ignore_ascii_case(name));
        attributes += parts;
        if parts > MAX_ATTRIBUTES {
            return Err(too_large("attributes on one element"));
        }
        if attributes > MAX_ALL_ATTRIBUTES {
            return Err(too_large("attributes"));
        }
        if !is(UNCOUNTED) {
            let format = is(FORMATTING);
            if closing {
                depth = depth.saturating_sub(1);
                formatting = formatting.saturating_sub(usize::from(format));
            } else if !tag.get(..end).unwrap_or_default().ends_with('/') || format {
                depth += 1;
                // A link closes an open link by itself.
                formatting += usize::from(format && !name.eq_ignore_ascii_case("a"));
                deepest_formatting = deepest_formatting.max(formatting);
            }
        }
        if depth > MAX_DEPTH {
            return Err(too_large("nested elements"));
        }
        if elements > MAX_ELEMENTS || deepest_formatting.saturating_mul(tags) > MAX_RECONSTRUCTION {
            return Err(too_large("elements"));
        }
        let whole = name.eq_ignore_ascii_case("body") || name.eq_ignore_ascii_case("html");
        body |= whole && !closing;
        ended |= whole && closing;
        report.has_noscript |= name.eq_ignore_ascii_case("noscript");
        inside = end == tag.len();
        rest = tag.get(end..).unwrap_or_default();
        if !closing && (name.eq_ignore_ascii_case("script") || name.eq_ignore_ascii_case("style")) {
            let after = after_raw_text(rest, name);
            inside = after.is_none();
            rest = after.unwrap_or_default();
        }
    }
    // `html` and `body` themselves may stay open.
    // A page may leave out the end of its last paragraph; one that stops in the words of an open section was cut.
    let in_words = depth >= OPEN_AT_THE_END && ends_in_words(rest);
    report.truncated = body && !ended && (inside || in_words || depth > OPEN_AT_THE_END);
    Ok(report)
}

/// Refuses Markdown or plain text that would cost more than a real one does.
pub fn check_text(text: &str) -> Result<(), TextError> {
    if text.bytes().filter(|byte| *byte == b'\n').count() > MAX_LINES {
        return Err(too_large("lines"));
    }
    check_marks(text, b"*_~`[]<&\\|")
}

fn check_marks(text: &str, marks: &[u8]) -> Result<(), TextError> {
    if text.len() > MAX_DECODED {
        return Err(too_large("characters"));
    }
    if text.bytes().filter(|byte| marks.contains(byte)).count() > MAX_MARKS {
        return Err(too_large("tags, entities or marks"));
    }
    Ok(())
}

/// Refuses a text that would cost more than a real one does to compare; `left_out` blocks of it were not even
/// kept.
pub fn check_size(text: &PolicyText, left_out: usize) -> Result<(), TextError> {
    if left_out > 0 {
        return Err(too_large("blocks"));
    }
    if text.blocks.iter().map(|block| block.sentences.len()).sum::<usize>() > MAX_SENTENCES {
        return Err(too_large("sentences"));
    }
    Ok(())
}

/// Whether the words behind the last tag end without the end of a sentence.
fn ends_in_words(rest: &str) -> bool {
    let words = rest.trim_end();
    words.split_whitespace().count() >= 2 && words.ends_with(|c: char| c.is_alphanumeric() || c == ',')
}

fn too_large(what: &str) -> TextError {
    TextError::TooLarge {
        detail: format!("too many {what}"),
    }
}

/// Where in a tag a byte stands, as far as quotes are concerned.
enum Place {
    Name,
    BeforeAttribute,
    Attribute,
    AfterAttribute,
    BeforeValue,
    Value,
    Quoted(u8),
}

/// Byte position of the tag's `>` (or the end), and the number of its attributes. A quote counts only where a value
/// starts, as in the standard: otherwise a stray one would hide what follows.
fn tag_end(tag: &str) -> (usize, usize) {
    let mut place = Place::Name;
    let mut attributes = 0;
    for (at, byte) in tag.bytes().enumerate() {
        let space = matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | b'\x0c' | b'/');
        place = match (place, byte) {
            (Place::Quoted(open), _) if byte == open => Place::BeforeAttribute,
            (Place::Quoted(open), _) => Place::Quoted(open),
            (_, b'>') => return (at, attributes),
            (Place::BeforeValue, b'"' | b'\'') => Place::Quoted(byte),
            (Place::BeforeValue, _) if space && byte != b'/' => Place::BeforeValue,
            (Place::BeforeValue, _) => Place::Value,
            (Place::Attribute | Place::AfterAttribute, b'=') => Place::BeforeValue,
            (Place::Attribute | Place::AfterAttribute, _) if space => Place::AfterAttribute,
            (Place::Attribute, _) => Place::Attribute,
            (Place::Name | Place::Value | Place::BeforeAttribute, _) if space => Place::BeforeAttribute,
            (Place::Name, _) => Place::Name,
            (Place::Value, _) if byte != b'/' => Place::Value,
            (Place::BeforeAttribute | Place::AfterAttribute | Place::Value, _) => {
                attributes += 1;
                Place::Attribute
            }
        };
    }
    (tag.len(), attributes)
}

/// What follows a comment, whose end can be written in four ways.
fn after_comment(comment: &str) -> Option<&str> {
    for short in [">", "->"] {
        if let Some(after) = comment.strip_prefix(short) {
            return Some(after);
        }
    }
    let mut rest = comment;
    while let Some(at) = rest.find("--") {
        let tail = rest.get(at + 2..)?;
        if let Some(after) = tail.strip_prefix('>').or_else(|| tail.strip_prefix("!>")) {
            return Some(after);
        }
        rest = rest.get(at + 1..)?;
    }
    None
}

/// What follows the end tag of a raw-text element; tags inside it are not tags.
fn after_raw_text<'a>(rest: &'a str, name: &str) -> Option<&'a str> {
    let mut at = 0;
    while let Some(found) = rest.get(at..).and_then(|tail| tail.find("</")) {
        at += found + 2;
        let candidate = rest.as_bytes().get(at..at + name.len()).unwrap_or_default();
        if candidate.eq_ignore_ascii_case(name.as_bytes()) {
            return rest.get(at - 2..);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_usual_page_passes_and_a_hostile_one_is_refused() {
        assert!(check("<p>one<p>two<ul><li>a<li>b</ul><script>if (a<b) '<div><div>'</script>").is_ok());
        assert!(check(&"<p><li>".repeat(10_000)).is_ok());
        assert!(check(&"<div>".repeat(5_000)).is_err());
        assert!(check(&"<b>x<p>".repeat(10_000)).is_err());
        assert!(check(&format!("<p {}>", "a ".repeat(100_000))).is_err());
        assert!(check(&format!("<{}", "<".repeat(100_000))).is_ok());
        assert!(check(&format!("<p '>{}", "<div>".repeat(5_000))).is_err());
        assert!(check(&format!("<p =\">{}", "<div>".repeat(5_000))).is_err());
        assert!(check(&format!("<p title=\"{}\">", "<div>".repeat(5_000))).is_ok());
        assert!(check(&format!("<!--{}-->", "<div>".repeat(5_000))).is_ok());
        for comment in ["<!-->", "<!--->", "<!---->", "<!-- --!>", "<!-- - -- -->"] {
            assert!(
                check(&format!("{comment}{}", "<div>".repeat(5_000))).is_err(),
                "{comment}"
            );
        }
    }

    #[test]
    fn a_page_that_ends_in_the_middle_is_told_from_one_that_leaves_out_end_tags() {
        for whole in [
            "<html><body><main><p>one</main></body></html>",
            "<!doctype html><html><body><div><p>one</div>",
            "<html><body><p>one<p>two",
            "<html><body><p>one<p>two and three",
            "<html><body><main><p>We may change it.",
            "<div><section><article><div>a fragment",
            "<html><body><div><div><div></body>",
            "<html><body><!-- <div><div><div><div> --><p>one",
        ] {
            assert!(!check(whole).unwrap().truncated, "{whole}");
        }
        for cut in [
            "<html><body><div><main><section><p>one and",
            "<html><body><div class=",
            "<html><body><p>one</p><script>var x = 1;",
            "<html><body><p>one</p><!-- two",
            "<html><body><main><p>We may chan",
        ] {
            assert!(check(cut).unwrap().truncated, "{cut}");
        }
    }
}
