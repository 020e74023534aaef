//! Texts in another language than their document's: refused where somebody declared one, and only there.

use time::Duration;

use crate::harness::{OPT_IN, World, page, policy};

fn german() -> String {
    let paragraphs = [
        "Diese Hinweise beschreiben, welche personenbezogenen Daten wir erheben, wenn Sie unsere Dienste nutzen, zu welchen \
         Zwecken wir sie verarbeiten und welche Rechte Sie gegenüber uns haben. Sie gelten für alle unsere Angebote.",
        "Wir löschen Ihre Daten innerhalb von dreißig Tagen, nachdem Sie Ihr Konto geschlossen haben, sofern uns das Gesetz \
         nicht dazu verpflichtet, sie länger aufzubewahren. Danach sind sie nicht mehr wiederherzustellen.",
        "Wenn Sie Fragen zu dieser Datenschutzerklärung haben, können Sie sich jederzeit an unseren Beauftragten wenden, der \
         Ihnen innerhalb einer angemessenen Frist und in der Sprache antwortet, in der Sie geschrieben haben.",
    ];
    page("Datenschutzerklärung", &paragraphs)
}

#[tokio::test]
async fn a_text_in_another_language_than_the_declared_one_is_refused_by_name() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.load_in(&["privacy"], "main", Some("en-GB")).await;
    world.after(Duration::hours(2)).await;
    assert_eq!(world.health().await, "captured");
    world.site.page("privacy", &german());
    world.after(Duration::hours(2)).await;
    assert_eq!(world.health().await, "wrong_language");
    let detail: String = world.one("SELECT last_detail FROM source").await;
    assert!(detail.contains("German") && detail.contains("en-GB"), "{detail}");
    assert_eq!(world.count("version").await, 1);
    assert_eq!(world.one::<String>("SELECT locale FROM document").await, "en-GB");
}

#[tokio::test]
async fn a_document_whose_language_nobody_declared_is_followed_in_whatever_it_is_written() {
    let world = World::new().await;
    world.site.page("privacy", &german());
    world.follow(&["privacy"]).await;
    world.after(Duration::hours(2)).await;
    assert_eq!(world.health().await, "captured");
    world
        .site
        .page("privacy", &german().replace("dreißig Tagen", "neunzig Tagen"));
    world.after(Duration::hours(2)).await;
    assert_eq!(world.count("version").await, 2);
    // Once somebody says what it is, that holds.
    world.load_in(&["privacy"], "main", Some("de")).await;
    world.after(Duration::hours(2)).await;
    assert_ne!(world.health().await, "wrong_language");
}
