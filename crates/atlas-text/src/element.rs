//! What an element means for the text: its role, whether a browser shows it, whether it is chrome.
//!
//! Invariant: decided from the element alone (name and attributes), never from a site's style sheet.

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
    /// `li`, `dd`.
    Item,
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
    /// `dl`: its `dd` are items.
    Definitions,
    /// `button`.
    Button,
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
        "li" | "dd" => Role::Item,
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
        "input" | "select" | "textarea" | "option" | "datalist" | "img" | "picture" | "head" | "title" | "map"
        | "progress" | "meter" | "meta" | "link" | "script" | "style" | "noscript" | "template" | "svg" | "iframe"
        | "rp" => Role::Void,
        "address" | "article" | "aside" | "body" | "caption" | "center" | "details" | "dialog" | "div" | "dt"
        | "fieldset" | "figcaption" | "figure" | "footer" | "form" | "header" | "hgroup" | "hr" | "html" | "legend"
        | "main" | "nav" | "p" | "pre" | "search" | "section" | "summary" | "tbody" | "tfoot" => Role::Block,
        _ => Role::Inline,
    }
}

pub fn is_hidden(element: &Element, controlled: &HashSet<String>) -> bool {
    let mut hidden = false;
    let mut collapsed = false;
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
                hidden |= style.split(';').any(|rule| {
                    matches!(
                        rule.trim_end_matches("!important"),
                        "display:none" | "visibility:hidden" | "mso-hide:all"
                    )
                });
            }
            "id" => collapsed |= controlled.contains(value),
            "role" => collapsed |= matches!(value, "region" | "tabpanel"),
            _ => {}
        }
    }
    hidden && !collapsed
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

pub fn landmark(name: &str, element: &Element) -> Landmark {
    match (name, attribute(element, "role")) {
        ("main", _) | (_, Some("main")) => Landmark::Main,
        ("article", _) | (_, Some("article")) => Landmark::Article,
        _ => Landmark::None,
    }
}
