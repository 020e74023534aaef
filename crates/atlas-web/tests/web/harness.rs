//! A router over a database of its own, a clock that stands still, and a browser that keeps its cookie.
//!
//! Every test gets a fresh database: a copy of one that was migrated once for this state of the migrations.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use atlas_db::Role;
use atlas_domain::{AccountId, Clock as _, DeliveryId, FixedClock, OrganizationId, Plan, PlatformId};
use atlas_mail::links;
use atlas_web::{WebSettings, WebState};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header},
};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, Executor as _, PgConnection, PgPool, Row as _};
use time::macros::datetime;
use tower::ServiceExt as _;
use uuid::Uuid;

/// A password that is accepted.
pub const PASSWORD: &str = "the heron waits by the weir";

/// The instance under test.
pub struct Instance {
    pub router: Router,
    pub state: WebState,
    pub clock: FixedClock,
    /// Connections as the owner, past row-level security.
    pub owner: PgPool,
    database: String,
    server: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// Where a redirect leads; empty if it is none.
    pub fn location(&self) -> &str {
        self.header("location")
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
    /// `name=value` of the first cookie that was set.
    pub fn cookie(&self) -> Option<String> {
        let cookie = self.headers.get(header::SET_COOKIE)?.to_str().ok()?;
        cookie.split(';').next().map(str::to_owned)
    }
}

fn server() -> String {
    std::env::var("DATABASE_URL").expect("these tests need DATABASE_URL, the address of a PostgreSQL server")
}

fn address(server: &str, database: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(&format!("/{database}"));
    url.to_string()
}

/// The name of the migrated database that every test copies; made by whoever comes first.
async fn template(server: &str) -> String {
    let mut hash = Sha256::new();
    for migration in atlas_db::MIGRATOR.iter() {
        hash.update(&migration.checksum);
    }
    let name = format!("web_template_{}", hex::encode(&hash.finalize()[..6]));
    let mut connection = PgConnection::connect(server).await.unwrap();
    connection.execute("SELECT pg_advisory_lock(7204118)").await.unwrap();
    let known = sqlx::query("SELECT FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut connection)
        .await
        .unwrap();
    if known.is_none() {
        let unfinished = format!("{name}_new");
        run(&mut connection, &format!("DROP DATABASE IF EXISTS {unfinished}")).await;
        run(&mut connection, &format!("CREATE DATABASE {unfinished}")).await;
        let url = address(server, &unfinished);
        atlas_db::migrate(&url).await.unwrap();
        let pool = atlas_db::connect(&url, Role::Owner, 1).await.unwrap();
        atlas_jobs::migrate(&pool).await.unwrap();
        pool.close().await;
        run(
            &mut connection,
            &format!("ALTER DATABASE {unfinished} RENAME TO {name}"),
        )
        .await;
    }
    connection.close().await.unwrap();
    name
}

async fn run(connection: &mut PgConnection, statement: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned()))
        .execute(connection)
        .await
        .unwrap();
}

