//! A server that has never seen us.

use futures::future::join_all;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// Set in the second process of the test, which runs on a server of its own.
const SECOND: &str = "ATLAS_FRESH_CLUSTER";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_databases_of_a_fresh_server_can_be_migrated_at_once() {
    if std::env::var_os(SECOND).is_none() {
        // The command that lends a throw-away server, to this very test.
        let lender = atlas_integration::binary().with_file_name("atlas-postgres");
        let done = tokio::process::Command::new(lender)
            .arg(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "fresh_cluster::several_databases_of_a_fresh_server_can_be_migrated_at_once",
            ])
            .env(SECOND, "1")
            .env_remove("DATABASE_URL")
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let server = url::Url::parse(&std::env::var("DATABASE_URL").unwrap()).unwrap();
    let mut connection = PgConnection::connect(server.as_str()).await.unwrap();
    let mut databases = Vec::new();
    for number in 0..8 {
        let name = format!("at_once_{number}");
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut connection)
            .await
            .unwrap();
        let mut url = server.clone();
        url.set_path(&name);
        databases.push(url.to_string());
    }
    for migrated in join_all(databases.iter().map(|url| atlas_db::migrate(url))).await {
        migrated.unwrap();
    }
}
