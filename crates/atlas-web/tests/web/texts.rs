//! The editorial texts: who confirmed what, revisions, and what readers get of them; and the preview of the rubric.

use axum::http::StatusCode;
use sqlx::Executor as _;

use crate::{curation::staff, harness::Instance, public::Record};

const EDITOR: &str = "/admin/analyses/model-training-use/permits";
const CONFIRM: &str = "/admin/analyses/model-training-use/permits/confirm";
const PAGE: &str = "/platform/acme/terms/model-training-use";

/// An instance whose pages are made anew for each reader.
async fn fresh() -> Instance {
    Instance::with(|settings| settings.page_cache_ttl = std::time::Duration::ZERO).await
}

/// A whole form; `headline` and `known` are the test's.
fn form<'a>(headline: &'a str, known: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("known", known),
        ("reason", "Plainer words"),
        ("headline", headline),
        ("statement", "What it is."),
        ("why_it_matters", "Why it matters to {platform}."),
        ("interpretive_note", "A note."),
        ("consumer_impact", "For people."),
        ("institutional_impact", "For firms."),
        ("regulatory_landscape", "Laws."),
        ("governance_exposure", "Exposed."),
        ("exposure", "high"),
        ("jurisdiction_flags", "EU | The GDPR.\r\nUS | Little."),
        ("contract_implications", "Ask."),
        ("compliance_considerations", "One.\r\nTwo."),
        ("faq", "May they? | Yes."),
    ]
}

#[tokio::test]
async fn a_text_that_nobody_confirmed_says_so_until_a_person_stands_for_it() {
    let instance = fresh().await;
    let _record = Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let page = instance.browser().get(PAGE).await.body;
    assert!(page.contains("No person has confirmed these texts yet") && page.contains("To be confirmed"));
    let list = curator.get("/admin/analyses?show=confirmed").await.body;
    assert!(list.contains("Confirmed 0") && list.contains("No such text"));

    let editor = curator.get(EDITOR).await.body;
    assert!(editor.contains("confirmed by nobody") && editor.contains("Confirm the catalogue’s text as it is"));
    let answer = curator.post(CONFIRM, &[("revision", "0")]).await;
    assert_eq!(answer.location(), EDITOR);
    let again = curator.post(CONFIRM, &[("revision", "0")]).await;
    assert!(again.status == StatusCode::CONFLICT && again.body.contains("confirmed already"));
    let page = instance.browser().get(PAGE).await.body;
    assert!(page.contains("A person confirmed these texts on 23 Nov 2026"));
    assert!(!page.contains("No person has confirmed these texts yet"));
    let other = instance
        .browser()
        .get("/platform/halden-ai/privacy-policy/model-training-use")
        .await
        .body;
    assert!(
        other.contains("No person has confirmed these texts yet"),
        "another stance is another text"
    );
    let list = curator.get("/admin/analyses?show=confirmed").await.body;
    assert!(list.contains("Confirmed 1") && list.contains("The catalogue’s text, confirmed 23 Nov 2026"));
    assert!(curator.get("/admin/log").await.body.contains("analysis confirmed"));
}

#[tokio::test]
async fn a_confirmation_of_other_words_does_not_hold_for_todays_text() {
    let instance = fresh().await;
    let _record = Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    curator.post(CONFIRM, &[("revision", "0")]).await;
    instance
        .owner
        .execute("UPDATE analysis_confirmation SET catalogue_sha256 = sha256('older words')")
        .await
        .unwrap();
    let page = instance.browser().get(PAGE).await.body;
    assert!(page.contains("No person has confirmed these texts yet"));
}

