//! Brings the catalogue into the database: provision types, platforms, documents, sources and their rules.
//!
//! Invariant: loading twice changes nothing the second time; what is no longer shipped is left alone; new rules are a
//! new revision, so that an old snapshot is still read with the rules of its day.

use atlas_catalog::{CatalogueDocument, CataloguePlatform};
use atlas_db::catalogue::{ProvisionTypeFields, provision_type_upsert};
use atlas_db::document::{
    DocumentFields, document_by_slugs, document_catalogued, document_upsert, documents_leave_catalogue,
};
use atlas_db::platform::{PlatformFields, former_platform_slug_upsert, platform_by_slug, platform_upsert};
use atlas_db::source::{source_of_document, source_revision_at, source_revision_insert, source_upsert};
use atlas_domain::{Clock, Location, PlatformId, SourceId, SourceRules, Taxonomy};
use sqlx::{PgConnection, PgPool};
use time::{Duration, OffsetDateTime};

use crate::{Error, micros, spread};

/// A platform to be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformSpec {
    /// Unique slug.
    pub slug: String,
    /// Name as the operator writes it.
    pub name: String,
    /// Who runs it.
    pub operator: Option<String>,
    /// Slug of its category.
    pub category: String,
    /// Address of its home page.
    pub website: Option<String>,
    /// One or two plain sentences.
    pub description: String,
    /// Slugs it had before.
    pub former_slugs: Vec<String>,
    /// Fictitious.
    pub is_sample: bool,
    /// Whether a platform or a document that is there is brought up to date; `false` only adds what is missing.
    pub overwrite: bool,
    /// Its documents.
    pub documents: Vec<DocumentSpec>,
}

/// A document to be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentSpec {
    /// Slug, unique within the platform.
    pub slug: String,
    /// Open Terms Archive's name of the terms type.
    pub document_type: String,
    /// Title as the publisher writes it.
    pub title: String,
    /// Language, BCP 47; `None` where nobody declared one: then the document is shown as English, and a text in another
    /// language is no reason to refuse it.
    pub locale: Option<String>,
    /// Where it applies, if it says so.
    pub jurisdiction: Option<String>,
    /// The plan it applies to, if it says so.
    pub plan: Option<String>,
    /// Seconds between two polls, at least 60.
    pub poll_seconds: u32,
    /// Whether it is polled at all.
    pub polled: bool,
    /// Its pages, in order.
    pub locations: Vec<Location>,
    /// Rules that held before, each with the first instant it held for, oldest first.
    pub former_rules: Vec<(OffsetDateTime, SourceRules)>,
    /// The first instant the present rules hold for; `None`: from when they are first loaded.
    pub rules_since: Option<OffsetDateTime>,
}

impl From<&CataloguePlatform> for PlatformSpec {
    fn from(platform: &CataloguePlatform) -> Self {
        Self {
            slug: platform.slug.clone(),
            name: platform.name.clone(),
            operator: Some(platform.operator.clone()),
            category: platform.category.clone(),
            website: Some(platform.website.clone()),
            description: platform.description.clone(),
            former_slugs: platform.former_slugs.clone(),
            is_sample: false,
            overwrite: true,
            documents: platform.documents.iter().map(DocumentSpec::from).collect(),
        }
    }
}

impl From<&CatalogueDocument> for DocumentSpec {
    fn from(document: &CatalogueDocument) -> Self {
        Self {
            slug: document.slug.clone(),
            document_type: document.document_type.clone(),
            title: document.title.clone(),
            locale: document.locale.clone(),
            jurisdiction: document.jurisdiction.clone(),
            plan: document.plan.clone(),
            poll_seconds: document.poll_hours.saturating_mul(3600),
            polled: true,
            locations: document.locations.clone(),
            former_rules: Vec::new(),
            rules_since: None,
        }
    }
}

/// How far a load has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadProgress<'a> {
    /// Platforms done.
    pub done: usize,
    /// Platforms in all.
    pub total: usize,
    /// The platform just done.
    pub platform: &'a str,
}

/// What a load did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Platforms looked at.
    pub platforms: usize,
    /// Documents looked at.
    pub documents: usize,
    /// Documents left alone because they were there and must not be overwritten.
    pub kept: usize,
    /// Documents that left the catalogue: no longer polled, and kept.
    pub retired: usize,
    /// Rules that were new.
    pub revisions: usize,
    /// Provision types that were new or changed.
    pub provision_types: usize,
}

