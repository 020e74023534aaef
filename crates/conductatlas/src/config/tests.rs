//! The configuration finds every fault and keeps its lists together.

use std::collections::BTreeSet;

use atlas_fetch::BrowserChoice;

use super::{Config, Mode, SETTINGS, Sources, local_url};

fn of(pairs: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let environment = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_sources(Sources::of(environment)).map_err(|faults| faults.0)
}

#[test]
fn the_defaults_are_legal_and_local() {
    let config = of(&[]).unwrap();
    assert_eq!(config.mode, Mode::Development);
    assert_eq!(config.base_url, "http://127.0.0.1:8080");
    assert!(config.user_agent.contains("http://127.0.0.1:8080/methodology"));
    assert!(config.database_url.is_none());
}

#[test]
fn every_fault_is_listed_at_once_under_its_own_name() {
    let faults = of(&[
        ("CONDUCTATLAS_LISTEN", "nowhere"),
        ("CONDUCTATLAS_WORKER_CONCURRENCY", "0"),
        ("CONDUCTATLAS_LISTNE", "127.0.0.1:1"),
        ("MAIL_FROM_ALERTS", "nobody"),
        ("SECRET_KEY_FILE", "/does/not/exist"),
        ("SMTP_URL", "http://user:hunter2@relay.example"),
        ("CONDUCTATLAS_CLIENT_ADDRESS_HEADER", "X Real IP"),
        ("CONDUCTATLAS_LOG", "conductatlas=loud"),
    ])
    .unwrap_err();
    for name in [
        "CONDUCTATLAS_LISTEN:",
        "CONDUCTATLAS_WORKER_CONCURRENCY:",
        "CONDUCTATLAS_LISTNE:",
        "MAIL_FROM_ALERTS:",
        "SECRET_KEY_FILE:",
        "SMTP_URL:",
        "CONDUCTATLAS_CLIENT_ADDRESS_HEADER:",
        "CONDUCTATLAS_LOG:",
    ] {
        assert!(
            faults.iter().any(|fault| fault.starts_with(name)),
            "{name} is missing in {faults:?}"
        );
    }
    assert_eq!(faults.len(), 8, "{faults:?}");
    assert!(!faults.join(" ").contains("hunter2"), "{faults:?}");
}

#[test]
fn production_refuses_the_outbox_default_senders_and_missing_secrets() {
    let faults = of(&[("CONDUCTATLAS_MODE", "production")]).unwrap_err();
    for name in [
        "BASE_URL",
        "SMTP_URL",
        "SECRET_KEY",
        "MAIL_FROM_ALERTS",
        "MAIL_FROM_ACCOUNT",
    ] {
        assert!(
            faults.iter().any(|fault| fault.starts_with(name)),
            "{name} is missing in {faults:?}"
        );
    }
    let example = "change-me-change-me-change-me-change-me";
    let faults = of(&[("CONDUCTATLAS_MODE", "production"), ("SECRET_KEY", example)]).unwrap_err();
    assert!(faults.iter().any(|fault| fault.starts_with("SECRET_KEY")), "{faults:?}");
    let legal = of(&[
        ("CONDUCTATLAS_MODE", "production"),
        ("BASE_URL", "https://conductatlas.example/"),
        ("SMTP_URL", "smtps://relay.example"),
        ("SECRET_KEY", "0123456789abcdef0123456789abcdef"),
        ("MAIL_FROM_ALERTS", "alerts@conductatlas.example"),
        ("MAIL_FROM_ACCOUNT", "account@conductatlas.example"),
    ])
    .unwrap();
    assert_eq!(legal.base_url, "https://conductatlas.example");
}

#[test]
fn private_sources_are_addresses_with_ports_and_never_in_production() {
    let config = of(&[("CONDUCTATLAS_PRIVATE_SOURCES", "127.0.0.1:9000, [::1]:80")]).unwrap();
    assert_eq!(
        config.private_sources,
        ["127.0.0.1:9000".parse().unwrap(), "[::1]:80".parse().unwrap()]
    );
    for faulty in [
        &[("CONDUCTATLAS_PRIVATE_SOURCES", "localhost")][..],
        &[
            ("CONDUCTATLAS_MODE", "production"),
            ("CONDUCTATLAS_PRIVATE_SOURCES", "127.0.0.1:9000"),
        ],
    ] {
        let faults = of(faulty).unwrap_err();
        assert!(
            faults
                .iter()
                .any(|fault| fault.starts_with("CONDUCTATLAS_PRIVATE_SOURCES:")),
            "{faults:?}"
        );
    }
}

