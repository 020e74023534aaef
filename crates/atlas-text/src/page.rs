//! A parsed page as one flat list of nodes in document order.
//!
//! Invariant: `nodes[i].end` is one past the last descendant of node `i`, so that every question about the tree is a
//! question about ranges and no walk recurses.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use atlas_domain::ExtractRules;
use dom_query::{Document, NodeData, NodeId, NodeRef};
use lol_html::{RewriteStrSettings, element, rewrite_str};
use regex::Regex;

use crate::{
    TextError,
    element::{Landmark, Role, attribute, is_around, is_beside, is_hidden, is_struck, landmark, role},
    select,
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
    /// Not shown by a browser, or struck through.
    pub hidden: bool,
    /// Struck through.
    pub struck: bool,
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
    /// `before[i]` is the number of bytes of text in the nodes before node `i`.
    pub before: Vec<usize>,
    /// Position of a node by its id.
    pub positions: HashMap<NodeId, usize>,
}

/// The parser's tree before it is flattened: rules that remove work on it.
pub struct Tree {
    document: Document,
}

/// Elements whose content is never words of the page.
const DROPPED: &str = "script, style, svg, iframe, object, embed, canvas, audio, video, math annotation";

impl Tree {
    /// Parses a decoded page that the guard let pass. What stands in `noscript` is for readers without scripts:
    /// it mostly says again what the page shows, so it is kept only where asked for.
    pub fn parse(html: &str, keep_noscript: bool) -> Result<Self, TextError> {
        let html = close_self_closed_frames(html);
        let settings = RewriteStrSettings::new()
            .with_strict(false)
            .append_element_content_handler(element!(DROPPED, |el| {
                el.remove();
                Ok(())
            }))
            .append_element_content_handler(element!("noscript", move |el| {
                if keep_noscript {
                    el.remove_and_keep_content();
                } else {
                    el.remove();
                }
                Ok(())
            }))
            .append_element_content_handler(element!("template", |el| {
                // A declared shadow root is shown; any other template is not.
                if el.has_attribute("shadowrootmode") {
                    el.remove_and_keep_content();
                } else {
                    el.remove();
                }
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
            before: vec![0],
            positions: HashMap::new(),
        };
        let root = self.document.root();
        let mut open: Vec<usize> = Vec::new();
        let mut asides = Vec::new();
        let mut current: Option<NodeRef<'_>> = Some(root);
        while let Some(node) = current {
            if page.nodes.len() > MAX_NODES {
                return Err(TextError::TooLarge {
                    detail: "too many nodes".to_owned(),
                });
            }
            let at = page.nodes.len();
            let read = node.query_or(None, |tree_node| read(&tree_node.data, node.id, &controlled));
            if let Some((flat, about)) = read {
                page.positions.insert(node.id, at);
                let bytes = if flat.role == Role::Text { flat.value.len() } else { 0 };
                page.before
                    .push(page.before.last().copied().unwrap_or_default() + bytes);
                page.nodes.push(flat);
                page.asks_password |= about.asks_password;
                if about.beside {
                    asides.push(at);
                }
                if let Some(child) = node.first_child() {
                    open.push(at);
                    current = Some(child);
                    continue;
                }
                close(&mut page.nodes, at);
            }
            current = next_after(node, &mut open, &mut page.nodes);
        }
        page.settle_asides(&asides);
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

impl Page {
    /// Bytes of text in a range of nodes.
    pub fn bytes(&self, start: usize, end: usize) -> usize {
        let before = |at: usize| self.before.get(at).copied().unwrap_or_default();
        before(end).saturating_sub(before(start))
    }

    /// One `aside` is mostly a list of links; several that speak in sentences say in plain words what stands beside
    /// them, and belong to the text.
    fn settle_asides(&mut self, asides: &[usize]) {
        let prose = |at: usize, end: usize| {
            let inside = self.nodes.get(at..end).unwrap_or_default();
            let mut linked = 0;
            let mut last = "";
            for (offset, node) in inside.iter().enumerate() {
                if node.role == Role::Link {
                    linked += self.bytes(at + offset, node.end);
                } else if node.role == Role::Text && !node.value.trim().is_empty() {
                    last = node.value.trim_end();
                }
            }
            last.ends_with(['.', '!', '?', '”', '"', ')']) && linked * 3 < self.bytes(at, end)
        };
        let mut found = Vec::new();
        let mut past = 0;
        for at in asides.iter().copied().filter(|_| asides.len() > 1) {
            let end = self.nodes.get(at).map_or(at, |node| node.end);
            if at >= past {
                past = end;
                if prose(at, end) {
                    found.push(at);
                }
            }
        }
        if found.len() < 2 {
            return;
        }
        for at in found {
            if let Some(node) = self.nodes.get_mut(at) {
                node.around = false;
            }
        }
    }

    /// The characters in a subtree, if they are few.
    pub fn short_text(&self, at: usize, at_most: usize) -> Option<String> {
        let end = self.nodes.get(at)?.end;
        let inside = self.nodes.get(at..end)?;
        (self.bytes(at, end) <= at_most && inside.len() <= 24).then(|| {
            inside
                .iter()
                .filter(|node| node.role == Role::Text)
                .map(|node| node.value.as_str())
                .collect()
        })
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

/// What else a page wants to know about an element.
#[derive(Debug, Clone, Copy, Default)]
struct About {
    asks_password: bool,
    beside: bool,
}

fn read(data: &NodeData, id: NodeId, controlled: &HashSet<String>) -> Option<(Node, About)> {
    let node = |role, value: String| Node {
        id,
        end: 0,
        role,
        value,
        hidden: false,
        struck: false,
        around: false,
        landmark: Landmark::None,
    };
    match data {
        NodeData::Document | NodeData::Fragment => Some((node(Role::Block, String::new()), About::default())),
        NodeData::Text { contents } => Some((node(Role::Text, contents.to_string()), About::default())),
        NodeData::Element(element) => {
            let name: &str = &element.name.local;
            let role = role(name);
            let value = if role == Role::Link {
                attribute(element, "href").unwrap_or_default().to_owned()
            } else {
                String::new()
            };
            let mut flat = node(role, value);
            flat.struck = is_struck(name, element);
            flat.hidden = flat.struck || is_hidden(name, element, controlled);
            let flat_hidden = flat.hidden;
            flat.around = is_around(name, element);
            flat.landmark = landmark(name, element);
            let password =
                name == "input" && attribute(element, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("password"));
            let about = About {
                asks_password: password && !flat_hidden,
                beside: is_beside(name, element),
            };
            Some((flat, about))
        }
        NodeData::Doctype { .. } | NodeData::Comment { .. } | NodeData::ProcessingInstruction { .. } => None,
    }
}

/// `<iframe … />` does not close itself, and the parser would read the rest of the page as its text.
fn close_self_closed_frames(html: &str) -> Cow<'_, str> {
    static FRAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)<iframe[^>]*/>").ok());
    FRAME
        .as_ref()
        .map_or(Cow::Borrowed(html), |frame| frame.replace_all(html, "$0</iframe>"))
}
