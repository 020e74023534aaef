//! An instance for one test.
//!
//! Invariant: time stands still until the test moves it, the queue runs only when the test says so, and everything
//! else is what production runs: router, accept loop, fetcher, archive, SMTP.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use atlas_archive::Archive;
use atlas_db::{Role, account, document, platform, source};
use atlas_domain::jobs::{Tick, WriteDigests};
use atlas_domain::{
    Clock as _, DocumentId, ExtractRules, FetchMode, FixedClock, Location, Plan, SourceId, SourceRules,
};
use atlas_fetch::{FetchSettings, Fetcher};
use atlas_jobs::{Enqueue, QueuedState};
use atlas_mail::{Transport, testing::SmtpSink};
use atlas_reading::TrainedDetector;
use atlas_web::{WebSettings, WebState};
use atlas_worker::{Services, Settings};
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, PgPool, Row as _};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime, macros::datetime};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{Browser, Mail, ScratchDatabase, SourceSite, scratch::blocking};

/// A password that is accepted.
pub const PASSWORD: &str = "the heron waits by the weir";
/// The secret of every instance of the suite.
pub const SECRET: &str = "a secret of the tests, long enough";
/// Far more jobs than any test leaves.
const ALL_JOBS: i64 = 10_000;

/// A document that the instance follows.
#[derive(Debug, Clone)]
pub struct Document {
    /// Slug of its platform.
    pub platform: String,
    /// Its own slug.
    pub slug: String,
    /// Its path on the test's site.
    pub site_path: String,
    /// Its row.
    pub id: DocumentId,
    /// How it is obtained.
    pub source: SourceId,
}

/// An instance for one test.
#[derive(Debug)]
pub struct TestApp {
    /// The one clock of web and worker.
    pub clock: FixedClock,
    /// The site that is read.
    pub site: SourceSite,
    /// The relay that mails go to.
    pub relay: SmtpSink,
    /// What the jobs work with.
    pub services: Arc<Services>,
    /// Connections as the owner, past row-level security.
    pub owner: PgPool,
    base_url: String,
    shutdown: CancellationToken,
    serving: JoinHandle<()>,
    data: TempDir,
    database: ScratchDatabase,
}

impl TestApp {
    /// An instance on a Wednesday morning.
    pub async fn start() -> Self {
        Self::start_at(datetime!(2026-11-18 09:00 UTC)).await
    }

    /// An instance at an instant.
    pub async fn start_at(now: OffsetDateTime) -> Self {
        Self::start_with(now, &[]).await
    }

