//! The outbox folder.

use std::fs;

use time::macros::datetime;

use super::samples::outgoing;
use crate::{MailError, Transport, outbox};

#[tokio::test]
async fn a_mail_is_written_once_and_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data/outbox");
    assert_eq!(
        outbox::list(&folder).unwrap(),
        [],
        "an outbox that does not exist yet is empty"
    );
    let transport = Transport::outbox(&folder);
    let mail = outgoing();
    for _ in 0..3 {
        transport.send(&mail).await.unwrap();
    }
    let listed = outbox::list(&folder).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].name, "20261119T102503Z-delivery-0190.eml");
    assert_eq!(listed[0].subject, mail.subject);
    assert_eq!(listed[0].date, mail.date);
    assert_eq!(listed[0].to, "Doe, Jané <jane@example.org>");
    let read = outbox::read(&folder, &listed[0].name).unwrap();
    assert_eq!(read.text.trim_end(), mail.text.trim_end());
    assert_eq!(read.html.trim_end(), mail.html.trim_end());
    assert_eq!(read.from, "ConductAtlas <alerts@conductatlas.example>");
    let header = |name: &str| {
        read.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(
        header("List-Unsubscribe"),
        Some("<https://conductatlas.example/u/token>")
    );
    assert_eq!(header("List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
    assert_eq!(fs::read(folder.join(&listed[0].name)).unwrap(), mail.bytes().unwrap());
}

#[tokio::test]
async fn the_key_decides_what_is_the_same_mail_and_the_newest_comes_first() {
    let dir = tempfile::tempdir().unwrap();
    let transport = Transport::outbox(dir.path());
    let mut mail = outgoing();
    transport.send(&mail).await.unwrap();
    mail.date = datetime!(2026-11-19 10:26:00 UTC);
    transport.send(&mail).await.unwrap();
    assert_eq!(
        outbox::list(dir.path()).unwrap().len(),
        1,
        "same key, other second: no second copy"
    );
    mail.idempotency_key = "0190".to_owned();
    transport.send(&mail).await.unwrap();
    let names: Vec<_> = outbox::list(dir.path())
        .unwrap()
        .into_iter()
        .map(|entry| entry.name)
        .collect();
    assert_eq!(
        names,
        ["20261119T102600Z-0190.eml", "20261119T102503Z-delivery-0190.eml"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_leave_one_whole_file() {
    let dir = tempfile::tempdir().unwrap();
    let transport = Transport::outbox(dir.path());
    let mail = outgoing();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (transport, mail) = (transport.clone(), mail.clone());
        tasks.spawn(async move { transport.send(&mail).await });
    }
    assert!(tasks.join_all().await.into_iter().all(|sent| sent.is_ok()));
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        1,
        "nothing is left beside it"
    );
}

#[test]
fn a_name_can_not_leave_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("secret.eml"), "Subject: secret\r\n\r\n").unwrap();
    let folder = dir.path().join("outbox");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(".hidden.eml"), "Subject: half\r\n\r\n").unwrap();
    for name in [
        "../secret.eml",
        "..%2fsecret.eml",
        "/etc/passwd",
        "",
        ".eml",
        ".hidden.eml",
        "..",
        "a/b.eml",
        "a\\b.eml",
        "secret",
        "x\0.eml",
        "missing.eml",
    ] {
        assert!(
            matches!(outbox::read(&folder, name), Err(MailError::NotFound)),
            "{name:?}"
        );
    }
    assert_eq!(outbox::list(&folder).unwrap(), []);
}
