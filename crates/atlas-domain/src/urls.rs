//! Paths of the pages, in one place: templates, mails and redirects all build them here.

use time::Date;

/// Home.
pub const HOME: &str = "/";
/// All platforms.
pub const PLATFORMS: &str = "/platforms";
/// All published changes.
pub const CHANGES: &str = "/changes";
/// All provision types.
pub const PROVISION_TYPES: &str = "/provisions";
/// All laws that provision types refer to.
pub const REGULATIONS: &str = "/regulations";
/// All provisions, with filters.
pub const REGISTRY: &str = "/registry";
/// The same as CSV.
pub const REGISTRY_CSV: &str = "/registry.csv";
/// All editorial comparisons; with questions and platforms in the query, a comparison of one's own.
pub const COMPARISONS: &str = "/compare";
/// A comparison of one's own as CSV.
pub const COMPARISON_CSV: &str = "/compare.csv";
/// Plans and prices.
pub const PRICING: &str = "/pricing";
/// How we capture, verify and classify.
pub const METHODOLOGY: &str = "/methodology";
/// What is configured, fetched and published.
pub const COVERAGE: &str = "/coverage";
/// What the record said wrongly, and what is right.
pub const CORRECTIONS: &str = "/corrections";
/// Atom feed of corrections.
pub const CORRECTIONS_FEED: &str = "/corrections/feed.atom";
/// Whether words stand in an archived text, or which record a hash belongs to.
pub const VERIFY: &str = "/verify";
/// Sign-up form.
pub const SIGN_UP: &str = "/signup";
/// Log-in form.
pub const LOG_IN: &str = "/login";
/// Log-out (POST).
pub const LOG_OUT: &str = "/logout";
/// What happens after signing up: a mail is on its way.
pub const CHECK_MAIL: &str = "/signup/check";
/// Request a new password.
pub const FORGOT_PASSWORD: &str = "/password/forgot";
/// The signed-in overview.
pub const APP: &str = "/app";
/// The signed-in person's watches.
pub const WATCHES: &str = "/app/watches";
/// Start or stop watching a platform (POST).
pub const WATCH: &str = "/watch";
/// The signed-in person's settings.
pub const SETTINGS: &str = "/app/settings";
/// The staff area.
pub const ADMIN: &str = "/admin";
/// Findings that wait for a person.
pub const ADMIN_REVIEW: &str = "/admin/review";
/// How the polls of every source went.
pub const ADMIN_SOURCES: &str = "/admin/sources";
/// Where what stands on record disagrees.
pub const ADMIN_CONTRADICTIONS: &str = "/admin/contradictions";
/// The same words in several places.
pub const ADMIN_DUPLICATES: &str = "/admin/duplicates";
/// Corrections, for staff.
pub const ADMIN_CORRECTIONS: &str = "/admin/corrections";
/// The form of a correction.
pub const ADMIN_CORRECTION: &str = "/admin/corrections/new";
/// Notes to the curators.
pub const ADMIN_NOTES: &str = "/admin/notes";
/// The editorial texts, stance by stance.
pub const ADMIN_ANALYSES: &str = "/admin/analyses";
/// Drafts of a language model, for staff.
pub const ADMIN_DRAFTS: &str = "/admin/drafts";
/// Who of the staff did what.
pub const ADMIN_LOG: &str = "/admin/log";
/// Mails of an instance without a relay.
pub const OUTBOX: &str = "/outbox";
/// The picture of pages that have none of their own.
pub const PICTURE: &str = "/og/default.png";
/// Atom feed of all published changes.
pub const FEED: &str = "/feed.atom";

