//! Composes the mail of a delivery from rows that never change.
//!
//! Invariant: the same alert or account mail gives the same bytes on every attempt: its date is the delivery's, its links
//! are made from the delivery's id, and nothing here asks the clock. Two things follow the attempt that carries them: how
//! long an account link works, and a digest, which speaks of what its reader follows (and may read) at that moment.

use atlas_db::alert::alert_change;
use atlas_db::change::{ChangeNotice, change_by_id, change_notice, change_provisions};
use atlas_db::curation::published_analyses;
use atlas_db::delivery::{ClaimedDelivery, DeliveryKind};
use atlas_db::digest::{digest_by_id, digest_changes};
use atlas_db::version::version_head;
use atlas_domain::{AlertId, ChangeId, DigestId, Feature, Hunk, HunkKind, Plan, SummaryLine, urls};
use atlas_mail::links::{MailList, single_use_token, unsubscribe_token};
use atlas_mail::{
    AlertMail, AlreadyRegisteredMail, ConfirmEmailMail, DigestItem, DigestMail, DigestPlatform, Mailbox, OutgoingMail,
    PasswordChangedMail, RenderedMail, ResetPasswordMail, SummaryItem, UpgradeOffer,
};
use atlas_text::diff::{Diff, DiffHunk, hunk_ids};
use sqlx::PgConnection;
use time::{Date, Duration};

use crate::jobs::deliver::link_of;
use crate::{Error, Services, deadline};

/// Changes read for one digest; the mail itself shows fewer and names the rest with a link.
const DIGEST_LIMIT: i64 = 1000;

/// A mail, or why there is none to send.
pub(crate) enum Composed {
    /// Ready to be handed on.
    Mail(Box<OutgoingMail>),
    /// What it speaks of is gone.
    Pointless {
        /// Why, one word.
        reason: &'static str,
    },
}

/// Composes a delivery's mail.
pub(crate) async fn compose(
    connection: &mut PgConnection,
    services: &Services,
    delivery: &ClaimedDelivery,
) -> Result<Composed, Error> {
    let settings = &services.settings;
    let name = Some(delivery.display_name.trim())
        .filter(|name| !name.is_empty())
        .map(str::to_owned);
    let token = || single_use_token(&settings.secret, &delivery.id);
    let imprint = settings.imprint.clone();
    let expires_at = || {
        let works_for = link_of(services, delivery.kind).map_or(Duration::ZERO, |(_, works_for)| works_for);
        services.now() + works_for
    };
    let (rendered, list) = match delivery.kind {
        DeliveryKind::Alert(alert) => match alert_mail(connection, services, delivery, alert, name).await? {
            Some(mail) => (mail.render()?, Some(MailList::Alerts)),
            None => return Ok(Composed::Pointless { reason: "change_gone" }),
        },
        DeliveryKind::Digest(digest) => match digest_mail(connection, services, delivery, digest, name).await? {
            Some(mail) => (mail.render()?, Some(MailList::Digest)),
            None => {
                return Ok(Composed::Pointless {
                    reason: "nothing_to_say",
                });
            }
        },
        DeliveryKind::ConfirmEmail => {
            let confirm_url = settings.url(&urls::confirm_email(&token()));
            (
                ConfirmEmailMail {
                    name,
                    confirm_url,
                    expires_at: expires_at(),
                    imprint,
                }
                .render()?,
                None,
            )
        }
        DeliveryKind::ResetPassword => {
            let reset_url = settings.url(&urls::reset_password(&token()));
            (
                ResetPasswordMail {
                    name,
                    reset_url,
                    expires_at: expires_at(),
                    imprint,
                }
                .render()?,
                None,
            )
        }
        DeliveryKind::AlreadyRegistered => {
            let (log_in_url, reset_url) = (settings.url(urls::LOG_IN), settings.url(urls::FORGOT_PASSWORD));
            (
                AlreadyRegisteredMail {
                    name,
                    log_in_url,
                    reset_url,
                    imprint,
                }
                .render()?,
                None,
            )
        }
        DeliveryKind::PasswordChanged => (
            PasswordChangedMail {
                name,
                changed_at: delivery.created_at,
                reset_url: settings.url(urls::FORGOT_PASSWORD),
                imprint,
            }
            .render()?,
            None,
        ),
    };
    Ok(Composed::Mail(Box::new(addressed(services, delivery, rendered, list)?)))
}

