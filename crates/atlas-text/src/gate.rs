//! The content gate: is this page the policy, or something that came in its place?
//!
//! Invariant: a page is refused only on marks that a policy does not have; a doubtful page passes, since the pipeline
//! compares it with the version before.

use std::sync::LazyLock;

use atlas_domain::{BlockKind, CaptureOutcome, PolicyText};
use regex::Regex;

use crate::{TextError, html::Extracted};

/// Words up to which a page may be something that came in place of the policy.
const SHORT: usize = 300;

struct Marks {
    outcome: CaptureOutcome,
    /// In the title or a heading.
    title: &'static str,
    /// Anywhere in the words.
    words: &'static str,
    /// Words of the page up to which `words` count.
    at_most: usize,
}

const MARKS: &[Marks] = &[
    Marks {
        outcome: CaptureOutcome::Challenge,
        title: r"(?i)^(?:just a moment|attention required|please wait|one more step|security (?:check|verification|checkpoint)|verify(?:ing)? (?:that )?you are (?:a )?human|are you (?:a )?(?:robot|human)|human verification|pardon our interruption|checking your browser|access to this page has been denied|bot verification|ddos-guard|vercel security checkpoint|captcha|robot check|client challenge|un instant|einen moment)(?-u:\b)",
        words: r"(?i)checking (?:if the site connection is secure|your browser before)|verify(?:ing)? (?:that )?you(?:'|’)?(?: a)?re (?:not a robot|(?:a )?human)|needs to review the security of your connection|enable javascript and cookies to continue|complete the (?:security check|captcha)|unusual traffic from your computer|please (?:solve|complete) (?:this|the) (?:captcha|challenge|puzzle)|i(?:'|’)m not a robot|confirm you are human|performing security verification|incapsula incident|press (?:and|&) hold",
        at_most: 200,
    },
    Marks {
        outcome: CaptureOutcome::Blocked,
        title: r"(?i)^(?:access denied|403(?-u:\b)|forbidden|error 403|sorry, you have been blocked|request (?:blocked|rejected)|blocked(?-u:\b)|401(?-u:\b)|unauthorized)",
        words: r"(?i)you don(?:'|’)t have permission to access|sorry, you have been blocked|your (?:ip|request) (?:address )?(?:has been|was) blocked|request unsuccessful|the request could not be satisfied|not available in your (?:country|region)",
        at_most: 150,
    },
    Marks {
        outcome: CaptureOutcome::Gone,
        title: r"(?i)^(?:(?:error\W+)?404(?-u:\b)|(?:the |this )?page (?:was |is |could |can )?(?:not|no longer|n(?:'|’)t)(?-u:\b)|(?:page )?not found|(?:oops|uh[- ]oh|sorry|whoops)(?-u:\b).*(?:page|find|found|lost)|we can(?:'|’)t find|we couldn(?:'|’)t find|nothing (?:was )?found|(?:this )?page (?:doesn|isn)(?:'|’)t(?-u:\b)|410 gone|seite nicht gefunden|page introuvable)|(?-u:\b)404(?-u:\b).{0,30}not found|page not found",
        words: r"(?i)(?-u:\b)404(?-u:\b).{0,40}(?:error|not found|page)|(?:the|this) (?:page|content|url|article) (?:you(?:'|’)re looking for|you requested|you are looking for|requested)(?-u:\b).{0,60}(?:not|n(?:'|’)t|no longer|moved|gone|removed)|couldn(?:'|’)t find (?:the|that|this) page|page (?:could not|cannot|can(?:'|’)t) be found",
        at_most: 150,
    },
    Marks {
        outcome: CaptureOutcome::ServerError,
        title: r"(?i)^(?:(?:error\W+)?50[0234](?-u:\b)|internal server error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out|something went wrong|application error|site (?:is )?(?:under|down for) maintenance|under maintenance|too many requests|429(?-u:\b)|an error (?:has )?occurred|we(?:'|’)ll be (?:right )?back)",
        words: r"(?i)^\W*(?:internal server error|bad gateway|service unavailable|too many requests|upstream connect error|an unexpected error|application error|error establishing a database connection)|something went wrong|try again later",
        at_most: 80,
    },
    Marks {
        outcome: CaptureOutcome::LoginWall,
        title: r"(?i)^(?:log ?in|sign ?in|login required|sign up|authentication required|single sign-on|anmelden|se connecter)(?-u:\b).{0,60}$",
        words: r"(?i)(?:please |you (?:must|need to|have to) )(?:be logged in|log ?in|sign ?in)(?-u:\b)|(?:log|sign) ?in to (?:continue|view|access|your account)|forgot (?:your )?password",
        at_most: 150,
    },
    Marks {
        outcome: CaptureOutcome::WrongType,
        title: r"(?i)^(?:before you continue|we value your privacy|cookie (?:consent|settings|preferences)|your privacy choices|consent required)(?-u:\b)",
        words: r"(?i)before you continue to|we value your privacy|accept all (?:cookies)?.{0,200}(?:reject|manage|decline|settings)|we (?:and our partners|use cookies).{0,400}accept",
        at_most: 160,
    },
];

struct Compiled {
    outcome: CaptureOutcome,
    title: Regex,
    words: Regex,
    at_most: usize,
}

