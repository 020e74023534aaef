//! Style sheets, fonts and the one script, under names that change with their bytes.
//!
//! Invariant: `/static/<name>.<hash8>.<extension>` is served for a year, so its bytes never change. Style sheets are
//! rewritten first, so that the fonts they name carry their hash too; the hash of a sheet covers the rewritten text.

use std::{borrow::Cow, collections::HashMap, io::Write, sync::LazyLock};

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{
        HeaderMap, HeaderValue,
        header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY},
    },
    response::Response,
    routing::get,
};
use bytes::Bytes;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::{CachePolicy, Error, WebState, render};

#[derive(RustEmbed)]
#[folder = "../../static"]
struct Embedded;

#[derive(Debug)]
struct Asset {
    content_type: HeaderValue,
    body: Bytes,
    /// Present where it is smaller than the body.
    gzip: Option<Bytes>,
}

#[derive(Debug, Default)]
struct Assets {
    by_hashed_name: HashMap<String, Asset>,
    address_by_name: HashMap<String, String>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(Assets::load);

impl Assets {
    fn load() -> Self {
        let mut assets = Self::default();
        let (sheets, others): (Vec<_>, Vec<_>) = Embedded::iter().partition(|name| has_extension(name, "css"));
        for name in others {
            if let Some(file) = Embedded::get(&name) {
                assets.add(&name, file.data);
            }
        }
        for name in sheets {
            if let Some(file) = Embedded::get(&name) {
                let text = assets.with_hashed_urls(&String::from_utf8_lossy(&file.data));
                assets.add(&name, Cow::Owned(text.into_bytes()));
            }
        }
        assets
    }

    /// Replaces every `url("fonts/…")` by the address under which the font is served.
    fn with_hashed_urls(&self, sheet: &str) -> String {
        self.address_by_name
            .iter()
            .fold(sheet.to_owned(), |text, (name, address)| {
                text.replace(&format!("url(\"{name}\")"), &format!("url(\"{address}\")"))
            })
    }

    fn add(&mut self, name: &str, body: Cow<'static, [u8]>) {
        let digest = hex::encode(Sha256::digest(&body).get(..4).unwrap_or_default());
        let hashed = match name.rsplit_once('.') {
            Some((stem, extension)) => format!("{stem}.{digest}.{extension}"),
            None => format!("{name}.{digest}"),
        };
        let content_type = match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "css" => HeaderValue::from_static("text/css; charset=utf-8"),
            "js" => HeaderValue::from_static("text/javascript; charset=utf-8"),
            "txt" => HeaderValue::from_static("text/plain; charset=utf-8"),
            "svg" => HeaderValue::from_static("image/svg+xml"),
            "woff2" => HeaderValue::from_static("font/woff2"),
            _ => HeaderValue::from_static("application/octet-stream"),
        };
        let body = match body {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        let gzip = gzip(&body).filter(|small| small.len() < body.len());
        self.address_by_name
            .insert(name.to_owned(), format!("/static/{hashed}"));
        self.by_hashed_name.insert(
            hashed,
            Asset {
                content_type,
                body,
                gzip,
            },
        );
    }
}

fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| end == extension)
}

/// Compresses with gzip; `None` if that fails.
pub(crate) fn gzip(body: &[u8]) -> Option<Bytes> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// The address of a static file, for example `app.css` → `/static/app.1a2b3c4d.css`; a name that does not exist
/// gives an address that answers 404.
pub fn asset(name: &str) -> &'static str {
    ASSETS
        .address_by_name
        .get(name)
        .map_or("/static/missing", String::as_str)
}

/// Routes of the static files, and the two addresses that browsers ask for unasked.
pub fn routes() -> Router<WebState> {
    Router::new()
        .route("/static/{*name}", get(serve))
        .route("/favicon.ico", get(async || render::moved(asset("favicon.svg"))))
}

async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Error> {
    let file = ASSETS.by_hashed_name.get(&name).ok_or(Error::NotFound)?;
    let small = file.gzip.as_ref().filter(|_| accepts_gzip(&headers));
    let mut response = Response::new(Body::from(small.unwrap_or(&file.body).clone()));
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, file.content_type.clone());
    out.insert(CACHE_CONTROL, CachePolicy::Immutable.header());
    if file.gzip.is_some() {
        out.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    let suffix = if small.is_some() { "-gz" } else { "" };
    if small.is_some() {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{name}{suffix}\"")) {
        out.insert(ETAG, tag);
    }
    response.extensions_mut().insert(CachePolicy::Immutable);
    Ok(response)
}

/// Whether the client takes gzip (an entry with `q=0` is a refusal).
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            let named = parts.next().is_some_and(|coding| coding.eq_ignore_ascii_case("gzip"));
            named && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
}

#[cfg(test)]
mod tests {
    use super::{ASSETS, asset};

    #[test]
    fn style_sheets_name_fonts_that_are_served() {
        let tokens = ASSETS
            .by_hashed_name
            .get(asset("tokens.css").trim_start_matches("/static/"))
            .unwrap();
        let text = std::str::from_utf8(&tokens.body).unwrap();
        let fonts: Vec<&str> = text
            .split("url(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(fonts.len() >= 4, "{fonts:?}");
        for font in fonts {
            let name = font.strip_prefix("/static/").expect(font);
            assert!(ASSETS.by_hashed_name.contains_key(name), "{font} is not served");
        }
    }

    #[test]
    fn every_shell_file_exists() {
        for name in ["tokens.css", "app.css", "enhance.js", "favicon.svg"] {
            assert_ne!(asset(name), "/static/missing", "{name}");
        }
    }
}
