//! Named places at which a test kills the process.
//!
//! Invariant: in a release build they are not there. Each name stands once in the code and once in [`FAILPOINTS`],
//! before and after every commit and every outside call of the pipeline (kept by a test).

/// Every place, in the order of a document's way.
pub const FAILPOINTS: &[&str] = &[
    "poll.fetched",
    "poll.archived",
    "poll.before_commit",
    "poll.committed",
    "record.extracted",
    "record.before_commit",
    "record.committed",
    "read.detected",
    "read.before_commit",
    "read.committed",
    "confirm.scheduled",
    "confirm.agreed",
    "confirm.recorded",
    "publish.before_commit",
    "publish.committed",
    "alerts.before_commit",
    "alerts.committed",
    "deliver.before_claim",
    "deliver.claimed",
    "deliver.before_send",
    "deliver.sent",
    "deliver.finished",
];

/// Ends the process, as `kill -9` would, if the environment variable `CONDUCTATLAS_FAILPOINT` names this place.
#[cfg(debug_assertions)]
pub(crate) fn failpoint(name: &'static str) {
    use std::sync::OnceLock;
    static CHOSEN: OnceLock<Option<String>> = OnceLock::new();
    debug_assert!(FAILPOINTS.contains(&name), "{name} is not listed");
    if CHOSEN
        .get_or_init(|| std::env::var("CONDUCTATLAS_FAILPOINT").ok())
        .as_deref()
        == Some(name)
    {
        std::process::abort();
    }
}

/// Nothing, in a release build.
#[cfg(not(debug_assertions))]
pub(crate) const fn failpoint(_name: &'static str) {}

#[cfg(test)]
mod tests {
    use super::FAILPOINTS;

    #[test]
    fn every_failpoint_stands_once_in_the_code() {
        let mut code = String::new();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/jobs");
        for entry in std::fs::read_dir(folder).unwrap() {
            code.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
        }
        for name in FAILPOINTS {
            assert_eq!(code.matches(&format!("failpoint(\"{name}\")")).count(), 1, "{name}");
        }
        assert_eq!(
            code.matches("failpoint(\"").count(),
            FAILPOINTS.len(),
            "a failpoint is not listed"
        );
    }
}
