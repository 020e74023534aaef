//! The difference between any two versions of a document, compared when it is asked for.

use askama::Template;
use atlas_db::view::{
    document::DocumentRecord,
    version::{self, VersionRecord},
};
use atlas_domain::urls;
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use serde::Deserialize;

use super::{
    diff_view::{self, DiffLayout, DiffView},
    meta::Meta,
    words,
};
use crate::{CachePolicy, Chrome, Error, WebState, render};

#[derive(Debug, Deserialize, Default)]
pub(super) struct View {
    view: Option<String>,
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
    diff: DiffView,
}

/// Leads from the form to the address of the comparison.
pub(super) async fn choose(
    Path((platform, document)): Path<(String, String)>,
    Query(pair): Query<Pair>,
) -> Result<Response, Error> {
    if pair.with < 1 || pair.version < 1 {
        return Err(Error::NotFound);
    }
    let path = if pair.with == pair.version {
        urls::version(&platform, &document, pair.with)
    } else {
        urls::diff(
            &platform,
            &document,
            pair.with.min(pair.version),
            pair.with.max(pair.version),
        )
    };
    Ok(render::see_other(&super::ascii_path(&path)))
}

pub(super) async fn page(
    State(state): State<WebState>,
    mut chrome: Chrome,
    Path((platform_slug, slug, range)): Path<(String, String, String)>,
    Query(view): Query<View>,
) -> Result<Response, Error> {
    let (a, b) = range.split_once("..").ok_or(Error::NotFound)?;
    let (a, b): (i32, i32) = (
        a.parse().map_err(|_| Error::NotFound)?,
        b.parse().map_err(|_| Error::NotFound)?,
    );
    let mut conn = state.pool.acquire().await?;
    let record = match super::document::find(&mut conn, &platform_slug, &slug, &format!("/diff/{a}..{b}")).await? {
        Ok(record) => record,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if a >= b {
        let path = if a == b {
            urls::version(&record.platform_slug, &record.slug, a)
        } else {
            urls::diff(&record.platform_slug, &record.slug, b, a)
        };
        return Ok(render::moved(&path));
    }
    let mut versions = version::versions_by_number(&mut conn, record.id, &[a, b]).await?;
    drop(conn);
    let (Some(new), Some(old), None) = (versions.pop(), versions.pop(), versions.pop()) else {
        return Err(Error::NotFound);
    };
    let (old, new, comparison) = tokio::task::spawn_blocking(move || {
        let comparison = atlas_text::compare(&old.text, &new.text);
        (old, new, comparison)
    })
    .await
    .map_err(Error::internal)?;

    chrome.samples = record.is_sample;
    let layout = DiffLayout::from_name(view.view.as_deref());
    let path = urls::diff(&record.platform_slug, &record.slug, old.number, new.number);
    let meta = Meta::new(
        &chrome.base_url,
        &path,
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
    .unlisted_if(new.number != old.number + 1 || layout != DiffLayout::Inline);
    let diff = DiffView {
        entries: diff_view::entries(&comparison.hunks, Some(&new.text), layout),
        layout,
        counts: diff_view::counts(&comparison.hunks),
        new_number: new.number,
        caption: caption(&old, &new),
        new_href: urls::version(&record.platform_slug, &record.slug, new.number),
    };
    let captured_at = new.captured_at;
    let page = Page {
        meta,
        document: record,
        diff,
        old,
        new,
        chrome,
    };
    render::html_modified(&page, CachePolicy::Public, captured_at)
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