fn addressed(
    services: &Services,
    delivery: &ClaimedDelivery,
    rendered: RenderedMail,
    list: Option<MailList>,
) -> Result<OutgoingMail, Error> {
    let settings = &services.settings;
    let from = if list.is_some() {
        &settings.mail_from_alerts
    } else {
        &settings.mail_from_account
    };
    Ok(OutgoingMail {
        from: from.clone(),
        to: Mailbox::new(None, &delivery.email)?,
        message_id: delivery.message_id.clone(),
        date: delivery.created_at,
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        unsubscribe_url: list.map(|list| unsubscribe_url(services, delivery, list)),
        idempotency_key: delivery.id.to_string(),
    })
}

fn unsubscribe_url(services: &Services, delivery: &ClaimedDelivery, list: MailList) -> String {
    let token = unsubscribe_token(&services.settings.secret, &delivery.recipient_id, list);
    services.settings.url(&urls::unsubscribe(&token))
}

async fn alert_mail(
    connection: &mut PgConnection,
    services: &Services,
    delivery: &ClaimedDelivery,
    alert: AlertId,
    recipient_name: Option<String>,
) -> Result<Option<AlertMail>, Error> {
    let settings = &services.settings;
    let Some(id) = alert_change(connection, alert).await? else {
        return Ok(None);
    };
    let (Some(notice), Some(change)) = (
        change_notice(connection, id).await?,
        change_by_id(connection, id).await?,
    ) else {
        return Ok(None);
    };
    let versions = match (
        version_head(connection, change.old_version_id).await?,
        version_head(connection, change.new_version_id).await?,
    ) {
        (Some(old), Some(new)) => Some((old.number, new.number)),
        _ => None,
    };
    Ok(Some(AlertMail {
        recipient_name,
        why_it_matters: why_it_matters(connection, &notice).await?,
        passages: passages(
            &change.hunks,
            &change
                .summary
                .iter()
                .flat_map(|line| line.hunks.iter().copied())
                .collect::<Vec<_>>(),
        ),
        summary: summary_items(&change.summary, &change.hunks),
        platform: notice.platform_name.clone(),
        document_title: notice.document_title.clone(),
        headline: notice.headline.clone(),
        severity: notice.severity,
        direction: notice.direction,
        materiality: notice.materiality,
        detected_at: notice.detected_at,
        effective_date: notice.effective_date,
        versions,
        record_id: notice.public_id.clone(),
        change_url: change_url(services, &notice),
        document_url: settings.url(&urls::document(&notice.platform_slug, &notice.document_slug)),
        settings_url: settings.url(urls::WATCHES),
        unsubscribe_url: unsubscribe_url(services, delivery, MailList::Alerts),
        is_sample: notice.is_sample,
        imprint: settings.imprint.clone(),
    }))
}

fn change_url(services: &Services, notice: &ChangeNotice) -> String {
    let day = notice.detected_at.date();
    services.settings.url(&urls::change(
        day,
        &notice.platform_slug,
        &notice.document_slug,
        &notice.public_id,
    ))
}

/// The text that readers get on the gravest provision that the change touches; empty if none was written.
async fn why_it_matters(connection: &mut PgConnection, notice: &ChangeNotice) -> Result<String, Error> {
    for provision in change_provisions(connection, notice.id).await? {
        let stance = provision.new_stance.or(provision.old_stance);
        let Some(stance) = stance else { continue };
        let Some(catalogue) = atlas_catalog::analysis(&provision.provision_type, stance) else {
            continue;
        };
        let made = published_analyses(connection, Some((&provision.provision_type, stance))).await?;
        let revised = made.first().and_then(|made| made.revision.as_ref());
        let block = revised.map_or(catalogue, |(_, block)| block);
        let title = atlas_catalog::taxonomy().provision_type(&provision.provision_type);
        return Ok(block
            .why_it_matters
            .replace("{platform}", &notice.platform_name)
            .replace("{document}", &notice.document_title)
            .replace("{title}", title.map_or("", |kind| kind.title.as_str())));
    }
    Ok(String::new())
}

/// The passages that came, went or changed, those that the summary names first.
fn passages(hunks: &[Hunk], named: &[usize]) -> Vec<DiffHunk> {
    let mut shown: Vec<(usize, usize, &Hunk)> = hunks
        .iter()
        .enumerate()
        .filter(|(_, hunk)| matches!(hunk.kind, HunkKind::Added | HunkKind::Removed | HunkKind::Modified))
        .map(|(index, hunk)| {
            (
                named.iter().position(|name| *name == index).unwrap_or(usize::MAX),
                index,
                hunk,
            )
        })
        .collect();
    shown.sort_by_key(|(rank, index, _)| (*rank, *index));
    let named: Vec<DiffHunk> = Diff::passages(hunks);
    shown
        .into_iter()
        .filter_map(|(_, index, _)| named.get(index).cloned())
        .collect()
}

