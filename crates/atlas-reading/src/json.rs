//! What `conductatlas detect --json` prints; described by `docs/schemas/detect.schema.json`.
//! Invariant: offsets are bytes of the extracted text, in the order of the text.

use atlas_domain::{Confidence, Reading, Severity, Stance};
use serde::Serialize;

/// The whole output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detection {
    /// Findings in the order of the text.
    pub findings: Vec<Finding>,
}

/// One passage that speaks on one provision type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Slug of the provision type.
    #[serde(rename = "type")]
    pub provision_type: String,
    /// The position the passage takes.
    pub stance: Stance,
    /// What is at stake, by the rubric.
    pub severity: Severity,
    /// How surely the words say it.
    pub confidence: Confidence,
    /// First byte of the quotation.
    pub start: usize,
    /// One past the last byte of the quotation.
    pub end: usize,
    /// The quotation.
    pub quote: String,
}

impl From<&[Reading]> for Detection {
    fn from(readings: &[Reading]) -> Self {
        let mut findings: Vec<Finding> = readings
            .iter()
            .map(|reading| Finding {
                provision_type: reading.provision_type.clone(),
                stance: reading.stance,
                severity: reading.severity,
                confidence: reading.confidence,
                start: reading.start,
                end: reading.end,
                quote: reading.quote.clone(),
            })
            .collect();
        findings.sort_by(|a, b| (a.start, a.end, &a.provision_type).cmp(&(b.start, b.end, &b.provision_type)));
        Self { findings }
    }
}
