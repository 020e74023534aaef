//! A world of its own for one test: database, archive, site, clock, mailbox.

use std::sync::Arc;

use atlas_archive::Archive;
use atlas_db::{Role, connect};
use atlas_domain::jobs::{Job, Tick};
use atlas_domain::{
    AccountId, Clock as _, DocumentId, ExtractRules, FetchMode, FixedClock, Location, OrganizationId, Plan, PlatformId,
    Selector, SourceId, WatchId,
};
use atlas_fetch::{FetchSettings, Fetcher};
use atlas_jobs::{Enqueue, enqueue};
use atlas_mail::{MemoryTransport, Transport};
use atlas_reading::RuleDetector;
use atlas_worker::catalogue::{DocumentSpec, PlatformSpec, load};
use atlas_worker::{RelayClass, Services, Settings};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

pub use crate::site::{Answer, FILLER, NO_CHOICE, OPT_IN, OPT_OUT, Site, page, policy};

/// Monday morning.
pub const START: OffsetDateTime = datetime!(2026-11-23 06:00 UTC);

/// A person with an organization of one.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    pub account: AccountId,
    pub organization: OrganizationId,
}

/// Everything that one test needs.
pub struct World {
    pub services: Arc<Services>,
    pub site: Site,
    pub origin: String,
    pub clock: FixedClock,
    pub mails: MemoryTransport,
    /// As the owner: sees and may do everything.
    pub owner: PgPool,
    _archive: tempfile::TempDir,
    database: Database,
}

struct Database {
    admin: String,
    name: String,
}

