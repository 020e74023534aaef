//! Finds the qualifiers that some words name.
//!
//! Invariant: what is boilerplate (an exception for the law, "unless otherwise stated", a section's number) is covered
//! before anything is looked for, and words that were taken for one qualifier are not taken for another.

use std::sync::LazyLock;

use regex::Regex;

use super::{Drift, Qualifier};
use crate::cues::{Cue, PERIOD, hours_in, pattern};

/// A qualifier with what tells it from others of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub qualifier: Qualifier,
    /// Equal where two mean the same: the plan, the place, the hours, the number; empty where any will do.
    key: String,
    pub words: String,
}

impl Found {
    pub(super) fn same(&self, other: &Self) -> bool {
        self.qualifier == other.qualifier && self.key == other.key
    }
    pub(super) fn drift(&self, is_dropped: bool) -> Drift {
        Drift {
            qualifier: self.qualifier,
            is_dropped,
            words: self.words.clone(),
        }
    }
}

/// Words on one line with straight quotes, lower case.
pub(super) fn plain(words: &str) -> String {
    let words = words.replace(['’', '‘'], "'");
    words.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

const PLACES: &str = r"eea|eu|e\.u\.|uk|u\.k\.|united kingdom|european (?:union|economic area)|europe|switzerland|california|united states|us|u\.s\.|usa|canada|brazil|australia|japan|india|korea|singapore|china|germany|france|texas|virginia|colorado|connecticut|illinois|new york|quebec";

struct Patterns {
    cover: Vec<Regex>,
    age: Regex,
    period: Regex,
    number: Regex,
    opt_out: Regex,
    consent: Regex,
    exception: Regex,
    plan: Regex,
    region: Regex,
    model: Regex,
    own_model: Regex,
    denied: Regex,
}

impl Patterns {
    fn new() -> Option<Self> {
        let months = "january|february|march|april|may|june|july|august|september|october|november|december";
        let cover = [
            // The law as an exception.
            r"\b(?:unless|except|other than|save)\b[^.;,]{0,14}\b(?:required|permitted|prohibited|compelled|allowed|mandated|obliged)\b[^.;,]{0,20}\b(?:by|under) (?:the )?(?:applicable |mandatory |local )?laws?\b".to_owned(),
            r"\b(?:unless|except) (?:as |where )?(?:expressly |specifically |explicitly )?otherwise\b|\bexcept as (?:expressly |explicitly |specifically )?(?:set (?:out|forth)|stated|described|provided)\b|\bwithout exception\b|\bno exceptions?\b".to_owned(),
            // No way to decline is none.
            r"\b(?:cannot|can't|can not|may not|unable to|not be able to|no (?:way|option|right|ability) (?:to|of)) (?:opt(?:ing)?[- ]?out|object(?:ing)?|declin(?:e|ing)|disabl(?:e|ing)|turn (?:this|it) off)".to_owned(),
            // Numbers that count nothing.
            format!(r"\b(?:sections?|sec\.|articles?|art\.|clauses?|paragraphs?|exhibits?|schedules?|appendix|annex|chapter|part|rule|version|iso(?:/iec)?|soc|rfc|nist|pci|type|level|tls|aes|sha)[ -]*(?:§ ?)?\d[\d.()a-z-]*|§+ ?\d[\d.()a-z]*|\b(?:19|20)\d\d\b|\b24/7\b|^\(?\d{{1,2}}[.)] |(?:^|[.;:] )\(?\d{{1,2}}(?:\.\d{{1,2}})+[.)]? |\bhttps?://\S+|\b\d+-bit\b|\b(?:{months}) \d{{1,2}}(?:st|nd|rd|th)?\b|\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{months})\b"),
        ];
        let regex = |pattern: &str| Regex::new(pattern).ok();
        Some(Self {
            cover: cover.iter().map(|pattern| regex(pattern)).collect::<Option<_>>()?,
            age: regex(r"\b(?:[a-z]+ \()?(\d{1,2})\)?[- ]years?(?:[- ]old| of age)\b")?,
            period: regex(PERIOD)?,
            number: regex(
                r"(?:us ?)?[$€£] ?(\d[\d,]*(?:\.\d+)?)(?: ?(?:million|billion|thousand)\b)?|\b(\d[\d,]*(?:\.\d+)?) ?(?:%|per ?cent|dollars|euros|usd|eur|gbp|million|billion|thousand)|\b(\d[\d,]*(?:\.\d+)?)\b",
            )?,
            opt_out: regex(&format!(
                r"{}|\bunless (?:one|the (?:user|person|customer|reader)|people|they|users?|customers?) (?:objects?|opts?|declines?|disables?|turns?|switch\w*|cancels?)\b|\bunless (?:it is |they are )?cancel\w*|\b(?:can|may) (?:be (?:switched|turned) off|stop that|decline|opt out|object)\b",
                pattern(Cue::OptOut)
            ))?,
            consent: regex(&format!(
                r"{}|\bonly (?:after|if|when|with)\b[^.;]{{0,40}}\b(?:agree|consent|enabl|permission|approv)\w*|\bwith (?:the )?(?:customer|user|person)(?:'s)? (?:consent|permission|approval)\b",
                pattern(Cue::OptIn)
            ))?,
            exception: regex(
                r"\b(?:unless|except|excluding|other than|apart from|provided that|with the exception of|save (?:for|as|that|where)|only (?:if|when|where|under|after|in (?:limited|certain|rare|specific|exceptional|some)))\b",
            )?,
            plan: regex(
                r"\b(?:(free|paid|pro|plus|max|teams?|business|enterprise|education|edu|premium)[- ](?:plans?|tiers?|users?|customers?|accounts?|workspaces?|subscri\w+|versions?|products?|services|offerings?|editions?|data|content)|(individual|personal|basic|consumer|commercial)[- ](?:plans?|tiers?|subscri\w+|editions?)|(consumer|commercial)[- ](?:customers?|accounts?|services|products?|terms)|(api)[- ](?:customers?|users?|data|content|services|platform)|(?:chatgpt|claude|gemini|copilot|cursor|notion|slack|zoom) (enterprise|business|teams?|edu|pro|plus|free|max))\b",
            )?,
            region: regex(&format!(
                r"\b(?:residents? of|resid(?:e|es|ing) (?:in|outside)|(?:located|live|lives|living|based|domiciled|established) (?:in|outside|within)|(?:users?|customers?|individuals|people|consumers|persons) (?:in|outside(?: of)?|within|from)) (?:the )?({PLACES})(?:\W|$)|\b({PLACES})\)? (?:residents?|users?|customers?|consumers?)\b"
            ))?,
            model: regex(r"\b(?:[a-z]+ )?models?\b(?: clauses?| contract\w*)?")?,
            own_model: regex(
                r"\b(?:our|its|their|the provider's|the company's|[a-z]+'s) (?:own )?(?:(?:ai|machine[- ]learning|foundation(?:al)?|generative|large|language|proprietary|underlying|base|core|general|artificial|intelligence|and|or),? ){0,5}models?\b",
            )?,
            denied: regex(r"\b(?:not|never|\w+n't)\b[^.;,]{0,30}\btrain")?,
        })
    }
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(Patterns::new);

/// Takes every match out of the words (leaving blanks of the same length) and hands it on.
fn take(words: &mut String, pattern: &Regex, mut on_match: impl FnMut(&regex::Captures<'_>)) {
    let taken = pattern.replace_all(words, |found: &regex::Captures<'_>| {
        on_match(found);
        " ".repeat(found.get(0).map_or(0, |whole| whole.len()))
    });
    *words = taken.into_owned();
}

/// The qualifiers that plain words name, but for whose models are meant.
pub(super) fn named(words: &str) -> Vec<Found> {
    let Some(patterns) = PATTERNS.as_ref() else {
        return Vec::new();
    };
    let mut rest = words.to_owned();
    for cover in &patterns.cover {
        take(&mut rest, cover, |_| {});
    }
    let mut all = Vec::new();
    let mut keep = |qualifier, key: String, found: &regex::Captures<'_>| {
        let words = found.get(0).map_or("", |whole| whole.as_str()).trim();
        all.push(Found {
            qualifier,
            key,
            words: words.trim_end_matches(['.', ',', ';']).to_owned(),
        });
    };
    let group = |found: &regex::Captures<'_>| {
        let first = found.iter().skip(1).flatten().next();
        first.map_or_else(String::new, |group| group.as_str().to_owned())
    };
    take(&mut rest, &patterns.age, |found| {
        keep(Qualifier::Number, group(found), found);
    });
    take(&mut rest, &patterns.opt_out, |found| {
        keep(Qualifier::OptOut, String::new(), found);
    });
    take(&mut rest, &patterns.consent, |found| {
        keep(Qualifier::Consent, String::new(), found);
    });
    take(&mut rest, &patterns.period, |found| {
        let period = found.get(0).map_or("", |whole| whole.as_str());
        let kind = if period.contains("business") { "business " } else { "" };
        let hours = hours_in(period).map_or_else(|| period.to_owned(), |hours| hours.to_string());
        keep(Qualifier::Time, format!("{kind}{hours}"), found);
    });
    take(&mut rest, &patterns.number, |found| {
        let whole = found.get(0).map_or("", |whole| whole.as_str());
        let unit = if whole.contains('%') || whole.contains("cent") {
            "%"
        } else {
            ""
        };
        let scale = ["million", "billion", "thousand"]
            .into_iter()
            .find(|scale| whole.contains(scale));
        let digits = group(found).replace(',', "");
        keep(
            Qualifier::Number,
            format!("{digits}{unit}{}", scale.unwrap_or_default()),
            found,
        );
    });
    take(&mut rest, &patterns.region, |found| {
        keep(Qualifier::Region, group(found).replace('.', ""), found);
    });
    take(&mut rest, &patterns.plan, |found| {
        keep(Qualifier::Plan, group(found).trim_end_matches('s').to_owned(), found);
    });
    take(&mut rest, &patterns.exception, |found| {
        keep(Qualifier::Exception, String::new(), found);
    });
    all
}

