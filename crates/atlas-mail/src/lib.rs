//! Typed mails and their transports.
