//! What an element means for the text: its role, whether a browser shows it, whether it is chrome.
//!
//! Invariant: decided from the element alone (name and attributes), never from a site's style sheet. Words that are
//! struck through no longer hold, so they are as good as hidden.

use std::collections::HashSet;

use dom_query::Element;

/// What a node does to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Characters.
    Text,
    /// No effect of its own.
    Inline,
    /// Parts blocks.
    Block,
    /// Heading of a level.
    Heading(u8),
    /// `ul`, `ol`, `menu`.
    List,
    /// `li`.
    Item,
    /// `dt`: introduces the details that follow.
    Term,
    /// `dd`.
    Detail,
    /// `table`.
    Table,
    /// `tr`.
    Row,
    /// `td`, `th`; true for `th`.
    Cell(bool),
    /// `thead`.
    TableHead,
    /// `blockquote`.
    Quote,
    /// `br`.
    Break,
    /// `b`, `strong`.
    Bold,
    /// `a`.
    Link,
    /// `dl`.
    Definitions,
    /// `button`.
    Button,
    /// `sup`: perhaps the marker of a footnote.
    Superscript,
    /// `pre`, `textarea`: an empty line parts paragraphs.
    Preformatted,
    /// An element of the page's own making: parts words that would be glued.
    Custom,
    /// Never has words.
    Void,
}

/// Whether a node claims to be the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landmark {
    /// It does not.
    None,
    /// `main`.
    Main,
    /// `article`.
    Article,
}

pub fn attribute<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    element
        .attrs
        .iter()
        .find(|attr| &*attr.name.local == name)
        .map(|attr| attr.value.as_ref())
}

pub fn role(name: &str) -> Role {
    match name {
        "h1" => Role::Heading(1),
        "h2" => Role::Heading(2),
        "h3" => Role::Heading(3),
        "h4" => Role::Heading(4),
        "h5" => Role::Heading(5),
        "h6" => Role::Heading(6),
        "ul" | "ol" | "menu" | "dir" => Role::List,
        "li" => Role::Item,
        "dt" => Role::Term,
        "dd" => Role::Detail,
        "dl" => Role::Definitions,
        "table" => Role::Table,
        "thead" => Role::TableHead,
        "tr" => Role::Row,
        "td" => Role::Cell(false),
        "th" => Role::Cell(true),
        "blockquote" => Role::Quote,
        "br" => Role::Break,
        "b" | "strong" => Role::Bold,
        "a" => Role::Link,
        "button" => Role::Button,
        "sup" => Role::Superscript,
        "pre" | "textarea" | "listing" | "xmp" => Role::Preformatted,
        "input" | "select" | "option" | "datalist" | "img" | "picture" | "head" | "title" | "map" | "progress"
        | "meter" | "meta" | "link" | "script" | "style" | "noscript" | "template" | "svg" | "iframe" | "rp" => {
            Role::Void
        }
        "address" | "article" | "aside" | "body" | "caption" | "center" | "details" | "dialog" | "div" | "fieldset"
        | "figcaption" | "figure" | "footer" | "form" | "header" | "hgroup" | "hr" | "html" | "legend" | "main"
        | "nav" | "p" | "search" | "section" | "summary" | "tbody" | "tfoot" => Role::Block,
        name if name.contains('-') => Role::Custom,
        _ => Role::Inline,
    }
}

/// Classes under which style sheets keep words for screen readers alone.
const UNSEEN: &[&str] = &[
    "sr-only",
    "sr_only",
    "sronly",
    "visually-hidden",
    "visuallyhidden",
    "visually_hidden",
    "u-visually-hidden",
    "screen-reader-text",
    "screen-reader-only",
    "screenreader-only",
    "a11y-hidden",
    "assistive-text",
    "element-invisible",
];

/// Whether the element's words are struck through: they stand there to show that they no longer hold.
pub fn is_struck(name: &str, element: &Element) -> bool {
    if matches!(name, "s" | "strike" | "del") {
        return true;
    }
    element.attrs.iter().any(|attr| match &*attr.name.local {
        "style" => {
            attr.value.len() < 4096 && {
                let style = attr.value.to_ascii_lowercase();
                style.contains("line-through") && style.contains("text-decoration")
            }
        }
        "class" => {
            attr.value.len() < 2048
                && attr.value.split_ascii_whitespace().any(|class| {
                    matches!(
                        class,
                        "line-through" | "strikethrough" | "strike-through" | "text-strike"
                    )
                })
        }
        _ => false,
    })
}

