//! `admin …`: looking after an instance from its machine.

use std::io::{self, Write as _};

use anyhow::{Context as _, Result, bail, ensure};
use atlas_db::{Role, account, curation};
use atlas_domain::{
    AccountId,
    jobs::{Deliver, Tick},
};
use atlas_jobs::{Enqueue, QueuedState};
use atlas_reading::TrainedDetector;
use atlas_worker::DigestWritten;
use atlas_worker::reextract::{Choice, reextract};
use atlas_worker::training_rows::training_rows;
use sqlx::PgConnection;

use crate::{assembly, cli::Admin, instance::Instance, progress::Progress, say};

/// How many jobs are looked through for those that were given up.
const JOBS_SHOWN: i64 = 10_000;
/// Notes shown at once.
const NOTES_SHOWN: i64 = 1_000;

pub(super) async fn run(instance: &mut Instance, what: Admin) -> Result<()> {
    let pool = instance.pool(Role::Worker).await?;
    let mut transaction = pool.begin().await?;
    match what {
        Admin::Plan { email, plan } => {
            let id = account_id(&mut transaction, &email).await?;
            let organization = account::membership_of_account(&mut transaction, id)
                .await?
                .with_context(|| format!("{email} belongs to no organization"))?
                .organization_id;
            let now = instance.clock.now();
            let change = account::organization_set_plan(&mut transaction, organization, plan, now)
                .await?
                .with_context(|| format!("the organization of {email} is gone"))?;
            transaction.commit().await?;
            say(format!(
                "{email} is on {}: {} watches paused, {} woken",
                plan.label(),
                change.paused,
                change.woken
            ));
        }
        Admin::Staff { email, remove } => {
            let answer = staff(&mut transaction, instance, &email, remove).await?;
            transaction.commit().await?;
            say(answer);
        }
        Admin::Confirm { email } => {
            let id = account_id(&mut transaction, &email).await?;
            account::account_confirm(&mut transaction, id, instance.clock.now()).await?;
            transaction.commit().await?;
            say(format!("the address {email} is confirmed"));
        }
        Admin::Erase { email } => {
            let id = account_id(&mut transaction, &email).await?;
            let organization = account::membership_of_account(&mut transaction, id)
                .await?
                .with_context(|| format!("{email} belongs to no organization"))?
                .organization_id;
            account::account_erase(&mut transaction, id, organization).await?;
            transaction.commit().await?;
            say(format!("the account {email} and everything of its own is deleted"));
        }
        Admin::Poll { platform } => {
            let due = poll(&mut transaction, &platform, None, instance).await?;
            transaction.commit().await?;
            ensure!(due > 0, "no platform with the slug `{platform}` has a source");
            say(format!(
                "{due} sources of {platform} are polled now (a worker must be running)"
            ));
        }
        Admin::Retire {
            platform,
            document,
            undo,
        } => {
            let at = (!undo).then(|| instance.clock.now());
            let slug = document.as_deref();
            let count = atlas_db::document::documents_retire(&mut transaction, &platform, slug, at).await?;
            transaction.commit().await?;
            let name = slug.map_or_else(|| platform.clone(), |slug| format!("{platform}/{slug}"));
            ensure!(
                count > 0,
                "no document of `{name}` is {}",
                if undo { "retired" } else { "followed" }
            );
            say(format!(
                "{count} documents of {name} are {}",
                if undo {
                    "followed again"
                } else {
                    "followed no more; what is held stays"
                }
            ));
        }
        Admin::Digest { email } => {
            let id = account_id(&mut transaction, &email).await?;
            transaction.commit().await?;
            digest(instance, id, &email).await?;
        }
        Admin::Reextract {
            platform,
            document,
            all: _,
            history,
            dry_run,
        } => {
            transaction.commit().await?;
            let choice = Choice {
                platform: platform.as_deref(),
                document: document.as_deref(),
                history,
                dry_run,
            };
            reread(instance, choice).await?;
        }
        Admin::Notes { resolve } => {
            notes(&mut transaction, instance, resolve).await?;
            transaction.commit().await?;
        }
        Admin::ExportRows => {
            let reviewed = curation::reviewed_findings(&mut transaction).await?;
            transaction.commit().await?;
            export_rows(&reviewed)?;
        }
        Admin::Selectors { platform } => {
            // The proposals are read on connections of their own.
            transaction.commit().await?;
            let services = assembly::services(instance, None).await?;
            let proposals = atlas_worker::selectors::propose(&services, platform.as_deref()).await?;
            for proposal in &proposals {
                let selector = proposal.selector.as_deref().unwrap_or("no short selector finds it");
                say(format!("{} {}: {selector}", proposal.document, proposal.url));
            }
            say(format!("{} pages have no selector", proposals.len()));
        }
        Admin::Jobs => {
            let jobs = atlas_jobs::queued(&mut transaction, JOBS_SHOWN).await?;
            // A connection that is still out keeps the pool from closing.
            transaction.commit().await?;
            let failed: Vec<_> = jobs.iter().filter(|job| job.state == QueuedState::Failed).collect();
            for job in &failed {
                let error = job.last_error.as_deref().unwrap_or("no error recorded");
                say(format!(
                    "{} {} {} after {} attempts: {error}",
                    job.id, job.kind, job.payload, job.attempts
                ));
            }
            say(format!(
                "{} jobs were given up, {} are in the queue",
                failed.len(),
                jobs.len()
            ));
        }
        Admin::Requeue { job } => {
            ensure!(
                atlas_jobs::requeue(&mut transaction, job).await?,
                "there is no job {job}"
            );
            transaction.commit().await?;
            say(format!("job {job} runs again"));
        }
    }
    pool.close().await;
    Ok(())
}

