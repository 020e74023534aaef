//! The pictures of records as shares show them: `/og/{kind}/{id}.png`, and one for every other page.
//!
//! Invariant: one question to the database at most; an id that no page shows has no picture.

use std::sync::Arc;

use atlas_db::view::{position, share};
use axum::{
    extract::{Path, State},
    http::{HeaderName, HeaderValue},
    response::Response,
};

use super::{category_title, change_item, words};
use crate::{CachePolicy, Error, WebState, pictures::Picture, render};

/// Kinds of pages with pictures of their own, as their addresses name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// By slug.
    Platform,
    /// By public id of the document, or of a version of it.
    Document,
    /// By public id.
    Provision,
    /// By public id.
    Change,
    /// By slug.
    Comparison,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Platform,
        Self::Document,
        Self::Provision,
        Self::Change,
        Self::Comparison,
    ];

    /// As addresses name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Document => "document",
            Self::Provision => "provision",
            Self::Change => "change",
            Self::Comparison => "comparison",
        }
    }
}

/// The picture of every page that has none of its own.
pub(super) async fn general(State(state): State<WebState>) -> Result<Response, Error> {
    answer(
        &state,
        Picture {
            kind: "Policies as evidence".to_owned(),
            title: "What platforms’ terms, privacy and AI policies say, and when they change".to_owned(),
            about: "Exact quotations from archived versions, with proof".to_owned(),
            facts: Vec::new(),
            day: "Independent monitoring".to_owned(),
            is_sample: false,
        },
    )
    .await
}

pub(super) async fn of_record(
    State(state): State<WebState>,
    Path((kind, file)): Path<(String, String)>,
) -> Result<Response, Error> {
    let kind = Kind::ALL
        .into_iter()
        .find(|known| known.name() == kind)
        .ok_or(Error::NotFound)?;
    let id = file.strip_suffix(".png").ok_or(Error::NotFound)?;
    let picture = picture(&state, kind, id).await?.ok_or(Error::NotFound)?;
    answer(&state, picture).await
}

async fn answer(state: &WebState, picture: Picture) -> Result<Response, Error> {
    let bytes = state
        .pictures
        .png(picture)
        .await
        .map_err(|error| Error::internal(Arc::unwrap_or_clone(error)))?;
    let mut response = render::bytes("image/png", bytes, CachePolicy::Lasting, None);
    // A share shows the picture on somebody else's page.
    response.headers_mut().insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    Ok(response)
}

async fn picture(state: &WebState, kind: Kind, id: &str) -> Result<Option<Picture>, Error> {
    let mut conn = state.pool.acquire().await?;
    let public_id = id.to_ascii_uppercase();
    let picture = match kind {
        Kind::Platform => share::platform_share(&mut conn, id).await?.map(|found| Picture {
            kind: "Platform".to_owned(),
            title: found.name,
            about: category_title(&found.category),
            facts: vec![words::counted(found.held, "document on record", "documents on record")],
            day: found.captured_at.map(words::day).unwrap_or_default(),
            is_sample: found.is_sample,
        }),
        Kind::Document => share::document_share(&mut conn, &public_id)
            .await?
            .map(|found| Picture {
                kind: format!("Document {public_id}"),
                title: words::titled(&found.platform, &found.title),
                about: "Archived text with its hash, every version, and what it says today".to_owned(),
                facts: found
                    .version
                    .map(|number| format!("Version {number}"))
                    .into_iter()
                    .collect(),
                day: found
                    .captured_at
                    .map(|at| format!("Captured {}", words::day(at)))
                    .unwrap_or_default(),
                is_sample: found.is_sample,
            }),
        Kind::Provision => share::provision_share(&mut conn, &public_id)
            .await?
            .map(|found| Picture {
                kind: format!("Provision {public_id}"),
                title: format!("{}: {}", found.platform, found.title.to_lowercase()),
                about: format!(
                    "{}, version {}",
                    words::bare_title(&found.platform, &found.document),
                    found.version
                ),
                facts: vec![
                    found.stance.label().to_owned(),
                    format!("{} severity", found.severity.label()),
                ],
                day: words::day(found.captured_at),
                is_sample: found.is_sample,
            }),
        Kind::Change => share::change_share(&mut conn, &public_id).await?.map(|found| Picture {
            kind: format!("Change {public_id}"),
            title: change_item::headline(&found.platform, &found.headline),
            about: words::bare_title(&found.platform, &found.document).to_owned(),
            facts: vec![
                format!("{} severity", found.severity.label()),
                found.direction.label().to_owned(),
            ],
            day: words::day(found.detected_at),
            is_sample: found.is_sample,
        }),
        Kind::Comparison => {
            let Some(comparison) = atlas_catalog::comparison(id) else {
                return Ok(None);
            };
            let rows: Vec<_> = position::positions(&mut conn, &comparison.provision_type)
                .await?
                .into_iter()
                .filter(|row| comparison.includes(&row.platform_slug, &row.category))
                .collect();
            Some(Picture {
                kind: "Comparison".to_owned(),
                title: comparison.title_for(rows.len()),
                about: words::first_sentence(&comparison.lede).to_owned(),
                facts: vec![words::counted(rows.len(), "platform", "platforms")],
                day: rows
                    .iter()
                    .map(|row| row.changed_at)
                    .max()
                    .map(words::day)
                    .unwrap_or_default(),
                is_sample: !rows.is_empty() && rows.iter().all(|row| row.is_sample),
            })
        }
    };
    Ok(picture)
}
