//! A migrated database for one test, dropped with it.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};

use atlas_db::{Role, connect, migrate};

/// A database of its own.
pub struct Scratch {
    url: String,
    name: String,
    admin: String,
}

impl Scratch {
    /// Makes and migrates a database beside the one that `DATABASE_URL` names.
    pub async fn new() -> Self {
        let admin =
            std::env::var("DATABASE_URL").expect("these tests need DATABASE_URL, the address of a PostgreSQL server");
        let name = format!("x_db_{}", uuid::Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(&admin).await.unwrap();
        connection
            .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .await
            .unwrap();
        let (server, _) = admin.rsplit_once('/').unwrap();
        let scratch = Self {
            url: format!("{server}/{name}"),
            name,
            admin: admin.clone(),
        };
        migrate(&scratch.url).await.unwrap();
        scratch
    }
    /// Connections under a role.
    pub async fn pool(&self, role: Role, connections: u32) -> PgPool {
        connect(&self.url, role, connections).await.unwrap()
    }
    /// The database's address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Scratch {
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
