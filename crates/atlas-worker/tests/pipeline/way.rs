//! From a page on the web to a mail in somebody's inbox.

use atlas_domain::Plan;
use time::Duration;

use crate::harness::{OPT_IN, OPT_OUT, World, policy};

#[tokio::test]
async fn a_change_that_matters_reaches_a_paying_watcher_in_one_mail_the_same_day() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.watcher("paula", Plan::Watcher).await;
    world.watcher("frida", Plan::Free).await;
    world.after(Duration::minutes(2)).await;
    assert_eq!(world.words("SELECT kind FROM version").await, ["first_record"]);
    assert_eq!(world.health().await, "captured");
    assert!(world.mails.sent().is_empty(), "a first record is no news");

    world.site.page("privacy", &policy(&[OPT_OUT]));
    world.after(Duration::hours(2)).await;
    assert_eq!(
        world.words("SELECT kind FROM version ORDER BY number").await,
        ["first_record", "update"]
    );
    let sent = world.mails.sent();
    assert_eq!(sent.len(), 1, "one mail, to the one who pays: {sent:?}");
    let mail = &sent[0].mail;
    assert_eq!(mail.to.address(), "paula@example.org");
    assert!(mail.subject.contains("Halden AI"), "{}", mail.subject);
    assert!(
        mail.text.contains("unless you opt in"),
        "the words before:\n{}",
        mail.text
    );
    assert!(
        mail.text.contains("unless you opt out"),
        "the words after:\n{}",
        mail.text
    );
    assert!(
        mail.text
            .contains("http://atlas.test/change/2026-11-23-halden-ai-privacy-policy-ca-c-000001")
    );
    assert!(
        mail.unsubscribe_url
            .as_deref()
            .unwrap()
            .starts_with("http://atlas.test/u/")
    );
    let row: (String, i32, String) = sqlx::query_as("SELECT state, attempt, message_id FROM delivery")
        .fetch_one(&world.owner)
        .await
        .unwrap();
    assert_eq!((row.0.as_str(), row.1), ("accepted", 1));
    assert_eq!(row.2, mail.message_id);
    let late: bool = world.one("SELECT accepted_at > send_by FROM delivery").await;
    assert!(!late);

    // Looked at again and again, nothing more is sent.
    for _ in 0..3 {
        world.after(Duration::hours(2)).await;
    }
    assert_eq!(world.mails.sent().len(), 1);
    assert_eq!(world.count("alert").await, 1);
}

#[tokio::test]
async fn the_change_names_the_provision_it_touches_and_quotes_both_versions_exactly() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.after(Duration::minutes(2)).await;
    world.site.page("privacy", &policy(&[OPT_OUT]));
    world.after(Duration::hours(2)).await;
    let touched = world
        .words(
            "SELECT p.provision_type || ' ' || c.effect || ' ' || o.stance || ' ' || n.stance FROM change_provision c
             JOIN provision p ON p.id = c.provision_id JOIN finding o ON o.id = c.old_finding_id
             JOIN finding n ON n.id = c.new_finding_id",
        )
        .await;
    assert_eq!(
        touched,
        ["model-training-use stance_changed permits_opt_in permits_opt_out"]
    );
    let headline: String = world.one("SELECT headline FROM change").await;
    assert!(
        headline.starts_with("Halden AI moves ") && headline.ends_with("from opt-in to opt-out"),
        "{headline}"
    );
    let quoted = world
        .words(
            "SELECT f.excerpt FROM finding f JOIN provision p ON p.id = f.provision_id JOIN version v ON v.id = f.version_id
             WHERE p.provision_type = 'model-training-use' ORDER BY v.number",
        )
        .await;
    assert_eq!(quoted, [OPT_IN, OPT_OUT]);
    // One identity through both versions; what was looked for and not found is a dated finding.
    assert_eq!(
        world
            .count("provision WHERE provision_type = 'model-training-use'")
            .await,
        1
    );
    let silent: i64 = world
        .count("finding WHERE stance = 'silent' AND scope LIKE 'searched: %'")
        .await;
    assert!(silent >= 2, "{silent}");
    assert_eq!(world.count("version_reading").await, 2);
}

