//! Words from outside stay words.

use mailparse::MailHeaderMap as _;

use super::samples::{alert, digest, hunk, line, outgoing};
use crate::{MailError, Mailbox};

/// What people try in names, headlines and titles.
const PAYLOADS: &[&str] = &[
    "x\r\nBcc: evil@example.org",
    "x\nBcc: evil@example.org",
    "x\rBcc: evil@example.org",
    "x\r\n\r\n<h1>hi</h1>",
    "x\0y",
    "x\u{b}y",
    "x\u{c}y",
    "x\u{85}Bcc: evil@example.org",
    "x\u{2028}Bcc: evil@example.org",
    "x\u{2029}Bcc: e@x",
    "%0d%0aBcc: evil@example.org",
    "\\r\\nBcc: e@x",
    "=?utf-8?q?x=0d=0aBcc:_evil@example.org?=",
    "=?utf-8?b?eA0KQmNjOiBlQHg=?=",
    "=?UTF-7?Q?+AA0ACg-?=",
    "\u{560a}\u{560d}Bcc: e@x",
    "x\r\n.\r\nMAIL FROM:<e@x>",
    ".\r\nQUIT",
    "\r\n.\r\n",
    ".",
    "..",
    "x\r\n.",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><script>alert(1)</script>",
    "'><svg onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "{{7*7}}",
    "{% include \"x\" %}",
    "${7*7}",
    "<!-- -->",
    "]]>",
    "&lt;b&gt;",
    "&#0;",
    "javascript:alert(1)",
    "data:text/html,x",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<b>bold</b>",
    "Jane \"Doe\" <evil@example.org>",
    "evil@example.org,",
    "a;b:c,d",
    "(comment)",
    "Content-Type: text/html",
    "--=_boundary",
    "\u{202e}gnp.exe",
    "\u{200b}\u{feff}",
    "ÄÖÜ ß 漢字 🌍",
    "a\tb",
    "  spaces  ",
    "\"",
    "\\",
    "'",
    "`",
    "<",
    ">",
    "&",
    "x\r\nContent-Type: text/html\r\n\r\n<script>",
    "From: evil@example.org",
    "x\r\n\tfolded: yes",
    "x\r\n Subject: y",
    "\u{1b}[31mred",
    "\u{7f}",
    "x\u{1}y",
];

#[test]
fn payloads_in_every_field_of_a_mail_stay_words_on_the_wire() {
    assert!(PAYLOADS.len() >= 60);
    for payload in PAYLOADS {
        let mut mail = alert();
        for field in [
            &mut mail.platform,
            &mut mail.document_title,
            &mut mail.headline,
            &mut mail.why_it_matters,
            &mut mail.record_id,
            &mut mail.imprint,
        ] {
            (*payload).clone_into(field);
        }
        mail.summary = vec![line(payload, Some(payload))];
        mail.passages = vec![hunk(payload, Some(payload), Some("other words"))];
        let rendered = mail.render().unwrap();
        let mut sent = outgoing();
        sent.subject.clone_from(&rendered.subject);
        sent.text.clone_from(&rendered.text);
        sent.html.clone_from(&rendered.html);
        check(payload, &sent.bytes().unwrap(), &rendered.subject);
        let html = rendered.html.to_ascii_lowercase();
        for tag in ["<script", "<img", "<svg", "<b>", "<!-- "] {
            assert!(!html.contains(tag), "{payload:?} became {tag}");
        }
        assert_eq!(html.matches("href=\"javascript").count(), 0, "{payload:?}");
    }
}

fn check(payload: &str, bytes: &[u8], subject: &str) {
    assert!(bytes.is_ascii(), "{payload:?}: the wire is seven bits wide");
    assert!(!bytes.contains(&0), "{payload:?}");
    let text = std::str::from_utf8(bytes).unwrap();
    assert_eq!(
        text.matches('\r').count(),
        text.matches("\r\n").count(),
        "{payload:?}: a bare CR"
    );
    assert_eq!(
        text.matches('\n').count(),
        text.matches("\r\n").count(),
        "{payload:?}: a bare LF"
    );
    assert!(
        text.split("\r\n").all(|line| line.len() <= 998),
        "{payload:?}: a line too long"
    );
    let parsed = mailparse::parse_mail(bytes).unwrap();
    let names: Vec<_> = parsed.headers.iter().map(mailparse::MailHeader::get_key).collect();
    assert_eq!(
        names,
        [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "Auto-Submitted",
            "Resend-Idempotency-Key",
            "MIME-Version",
            "Content-Type",
        ],
        "{payload:?}"
    );
    assert_eq!(
        parsed.headers.get_first_value("Subject").as_deref(),
        Some(subject),
        "{payload:?}"
    );
    assert_eq!(
        parsed.headers.get_first_value("From").unwrap(),
        "ConductAtlas <alerts@conductatlas.example>"
    );
    let kinds: Vec<_> = parsed.subparts.iter().map(|part| part.ctype.mimetype.clone()).collect();
    assert_eq!(kinds, ["text/plain", "text/html"], "{payload:?}: text first");
}

