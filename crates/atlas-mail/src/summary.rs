//! One line of a summary in a mail, with the way to the passage from which it follows.
//!
//! Invariant: the text is one line; the link leads to a passage of the comparison, or there is none.

use crate::words::{bullet, one_line};

/// One line of a summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryItem {
    /// One plain sentence.
    pub text: String,
    /// Name of the first passage it follows from, as the comparison names it (`h-1f2e…`).
    pub passage: Option<String>,
}

/// What both parts of a mail say of a line.
pub(crate) struct SummaryView {
    pub(crate) text: String,
    /// The line as an item of a plain list.
    pub(crate) bullet: String,
    /// The passage on the page of the change.
    pub(crate) url: Option<String>,
}

impl SummaryItem {
    pub(crate) fn view(&self, change_url: &str) -> SummaryView {
        let is_name = |name: &&String| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        SummaryView {
            text: one_line(&self.text),
            bullet: bullet(&self.text),
            url: self
                .passage
                .as_ref()
                .filter(is_name)
                .map(|name| format!("{change_url}#{name}")),
        }
    }
}
