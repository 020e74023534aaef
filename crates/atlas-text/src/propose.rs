//! A selector for the content that was found on a page without one.
//!
//! Invariant: a proposed selector matches exactly one element of the page, the one that was found; names that look as if
//! a build had made them are not used.

use dom_query::{Matcher, NodeRef};

use crate::page::{Page, Tree};

/// Ancestors that are named at most.
const LONGEST: usize = 4;

/// A selector for the element at a position, if a short one is good enough.
pub fn selector(tree: &Tree, page: &Page, at: usize) -> Option<String> {
    let id = page.nodes.get(at)?.id;
    let target = tree.document().tree.get(&id)?;
    if !target.is_element() {
        return Some("body".to_owned()).filter(|selector| count(tree, selector) == 1);
    }
    let mut tail = String::new();
    let mut node = Some(target);
    for _ in 0..LONGEST {
        let Some(current) = node.filter(NodeRef::is_element) else {
            break;
        };
        for name in names(&current) {
            let candidate = if tail.is_empty() {
                name
            } else {
                format!("{name} > {tail}")
            };
            let found = matches(tree, &candidate);
            if found.len() == 1 && found.first() == Some(&id) {
                return Some(candidate);
            }
        }
        let step = names(&current).pop()?;
        tail = if tail.is_empty() {
            step
        } else {
            format!("{step} > {tail}")
        };
        node = current.parent();
    }
    None
}

/// Simple selectors of an element, the most telling first; the last is always its name.
fn names(node: &NodeRef<'_>) -> Vec<String> {
    let tag = node
        .node_name()
        .map(|name| name.to_ascii_lowercase())
        .unwrap_or_default();
    let mut names = Vec::new();
    if let Some(id) = node.attr("id").filter(|id| is_stable(id)) {
        names.push(format!("#{id}"));
    }
    if matches!(tag.as_str(), "main" | "article" | "body") {
        names.push(tag.clone());
    }
    if let Some(role) = node.attr("role").filter(|role| matches!(&**role, "main" | "article")) {
        names.push(format!("[role=\"{role}\"]"));
    }
    let classes = node.attr("class").unwrap_or_default();
    let stable: Vec<&str> = classes
        .split_whitespace()
        .filter(|class| is_stable(class))
        .take(4)
        .collect();
    names.extend(stable.iter().map(|class| format!(".{class}")));
    if stable.len() > 1 {
        names.push(format!("{tag}.{}", stable.join(".")));
    }
    names.push(tag);
    names
}

/// Whether a name reads as if a person had chosen it, and needs no escaping.
fn is_stable(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let mixed = name.split(['-', '_']).any(|part| {
        part.len() > 4
            && part.bytes().any(|byte| byte.is_ascii_digit())
            && part.bytes().any(|byte| byte.is_ascii_alphabetic())
    });
    (3..=40).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        && digits <= 2
        && !mixed
        && !["css-", "sc-", "jsx-", "svelte-", "js-", "is-", "has-"]
            .iter()
            .any(|made| name.starts_with(made))
}

fn matches(tree: &Tree, selector: &str) -> Vec<dom_query::NodeId> {
    Matcher::new(selector).map_or_else(
        |_| Vec::new(),
        |matcher| {
            tree.document()
                .select_matcher(&matcher)
                .nodes()
                .iter()
                .map(|node| node.id)
                .collect()
        },
    )
}

fn count(tree: &Tree, selector: &str) -> usize {
    matches(tree, selector).len()
}
