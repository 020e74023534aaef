//! Statements beside quotations, the hard ones.

use atlas_domain::Stance;

use super::{Qualifier, Statement, drift, general};

fn check(claim: &str, stance: Stance, quotation: &str, expected: &[(Qualifier, bool)]) {
    let statement = Statement {
        claim,
        beside: "",
        stance: Some(stance),
        scope: None,
    };
    let found = drift(statement, quotation);
    let kinds: Vec<_> = found.iter().map(|drift| (drift.qualifier, drift.is_dropped)).collect();
    assert_eq!(kinds, expected, "{claim} | {quotation} | {found:?}");
}

const DROPPED: bool = true;
const ADDED: bool = false;

#[test]
fn the_general_words_of_every_kind_compile() {
    for qualifier in [
        Qualifier::Exception,
        Qualifier::Plan,
        Qualifier::Region,
        Qualifier::OptOut,
        Qualifier::Consent,
        Qualifier::Time,
        Qualifier::Number,
    ] {
        assert!(general(qualifier).is_some(), "{qualifier:?}");
    }
}

#[test]
fn a_promise_on_own_models_is_none_on_all_models() {
    let any = "Acme says it does not train AI models on user content";
    let no_models = "Acme promises not to train on content";
    let own = "Acme says it does not train its models on user content";
    let quoted_own = "We do not use Customer Content to train our AI models.";
    let quoted_any = "We do not use Customer Content to train any AI models.";
    check(any, Stance::Prohibits, quoted_own, &[(Qualifier::Models, DROPPED)]);
    check(no_models, Stance::Commits, quoted_own, &[(Qualifier::Models, DROPPED)]);
    check(own, Stance::Prohibits, quoted_own, &[]);
    check(
        own,
        Stance::Prohibits,
        "We don’t train Acme’s machine learning models on it.",
        &[],
    );
    check(any, Stance::Prohibits, quoted_any, &[]);
    check(own, Stance::Prohibits, quoted_any, &[(Qualifier::Models, ADDED)]);
    // A permission is not wider for leaving out whose models it is about; other models are no models of AI.
    for permission in [
        "Acme may train on content",
        "Acme may train on content, and the passage states no choice",
    ] {
        check(
            permission,
            Stance::Permits,
            "We may use content to train our models.",
            &[],
        );
    }
    check(
        any,
        Stance::Prohibits,
        "This does not change our business model or the model clauses.",
        &[],
    );
}

#[test]
fn an_exception_that_is_left_out_is_flagged_and_boilerplate_is_none() {
    let claim = "Acme says people do not read user content";
    for quotation in [
        "Our staff will not access your content, except to investigate abuse.",
        "Our staff will not read messages unless a report is filed.",
        "Other than for billing, nobody reads your content.",
        "We access content only in limited circumstances.",
    ] {
        check(claim, Stance::Prohibits, quotation, &[(Qualifier::Exception, DROPPED)]);
    }
    for quotation in [
        "Our staff will not read your content, except as required by law.",
        "Unless we are required by applicable law, nobody reads it.",
        "Except as otherwise stated, our staff will not read it.",
        "We do not read content, including but not limited to messages.",
        "We will never read it, without exception.",
        "Exceptional staff never read it.",
    ] {
        check(claim, Stance::Prohibits, quotation, &[]);
    }
    let limited = "Acme promises confidentiality with exceptions";
    let quoted = "We keep it confidential, except for feedback.";
    check(limited, Stance::CommitsQualified, quoted, &[]);
    check(claim, Stance::CommitsQualified, quoted, &[]);
}

#[test]
fn a_statement_that_adds_an_exception_is_flagged() {
    let claim = "Acme does not sell data, except to partners";
    check(
        claim,
        Stance::Prohibits,
        "We do not sell personal data.",
        &[(Qualifier::Exception, ADDED)],
    );
    check(
        claim,
        Stance::Prohibits,
        "We do not sell personal data unless you are a partner.",
        &[],
    );
}

#[test]
fn a_plan_is_neither_dropped_nor_exchanged() {
    let all = "Acme says it does not train its models on user content";
    let quoted = "We do not train our models on the content of Enterprise customers.";
    check(all, Stance::Prohibits, quoted, &[(Qualifier::Plan, DROPPED)]);
    check(
        "Acme does not train its models on the content of Team customers",
        Stance::Prohibits,
        quoted,
        &[(Qualifier::Plan, DROPPED), (Qualifier::Plan, ADDED)],
    );
    check(
        "Whether Acme trains depends on the plan",
        Stance::Conditional,
        "Free users’ data trains our models; paid plans are left out.",
        &[],
    );
    let business = "We do not sell data for business purposes; personal accounts and individual users are protected.";
    check("Acme does not sell data", Stance::Prohibits, business, &[]);
    let scoped = Statement {
        claim: all,
        beside: "",
        stance: Some(Stance::Prohibits),
        scope: Some("Enterprise customers"),
    };
    assert_eq!(drift(scoped, quoted), []);
}