    /// An instance that may also read from other loopback addresses.
    pub async fn start_with(now: OffsetDateTime, also: &[std::net::SocketAddr]) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let database = ScratchDatabase::create().await;
        let data = tempfile::tempdir().unwrap();
        let archive = data.path().join("archive");
        std::fs::create_dir_all(&archive).unwrap();
        let (site, relay) = (SourceSite::start().await, SmtpSink::start().await.unwrap());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let clock = FixedClock::at(now);
        let secret = SecretString::from(SECRET.to_owned());
        let mut settings = Settings::new(
            &base_url,
            "Alerts <alerts@atlas.example>",
            "Atlas <account@atlas.example>",
            secret.clone(),
        )
        .unwrap();
        // Tests of the second capture ask for it.
        settings.confirm_after = std::time::Duration::ZERO;
        "ConductAtlas, 1 Test Lane, Loopback".clone_into(&mut settings.imprint);
        let fetcher = Fetcher::new(FetchSettings {
            allowed_private: std::iter::once(site.address()).chain(also.iter().copied()).collect(),
            ..FetchSettings::default()
        })
        .unwrap();
        let services = Arc::new(Services {
            pool: atlas_db::connect(&database.url(), Role::Worker, 4).await.unwrap(),
            archive: Archive::local(&archive).unwrap(),
            fetcher: Arc::new(fetcher),
            transport: Transport::smtp(&relay.url()).unwrap(),
            clock: Arc::new(clock.clone()),
            detector: Arc::new(TrainedDetector::new(atlas_catalog::taxonomy()).unwrap()),
            taxonomy: atlas_catalog::taxonomy(),
            settings,
        });
        let mut web = WebSettings::new(&base_url, secret);
        web.page_cache_ttl = std::time::Duration::ZERO;
        let pool = atlas_db::connect(&database.url(), Role::App, 4).await.unwrap();
        let router = atlas_web::Site::new(WebState::new(pool, Arc::new(clock.clone()), web));
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { atlas_web::serve(listener, router, shutdown).await.unwrap() }
        });
        let owner = atlas_db::connect(&database.url(), Role::Owner, 2).await.unwrap();
        // The catalogue's questions, without its platforms.
        atlas_worker::catalogue::load_types(&services.pool, services.taxonomy)
            .await
            .unwrap();
        Self {
            clock,
            site,
            relay,
            services,
            owner,
            base_url,
            shutdown,
            serving,
            data,
            database,
        }
    }

    /// The services, to be changed between two runs of the queue.
    pub fn services_mut(&mut self) -> &mut Services {
        Arc::get_mut(&mut self.services).expect("no job runs now")
    }
    /// Scheme, host and port of the web server.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
    /// The data folder, with the archive in it.
    pub fn data(&self) -> &Path {
        self.data.path()
    }
    /// The database's address.
    pub fn database_url(&self) -> String {
        self.database.url()
    }
    /// A browser that knows nothing yet.
    pub fn browser(&self) -> Browser {
        Browser::at(&self.base_url)
    }

    /// Adds a platform with one document, whose page is on the test's site at `/{platform}/privacy`.
    pub async fn add_platform(&self, slug: &str, name: &str) -> Document {
        let now = self.clock.now();
        let site_path = format!("/{slug}/privacy");
        let mut transaction = self.services.pool.begin().await.unwrap();
        let fields = platform::PlatformFields {
            slug,
            name,
            operator: Some("Service Ltd"),
            category: "ai-assistants",
            website: None,
            description: "A service of the tests.",
            is_sample: false,
        };
        let platform = platform::platform_upsert(&mut transaction, fields, now).await.unwrap();
        let fields = document::DocumentFields {
            slug: "privacy-policy",
            document_type: "Privacy Policy",
            title: "Privacy Policy",
            locale: "en",
            jurisdiction: None,
            plan: None,
        };
        let id = document::document_upsert(&mut transaction, platform, fields, now)
            .await
            .unwrap();
        let source = source::source_upsert(&mut transaction, id, 3600, Some(now), now)
            .await
            .unwrap();
        let rules = SourceRules {
            locations: vec![Location {
                url: self.site.url(&site_path),
                rules: ExtractRules::default(),
                fetch: FetchMode::Plain,
            }],
            locale: None,
        };
        source::source_revision_insert(&mut transaction, source, &rules, now)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        Document {
            platform: slug.to_owned(),
            slug: "privacy-policy".to_owned(),
            site_path,
            id,
            source,
        }
    }

    /// Lets an hour pass and polls a document through the schedule, as the worker does; runs everything that follows.
    pub async fn poll(&self, document: &Document) {
        self.clock.advance(Duration::HOUR);
        let mut connection = self.services.pool.acquire().await.unwrap();
        source::source_next_poll_update(&mut connection, document.source, self.clock.now())
            .await
            .unwrap();
        atlas_jobs::enqueue(&mut connection, &Tick {}, Enqueue::default())
            .await
            .unwrap();
        drop(connection);
        self.run_due().await;
    }

    /// Runs every due job; none may fail.
    pub async fn run_due(&self) {
        if let Err(error) = atlas_worker::run_due(&self.services).await {
            panic!("a job failed: {error:?}");
        }
    }

    /// Moves the clock and lets the worker look for digests that are due.
    pub async fn write_digests_at(&self, now: OffsetDateTime) {
        self.clock.set(now);
        let mut connection = self.services.pool.acquire().await.unwrap();
        atlas_jobs::enqueue(&mut connection, &WriteDigests {}, Enqueue::default())
            .await
            .unwrap();
        drop(connection);
        self.run_due().await;
    }

    /// Signs up over HTTP; the confirmation mail is sent and not yet opened.
    pub async fn sign_up(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        let form = browser.get("/signup").await.expect_status(200).form("/signup");
        let form = form
            .fill("name", "Maryam")
            .fill("email", email)
            .fill("password", PASSWORD)
            .fill("terms", "on");
        let page = browser.submit(form).await.expect_status(200);
        assert_eq!(page.path, "/signup/check");
        self.run_due().await;
        browser
    }

    /// Opens the link of the confirmation mail and presses its button.
    pub async fn confirm(&self, browser: &mut Browser, email: &str) {
        let mails = self.mails_to(email);
        let link = mails
            .last()
            .expect("a confirmation mail")
            .link(&self.base_url, "/confirm/");
        let page = browser.get(&link).await.expect_status(200);
        let page = browser.submit(page.form(&link)).await.expect_status(200);
        assert_eq!(page.path, "/login?notice=confirmed");
    }

    /// Logs in through the form.
    pub async fn log_in(&self, browser: &mut Browser, email: &str) {
        let form = browser.get("/login").await.expect_status(200).form("/login");
        let page = browser
            .submit(form.fill("email", email).fill("password", PASSWORD).fill("keep", "on"))
            .await;
        assert_eq!((page.status, page.path.as_str()), (200, "/app"), "{}", page.words());
    }

    /// Signs up, confirms and logs in.
    pub async fn member(&self, email: &str) -> Browser {
        let mut browser = self.sign_up(email).await;
        self.confirm(&mut browser, email).await;
        self.log_in(&mut browser, email).await;
        browser
    }

    /// Puts an account's organization on a plan, as `admin plan` does.
    pub async fn set_plan(&self, email: &str, plan: Plan) {
        let mut transaction = self.services.pool.begin().await.unwrap();
        let person = account::account_by_email(&mut transaction, email)
            .await
            .unwrap()
            .expect("an account");
        let membership = account::membership_of_account(&mut transaction, person.id)
            .await
            .unwrap()
            .expect("a member");
        let organization = membership.organization_id;
        account::organization_set_plan(&mut transaction, organization, plan, self.clock.now())
            .await
            .unwrap()
            .unwrap();
        transaction.commit().await.unwrap();
    }

    /// Follows a platform from its page.
    pub async fn watch(&self, browser: &mut Browser, platform: &str) {
        let page = browser.get(&format!("/platform/{platform}")).await.expect_status(200);
        let form = page.form_for("/watch", "platform", platform);
        assert_eq!(
            form.value("action"),
            Some("start"),
            "{platform} cannot be followed: {}",
            page.words()
        );
        browser.submit(form).await.expect_status(200).assert_says("Watching");
    }

    /// Everything that the relay took.
    pub fn mails(&self) -> Vec<Mail> {
        self.relay.accepted().iter().map(Mail::parse).collect()
    }

    /// What the relay took for one address.
    pub fn mails_to(&self, email: &str) -> Vec<Mail> {
        self.mails().into_iter().filter(|mail| mail.to == [email]).collect()
    }

    /// The number that a query over the whole database gives.
    pub async fn count(&self, query: &str) -> i64 {
        sqlx::query(AssertSqlSafe(query.to_owned()))
            .fetch_one(&self.owner)
            .await
            .unwrap()
            .get(0)
    }

    /// What lies in the queue and what became of the mails, for the message of a test that fails.
    pub async fn describe(&self) -> String {
        let mut connection = self.owner.acquire().await.unwrap();
        let jobs = atlas_jobs::queued(&mut connection, ALL_JOBS).await.unwrap();
        let deliveries: Vec<String> = sqlx::query_scalar(
            "SELECT concat_ws(' ', kind, state, attempt, ambiguous_attempts, due_at, lease_until, finished_reason,
                 last_error) FROM delivery ORDER BY id",
        )
        .fetch_all(&mut *connection)
        .await
        .unwrap();
        format!("{jobs:#?}\n{deliveries:#?}")
    }

    /// How many rows each of some tables has.
    pub async fn counts(&self, tables: &[&str]) -> BTreeMap<String, i64> {
        let mut counts = BTreeMap::new();
        for table in tables {
            counts.insert(
                (*table).to_owned(),
                self.count(&format!("SELECT count(*) FROM {table}")).await,
            );
        }
        counts
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.shutdown.cancel();
        self.serving.abort();
        let url = self.database.url();
        let left = blocking(async move {
            let pool = atlas_db::connect(&url, Role::Owner, 1).await.unwrap();
            let mut connection = pool.acquire().await.unwrap();
            // What the next tick would clear away.
            atlas_jobs::forget_superseded(&mut connection).await.unwrap();
            atlas_jobs::queued(&mut connection, ALL_JOBS).await.unwrap()
        });
        let failed: Vec<_> = left
            .into_iter()
            .flatten()
            .filter(|job| job.state == QueuedState::Failed || job.last_error.is_some())
            .collect();
        assert!(
            failed.is_empty() || std::thread::panicking(),
            "jobs failed and were left over: {failed:#?}"
        );
    }
}
