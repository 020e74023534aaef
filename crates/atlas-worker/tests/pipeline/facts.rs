//! What a change record keeps beside its words, and where its sentences lead.

use atlas_domain::Plan;
use time::Duration;

use crate::harness::{OPT_IN, World, policy};

const STATED: &str = "These terms take effect on December 24, 2026, and do not apply retroactively to older content.";
const CHOICE: &str = "Customers on the Enterprise plan can opt out of the new use, and users in California may object \
                      within 30 days.";

#[tokio::test]
async fn a_change_keeps_its_day_of_effect_its_notice_its_groups_and_its_reach_and_the_mail_leads_to_the_passages() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.watcher("paula", Plan::Watcher).await;
    world.after(Duration::minutes(2)).await;
    world.site.page("privacy", &policy(&[OPT_IN, STATED, CHOICE]));
    world.after(Duration::hours(2)).await;
    let (day, notice, reach): (String, Option<i32>, Option<bool>) =
        sqlx::query_as("SELECT effective_date::text, notice_days, retroactive FROM change")
            .fetch_one(&world.owner)
            .await
            .unwrap();
    assert_eq!((day.as_str(), notice, reach), ("2026-12-24", Some(31), Some(false)));
    let groups =
        "SELECT g ->> 'kind' || ' ' || (g ->> 'name') FROM change, jsonb_array_elements(affected) g ORDER BY 1";
    assert_eq!(world.words(groups).await, ["plan Enterprise", "region California"]);
    let untied = "SELECT line ->> 'text' FROM change, jsonb_array_elements(summary) line
                  WHERE jsonb_array_length(line -> 'hunks') = 0
                     OR (line -> 'hunks' ->> 0)::int >= jsonb_array_length(hunks)";
    assert_eq!(world.words(untied).await, Vec::<String>::new());
    let lines = world
        .words(
            "SELECT line ->> 'text' FROM change, jsonb_array_elements(summary) line WHERE line ->> 'kind' <> 'added'",
        )
        .await;
    for expected in [
        "The new text says it applies from 24 December 2026.",
        "First seen on 23 November 2026: 31 days of notice.",
        "It says that it does not hold for what was before it.",
        "Changed passages name a plan (Enterprise), a region (California).",
    ] {
        assert!(lines.iter().any(|line| line == expected), "no {expected}: {lines:#?}");
    }
    let quoted = |label: &str| {
        lines
            .iter()
            .any(|line| line.starts_with(label) && line.contains("Enterprise plan can"))
    };
    assert!(
        quoted("It names an opt-out: “") && quoted("It sets a deadline: “"),
        "{lines:#?}"
    );
    let sent = world.mails.sent();
    let mail = &sent[0].mail;
    let (_, line) = mail
        .text
        .split_once("The new text says it applies from 24 December 2026.")
        .unwrap();
    let link = line.lines().nth(1).unwrap().trim();
    assert!(
        link.starts_with("http://atlas.test/change/") && link.contains("#h-"),
        "{link}"
    );
    assert!(mail.html.contains(&format!("<a href=\"{link}\"")), "{}", mail.html);
}