impl Drop for Database {
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
        let _ = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                if let Ok(mut connection) = PgConnection::connect(&admin).await {
                    let _ = connection
                        .execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")))
                        .await;
                }
            });
        })
        .join();
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A world whose settings are changed before it begins.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::fetching(change, FetchSettings::default()).await
    }

    /// A world whose settings are changed before it begins, and that fetches in a way of its own.
    pub async fn fetching(change: impl FnOnce(&mut Settings), fetch: FetchSettings) -> Self {
        let admin =
            std::env::var("DATABASE_URL").expect("these tests need DATABASE_URL, the address of a PostgreSQL server");
        let name = format!("x_worker_{}", uuid::Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(&admin).await.unwrap();
        connection
            .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .await
            .unwrap();
        let (server, _) = admin.rsplit_once('/').unwrap();
        let url = format!("{server}/{name}");
        let database = Database {
            admin: admin.clone(),
            name,
        };
        atlas_db::migrate(&url).await.unwrap();
        let owner = connect(&url, Role::Owner, 4).await.unwrap();
        atlas_jobs::migrate(&owner).await.unwrap();

        let site = Site::default();
        let port = site.clone().serve().await;
        let archive = tempfile::tempdir().unwrap();
        let clock = FixedClock::at(START);
        let mails = MemoryTransport::default();
        let secret = secrecy::SecretString::from("a secret of the tests, long enough".to_owned());
        let mut settings = Settings::new(
            "http://atlas.test/",
            "ConductAtlas <alerts@atlas.test>",
            "ConductAtlas <account@atlas.test>",
            secret,
        )
        .unwrap();
        // Tests of the second capture ask for it.
        settings.confirm_after = std::time::Duration::ZERO;
        change(&mut settings);
        let fetch = FetchSettings {
            allowed_private: vec![([127, 0, 0, 1], port).into()],
            ..fetch
        };
        let services = Services {
            pool: connect(&url, Role::Worker, 12).await.unwrap(),
            archive: Archive::local(archive.path()).unwrap(),
            fetcher: Arc::new(Fetcher::new(fetch).unwrap()),
            transport: Transport::Memory(mails.clone()),
            clock: Arc::new(clock.clone()),
            detector: Arc::new(RuleDetector::new(atlas_catalog::taxonomy())),
            taxonomy: atlas_catalog::taxonomy(),
            settings,
        };
        Self {
            services: Arc::new(services),
            site,
            origin: format!("http://127.0.0.1:{port}"),
            clock,
            mails,
            owner,
            _archive: archive,
            database,
        }
    }

    /// The name of the database, for a message.
    pub fn database(&self) -> &str {
        &self.database.name
    }

    /// Follows one document at these paths of the site.
    pub async fn follow(&self, paths: &[&str]) -> (DocumentId, SourceId) {
        self.load(paths, "main").await;
        let row: (uuid::Uuid, uuid::Uuid) = sqlx::query_as(
            "SELECT d.id, s.id FROM document d JOIN source s ON s.document_id = d.id WHERE d.slug = 'privacy-policy'",
        )
        .fetch_one(&self.owner)
        .await
        .unwrap();
        (row.0.into(), row.1.into())
    }

    /// Loads the document with a selector: the first time, or as a change of the catalogue.
    pub async fn load(&self, paths: &[&str], select: &str) {
        self.load_in(paths, select, None).await;
    }

    /// The same with a declared language.
    pub async fn load_in(&self, paths: &[&str], select: &str, locale: Option<&str>) {
        let locations = paths
            .iter()
            .map(|path| Location {
                url: format!("{}/{path}", self.origin),
                rules: ExtractRules {
                    select: Some(select)
                        .filter(|select| !select.is_empty())
                        .map(|select| Selector::Css(select.to_owned()))
                        .into_iter()
                        .collect(),
                    remove: Vec::new(),
                },
                fetch: FetchMode::Plain,
            })
            .collect();
        self.load_documents(vec![DocumentSpec {
            slug: "privacy-policy".to_owned(),
            document_type: "Privacy Policy".to_owned(),
            title: "Privacy Policy".to_owned(),
            locale: locale.map(str::to_owned),
            jurisdiction: None,
            plan: None,
            poll_seconds: 3600,
            polled: true,
            locations,
            former_rules: Vec::new(),
            rules_since: None,
        }])
        .await;
    }

    /// Loads the platform with these documents.
    pub async fn load_documents(&self, documents: Vec<DocumentSpec>) {
        let platform = PlatformSpec {
            slug: "halden-ai".to_owned(),
            name: "Halden AI".to_owned(),
            operator: Some("Halden AI Ltd".to_owned()),
            category: "ai-assistants".to_owned(),
            website: None,
            description: "A sample.".to_owned(),
            former_slugs: Vec::new(),
            is_sample: true,
            overwrite: true,
            documents,
        };
        load(
            &self.services.pool,
            &self.clock,
            &[platform],
            self.services.taxonomy,
            &mut |_| {},
        )
        .await
        .unwrap();
    }

    /// A confirmed person who follows the platform.
    pub async fn watcher(&self, name: &str, plan: Plan) -> Person {
        let person = Person {
            account: AccountId::generate(),
            organization: OrganizationId::generate(),
        };
        let now = self.clock.now();
        let statements = [
            format!(
                "INSERT INTO account (id, email, password_hash, time_zone, email_confirmed_at, created_at)
                 VALUES ('{}', '{name}@example.org', 'x', 'Europe/Berlin', '{now}', '{now}')",
                person.account
            ),
            format!(
                "INSERT INTO organization VALUES ('{}', '{name}', '{plan}', '{now}')",
                person.organization
            ),
            format!(
                "INSERT INTO membership VALUES ('{}', '{}', 'owner', '{now}')",
                person.organization, person.account
            ),
        ];
        for statement in statements {
            self.execute(&statement).await;
        }
        self.watch(person, "minor").await;
        person
    }

    /// Follows the platform from now on.
    pub async fn watch(&self, person: Person, threshold: &str) {
        let platform: uuid::Uuid = self.one("SELECT id FROM platform WHERE slug = 'halden-ai'").await;
        self.execute(&format!(
            "INSERT INTO watch (id, org_id, account_id, platform_id, threshold, created_at)
             VALUES ('{}', '{}', '{}', '{}', '{threshold}', '{}')",
            WatchId::generate(),
            person.organization,
            person.account,
            PlatformId(platform),
            self.clock.now(),
        ))
        .await;
    }

    /// Moves the clock on, looks what is due, and runs everything to its end.
    pub async fn after(&self, pause: Duration) {
        self.clock.advance(pause);
        self.enqueue(&Tick {}).await;
        self.run().await;
    }

    /// Runs all due jobs.
    pub async fn run(&self) {
        atlas_worker::run_due(&self.services).await.unwrap();
    }

    pub async fn enqueue<J: Job>(&self, job: &J) {
        let mut connection = self.services.pool.acquire().await.unwrap();
        enqueue(&mut connection, job, Enqueue::default()).await.unwrap();
    }

    /// A statement as the owner.
    pub async fn execute(&self, statement: &str) {
        sqlx::query(AssertSqlSafe(statement.to_owned()))
            .execute(&self.owner)
            .await
            .unwrap_or_else(|error| {
                panic!("{}: {statement}: {error}", self.database());
            });
    }

    /// One value as the owner.
    pub async fn one<T>(&self, query: &str) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        sqlx::query_scalar(AssertSqlSafe(query.to_owned()))
            .fetch_one(&self.owner)
            .await
            .unwrap_or_else(|error| {
                panic!("{}: {query}: {error}", self.database());
            })
    }

    pub async fn count(&self, of: &str) -> i64 {
        self.one(&format!("SELECT count(*) FROM {of}")).await
    }

    /// A column of words, in order.
    pub async fn words(&self, query: &str) -> Vec<String> {
        sqlx::query_scalar(AssertSqlSafe(query.to_owned()))
            .fetch_all(&self.owner)
            .await
            .unwrap()
    }

    /// How the source's last attempt ended.
    pub async fn health(&self) -> String {
        self.one("SELECT coalesce(last_outcome, 'none') FROM source").await
    }

    /// Marks every relay as one that forgets nothing.
    pub const fn idempotent(settings: &mut Settings) {
        settings.relay = RelayClass::Idempotent;
    }
}
