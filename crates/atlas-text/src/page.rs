//! A parsed page as one flat list of nodes in document order.
//!
//! Invariant: `nodes[i].end` is one past the last descendant of node `i`, so that every question about the tree is a
//! question about ranges and no walk recurses.

use std::collections::{HashMap, HashSet};

use atlas_domain::ExtractRules;
use dom_query::{Document, NodeData, NodeId, NodeRef};
use lol_html::{RewriteStrSettings, element, rewrite_str};

use crate::{
    TextError,
    element::{Landmark, Role, attribute, is_around, is_hidden, landmark, role},
    guard, select,
};

/// Nodes that are walked at most.
const MAX_NODES: usize = 2_000_000;

/// One node.
#[derive(Debug)]
pub struct Node {
    /// Where it is in the parser's tree.
    pub id: NodeId,
    /// One past its last descendant.
    pub end: usize,
    /// What it does to the text.
    pub role: Role,
    /// Characters of a text node, target of a link; empty otherwise.
    pub value: String,
    /// Not shown by a browser.
    pub hidden: bool,
    /// Around the content rather than in it: navigation, banner, footer, dialogue.
    pub around: bool,
    /// `main`, `article` or a role that says so.
    pub landmark: Landmark,
}

/// A parsed page.
#[derive(Debug)]
pub struct Page {
    /// Nodes in document order.
    pub nodes: Vec<Node>,
    /// `<title>`, white space folded.
    pub title: String,
    /// `<base href>`, if there is one.
    pub base: Option<String>,
    /// Whether a password is asked for.
    pub asks_password: bool,
    /// Position of a node by its id.
    pub positions: HashMap<NodeId, usize>,
}

/// The parser's tree before it is flattened: rules that remove work on it.
pub struct Tree {
    document: Document,
}

/// Elements whose content is never words of the page.
const DROPPED: &str =
    "script, style, noscript, svg, template, iframe, object, embed, canvas, audio, video, math annotation";

impl Tree {
    /// Parses a decoded page within bounds.
    pub fn parse(html: &str) -> Result<Self, TextError> {
        guard::check(html)?;
        let html = close_self_closed_frames(html);
        let settings = RewriteStrSettings::new()
            .with_strict(false)
            .append_element_content_handler(element!(DROPPED, |el| {
                el.remove();
                Ok(())
            }));
        let lean = rewrite_str(&html, settings).map_err(|error| TextError::NotText {
            detail: error.to_string(),
        })?;
        Ok(Self {
            document: Document::from(lean),
        })
    }

    /// The document node.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Applies the rules that remove content, in order.
    pub fn remove(&self, rules: &ExtractRules) -> Result<(), TextError> {
        for rule in &rules.remove {
            select::remove(self, rule)?;
        }
        Ok(())
    }

    /// Flattens the tree.
    pub fn flatten(&self) -> Result<Page, TextError> {
        let controlled = self.controlled_ids();
        let mut page = Page {
            nodes: Vec::new(),
            title: self
                .document
                .select("head > title")
                .text()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            base: self
                .document
                .select("base[href]")
                .attr("href")
                .map(|href| href.to_string()),
            asks_password: false,
            positions: HashMap::new(),
        };
        let root = self.document.root();
        let mut open: Vec<usize> = Vec::new();
        let mut current: Option<NodeRef<'_>> = Some(root);
        while let Some(node) = current {
            if page.nodes.len() > MAX_NODES {
                return Err(TextError::TooLarge {
                    detail: "too many nodes".to_owned(),
                });
            }
            let at = page.nodes.len();
            let read = node.query_or(None, |tree_node| read(&tree_node.data, node.id, &controlled));
            if let Some((flat, password)) = read {
                page.positions.insert(node.id, at);
                page.nodes.push(flat);
                page.asks_password |= password;
                if let Some(child) = node.first_child() {
                    open.push(at);
                    current = Some(child);
                    continue;
                }
                close(&mut page.nodes, at);
            }
            current = next_after(node, &mut open, &mut page.nodes);
        }
        Ok(page)
    }

    /// Ids of elements that a control shows and hides: what is in them is collapsed rather than hidden.
    fn controlled_ids(&self) -> HashSet<String> {
        let selection = self.document.select("[aria-controls], [data-target], [data-bs-target]");
        let mut ids = HashSet::new();
        for node in selection.nodes() {
            for name in ["aria-controls", "data-target", "data-bs-target"] {
                if let Some(value) = node.attr(name) {
                    ids.extend(value.split_whitespace().map(|id| id.trim_start_matches('#').to_owned()));
                }
            }
        }
        ids
    }
}

fn close(nodes: &mut [Node], at: usize) {
    let end = nodes.len();
    if let Some(node) = nodes.get_mut(at) {
        node.end = end;
    }
}

/// The node that follows a finished one, closing the ancestors that end with it.
fn next_after<'a>(node: NodeRef<'a>, open: &mut Vec<usize>, nodes: &mut [Node]) -> Option<NodeRef<'a>> {
    let mut node = node;
    loop {
        if open.is_empty() {
            return None;
        }
        if let Some(sibling) = node.next_sibling() {
            return Some(sibling);
        }
        close(nodes, open.pop()?);
        node = node.parent()?;
    }
}

fn read(data: &NodeData, id: NodeId, controlled: &HashSet<String>) -> Option<(Node, bool)> {
    let node = |role, value: String| Node {
        id,
        end: 0,
        role,
        value,
        hidden: false,
        around: false,
        landmark: Landmark::None,
    };
    match data {
        NodeData::Document | NodeData::Fragment => Some((node(Role::Block, String::new()), false)),
        NodeData::Text { contents } => Some((node(Role::Text, contents.to_string()), false)),
        NodeData::Element(element) => {
            let name: &str = &element.name.local;
            let role = role(name);
            let value = if role == Role::Link {
                attribute(element, "href").unwrap_or_default().to_owned()
            } else {
                String::new()
            };
            let mut flat = node(role, value);
            flat.hidden = is_hidden(element, controlled);
            flat.around = is_around(name, element);
            flat.landmark = landmark(name, element);
            let password =
                name == "input" && attribute(element, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("password"));
            Some((flat, password && !is_hidden(element, controlled)))
        }
        NodeData::Doctype { .. } | NodeData::Comment { .. } | NodeData::ProcessingInstruction { .. } => None,
    }
}

/// `<iframe … />` does not close itself, and the parser would read the rest of the page as its text.
fn close_self_closed_frames(html: &str) -> std::borrow::Cow<'_, str> {
    const TAG: &str = "<iframe";
    let lower = html.as_bytes();
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = lower.get(at..).and_then(|rest| memchr_tag(rest, TAG)) {
        let start = at + found;
        let end = html
            .get(start..)
            .and_then(|tail| tail.find('>'))
            .map_or(html.len(), |end| start + end);
        if html.get(start..end).is_some_and(|tag| tag.ends_with('/')) {
            out.push_str(html.get(copied..end).unwrap_or_default());
            out.push_str("></iframe");
            copied = end;
        }
        at = end.max(start + TAG.len());
    }
    if copied == 0 {
        return html.into();
    }
    out.push_str(html.get(copied..).unwrap_or_default());
    out.into()
}

fn memchr_tag(rest: &[u8], tag: &str) -> Option<usize> {
    rest.windows(tag.len())
        .position(|window| window.eq_ignore_ascii_case(tag.as_bytes()))
}
