//! A policy of our own writing, as a page, in the versions that the tests need.
//!
//! Invariant: two versions differ in one paragraph and in nothing else.

/// A version of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Content is used for training only if the user turns that on.
    OptIn,
    /// Content is used for training unless the user turns that off: what matters.
    OptOut,
    /// Keeps deleted content for longer: the next thing that matters.
    LongRetention,
    /// As `OptIn`, with other markup, spaces and quotation marks: no reader sees a difference.
    OptInReset,
    /// As `OptIn`, with two marks of punctuation changed: a difference that does not matter.
    OptInPunctuated,
}

/// The sentence on training of `OptIn`.
pub const TRAINING_BEFORE: &str = "We use the content you submit to train our models only if you turn on Improve the Service in your account settings.";
/// The sentence on training of `OptOut`.
pub const TRAINING_AFTER: &str = "We may use the content you submit to train our models unless you turn off Improve the Service in your account settings.";
/// The sentence on deletion of all but `LongRetention`.
pub const DELETION_BEFORE: &str = "We delete your content within 30 days after you close your account.";
/// The sentence on deletion of `LongRetention`.
pub const DELETION_AFTER: &str =
    "We keep your content for up to 24 months after you close your account and delete it thereafter.";

impl Policy {
    /// The page.
    pub fn html(self) -> String {
        let training = if matches!(self, Self::OptOut | Self::LongRetention) {
            TRAINING_AFTER
        } else {
            TRAINING_BEFORE
        };
        let deletion = if self == Self::LongRetention {
            DELETION_AFTER
        } else {
            DELETION_BEFORE
        };
        let mut page = format!(
            r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Privacy policy</title></head><body>
<header><nav><a href="/">Home</a> <a href="/login">Log in</a></nav></header>
<main><h1>Privacy policy</h1>
<p>This policy explains how the service handles the content and the account details of the people who use it. It applies to the website, the applications and the programming interface.</p>
<h2>What we collect</h2>
<p>We collect the name and the e-mail address that you give when you sign up, the content you submit, and technical records such as the address of your device and the time of each request.</p>
<p>We receive payment records from the company that processes your payments. We never see your full card number.</p>
<h2>How we use your content</h2>
<p>We process the content you submit to provide the service, to answer your requests and to keep the service secure.</p>
<p>{training}</p>
<p>We do not sell your content, and we do not show advertising that is based on it.</p>
<h2>Whom we share it with</h2>
<p>We share content with the suppliers who host the service, under contracts that bind them to our instructions. A list of suppliers is published on our website.</p>
<h2>How long we keep it</h2>
<p>{deletion}</p>
<p>We keep technical records for ninety days, and invoices for as long as the law requires.</p>
<h2>Your rights</h2>
<p>You can ask for a copy of your details, have them corrected, or object to a use of them. Write to the address below and we will answer within one month.</p>
<h2>How to reach us</h2>
<p>Write to privacy@service.example, or to the postal address on our contact page.</p></main>
<footer><p>Terms, privacy, cookies</p></footer></body></html>"#
        );
        if self == Self::OptInReset {
            page = page
                .replace("<p>", "<p class=\"text\">\n    ")
                .replace("<h2>", "<h2 id=\"section\">")
                .replace("your requests and", "your\n requests  and")
                .replace("<a href=\"/login\">Log in</a>", "<a href=\"/login\">Sign in</a>");
        }
        if self == Self::OptInPunctuated {
            page = page
                .replace("secure.</p>", "secure!</p>")
                .replace("do not sell your content, and", "do not sell your content and");
        }
        page
    }
}
