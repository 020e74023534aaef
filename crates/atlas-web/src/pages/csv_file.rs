//! Tables as CSV (RFC 4180, UTF-8 with its mark) for the plans that have it.
//!
//! Invariant: no cell is read as a formula by a spreadsheet: one that begins like a formula begins with `'` instead.

use std::borrow::Cow;

use atlas_domain::Feature;
use axum::{
    http::{HeaderValue, Uri, header::CONTENT_DISPOSITION},
    response::Response,
};

use crate::{CachePolicy, Chrome, Error, render};

/// Whether the reader may have CSV; a visitor is asked to log in and comes back to `uri`.
pub(super) fn allowed(chrome: &Chrome, uri: &Uri) -> Result<(), Error> {
    match &chrome.viewer {
        None => {
            let target = uri.path_and_query().map_or(uri.path(), |target| target.as_str());
            Err(Error::SignInRequired(target.to_owned()))
        }
        Some(viewer) if viewer.plan.has(Feature::Csv) => Ok(()),
        Some(_) => Err(Error::UpgradeRequired(Feature::Csv)),
    }
}

/// A file to download, named `name`.csv, with a heading and rows of as many cells.
pub(super) fn file(
    name: &'static str,
    heading: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Response, Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        // Without its mark, spreadsheets read UTF-8 as something else.
        .from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(heading).map_err(Error::internal)?;
    for row in rows {
        writer
            .write_record(row.iter().map(|cell| harmless(cell).into_owned()))
            .map_err(Error::internal)?;
    }
    let body = writer
        .into_inner()
        .map_err(|error| Error::internal(error.to_string()))?;
    let mut response = render::bytes("text/csv; charset=utf-8", body, CachePolicy::Private, None);
    let disposition = format!("attachment; filename=\"conductatlas-{name}.csv\"");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// The cell, with an apostrophe before whatever a spreadsheet would calculate (OWASP, CSV injection).
fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn what_begins_like_a_formula_is_made_harmless() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        for cell in ["", "a=1", "We may – at any time – use it.", "'=1"] {
            assert_eq!(harmless(cell), cell);
        }
    }
}
