//! Mails kept in memory, for tests.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{OutgoingMail, SendError};

/// A mail that was handed on, and its bytes.
#[derive(Debug, Clone)]
pub struct SentMail {
    /// The mail.
    pub mail: OutgoingMail,
    /// The bytes that a relay would have been given.
    pub bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct State {
    sent: Vec<SentMail>,
    failures: VecDeque<SendError>,
}

/// Keeps every accepted mail, twice if it is sent twice; clones share one memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryTransport(Arc<Mutex<State>>);

impl MemoryTransport {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Everything that was accepted, in order.
    pub fn sent(&self) -> Vec<SentMail> {
        self.state().sent.clone()
    }
    /// Forgets what was accepted.
    pub fn clear(&self) {
        self.state().sent.clear();
    }
    /// The next send fails like this; several calls queue up.
    pub fn fail_next(&self, error: SendError) {
        self.state().failures.push_back(error);
    }
    pub(crate) fn send(&self, mail: &OutgoingMail) -> Result<(), SendError> {
        let bytes = mail.bytes().map_err(|error| SendError::Permanent {
            detail: error.to_string(),
        })?;
        let mut state = self.state();
        if let Some(error) = state.failures.pop_front() {
            return Err(error);
        }
        state.sent.push(SentMail {
            mail: mail.clone(),
            bytes,
        });
        Ok(())
    }
}