static COMPILED: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    MARKS
        .iter()
        .filter_map(|marks| {
            Some(Compiled {
                outcome: marks.outcome,
                title: Regex::new(marks.title).ok()?,
                words: Regex::new(marks.words).ok()?,
                at_most: marks.at_most,
            })
        })
        .collect()
});

/// Words by which a text that binds somebody is told from one that does not.
static LEGAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?-u:\b)(?:terms|polic(?:y|ies)|privacy|agreement|agree|consent|liab(?:le|ility)|licen[cs]e[sd]?|warrant(?:y|ies)|personal (?:data|information)|shall|must|may not|prohibited|rights?|govern(?:ed|ing)|applicable law|terminat(?:e|ion)|disput(?:e|es)|guidelines?|requirements?|compl(?:y|iance)|gdpr|copyright|infring\w+|cookies?|third[- ]part(?:y|ies)|conditions|obligations?|processor|controller|datenschutz|nutzungsbedingungen|conditions|confidentialit|donn|términos|privacidad|condiciones)(?-u:\b)",
    )
    .ok()
});

/// Refuses a page that is not a policy.
pub fn check(page: &Extracted) -> Result<(), TextError> {
    let text = &page.text;
    let count = text.word_count();
    if count == 0 || !text.text.contains(char::is_alphanumeric) {
        return Err(TextError::Empty {
            detail: title_detail(&page.title, "the page has no words"),
        });
    }
    if count <= SHORT {
        stand_in(page, count)?;
    }
    if count >= 40 && !legal_enough(text, count) {
        wrong_kind(text, count)?;
    }
    Ok(())
}

fn title_detail(title: &str, detail: &str) -> String {
    if title.is_empty() {
        detail.to_owned()
    } else {
        format!("{detail} (its title is \"{}\")", clip(title))
    }
}

fn clip(words: &str) -> String {
    words.chars().take(120).collect()
}

fn refuse(outcome: CaptureOutcome, detail: &str) -> TextError {
    TextError::NotPolicy {
        outcome,
        detail: clip(detail),
    }
}

fn stand_in(page: &Extracted, count: usize) -> Result<(), TextError> {
    let text = &page.text;
    let first = text
        .blocks
        .iter()
        .find(|block| block.kind == BlockKind::Heading)
        .or_else(|| text.blocks.first());
    let first = first.map(|block| text.block_text(block)).unwrap_or_default();
    for marks in COMPILED.iter() {
        if let Some(found) = marks.words.find(&text.text).filter(|_| count <= marks.at_most) {
            return Err(refuse(marks.outcome, found.as_str()));
        }
        let titled = [page.title.as_str(), first]
            .into_iter()
            .find(|title| marks.title.is_match(title));
        // A short policy may be called "Sign in with us"; what stands in for a policy says nothing that binds.
        if let Some(title) = titled.filter(|_| !legal_enough(text, count)) {
            return Err(refuse(marks.outcome, title));
        }
    }
    if page.asks_password && !legal_enough(text, count) {
        return Err(refuse(CaptureOutcome::LoginWall, "the page asks for a password"));
    }
    let lower = text.text.to_lowercase();
    if count <= 60
        && lower.contains("javascript")
        && (lower.contains("enable") || lower.contains("require") || lower.contains("disabled"))
    {
        return Err(TextError::Empty {
            detail: title_detail(&page.title, "the page needs scripts to show its words"),
        });
    }
    if count <= 4
        && !legal_enough(text, count)
        && matches!(
            lower.trim_matches(['.', '…', ' ']),
            "loading" | "please wait" | "redirecting"
        )
    {
        return Err(TextError::Empty {
            detail: title_detail(&page.title, "the page only says that it is loading"),
        });
    }
    Ok(())
}

/// Whether enough words bind somebody: 8 in 1,000, or a few in a short text.
fn legal_enough(text: &PolicyText, count: usize) -> bool {
    let wanted = (count * 8).div_ceil(1_000).max(2);
    LEGAL
        .as_ref()
        .is_none_or(|legal| legal.find_iter(&text.text).take(wanted).count() >= wanted)
}

/// A page of links and labels rather than sentences: a product list, a blog's index, a search page.
fn wrong_kind(text: &PolicyText, count: usize) -> Result<(), TextError> {
    let linked: usize = text
        .links
        .iter()
        .map(|link| text.slice(link.start, link.end).split_whitespace().count())
        .sum();
    let prose: usize = text
        .blocks
        .iter()
        .filter(|block| block.kind != BlockKind::Heading)
        .map(|block| text.block_text(block))
        .filter(|words| {
            words.trim_end().ends_with(['.', ';', ':', '!', '?', '。']) || words.split_whitespace().count() >= 20
        })
        .map(|words| words.split_whitespace().count())
        .sum();
    if linked * 100 > count * 60 {
        return Err(refuse(
            CaptureOutcome::WrongType,
            "most words are links, and hardly any binds anybody",
        ));
    }
    if prose * 100 < count * 30 {
        return Err(refuse(
            CaptureOutcome::WrongType,
            "hardly any whole sentence, and hardly any word that binds anybody",
        ));
    }
    Ok(())
}
