//! Mails from the typed value to the wire and back.

mod injection;
mod outbox;
mod rendering;
mod samples;
mod sending;
