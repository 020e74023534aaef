//! The samples' Markdown (headings, paragraphs, lists, tables, bold, italics, code, links) as HTML.
//!
//! Invariant: everything that is not one of those marks is escaped; a heading's `id` depends on its words alone,
//! with a number added where the same words come again.

use std::{collections::BTreeMap, fmt::Write as _};

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// A rendered text.
#[derive(Debug)]
pub struct Rendered {
    /// The HTML of the whole text.
    pub html: String,
    /// The second-level headings, in order: `id` and words.
    pub sections: Vec<(String, String)>,
}

/// Renders a whole text.
pub fn render(markdown: &str) -> Rendered {
    let mut writer = Writer::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        writer.event(event);
    }
    Rendered {
        html: writer.html,
        sections: writer.sections,
    }
}

/// Text made safe for element content and for quoted attribute values.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[derive(Default)]
struct Writer {
    html: String,
    sections: Vec<(String, String)>,
    /// HTML before the open heading, and the heading's bare words so far.
    heading: Option<(String, String)>,
    /// How often each `id` was wanted.
    ids: BTreeMap<String, u32>,
    in_table_head: bool,
}

impl Writer {
    fn put(&mut self, html: std::fmt::Arguments<'_>) {
        // Writing into a `String` cannot fail.
        let _ = self.html.write_fmt(html);
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Code(text) => {
                self.put(format_args!("<code>{}</code>", escape(&text)));
            }
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                if let Some((_, words)) = &mut self.heading {
                    words.push_str(&text);
                }
                self.html.push_str(&escape(&text));
            }
            Event::SoftBreak => self.html.push('\n'),
            Event::HardBreak => self.html.push_str("<br>\n"),
            Event::Rule => self.html.push_str("<hr>\n"),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.heading = Some((std::mem::take(&mut self.html), String::new())),
            Tag::Paragraph => self.html.push_str("<p>"),
            Tag::List(None) => self.html.push_str("\n<ul>\n"),
            Tag::List(Some(1)) => self.html.push_str("\n<ol>\n"),
            Tag::List(Some(first)) => self.put(format_args!("\n<ol start=\"{first}\">\n")),
            Tag::Item => self.html.push_str("<li>"),
            Tag::Table(_) => self.html.push_str("<div class=\"table-scroll\"><table>\n"),
            Tag::TableHead => {
                self.in_table_head = true;
                self.html.push_str("<thead><tr>");
            }
            Tag::TableRow => self.html.push_str("<tr>"),
            Tag::TableCell if self.in_table_head => self.html.push_str("<th scope=\"col\">"),
            Tag::TableCell => self.html.push_str("<td>"),
            Tag::Strong => self.html.push_str("<strong>"),
            Tag::Emphasis => self.html.push_str("<em>"),
            Tag::Link { dest_url, .. } => self.put(format_args!("<a href=\"{}\">", escape(&dest_url))),
            Tag::BlockQuote(_) => self.html.push_str("<blockquote>"),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.end_heading(level),
            TagEnd::Paragraph => self.html.push_str("</p>\n"),
            TagEnd::List(false) => self.html.push_str("</ul>\n"),
            TagEnd::List(true) => self.html.push_str("</ol>\n"),
            TagEnd::Item => self.html.push_str("</li>\n"),
            TagEnd::Table => self.html.push_str("</tbody></table></div>\n"),
            TagEnd::TableHead => {
                self.in_table_head = false;
                self.html.push_str("</tr></thead>\n<tbody>\n");
            }
            TagEnd::TableRow => self.html.push_str("</tr>\n"),
            TagEnd::TableCell if self.in_table_head => self.html.push_str("</th>"),
            TagEnd::TableCell => self.html.push_str("</td>"),
            TagEnd::Strong => self.html.push_str("</strong>"),
            TagEnd::Emphasis => self.html.push_str("</em>"),
            TagEnd::Link => self.html.push_str("</a>"),
            TagEnd::BlockQuote(_) => self.html.push_str("</blockquote>\n"),
            _ => {}
        }
    }

    fn end_heading(&mut self, level: HeadingLevel) {
        let Some((before, words)) = self.heading.take() else {
            return;
        };
        let id = self.unique_id(&words);
        let inner = std::mem::replace(&mut self.html, before);
        self.put(format_args!("<{level} id=\"{id}\">{inner}</{level}>\n"));
        if level == HeadingLevel::H2 {
            self.sections.push((id, words));
        }
    }

    fn unique_id(&mut self, words: &str) -> String {
        let mut id = String::new();
        for letter in words.chars() {
            if letter.is_ascii_alphanumeric() {
                id.push(letter.to_ascii_lowercase());
            } else if !id.is_empty() && !id.ends_with('-') {
                id.push('-');
            }
        }
        let id = id.trim_end_matches('-').to_owned();
        let count = self.ids.entry(id.clone()).or_default();
        *count += 1;
        if *count == 1 { id } else { format!("{id}-{count}") }
    }
}

#[cfg(test)]
mod tests {
    use super::render;

    fn check(markdown: &str, html: &str) {
        assert_eq!(render(markdown).html.replace('\n', ""), html);
    }

    #[test]
    fn every_mark_the_samples_use_becomes_its_element() {
        check(
            "# A & B\n\nOne **two** <i>.",
            "<h1 id=\"a-b\">A &amp; B</h1><p>One <strong>two</strong> &lt;i&gt;.</p>",
        );
        check("- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>");
        check(
            "[x](https://a.example/?b&c)",
            "<p><a href=\"https://a.example/?b&amp;c\">x</a></p>",
        );
        check(
            "| A | B |\n| --- | --- |\n| 1 | 2 |",
            "<div class=\"table-scroll\"><table><thead><tr><th scope=\"col\">A</th><th scope=\"col\">B</th></tr></thead>\
             <tbody><tr><td>1</td><td>2</td></tr></tbody></table></div>",
        );
    }

    #[test]
    fn equal_headings_get_different_ids() {
        check(
            "## 1. Us\n\n## 1. Us",
            "<h2 id=\"1-us\">1. Us</h2><h2 id=\"1-us-2\">1. Us</h2>",
        );
        assert_eq!(render("## A\n\n### B").sections.len(), 1);
    }
}
