//! Reads a version: what it says on each question, and what it changed.
//!
//! Invariant: findings, provisions, the change and the mark that all this is complete appear together or not at all;
//! reading a version again changes nothing and only sends its change on again.

use atlas_db::change::{Change, change_insert, change_of_version, change_provision_insert};
use atlas_db::curation::{NewReview, Verdict, review_insert, review_policy, standing_reviews};
use atlas_db::document::{DocumentContext, document_context, document_lock};
use atlas_db::finding::{
    Excerpt, Finding, finding_insert, provision_upsert, version_reading_exists, version_reading_insert,
};
use atlas_db::version::{VersionHead, version_before, version_head, version_text};
use atlas_domain::jobs::{PublishChange, ReadVersion};
use atlas_domain::{
    Actor, Basis, ChangeId, Comparison, Confidence, Favours, FindingId, PolicyText, ProvisionId, Reading, Stance,
    VersionId,
};
use atlas_jobs::Outcome;
use atlas_reading::ProvisionReading;
use sqlx::PgConnection;
use time::UtcOffset;

use crate::confirmation::hold_back;
use crate::counted::words_moved;
use crate::failpoint::failpoint;
use crate::predecessors::{Predecessor, predecessors};
use crate::{Enqueuer, Error, Services, drift, editorial, effects, reanchor, silence};

/// What is read before the work.
pub(super) struct Situation {
    document: DocumentContext,
    pub(super) version: VersionHead,
    pub(super) text: PolicyText,
    /// The version before in the history, which has to be read first.
    previous: Option<VersionId>,
    /// What the text may be judged against: the last version that was not merely seen once, and where the document
    /// goes to and fro, every text of that set.
    pub(super) before: Vec<Predecessor>,
}

/// The result of the work.
struct Work {
    provisions: Vec<ProvisionReading>,
    comparison: Option<Judged>,
}

/// A comparison with one of the versions that came before.
struct Judged {
    /// Its index in [`Situation::before`].
    before: usize,
    comparison: Comparison,
    words_added: i32,
    words_removed: i32,
}

/// Reads a version.
pub(crate) async fn run(services: &Services, queue: &Enqueuer, job: ReadVersion) -> Result<Outcome, Error> {
    let (situation, done) = {
        let mut connection = services.pool.acquire().await?;
        let Some(version) = version_head(&mut connection, job.version_id).await? else {
            return Ok(Outcome::Cancel("the version is gone".to_owned()));
        };
        let done = version_reading_exists(&mut connection, version.id).await?;
        (
            if done {
                None
            } else {
                Some(read(&mut connection, version).await?)
            },
            done,
        )
    };
    let Some(situation) = situation else {
        return if done {
            follow_up(services, queue, &job).await
        } else {
            Ok(Outcome::Done)
        };
    };
    // The change against a version that was not read yet would touch no provision: wait for it.
    if let Some(previous) = situation.previous {
        let mut connection = services.pool.acquire().await?;
        if !version_reading_exists(&mut connection, previous).await? {
            return Ok(Outcome::Snooze(std::time::Duration::from_secs(2)));
        }
    }
    let (situation, work) = work(services, situation).await?;
    failpoint("read.detected");

    let mut transaction = services.pool.begin().await?;
    if !document_lock(&mut transaction, situation.document.document_id).await? {
        return Ok(Outcome::Cancel("the document is gone".to_owned()));
    }
    if version_reading_exists(&mut transaction, job.version_id).await? {
        transaction.rollback().await?;
        return follow_up(services, queue, &job).await;
    }
    let change = write(&mut transaction, services, queue, &situation, work).await?;
    if let Some(change_id) = change {
        queue
            .push(
                &mut transaction,
                &PublishChange {
                    change_id,
                    historical: job.historical,
                },
            )
            .await?;
    }
    failpoint("read.before_commit");
    transaction.commit().await?;
    failpoint("read.committed");
    Ok(Outcome::Done)
}

/// Everything is there: only the change is sent on again.
async fn follow_up(services: &Services, queue: &Enqueuer, job: &ReadVersion) -> Result<Outcome, Error> {
    let mut transaction = services.pool.begin().await?;
    if let Some(change_id) = change_of_version(&mut transaction, job.version_id).await? {
        queue
            .push(
                &mut transaction,
                &PublishChange {
                    change_id,
                    historical: job.historical,
                },
            )
            .await?;
    }
    transaction.commit().await?;
    Ok(Outcome::Done)
}