#[test]
fn what_goes_out_unreviewed_is_a_word_and_the_bands_are_scores_in_order() {
    let review = of(&[
        ("CONDUCTATLAS_REVIEW_PUBLISH", "auto"),
        ("CONDUCTATLAS_REVIEW_AUTO_FROM", "0.95"),
        ("CONDUCTATLAS_REVIEW_QUEUE_FROM", "0.5"),
    ])
    .unwrap()
    .review;
    assert_eq!(review.publish.as_str(), "auto");
    assert!((review.auto_from, review.queue_from) == (0.95, 0.5), "{review:?}");
    let faults = of(&[
        ("CONDUCTATLAS_REVIEW_PUBLISH", "some"),
        ("CONDUCTATLAS_REVIEW_AUTO_FROM", "80 %"),
        ("CONDUCTATLAS_REVIEW_QUEUE_FROM", "NaN"),
    ])
    .unwrap_err();
    assert_eq!(
        faults,
        [
            "CONDUCTATLAS_REVIEW_PUBLISH: `some` is not one of all, auto, reviewed",
            "CONDUCTATLAS_REVIEW_AUTO_FROM: `80 %` is not a number from 0 to 1 such as 0.8",
            "CONDUCTATLAS_REVIEW_QUEUE_FROM: `NaN` is not a number from 0 to 1 such as 0.8",
        ]
    );
    let faults = of(&[("CONDUCTATLAS_REVIEW_QUEUE_FROM", "0.9")]).unwrap_err();
    assert_eq!(
        faults,
        ["CONDUCTATLAS_REVIEW_QUEUE_FROM: 0.9 is above CONDUCTATLAS_REVIEW_AUTO_FROM, which is 0.8"]
    );
}

#[test]
fn the_browser_is_a_program_or_off_or_whatever_is_there() {
    assert_eq!(
        of(&[("CONDUCTATLAS_BROWSER", "off")]).unwrap().browser,
        BrowserChoice::Off
    );
    let found = BrowserChoice::Found("/bin/sh".into());
    assert_eq!(of(&[("CONDUCTATLAS_BROWSER", "/bin/sh")]).unwrap().browser, found);
    let faults = of(&[("CONDUCTATLAS_BROWSER", "/does/not/exist")]).unwrap_err();
    assert!(faults.concat().starts_with("CONDUCTATLAS_BROWSER:"), "{faults:?}");
    assert!(of(&[]).is_ok(), "a machine without one is in order");
}

#[test]
fn a_secret_is_never_printed() {
    let sources = Sources::of([("SECRET_KEY".to_owned(), "0123456789abcdef0123456789abcdef".to_owned())]);
    let printed = format!(
        "{:?} {:?}",
        Config::redacted(&sources),
        Config::from_sources(sources.clone()).unwrap()
    );
    assert!(!printed.contains("0123456789abcdef"), "{printed}");
}

#[test]
fn the_example_file_shows_the_defaults() {
    let sources = Sources::of([]);
    let example = include_str!("../../../../.env.example");
    for line in example.lines() {
        let Some((variable, shown)) = line.strip_prefix('#').and_then(|line| line.split_once('=')) else {
            continue;
        };
        let Some(setting) = SETTINGS.iter().find(|setting| setting.variable == variable) else {
            continue;
        };
        let default = sources.value(setting.key);
        // Where nothing is set by default, an example of a value may stand.
        assert!(
            default.is_empty() || default == shown,
            "{variable}: {shown}, not {default}"
        );
    }
}

#[test]
fn the_example_file_names_every_setting_and_no_other() {
    let example = include_str!("../../../../.env.example");
    let named: BTreeSet<&str> = example
        .lines()
        .map(|line| line.trim_start_matches(['#', ' ']))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name)
        .filter(|name| name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_'))
        .collect();
    let known: BTreeSet<&str> = SETTINGS.iter().map(|setting| setting.variable).collect();
    assert_eq!(named, known);
}

#[test]
fn an_unspecified_address_is_opened_on_loopback() {
    assert_eq!(local_url("0.0.0.0:9000".parse().unwrap()), "http://127.0.0.1:9000");
    assert_eq!(local_url("[::]:9000".parse().unwrap()), "http://[::1]:9000");
}

#[test]
fn a_language_model_is_named_whole_or_not_at_all_and_its_key_is_a_secret() {
    assert!(of(&[]).unwrap().drafting.is_none());
    let named = [
        ("LLM_BASE_URL", "http://127.0.0.1:11434/v1/"),
        ("LLM_MODEL", "small"),
        ("LLM_API_KEY", "hunter2"),
    ];
    let drafting = of(&named).unwrap().drafting.unwrap();
    assert_eq!(
        (drafting.base_url.as_str(), drafting.model.as_str()),
        ("http://127.0.0.1:11434/v1", "small")
    );
    assert!(!format!("{drafting:?}").contains("hunter2"));
    let environment = named.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let shown = Config::redacted(&Sources::of(environment));
    assert!(shown.contains(&("LLM_API_KEY", "(set)".to_owned())));
    for (faulty, name) in [
        (&[("LLM_BASE_URL", "https://llm.example/v1")][..], "LLM_MODEL:"),
        (&[("LLM_MODEL", "small")][..], "LLM_BASE_URL:"),
        (
            &[("LLM_MODEL", "small"), ("LLM_BASE_URL", "llm.example")][..],
            "LLM_BASE_URL:",
        ),
        (&[("LLM_DAILY_TOKENS", "many")][..], "LLM_DAILY_TOKENS:"),
        (&[("LLM_DOCUMENT_TOKENS", "1")][..], "LLM_DOCUMENT_TOKENS:"),
    ] {
        let faults = of(faulty).unwrap_err();
        assert!(faults.iter().any(|fault| fault.starts_with(name)), "{name} {faults:?}");
    }
}
