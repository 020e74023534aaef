//! How a record is cited: one line to select, and files for reference managers.
//!
//! Invariant: every form names the public id, the version, its capture time, the hash of its text and the short
//! address; nothing from a record can end a field or begin another.

use std::fmt::Write as _;

use atlas_db::view::cite::{self, CitedRecord};
use atlas_domain::urls;
use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::Response,
};
use time::OffsetDateTime;

use super::words;
use crate::{CachePolicy, Error, WebState, render};

/// A citation: `/cite/{public id}.{txt, bib or ris}`.
pub(super) async fn file(State(state): State<WebState>, Path(file): Path<String>) -> Result<Response, Error> {
    let (id, form) = file.rsplit_once('.').ok_or(Error::NotFound)?;
    let id = id.to_ascii_uppercase();
    let write: fn(&CitedRecord, &str) -> String = match form {
        "txt" => plain,
        "bib" => bibtex,
        "ris" => ris,
        _ => return Err(Error::NotFound),
    };
    let content_type = match form {
        "bib" => "application/x-bibtex; charset=utf-8",
        "ris" => "application/x-research-info-systems; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };
    let mut conn = state.pool.acquire().await?;
    let record = cite::cited_record(&mut conn, &id).await?.ok_or(Error::NotFound)?;
    drop(conn);
    let address = state.absolute(&short_address(&record));
    let text = write(&record, &address);
    let mut response = render::bytes(content_type, text, CachePolicy::Public, Some(record.captured_at));
    if form != "txt"
        && let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{id}.{form}\""))
    {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// The address that never changes.
fn short_address(record: &CitedRecord) -> String {
    match record.public_id.get(..5) {
        Some("CA-P-") => urls::provision_short(&record.public_id),
        Some("CA-C-") => urls::change_short(&record.public_id),
        Some("CA-V-") => urls::version_short(&record.public_id),
        _ => urls::document(&record.platform_slug, &record.document_slug),
    }
}

/// Title of the cited part: "Privacy policy, version 2: model training use".
fn title(record: &CitedRecord) -> String {
    let text = format!("{}, version {}", record.document, record.version);
    if record.subject.is_empty() {
        text
    } else {
        format!("{text}: {}", record.subject)
    }
}

fn note(record: &CitedRecord) -> String {
    format!(
        "{}, captured {}, sha256 {}",
        record.public_id,
        words::iso(record.captured_at),
        record.text_sha256.to_hex()
    )
}

fn plain(record: &CitedRecord, address: &str) -> String {
    one_line(&format!(
        "{}. {}. Archived by ConductAtlas, {}. {address}",
        record.platform,
        title(record),
        note(record)
    )) + "\n"
}

fn bibtex(record: &CitedRecord, address: &str) -> String {
    let at = record.captured_at.to_offset(time::UtcOffset::UTC);
    format!(
        "@misc{{{},\n  author = {{{{{}}}}},\n  title = {{{{{}}}}},\n  year = {{{}}},\n  month = {{{}}},\n  \
         howpublished = {{Archived by ConductAtlas}},\n  note = {{{}}},\n  url = {{{address}}}\n}}\n",
        record.public_id,
        tex(&record.platform),
        tex(&title(record)),
        at.year(),
        u8::from(at.month()),
        tex(&note(record)),
    )
}

fn ris(record: &CitedRecord, address: &str) -> String {
    let at = record.captured_at.to_offset(time::UtcOffset::UTC);
    let lines = [
        ("TY", "ELEC".to_owned()),
        ("ID", record.public_id.clone()),
        ("AU", record.platform.clone()),
        ("TI", title(record)),
        ("PB", "ConductAtlas".to_owned()),
        ("PY", at.year().to_string()),
        ("DA", ris_day(at)),
        ("N1", note(record)),
        ("UR", address.to_owned()),
    ];
    let mut text = String::new();
    for (tag, value) in lines {
        let _ = write!(text, "{tag}  - {}\r\n", one_line(&value));
    }
    text.push_str("ER  - \r\n");
    text
}

fn ris_day(at: OffsetDateTime) -> String {
    format!("{:04}/{:02}/{:02}", at.year(), u8::from(at.month()), at.day())
}

/// The text without line breaks, which would begin another field.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text with what TeX reads as commands taken literally.
fn tex(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in one_line(text).chars() {
        match letter {
            '\\' => safe.push_str("\\textbackslash "),
            '~' => safe.push_str("\\textasciitilde "),
            '^' => safe.push_str("\\textasciicircum "),
            '{' | '}' | '&' | '%' | '$' | '#' | '_' => {
                safe.push('\\');
                safe.push(letter);
            }
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use atlas_db::view::cite::CitedRecord;
    use atlas_domain::Sha256;
    use time::macros::datetime;

    use super::{bibtex, plain, ris, short_address};

    fn hostile() -> CitedRecord {
        CitedRecord {
            public_id: "CA-P-000007".to_owned(),
            platform: "A & B {\\input} 100%".to_owned(),
            platform_slug: "a".to_owned(),
            document: "Terms\nER  - \n}".to_owned(),
            document_slug: "terms".to_owned(),
            subject: "Use of data".to_owned(),
            version: 2,
            captured_at: datetime!(2026-11-19 06:11 UTC),
            text_sha256: Sha256([7; 32]),
        }
    }

    #[test]
    fn no_record_can_end_a_field_or_begin_another() {
        let record = hostile();
        let ris = ris(&record, "http://x/p/CA-P-000007");
        assert_eq!(ris.matches("\r\nER  - ").count(), 1, "{ris}");
        assert_eq!(ris.lines().count(), 10);
        let bibtex = bibtex(&record, "http://x/p/CA-P-000007");
        let unescaped = bibtex.replace("\\{", "").replace("\\}", "");
        assert_eq!(
            unescaped.matches('{').count(),
            unescaped.matches('}').count(),
            "{bibtex}"
        );
        assert!(
            bibtex.contains("A \\& B \\{\\textbackslash input\\} 100\\%"),
            "{bibtex}"
        );
        assert_eq!(plain(&record, "http://x").lines().count(), 1);
    }

    #[test]
    fn every_form_names_id_version_time_hash_and_short_address() {
        let record = hostile();
        let address = short_address(&record);
        for text in [
            plain(&record, &address),
            bibtex(&record, &address),
            ris(&record, &address),
        ] {
            for part in [
                "CA-P-000007",
                "version 2",
                "2026-11-19T06:11:00Z",
                &"07".repeat(32),
                "/p/CA-P-000007",
            ] {
                assert!(text.contains(part), "{part}: {text}");
            }
        }
    }
}
