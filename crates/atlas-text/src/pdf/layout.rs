//! The lines of a PDF with their places, from the XHTML that `pdftotext -bbox-layout` writes.
//!
//! Invariant: what cannot be read is passed over; a word is never empty.

/// A page, numbered from 1.
#[derive(Debug, Default)]
pub struct Page {
    /// Its place in the file.
    pub number: usize,
    /// Height in points.
    pub height: f64,
    /// Its lines in reading order.
    pub lines: Vec<Line>,
}

/// A line.
#[derive(Debug, Default, Clone)]
pub struct Line {
    /// Its words, a space between them.
    pub words: String,
    /// Number of the block on its page: lines that stand together.
    pub block: usize,
    /// Left, upper, right and lower edge in points from the upper left corner.
    pub place: [f64; 4],
}

impl Line {
    /// Height in points.
    pub fn size(&self) -> f64 {
        let [_, top, _, bottom] = self.place;
        bottom - top
    }
}

/// Reads the pages.
pub fn parse(layout: &str) -> Vec<Page> {
    let mut pages: Vec<Page> = Vec::new();
    let mut block = 0;
    let mut line = Line::default();
    for written in layout.lines() {
        let tag = written.trim_start();
        if let Some(attributes) = tag.strip_prefix("<page ") {
            pages.push(Page {
                number: pages.len() + 1,
                height: number(attributes, "height"),
                lines: Vec::new(),
            });
        } else if tag.starts_with("<block ") {
            block += 1;
        } else if let Some(attributes) = tag.strip_prefix("<line ") {
            line = Line {
                words: String::new(),
                block,
                place: ["xMin", "yMin", "xMax", "yMax"].map(|name| number(attributes, name)),
            };
        } else if let Some(rest) = tag.strip_prefix("<word ") {
            let word = rest.split_once('>').map_or("", |(_, word)| word);
            let word = word.strip_suffix("</word>").unwrap_or(word);
            if !line.words.is_empty() {
                line.words.push(' ');
            }
            unescape(word.trim(), &mut line.words);
        } else if tag.starts_with("</line>")
            && let Some(page) = pages.last_mut()
        {
            let line = std::mem::take(&mut line);
            if line.words.contains(|c: char| !c.is_whitespace()) {
                page.lines.push(line);
            }
        }
    }
    pages
}

fn number(attributes: &str, name: &str) -> f64 {
    let value = attributes
        .split_once(name)
        .and_then(|(_, rest)| rest.strip_prefix("=\"")?.split('"').next());
    let number = value.and_then(|value| value.parse::<f64>().ok());
    number.filter(|number| number.is_finite()).unwrap_or_default()
}

fn unescape(word: &str, into: &mut String) {
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('&') {
        into.push_str(before);
        let known = [
            ("amp;", '&'),
            ("lt;", '<'),
            ("gt;", '>'),
            ("quot;", '"'),
            ("apos;", '\''),
            ("#39;", '\''),
        ];
        let found = known.iter().find_map(|(name, c)| Some((after.strip_prefix(name)?, *c)));
        let (after, c) = found.unwrap_or((after, '&'));
        into.push(c);
        rest = after;
    }
    into.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn words_stand_in_lines_on_pages() {
        let pages = parse(
            "<doc>\n<page width=\"595.0\" height=\"842.0\">\n<flow>\n<block xMin=\"1\">\n\
             <line xMin=\"72.0\" yMin=\"35.5\" xMax=\"186.0\" yMax=\"43.8\">\n<word xMin=\"72.0\">A&amp;B</word>\n\
             <word xMin=\"80\">&lt;x&gt;&amp;lt;</word>\n</line>\n</block>\n</flow>\n</page>\n<page width=\"x\" height=\"y\">",
        );
        assert_eq!(pages.len(), 2);
        assert_eq!(pages[0].lines[0].words, "A&B <x>&lt;");
        assert!((pages[0].lines[0].size() - 8.3).abs() < 1e-9);
        assert!(pages[1].lines.is_empty() && pages[1].height == 0.0);
        assert!(parse("\u{0}<line <word </line>").is_empty());
    }
}