/// Loads platforms and the taxonomy, one transaction for each platform. `pool` works as the worker or the owner.
///
/// # Errors
/// [`Error::Db`] or [`Error::Database`] if the database refuses; what was done before stays done.
pub async fn load(
    pool: &PgPool,
    clock: &dyn Clock,
    platforms: &[PlatformSpec],
    taxonomy: &Taxonomy,
    progress: &mut (dyn FnMut(LoadProgress<'_>) + Send),
) -> Result<Loaded, Error> {
    let now = micros(clock.now());
    let mut loaded = Loaded {
        provision_types: load_types(pool, taxonomy).await?,
        ..Loaded::default()
    };
    for (platform, done) in platforms.iter().zip(1..) {
        let mut transaction = pool.begin().await?;
        load_platform(&mut transaction, platform, now, &mut loaded).await?;
        transaction.commit().await?;
        progress(LoadProgress {
            done,
            total: platforms.len(),
            platform: &platform.slug,
        });
    }
    Ok(loaded)
}

/// Loads the provision types alone; returns how many were new or changed.
///
/// # Errors
/// [`Error::Db`] or [`Error::Database`] if the database refuses.
pub async fn load_types(pool: &PgPool, taxonomy: &Taxonomy) -> Result<usize, Error> {
    let mut changed = 0;
    let mut transaction = pool.begin().await?;
    for (kind, position) in taxonomy.types.iter().zip(0..) {
        let fields = ProvisionTypeFields {
            slug: &kind.slug,
            title: &kind.title,
            group_code: &kind.group,
            position,
            definition: &kind.definition,
            proposition: &kind.proposition,
            question: &kind.question,
            rubric_version: i32::try_from(taxonomy.rubric_version)?,
        };
        changed += usize::from(provision_type_upsert(&mut transaction, fields).await?);
    }
    transaction.commit().await?;
    Ok(changed)
}

async fn load_platform(
    connection: &mut PgConnection,
    platform: &PlatformSpec,
    now: OffsetDateTime,
    loaded: &mut Loaded,
) -> Result<(), Error> {
    let there = if platform.overwrite {
        None
    } else {
        platform_by_slug(connection, &platform.slug).await?
    };
    let id = match there {
        Some(id) => id,
        None => platform_upsert(connection, fields_of(platform), now).await?,
    };
    for slug in &platform.former_slugs {
        former_platform_slug_upsert(connection, slug, id).await?;
    }
    loaded.platforms += 1;
    for document in &platform.documents {
        loaded.documents += 1;
        let kept = !platform.overwrite
            && document_by_slugs(connection, &platform.slug, &document.slug)
                .await?
                .is_some();
        if kept {
            loaded.kept += 1;
        } else {
            loaded.revisions += load_document(connection, id, document, platform.overwrite, now).await?;
        }
    }
    if platform.overwrite {
        let kept: Vec<String> = platform
            .documents
            .iter()
            .map(|document| document.slug.clone())
            .collect();
        loaded.retired += usize::try_from(documents_leave_catalogue(connection, id, &kept, now).await?)?;
    }
    Ok(())
}

fn fields_of(platform: &PlatformSpec) -> PlatformFields<'_> {
    PlatformFields {
        slug: &platform.slug,
        name: &platform.name,
        operator: platform.operator.as_deref(),
        category: &platform.category,
        website: platform.website.as_deref(),
        description: &platform.description,
        is_sample: platform.is_sample,
    }
}

async fn load_document(
    connection: &mut PgConnection,
    platform: PlatformId,
    document: &DocumentSpec,
    is_catalogue: bool,
    now: OffsetDateTime,
) -> Result<usize, Error> {
    let fields = DocumentFields {
        slug: &document.slug,
        document_type: &document.document_type,
        title: &document.title,
        locale: document.locale.as_deref().unwrap_or("en"),
        jurisdiction: document.jurisdiction.as_deref(),
        plan: document.plan.as_deref(),
    };
    let document_id = document_upsert(connection, platform, fields, now).await?;
    if is_catalogue {
        document_catalogued(connection, document_id).await?;
    }
    let interval = i32::try_from(document.poll_seconds.max(60))?;
    // A first poll soon, but not all of them in the same second.
    let soon = now + Duration::seconds(spread(&[document_id.uuid().as_bytes().as_slice()], 60));
    let first_poll = document.polled.then_some(soon);
    let made = source_of_document(connection, document_id).await?.is_none();
    let source = source_upsert(connection, document_id, interval, first_poll, now).await?;
    let mut revisions = 0;
    for (since, rules) in &document.former_rules {
        revisions += usize::from(add_rules(connection, source, rules, micros(*since), made).await?);
    }
    let rules = SourceRules {
        locations: document.locations.clone(),
        locale: document.locale.clone(),
    };
    let since = document.rules_since.map_or(now, micros);
    revisions += usize::from(add_rules(connection, source, &rules, since, made).await?);
    Ok(revisions)
}

/// Adds rules unless the same hold already at that instant; true if they were added.
async fn add_rules(
    connection: &mut PgConnection,
    source: SourceId,
    rules: &SourceRules,
    since: OffsetDateTime,
    made: bool,
) -> Result<bool, Error> {
    if !made
        && let Some(present) = source_revision_at(connection, source, since).await?
        && present.rules == *rules
    {
        return Ok(false);
    }
    source_revision_insert(connection, source, rules, since).await?;
    Ok(true)
}