#[test]
fn subjects_arrive_as_they_were_meant() {
    for subject in [
        "Halden AI: Training moves from opt-in to opt-out (in effect 1 Dec)",
        "Zoë’s policy: 漢字 and 🌍, in one line that is long enough to be folded more than once on the wire",
        "ends in a colon:",
        "= ?utf-8?q?x?=",
    ] {
        let mut mail = outgoing();
        subject.clone_into(&mut mail.subject);
        let bytes = mail.bytes().unwrap();
        let parsed = mailparse::parse_mail(&bytes).unwrap();
        assert_eq!(parsed.headers.get_first_value("Subject").as_deref(), Some(subject));
    }
}

#[test]
fn a_field_that_can_not_be_a_header_is_refused_by_name() {
    type Change = fn(&mut crate::OutgoingMail, &str);
    let fields: [(&str, Change); 4] = [
        ("Subject", |mail, text| mail.subject = text.to_owned()),
        ("Message-ID", |mail, text| mail.message_id = text.to_owned()),
        ("List-Unsubscribe", |mail, text| {
            mail.unsubscribe_url = Some(text.to_owned());
        }),
        ("Resend-Idempotency-Key", |mail, text| {
            mail.idempotency_key = text.to_owned();
        }),
    ];
    for (name, change) in fields {
        for text in ["x\r\nBcc: e@x", "x\nBcc: e@x", "x\0", "\r\n.\r\n", "x\ry"] {
            for prefix in ["", "<a@b>", "https://a.example/"] {
                let mut mail = outgoing();
                change(&mut mail, &format!("{prefix}{text}"));
                let refused = mail.bytes();
                assert!(
                    matches!(refused, Err(MailError::Header { field }) if field == name),
                    "{name}: {text:?}"
                );
            }
        }
    }
    let mut mail = outgoing();
    mail.subject = "=?utf-8?q?x=0d=0aBcc:_evil@example.org?=".to_owned();
    assert!(mail.bytes().is_err(), "an encoded word that we did not write");
}

#[test]
fn display_names_are_quoted_or_encoded_never_obeyed() {
    for name in [
        "Doe, Jane",
        "Jane \"JD\" Doe",
        "a@b.example",
        "x <evil@example.org>",
        "(comment)",
        "Zoë 漢字",
        "\\",
    ] {
        let mut mail = outgoing();
        mail.to = Mailbox::new(Some(name), "jane@example.org").unwrap();
        let bytes = mail.bytes().unwrap();
        let parsed = mailparse::parse_mail(&bytes).unwrap();
        let to = parsed.headers.get_first_header("To").unwrap();
        let addresses = mailparse::addrparse_header(to).unwrap();
        let only = addresses.extract_single_info().unwrap();
        assert_eq!(only.addr, "jane@example.org", "{name}");
    }
    for name in ["x\r\nBcc: e@x", "x\0", "=?utf-8?q?x?=", "x\u{85}"] {
        assert!(Mailbox::new(Some(name), "jane@example.org").is_err(), "{name:?}");
    }
}

#[test]
fn digests_escape_too() {
    for payload in PAYLOADS {
        let mut mail = digest();
        (*payload).clone_into(&mut mail.platforms[0].platform);
        (*payload).clone_into(&mut mail.platforms[0].items[0].headline);
        (*payload).clone_into(&mut mail.unchanged[0].document_title);
        mail.upgrade.as_mut().unwrap().line = (*payload).to_owned();
        let rendered = mail.render().unwrap();
        let html = rendered.html.to_ascii_lowercase();
        assert!(
            !["<script", "<img", "<svg", "<b>"].iter().any(|tag| html.contains(tag)),
            "{payload:?}"
        );
        assert!(!rendered.subject.chars().any(char::is_control) && rendered.subject.chars().count() <= 100);
    }
}