/// A platform.
pub fn platform(platform: &str) -> String {
    format!("/platform/{platform}")
}
/// A category of platforms.
pub fn category(slug: &str) -> String {
    format!("/category/{slug}")
}
/// Atom feed of the changes in a category.
pub fn category_feed(slug: &str) -> String {
    format!("/category/{slug}/feed.atom")
}
/// A document.
pub fn document(platform: &str, document: &str) -> String {
    format!("/platform/{platform}/{document}")
}
/// A version, by its number within the document.
pub fn version(platform: &str, document: &str, number: i32) -> String {
    format!("/platform/{platform}/{document}/versions/{number}")
}
/// The difference between two versions, by number.
pub fn diff(platform: &str, document: &str, old: i32, new: i32) -> String {
    format!("/platform/{platform}/{document}/diff/{old}..{new}")
}
/// A provision, by its type.
pub fn provision(platform: &str, document: &str, provision_type: &str) -> String {
    format!("/platform/{platform}/{document}/{provision_type}")
}
/// A provision, by its public id: the stable short form.
pub fn provision_short(public_id: &str) -> String {
    format!("/p/{public_id}")
}
/// A change record, by its public id: the stable short form.
pub fn change_short(public_id: &str) -> String {
    format!("/c/{public_id}")
}
/// A version, by its public id: the stable short form.
pub fn version_short(public_id: &str) -> String {
    format!("/v/{public_id}")
}
/// A change record; `detected` is the day of detection in UTC, `public_id` is like `CA-C-004117`.
pub fn change(detected: Date, platform: &str, document: &str, public_id: &str) -> String {
    format!(
        "/change/{:04}-{:02}-{:02}-{platform}-{document}-{}",
        detected.year(),
        u8::from(detected.month()),
        detected.day(),
        public_id.to_ascii_lowercase()
    )
}
/// A finding in the review queue.
pub fn admin_review(finding: &str) -> String {
    format!("{ADMIN_REVIEW}/{finding}")
}
/// A correction, by its public id.
pub fn correction(public_id: &str) -> String {
    format!("{CORRECTIONS}/{public_id}")
}
/// The editorial text on one stance of one type, for staff.
pub fn admin_analysis(provision_type: &str, stance: &str) -> String {
    format!("{ADMIN_ANALYSES}/{provision_type}/{stance}")
}
/// A draft of a language model, for staff.
pub fn admin_draft(draft: &str) -> String {
    format!("{ADMIN_DRAFTS}/{draft}")
}
/// A provision type.
pub fn provision_type(slug: &str) -> String {
    format!("/provisions/{slug}")
}
/// A law.
pub fn regulation(slug: &str) -> String {
    format!("/regulations/{slug}")
}
/// An article of a law.
pub fn regulation_article(slug: &str, article: &str) -> String {
    format!("/regulations/{slug}/{article}")
}
/// A version of the severity rubric.
pub fn rubric(version: u32) -> String {
    format!("/methodology/rubric/{version}")
}
/// An editorial comparison.
pub fn comparison(slug: &str) -> String {
    format!("/compare/{slug}")
}
/// One-click unsubscribe; `token` is opaque.
pub fn unsubscribe(token: &str) -> String {
    format!("/u/{token}")
}
/// Confirm an address; `token` is opaque.
pub fn confirm_email(token: &str) -> String {
    format!("/confirm/{token}")
}
/// Choose a new password; `token` is opaque.
pub fn reset_password(token: &str) -> String {
    format!("/password/reset/{token}")
}
/// The picture of a record; `kind` is `platform`, `document`, `provision`, `change` or `comparison`.
pub fn picture(kind: &str, id: &str) -> String {
    format!("/og/{kind}/{id}.png")
}
/// One sitemap of the index; `number` is from 1.
pub fn sitemap(name: &str, number: i64) -> String {
    format!("/sitemaps/{name}-{number}.xml")
}
/// A record's citation as a file; `form` is `txt`, `bib` or `ris`.
pub fn citation(public_id: &str, form: &str) -> String {
    format!("/cite/{public_id}.{form}")
}
/// What a SHA-256 belongs to; `sha256` is 64 hexadecimal digits.
pub fn verify(sha256: &str) -> String {
    format!("/verify/{sha256}")
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    #[test]
    fn a_change_is_addressed_by_day_platform_document_and_id() {
        assert_eq!(
            super::change(date!(2026 - 11 - 09), "halden-ai", "privacy-policy", "CA-C-004117"),
            "/change/2026-11-09-halden-ai-privacy-policy-ca-c-004117"
        );
    }
}
