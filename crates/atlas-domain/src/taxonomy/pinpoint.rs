//! Reads pinpoints in laws as they are cited: `Art. 5(1)(b), 6 and Annex III`, `Cal. Civ. Code 1798.100(c); 11 CCR 7051`.
//!
//! Invariant: what cannot be read touches nothing; a range touches the whole numbers between its ends.

/// One place of a pinpoint: what is counted ("Art.", "16 CFR") and its first and last number, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    kind: String,
    first: String,
    last: String,
}

impl Place {
    /// Whether the place lies in, or holds, the article that is cited so. An article without a number, like `Annex`,
    /// holds every place of its kind.
    pub(super) fn covers(&self, cite: &str) -> bool {
        let Some(article) = places(cite).into_iter().next() else {
            return false;
        };
        if !article.kind.eq_ignore_ascii_case(&self.kind) {
            return false;
        }
        if article.first.is_empty() || article.first == self.first || article.first == self.last {
            return true;
        }
        let whole = |text: &str| text.parse::<u32>().ok();
        match (whole(&self.first), whole(&self.last), whole(&article.first)) {
            (Some(first), Some(last), Some(number)) => (first..=last).contains(&number),
            _ => false,
        }
    }
}

/// The places of a pinpoint, in its order.
pub(super) fn places(pinpoint: &str) -> Vec<Place> {
    let mut kind = String::new();
    let mut places = Vec::new();
    for part in pinpoint.split([',', ';']).flat_map(|part| part.split(" and ")) {
        let part = part.trim().trim_end_matches("ff.").trim();
        let (from, to) = part.split_once(" to ").unwrap_or((part, ""));
        let (named, first) = split(from);
        if !named.is_empty() {
            named.clone_into(&mut kind);
        }
        if kind.is_empty() && first.is_empty() {
            continue;
        }
        let (_, last) = split(to);
        places.push(Place {
            kind: kind.clone(),
            first: first.to_owned(),
            last: if last.is_empty() {
                first.to_owned()
            } else {
                last.to_owned()
            },
        });
    }
    places
}

/// What is counted, and the number without its paragraphs: `Art. 5(1)(b)` is `Art.` and `5`.
fn split(part: &str) -> (&str, &str) {
    let bare = part.split('(').next().unwrap_or_default().trim();
    let (kind, number) = bare.rsplit_once(' ').unwrap_or(("", bare));
    let is_number = number.starts_with(|letter: char| letter.is_ascii_digit())
        || (!number.is_empty() && number.chars().all(|letter| matches!(letter, 'I' | 'V' | 'X')));
    if is_number { (kind, number) } else { (bare, "") }
}

#[cfg(test)]
mod tests {
    use super::places;

    fn touches(pinpoint: &str, cite: &str) -> bool {
        places(pinpoint).iter().any(|place| place.covers(cite))
    }

    #[test]
    fn a_pinpoint_touches_the_articles_that_it_names() {
        for (pinpoint, cite) in [
            ("Art. 5(1)(b), 6(1)(f)", "Art. 5"),
            ("Art. 5(1)(b), 6(1)(f)", "Art. 6"),
            ("Recital 26, Art. 4(5)", "Recital 26"),
            ("Recital 26, Art. 4(5)", "Art. 4"),
            ("Art. 12 to 22", "Art. 17"),
            ("Art. 13(1)(c) to (d)", "Art. 13"),
            ("Art. 5, 26 and Annex III", "Annex III"),
            ("Art. 3, Annex 1(a) to (b)", "Annex"),
            ("Cal. Civ. Code 1798.100(d); 11 CCR 7051", "11 CCR 7051"),
            (
                "Cal. Civ. Code 1798.100(c), 1798.140(ag); 11 CCR 7050 to 7051",
                "Cal. Civ. Code 1798.140",
            ),
            ("C.R.S. 6-1-1701 ff.", "C.R.S. 6-1-1701"),
            ("Standards 1 to 15", "Standards"),
            ("MANAGE", "MANAGE"),
            ("TFEU Art. 101, 102", "TFEU Art. 102"),
            ("2-316", "2-316"),
        ] {
            assert!(touches(pinpoint, cite), "{pinpoint} does not touch {cite}");
        }
    }

    #[test]
    fn a_pinpoint_touches_nothing_else() {
        for (pinpoint, cite) in [
            ("Art. 5(1)(b), 6(1)(f)", "Art. 1"),
            ("Art. 12 to 22", "Art. 23"),
            ("Art. 13(1)(c) to (d)", "Art. 14"),
            ("16 CFR 312.5, 312.10", "16 CFR 312.1"),
            ("Recital 26", "Art. 26"),
            ("Directive (EU) 2024/2853", "Art. 2024"),
            ("", "Art. 1"),
        ] {
            assert!(!touches(pinpoint, cite), "{pinpoint} touches {cite}");
        }
    }
}
