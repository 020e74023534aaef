//! What a text is judged against.
//!
//! Invariant: never a version that was merely seen once; where a document goes to and fro, any text of that set, so that
//! what is called new is new to all of them.

use atlas_db::finding::{Finding, findings_of_version};
use atlas_db::variant::variants;
use atlas_db::version::{VersionHead, version_believed_before, version_head, version_text};
use atlas_domain::{PolicyText, VersionKind};
use sqlx::PgConnection;

use crate::Error;

/// Most texts of a set that a new one is compared with.
const MOST_VARIANTS: usize = 6;

/// A version that came before.
pub(crate) struct Predecessor {
    pub version: VersionHead,
    pub text: PolicyText,
    pub findings: Vec<Finding>,
}

/// The versions that a version may be judged against, the last believed one first.
pub(crate) async fn predecessors(
    connection: &mut PgConnection,
    version: &VersionHead,
) -> Result<Vec<Predecessor>, Error> {
    let mut found = Vec::new();
    for version in heads(connection, version).await? {
        let text = version_text(connection, version.id).await?.ok_or(Error::Missing {
            what: "the text of a version",
        })?;
        let findings = findings_of_version(connection, version.id).await?;
        found.push(Predecessor {
            version,
            text,
            findings,
        });
    }
    Ok(found)
}

/// The versions that a text may be judged against; none for a first record, and for a return to what stands anyway.
async fn heads(connection: &mut PgConnection, version: &VersionHead) -> Result<Vec<VersionHead>, Error> {
    let document = version.document_id;
    let Some(believed) = version_believed_before(connection, document, version.number).await? else {
        return Ok(Vec::new());
    };
    if believed.normal_sha256 == version.normal_sha256 && version.kind == VersionKind::Reverted {
        return Ok(Vec::new());
    }
    let members = variants(connection, document).await?;
    let alternates = members
        .iter()
        .any(|member| member.normal_sha256 == believed.normal_sha256);
    let mut found = vec![believed];
    if version.kind == VersionKind::Update && alternates {
        for member in members.iter().take(MOST_VARIANTS) {
            let is_new = member.normal_sha256 != version.normal_sha256
                && found.iter().all(|held| held.normal_sha256 != member.normal_sha256);
            if let Some(head) = version_head(connection, member.version_id).await?.filter(|_| is_new) {
                found.push(head);
            }
        }
    }
    Ok(found)
}