impl Instance {
    /// An instance on a loopback address.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// An instance with settings of the test's own.
    pub async fn with(adjust: impl FnOnce(&mut WebSettings)) -> Self {
        let server = server();
        let template = template(&server).await;
        let database = format!("web_{}", Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(&server).await.unwrap();
        let copy = format!("CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy");
        run(&mut connection, &copy).await;
        connection.close().await.unwrap();
        let url = address(&server, &database);
        let clock = FixedClock::at(datetime!(2026-11-23 10:00 UTC));
        let secret = SecretString::from("a secret of the tests, long enough".to_owned());
        let mut settings = WebSettings::new("http://127.0.0.1:8080", secret);
        adjust(&mut settings);
        let pool = atlas_db::connect(&url, Role::App, 8).await.unwrap();
        let state = WebState::new(pool, Arc::new(clock.clone()), settings);
        Self {
            router: atlas_web::router(state.clone()),
            state,
            clock,
            owner: atlas_db::connect(&url, Role::Owner, 2).await.unwrap(),
            database,
            server,
        }
    }

    pub fn browser(&self) -> Browser {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let [_, high, middle, low] = number.to_be_bytes();
        Browser {
            router: self.router.clone(),
            // Each browser sits in a /24 of its own, so that only tests that mean it are throttled together.
            address: SocketAddr::from(([10 + high, middle, low, 7], 40_000)),
            cookie: None,
        }
    }

    pub async fn count(&self, query: &str) -> i64 {
        sqlx::query(sqlx::AssertSqlSafe(query.to_owned()))
            .fetch_one(&self.owner)
            .await
            .unwrap()
            .get(0)
    }

    /// The token in the latest mail of a kind to an address.
    pub async fn mailed_token(&self, kind: &str, email: &str) -> Option<String> {
        let row = sqlx::query(
            "SELECT delivery.id FROM delivery JOIN account ON account.id = delivery.recipient_id
             WHERE delivery.kind = $1 AND account.email = $2 ORDER BY delivery.id DESC LIMIT 1",
        )
        .bind(kind)
        .bind(email)
        .fetch_optional(&self.owner)
        .await
        .unwrap()?;
        let id = DeliveryId(row.get::<Uuid, _>(0));
        Some(links::single_use_token(&self.state.settings.secret, &id))
    }

    /// Signs up, confirms and logs in.
    pub async fn member(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        let form = [
            ("name", "Maryam Okafor"),
            ("email", email),
            ("password", PASSWORD),
            ("terms", "on"),
        ];
        let answer = browser.post("/signup", &form).await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, "/signup/check"),
            "{}",
            answer.body
        );
        let token = self
            .mailed_token("confirm_email", email)
            .await
            .expect("a mail was queued");
        let answer = browser.post(&format!("/confirm/{token}"), &[]).await;
        assert_eq!(answer.location(), "/login?notice=confirmed");
        let answer = browser
            .post("/login", &[("email", email), ("password", PASSWORD)])
            .await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, "/app"),
            "{}",
            answer.body
        );
        browser
    }

    pub async fn account_id(&self, email: &str) -> AccountId {
        let row = sqlx::query("SELECT id FROM account WHERE email = $1").bind(email);
        AccountId(row.fetch_one(&self.owner).await.unwrap().get(0))
    }

    pub async fn organization_id(&self, email: &str) -> OrganizationId {
        let row = sqlx::query(
            "SELECT org_id FROM membership JOIN account ON account.id = membership.account_id WHERE email = $1",
        )
        .bind(email);
        OrganizationId(row.fetch_one(&self.owner).await.unwrap().get(0))
    }

    pub async fn set_plan(&self, email: &str, plan: Plan) -> atlas_db::account::PlanChange {
        let organization = self.organization_id(email).await;
        let mut transaction = self.owner.begin().await.unwrap();
        let now = self.clock.now();
        let change = atlas_db::account::organization_set_plan(&mut transaction, organization, plan, now)
            .await
            .unwrap()
            .unwrap();
        transaction.commit().await.unwrap();
        change
    }

    pub async fn platform(&self, slug: &str, name: &str) -> PlatformId {
        let id = PlatformId::generate();
        sqlx::query("INSERT INTO platform (id, slug, name, category, created_at) VALUES ($1, $2, $3, 'ai', $4)")
            .bind(id.uuid())
            .bind(slug)
            .bind(name)
            .bind(self.clock.now())
            .execute(&self.owner)
            .await
            .unwrap();
        id
    }

    /// Platforms `p1` to `p<count>`.
    pub async fn platforms(&self, count: usize) {
        for number in 1..=count {
            self.platform(&format!("p{number}"), &format!("Platform {number}"))
                .await;
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let (server, database) = (self.server.clone(), self.database.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&server).await.unwrap();
                run(
                    &mut connection,
                    &format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"),
                )
                .await;
            });
        })
        .join();
        assert!(dropped.is_ok() || std::thread::panicking());
    }
}

/// A browser: one address, one session cookie, requests that say they come from our own pages.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub address: SocketAddr,
    pub cookie: Option<String>,
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[("sec-fetch-site", "same-origin")], String::new())
            .await
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.send(Method::POST, path, &headers, body).await
    }

    pub async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "127.0.0.1:8080");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let mut request = request.body(Body::from(body)).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.address));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 8 * 1024 * 1024).await.unwrap();
        let gzip = parts.headers.get("content-encoding") == Some(&HeaderValue::from_static("gzip"));
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            body: if gzip {
                String::new()
            } else {
                String::from_utf8_lossy(&body).into_owned()
            },
        };
        if let Some(cookie) = answer.cookie()
            && cookie.contains("session=")
        {
            self.cookie = (!cookie.ends_with('=')).then_some(cookie);
        }
        answer
    }
}
