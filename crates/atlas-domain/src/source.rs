//! How a document is obtained, and how an attempt to obtain it can end.

use serde::{Deserialize, Serialize};

use crate::text_enum::text_enum;

text_enum! {
    /// How one attempt to fetch one location ended.
    CaptureOutcome, "capture outcome", {
        /// Bytes were received.
        Captured = "captured",
        /// The server said that nothing changed.
        NotModified = "not_modified",
        /// A bot rule refused us.
        Blocked = "blocked",
        /// A captcha or browser check came instead of the page.
        Challenge = "challenge",
        /// The page asks to log in.
        LoginWall = "login_wall",
        /// The page asks for consent before it shows itself.
        ConsentWall = "consent_wall",
        /// The page is gone (404, 410).
        Gone = "gone",
        /// The page moved to another site.
        Moved = "moved",
        /// No words were found.
        Empty = "empty",
        /// Another kind of content.
        WrongType = "wrong_type",
        /// Another language than the document's.
        WrongLanguage = "wrong_language",
        /// The page ends in the middle.
        Truncated = "truncated",
        /// More bytes than we accept.
        TooLarge = "too_large",
        /// No answer in time.
        Timeout = "timeout",
        /// The name has no address.
        Dns = "dns",
        /// No trusted connection, or none at all.
        Tls = "tls",
        /// The address is one that we never fetch.
        RefusedAddress = "refused_address",
        /// The site's robots.txt asks us not to.
        RobotsDisallowed = "robots_disallowed",
        /// The page needs a browser, and none is installed here.
        NoBrowser = "no_browser",
        /// The server failed (5xx, 429).
        ServerError = "server_error",
        /// This machine lacks the program that reads such a page.
        ToolMissing = "tool_missing",
    }
}

impl CaptureOutcome {
    /// Whether this outcome may touch history.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Captured | Self::NotModified)
    }
    /// The words as pages show them.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Captured => "Captured",
            Self::NotModified => "Unchanged",
            Self::Blocked => "Blocked",
            Self::Challenge => "Challenge page",
            Self::LoginWall => "Log-in wall",
            Self::ConsentWall => "Consent wall",
            Self::Gone => "Gone",
            Self::Moved => "Moved",
            Self::Empty => "Empty page",
            Self::WrongType => "Wrong kind of page",
            Self::WrongLanguage => "Wrong language",
            Self::Truncated => "Incomplete page",
            Self::TooLarge => "Too large",
            Self::Timeout => "No answer in time",
            Self::Dns => "Name not found",
            Self::Tls => "No secure connection",
            Self::RefusedAddress => "Refused address",
            Self::RobotsDisallowed => "Disallowed by robots.txt",
            Self::NoBrowser => "Needs a browser",
            Self::ServerError => "Server error",
            Self::ToolMissing => "Reader not installed",
        }
    }
    /// What a curator can do about it; empty for a success.
    pub const fn repair(self) -> &'static str {
        match self {
            Self::Captured | Self::NotModified => "",
            Self::Blocked => {
                "The site refuses automated readers. Ask the publisher, or name another address of the same text."
            }
            Self::Challenge => "The site shows a browser check. Try the browser fetch mode, or name another address.",
            Self::LoginWall => "The page is only for signed-in people. Name a public address of the same text.",
            Self::ConsentWall => {
                "The site asks for consent first. Try the browser fetch mode, or name an address that shows the text."
            }
            Self::Gone => "The address no longer exists. Look for the document's new address and add it to the source.",
            Self::Moved => "The address leads to another site. Confirm the new address in the source.",
            Self::Empty => "No words were found. Check the selectors, or whether the page needs scripts.",
            Self::WrongType => "This is not the document. Check the address and the selectors.",
            Self::WrongLanguage => {
                "The text is in another language. Name the address of the document's own language, or correct its locale."
            }
            Self::Truncated => "The page ends in the middle. It is tried again; if that lasts, tell the publisher.",
            Self::TooLarge => "The page is larger than we accept. Name a lighter address of the same text.",
            Self::Timeout => "The site did not answer in time. It is tried again with growing pauses.",
            Self::Dns => "The host name has no address. Check the spelling, or this machine's connection.",
            Self::Tls => "No trusted connection could be made. It is tried again; check the host's certificate.",
            Self::RefusedAddress => "The address points into a private network. Name a public one.",
            Self::RobotsDisallowed => "The site's robots.txt excludes this address. Ask the publisher for leave.",
            Self::NoBrowser => {
                "The page needs scripts, and no browser runs here. Install Chromium, or set CONDUCTATLAS_BROWSER."
            }
            Self::ServerError => "The site failed to answer. It is tried again with growing pauses.",
            Self::ToolMissing => {
                "This machine lacks the program that reads such a page. Install it as docs/operations.md says."
            }
        }
    }
}

text_enum! {
    /// What a version is to its history.
    VersionKind, "version kind", {
        /// The first text we hold.
        FirstRecord = "first_record",
        /// The publisher changed the text: the only kind that is news.
        Update = "update",
        /// We changed our rules; the publisher changed nothing.
        TechnicalUpgrade = "technical_upgrade",
        /// Equals an earlier text: held as a possible page variant.
        Reverted = "reverted",
    }
}

text_enum! {
    /// How a location is fetched.
    FetchMode, "fetch mode", {
        /// A plain request.
        Plain = "plain",
        /// Through a headless browser.
        Browser = "browser",
    }
}

/// One end of a range of content (Open Terms Archive's `startBefore`, `startAfter`, `endBefore`, `endAfter`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RangeBound {
    /// The range meets the element from outside: it starts before it, or ends before it.
    Before(String),
    /// The range meets the element from inside: it starts after it, or ends after it.
    After(String),
}

/// Which content of a page is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Selector {
    /// Every element that a CSS selector matches.
    Css(String),
    /// Everything between two elements.
    Range {
        /// Where it starts.
        start: RangeBound,
        /// Where it ends.
        end: RangeBound,
    },
}

/// How the words are found on one page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExtractRules {
    /// Content to keep; empty means that the main content is found by us.
    pub select: Vec<Selector>,
    /// Content to drop, before anything is kept.
    pub remove: Vec<Selector>,
}

/// One page of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Absolute address.
    pub url: String,
    /// How the words are found on it.
    #[serde(flatten)]
    pub rules: ExtractRules,
    /// How it is fetched.
    #[serde(default = "plain")]
    pub fetch: FetchMode,
}

const fn plain() -> FetchMode {
    FetchMode::Plain
}

/// How a document is obtained: its pages, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRules {
    /// One or more pages whose texts are joined.
    pub locations: Vec<Location>,
    /// The language tag of the text, where somebody declared it: a text that is surely in another language is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}
