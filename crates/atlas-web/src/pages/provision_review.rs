//! Whether a person has looked at what a provision's page shows, and when.
//!
//! Invariant: a page counts as reviewed only if the finding that stands for the provision was; passages beside it that
//! nobody looked at are counted.

use atlas_db::view::provision::ProvisionRecord;

use super::words;

/// The state of review, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Review {
    /// Short, for a badge and a fact.
    pub title: String,
    /// The whole sentence.
    pub line: String,
    /// A person looked.
    pub reviewed: bool,
}

impl Review {
    /// Tells of a provision.
    pub(super) fn new(provision: &ProvisionRecord) -> Self {
        let open = provision.supporting.iter().filter(|passage| !passage.reviewed).count();
        let Some(mark) = provision.review else {
            return Self {
                title: "Machine reading".to_owned(),
                line: "Read by machine; no person has reviewed it".to_owned(),
                reviewed: false,
            };
        };
        let day = words::day(mark.at);
        let (title, done) = if mark.corrected {
            ("Corrected", "Read by machine; a person corrected it")
        } else {
            ("Reviewed", "Read by machine; a person found it right")
        };
        let rest = if open == 0 {
            String::new()
        } else {
            format!(
                "; {} not reviewed",
                words::counted(open, "further passage", "further passages")
            )
        };
        Self {
            title: format!("{title} {day}"),
            line: format!("{done} on {day}{rest}"),
            reviewed: true,
        }
    }

    /// What machines are told of the page's status.
    pub(super) fn status(&self) -> &'static str {
        if self.reviewed {
            "Reviewed by a person"
        } else {
            "Machine reading, not reviewed by a person"
        }
    }
}
