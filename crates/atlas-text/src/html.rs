//! A decoded page and a source's rules to its text, with what the content gate wants to know about the page.
//!
//! Invariant: what a browser shows is what is read. Only a page that shows next to nothing is read again, first with
//! what it has for readers without scripts, then with what its scripts would unhide.

use atlas_domain::{ExtractRules, PolicyText};
use url::Url;

use crate::{
    TextError,
    builder::Builder,
    element::Role,
    guard, main_content,
    page::{Page, Tree},
    propose,
    select::{self, Kept},
    walk::Walk,
};

/// Words up to which a page shows next to nothing.
const NEXT_TO_NOTHING: usize = 40;

/// A page's text with what the content gate wants to know about the page.
#[derive(Debug)]
pub struct Extracted {
    /// The text.
    pub text: PolicyText,
    /// `<title>`.
    pub title: String,
    /// Whether a password is asked for.
    pub asks_password: bool,
    /// Words on buttons, in order, as far as they are short.
    pub buttons: Vec<String>,
    /// Whether the markup ends in the middle.
    pub truncated: bool,
    /// A selector that finds what we found; `None` where the source has selectors, or none is good enough.
    pub proposed_selector: Option<String>,
}

/// How a page is looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Looking {
    /// Words for readers without scripts are words.
    pub noscript: bool,
    /// Words that are hidden from readers are words.
    pub hidden: bool,
    /// Propose a selector for what was found.
    pub propose: bool,
}

/// Extracts the text of a decoded page by a source's rules.
pub fn extract(html: &str, url: Option<&Url>, rules: &ExtractRules, propose: bool) -> Result<Extracted, TextError> {
    let report = guard::check(html)?;
    let plain = Looking {
        propose,
        ..Looking::default()
    };
    let mut seen = look(html, url, rules, plain);
    let few = |seen: &Result<Extracted, TextError>| match seen {
        Ok(page) => page.text.word_count() < NEXT_TO_NOTHING,
        Err(error) => matches!(error, TextError::SelectorMatchesNothing { .. }),
    };
    for again in [
        Looking {
            noscript: true,
            ..plain
        },
        Looking { hidden: true, ..plain },
    ] {
        if !few(&seen) || again.noscript && !report.has_noscript {
            continue;
        }
        // A sentence that asks for scripts is not worth more than what stands there already.
        let more = look(html, url, rules, again);
        if more
            .as_ref()
            .is_ok_and(|page| page.text.word_count() >= NEXT_TO_NOTHING)
        {
            seen = more;
        }
    }
    seen.map(|page| Extracted {
        truncated: report.truncated,
        ..page
    })
}

fn look(html: &str, url: Option<&Url>, rules: &ExtractRules, looking: Looking) -> Result<Extracted, TextError> {
    let tree = Tree::parse(html, looking.noscript)?;
    tree.remove(rules)?;
    let mut page = tree.flatten()?;
    if looking.hidden {
        for node in &mut page.nodes {
            node.hidden = node.struck;
        }
    }
    let found_by_us = rules.select.is_empty();
    let kept = if found_by_us {
        vec![main_content::find(&page)]
    } else {
        select::keep(&tree, &page, &rules.select)?
    };
    let base = page
        .base
        .as_deref()
        .and_then(|href| url.map_or_else(|| Url::parse(href).ok(), |url| url.join(href).ok()));
    let walk = Walk {
        page: &page,
        base: base.as_ref().or(url),
        drop_around: found_by_us,
    };
    let mut builder = Builder::default();
    for piece in &kept {
        walk.piece(*piece, &mut builder);
        builder.flush();
    }
    let proposed_selector = kept
        .first()
        .filter(|_| looking.propose && found_by_us)
        .and_then(|piece| propose::selector(&tree, &page, piece.root));
    Ok(Extracted {
        text: builder.finish_bounded()?,
        buttons: buttons(&page, &kept),
        title: page.title,
        asks_password: page.asks_password,
        truncated: false,
        proposed_selector,
    })
}

/// The short words on the buttons and links of what is kept.
fn buttons(page: &Page, kept: &[Kept]) -> Vec<String> {
    const AT_MOST: usize = 60;
    let inside = kept.iter().flat_map(|piece| piece.start..piece.end);
    inside
        .filter(|at| {
            page.nodes
                .get(*at)
                .is_some_and(|node| node.role == Role::Button && !node.hidden)
        })
        .filter_map(|at| page.short_text(at, 60))
        .map(|words| words.trim().to_lowercase())
        .filter(|words| !words.is_empty())
        .take(AT_MOST)
        .collect()
}