pub(super) async fn read(connection: &mut PgConnection, version: VersionHead) -> Result<Situation, Error> {
    let document = document_context(connection, version.document_id)
        .await?
        .ok_or(Error::Missing { what: "a document" })?;
    let text = version_text(connection, version.id).await?.ok_or(Error::Missing {
        what: "the text of a version",
    })?;
    let previous = version_before(connection, version.document_id, version.number).await?;
    let before = predecessors(connection, &version).await?;
    Ok(Situation {
        document,
        version,
        text,
        previous: previous.map(|previous| previous.id),
        before,
    })
}

/// Detection and comparison, away from the async threads.
async fn work(services: &Services, situation: Situation) -> Result<(Situation, Work), Error> {
    let detector = std::sync::Arc::clone(&services.detector);
    let taxonomy = services.taxonomy;
    let worked = tokio::task::spawn_blocking(move || {
        let readings = detector.detect(&situation.text);
        let provisions = atlas_reading::merge(taxonomy, &readings);
        let certain = atlas_reading::certain(&readings);
        let favours = |slug: &str, stance: Stance| {
            let rule = taxonomy.provision_type(slug).and_then(|kind| kind.stances.get(&stance));
            rule.map_or(Favours::Neither, |rule| rule.favours)
        };
        let judged = situation.before.iter().enumerate().map(|(index, before)| {
            // Both sides by the same detector: a better one must not look like a change by the platform.
            let old = atlas_reading::certain(&detector.detect(&before.text));
            let comparison = atlas_text::compare_with_readings(&before.text, &situation.text, &old, &certain, &favours);
            let (words_added, words_removed) = words_moved(&comparison.hunks);
            Judged {
                before: index,
                comparison,
                words_added,
                words_removed,
            }
        });
        // The nearest of several texts: what it differs in is what is new.
        let comparison = judged.min_by_key(|judged| judged.words_added.saturating_add(judged.words_removed));
        let work = Work { provisions, comparison };
        (situation, work)
    });
    Ok(worked.await?)
}

