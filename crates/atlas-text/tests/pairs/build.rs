//! Builds the written pairs: a base policy and an edit become two Markdown texts and two whole pages.
//!
//! Invariant: an edit applies exactly where its words stand; words that stand nowhere, or twice, end the build.

use std::fmt::Write as _;

use atlas_domain::Materiality;
use atlas_text::parse_markdown;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde::Deserialize;

/// One written edit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    pub base: String,
    /// Words and what stands in their place.
    #[serde(default)]
    edits: Vec<(String, String)>,
    /// The part from the first mark up to the second goes before the third.
    #[serde(rename = "move")]
    moved: Option<[String; 3]>,
    /// The edits apply wherever the words stand.
    #[serde(default)]
    all: bool,
    /// Edits of the page's markup rather than of its words.
    on: Option<String>,
    /// The least rank.
    pub least: Option<Materiality>,
    /// The highest rank.
    pub most: Option<Materiality>,
    /// What a hunk has to show of the earlier text.
    old: Option<String>,
    /// What the same hunk has to show of the later text.
    new: Option<String>,
}

#[derive(Debug, Deserialize)]
struct File {
    case: Vec<Case>,
}

/// Two texts of one form.
#[derive(Debug)]
pub struct Pair {
    pub case: Case,
    /// `md` or `html`.
    pub form: &'static str,
    pub old: String,
    pub new: String,
    /// What one hunk has to show of both sides; empty where it shows nothing of a side.
    pub sentences: (String, String),
}

const BASES: &[(&str, &str)] = &[
    ("terms", include_str!("terms.md")),
    ("privacy", include_str!("privacy.md")),
    ("developer", include_str!("developer.md")),
];

/// The pairs that matter.
pub fn material() -> Vec<Pair> {
    pairs(include_str!("material.toml"))
}

/// The pairs that don't.
pub fn cosmetic() -> Vec<Pair> {
    pairs(include_str!("cosmetic.toml"))
}

fn pairs(source: &str) -> Vec<Pair> {
    let file: File = toml::from_str(source).unwrap();
    let mut pairs = Vec::new();
    for case in file.case {
        let base = BASES.iter().find(|(name, _)| *name == case.base).unwrap().1;
        if case.on.as_deref() == Some("page") {
            let old = page(base, "k3J9xQ");
            pairs.push(Pair {
                new: case.apply(&old),
                form: "html",
                sentences: Default::default(),
                old,
                case,
            });
            continue;
        }
        let new = case.apply(base);
        let sentences = (
            case.old.clone().unwrap_or_else(|| case.sentence(base, true)),
            case.new.clone().unwrap_or_else(|| case.sentence(&new, false)),
        );
        pairs.push(Pair {
            case: case.clone(),
            form: "html",
            old: page(base, "k3J9xQ"),
            new: page(&new, "p0Rr5t"),
            sentences: sentences.clone(),
        });
        pairs.push(Pair {
            case,
            form: "md",
            old: base.to_owned(),
            new,
            sentences,
        });
    }
    pairs
}

impl Case {
    fn apply(&self, base: &str) -> String {
        let mut text = base.to_owned();
        for (find, put) in &self.edits {
            let count = text.matches(find.as_str()).count();
            assert!(
                count == 1 || self.all && count > 0,
                "{}: {count} times {find:?}",
                self.name
            );
            text = text.replace(find, put);
        }
        if let Some([from, to, before]) = &self.moved {
            let (start, end) = (text.find(from).unwrap(), text.find(to).unwrap());
            let part = text.get(start..end).unwrap().to_owned();
            text.replace_range(start..end, "");
            let at = text.find(before).unwrap();
            text.insert_str(at, &part);
        }
        assert_ne!(text, base, "{}", self.name);
        text
    }

    /// The whole sentence that holds the first edit.
    fn sentence(&self, source: &str, older: bool) -> String {
        let Some((find, put)) = self.edits.first() else {
            return String::new();
        };
        let plain = |words: &str| parse_markdown(words.trim_start_matches(['-', '*', ' '])).text;
        let words = plain(if older { find } else { put });
        if words.is_empty() {
            return words;
        }
        let text = parse_markdown(source);
        let spans = text.blocks.iter().flat_map(|block| &block.sentences);
        spans
            .map(|span| text.slice(span.start, span.end))
            .find(|sentence| sentence.contains(&words))
            .unwrap_or_default()
            .to_owned()
    }
}

