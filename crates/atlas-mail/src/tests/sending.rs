//! Real SMTP conversations, good and bad.

use std::time::Duration;

use super::samples::outgoing;
use crate::{
    SendError, SmtpTransport, Transport,
    testing::{Mishap, SmtpSink},
};

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Accepted,
    Transient,
    Permanent,
    Ambiguous,
}

fn verdict(sent: &Result<(), SendError>) -> Verdict {
    match sent {
        Ok(()) => Verdict::Accepted,
        Err(SendError::Transient { .. }) => Verdict::Transient,
        Err(SendError::Permanent { .. }) => Verdict::Permanent,
        Err(SendError::Ambiguous { .. }) => Verdict::Ambiguous,
    }
}

#[tokio::test]
async fn a_mail_arrives_byte_for_byte_and_a_retry_is_a_copy() {
    let sink = SmtpSink::start().await.unwrap();
    let transport = Transport::smtp(&sink.url()).unwrap();
    let mut mail = outgoing();
    mail.text.push_str("\n.\n..two\n.leading dot\n");
    transport.send(&mail).await.unwrap();
    transport.send(&mail.clone()).await.unwrap();
    let accepted = sink.accepted();
    assert_eq!(accepted.len(), 2);
    assert_eq!(accepted[0].bytes, accepted[1].bytes, "the second attempt is a copy");
    assert_eq!(accepted[0].from, "alerts@conductatlas.example");
    assert_eq!(accepted[0].to, ["jane@example.org"]);
    let sent = mail.bytes().unwrap();
    assert_eq!(
        accepted[0].text().trim_end(),
        String::from_utf8(sent).unwrap().trim_end()
    );
    for (name, value) in [
        ("Message-ID", "<d.0190.abc@conductatlas.example>"),
        ("Date", "Thu, 19 Nov 2026 10:25:03 +0000"),
        ("List-Unsubscribe", "<https://conductatlas.example/u/token>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Auto-Submitted", "auto-generated"),
        ("Resend-Idempotency-Key", "delivery:0190"),
    ] {
        assert_eq!(accepted[0].header(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(accepted[0].header("Precedence"), None);
    let parsed = mailparse::parse_mail(&accepted[0].bytes).unwrap();
    let text = parsed.subparts[0].get_body().unwrap().replace("\r\n", "\n");
    assert_eq!(text.trim_end(), mail.text.trim_end());
}

#[tokio::test]
async fn connections_are_used_again() {
    let sink = SmtpSink::start().await.unwrap();
    let transport = Transport::smtp(&sink.url()).unwrap();
    for _ in 0..20 {
        transport.send(&outgoing()).await.unwrap();
    }
    assert_eq!((sink.accepted().len(), sink.connections()), (20, 1));
}

#[tokio::test]
async fn every_failure_says_whether_the_mail_may_have_been_accepted() {
    let sink = SmtpSink::start().await.unwrap();
    let reply = str::to_owned;
    for (mishap, expected, recorded) in [
        (Mishap::Greeting(reply("554 5.3.2 no service")), Verdict::Transient, 0),
        (Mishap::Greeting(reply("421 4.3.2 busy")), Verdict::Transient, 0),
        (Mishap::MailFrom(reply("451 4.3.0 later")), Verdict::Transient, 0),
        (Mishap::MailFrom(reply("550 5.7.1 not from you")), Verdict::Permanent, 0),
        (Mishap::MailFrom(reply("530 5.7.0 log in first")), Verdict::Transient, 0),
        (Mishap::RcptTo(reply("450 4.2.1 greylisted")), Verdict::Transient, 0),
        (Mishap::RcptTo(reply("550 5.1.1 no such user")), Verdict::Permanent, 0),
        (
            Mishap::RcptTo(reply("553-5.1.2 no\r\n553 5.1.2 such host")),
            Verdict::Permanent,
            0,
        ),
        (Mishap::Data(reply("451 4.7.1 later")), Verdict::Transient, 0),
        (Mishap::Data(reply("554 5.5.1 no")), Verdict::Permanent, 0),
        (Mishap::Content(reply("452 4.3.1 full")), Verdict::Transient, 0),
        (Mishap::Content(reply("554 5.7.1 spam")), Verdict::Permanent, 0),
        (Mishap::Content(reply("nonsense")), Verdict::Ambiguous, 0),
        (Mishap::DropBeforeData, Verdict::Transient, 0),
        (Mishap::DropAfterAccepting, Verdict::Ambiguous, 1),
        (Mishap::DropAfterLosing, Verdict::Ambiguous, 0),
    ] {
        // A transport of its own each time: an idle connection would answer for itself.
        let transport = Transport::smtp(&sink.url()).unwrap();
        sink.clear();
        sink.next(mishap.clone());
        let sent = transport.send(&outgoing()).await;
        assert_eq!(verdict(&sent), expected, "{mishap:?}: {sent:?}");
        assert_eq!(sink.accepted().len(), recorded, "{mishap:?}");
        assert!(!sent.unwrap_err().detail().is_empty());
        transport.send(&outgoing()).await.unwrap();
    }
}

#[tokio::test]
async fn a_text_that_was_never_finished_was_never_accepted() {
    let sink = SmtpSink::start().await.unwrap();
    let transport = Transport::smtp(&sink.url()).unwrap();
    sink.next(Mishap::DropDuringContent);
    let mut mail = outgoing();
    // Far more than the sockets' buffers: the connection breaks before the final dot can be written.
    mail.text = format!("{}\n", "long line ".repeat(5_000)).repeat(300);
    let sent = transport.send(&mail).await;
    assert_eq!(verdict(&sent), Verdict::Transient, "{sent:?}");
    assert!(sink.accepted().is_empty());
}

#[tokio::test]
async fn no_reply_to_the_final_dot_is_ambiguous_and_no_go_ahead_is_not() {
    let sink = SmtpSink::start().await.unwrap();
    let hasty = |prepare, reply| {
        let (prepare, reply) = (Duration::from_millis(prepare), Duration::from_millis(reply));
        Transport::Smtp(SmtpTransport::with_timeouts(&sink.url(), prepare, reply).unwrap())
    };
    sink.next(Mishap::SlowReply(Duration::from_secs(20)));
    let sent = hasty(5_000, 200).send(&outgoing()).await;
    assert_eq!(verdict(&sent), Verdict::Ambiguous, "{sent:?}");
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", silent.local_addr().unwrap());
    let slow = SmtpTransport::with_timeouts(&url, Duration::from_millis(200), Duration::from_secs(5)).unwrap();
    let sent = Transport::Smtp(slow).send(&outgoing()).await;
    assert_eq!(verdict(&sent), Verdict::Transient, "{sent:?}");
}

#[tokio::test]
async fn an_idle_connection_that_the_relay_closed_costs_nothing() {
    let sink = SmtpSink::start().await.unwrap();
    let transport = Transport::smtp(&sink.url()).unwrap();
    transport.send(&outgoing()).await.unwrap();
    for mishap in [
        Mishap::MailFrom("421 4.4.2 idle too long".to_owned()),
        Mishap::DropBeforeData,
    ] {
        sink.next(mishap.clone());
        transport
            .send(&outgoing())
            .await
            .unwrap_or_else(|error| panic!("{mishap:?}: {error}"));
    }
    assert_eq!(sink.accepted().len(), 3);
}

#[tokio::test]
async fn a_wrong_password_is_our_fault_and_not_the_recipients() {
    let sink = SmtpSink::start().await.unwrap();
    let url = format!("smtp://user:p%40ss@{}", sink.address());
    let transport = Transport::smtp(&url).unwrap();
    sink.next(Mishap::Auth("535 5.7.8 wrong password".to_owned()));
    let sent = transport.send(&outgoing()).await;
    assert_eq!(verdict(&sent), Verdict::Transient, "{sent:?}");
    assert!(!format!("{sent:?}{transport:?}").contains("p@ss"));
    transport.send(&outgoing()).await.unwrap();
    transport.probe().await.unwrap();
}

#[tokio::test]
async fn a_relay_without_tls_gets_nothing_when_tls_is_required() {
    let sink = SmtpSink::start().await.unwrap();
    let transport = Transport::smtp(&format!("smtp://{}?tls=required", sink.address())).unwrap();
    let sent = transport.send(&outgoing()).await;
    assert_eq!(verdict(&sent), Verdict::Transient, "{sent:?}");
    assert!(sink.accepted().is_empty());
}

#[tokio::test]
async fn nobody_listening_is_transient() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let transport = Transport::smtp(&format!("smtp://{free}")).unwrap();
    assert_eq!(verdict(&transport.send(&outgoing()).await), Verdict::Transient);
    assert!(transport.probe().await.is_err());
}

#[tokio::test]
async fn a_mail_that_can_not_be_written_is_permanent_everywhere() {
    let sink = SmtpSink::start().await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut mail = outgoing();
    mail.subject.push_str("\r\nBcc: evil@example.org");
    for transport in [
        Transport::smtp(&sink.url()).unwrap(),
        Transport::outbox(dir.path()),
        Transport::memory(),
    ] {
        assert_eq!(
            verdict(&transport.send(&mail).await),
            Verdict::Permanent,
            "{transport:?}"
        );
    }
    assert_eq!(sink.connections(), 0);
}

#[tokio::test]
async fn the_memory_keeps_every_copy_and_fails_when_told() {
    let transport = Transport::memory();
    let Transport::Memory(memory) = &transport else {
        panic!("memory")
    };
    memory.fail_next(SendError::Ambiguous {
        detail: "lost".to_owned(),
    });
    assert_eq!(verdict(&transport.send(&outgoing()).await), Verdict::Ambiguous);
    transport.send(&outgoing()).await.unwrap();
    transport.send(&outgoing()).await.unwrap();
    assert_eq!(memory.sent().len(), 2);
    assert_eq!(memory.sent()[0].bytes, memory.sent()[1].bytes);
}

#[tokio::test]
async fn a_waiting_test_is_woken_by_the_mail() {
    let sink = SmtpSink::start().await.unwrap();
    let transport = Transport::smtp(&sink.url()).unwrap();
    let mail = outgoing();
    let (arrived, sent) = tokio::join!(sink.wait_for(1, Duration::from_secs(10)), transport.send(&mail));
    assert!(arrived && sent.is_ok());
    assert!(!sink.wait_for(2, Duration::from_millis(20)).await);
}
