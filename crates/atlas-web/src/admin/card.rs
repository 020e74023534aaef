//! A finding as the review queue shows it, with what a curator typed and was asked about.
//!
//! Invariant: what was typed is shown again as it was typed, never as if it were saved.

use atlas_db::curation::{Band, PublishedAnalysis, QueueItem, ReviewedState, Verdict, published_analyses};
use atlas_domain::{AnalysisBlock, Severity, Stance, urls};
use atlas_reading::qualifiers::{Statement, drift};

/// The texts that readers get.
pub(super) struct Texts(Vec<PublishedAnalysis>);

impl Texts {
    pub(super) async fn load(connection: &mut sqlx::PgConnection) -> Result<Self, crate::Error> {
        Ok(Self(published_analyses(connection, None).await?))
    }
    fn block(&self, provision_type: &str, stance: Stance) -> Option<&AnalysisBlock> {
        let is_it = |made: &&PublishedAnalysis| made.provision_type == provision_type && made.stance == stance;
        let revised = self.0.iter().find(is_it).and_then(|made| made.revision.as_ref());
        revised.map_or_else(
            || atlas_catalog::analysis(provision_type, stance),
            |(_, block)| Some(block),
        )
    }
    /// The qualifiers in which what readers are told of a stance differs from the quoted words, as sentences.
    pub(super) fn warnings(
        &self,
        provision_type: &str,
        stance: Stance,
        scope: Option<&str>,
        excerpt: &str,
    ) -> Vec<String> {
        let Some(block) = self.block(provision_type, stance).filter(|_| !excerpt.is_empty()) else {
            return Vec::new();
        };
        let drifts = drift(Statement::of_block(block, stance, scope), excerpt);
        drifts.iter().map(ToString::to_string).collect()
    }
}

/// A finding on a page.
pub(super) struct Card {
    pub item: QueueItem,
    pub band: &'static str,
    pub stances: Vec<Stance>,
    pub page: String,
    pub version: String,
    /// What readers are told of the quotation in one sentence.
    pub told: String,
    /// Qualifiers in which that differs from the quotation, as it stands.
    pub warnings: Vec<String>,
    /// What was typed and not saved.
    pub typed: Option<Typed>,
}

/// An answer that was not saved yet.
pub(super) struct Typed {
    /// Whether it was an edit; else an approval.
    pub is_edit: bool,
    pub stance: Stance,
    pub severity: Severity,
    pub excerpt: String,
    pub reason: String,
    /// What its author is asked to have seen.
    pub warnings: Vec<String>,
}

impl Typed {
    pub(super) fn new(verdict: Verdict, after: &ReviewedState, reason: &str, warnings: Vec<String>) -> Self {
        Self {
            is_edit: verdict == Verdict::Edited,
            stance: after.stance,
            severity: after.severity,
            excerpt: after.excerpt.clone().unwrap_or_default(),
            reason: reason.to_owned(),
            warnings,
        }
    }
}

impl Card {
    pub(super) fn new(item: QueueItem, band: Band, texts: &Texts) -> Self {
        let kind = atlas_catalog::taxonomy().provision_type(&item.provision_type);
        let mut stances: Vec<Stance> = kind
            .map(|kind| kind.stances.keys().copied().collect())
            .unwrap_or_default();
        stances.retain(|stance| *stance != Stance::Silent);
        if !stances.contains(&item.stance) {
            stances.push(item.stance);
        }
        Self {
            page: urls::provision(&item.platform_slug, &item.document_slug, &item.provision_type),
            version: urls::version(&item.platform_slug, &item.document_slug, item.version_number),
            band: band.as_str(),
            stances,
            told: texts
                .block(&item.provision_type, item.stance)
                .map(|block| {
                    let told = block.headline.replace("{platform}", &item.platform_name);
                    told.replace("{document}", &item.document_title)
                })
                .unwrap_or_default(),
            warnings: texts.warnings(&item.provision_type, item.stance, item.scope.as_deref(), &item.excerpt),
            typed: None,
            item,
        }
    }
    /// With what was typed and not saved.
    pub(super) fn typed(self, typed: Option<Typed>) -> Self {
        Self { typed, ..self }
    }
    pub(super) fn score(&self) -> String {
        format!("{:.2}", self.item.score)
    }
    pub(super) fn name(&self) -> String {
        format!("{}, {}", self.item.platform_name, self.item.document_title)
    }
    /// What was typed into the form of the edit.
    pub(super) fn edit(&self) -> Option<&Typed> {
        self.typed.as_ref().filter(|typed| typed.is_edit)
    }
    /// The stance that the form of the edit shows.
    pub(super) fn form_stance(&self) -> Stance {
        self.edit().map_or(self.item.stance, |typed| typed.stance)
    }
    /// The severity that the form of the edit shows.
    pub(super) fn form_severity(&self) -> Severity {
        self.edit().map_or(self.item.severity, |typed| typed.severity)
    }
    /// The quotation that the form of the edit shows.
    pub(super) fn form_excerpt(&self) -> &str {
        self.edit().map_or(&self.item.excerpt, |typed| &typed.excerpt)
    }
    /// The reason that the form of the edit shows.
    pub(super) fn form_reason(&self) -> &str {
        self.edit().map_or("", |typed| &typed.reason)
    }
    /// What the author of an edit is asked to have seen.
    pub(super) fn edit_warnings(&self) -> &[String] {
        self.edit().map_or(&[], |typed| &typed.warnings)
    }
}
