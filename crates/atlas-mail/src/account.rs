//! Mails about an account: confirm an address, choose a new password, "you already have an account", "your password was
//! changed".
//!
//! Invariant: none of them says anything that the person who typed the address into a form could not know or choose,
//! except the link; and none shows a secret.

use askama::Template;
use time::OffsetDateTime;

use crate::{
    MailError, RenderedMail,
    words::{self, check_links, greeting, one_line},
};

/// Asks a new account to confirm its address.
#[derive(Debug, Clone)]
pub struct ConfirmEmailMail {
    /// The name given at sign-up, if any.
    pub name: Option<String>,
    /// Absolute address that confirms.
    pub confirm_url: String,
    /// When the link stops working.
    pub expires_at: OffsetDateTime,
    /// Who sends the mail, with the postal address, on one line; empty leaves it out.
    pub imprint: String,
}

/// Lets somebody choose a new password.
#[derive(Debug, Clone)]
pub struct ResetPasswordMail {
    /// The account's name, if any.
    pub name: Option<String>,
    /// Absolute address of the form.
    pub reset_url: String,
    /// When the link stops working.
    pub expires_at: OffsetDateTime,
    /// Who sends the mail, with the postal address, on one line; empty leaves it out.
    pub imprint: String,
}

/// Sent when somebody signs up with an address that has an account, so that the page need not say so.
#[derive(Debug, Clone)]
pub struct AlreadyRegisteredMail {
    /// The account's name, if any.
    pub name: Option<String>,
    /// Absolute address of the log-in form.
    pub log_in_url: String,
    /// Absolute address where a new password is requested.
    pub reset_url: String,
    /// Who sends the mail, with the postal address, on one line; empty leaves it out.
    pub imprint: String,
}

/// Tells the holder of an account that its password is another one now.
#[derive(Debug, Clone)]
pub struct PasswordChangedMail {
    /// The account's name, if any.
    pub name: Option<String>,
    /// When it was changed.
    pub changed_at: OffsetDateTime,
    /// Absolute address where a new password is requested.
    pub reset_url: String,
    /// Who sends the mail, with the postal address, on one line; empty leaves it out.
    pub imprint: String,
}

/// What the templates of these mails are filled with.
struct View {
    greeting: String,
    /// When a link stops working, or when something happened.
    moment: String,
    imprint: String,
}

impl View {
    fn new(name: Option<&str>, moment: Option<OffsetDateTime>, imprint: &str) -> Self {
        Self {
            greeting: greeting(name),
            moment: moment.map_or_else(String::new, words::moment),
            imprint: one_line(imprint),
        }
    }
}

macro_rules! rendered {
    ($mail:expr, $view:expr, $kind:ident, $subject:literal, $text:literal, $html:literal) => {{
        #[derive(Template)]
        #[template(path = $subject)]
        struct Subject;
        #[derive(Template)]
        #[template(path = $text)]
        struct Text<'a> {
            mail: &'a $kind,
            view: &'a View,
        }
        #[derive(Template)]
        #[template(path = $html)]
        struct Html<'a> {
            mail: &'a $kind,
            view: &'a View,
        }
        let (mail, view) = ($mail, &$view);
        Ok(RenderedMail {
            subject: words::subject(&Subject.render()?, ""),
            text: Text { mail, view }.render()?,
            html: Html { mail, view }.render()?,
        })
    }};
}

impl ConfirmEmailMail {
    /// The three texts. Fails only if the link is not absolute.
    pub fn render(&self) -> Result<RenderedMail, MailError> {
        check_links([self.confirm_url.as_str()])?;
        let view = View::new(self.name.as_deref(), Some(self.expires_at), &self.imprint);
        rendered!(
            self,
            view,
            ConfirmEmailMail,
            "confirm-email/subject.txt",
            "confirm-email/body.txt",
            "confirm-email/body.html"
        )
    }
}

impl ResetPasswordMail {
    /// The three texts. Fails only if the link is not absolute.
    pub fn render(&self) -> Result<RenderedMail, MailError> {
        check_links([self.reset_url.as_str()])?;
        let view = View::new(self.name.as_deref(), Some(self.expires_at), &self.imprint);
        rendered!(
            self,
            view,
            ResetPasswordMail,
            "reset-password/subject.txt",
            "reset-password/body.txt",
            "reset-password/body.html"
        )
    }
}

impl AlreadyRegisteredMail {
    /// The three texts. Fails only if a link is not absolute.
    pub fn render(&self) -> Result<RenderedMail, MailError> {
        check_links([self.log_in_url.as_str(), &self.reset_url])?;
        let view = View::new(self.name.as_deref(), None, &self.imprint);
        rendered!(
            self,
            view,
            AlreadyRegisteredMail,
            "already-registered/subject.txt",
            "already-registered/body.txt",
            "already-registered/body.html"
        )
    }
}

impl PasswordChangedMail {
    /// The three texts. Fails only if the link is not absolute.
    pub fn render(&self) -> Result<RenderedMail, MailError> {
        check_links([self.reset_url.as_str()])?;
        let view = View::new(self.name.as_deref(), Some(self.changed_at), &self.imprint);
        rendered!(
            self,
            view,
            PasswordChangedMail,
            "password-changed/subject.txt",
            "password-changed/body.txt",
            "password-changed/body.html"
        )
    }
}
