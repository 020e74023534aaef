//! Machine drafts as staff see them: asked for once, called drafts until a person decides, and seen by no reader.

use axum::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::{curation::staff, harness::Instance, public::Record};

const CLAIM: &str = "They may train on your content.";

async fn version(instance: &Instance) -> Uuid {
    sqlx::query_scalar(
        "SELECT v.id FROM version v JOIN document d ON d.id = v.document_id JOIN platform p ON p.id = d.platform_id
         WHERE p.slug = 'acme'",
    )
    .fetch_one(&instance.owner)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_draft_is_asked_for_once_and_called_a_machine_draft_until_a_person_decides() {
    let instance = Instance::with(|settings| settings.drafting = true).await;
    let _record = Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let version = version(&instance).await.to_string();
    let finding: Uuid = sqlx::query_scalar("SELECT id FROM finding WHERE stance = 'permits'")
        .fetch_one(&instance.owner)
        .await
        .unwrap();
    let item = curator.get(&format!("/admin/review/{finding}")).await.body;
    assert!(item.contains("Ask for a machine draft") && item.contains(&version));
    let asked = curator.post("/admin/drafts", &[("version", &version)]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    let page = asked.location().to_owned();
    assert!(curator.get(&page).await.body.contains("Waits for the model"));
    let twice = curator.post("/admin/drafts", &[("version", &version)]).await;
    assert!(twice.status == StatusCode::CONFLICT && twice.body.contains("waits already"));
    let nothing = curator
        .post("/admin/drafts", &[("version", &Uuid::nil().to_string())])
        .await;
    assert_eq!(nothing.status, StatusCode::CONFLICT);
    let early = curator.post(&page, &[("decision", "confirm")]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);

    let checked = json!({
        "claims": [{"claim": CLAIM, "quote": "We may use your content", "start": 9, "end": 32,
            "provision_type": "model-training-use", "disputed": ["It says “Permits, opt-out”, we read otherwise."]}],
        "dropped": [{"claim": "They never do.", "why": "The claim has no quotation."}],
    });
    sqlx::query("UPDATE draft SET state = 'grounded', checked = $1, raw_answer = '<b>raw</b>', model = 'm-1'")
        .bind(&checked)
        .execute(&instance.owner)
        .await
        .unwrap();
    let draft = curator.get(&page).await.body;
    for words in [
        "Machine draft",
        CLAIM,
        "Disputed",
        "They never do.",
        "&#60;b&#62;raw",
        "m-1",
    ] {
        assert!(draft.contains(words), "{words}");
    }
    let other = curator.post(&page, &[("decision", "perhaps")]).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    let confirmed = curator.post(&page, &[("decision", "confirm")]).await;
    assert_eq!(confirmed.location(), page);
    assert!(curator.get(&page).await.body.contains("Confirmed by a person"));
    assert_eq!(
        curator.post(&page, &[("decision", "discard")]).await.status,
        StatusCode::CONFLICT
    );
    assert!(curator.get("/admin/log").await.body.contains("draft confirmed"));
    for path in [
        "/platform/acme",
        "/platform/acme/terms",
        "/platform/acme/terms/model-training-use",
    ] {
        assert!(!instance.browser().get(path).await.body.contains(CLAIM), "{path}");
    }
}

#[tokio::test]
async fn without_a_model_nothing_is_offered_and_nothing_is_asked() {
    let instance = Instance::start().await;
    let _record = Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    assert!(
        curator
            .get("/admin/drafts")
            .await
            .body
            .contains("Drafting is switched off")
    );
    let version = version(&instance).await.to_string();
    let refused = curator.post("/admin/drafts", &[("version", &version)]).await;
    assert!(refused.status == StatusCode::CONFLICT && refused.body.contains("LLM_BASE_URL"));
    assert_eq!(instance.count("SELECT count(*) FROM draft").await, 0);
    assert_eq!(curator.get("/admin/drafts/x").await.status, StatusCode::NOT_FOUND);
}
