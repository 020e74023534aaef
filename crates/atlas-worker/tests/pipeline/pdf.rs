//! A policy that is published as a PDF, from the poll to its version.

use atlas_fetch::PdfReader;
use time::Duration;

use crate::{
    harness::World,
    sample_pdf::{PAGES, pdf},
};

#[tokio::test]
async fn a_pdf_becomes_a_version_whose_blocks_name_its_pages_and_its_change_an_update() {
    if PdfReader::default().find().is_none() {
        eprintln!("skipped: pdftotext (Debian: poppler-utils) is not installed");
        return;
    }
    let world = World::new().await;
    world.site.page("terms", &pdf(&PAGES));
    world.follow(&["terms"]).await;
    world.after(Duration::hours(2)).await;
    assert_eq!(world.health().await, "captured");
    let text: String = world.one("SELECT text FROM version").await;
    assert!(
        text.contains("pictures and other documents that you find there."),
        "{text}"
    );
    assert!(text.contains("unless the law asks us to keep it for longer."), "{text}");
    assert!(
        !text.contains("Page 1") && !text.contains("Halden AI Ltd - Terms"),
        "{text}"
    );
    let anchors: String = world.one("SELECT blocks::text FROM version").await;
    assert!(
        anchors.contains("\"page-1\"") && anchors.contains("\"page-2\""),
        "{anchors}"
    );

    let later = [PAGES[0], &PAGES[1].replace("Norway", "Ireland")];
    world.site.page("terms", &pdf(&later));
    world.after(Duration::hours(2)).await;
    let kinds = world.words("SELECT kind FROM version ORDER BY number").await;
    assert_eq!(kinds, ["first_record", "update"]);
}

#[tokio::test]
async fn a_machine_that_cannot_read_pdf_says_so_and_changes_no_history() {
    let world = World::with(|settings| settings.pdf.program = Some("/does/not/exist".into())).await;
    world.site.page("terms", &pdf(&PAGES));
    world.follow(&["terms"]).await;
    world.after(Duration::hours(2)).await;
    assert_eq!(world.health().await, "tool_missing");
    assert_eq!(world.count("version").await, 0);
    let detail: String = world.one("SELECT last_detail FROM source").await;
    assert!(detail.contains("pdftotext"), "{detail}");
}
