//! Reads a document's versions again with the detector and the rubric in force.
//!
//! Invariant: what we read better is never taken for what a platform changed: no change is written and nobody is told.
//! A version's readings are replaced in one transaction, the oldest version first, and only by the detector that is in
//! force; what a person said holds on where the quoted words are read again or still stand.

use std::sync::Arc;

use atlas_db::curation::{NewReview, Verdict, review_insert, standing_reviews};
use atlas_db::document::document_lock;
use atlas_db::finding::{Finding, finding_insert};
use atlas_db::read_again::{
    detector_started, documents_to_read_again, findings_as_detected, findings_repeat, findings_shown,
    findings_supersede, reading_settle, version_to_read_again,
};
use atlas_db::version::{VersionHead, version_current, version_head};
use atlas_domain::jobs::ReadAgain;
use atlas_domain::{FindingId, Stance};
use atlas_jobs::{Enqueue, Outcome, enqueue};
use sqlx::PgConnection;

use super::read_version::{Situation, findings, read};
use crate::{Error, Services, drift, reanchor};

/// Documents enqueued by one sweep.
const SWEEP: i64 = 200;

/// Says that this worker reads from now on. Without it nothing is read again.
///
/// # Errors
/// [`Error`] of the database.
pub async fn start(services: &Services) -> Result<(), Error> {
    let mut connection = services.pool.acquire().await?;
    let rubric = i32::try_from(services.taxonomy.rubric_version)?;
    detector_started(&mut connection, services.detector.id(), rubric, services.now()).await?;
    Ok(())
}

/// Enqueues the documents that others read.
pub(crate) async fn sweep(services: &Services, connection: &mut PgConnection) -> Result<(), Error> {
    let rubric = i32::try_from(services.taxonomy.rubric_version)?;
    for document_id in documents_to_read_again(connection, services.detector.id(), rubric, SWEEP).await? {
        enqueue(connection, &ReadAgain { document_id }, Enqueue::if_absent()).await?;
    }
    Ok(())
}

/// Reads every version of the document that others read.
pub(crate) async fn run(services: &Services, job: ReadAgain) -> Result<Outcome, Error> {
    let rubric = i32::try_from(services.taxonomy.rubric_version)?;
    let (mut versions, mut changed) = (0_usize, 0_usize);
    loop {
        let situation = {
            let mut connection = services.pool.acquire().await?;
            let next = version_to_read_again(&mut connection, job.document_id, services.detector.id(), rubric).await?;
            let Some(next) = next else { break };
            let Some(version) = version_head(&mut connection, next).await? else {
                break;
            };
            read(&mut connection, version).await?
        };
        match one(services, situation, rubric).await? {
            Some(told) => {
                versions += 1;
                changed += usize::from(told);
            }
            None => break,
        }
    }
    if versions > 0 {
        let document = job.document_id.to_string();
        tracing::info!(
            document,
            versions,
            changed,
            detector = services.detector.id(),
            "read again"
        );
    }
    Ok(Outcome::Done)
}

/// Reads one version again; true if readers see something else than before, `None` if that is nobody's work any more:
/// another run did it, another detector is in force, or the document is gone.
async fn one(services: &Services, situation: Situation, rubric: i32) -> Result<Option<bool>, Error> {
    let detector = Arc::clone(&services.detector);
    let taxonomy = services.taxonomy;
    let (situation, provisions) = tokio::task::spawn_blocking(move || {
        let provisions = atlas_reading::merge(taxonomy, &detector.detect(&situation.text));
        (situation, provisions)
    })
    .await?;
    let (version, document) = (situation.version.id, situation.version.document_id);

    let mut transaction = services.pool.begin().await?;
    if !document_lock(&mut transaction, document).await? {
        return Ok(None);
    }
    let next = version_to_read_again(&mut transaction, document, services.detector.id(), rubric).await?;
    if next != Some(version) {
        return Ok(None);
    }
    let before = findings_as_detected(&mut transaction, version).await?;
    let mut asked: Vec<&str> = before.iter().map(|held| held.provision_type.as_str()).collect();
    asked.extend(
        situation
            .before
            .first()
            .into_iter()
            .flat_map(|known| known.findings.iter().map(|finding| finding.provision_type.as_str())),
    );
    let mut after = findings(&mut transaction, services, &situation, &provisions, asked).await?;
    let changed = replace(
        &mut transaction,
        services,
        (&situation.version, rubric),
        &before,
        &mut after,
        &situation.text.text,
    )
    .await?;
    transaction.commit().await?;
    Ok(Some(changed))
}

