//! How a run of a job ended.
//!
//! Invariant: every ending is one of these; an error of the job is [`Outcome::Retry`], and only [`Outcome::Discard`]
//! gives a job up before its attempts are used.

use std::time::Duration;

/// How a run of a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The effect is there.
    Done,
    /// It failed, and may succeed later: tried again with growing pauses until its attempts are used.
    Retry(String),
    /// It is too early: run again after the pause, without using an attempt.
    Snooze(Duration),
    /// It has become unnecessary; nothing is kept.
    Cancel(String),
    /// It can never succeed: kept for a person to look at, not run again.
    Discard(String),
}

impl Outcome {
    /// The word under which the outcome is logged.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry(_) => "retry",
            Self::Snooze(_) => "snooze",
            Self::Cancel(_) => "cancel",
            Self::Discard(_) => "discard",
        }
    }
    /// [`Outcome::Retry`] with the error and the chain of its causes.
    pub fn retry(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut reason = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            reason.push_str(": ");
            reason.push_str(&inner.to_string());
            cause = inner.source();
        }
        Self::Retry(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    #[test]
    fn a_retry_names_the_whole_chain_of_causes() {
        let error = crate::Error::Database(sqlx::Error::PoolTimedOut);
        let Outcome::Retry(reason) = Outcome::retry(&error) else {
            panic!("expected a retry")
        };
        assert!(
            reason.starts_with("the queue's database could not answer: "),
            "{reason}"
        );
        assert!(reason.contains("timed out"), "{reason}");
    }
}
