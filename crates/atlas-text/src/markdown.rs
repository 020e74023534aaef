//! Markdown and plain text to policy text, in the same normal form as HTML.
//!
//! Invariant: any text is Markdown; nothing is refused and no inline mark survives.

use atlas_domain::{ExtractRules, PolicyText};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::{TextError, builder::Builder, guard, html};

/// Reads Markdown (`CommonMark` with tables) or plain text. Of what is far beyond the size of a policy, the end is left
/// out; [`crate::extract`] refuses it.
pub fn parse_markdown(text: &str) -> PolicyText {
    read(text).finish()
}

/// Reads Markdown or plain text that keeps the bounds.
pub fn parse_bounded(text: &str) -> Result<PolicyText, TextError> {
    guard::check_text(text)?;
    read(text).finish_bounded()
}

fn read(text: &str) -> Builder {
    let mut options = Options::empty();
    options.insert(Options::ENABLE_TABLES);
    options.insert(Options::ENABLE_STRIKETHROUGH);
    let mut reader = Reader::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for event in Parser::new_ext(text, options) {
        reader.event(event);
    }
    reader.builder
}

#[derive(Default)]
struct Reader {
    builder: Builder,
    /// Markup of an HTML block that is being gathered.
    markup: String,
    /// An inline element whose content is not words.
    silent: usize,
    images: usize,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(words) | Event::Code(words) | Event::InlineMath(words) | Event::DisplayMath(words) => {
                if self.silent == 0 && self.images == 0 {
                    self.builder.text(&words);
                }
            }
            Event::Html(markup) => self.markup.push_str(&markup),
            Event::InlineHtml(markup) => self.inline(&markup),
            Event::SoftBreak => self.builder.text(" "),
            Event::HardBreak => self.builder.line_break(),
            Event::Rule => self.builder.flush(),
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => self.builder.heading_open(level_number(level)),
            Tag::BlockQuote(_) => self.builder.quote_open(),
            Tag::List(_) => self.builder.list_open(),
            Tag::Item => self.builder.item_open(),
            Tag::Table(_) => self.builder.table_open(),
            Tag::TableHead => self.builder.row_open(true),
            Tag::TableRow => self.builder.row_open(false),
            Tag::Strong => self.builder.bold_open(),
            Tag::Link { dest_url, .. } => self.builder.link_open(dest_url.into_string()),
            Tag::Image { .. } => self.images += 1,
            // Struck-through words no longer hold.
            Tag::Strikethrough => self.silent += 1,
            Tag::Paragraph | Tag::CodeBlock(_) | Tag::HtmlBlock => self.builder.flush(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => self.builder.heading_close(),
            TagEnd::BlockQuote(_) => self.builder.quote_close(),
            TagEnd::List(_) => self.builder.list_close(),
            TagEnd::Item => self.builder.item_close(),
            TagEnd::Table => self.builder.table_close(),
            TagEnd::TableHead | TagEnd::TableRow => self.builder.row_close(),
            TagEnd::TableCell => self.builder.cell_close(),
            TagEnd::Strong => self.builder.bold_close(),
            TagEnd::Link => self.builder.link_close(),
            TagEnd::Strikethrough => self.silent = self.silent.saturating_sub(1),
            TagEnd::Image => self.images = self.images.saturating_sub(1),
            TagEnd::Paragraph | TagEnd::CodeBlock => self.builder.flush(),
            TagEnd::HtmlBlock => self.html_block(),
            _ => {}
        }
    }

    fn html_block(&mut self) {
        let markup = std::mem::take(&mut self.markup);
        let rules = ExtractRules {
            select: vec![atlas_domain::Selector::Css("body".to_owned())],
            remove: Vec::new(),
        };
        if let Ok(extracted) = html::extract(&markup, None, &rules, false) {
            for block in &extracted.text.blocks {
                self.builder.flush();
                self.builder.text(extracted.text.block_text(block));
            }
        }
        self.builder.flush();
    }

    fn inline(&mut self, markup: &str) {
        let name: String = markup
            .trim_start_matches(['<', '/'])
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        let closing = markup.starts_with("</");
        match (name.as_str(), closing) {
            ("br", _) => self.builder.line_break(),
            ("p" | "div" | "tr" | "table" | "section", _) => self.builder.flush(),
            ("b" | "strong", false) => self.builder.bold_open(),
            ("b" | "strong", true) => self.builder.bold_close(),
            ("script" | "style" | "svg" | "s" | "strike" | "del", false) if !markup.ends_with("/>") => self.silent += 1,
            ("script" | "style" | "svg" | "s" | "strike" | "del", true) => self.silent = self.silent.saturating_sub(1),
            _ => {}
        }
    }
}

const fn level_number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
