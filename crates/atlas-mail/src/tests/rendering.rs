//! What a mail says.

use std::io::Write as _;

use atlas_domain::Severity;
use time::macros::datetime;

use super::samples::{alert, digest, hunk};
use crate::{AlreadyRegisteredMail, ConfirmEmailMail, MailError, PasswordChangedMail, RenderedMail, ResetPasswordMail};

fn show(mail: &RenderedMail) -> String {
    format!("Subject: {}\n\n{}\n\n=====\n\n{}", mail.subject, mail.text, mail.html)
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// With `MAIL_PREVIEW` set to a folder, the HTML parts are written there to be looked at.
fn preview(name: &str, mail: &RenderedMail) {
    if let Some(folder) = std::env::var_os("MAIL_PREVIEW") {
        let mut file = std::fs::File::create(std::path::Path::new(&folder).join(format!("{name}.html"))).unwrap();
        file.write_all(mail.html.as_bytes()).unwrap();
    }
}

#[test]
fn an_alert_says_everything_in_both_parts() {
    let mail = alert().render().unwrap();
    preview("alert", &mail);
    insta::assert_snapshot!(show(&mail));
    assert_eq!(
        mail.subject,
        "[Sample] Halden AI: Training moves from opt-in to opt-out (in effect 1 Dec)"
    );
    for fact in [
        "High severity",
        "worse for users",
        "In effect 1 December 2026, 12 days after we detected it.",
        "19 November 2026, 10:24 UTC",
        "version 6 to version 7",
        "How we use your content",
        "without your doing anything",
        "https://conductatlas.example/c/CA-C-004117",
        "https://conductatlas.example/app/settings",
        "https://conductatlas.example/u/token",
        "not legal advice",
        "1 Example Street",
        "fictional",
    ] {
        assert!(flat(&mail.text).contains(fact), "text: {fact}");
        assert!(mail.html.contains(fact), "html: {fact}");
    }
}

#[test]
fn the_words_of_the_passage_are_in_both_parts_exactly() {
    let mail = alert();
    let rendered = mail.render().unwrap();
    for passage in &mail.passages {
        for side in [&passage.old, &passage.new].into_iter().flatten() {
            assert!(flat(&rendered.text).contains(&side.text), "{}", side.text);
        }
    }
    let without = |tag: &str| {
        let quote = rendered
            .html
            .split("<blockquote")
            .nth(1)
            .unwrap()
            .split("</blockquote>")
            .next()
            .unwrap();
        let mut kept = quote.split_once('>').unwrap().1.to_owned();
        while let Some(start) = kept.find(&format!("<{tag}")) {
            let end = kept.find(&format!("</{tag}>")).unwrap() + tag.len() + 3;
            kept.replace_range(start..end, "");
        }
        let mut words = String::new();
        let mut in_tag = false;
        for c in kept.chars() {
            match c {
                '<' => in_tag = true,
                '>' => in_tag = false,
                c if !in_tag => words.push(c),
                _ => {}
            }
        }
        words
    };
    let words = |side: &Option<atlas_domain::HunkSide>| side.as_ref().map(|side| side.text.clone());
    assert_eq!(Some(flat(&without("ins"))), words(&mail.passages[0].old));
    assert_eq!(Some(flat(&without("del"))), words(&mail.passages[0].new));
}

#[test]
fn a_bare_alert_leaves_out_what_is_not_known() {
    let mut mail = alert();
    mail.effective_date = None;
    mail.versions = None;
    mail.why_it_matters.clear();
    mail.summary.clear();
    mail.imprint.clear();
    mail.is_sample = false;
    mail.headline = "Halden AI changes its privacy policy".to_owned();
    mail.passages.truncate(1);
    mail.passages[0].heading.clear();
    let rendered = mail.render().unwrap();
    insta::assert_snapshot!(show(&rendered));
    assert_eq!(rendered.subject, "Halden AI changes its privacy policy");
}

#[test]
fn long_passages_are_cut_and_the_rest_is_counted() {
    let mut mail = alert();
    let long = "word ".repeat(5_000);
    mail.passages[0] = hunk("", Some(&long), Some("never shown"));
    mail.passages = vec![mail.passages[0].clone(); 20];
    let rendered = mail.render().unwrap();
    assert!(
        rendered.html.len() < 100_000,
        "Gmail clips at 102 KB: {}",
        rendered.html.len()
    );
    assert!(rendered.text.contains("14 more passages in the whole comparison."));
    assert!(rendered.html.contains("The passage goes on in the comparison."));
    assert!(!rendered.html.contains("never shown"));
}

#[test]
fn a_digest_says_what_changed_and_what_did_not() {
    let mail = digest().render().unwrap();
    preview("digest", &mail);
    insta::assert_snapshot!(show(&mail));
    assert_eq!(mail.subject, "Your week: 3 changes on Halden AI and Quillmark");
    for fact in [
        "16 to 22 November 2026",
        "checked 14 times, unchanged",
        "checked once, unchanged",
        "Watcher adds ten",
    ] {
        assert!(flat(&mail.text).contains(fact) && mail.html.contains(fact), "{fact}");
    }
}

#[test]
fn a_digest_of_hundreds_of_changes_stays_a_mail() {
    let mut mail = digest();
    mail.platforms[0].items = vec![mail.platforms[0].items[1].clone(); 500];
    let rendered = mail.render().unwrap();
    assert_eq!(rendered.subject, "Your week: 501 changes on Halden AI and Quillmark");
    assert!(rendered.text.contains("301 changes are not shown here."));
    mail.platforms.clear();
    mail.unchanged.clear();
    assert_eq!(mail.render().unwrap().subject, "Your week: 0 changes");
}

#[test]
fn account_mails_say_what_happened_and_what_to_do() {
    let confirm = ConfirmEmailMail {
        name: Some("Jane".to_owned()),
        confirm_url: "https://conductatlas.example/confirm/abc".to_owned(),
        expires_at: datetime!(2026-11-20 10:24 UTC),
        imprint: "ConductAtlas, 1 Example Street".to_owned(),
    };
    let reset = ResetPasswordMail {
        name: None,
        reset_url: "https://conductatlas.example/password/reset/abc".to_owned(),
        expires_at: datetime!(2026-11-19 11:24 UTC),
        imprint: String::new(),
    };
    let known = AlreadyRegisteredMail {
        name: Some("buy at https://evil.example".to_owned()),
        log_in_url: "https://conductatlas.example/login".to_owned(),
        reset_url: "https://conductatlas.example/password/forgot".to_owned(),
        imprint: String::new(),
    };
    let changed = PasswordChangedMail {
        name: Some("Jane".to_owned()),
        changed_at: datetime!(2026-11-19 11:24 UTC),
        reset_url: "https://conductatlas.example/password/forgot".to_owned(),
        imprint: String::new(),
    };
    for (name, mail) in [
        ("confirm", confirm.render().unwrap()),
        ("changed", changed.render().unwrap()),
        ("reset", reset.render().unwrap()),
        ("known", known.render().unwrap()),
    ] {
        preview(name, &mail);
        insta::assert_snapshot!(name, show(&mail));
        assert!(!mail.text.contains("evil.example") && !mail.html.contains("evil.example"));
    }
}

#[test]
fn a_link_that_is_not_absolute_is_refused() {
    let mut mail = alert();
    mail.change_url = "/c/CA-C-004117".to_owned();
    assert!(matches!(mail.render(), Err(MailError::Link)));
    mail.change_url = "javascript:alert(1)".to_owned();
    assert!(matches!(mail.render(), Err(MailError::Link)));
}

#[test]
fn each_severity_has_its_colour_and_its_words() {
    for (severity, colour, words) in [
        (Severity::High, "#a0211b", "High severity"),
        (Severity::Medium, "#825000", "Medium severity"),
        (Severity::Low, "#466069", "Low severity"),
    ] {
        let mut mail = alert();
        mail.severity = severity;
        let html = mail.render().unwrap().html;
        assert!(html.contains(colour) && html.contains(words), "{severity}");
    }
}
