//! Policy text to findings: detection of provisions, stance, severity.
