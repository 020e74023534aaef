//! Databases for one test each.
//!
//! Invariant: a scratch database is a copy of one that was migrated once for this state of the migrations, and is
//! dropped with the test.

use atlas_db::Role;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use url::Url;
use uuid::Uuid;

/// Held while the template is made, so that tests that start together make one.
const TEMPLATE_LOCK: i64 = 7_204_120;

/// A database of one test; it is dropped with this value.
#[derive(Debug)]
pub struct ScratchDatabase {
    name: String,
    server: String,
}

impl ScratchDatabase {
    /// Copies the migrated template, making it first if nobody has.
    pub async fn create() -> Self {
        let server = server();
        let template = template(&server).await;
        let name = format!("atlas_{}", Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(&server)
            .await
            .expect("the maintenance database cannot be reached");
        run(
            &mut connection,
            format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"),
        )
        .await;
        connection.close().await.unwrap();
        Self { name, server }
    }

    /// Its address.
    pub fn url(&self) -> String {
        address(&self.server, &self.name)
    }

    /// The number that a query over the whole database gives.
    pub async fn count(&self, query: &str) -> i64 {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        let count = sqlx::query(AssertSqlSafe(query.to_owned()))
            .fetch_one(&mut connection)
            .await
            .unwrap()
            .get(0);
        connection.close().await.unwrap();
        count
    }
}

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        blocking(async move {
            let mut connection = PgConnection::connect(&server).await.unwrap();
            run(&mut connection, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        });
    }
}

/// Does something asynchronous from a place that is not, on a thread of its own.
pub(crate) fn blocking<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    let done = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(work)
    })
    .join();
    assert!(
        done.is_ok() || std::thread::panicking(),
        "cleaning up after the test failed"
    );
    done.ok()
}

/// The address of the server's maintenance database.
fn server() -> String {
    let given = std::env::var("DATABASE_URL").unwrap_or_default();
    assert!(
        !given.is_empty(),
        "the integration suite needs DATABASE_URL, the address of a PostgreSQL server; ./test starts one"
    );
    address(&given, "postgres")
}

fn address(server: &str, database: &str) -> String {
    let mut url = Url::parse(server).expect("DATABASE_URL is not an address");
    url.set_path(database);
    url.to_string()
}

async fn template(server: &str) -> String {
    // The engine's schema is part of the template, so its version is part of the name.
    let mut hash = std::hash::DefaultHasher::new();
    for migration in atlas_db::MIGRATOR.iter() {
        std::hash::Hash::hash(&migration.checksum, &mut hash);
    }
    let name = format!("atlas_template_{:016x}", std::hash::Hasher::finish(&hash));
    let mut connection = PgConnection::connect(server)
        .await
        .expect("the maintenance database cannot be reached");
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut connection)
        .await
        .unwrap();
    let found = sqlx::query("SELECT count(*) FROM pg_database WHERE datname = $1").bind(&name);
    if found.fetch_one(&mut connection).await.unwrap().get::<i64, _>(0) == 0 {
        // Under its name only once it is whole: a test that was killed here leaves no half template behind.
        let unfinished = format!("{name}_new");
        run(
            &mut connection,
            format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"),
        )
        .await;
        run(&mut connection, format!("CREATE DATABASE {unfinished}")).await;
        let url = address(server, &unfinished);
        atlas_db::migrate(&url).await.unwrap();
        let pool = atlas_db::connect(&url, Role::Owner, 1).await.unwrap();
        atlas_jobs::migrate(&pool).await.unwrap();
        pool.close().await;
        run(&mut connection, format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await;
    }
    // Closing gives the lock back.
    connection.close().await.unwrap();
    name
}

/// Runs a statement that takes no parameters. The names in it are our own.
async fn run(connection: &mut PgConnection, statement: String) {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(connection)
        .await
        .unwrap();
}
