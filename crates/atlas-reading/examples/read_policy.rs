//! Prints what the rules read in Markdown policies: `cargo run -p atlas-reading --example read_policy -- FILE…`.
#![expect(clippy::print_stdout, reason = "a tool for people who tune the rules")]

use atlas_reading::{Detector, RuleDetector, merge};

fn main() -> std::io::Result<()> {
    let taxonomy = atlas_catalog::taxonomy();
    let detector = RuleDetector::new(taxonomy);
    for path in std::env::args().skip(1) {
        let text = atlas_text::parse_markdown(&std::fs::read_to_string(&path)?);
        let readings = detector.detect(&text);
        println!("# {path}: {} blocks, {} readings", text.blocks.len(), readings.len());
        for provision in merge(taxonomy, &readings) {
            println!(
                "## {} → {} ({})",
                provision.provision_type, provision.stance, provision.severity
            );
            for reading in std::iter::once(&provision.primary).chain(&provision.supporting) {
                println!(
                    "  {} {} {} {:?} {:?}\n    {}",
                    reading.stance,
                    reading.severity,
                    reading.confidence,
                    reading.reasons,
                    reading.scope,
                    reading.quote.replace('\n', " ")
                );
            }
        }
    }
    Ok(())
}