/// Whether a browser leaves the element's words out. What a control of the page unfolds is
/// collapsed, not hidden.
pub fn is_hidden(name: &str, element: &Element, controlled: &HashSet<String>) -> bool {
    // Some pages stay invisible until their scripts have run.
    if matches!(name, "html" | "body") {
        return false;
    }
    let heading = matches!(role(name), Role::Heading(_));
    let mut hidden = false;
    let mut collapsed = false;
    // What only screen readers skip is still seen, unless it is an icon's name or a window that is not open.
    let (mut decoration, mut hidden_from_readers) = (false, false);
    let mut unseen = false;
    for attr in &element.attrs {
        let value = attr.value.as_ref();
        match &*attr.name.local {
            "hidden" => hidden |= !value.eq_ignore_ascii_case("until-found"),
            "style" if value.len() < 4096 => {
                let style: String = value
                    .chars()
                    .filter(|c| !c.is_whitespace())
                    .collect::<String>()
                    .to_ascii_lowercase();
                for rule in style.split(';') {
                    let rule = rule.trim_end_matches("!important");
                    hidden |= matches!(
                        rule,
                        "display:none" | "visibility:hidden" | "mso-hide:all" | "font-size:0"
                    ) || rule.starts_with("left:-999")
                        || rule.starts_with("text-indent:-999");
                }
            }
            "class" if value.len() < 2048 => {
                for class in value.split_ascii_whitespace() {
                    unseen |= !heading && UNSEEN.contains(&class);
                    decoration |= class.contains("icon") || matches!(class, "modal" | "popup" | "offcanvas");
                }
            }
            "aria-hidden" => hidden_from_readers = value == "true",
            "id" => collapsed |= controlled.contains(value),
            "role" => collapsed |= matches!(value, "region" | "tabpanel"),
            _ => {}
        }
    }
    unseen || (hidden && !collapsed) || (decoration && hidden_from_readers)
}

pub fn is_around(name: &str, element: &Element) -> bool {
    if matches!(name, "nav" | "footer" | "aside" | "dialog" | "search") {
        return true;
    }
    if matches!(name, "html" | "body" | "main" | "article") {
        return false;
    }
    element.attrs.iter().any(|attr| {
        let value = attr.value.as_ref();
        match &*attr.name.local {
            "role" => matches!(
                value,
                "navigation" | "banner" | "contentinfo" | "dialog" | "alertdialog" | "search" | "complementary"
            ),
            "id" | "class" => is_around_name(value),
            "aria-modal" => value == "true",
            _ => false,
        }
    })
}

/// Marks of consent managers and chrome in ids and classes, as they stand in pages.
fn is_around_name(value: &str) -> bool {
    const MARKS: &[&str] = &[
        "onetrust",
        "cookiebot",
        "cookie-banner",
        "cookiebanner",
        "cookie-consent",
        "cookieconsent",
        "cookie-notice",
        "cookie-bar",
        "cookie-popup",
        "consent-banner",
        "gdpr-banner",
        "usercentrics",
        "didomi",
        "truste_",
        "osano-cm",
        "cc-window",
        "breadcrumb",
        "skip-link",
        "skip-to-content",
        "skip-nav",
        "site-footer",
        "site-header",
        "announcement-bar",
        "newsletter-signup",
    ];
    value.len() < 512 && {
        let lower = value.to_ascii_lowercase();
        MARKS.iter().any(|mark| lower.contains(mark))
    }
}

/// Whether the element stands beside what is around it: a remark on it, or something else altogether.
pub fn is_beside(name: &str, element: &Element) -> bool {
    name == "aside" || attribute(element, "role") == Some("complementary")
}

pub fn landmark(name: &str, element: &Element) -> Landmark {
    match (name, attribute(element, "role")) {
        ("main", _) | (_, Some("main")) => Landmark::Main,
        ("article", _) | (_, Some("article")) => Landmark::Article,
        _ => Landmark::None,
    }
}