/// Puts `after` in the place of `before`; true if readers see something else than before.
async fn replace(
    connection: &mut PgConnection,
    services: &Services,
    (version, rubric): (&VersionHead, i32),
    before: &[Finding],
    after: &mut Vec<Finding>,
    text: &str,
) -> Result<bool, Error> {
    let (now, detector) = (services.now(), services.detector.id());
    let shown = findings_shown(connection, version.id).await?;
    for finding in after.iter_mut() {
        if let Some(held) = before.iter().find(|held| is_repeated(held, finding)) {
            finding.id = held.id;
            finding.reviewed = held.reviewed;
        }
    }
    // What a person said of a finding that is not repeated may hold for another one.
    let mut reviews = standing_reviews(connection, version.id).await?;
    reviews.retain(|review| after.iter().all(|finding| finding.id != review.finding));
    let mut carried = reanchor::carry(&reviews, text, after);
    // What only a person quoted is found again by the review, and is the finding that it was.
    for finding in after.iter_mut() {
        let is_free = |held: &&Finding| held.id == finding.id || !carried.iter().any(|own| own.finding == held.id);
        let held = before.iter().filter(is_free).find(|held| is_repeated(held, finding));
        if let Some(held) = held.filter(|held| held.id != finding.id && held.reviewed) {
            carried.retain(|own| own.finding != finding.id);
            finding.id = held.id;
        }
    }

    let is_held = |finding: &&Finding| before.iter().any(|held| held.id == finding.id);
    let repeated: Vec<&Finding> = after.iter().filter(is_held).collect();
    let gone: Vec<FindingId> = before
        .iter()
        .map(|held| held.id)
        .filter(|id| repeated.iter().all(|finding| finding.id != *id))
        .collect();
    findings_supersede(connection, version.id, &gone, now).await?;
    findings_repeat(connection, version.id, &repeated, detector, rubric).await?;
    for finding in after.iter().filter(|finding| !is_held(finding)) {
        finding_insert(connection, version.id, finding, detector, rubric, now).await?;
    }
    for held in &carried {
        let review = NewReview {
            finding: held.finding,
            known: 0,
            verdict: Verdict::Carried,
            reason: "",
            after: &held.after,
            reviewer: None,
            carried_from: Some(held.from),
        };
        review_insert(connection, &review, now).await?;
    }
    let changed = reading_settle(connection, version.id, detector, rubric, &shown, now).await?;
    let current = version_current(connection, version.document_id).await?;
    if current.is_some_and(|current| current.id == version.id) {
        let told = reanchor::overlaid(after, &carried);
        drift::note(connection, services, version, &told, &carried).await?;
    }
    Ok(changed)
}

/// Whether a reading is the same as one that is held: all that readers see of it but its place.
fn is_repeated(held: &Finding, read: &Finding) -> bool {
    let same = held.provision_id == read.provision_id
        && held.stance == read.stance
        && held.severity == read.severity
        && held.confidence == read.confidence
        && held.basis == read.basis
        && held.actor == read.actor
        && held.excerpt == read.excerpt;
    // Of silence the scope tells what was searched, and with what.
    same && (held.scope == read.scope || held.stance == Stance::Silent)
}
