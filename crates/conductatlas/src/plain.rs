//! Comparisons and readings as text for people at a terminal.

use std::fmt::Write as _;

use atlas_domain::{Comparison, Reading};

/// A comparison: the verdict first, then its reasons, then the passages.
pub fn comparison(comparison: &Comparison) -> String {
    let mut text = format!(
        "{} ({})\n",
        comparison.materiality.label(),
        comparison.direction.label()
    );
    if let Some(date) = &comparison.effective_date {
        let _ = writeln!(text, "in effect {date}");
    }
    if !comparison.labels.is_empty() {
        let labels: Vec<_> = comparison.labels.iter().map(|label| label.label()).collect();
        let _ = writeln!(text, "{}", labels.join(", "));
    }
    for signal in &comparison.signals {
        let _ = writeln!(text, "  {:+.1} {}: {}", signal.weight, signal.name, signal.evidence);
    }
    for hunk in &comparison.hunks {
        let heading = hunk
            .new
            .as_ref()
            .or(hunk.old.as_ref())
            .map_or("", |side| side.heading.as_str());
        let _ = writeln!(
            text,
            "\n{}{}{heading}",
            hunk.kind,
            if heading.is_empty() { "" } else { " in " }
        );
        if let Some(old) = &hunk.old {
            let _ = writeln!(text, "  - {}", old.text);
        }
        if let Some(new) = &hunk.new {
            let _ = writeln!(text, "  + {}", new.text);
        }
    }
    text
}

/// Readings, in the order of the text.
pub fn readings(readings: &[Reading]) -> String {
    if readings.is_empty() {
        return "no provision found\n".to_owned();
    }
    readings.iter().fold(String::new(), |mut text, reading| {
        let _ = writeln!(
            text,
            "{}: {} (severity {}, {})\n  {}..{} {}",
            reading.provision_type,
            reading.stance.label(),
            reading.severity,
            reading.confidence,
            reading.start,
            reading.end,
            reading.quote
        );
        text
    })
}
