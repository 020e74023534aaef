//! Bytes to characters, and the question what kind of bytes they are.
//!
//! Invariant: the order is byte order mark, header, `<meta>` in the first 4 KB, content; but a name that the bytes
//! disprove does not count (UTF-8 served as Latin, Latin served as UTF-8). Decoding never fails; what is no character in
//! any reading becomes U+FFFD.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Bytes that are looked at for a `<meta charset>`; the standard asks for 1024, real pages need more.
const META_WINDOW: usize = 4096;

/// What some bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An HTML page or fragment.
    Html,
    /// Markdown or plain text.
    Text,
    /// Something else, in words.
    Other(&'static str),
}

/// Decodes bytes by mark, header, `<meta>`, content.
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let rest = bytes.get(mark..).unwrap_or_default();
        return encoding.decode_without_bom_handling(rest).0;
    }
    let named = content_type.and_then(header_charset).or_else(|| meta_charset(bytes));
    match (std::str::from_utf8(bytes), named) {
        // Bytes that are UTF-8 throughout and mean something as such are not Latin by chance, whatever was said.
        (Ok(text), Some(encoding)) if encoding == UTF_8 || encoding.is_single_byte() => Cow::Borrowed(text),
        (Ok(text), None) => Cow::Borrowed(text),
        (_, Some(encoding)) if encoding != UTF_8 => encoding.decode_without_bom_handling(bytes).0,
        // A few broken bytes in a UTF-8 page are commoner than a page in Windows-1252 that says otherwise.
        (Err(error), _) if looks_like_utf8(bytes, error.valid_up_to()) => Cow::Owned(mixed(bytes)),
        (Err(_), Some(_)) => {
            meta_charset(bytes)
                .filter(|encoding| *encoding != UTF_8)
                .unwrap_or(WINDOWS_1252)
                .decode_without_bom_handling(bytes)
                .0
        }
        _ => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// UTF-8 in which somebody pasted words in Windows-1252: a byte that can't be UTF-8 is read as what it was there.
fn mixed(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        match chunk.invalid() {
            [] => {}
            // 0xff and what Windows-1252 leaves open are no characters of anybody's.
            [byte] if !matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d | 0xff) => {
                text.push_str(&WINDOWS_1252.decode_without_bom_handling(&[*byte]).0);
            }
            _ => text.push('\u{FFFD}'),
        }
    }
    text
}

fn looks_like_utf8(bytes: &[u8], valid_up_to: usize) -> bool {
    let lossy = String::from_utf8_lossy(
        bytes
            .get(..bytes.len().min(valid_up_to.saturating_add(65_536)))
            .unwrap_or_default(),
    );
    let broken = lossy.matches('\u{FFFD}').count();
    let multibyte = lossy.chars().filter(|c| !c.is_ascii() && *c != '\u{FFFD}').count();
    multibyte > broken
}

fn header_charset(content_type: &str) -> Option<&'static Encoding> {
    let lower = content_type.to_ascii_lowercase();
    let (_, rest) = lower.split_once("charset=")?;
    let label = rest.split([';', ',', ' ']).next()?.trim_matches(['"', '\'']);
    Encoding::for_label(label.as_bytes())
}

/// The `<meta>` prescan. A page that was read as ASCII so far can't truly be UTF-16: the standard takes UTF-8 then.
fn meta_charset(bytes: &[u8]) -> Option<&'static Encoding> {
    let window = bytes.get(..bytes.len().min(META_WINDOW)).unwrap_or_default();
    let lower = String::from_utf8_lossy(window).to_ascii_lowercase();
    let mut rest = lower.as_str();
    while let Some((_, after)) = rest.split_once("<meta") {
        let tag = after.split('>').next().unwrap_or_default();
        if let Some((_, value)) = tag.split_once("charset=") {
            let label: String = value
                .trim_start_matches(['"', '\'', ' '])
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))
                .collect();
            if let Some(encoding) = Encoding::for_label(label.as_bytes()) {
                let utf16 = encoding == encoding_rs::UTF_16LE || encoding == encoding_rs::UTF_16BE;
                return Some(if utf16 { UTF_8 } else { encoding });
            }
        }
        rest = after;
    }
    None
}

/// What the bytes are, by their content first and the header second: servers lie more often than bytes do.
pub fn kind(bytes: &[u8], content_type: Option<&str>) -> Kind {
    let named = content_type.map(str::to_ascii_lowercase).unwrap_or_default();
    let head = bytes.get(..bytes.len().min(8192)).unwrap_or_default();
    if is_pdf(bytes, content_type) {
        return Kind::Other("a PDF file");
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(&[0x1f, 0x8b]) {
        return Kind::Other("a compressed file");
    }
    let utf16 = matches!(head.get(..2), Some([0xff, 0xfe] | [0xfe, 0xff]));
    if !utf16 && head.contains(&0) {
        // One stray NUL in a page is a mistake; many are a binary file.
        let nul = head.split(|byte| *byte == 0).count() - 1;
        if nul > 8 || !contains_markup(head) {
            return Kind::Other("a binary file");
        }
    }
    let start = decode(head, content_type);
    let start = start.trim_start();
    let lower: String = start.chars().take(1024).collect::<String>().to_ascii_lowercase();
    if lower.starts_with("<?xml") && (lower.contains("<rss") || lower.contains("<feed")) || lower.starts_with("<rss") {
        return Kind::Other("a feed");
    }
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") || contains_markup(lower.as_bytes()) {
        return Kind::Html;
    }
    if (named.contains("json") || start.starts_with(['{', '['])) && is_json(bytes) {
        return Kind::Other("JSON");
    }
    if named.contains("html") {
        return Kind::Html;
    }
    if named.starts_with("image/") || named.starts_with("video/") || named.starts_with("audio/") {
        return Kind::Other("a media file");
    }
    if named.contains("javascript") || named.contains("text/css") {
        return Kind::Other("program text");
    }
    Kind::Text
}

