//! Accounts, sessions, organizations and watches, as their owners see them.