async fn digest_mail(
    connection: &mut PgConnection,
    services: &Services,
    delivery: &ClaimedDelivery,
    digest: DigestId,
    recipient_name: Option<String>,
) -> Result<Option<DigestMail>, Error> {
    let settings = &services.settings;
    let Some(digest) = digest_by_id(connection, digest).await? else {
        return Ok(None);
    };
    let notices = digest_changes(
        connection,
        digest.recipient_id,
        digest.from_seq,
        digest.cut_seq,
        DIGEST_LIMIT,
    )
    .await?;
    if notices.is_empty() {
        return Ok(None);
    }
    let mut platforms: Vec<(String, DigestPlatform)> = Vec::new();
    for notice in &notices {
        let item = digest_item(connection, services, delivery.plan, notice).await?;
        match platforms.iter_mut().find(|(slug, _)| *slug == notice.platform_slug) {
            Some((_, platform)) => platform.items.push(item),
            None => platforms.push((
                notice.platform_slug.clone(),
                DigestPlatform {
                    platform: notice.platform_name.clone(),
                    is_sample: notice.is_sample,
                    items: vec![item],
                },
            )),
        }
    }
    for (_, platform) in &mut platforms {
        platform
            .items
            .sort_by_key(|item| std::cmp::Reverse((item.materiality, item.severity)));
    }
    let last_day = local_day(delivery);
    let offer = (delivery.plan == Plan::Free).then(|| UpgradeOffer {
        line: "Watcher adds ten platforms and a mail the same day a document changes.".to_owned(),
        url: settings.url(urls::PRICING),
    });
    Ok(Some(DigestMail {
        recipient_name,
        first_day: last_day - Duration::days(6),
        last_day,
        platforms: platforms.into_iter().map(|(_, platform)| platform).collect(),
        unchanged: Vec::new(),
        watched_platforms: usize::try_from(
            atlas_db::digest::watched_platforms(connection, digest.recipient_id).await?,
        )?,
        changes_url: settings.url(urls::CHANGES),
        settings_url: settings.url(urls::SETTINGS),
        unsubscribe_url: unsubscribe_url(services, delivery, MailList::Digest),
        upgrade: offer,
        imprint: settings.imprint.clone(),
    }))
}

/// The day before the mail was made, where its reader lives: the last whole day it speaks of.
fn local_day(delivery: &ClaimedDelivery) -> Date {
    let offset = deadline::timestamp(delivery.created_at).map_or(0, |instant| {
        instant.to_zoned(deadline::zone(&delivery.time_zone)).offset().seconds()
    });
    (delivery.created_at + Duration::seconds(i64::from(offset)) - Duration::DAY).date()
}

async fn digest_item(
    connection: &mut PgConnection,
    services: &Services,
    plan: Plan,
    notice: &ChangeNotice,
) -> Result<DigestItem, Error> {
    let (summary, passage) = digest_words(connection, notice.id).await?;
    Ok(DigestItem {
        headline: notice.headline.clone(),
        document_title: notice.document_title.clone(),
        severity: notice.severity,
        direction: notice.direction,
        materiality: notice.materiality,
        detected_at: notice.detected_at,
        effective_date: notice.effective_date,
        summary: if plan.has(Feature::ChangeSummaries) {
            summary
        } else {
            Vec::new()
        },
        passage,
        record_id: notice.public_id.clone(),
        change_url: change_url(services, notice),
    })
}

async fn digest_words(
    connection: &mut PgConnection,
    id: ChangeId,
) -> Result<(Vec<SummaryItem>, Option<DiffHunk>), Error> {
    let Some(change) = change_by_id(connection, id).await? else {
        return Ok((Vec::new(), None));
    };
    let named: Vec<usize> = change
        .summary
        .iter()
        .flat_map(|line| line.hunks.iter().copied())
        .collect();
    let first = passages(&change.hunks, &named).into_iter().next();
    Ok((summary_items(&change.summary, &change.hunks), first))
}

/// The lines of a summary, each with the passage it follows from.
fn summary_items(lines: &[SummaryLine], hunks: &[Hunk]) -> Vec<SummaryItem> {
    let names = hunk_ids(hunks);
    let item = |line: &SummaryLine| SummaryItem {
        text: line.text.clone(),
        passage: line.hunks.first().and_then(|hunk| names.get(*hunk)).cloned(),
    };
    lines.iter().map(item).collect()
}