/// Whether the bytes are a PDF: its mark stands at their start, or near it where the server says so too.
pub fn is_pdf(bytes: &[u8], content_type: Option<&str>) -> bool {
    const MARK: &[u8] = b"%PDF-";
    let head = bytes.get(..bytes.len().min(1_024)).unwrap_or_default();
    let named = content_type.is_some_and(|named| named.to_ascii_lowercase().contains("pdf"));
    head.trim_ascii_start().starts_with(MARK) || named && head.windows(MARK.len()).any(|window| window == MARK)
}

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

/// Whether tags of a page stand near the start. Markdown may hold an inline tag, so only block tags at a line's
/// start count.
fn contains_markup(head: &[u8]) -> bool {
    const OPENERS: &[&str] = &[
        "<!doctype",
        "<html",
        "<head",
        "<body",
        "<main",
        "<article",
        "<section",
        "<div",
        "<header",
        "<meta",
        "<title",
        "<h1",
        "<h2",
        "<h3",
        "<p>",
        "<p ",
        "<ul",
        "<ol",
        "<dl",
        "<nav",
        "<form",
        "<script",
        "<style",
        "<link",
        "<noscript",
        "<!--",
        "<blockquote",
        "<details",
    ];
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let first = text.trim_start();
    OPENERS.iter().any(|opener| first.starts_with(opener))
}

#[cfg(test)]
mod tests {
    use super::{Kind, decode, kind};

    #[test]
    fn the_mark_wins_over_the_header_and_the_header_over_the_meta_tag() {
        assert_eq!(
            decode(b"\xef\xbb\xbfcaf\xc3\xa9", Some("text/html; charset=latin1")),
            "café"
        );
        assert_eq!(decode(b"caf\xe9", Some("text/html; charset=ISO-8859-1")), "café");
        assert_eq!(
            decode(
                b"<meta charset=\"utf-8\">caf\xe9",
                Some("text/html; charset=\"iso-8859-1\"")
            ),
            "<meta charset=\"utf-8\">café"
        );
        assert_eq!(
            decode(
                b"<meta http-equiv=x content='text/html; charset=windows-1251'>\xcf",
                None
            )
            .chars()
            .last(),
            Some('П')
        );
        assert_eq!(decode(b"caf\xe9 \x93x\x94", None), "café “x”");
        assert_eq!(decode("ünï ©".as_bytes(), None), "ünï ©");
        assert_eq!(decode(b"\xff\xfeh\x00i\x00", None), "hi");
    }

    #[test]
    fn a_charset_that_the_bytes_disprove_does_not_count() {
        let latin = Some("text/html; charset=iso-8859-1");
        let utf8 = Some("text/html; charset=utf-8");
        assert_eq!(decode("don’t share café".as_bytes(), latin), "don’t share café");
        assert_eq!(decode(b"don\x92t share caf\xe9", utf8), "don’t share café");
        assert_eq!(
            decode(b"<meta charset=windows-1251>\xcf\xf0\xe0\xe2\xee", utf8),
            "<meta charset=windows-1251>Право"
        );
        let pasted = [b"\x93Service\x94 ".as_slice(), "– ünïcödé – “x”".as_bytes()].concat();
        assert_eq!(decode(&pasted, utf8), "“Service” – ünïcödé – “x”");
        assert_eq!(decode("ü\u{7f}".as_bytes(), None), "ü\u{7f}");
        assert_eq!(
            decode(b"\xe2\x80\x99\xe2\x80\x99\xe2\x80\x99 \xe2\x80 \xff", utf8),
            "’’’ \u{fffd} \u{fffd}"
        );
    }

    #[test]
    fn bytes_say_what_they_are() {
        assert_eq!(kind(b"\n <!DOCTYPE html><p>x", None), Kind::Html);
        assert_eq!(kind(b"<div>Terms</div>", Some("text/plain")), Kind::Html);
        assert_eq!(kind(b"# Terms\n\nWe may.", None), Kind::Text);
        assert_eq!(kind(b"{\"a\": 1}", None), Kind::Other("JSON"));
        assert_eq!(kind(b"[Terms](/t) apply", None), Kind::Text);
        assert_eq!(kind(b"%PDF-1.7", Some("text/html")), Kind::Other("a PDF file"));
        assert_eq!(kind(b"x\n%PDF-1.7", Some("application/pdf")), Kind::Other("a PDF file"));
        assert_eq!(kind(b"x\n%PDF-1.7", Some("text/plain")), Kind::Text);
        assert_eq!(kind(&[0, 1, 2, 0, 0], None), Kind::Other("a binary file"));
        assert_eq!(kind(b"<?xml version='1.0'?><rss>", None), Kind::Other("a feed"));
        assert_eq!(kind(b"", Some("text/html")), Kind::Html);
    }
}
