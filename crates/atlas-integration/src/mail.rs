//! A mail as its recipient sees it.

use atlas_mail::testing::AcceptedMail;
use mailparse::{MailHeaderMap as _, ParsedMail};

/// A mail that the relay took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Recipients of the envelope.
    pub to: Vec<String>,
    /// The subject, decoded.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// Seconds since 1970 of the date that the mail bears.
    pub date: i64,
    headers: Vec<(String, String)>,
}

impl Mail {
    /// Takes an accepted mail apart.
    pub fn parse(accepted: &AcceptedMail) -> Self {
        let parsed = mailparse::parse_mail(&accepted.bytes).expect("the relay took something that is no mail");
        let date = parsed.headers.get_first_value("Date").expect("a mail bears a date");
        Self {
            to: accepted.to.clone(),
            subject: parsed.headers.get_first_value("Subject").unwrap_or_default(),
            text: part(&parsed, "text/plain").replace("\r\n", "\n"),
            html: part(&parsed, "text/html").replace("\r\n", "\n"),
            date: mailparse::dateparse(&date).unwrap(),
            headers: parsed
                .headers
                .iter()
                .map(|header| (header.get_key(), header.get_value()))
                .collect(),
        }
    }

    /// The value of the first header of a name; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// The path of the first link of ours in the text that starts with `path`.
    pub fn link(&self, base_url: &str, path: &str) -> String {
        let start = format!("{base_url}{path}");
        let word = self.text.split_whitespace().find(|word| word.starts_with(&start));
        let found = word.unwrap_or_else(|| panic!("no link to {path} in:\n{}", self.text));
        found.trim_start_matches(base_url).to_owned()
    }

    /// The text with every run of spaces and line breaks as one space, for words that were wrapped.
    pub fn words(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn part(mail: &ParsedMail<'_>, mimetype: &str) -> String {
    if mail.ctype.mimetype == mimetype {
        return mail.get_body().unwrap_or_default();
    }
    mail.subparts
        .iter()
        .map(|inner| part(inner, mimetype))
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}