/// Whether one side speaks of the provider's own models only and the other of any. A statement widens a promise also
/// where it names no models at all; a permission is not wider for that.
pub(super) fn models(claim: &str, quotation: &str, around: &str) -> Option<Drift> {
    let patterns = PATTERNS.as_ref()?;
    let of = |words: &str| -> (Vec<String>, bool) {
        let mut rest = words.to_owned();
        let mut own = Vec::new();
        take(&mut rest, &patterns.own_model, |found| {
            own.extend(found.get(0).map(|whole| whole.as_str().to_owned()));
        });
        let any = patterns.model.find_iter(&rest).any(|found| {
            let word = found.as_str();
            !["business ", "pricing ", "role ", "threat ", "clause", "contract"]
                .iter()
                .any(|other| word.contains(other))
        });
        (own, any)
    };
    let (claimed, claims_any) = of(claim);
    let (quoted, quotes_any) = of(quotation);
    let told = around.contains("kind of model") || around.contains("which models");
    if let (Some(words), false, true) = (quoted.first(), quotes_any, claimed.is_empty()) {
        let widens = claims_any || patterns.denied.is_match(claim);
        return (widens && !told).then(|| Drift {
            qualifier: Qualifier::Models,
            is_dropped: true,
            words: words.clone(),
        });
    }
    match (claimed.first(), claims_any) {
        (Some(words), false) if quotes_any && quoted.is_empty() => Some(Drift {
            qualifier: Qualifier::Models,
            is_dropped: false,
            words: words.clone(),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_pattern_compiles() {
        assert!(super::PATTERNS.is_some());
    }
}
