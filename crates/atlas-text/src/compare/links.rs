//! Links on words that stayed the same: where they lead now.
//!
//! Invariant: a target counts as another only if the link names a document that the policy takes in, and the last part
//! of the path, which names that document, differs. Everything else (scheme, host, tracking, locale) is an ignored hunk.

use std::collections::HashMap;

use atlas_domain::{HunkKind, IgnoredReason, Link};

use super::{
    align::{Alignment, Bond},
    change::Change,
    units::Side,
};

/// Words in a link's text by which a document is made part of the policy.
const INCORPORATES: &[&str] = &[
    "terms",
    "policy",
    "policies",
    "agreement",
    "addendum",
    "guidelines",
    "notice",
    "dpa",
    "clauses",
    "rules",
    "conditions",
    "annex",
    "schedule",
    "sub-processors",
    "subprocessors",
    "licence",
    "license",
];

/// Words in a link's text by which it leads to what no longer holds.
const EARLIER: &[&str] = &[
    "archive", "archived", "archives", "version", "versions", "previous", "earlier", "history",
];

/// Targets of each unit's links.
fn targets<'a>(side: &Side<'a>) -> HashMap<usize, Vec<&'a Link>> {
    let mut found: HashMap<usize, Vec<&Link>> = HashMap::new();
    let links: &'a [Link] = &side.text.links;
    for link in links {
        let unit = side.units.partition_point(|unit| unit.end <= link.start);
        if side.units.get(unit).is_some_and(|unit| unit.start < link.end) {
            found.entry(unit).or_default().push(link);
        }
    }
    found
}

/// Differences of link targets on units that say the same on both sides.
pub fn retargeted(alignment: &Alignment, old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let (before, after) = (targets(old), targets(new));
    let mut found = Vec::new();
    for (unit, pair) in alignment.new.iter().enumerate() {
        let Some((twin, Bond::Identical)) = pair else { continue };
        let (left, right) = (
            before.get(twin).map_or(&[][..], Vec::as_slice),
            after.get(&unit).map_or(&[][..], Vec::as_slice),
        );
        if left
            .iter()
            .map(|link| &link.href)
            .eq(right.iter().map(|link| &link.href))
        {
            continue;
        }
        let incorporated = |link: &Link| {
            let words = new.text.slice(link.start, link.end).to_lowercase();
            let said = |list: &[&str]| {
                words
                    .split(|c: char| !c.is_alphanumeric() && c != '-')
                    .any(|word| list.contains(&word))
            };
            said(INCORPORATES) && !said(EARLIER)
        };
        // A row of links is a menu; a reference stands in a sentence.
        let linked: usize = right.iter().map(|link| link.end - link.start).sum();
        let sentence = new.unit(unit).is_some_and(|unit| linked * 10 < unit.text.len() * 7);
        let paired = sentence && left.len() == right.len();
        let target = left
            .iter()
            .zip(right)
            .filter(|_| paired)
            .find(|(a, b)| incorporated(b) && elsewhere(&a.href, &b.href));
        let place = (new.unit(unit).map_or(0, |unit| unit.start), 1);
        let kind = if target.is_some() {
            HunkKind::Modified
        } else {
            HunkKind::Ignored
        };
        let retargeted = target.map(|(a, b)| (a.href.clone(), b.href.clone()));
        found.push(Change {
            kind,
            old: vec![*twin],
            new: vec![unit],
            place,
            reason: (kind == HunkKind::Ignored).then_some(IgnoredReason::LinkAddress),
            retargeted,
        });
    }
    found
}

/// Whether two targets are two places.
fn elsewhere(a: &str, b: &str) -> bool {
    match (plain(a), plain(b)) {
        (Some(a), Some(b)) => a != b,
        _ => false,
    }
}

/// The last part of the path, which names the document; `None` without a host or a name.
fn plain(href: &str) -> Option<String> {
    let url = url::Url::parse(href.trim()).ok()?;
    url.host_str()?;
    let name = url.path_segments()?.rfind(|part| !part.is_empty())?;
    let name = name.split_once(';').map_or(name, |(name, _)| name);
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let name = name.to_lowercase();
    let all = || {
        name.split(|c: char| !c.is_alphanumeric())
            .filter(|part| !part.is_empty())
    };
    // "eu-terms-of-use" and "row-terms-of-use" are one document for two regions.
    let short = |part: &str| part.len() <= 3 && part.chars().all(char::is_alphabetic);
    let told: String = all().filter(|part| !short(part)).collect();
    let name = if told.is_empty() { all().collect() } else { told };
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::elsewhere;

    #[test]
    fn tracking_is_not_another_place() {
        assert!(!elsewhere(
            "https://a.example/x?utm_source=y",
            "http://www.a.example/x/"
        ));
        assert!(!elsewhere("/terms", "https://a.example/terms"));
        assert!(!elsewhere(
            "https://a.example/eu-terms-of-use",
            "https://a.example/row-terms-of-use/"
        ));
        assert!(elsewhere("https://a.example/dpa", "https://a.example/aup"));
        assert!(elsewhere("https://a.example/dpa-2024", "https://a.example/dpa-2026"));
    }
}
