//! The sample platforms of an instance: their history in the database, their site on loopback, their changes.
//!
//! Invariant: samples take the same way as real platforms (a page over HTTP, a poll, the same jobs) and are marked as
//! samples; only their past is replayed rather than polled.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use atlas_db::{platform::platform_samples_exist, source::source_samples_pause};
use atlas_demo::{CONTENT_SELECTOR, DemoDocument, DemoPlatform, DemoSite, page_html};
use atlas_domain::{DocumentId, ExtractRules, FetchMode, Location, Selector, jobs::Tick};
use atlas_jobs::{Enqueue, enqueue};
use atlas_worker::{
    Services,
    catalogue::{self, DocumentSpec, PlatformSpec},
    replay::{ReplayCapture, ReplayPage, replay_capture},
};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{config::Mode, instance::Instance, progress::Progress, say};

/// The port that the site asks for first, so that its addresses stay the same from start to start.
const PORT: u16 = 8093;
/// How often sample documents are polled by themselves; a step has its document polled at once.
const POLL_SECONDS: u32 = 600;
/// How long a fresh instance waits before something happens.
const FIRST_CHANGE_AFTER: Duration = Duration::from_mins(1);

/// The sample site of an instance, listening but not yet serving.
#[derive(Debug)]
pub(crate) struct Samples {
    site: DemoSite,
    listener: TcpListener,
    address: SocketAddr,
    /// The site listens elsewhere than at the last start, so the sources' addresses change now.
    moved: bool,
}

impl Samples {
    /// Opens the site's state in the data folder and takes a loopback port.
    pub(crate) async fn open(data: &Path) -> Result<Self> {
        let site = site(data)?;
        let remembered = data.join("demo/port");
        let known: Option<u16> = std::fs::read_to_string(&remembered)
            .ok()
            .and_then(|text| text.trim().parse().ok());
        let mut listener = None;
        for port in [known.unwrap_or(PORT), 0] {
            if let Ok(found) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
                listener = Some(found);
                break;
            }
        }
        let listener = listener.context("no loopback port is free for the sample site")?;
        let address = listener.local_addr()?;
        std::fs::create_dir_all(data.join("demo"))?;
        std::fs::write(&remembered, address.port().to_string())?;
        let moved = known.is_some_and(|known| known != address.port());
        Ok(Self {
            site,
            listener,
            address,
            moved,
        })
    }

    /// Where the site listens: the one private address that the instance may fetch.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The site.
    pub(crate) fn site(&self) -> &DemoSite {
        &self.site
    }

    /// Loads the sample platforms and what of their past is not there yet.
    pub(crate) async fn load(&self, services: &Services) -> Result<()> {
        let platforms = atlas_demo::platforms();
        let specs: Vec<_> = platforms.iter().map(|platform| self.spec(platform)).collect();
        catalogue::load(&services.pool, &*services.clock, &specs, services.taxonomy, &mut |_| {}).await?;
        let versions = platforms
            .iter()
            .flat_map(|platform| &platform.documents)
            .map(|document| document.versions.len())
            .sum();
        let progress = Progress::new("samples", versions);
        let mut done = 0;
        for platform in platforms {
            for document in &platform.documents {
                done += self.replay(services, platform, document).await?;
                progress.at(done, &document.title);
            }
        }
        progress.finish(&format!("{} platforms, {versions} versions", platforms.len()));
        Ok(())
    }

    /// Serves the site until told to stop.
    pub(crate) async fn serve(self, shutdown: CancellationToken) -> std::io::Result<()> {
        atlas_web::serve(self.listener, self.site.router(), shutdown).await
    }

    fn spec(&self, platform: &DemoPlatform) -> PlatformSpec {
        PlatformSpec {
            slug: platform.slug.clone(),
            name: platform.name.clone(),
            operator: Some(platform.operator.clone()),
            category: platform.category.clone(),
            website: Some(platform.website.clone()),
            description: platform.description.clone(),
            former_slugs: Vec::new(),
            is_sample: true,
            overwrite: true,
            documents: platform
                .documents
                .iter()
                .map(|document| self.document_spec(platform, document))
                .collect(),
        }
    }

    fn document_spec(&self, platform: &DemoPlatform, document: &DemoDocument) -> DocumentSpec {
        let location = Location {
            url: self.url(platform, document),
            rules: ExtractRules {
                select: vec![Selector::Css(CONTENT_SELECTOR.to_owned())],
                remove: Vec::new(),
            },
            fetch: FetchMode::Plain,
        };
        DocumentSpec {
            slug: document.slug.clone(),
            document_type: document.document_type.clone(),
            title: document.title.clone(),
            locale: None,
            jurisdiction: None,
            plan: None,
            poll_seconds: POLL_SECONDS,
            polled: true,
            locations: vec![location],
            former_rules: Vec::new(),
            // The same rules hold for the replayed past, so that the first poll is not a change of rules.
            rules_since: document
                .versions
                .first()
                .map(|version| version.at)
                .filter(|_| !self.moved),
        }
    }

    fn url(&self, platform: &DemoPlatform, document: &DemoDocument) -> String {
        format!("http://{}/{}/{}", self.address, platform.slug, document.slug)
    }

    /// Replays the past of one document; returns how many versions it has.
    async fn replay(&self, services: &Services, platform: &DemoPlatform, document: &DemoDocument) -> Result<usize> {
        let id = document_id(services, &platform.slug, &document.slug).await?;
        let held = {
            let mut connection = services.pool.acquire().await?;
            atlas_db::version::version_current(&mut connection, id)
                .await?
                .map(|version| version.captured_at)
        };
        for (version, nonce) in document.versions.iter().zip(0..) {
            if held.is_some_and(|held| version.at <= held) {
                continue;
            }
            let page = ReplayPage {
                position: 0,
                url: self.url(platform, document),
                content_type: Some("text/html; charset=utf-8".to_owned()),
                bytes: page_html(platform, document, &version.markdown, nonce).into_bytes(),
            };
            let capture = ReplayCapture {
                captured_at: version.at,
                pages: vec![page],
            };
            replay_capture(services, id, capture, true, false).await?;
        }
        Ok(document.versions.len())
    }
}