#[test]
fn people_of_a_place_are_a_qualifier_and_a_place_by_itself_is_none() {
    let claim = "Acme says it does not sell personal data";
    for quotation in [
        "We do not sell the personal data of residents of California.",
        "If you live in the EEA, we do not sell your data.",
        "We do not sell data of EU users.",
    ] {
        check(claim, Stance::Prohibits, quotation, &[(Qualifier::Region, DROPPED)]);
    }
    check(
        "Acme names one law",
        Stance::Requires,
        "The laws of California govern these terms.",
        &[],
    );
    check(
        "Acme moves data abroad",
        Stance::Permits,
        "We transfer data outside the EEA.",
        &[],
    );
}

#[test]
fn a_way_to_decline_or_consent_is_not_left_out_nor_made_up() {
    let permits = "Acme may train on content, and the passage states no choice";
    let opt_out = "We may use content for training unless you opt out.";
    check(permits, Stance::Permits, opt_out, &[(Qualifier::OptOut, DROPPED)]);
    check(
        "Acme may train on content unless the user opts out",
        Stance::PermitsOptOut,
        opt_out,
        &[],
    );
    check(
        "Acme may train on content unless the user opts out",
        Stance::PermitsOptOut,
        "We may use content for training.",
        &[(Qualifier::OptOut, ADDED)],
    );
    check(
        permits,
        Stance::Permits,
        "We may use content for training. You cannot opt out.",
        &[],
    );
    let opt_in = "We use content for training only if you agree.";
    check(permits, Stance::Permits, opt_in, &[(Qualifier::Consent, DROPPED)]);
    check(
        "Acme trains on content only after the customer agrees",
        Stance::PermitsOptIn,
        opt_in,
        &[],
    );
    check(
        permits,
        Stance::Permits,
        "By using Acme, you agree that we may use content for training.",
        &[],
    );
}

#[test]
fn a_period_is_the_same_in_words_and_digits_and_another_one_is_flagged() {
    let thirty = "Acme deletes content within 30 days";
    for same in [
        "Content is deleted within thirty (30) days.",
        "We delete it in thirty days.",
        "We delete it within one month.",
    ] {
        check(thirty, Stance::Commits, same, &[]);
    }
    check(
        thirty,
        Stance::Commits,
        "Content is deleted within 90 days.",
        &[(Qualifier::Time, DROPPED), (Qualifier::Time, ADDED)],
    );
    check(
        thirty,
        Stance::Commits,
        "Content is deleted within 30 business days.",
        &[(Qualifier::Time, DROPPED), (Qualifier::Time, ADDED)],
    );
    check(
        thirty,
        Stance::Commits,
        "Content is deleted soon.",
        &[(Qualifier::Time, ADDED)],
    );
    let stated = "Acme promises notice of a breach within a stated time";
    check(stated, Stance::Commits, "We notify you within 72 hours.", &[]);
    let kept = "Acme may keep content";
    check(
        kept,
        Stance::Permits,
        "We keep content for five years.",
        &[(Qualifier::Time, DROPPED)],
    );
}

#[test]
fn numbers_count_and_the_numbers_of_sections_and_years_do_not() {
    check(
        "Acme caps its liability at $100",
        Stance::Disclaims,
        "Our liability is limited to $1,000.",
        &[(Qualifier::Number, DROPPED), (Qualifier::Number, ADDED)],
    );
    check(
        "Acme caps it at 1000 dollars",
        Stance::Disclaims,
        "It is capped at $1,000.",
        &[],
    );
    check(
        "Acme excludes users under 13",
        Stance::Requires,
        "You must be at least 13 years old.",
        &[],
    );
    check(
        "Acme excludes users under 13",
        Stance::Requires,
        "You must be at least 16 years of age.",
        &[(Qualifier::Number, DROPPED), (Qualifier::Number, ADDED)],
    );
    let quotation = "Under Section 4.2 and Article 28, as of 1 January 2026 (ISO 27001, SOC 2), support is there 24/7.";
    check("Acme promises security", Stance::Commits, quotation, &[]);
    let clause = "3.1 We keep it safe. 3.2 We test it.";
    check("Acme promises security", Stance::Commits, clause, &[]);
    check(
        "Acme takes a share",
        Stance::Permits,
        "We take 5 % of it.",
        &[(Qualifier::Number, DROPPED)],
    );
}

#[test]
fn what_is_unclear_or_silent_states_nothing() {
    for stance in [Stance::Ambiguous, Stance::Conflicting, Stance::Silent] {
        check(
            "The document leaves it open",
            stance,
            "We sell it for $5 unless you opt out.",
            &[],
        );
    }
}

#[test]
fn every_flag_says_which_side_has_the_words() {
    let statement = Statement {
        claim: "Acme deletes content within 30 days",
        beside: "",
        stance: None,
        scope: None,
    };
    let sentences: Vec<String> = drift(statement, "Deleted within 90 Days.")
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        sentences,
        [
            "The quotation names a period (“90 days”), the statement does not.",
            "The statement names a period (“30 days”), the quotation does not."
        ]
    );
}

#[test]
fn no_words_are_too_odd() {
    for odd in [
        "",
        "é’’‘",
        "\u{0}",
        "unless unless unless",
        "$ % §",
        "models models’s model",
    ] {
        let statement = Statement {
            claim: odd,
            beside: odd,
            stance: None,
            scope: Some(odd),
        };
        assert_eq!(drift(statement, odd), [], "{odd:?}");
    }
}