#[tokio::test]
async fn a_cosmetic_change_is_kept_and_tells_nobody() {
    let world = World::new().await;
    let contact = "You can reach our staff in Oslo by letter on any working day of the week.";
    world.site.page("privacy", &policy(&[OPT_IN, contact]));
    world.follow(&["privacy"]).await;
    world.watcher("paula", Plan::Watcher).await;
    world.after(Duration::minutes(2)).await;
    // A new date alone is not even another text.
    let dated = policy(&[OPT_IN, contact, "Last updated: 2 November 2026."]);
    world.site.page("privacy", &dated);
    world.after(Duration::hours(2)).await;
    assert_eq!((world.count("version").await, world.count("snapshot").await), (1, 2));
    world.site.page("privacy", &policy(&[contact, OPT_IN]));
    world.after(Duration::hours(2)).await;
    assert_eq!(world.words("SELECT materiality FROM change").await, ["cosmetic"]);
    assert_eq!(world.count("publication").await, 1);
    assert_eq!(world.count("fanout").await, 0);
    assert!(world.mails.sent().is_empty());
}

#[tokio::test]
async fn returning_to_an_earlier_text_is_a_revert_and_never_alerts_twice() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.watcher("paula", Plan::Watcher).await;
    world.after(Duration::minutes(2)).await;
    for round in 0..3 {
        world.site.page("privacy", &policy(&[OPT_OUT]));
        world.after(Duration::hours(2)).await;
        world.site.page("privacy", &policy(&[OPT_IN]));
        world.after(Duration::hours(2)).await;
        assert_eq!(world.mails.sent().len(), 1, "after round {round}");
    }
    let kinds = world.words("SELECT kind FROM version ORDER BY number").await;
    assert_eq!(
        kinds,
        ["first_record", "update", "reverted"],
        "from the second return on, a capture is a sighting of one of two variants"
    );
    let equals: i64 = world
        .count(
            "version v JOIN version o ON o.id = v.equals_version_id
        WHERE v.normal_sha256 = o.normal_sha256 AND o.number < v.number AND o.number <= 2",
        )
        .await;
    assert_eq!(equals, 1);
    assert_eq!(world.count("variant").await, 2);
}

#[tokio::test]
async fn account_mails_carry_a_link_that_works_once_and_stays_the_same_on_a_retry() {
    use atlas_mail::SendError;
    use atlas_mail::links::token_hash;

    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    let person = world.watcher("paula", Plan::Free).await;
    world.execute("UPDATE account SET email_confirmed_at = NULL").await;
    for (kind, seconds) in [
        ("confirm_email", 0),
        ("reset_password", 1),
        ("already_registered", 2),
        ("password_changed", 3),
    ] {
        world
            .execute(&format!(
                "INSERT INTO delivery (id, org_id, recipient_id, kind, message_id, tier, due_at, created_at)
                 VALUES ('{}', '{}', '{}', '{kind}', '{kind}@atlas.test', 0, '{at}', '{at}')",
                atlas_domain::DeliveryId::generate(),
                person.organization,
                person.account,
                at = crate::harness::START + Duration::seconds(seconds),
            ))
            .await;
    }
    for _ in 0..4 {
        world.mails.fail_next(SendError::Transient {
            detail: "connecting: refused".to_owned(),
        });
    }
    world.after(Duration::minutes(2)).await;
    assert!(world.mails.sent().is_empty());
    world.after(Duration::minutes(2)).await;
    let sent = world.mails.sent();
    assert_eq!(sent.len(), 4);
    let told = sent
        .iter()
        .find(|sent| sent.mail.subject.contains("password was changed"));
    assert!(told.unwrap().mail.text.contains("/password/forgot"));
    let token = |part: &str| {
        let text = sent
            .iter()
            .find_map(|sent| sent.mail.text.split_once(part))
            .expect(part)
            .1;
        text.split_whitespace().next().unwrap().to_owned()
    };
    let hashes: Vec<Vec<u8>> = sqlx::query_scalar("SELECT token_hash FROM email_token ORDER BY purpose")
        .fetch_all(&world.owner)
        .await
        .unwrap();
    let expected = [token("/confirm/"), token("/password/reset/")];
    let expected: Vec<Vec<u8>> = expected
        .iter()
        .map(|token| token_hash(token).as_bytes().to_vec())
        .collect();
    assert_eq!(hashes, expected);
    assert!(sent.iter().all(|sent| sent.mail.from.address() == "account@atlas.test"));
    assert!(sent.iter().all(|sent| sent.mail.unsubscribe_url.is_none()));
}
