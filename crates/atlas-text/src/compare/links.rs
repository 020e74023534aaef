//! Links on words that stayed the same: where they lead now.
//!
//! Invariant: a target that differs only in scheme, `www.`, tracking parameters, trailing slash or case of the host is
//! the same target; a link without a host on either side is not judged.

use std::collections::HashMap;

use atlas_domain::HunkKind;

use super::{
    align::{Alignment, Bond},
    change::Change,
    units::Side,
};

/// Parameters that say where a reader came from, not where the link leads.
const TRACKING: &[&str] = &[
    "utm_", "fbclid", "gclid", "mc_", "hslang", "_hs", "ref", "source", "src", "trk", "cid", "campaign", "hl",
    "visit_id", "sjid", "rd", "__tn__", "_ga", "_gl", "via",
];

/// Targets of each unit's links.
fn targets<'a>(side: &Side<'a>) -> HashMap<usize, Vec<&'a str>> {
    let mut found: HashMap<usize, Vec<&str>> = HashMap::new();
    let links: &'a [atlas_domain::Link] = &side.text.links;
    for link in links {
        let unit = side.units.partition_point(|unit| unit.end <= link.start);
        if side.units.get(unit).is_some_and(|unit| unit.start < link.end) {
            found.entry(unit).or_default().push(&link.href);
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
        if left == right {
            continue;
        }
        let moved = left.len() == right.len();
        let target = left.iter().zip(right).find(|(a, b)| elsewhere(a, b)).filter(|_| moved);
        let place = (new.unit(unit).map_or(0, |unit| unit.start), 1);
        let kind = if target.is_some() {
            HunkKind::Modified
        } else {
            HunkKind::Ignored
        };
        let retargeted = target.map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
        found.push(Change {
            kind,
            old: vec![*twin],
            new: vec![unit],
            place,
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

/// Host, path and the parameters that matter; `None` without a host.
fn plain(href: &str) -> Option<String> {
    let url = url::Url::parse(href.trim()).ok()?;
    let host = url.host_str()?.trim_start_matches("www.").to_lowercase();
    let path = url.path().trim_end_matches('/').trim_end_matches(".html");
    let mut parameters: Vec<String> = url
        .query_pairs()
        .filter(|(name, _)| {
            let name = name.to_lowercase();
            !TRACKING
                .iter()
                .any(|known| name == *known || known.ends_with('_') && name.starts_with(known))
        })
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    parameters.sort();
    Some(format!("{host}{path}?{}", parameters.join("&")))
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
        assert!(elsewhere("https://a.example/dpa-2024", "https://a.example/dpa-2026"));
    }
}
