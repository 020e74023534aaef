//! Folders of others: histories and declarations.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use atlas_worker::import::{ImportOptions, declarations, policies};

use crate::harness::{OPT_IN, OPT_OUT, World, policy};

fn write(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = std::fs::File::create(&path).unwrap();
    if Path::new(name).extension().is_some_and(|end| end == "gz") {
        let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        packed.write_all(content.as_bytes()).unwrap();
        packed.finish().unwrap();
    } else {
        (&file).write_all(content.as_bytes()).unwrap();
    }
}

#[tokio::test]
async fn a_folder_of_histories_becomes_platforms_documents_and_versions() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(
        root,
        "quillmark/terms-of-service/2025-01-01T00-00-00Z.md",
        "# Terms\n\nYou may use Quillmark. We may change these terms at any time.\n",
    );
    write(
        root,
        "quillmark/terms-of-service/2025-02-01T00-00-00Z.md",
        "# Terms\n\nYou may use Quillmark. We may change these terms with 30 days notice.\n",
    );
    write(root, "halden/privacy/2025-01-01T00-00-00Z.html.gz", &policy(&[OPT_IN]));
    write(
        root,
        "halden/privacy/2025-01-15T00-00-00Z.nochange.html.gz",
        &policy(&[OPT_IN]).replace("<main>", "<!-- --><main>"),
    );
    write(root, "halden/privacy/2025-03-01T00-00-00Z.html.gz", &policy(&[OPT_OUT]));
    write(root, "halden/privacy/broken.txt", "x");
    let mut told = Vec::new();
    let report = policies(&world.services, root, ImportOptions::default(), &mut |progress| {
        told.push(progress);
    })
    .await
    .unwrap();
    assert_eq!((report.documents, report.from_pages), (2, 1));
    assert_eq!(
        (
            report.counts.first_records,
            report.counts.updates,
            report.counts.unchanged
        ),
        (2, 2, 1)
    );
    assert_eq!(report.notes, ["halden/privacy: broken.txt does not begin with a time"]);
    assert_eq!((told.len(), told[0].total, told[4].done), (5, 5, 5));
    assert_eq!(
        world.words("SELECT name FROM platform ORDER BY slug").await,
        ["Halden", "Quillmark"]
    );
    assert_eq!(
        world.count("source WHERE next_poll_at IS NOT NULL").await,
        0,
        "nothing imported is polled"
    );
    assert_eq!(world.count("publication WHERE historical").await, 2);

    let again = policies(&world.services, root, ImportOptions::default(), &mut |_| {})
        .await
        .unwrap();
    assert_eq!((again.counts.versions(), again.counts.again), (0, 5));
    assert_eq!(world.count("version").await, 4);
}

#[tokio::test]
async fn declarations_become_sources_with_a_history_of_rules() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "Quillmark.json",
        r#"{"name": "Quillmark", "terms": {"Terms of Service": {"fetch": "https://quillmark.example/t", "select": "main"},
            "Privacy Policy": {"fetch": "https://quillmark.example/p.pdf"}}}"#,
    );
    write(
        folder.path(),
        "Quillmark.history.json",
        r#"{"Terms of Service": [{"fetch": "https://quillmark.example/old", "select": "body", "validUntil": "2025-06-01T00:00:00Z"}]}"#,
    );
    let (loaded, notes) = declarations(&world.services, folder.path()).await.unwrap();
    assert_eq!((loaded.platforms, loaded.documents, loaded.revisions), (1, 1, 2));
    assert_eq!(notes.len(), 1);
    let (again, _) = declarations(&world.services, folder.path()).await.unwrap();
    assert_eq!((again.kept, again.revisions), (1, 0));
    assert_eq!(world.count("source WHERE next_poll_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn a_history_that_ends_on_the_other_of_two_variants_leaves_its_last_text_standing() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    for (day, text) in [
        (1, OPT_IN),
        (2, OPT_OUT),
        (3, OPT_IN),
        (4, OPT_OUT),
        (5, OPT_IN),
        (6, OPT_OUT),
    ] {
        write(
            folder.path(),
            &format!("halden/privacy/2025-01-{day:02}T00-00-00Z.html.gz"),
            &policy(&[text]),
        );
    }
    let import = || async {
        policies(&world.services, folder.path(), ImportOptions::default(), &mut |_| {})
            .await
            .unwrap()
            .counts
    };
    let counts = import().await;
    assert_eq!(world.count("variant").await, 2, "{counts:?}");
    let standing = "SELECT v.number || ' ' || v.kind FROM version v JOIN standing_version s ON s.version_id = v.id
                    WHERE strpos(v.text, 'unless you opt out') > 0";
    assert_eq!(world.words(standing).await, ["4 reverted"]);
    assert_eq!(world.count("alert").await, 0);
    let again = import().await;
    assert_eq!((again.versions(), again.again), (0, 6));
    assert_eq!(world.words(standing).await, ["4 reverted"]);
}

/// The shared test data beside the checkout, if this machine has it.
fn shared(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(part);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: ../shared/data is not on this machine");
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_histories_pass_through_whole() {
    let Some(all) = shared("policies/documents") else {
        return;
    };
    let world = World::new().await;
    // A few documents of every layout: one page, several pages, Markdown only.
    let folder = tempfile::tempdir().unwrap();
    for document in [
        "claude-ai/commercial-terms",
        "claude-ai/data-processor-agreement",
        "codeium/terms-of-service",
    ] {
        let target = folder.path().join(document);
        std::fs::create_dir_all(&target).unwrap();
        for entry in std::fs::read_dir(all.join(document)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), target.join(entry.file_name())).unwrap();
        }
    }
    std::fs::copy(all.join("../manifest.json"), folder.path().join("manifest.json")).unwrap();
    let report = policies(&world.services, folder.path(), ImportOptions::default(), &mut |_| {})
        .await
        .unwrap();
    let recorded = world.count("version").await;
    assert!(recorded >= 10, "{report:?}");
    assert_eq!(report.counts.versions(), usize::try_from(recorded).unwrap());
    assert_eq!(world.count("version_reading").await, recorded);
    assert_eq!(
        world
            .count("change c LEFT JOIN publication p ON p.change_id = c.id WHERE p.change_id IS NULL")
            .await,
        0
    );
    assert_eq!(world.count("alert").await, 0);
    assert!(report.notes.is_empty(), "{:?}", report.notes);
}

#[tokio::test]
async fn real_declarations_are_understood() {
    let Some(folder) = shared("policies/declarations") else {
        return;
    };
    let world = World::new().await;
    let (loaded, notes) = declarations(&world.services, &folder).await.unwrap();
    assert!(loaded.documents >= 100, "{loaded:?}");
    let unreadable: Vec<_> = notes.iter().filter(|note| note.contains("not a declaration")).collect();
    assert!(unreadable.len() <= 2, "{unreadable:?}");
}