async fn write(
    connection: &mut PgConnection,
    services: &Services,
    queue: &Enqueuer,
    situation: &Situation,
    mut work: Work,
) -> Result<Option<ChangeId>, Error> {
    let now = services.now();
    let rubric = i32::try_from(services.taxonomy.rubric_version)?;
    let believed = situation.before.first();
    let asked = believed.into_iter().flat_map(|before| &before.findings);
    let asked = asked.map(|finding| finding.provision_type.as_str()).collect();
    let mut findings = findings(connection, services, situation, &work.provisions, asked).await?;
    // The version whose reviews may hold on: the believed one, or the one before where nothing is compared.
    let believed = situation
        .before
        .first()
        .map(|before| before.version.id)
        .or(situation.previous);
    let reviews = match believed {
        Some(version) => standing_reviews(connection, version).await?,
        None => Vec::new(),
    };
    let carried = reanchor::carry(&reviews, &situation.text.text, &mut findings);
    for finding in &findings {
        finding_insert(
            connection,
            situation.version.id,
            finding,
            services.detector.id(),
            rubric,
            now,
        )
        .await?;
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
    let findings = reanchor::overlaid(&findings, &carried);
    drift::note(connection, services, &situation.version, &findings, &carried).await?;
    let mut written = None;
    if let Some(judged) = work.comparison.take()
        && let Some(before) = situation.before.get(judged.before)
    {
        let Judged {
            comparison,
            words_added,
            words_removed,
            ..
        } = judged;
        let touched = effects::touched(&before.findings, &findings, &comparison.hunks);
        let policy = review_policy(connection).await?;
        let is_sample = situation.document.is_sample;
        let chosen = |choice: &dyn Fn(&effects::Touched<'_>) -> bool| -> Vec<_> {
            touched.iter().filter(|provision| choice(provision)).cloned().collect()
        };
        let certain = chosen(&|provision| provision.is_certain());
        let told = chosen(&|provision| provision.is_told(policy, is_sample));
        let names = editorial::Names {
            platform: &situation.document.platform_name,
            document: &situation.document.document_title,
        };
        let seen = situation.version.captured_at.to_offset(UtcOffset::UTC).date();
        let facts = editorial::facts(&comparison, seen);
        let change = Change {
            id: ChangeId::generate(),
            document_id: situation.version.document_id,
            old_version_id: before.version.id,
            new_version_id: situation.version.id,
            kind: situation.version.kind,
            materiality: comparison.materiality,
            direction: comparison.direction,
            severity: editorial::severity(&comparison, &certain),
            headline: editorial::headline(names, &comparison, &told, services.taxonomy),
            summary: editorial::summary(&comparison, &told, services.taxonomy, seen),
            effective_date: facts.effective,
            notice_days: facts.notice_days,
            affected: comparison.affected,
            retroactive: comparison.retroactive,
            labels: comparison.labels,
            hunks: comparison.hunks,
            signals: comparison.signals,
            words_added,
            words_removed,
            detected_at: situation.version.captured_at,
            rule_version: atlas_text::COMPARE_RULE_VERSION,
        };
        change_insert(connection, &change, now).await?;
        for provision in &touched {
            let Some(finding) = provision.finding() else { continue };
            change_provision_insert(
                connection,
                change.id,
                finding.provision_id,
                provision.effect,
                provision.old.map(|old| old.id),
                provision.new.map(|new| new.id),
            )
            .await?;
        }
        let (document, version) = (&situation.document, &situation.version);
        let number = situation.before.first().map_or(0, |believed| believed.version.number);
        if hold_back(connection, services, queue, document, version, &change, number).await? {
            failpoint("confirm.scheduled");
        }
        written = Some(change.id);
    }
    version_reading_insert(connection, situation.version.id, services.detector.id(), rubric, now).await?;
    Ok(written)
}

/// The findings of the version: what was found, and the silences that are worth saying: of the types that were `asked`
/// before, and of those that its kind of document is asked.
pub(super) async fn findings(
    connection: &mut PgConnection,
    services: &Services,
    situation: &Situation,
    provisions: &[ProvisionReading],
    asked: Vec<&str>,
) -> Result<Vec<Finding>, Error> {
    let now = services.now();
    let document = situation.version.document_id;
    let mut findings = Vec::new();
    for provision in provisions {
        let id = provision_upsert(connection, document, &provision.provision_type, now).await?;
        let mut first = finding(id, 0, &provision.primary);
        first.stance = provision.stance;
        first.severity = provision.severity;
        findings.push(first);
        for (reading, position) in provision.supporting.iter().zip(1..) {
            findings.push(finding(id, position, reading));
        }
    }
    let mut silent = asked;
    silent.extend(silence::expected_types(&situation.document.document_type));
    silent.sort_unstable();
    silent.dedup();
    for slug in silent {
        let Some(kind) = services.taxonomy.provision_type(slug) else {
            continue;
        };
        let spoken = provisions.iter().any(|provision| provision.provision_type == slug);
        let Some(rule) = kind.stances.get(&Stance::Silent).filter(|_| !spoken) else {
            continue;
        };
        let searched = silence::searched(
            &situation.document.document_title,
            situation.text.blocks.len(),
            services.detector.id(),
        );
        findings.push(Finding {
            id: FindingId::generate(),
            provision_id: provision_upsert(connection, document, slug, now).await?,
            provision_type: slug.to_owned(),
            position: 0,
            stance: Stance::Silent,
            severity: rule.severity,
            confidence: Confidence::Inferred,
            basis: Basis::Interpretation,
            actor: Actor::Vendor,
            scope: Some(searched),
            score: 0.0,
            reasons: Vec::new(),
            excerpt: None,
            reviewed: false,
        });
    }
    Ok(findings)
}

fn finding(provision_id: ProvisionId, position: i32, reading: &Reading) -> Finding {
    Finding {
        id: FindingId::generate(),
        provision_id,
        provision_type: reading.provision_type.clone(),
        position,
        stance: reading.stance,
        severity: reading.severity,
        confidence: reading.confidence,
        basis: reading.basis,
        actor: reading.actor,
        scope: reading.scope.clone(),
        score: reading.score,
        reasons: reading.reasons.clone(),
        excerpt: Some(Excerpt {
            text: reading.quote.clone(),
            start: reading.start,
            end: reading.end,
        }),
        reviewed: false,
    }
}