/// A whole page around a policy, with what surrounds policies on real pages.
fn page(markdown: &str, nonce: &str) -> String {
    let body = markup(markdown);
    format!(
        r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Legal | Example</title>
<link rel="stylesheet" href="/assets/style.css?v=1"><meta name="description" content="Our legal documents">
<script nonce="{nonce}">window.__STATE__={{"id":1}};window.dataLayer=window.dataLayer||[];</script>
<style nonce="{nonce}">.doc-body{{max-width:60ch}}</style></head>
<body><!-- banner --><header class="site-header"><nav aria-label="Main"><ul><li><a href="/">Home</a></li><li><a href="/product">Product</a></li><li><a href="/pricing">Pricing</a></li><li><a href="/login">Log in</a></li></ul></nav><!-- language --></header>
<!-- crumbs --><main class="doc-body"><!-- tools -->
{body}
<!-- tail --></main>
<form action="/newsletter" method="post"><input type="hidden" name="csrf" value="tok-1111"><label>Newsletter <input type="email" name="email"></label><button>Subscribe</button></form>
<!-- related --><footer class="site-footer"><ul><li><a href="/about">About</a></li><li><a href="/imprint">Imprint</a></li><li><a href="/blog">Blog</a></li></ul><p>© 2025 Example. All rights reserved.</p></footer>
<script nonce="{nonce}" src="/assets/app.js?v=1"></script></body></html>
"#
    )
}

fn markup(markdown: &str) -> String {
    let mut options = Options::empty();
    options.insert(Options::ENABLE_TABLES);
    options.insert(Options::ENABLE_STRIKETHROUGH);
    let mut html = String::new();
    let mut cell = "td";
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Text(words) => html.push_str(&words.replace('&', "&amp;").replace('<', "&lt;")),
            Event::Code(words) => {
                let _ = write!(html, "<code>{words}</code>");
            }
            Event::SoftBreak => html.push('\n'),
            Event::HardBreak => html.push_str("<br>"),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let _ = write!(html, "<a href=\"{}\">", dest_url.replace('&', "&amp;"));
            }
            Event::Start(Tag::TableHead) => {
                cell = "th";
                html.push_str("<tr>");
            }
            Event::End(TagEnd::TableHead) => {
                cell = "td";
                html.push_str("</tr>\n");
            }
            Event::Start(Tag::TableCell) => {
                let _ = write!(html, "<{cell}>");
            }
            Event::End(TagEnd::TableCell) => {
                let _ = write!(html, "</{cell}>");
            }
            Event::Start(tag) => {
                let _ = write!(html, "<{}>", element(tag.to_end()));
            }
            Event::End(tag) => {
                let _ = write!(html, "</{}>", element(tag));
                if !matches!(
                    tag,
                    TagEnd::Link | TagEnd::Strong | TagEnd::Emphasis | TagEnd::Strikethrough
                ) {
                    html.push('\n');
                }
            }
            other => panic!("{other:?}"),
        }
    }
    html
}

fn element(tag: TagEnd) -> &'static str {
    match tag {
        TagEnd::Paragraph => "p",
        TagEnd::Heading(pulldown_cmark::HeadingLevel::H1) => "h1",
        TagEnd::Heading(pulldown_cmark::HeadingLevel::H2) => "h2",
        TagEnd::Heading(_) => "h3",
        TagEnd::List(true) => "ol",
        TagEnd::List(false) => "ul",
        TagEnd::Item => "li",
        TagEnd::Table => "table",
        TagEnd::TableRow => "tr",
        TagEnd::Strong => "strong",
        TagEnd::Emphasis => "em",
        TagEnd::Strikethrough => "del",
        TagEnd::BlockQuote(_) => "blockquote",
        TagEnd::Link => "a",
        other => panic!("{other:?}"),
    }
}
