//! The stance matrix of a platform: provision types by group, one column for each document, each cell linked.
//!
//! Invariant: a cell stands for exactly one finding; an empty cell means that the document was not read on the type,
//! or that its passage waits for a person, and silence is a cell of its own. Documents are said to disagree only where
//! one passage favours the reader and another the provider.

use atlas_db::view::platform::{DocumentState, StandingProvision};
use atlas_domain::{Favours, ProvisionType, Severity, Stance, urls};

use super::words;

/// The matrix.
#[derive(Debug, Clone, Default)]
pub(super) struct Matrix {
    /// Documents with a finding, in order.
    pub columns: Vec<Column>,
    /// Groups with a row, in order.
    pub groups: Vec<Group>,
    /// Types on which every document that was read on them is silent.
    pub silent: Vec<SilentType>,
    /// Rows on which documents disagree.
    pub disagreeing: usize,
}

/// One document.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// Its title without the platform's name.
    pub title: String,
    /// The plan that it binds, if not all.
    pub plan: Option<String>,
    /// Its page.
    pub href: String,
    slug: String,
}

/// The rows of one group of types.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// Its title.
    pub title: &'static str,
    /// Types with at least one passage.
    pub rows: Vec<Row>,
}

/// One type.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// The type.
    pub kind: &'static ProvisionType,
    /// Page of the type.
    pub href: String,
    /// One for each column; `None` where the document was not read on the type.
    pub cells: Vec<(String, Option<Cell>)>,
    /// One document favours the reader and another the provider.
    pub disagree: bool,
}

/// What one document says on one type.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// The position.
    pub stance: Stance,
    /// What is at stake; `None` for silence.
    pub severity: Option<Severity>,
    /// Its page.
    pub href: String,
    /// To which plan, region or product the words limit themselves; empty for all.
    pub scope: String,
    /// Other passages of the same document that take another stance.
    pub also: Vec<(Stance, String)>,
}

/// A type on which nothing is said.
#[derive(Debug, Clone)]
pub(super) struct SilentType {
    /// Its title.
    pub title: &'static str,
    /// The finding of silence, with what was searched.
    pub href: String,
    /// Documents that are silent on it.
    pub documents: usize,
}

impl Matrix {
    /// The matrix of what the documents say; with a severity, only rows in which a passage has it.
    pub(super) fn new(
        platform: (&str, &str),
        documents: &[DocumentState],
        provisions: &[StandingProvision],
        severity: Option<Severity>,
    ) -> Self {
        let (slug, name) = platform;
        let columns: Vec<Column> = documents
            .iter()
            .filter(|document| provisions.iter().any(|row| row.document_slug == document.slug))
            .map(|document| Column {
                title: words::bare_title(name, &document.title).to_owned(),
                plan: document.plan.clone(),
                href: urls::document(slug, &document.slug),
                slug: document.slug.clone(),
            })
            .collect();
        let taxonomy = atlas_catalog::taxonomy();
        let mut matrix = Self::default();
        for group in &taxonomy.groups {
            let mut rows = Vec::new();
            for kind in taxonomy.types.iter().filter(|kind| kind.group == group.code) {
                let of_type: Vec<_> = provisions
                    .iter()
                    .filter(|row| row.provision_type == kind.slug)
                    .collect();
                let Some(first) = of_type.first() else { continue };
                if of_type.iter().all(|row| row.stance == Stance::Silent) {
                    matrix.silent.push(SilentType {
                        title: &kind.title,
                        href: urls::provision(slug, &first.document_slug, &kind.slug),
                        documents: of_type.len(),
                    });
                } else if severity.is_none_or(|wanted| of_type.iter().any(|row| counts(row, wanted))) {
                    rows.push(row(slug, kind, &columns, &of_type));
                }
            }
            if !rows.is_empty() {
                let title = &group.title;
                matrix.groups.push(Group { title, rows });
            }
        }
        matrix.disagreeing = matrix
            .groups
            .iter()
            .flat_map(|group| &group.rows)
            .filter(|row| row.disagree)
            .count();
        if severity.is_some() {
            matrix.silent.clear();
        }
        matrix.columns = columns;
        matrix
    }

    /// Columns with the one that names the type.
    pub(super) fn width(&self) -> usize {
        self.columns.len() + 1
    }
}

/// Whether a finding counts towards a severity: silence counts towards none.
pub(super) fn counts(row: &StandingProvision, severity: Severity) -> bool {
    row.stance != Stance::Silent && row.severity == severity
}

/// Whether, of several documents, one favours the reader on a type and another the provider.
pub(super) fn disagree(kind: &ProvisionType, stances: &[Stance]) -> bool {
    let any = |side: Favours| {
        stances
            .iter()
            .filter(|stance| **stance != Stance::Silent)
            .any(|stance| kind.stances.get(stance).is_some_and(|rule| rule.favours == side))
    };
    any(Favours::User) && any(Favours::Provider)
}

fn row(platform: &str, kind: &'static ProvisionType, columns: &[Column], found: &[&StandingProvision]) -> Row {
    Row {
        href: urls::provision_type(&kind.slug),
        cells: columns
            .iter()
            .map(|column| {
                let cell = found.iter().find(|row| row.document_slug == column.slug);
                (column.title.clone(), cell.map(|row| self::cell(platform, row)))
            })
            .collect(),
        disagree: disagree(kind, &found.iter().map(|row| row.stance).collect::<Vec<_>>()),
        kind,
    }
}

fn cell(platform: &str, row: &StandingProvision) -> Cell {
    let silent = row.stance == Stance::Silent;
    let mut also: Vec<(Stance, String)> = Vec::new();
    for other in row.others.iter().filter(|other| other.stance != row.stance) {
        let scope = scope(other.scope.as_deref());
        match also.iter_mut().find(|(stance, _)| *stance == other.stance) {
            Some((_, known)) if known.is_empty() => *known = scope,
            Some(_) => {}
            None => also.push((other.stance, scope)),
        }
    }
    Cell {
        stance: row.stance,
        severity: (!silent).then_some(row.severity),
        href: urls::provision(platform, &row.document_slug, &row.provision_type),
        scope: if silent {
            String::new()
        } else {
            scope(row.scope.as_deref())
        },
        also,
    }
}

fn scope(of: Option<&str>) -> String {
    of.map(|scope| words::clipped(scope, 48)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use atlas_domain::Stance;

    use super::disagree;

    #[test]
    fn documents_disagree_only_where_they_favour_different_sides() {
        let kind = atlas_catalog::taxonomy().provision_type("model-training-use").unwrap();
        let told = |stances: &[Stance]| disagree(kind, stances);
        assert!(told(&[Stance::Prohibits, Stance::Permits]));
        assert!(!told(&[Stance::Prohibits, Stance::Silent]));
        assert!(!told(&[Stance::Permits, Stance::Conditional]));
        assert!(!told(&[Stance::Permits, Stance::PermitsOptOut]));
    }
}
