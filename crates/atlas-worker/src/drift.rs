//! A note to the curators where what readers are told of a quotation has other qualifiers than the quotation.
//!
//! Invariant: one open note for each document, which speaks of its latest reading; it is closed when the next reading finds
//! nothing. What a person reviewed is theirs to answer for and is not looked at.

use atlas_db::curation::{PublishedAnalysis, published_analyses};
use atlas_db::curator_note::{curator_note_settle, curator_note_upsert};
use atlas_db::finding::Finding;
use atlas_db::version::VersionHead;
use atlas_domain::Taxonomy;
use atlas_reading::qualifiers::{Statement, drift};
use sqlx::PgConnection;

use crate::reanchor::Carried;
use crate::{Error, Services};

/// The kind of the note.
const NOTE: &str = "qualifier_drift";
/// Questions that the note quotes; the others are counted.
const QUOTED: usize = 5;

/// Leaves the note on a version that was just read, or closes the one that is there.
pub(crate) async fn note(
    connection: &mut PgConnection,
    services: &Services,
    version: &VersionHead,
    findings: &[Finding],
    carried: &[Carried],
) -> Result<(), Error> {
    let now = services.now();
    let texts = published_analyses(connection, None).await?;
    let unreviewed = |finding: &&Finding| carried.iter().all(|held| held.finding != finding.id);
    let lines: Vec<String> = findings
        .iter()
        .filter(|finding| finding.position == 0)
        .filter(unreviewed)
        .filter(|finding| !finding.reviewed)
        .filter_map(|finding| line(services.taxonomy, &texts, finding))
        .collect();
    if lines.is_empty() {
        curator_note_settle(connection, NOTE, version.document_id, now).await?;
    } else {
        curator_note_upsert(
            connection,
            NOTE,
            version.document_id,
            &words(version.number, &lines),
            now,
        )
        .await?;
    }
    Ok(())
}

/// What differs on one question; `None` if nothing does.
fn line(taxonomy: &Taxonomy, texts: &[PublishedAnalysis], finding: &Finding) -> Option<String> {
    let excerpt = finding.excerpt.as_ref()?;
    let catalogue = atlas_catalog::analysis(&finding.provision_type, finding.stance)?;
    let is_it =
        |made: &&PublishedAnalysis| made.provision_type == finding.provision_type && made.stance == finding.stance;
    let revised = texts.iter().find(is_it).and_then(|made| made.revision.as_ref());
    let block = revised.map_or(catalogue, |(_, block)| block);
    let statement = Statement::of_block(block, finding.stance, finding.scope.as_deref());
    let first = drift(statement, &excerpt.text).into_iter().next()?;
    let title = taxonomy
        .provision_type(&finding.provision_type)
        .map_or(finding.provision_type.as_str(), |kind| kind.title.as_str());
    Some(format!("{title}: {first}"))
}

fn words(number: i32, lines: &[String]) -> String {
    let quoted: Vec<&str> = lines.iter().take(QUOTED).map(String::as_str).collect();
    let rest = match lines.len().saturating_sub(QUOTED) {
        0 => String::new(),
        more => format!(" And {more} more."),
    };
    format!(
        "Version {number}: the statement on {} of its questions has other qualifiers than the quotation. {}{rest}",
        lines.len(),
        quoted.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_note_quotes_five_questions_and_counts_the_others() {
        let lines: Vec<String> = (1..=7).map(|number| format!("Q{number}.")).collect();
        assert_eq!(
            words(3, &lines),
            "Version 3: the statement on 7 of its questions has other qualifiers than the quotation. \
             Q1. Q2. Q3. Q4. Q5. And 2 more."
        );
    }
}