/// Production has no samples, also none that an earlier start in another mode left in its database.
pub(crate) async fn refuse(instance: &Instance, pool: &PgPool) -> Result<()> {
    if instance.config.mode == Mode::Production && platform_samples_exist(&mut *pool.acquire().await?).await? {
        bail!("this database holds fictitious sample platforms; production needs a database of its own");
    }
    Ok(())
}

/// Wakes the sample platforms up where their site is served, and lets them rest where it is not: a page that nobody
/// serves is no news of its source.
pub(crate) async fn settle(instance: &Instance, pool: &PgPool, served: bool) -> Result<()> {
    refuse(instance, pool).await?;
    let mut connection = pool.acquire().await?;
    let paused_at = (!served).then(|| instance.clock.now());
    source_samples_pause(&mut connection, paused_at).await?;
    Ok(())
}

/// The state of the sample site in a data folder.
pub(crate) fn site(data: &Path) -> Result<DemoSite> {
    DemoSite::open(data.join("demo/state.json")).context("cannot read the state of the sample site")
}

async fn document_id(services: &Services, platform: &str, document: &str) -> Result<DocumentId> {
    let mut connection = services.pool.acquire().await?;
    atlas_db::document::document_by_slugs(&mut connection, platform, document)
        .await?
        .with_context(|| format!("the sample {platform}/{document} is not in the database"))
}

/// Lets something happen a minute after the first start, once: whoever looks at a fresh instance sees a change arrive.
pub(crate) async fn first_change(services: Arc<Services>, site: DemoSite, shutdown: CancellationToken) {
    if site.has_stepped().unwrap_or(true) {
        return;
    }
    tokio::select! {
        () = shutdown.cancelled() => return,
        () = tokio::time::sleep(FIRST_CHANGE_AFTER) => {}
    }
    // Somebody may have made the first step meanwhile.
    if site.has_stepped().unwrap_or(true) {
        return;
    }
    if let Err(error) = step(&services.pool, &*services.clock, &site, None).await {
        tracing::warn!(error = format!("{error:#}"), "the first sample change did not happen");
    }
}

/// Makes the next change happen, or the next of one document, and has it polled at once.
pub(crate) async fn step(
    pool: &PgPool,
    clock: &dyn atlas_domain::Clock,
    site: &DemoSite,
    only: Option<(&str, &str)>,
) -> Result<()> {
    let stepped = match only {
        Some((platform, document)) => Some(site.step_document(platform, document)?),
        None => site.step()?,
    };
    let stepped = stepped.context("there are no samples")?;
    let mut transaction = pool.begin().await?;
    atlas_db::source::sources_make_due(&mut transaction, stepped.platform, Some(stepped.document), clock.now()).await?;
    enqueue(&mut transaction, &Tick {}, Enqueue::default()).await?;
    transaction.commit().await?;
    say(format!(
        "sample {}/{} has changed and is polled now",
        stepped.platform, stepped.document
    ));
    Ok(())
}
