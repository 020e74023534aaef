//! The difference between any two versions of a document, compared when it is asked for: as a page, as data, as text.
//!
//! Invariant: the three forms say the same of the same pair; the smaller number stands first; a version compared with
//! itself has a page that says so.

use std::sync::Arc;

use askama::Template;
use atlas_db::view::{
    document::{self, DocumentRecord, VersionLine},
    version::{self, VersionRecord},
};
use atlas_domain::urls;
use atlas_text::diff::Diff;
use axum::{
    extract::{Path, Query, State},
    http::HeaderMap,
    response::Response,
};
use serde::Deserialize;

use super::{
    diff_data::{self, Form, Side},
    diff_view::{self, DiffChoice, DiffView},
    meta::Meta,
    words,
};
use crate::{CachePolicy, Chrome, Error, WebState, render};

#[derive(Debug, Deserialize, Default)]
pub(super) struct View {
    view: Option<String>,
    ignored: Option<String>,
}

impl View {
    /// What the reader asked for.
    pub(super) fn choice(&self) -> DiffChoice {
        DiffChoice::new(self.view.as_deref(), self.ignored.as_deref())
    }
}

/// The form on a version's page: this version against another.
#[derive(Debug, Deserialize)]
pub(super) struct Pair {
    with: i32,
    version: i32,
}

#[derive(Template)]
#[template(path = "pages/diff.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    document: DocumentRecord,
    old: VersionRecord,
    new: VersionRecord,
    versions: Vec<VersionLine>,
    path: String,
    diff: DiffView,
}

impl Page {
    /// Whether a version is compared with itself.
    fn is_same(&self) -> bool {
        self.old.number == self.new.number
    }
    /// The version before and the version after, for the step to the neighbouring comparisons.
    fn step(&self, by: i32) -> Option<String> {
        let (a, b) = (self.old.number.checked_add(by)?, self.new.number.checked_add(by)?);
        let known = |number: i32| self.versions.iter().any(|line| line.number == number);
        (known(a) && known(b)).then(|| urls::diff(&self.document.platform_slug, &self.document.slug, a, b))
    }
}

/// Leads from the form to the address of the comparison.
pub(super) async fn choose(
    Path((platform, document)): Path<(String, String)>,
    Query(pair): Query<Pair>,
) -> Result<Response, Error> {
    if pair.with < 1 || pair.version < 1 {
        return Err(Error::NotFound);
    }
    let path = urls::diff(
        &platform,
        &document,
        pair.with.min(pair.version),
        pair.with.max(pair.version),
    );
    Ok(render::see_other(&super::ascii_path(&path)))
}

pub(super) async fn page(
    State(state): State<WebState>,
    chrome: Chrome,
    Path((platform_slug, slug, range)): Path<(String, String, String)>,
    Query(view): Query<View>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let (range, form) = Form::of(&range, &headers);
    let (a, b) = range.split_once("..").ok_or(Error::NotFound)?;
    let (a, b): (i32, i32) = (
        a.parse().map_err(|_| Error::NotFound)?,
        b.parse().map_err(|_| Error::NotFound)?,
    );
    let mut conn = state.pool.acquire().await?;
    let rest = format!("/diff/{a}..{b}{}", form.suffix());
    let record = match super::document::find(&mut conn, &platform_slug, &slug, &rest).await? {
        Ok(record) => record,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if a > b {
        let path = urls::diff(&record.platform_slug, &record.slug, b, a);
        return Ok(render::moved(&format!("{path}{}", form.suffix())));
    }
    let mut found = version::versions_by_number(&mut conn, record.id, &[a, b]).await?;
    let versions = if form == Form::Page {
        document::versions_of_document(&mut conn, record.id).await?
    } else {
        Vec::new()
    };
    drop(conn);
    let new = found.pop().filter(|new| new.number == b).ok_or(Error::NotFound)?;
    let old = match found.pop() {
        Some(old) => old,
        None if a == b => new.clone(),
        None => return Err(Error::NotFound),
    };
    let diff = state.diffs.of_versions(&old, &new).await?;
    let path = urls::diff(&record.platform_slug, &record.slug, a, b);
    match form {
        Form::Page => {
            crate::accounts::looked(&state, &chrome, record.id, new.id).await?;
            html(chrome, record, (old, new), versions, path, &diff, view.choice())
        }
        Form::Json | Form::Text => {
            let head = diff_data::Head {
                platform: &record.platform_name,
                document: &record.title,
                is_sample: record.is_sample,
                url: state.absolute(&path),
                old: Side::of_version(&state, &record, &old),
                new: Side::of_version(&state, &record, &new),
                change: None,
            };
            Ok(diff_data::answer(form, &head, &diff, new.captured_at))
        }
    }
}

fn html(
    mut chrome: Chrome,
    record: DocumentRecord,
    (old, new): (VersionRecord, VersionRecord),
    versions: Vec<VersionLine>,
    path: String,
    diff: &Arc<Diff>,
    choice: DiffChoice,
) -> Result<Response, Error> {
    chrome.samples = record.is_sample;
    let meta =
        meta(&chrome, &record, &old, &new, &path).unlisted_if(new.number != old.number + 1 || !choice.is_usual());
    let shown = diff_view::view(
        diff,
        choice,
        caption(&old, &new),
        new.number,
        urls::version(&record.platform_slug, &record.slug, new.number),
    );
    let captured_at = new.captured_at;
    let page = Page {
        meta,
        document: record,
        diff: shown,
        old,
        new,
        versions,
        path,
        chrome,
    };
    render::html_modified(&page, CachePolicy::Public, captured_at).map(diff_data::varies)
}

fn meta(chrome: &Chrome, record: &DocumentRecord, old: &VersionRecord, new: &VersionRecord, path: &str) -> Meta {
    Meta::new(
        &chrome.base_url,
        path,
        &format!(
            "{}, {} to {}",
            words::titled(&record.platform_name, &record.title),
            old.number,
            new.number
        ),
        &format!(
            "What changed in {}, {}, between version {} ({}) and version {} ({}), word for word.",
            record.platform_name,
            record.title,
            old.number,
            words::day(old.captured_at),
            new.number,
            words::day(new.captured_at)
        ),
    )
    .under("Platforms", urls::PLATFORMS)
    .under(&record.platform_name, urls::platform(&record.platform_slug))
    .under(&record.title, urls::document(&record.platform_slug, &record.slug))
    .here(&format!("Versions {} and {}", old.number, new.number))
    .modified(new.captured_at)
    .sample(record.is_sample)
}

fn caption(old: &VersionRecord, new: &VersionRecord) -> String {
    format!(
        "Version {}, {}, to version {}, {}",
        old.number,
        words::day(old.captured_at),
        new.number,
        words::day(new.captured_at)
    )
}
