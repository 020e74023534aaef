//! Years of real policies through the same jobs, where they are present.

use std::path::{Path, PathBuf};

use atlas_integration::{TestApp, shared};
use atlas_worker::import::{ImportOptions, ImportReport, policies};

/// Platforms that are imported here: one in Markdown only, one with raw pages, one of both kinds.
const PLATFORMS: [&str; 3] = ["cursor", "midjourney", "openrouter"];
/// Tables that a repetition must leave as they are.
const TABLES: [&str; 10] = [
    "platform",
    "document",
    "source_revision",
    "capture",
    "snapshot",
    "version",
    "unchanged_run",
    "finding",
    "change",
    "publication",
];

/// A folder of a few platforms of the shared one, by links.
fn some_platforms(documents: &Path, folder: &Path) {
    for platform in PLATFORMS {
        let target: PathBuf = documents.join(platform).canonicalize().unwrap();
        std::os::unix::fs::symlink(target, folder.join(platform)).unwrap();
    }
}

async fn import(app: &TestApp, folder: &Path, historical: bool) -> ImportReport {
    let options = ImportOptions {
        historical,
        ..ImportOptions::default()
    };
    let mut told = 0;
    let report = policies(&app.services, folder, options, &mut |progress| {
        assert!(progress.done > told && progress.done <= progress.total);
        told = progress.done;
    })
    .await
    .unwrap();
    assert!(told > 0, "progress is told");
    report
}

#[tokio::test]
async fn real_policies_are_imported_at_their_own_times_without_telling_anybody() {
    let Some(documents) = shared("policies/documents") else {
        return;
    };
    let app = TestApp::start().await;
    let folder = tempfile::tempdir().unwrap();
    some_platforms(&documents, folder.path());
    let report = import(&app, folder.path(), true).await;
    let versions = i64::try_from(report.counts.versions()).unwrap();
    assert!(report.documents >= 6 && versions >= 20, "{report:?}");
    assert_eq!(app.count("SELECT count(*) FROM version").await, versions);
    assert_eq!(app.count("SELECT count(*) FROM version WHERE NOT historical").await, 0);
    let untimely = "SELECT count(*) FROM version v JOIN version before
        ON before.document_id = v.document_id AND before.number = v.number - 1
        WHERE v.captured_at <= before.captured_at OR v.captured_at > '2026-11-18'";
    assert_eq!(app.count(untimely).await, 0, "history is in the order of its own time");
    assert_eq!(
        app.count("SELECT count(*) FROM version WHERE id NOT IN (SELECT version_id FROM version_reading)")
            .await,
        0
    );
    let unpublished = "SELECT count(*) FROM change WHERE id NOT IN (SELECT change_id FROM publication)";
    assert_eq!(app.count(unpublished).await, 0);
    assert!(
        app.count("SELECT count(*) FROM change WHERE materiality IN ('material', 'critical')")
            .await
            > 0
    );
    assert!(app.count("SELECT count(*) FROM finding WHERE stance <> 'silent'").await > 20);

    // Nobody is told, and the archive holds what its rows say.
    app.run_due().await;
    assert_eq!(app.count("SELECT count(*) FROM fanout").await, 0);
    assert!(app.mails().is_empty());
    let rows: Vec<Vec<u8>> = sqlx::query_scalar("SELECT sha256 FROM snapshot")
        .fetch_all(&app.owner)
        .await
        .unwrap();
    for row in rows {
        let hash = atlas_domain::Sha256::from_slice(&row).unwrap();
        app.services.archive.get(hash).await.unwrap();
    }
    let sources: Vec<uuid::Uuid> = sqlx::query_scalar("SELECT id FROM source")
        .fetch_all(&app.owner)
        .await
        .unwrap();
    let mut connection = app.services.pool.acquire().await.unwrap();
    for source in sources {
        let fault = atlas_worker::chain::verify(&mut connection, source.into())
            .await
            .unwrap();
        assert_eq!(fault, None, "the chain of {source}");
    }
    drop(connection);

    // A second time adds nothing.
    let before = app.counts(&TABLES).await;
    let again = import(&app, folder.path(), true).await;
    assert_eq!(again.counts.versions(), 0, "{again:?}");
    assert_eq!(app.counts(&TABLES).await, before);

    // Every page of every document can be opened.
    let mut visitor = app.browser();
    for platform in PLATFORMS {
        let page = visitor.get(&format!("/platform/{platform}")).await.expect_status(200);
        for link in page.links(&format!("/platform/{platform}/")) {
            visitor.get(&link).await.expect_status(200);
        }
        for link in page.links("/change/") {
            visitor.get(&link).await.expect_status(200);
        }
    }
}