/// Appoints or dismisses; returns what became of it.
async fn staff(connection: &mut PgConnection, instance: &Instance, email: &str, remove: bool) -> Result<String> {
    let id = account_id(connection, email).await?;
    let now = instance.clock.now();
    let (changed, action, state) = if remove {
        (
            curation::staff_delete(connection, id).await?,
            "staff_removed",
            "no longer staff",
        )
    } else {
        (
            curation::staff_insert(connection, id, now).await?,
            "staff_added",
            "staff",
        )
    };
    if !changed {
        return Ok(format!("nothing to do for {email}"));
    }
    let noted = curation::NewStaffAction {
        account: None,
        action,
        subject: email,
        path: "",
        detail: "",
    };
    curation::staff_action_insert(connection, noted, now).await?;
    Ok(format!("{email} is {state}"))
}

async fn account_id(connection: &mut PgConnection, email: &str) -> Result<AccountId> {
    let found = account::account_by_email(connection, &email.trim().to_lowercase()).await?;
    Ok(found.with_context(|| format!("no account has the address {email}"))?.id)
}

/// Makes sources due and wakes a worker; returns how many sources.
pub(super) async fn poll(
    connection: &mut PgConnection,
    platform: &str,
    document: Option<&str>,
    instance: &Instance,
) -> Result<u64> {
    let due = atlas_db::source::sources_make_due(connection, platform, document, instance.clock.now()).await?;
    atlas_jobs::enqueue(connection, &Tick {}, Enqueue::default()).await?;
    Ok(due)
}

/// Writes a digest and wakes the sender.
async fn digest(instance: &mut Instance, id: AccountId, email: &str) -> Result<()> {
    let services = assembly::services(instance, None).await?;
    let why_not = match atlas_worker::write_digest_now(&services, id).await? {
        DigestWritten::Mailed => {
            let mut connection = services.pool.acquire().await?;
            atlas_jobs::enqueue(&mut connection, &Deliver {}, Enqueue::default()).await?;
            say(format!(
                "the digest for {email} is on its way (a worker must be running)"
            ));
            return Ok(());
        }
        DigestWritten::Empty => "nothing that matters changed on the platforms they follow",
        DigestWritten::Already => "this week's is written",
        DigestWritten::NotEntitled => "the address is unconfirmed, unsubscribed or suspended, or follows nothing",
    };
    bail!("no digest for {email}: {why_not}")
}

/// Reads stored pages again, with a progress bar, and says what came of it.
async fn reread(instance: &mut Instance, choice: Choice<'_>) -> Result<()> {
    let services = assembly::services(instance, None).await?;
    let mut bar: Option<Progress> = None;
    let report = reextract(&services, choice, &mut |done, total, name| {
        bar.get_or_insert_with(|| Progress::new("reextract", total))
            .at(done, name);
    })
    .await?;
    ensure!(report.versions > 0, "no version of such a document is held");
    let result = format!(
        "{} versions, {} up to date, {} with the same words, {} {}, {} older ones differ, {} refused, {} without bytes, \
         {} postponed",
        report.versions,
        report.up_to_date,
        report.same,
        report.upgraded,
        if choice.dry_run {
            "would be upgraded"
        } else {
            "upgraded"
        },
        report.differing,
        report.refused,
        report.without_bytes,
        report.postponed
    );
    match bar {
        Some(progress) => progress.finish(&result),
        None => say(format!("reextract: {result}")),
    }
    for note in &report.notes {
        say(format!("note: {note}"));
    }
    services.pool.close().await;
    Ok(())
}

/// Prints the rows, and on standard error how many, and what was left out.
fn export_rows(reviewed: &[curation::ReviewedFinding]) -> Result<()> {
    let made = training_rows(&TrainedDetector::new(atlas_catalog::taxonomy())?, reviewed);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for row in &made.rows {
        serde_json::to_writer(&mut out, row)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    say(format!(
        "{} rows: {} rejected, {} edited; left out: {} approved, {} overtaken or repeated, {} rejected with words that \
         another type quotes, {} with a stance that no row expresses",
        made.rows.len(),
        made.rejected(),
        made.rows.len() - made.rejected(),
        made.approved,
        made.repeated,
        made.read_otherwise,
        made.without_label
    ));
    Ok(())
}

/// Lists the open notes, or closes one.
async fn notes(connection: &mut PgConnection, instance: &Instance, resolve: Option<uuid::Uuid>) -> Result<()> {
    if let Some(id) = resolve {
        let closed = atlas_db::curator_note::curator_note_resolve(connection, id.into(), instance.clock.now()).await?;
        ensure!(closed, "there is no open note {id}");
        say(format!("note {id} is closed"));
        return Ok(());
    }
    let open = atlas_db::curator_note::curator_notes_open(connection, NOTES_SHOWN).await?;
    for note in &open {
        say(format!(
            "{} {} {}/{} since {}: {}",
            note.id, note.kind, note.platform_slug, note.document_slug, note.created_at, note.text
        ));
    }
    say(format!("{} notes are open", open.len()));
    Ok(())
}
