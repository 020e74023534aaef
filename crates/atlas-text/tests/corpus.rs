//! The real policies, where they are present: extraction, gate and ranking over thousands of versions.
//!
//! Invariant: the floors asserted here are figures that were reached; they only ever rise.
#![cfg(test)]

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use atlas_domain::{Comparison, ExtractRules, HunkKind, Materiality, PolicyText, RangeBound, Selector};
use atlas_text::{compare, extract, normal_sha256, parse_markdown};
use serde_json::Value;

/// The folder of test data beside the checkout, or nothing with one clear line.
fn shared(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(part);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: ../shared/data/{part} is not here");
    None
}

/// One row in `SAMPLE` by default; all of them with `ATLAS_CORPUS=all`, which takes some minutes without optimisation.
fn sampled(index: usize) -> bool {
    const SAMPLE: usize = 5;
    index.is_multiple_of(SAMPLE) || std::env::var("ATLAS_CORPUS").is_ok_and(|which| which == "all")
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn gunzip(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap())
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

fn bound(range: &Value, side: &str) -> Option<RangeBound> {
    let before = range[format!("{side}Before")]
        .as_str()
        .map(|css| RangeBound::Before(css.to_owned()));
    before.or_else(|| {
        range[format!("{side}After")]
            .as_str()
            .map(|css| RangeBound::After(css.to_owned()))
    })
}

fn selectors(value: &Value) -> Vec<Selector> {
    match value {
        Value::String(css) => vec![Selector::Css(css.clone())],
        Value::Array(list) => list.iter().flat_map(selectors).collect(),
        Value::Object(_) => match (bound(value, "start"), bound(value, "end")) {
            (Some(start), Some(end)) => vec![Selector::Range { start, end }],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn normal_words(text: &PolicyText) -> Vec<String> {
    text.text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Share of the words of `one` that are also in `two`, as bags.
fn covered(one: &[String], two: &[String]) -> f64 {
    let mut bag: BTreeMap<&str, i32> = BTreeMap::new();
    for word in two {
        *bag.entry(word).or_default() += 1;
    }
    let hits = one
        .iter()
        .filter(|word| {
            let count = bag.entry(word.as_str()).or_default();
            *count -= 1;
            *count >= 0
        })
        .count();
    if one.is_empty() {
        1.0
    } else {
        f64::from(u32::try_from(hits).unwrap()) / f64::from(u32::try_from(one.len()).unwrap())
    }
}

/// Pages that the archive took for a document: they say "Redirecting" and where to.
const NOT_THE_DOCUMENT: &[&str] = &["2025-12-15T11-34-51Z.html.gz", "2025-12-15T11-33-35Z.html.gz"];

#[test]
fn every_stored_page_is_extracted_and_none_is_refused() {
    let Some(root) = shared("policies") else { return };
    let manifest: Value = serde_json::from_str(&fs::read_to_string(root.join("manifest.json")).unwrap()).unwrap();
    let verbose = std::env::var_os("ATLAS_VERBOSE").is_some();
    let (mut stored, mut pages, mut refused, mut unselected, mut auto_refused) = (0usize, 0, 0, 0, 0);
    let (mut recalls, mut precisions, mut auto_recalls, mut auto_precisions) = (vec![], vec![], vec![], vec![]);
    for document in manifest["documents"].as_array().unwrap() {
        let dir = root.join("documents").join(word(document, "dir"));
        let rules = ExtractRules {
            select: selectors(&document["select"]),
            remove: selectors(&document["remove"]),
        };
        for version in document["versions"].as_array().unwrap() {
            let htmls = version["html"].as_array().map(Vec::as_slice).unwrap_or_default();
            for html in htmls {
                stored += 1;
                if !sampled(stored) {
                    continue;
                }
                let bytes = gunzip(&dir.join(word(html, "file")));
                pages += 1;
                if NOT_THE_DOCUMENT.contains(&word(html, "file")) {
                    let found = extract(&bytes, None, None, &ExtractRules::default());
                    assert!(found.is_err_and(|error| error.is_refusal()), "{html}");
                    continue;
                }
                let auto = extract(
                    &bytes,
                    None,
                    None,
                    &ExtractRules {
                        select: vec![],
                        remove: rules.remove.clone(),
                    },
                );
                let chosen = extract(&bytes, None, None, &rules);
                match &chosen {
                    Err(atlas_text::TextError::SelectorMatchesNothing { .. }) => unselected += 1,
                    Err(error) => {
                        refused += 1;
                        println!("refused {}/{}: {error}", word(document, "dir"), word(html, "file"));
                    }
                    Ok(_) => {}
                }
                if let Err(error) = &auto {
                    auto_refused += 1;
                    println!(
                        "refused without selector {}/{}: {error}",
                        word(document, "dir"),
                        word(html, "file")
                    );
                }
                if htmls.len() > 1 {
                    continue;
                }
                let markdown = fs::read_to_string(dir.join(word(version, "file"))).unwrap();
                let expected = normal_words(&parse_markdown(&markdown));
                for (found, recall, precision, name) in [
                    (&chosen, &mut recalls, &mut precisions, "selected"),
                    (&auto, &mut auto_recalls, &mut auto_precisions, "auto"),
                ] {
                    if let Ok(text) = found {
                        let words = normal_words(text);
                        let (r, p) = (covered(&expected, &words), covered(&words, &expected));
                        if verbose && (r < 0.97 || p < 0.97) {
                            println!(
                                "{name} {}/{}: recall {r:.3} precision {p:.3} ({} / {} words)",
                                word(document, "dir"),
                                word(html, "file"),
                                words.len(),
                                expected.len()
                            );
                        }
                        recall.push(r);
                        precision.push(p);
                    }
                }
            }
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / f64::from(u32::try_from(values.len()).unwrap());
    let share = |values: &[f64]| {
        f64::from(u32::try_from(values.iter().filter(|value| **value >= 0.98).count()).unwrap())
            / f64::from(u32::try_from(values.len()).unwrap())
    };
    println!(
        "pages {pages}, refused {refused}, selector matches nothing {unselected}, refused without selector {auto_refused}"
    );
    println!(
        "with selectors: recall {:.4} ({:.3} of pages >= 0.98), precision {:.4} ({:.3})",
        mean(&recalls),
        share(&recalls),
        mean(&precisions),
        share(&precisions)
    );
    println!(
        "without: recall {:.4} ({:.3}), precision {:.4} ({:.3})",
        mean(&auto_recalls),
        share(&auto_recalls),
        mean(&auto_precisions),
        share(&auto_precisions)
    );
    assert_eq!((refused, auto_refused), (0, 0));
    assert!(share(&recalls) >= 0.83 && share(&precisions) >= 0.85 && share(&auto_recalls) >= 0.83);
}

#[test]
fn written_pairs_are_ranked_by_meaning() {
    let Some(path) = shared("sentences/change_pairs.dev.jsonl") else {
        return;
    };
    let mut wrong = Vec::new();
    for pair in lines(&path) {
        let found = compare(
            &parse_markdown(word(&pair, "before")),
            &parse_markdown(word(&pair, "after")),
        );
        let signals: Vec<_> = found
            .signals
            .iter()
            .take(3)
            .map(|signal| format!("{} {:.1}", signal.name, signal.weight))
            .collect();
        println!(
            "{} {:9} {:9} {:8} {:8} {signals:?}",
            word(&pair, "id"),
            word(&pair, "label"),
            found.materiality,
            word(&pair, "direction"),
            found.direction
        );
        let right = match word(&pair, "label") {
            "material" => found.materiality >= Materiality::Material,
            "cosmetic" => found.materiality <= Materiality::Editorial,
            _ => true,
        };
        if !right {
            wrong.push(word(&pair, "id").to_owned());
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// The comparison of a stored pair, and whether both sides have the same normalised words.
fn compared(root: &Path, pair: &Value) -> (Comparison, bool) {
    let dir = root.join("documents").join(word(pair, "dir"));
    let read = |key: &str| parse_markdown(&fs::read_to_string(dir.join(word(pair, key))).unwrap());
    let (old, new) = (read("before"), read("after"));
    (compare(&old, &new), normal_sha256(&old) == normal_sha256(&new))
}

#[test]
fn pairs_without_a_change_of_the_publisher_never_matter() {
    let Some(root) = shared("policies") else { return };
    let mut table: BTreeMap<(String, String), u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    let verbose = std::env::var("ATLAS_VERBOSE").ok();
    let pairs: Vec<Value> = lines(&root.join("pairs.jsonl"))
        .into_iter()
        .enumerate()
        .filter(|(index, _)| sampled(*index))
        .map(|(_, pair)| pair)
        .collect();
    let half = pairs.len().div_ceil(2);
    let compared: Vec<_> = std::thread::scope(|scope| {
        let root = &root;
        let workers: Vec<_> = pairs
            .chunks(half)
            .map(|chunk| scope.spawn(move || chunk.iter().map(|pair| compared(root, pair)).collect::<Vec<_>>()))
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    for (pair, (found, same_words)) in pairs.iter().zip(compared) {
        let label = format!("{}/{}", word(pair, "auto_label"), word(pair, "change_class"));
        *table.entry((label.clone(), found.materiality.to_string())).or_default() += 1;
        // Rules that changed select other words: such a technical upgrade is known from the rules, not from the text.
        let quiet = matches!(word(pair, "auto_label"), "cosmetic" | "date_or_number_only") || same_words;
        if quiet && found.materiality > Materiality::Cosmetic
            || verbose.as_deref().is_some_and(|part| label.contains(part))
        {
            println!(
                "{label} {} {} {} -> {}",
                word(pair, "dir"),
                word(pair, "before"),
                found.materiality,
                found.signals.len()
            );
            for hunk in found
                .hunks
                .iter()
                .filter(|hunk| !matches!(hunk.kind, HunkKind::Ignored | HunkKind::Moved))
                .take(4)
            {
                println!(
                    "   {} {:?} => {:?}",
                    hunk.kind,
                    hunk.old.as_ref().map(|side| &side.text),
                    hunk.new.as_ref().map(|side| &side.text)
                );
            }
            for signal in found.signals.iter().take(4) {
                println!("      {} {} {}", signal.name, signal.weight, signal.evidence);
            }
        }
        if quiet && found.materiality > Materiality::Editorial {
            wrong.push(format!("{} {}", word(pair, "dir"), word(pair, "before")));
        }
    }
    for ((label, materiality), count) in &table {
        println!("{count:4} {label} {materiality}");
    }
    println!("wrong {}", wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn changes_that_a_person_wrote_about_are_material() {
    let Some(root) = shared("policies/memo-pairs") else {
        return;
    };
    let mut missed = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let dir = entry.unwrap().path();
        if !dir.join("before.md").exists() || !dir.join("after.md").exists() {
            continue;
        }
        let read = |name: &str| parse_markdown(&fs::read_to_string(dir.join(name)).unwrap());
        let found = compare(&read("before.md"), &read("after.md"));
        let memo: Value = serde_json::from_str(&fs::read_to_string(dir.join("memo.json")).unwrap()).unwrap();
        println!(
            "{:9} {:7} {:3} hunks  {} [{}]",
            found.materiality,
            found.direction,
            found.hunks.len(),
            word(&memo, "title"),
            word(&memo, "role")
        );
        assert!(!found.hunks.is_empty(), "{}", word(&memo, "title"));
        if found.materiality < Materiality::Material {
            for hunk in found.hunks.iter().take(6) {
                println!(
                    "   {} {:?} => {:?}",
                    hunk.kind,
                    hunk.old.as_ref().map(|side| &side.text),
                    hunk.new.as_ref().map(|side| &side.text)
                );
            }
            missed.push(word(&memo, "title").to_owned());
        }
    }
    // One is missed: a lone effective date that moved, which reads like any other notice of an update.
    assert!(missed.len() <= 1, "{missed:#?}");
}
