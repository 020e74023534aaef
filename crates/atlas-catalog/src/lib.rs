//! The reviewed data files of `catalog/`, inside the program: platforms and their documents, editorial comparisons,
//! categories, document types; provision types, regulations and analyses.
//!
//! Invariant: nothing here changes while the program runs, and nothing is half read. Every file is parsed and checked
//! once; [`check`] lists the faults of all of them by file and key, and a shipped catalogue has none (kept by tests).

mod analysis;
mod comparisons;
mod error;
mod files;
mod platforms;
mod quick_facts;
mod taxonomy;
mod words;

pub use analysis::{analysis, analysis_faults};
pub use comparisons::{EditorialComparison, comparison, comparisons};
pub use error::CatalogError;
pub use platforms::{CatalogueDocument, CataloguePlatform, platform, platforms};
pub use quick_facts::{Figure, QuickFact, quick_facts};
pub use taxonomy::taxonomy;
pub use words::{Category, DocumentType, categories, document_type, document_types};

/// Every fault of the catalogue's data files; empty when it may be used. Ask before the catalogue is loaded: a list
/// whose file is at fault is empty.
pub fn check() -> Vec<CatalogError> {
    let mut faults = Vec::new();
    faults.extend(words::loaded_categories().as_ref().err().into_iter().flatten().cloned());
    faults.extend(
        words::loaded_document_types()
            .as_ref()
            .err()
            .into_iter()
            .flatten()
            .cloned(),
    );
    faults.extend(platforms::loaded().as_ref().err().into_iter().flatten().cloned());
    faults.extend(comparisons::loaded().as_ref().err().into_iter().flatten().cloned());
    faults.extend(taxonomy::loaded().as_ref().err().cloned());
    faults.extend(analysis::loaded().as_ref().err().cloned());
    faults.extend(quick_facts::loaded().as_ref().err().into_iter().flatten().cloned());
    faults
}