#[tokio::test]
async fn readers_get_a_revision_when_a_person_confirmed_it_and_every_revision_stays() {
    let instance = fresh().await;
    let _record = Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let saved = curator
        .post(EDITOR, &form("{platform} trains on what you write", "0"))
        .await;
    assert_eq!(saved.location(), EDITOR, "{}", saved.body);
    let page = instance.browser().get(PAGE).await.body;
    assert!(!page.contains("trains on what you write"), "nobody confirmed it");
    let list = curator.get("/admin/analyses?show=waits").await.body;
    assert!(list.contains("A revision waits 1") && list.contains("/admin/analyses/model-training-use/permits"));

    curator.post(CONFIRM, &[("revision", "1")]).await;
    let page = instance.browser().get(PAGE).await.body;
    assert!(page.contains("<h1>Acme Cloud trains on what you write</h1>"));
    assert!(page.contains("Why it matters to Acme Cloud.") && page.contains("A person confirmed these texts"));

    curator
        .post(EDITOR, &form("{platform} trains on everything", "1"))
        .await;
    let page = instance.browser().get(PAGE).await.body;
    assert!(
        page.contains("Acme Cloud trains on what you write"),
        "the newest confirmed one stands"
    );
    let editor = curator.get(EDITOR).await.body;
    for part in [
        "Revision 2",
        "Revision 1",
        "Plainer words",
        "c@example.org",
        "Confirm revision 2",
    ] {
        assert!(editor.contains(part), "{part}");
    }
    let unknown = curator.post(CONFIRM, &[("revision", "7")]).await;
    assert_eq!(unknown.status, StatusCode::CONFLICT);
    for statement in [
        "UPDATE analysis_revision SET reason = 'x'",
        "DELETE FROM analysis_revision",
        "UPDATE analysis_confirmation SET created_at = created_at",
        "DELETE FROM analysis_confirmation",
    ] {
        let error = instance.state.pool.execute(statement).await.unwrap_err();
        assert!(error.to_string().contains("permission denied"), "{statement}: {error}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_revision_is_named_and_nothing_of_it_is_lost() {
    let instance = fresh().await;
    let _record = Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let mut wrong = form("{provider} trains", "0");
    wrong.retain(|(name, _)| *name != "reason");
    wrong.push(("reason", "  "));
    let answer = curator.post(EDITOR, &wrong).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    for part in [
        "Say why the text is another one.",
        "{provider}",
        "{provider} trains</textarea>",
    ] {
        assert!(answer.body.contains(part), "{part}");
    }
    assert_eq!(instance.count("SELECT count(*) FROM analysis_revision").await, 0);
    for unknown in [
        "/admin/analyses/nothing/permits",
        "/admin/analyses/model-training-use/nothing",
    ] {
        assert_eq!(curator.get(unknown).await.status, StatusCode::NOT_FOUND);
        assert_eq!(
            curator.post(unknown, &form("x", "0")).await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn of_two_editors_the_second_is_told_and_an_unchanged_text_is_no_revision() {
    let instance = fresh().await;
    let _record = Record::standard(&instance).await;
    let mut first = staff(&instance, "first@example.org").await;
    let mut second = staff(&instance, "second@example.org").await;
    first.post(EDITOR, &form("{platform} trains", "0")).await;
    let late = second.post(EDITOR, &form("{platform} learns", "0")).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(
        late.body.contains("Somebody saved a revision first") && late.body.contains("{platform} learns</textarea>")
    );
    let same = second.post(EDITOR, &form("{platform} trains", "1")).await;
    assert!(same.status == StatusCode::CONFLICT && same.body.contains("Nothing is changed"));
    assert_eq!(instance.count("SELECT count(*) FROM analysis_revision").await, 1);
}

#[tokio::test]
async fn the_rubric_is_previewed_and_never_changed() {
    let instance = fresh().await;
    let _record = Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let query = "/admin/rubric?type=model-training-use&stance=permits&severity=medium";
    let page = curator.get(query).await.body;
    for part in [
        "1 of 1 current provision would change severity",
        "in 1 document of 1 platform",
        "[types.stances.permits]",
        "severity = &#34;medium&#34;",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let same = curator
        .get("/admin/rubric?type=model-training-use&stance=permits&severity=high")
        .await
        .body;
    assert!(same.contains("0 of 1 current provision would change severity"));
    instance
        .owner
        .execute("UPDATE finding SET review = 'edited' WHERE stance = 'permits'")
        .await
        .unwrap();
    let edited = curator.get(query).await.body;
    assert!(edited.contains("0 of 1 current provision") && edited.contains("1, which stay as they are"));
    for odd in [
        "?type=%00",
        "?type=model-training-use&stance=x&severity=low",
        "?type=nothing&stance=permits&severity=low",
    ] {
        let page = curator.get(&format!("/admin/rubric{odd}")).await;
        assert!(
            page.status == StatusCode::OK && page.body.contains("Choose a question"),
            "{odd}"
        );
    }
    let none = curator
        .get("/admin/rubric?type=arbitration&stance=requires&severity=low")
        .await
        .body;
    assert!(none.contains("No current provision takes this stance."));
}
