//! The stable short addresses: a public id leads to the record's present place.

use atlas_db::view::short;
use atlas_domain::urls;
use axum::{
    extract::{Path, State},
    response::Response,
};

use crate::{Error, WebState, render};

pub(super) async fn provision(State(state): State<WebState>, Path(id): Path<String>) -> Result<Response, Error> {
    let mut conn = state.pool.acquire().await?;
    let place = short::provision_place(&mut conn, &id.to_ascii_uppercase())
        .await?
        .ok_or(Error::NotFound)?;
    Ok(render::moved(&urls::provision(
        &place.platform,
        &place.document,
        &place.provision_type,
    )))
}

pub(super) async fn version(State(state): State<WebState>, Path(id): Path<String>) -> Result<Response, Error> {
    let mut conn = state.pool.acquire().await?;
    let place = short::version_place(&mut conn, &id.to_ascii_uppercase())
        .await?
        .ok_or(Error::NotFound)?;
    Ok(render::moved(&urls::version(
        &place.platform,
        &place.document,
        place.number,
    )))
}

pub(super) async fn change(State(state): State<WebState>, Path(id): Path<String>) -> Result<Response, Error> {
    let mut conn = state.pool.acquire().await?;
    let place = short::change_place(&mut conn, &id.to_ascii_uppercase())
        .await?
        .ok_or(Error::NotFound)?;
    Ok(render::moved(&urls::change(
        place.detected_at.to_offset(time::UtcOffset::UTC).date(),
        &place.platform,
        &place.document,
        &place.public_id,
    )))
}
