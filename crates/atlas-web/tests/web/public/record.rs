//! A small record: rows as the pipeline leaves them behind, written straight into the tables.

use atlas_domain::{Hunk, PolicyText};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::PgPool;
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use crate::harness::Instance;

pub const BEFORE: &str = "# Privacy policy\n\nThis policy says what Halden does.\n\n## Training\n\n\
    We use the content you submit to train our models only if you turn on Improve Halden.\n\n\
    ## Contact\n\nWrite to [privacy](https://halden.example/privacy) at any time.\n";
pub const AFTER: &str = "# Privacy policy\n\nThis policy says what Halden does.\n\n## Training\n\n\
    We may use content you submit to train our models unless you turn off Improve Halden.\n\n\
    ## Contact\n\nWrite to [privacy](https://halden.example/privacy) at any time.\n";
pub const OPT_IN: &str = "We use the content you submit to train our models only if you turn on Improve Halden.";
pub const OPT_OUT: &str = "We may use content you submit to train our models unless you turn off Improve Halden.";

/// Writes rows as the owner.
pub struct Record {
    pool: PgPool,
}

/// A version that was written.
pub struct Written {
    pub id: Uuid,
    pub text: PolicyText,
    pub at: OffsetDateTime,
}

impl Record {
    /// The questions, and nothing else.
    pub async fn empty(instance: &Instance) -> Self {
        let record = Self {
            pool: instance.owner.clone(),
        };
        for (place, kind) in (0..).zip(&atlas_catalog::taxonomy().types) {
            sqlx::query("INSERT INTO provision_type VALUES ($1, $2, $3, $4, $5, $6, $7, 1)")
                .bind(&kind.slug)
                .bind(&kind.title)
                .bind(&kind.group)
                .bind::<i32>(place)
                .bind(&kind.definition)
                .bind(&kind.proposition)
                .bind(&kind.question)
                .execute(&record.pool)
                .await
                .unwrap();
        }
        record
    }

    /// A fictitious platform whose training clause moved from opt-in to opt-out; a real one that permits training; a
    /// real one that is silent; a real one whose source fails.
    pub async fn standard(instance: &Instance) -> Self {
        let record = Self::empty(instance).await;
        let halden = record.platform("halden-ai", "Halden AI", true).await;
        record
            .run("INSERT INTO former_platform_slug SELECT 'halden', id FROM platform WHERE slug = 'halden-ai'")
            .await;
        let policy = record
            .document(halden, "privacy-policy", "Privacy policy", Some("not_modified"))
            .await;
        let first = record.version(policy, 1, datetime!(2026-05-02 06:00 UTC), BEFORE).await;
        let second = record.version(policy, 2, datetime!(2026-11-19 06:11 UTC), AFTER).await;
        let old = record
            .finding(
                policy,
                "model-training-use",
                &first,
                "permits_opt_in",
                "medium",
                Some(OPT_IN),
            )
            .await;
        let new = record
            .finding(
                policy,
                "model-training-use",
                &second,
                "permits_opt_out",
                "high",
                Some(OPT_OUT),
            )
            .await;
        record
            .finding(policy, "arbitration", &second, "silent", "low", None)
            .await;
        record
            .change(
                policy,
                (&first, old),
                (&second, new),
                "Halden AI moves model training from opt-in to opt-out",
            )
            .await;
        let acme = record.platform("acme", "Acme Cloud", false).await;
        let terms = record
            .document(acme, "terms", "Terms of service", Some("captured"))
            .await;
        let text = "# Terms\n\nWe may use your content to train and improve our models and services at any time.\n\n\
                    Disputes are settled by binding arbitration.\n";
        let version = record.version(terms, 1, datetime!(2026-10-01 06:00 UTC), text).await;
        let words = "We may use your content to train and improve our models and services at any time.";
        record
            .finding(terms, "model-training-use", &version, "permits", "high", Some(words))
            .await;
        let quiet = record.platform("quiet", "Quiet Works", false).await;
        let rules = record.document(quiet, "terms", "Terms of use", Some("captured")).await;
        let version = record
            .version(
                rules,
                1,
                datetime!(2026-10-02 06:00 UTC),
                "# Terms\n\nBe kind to each other.\n",
            )
            .await;
        record
            .finding(rules, "model-training-use", &version, "silent", "low", None)
            .await;
        let dark = record.platform("dark", "Dark Harbor", false).await;
        record.document(dark, "terms", "Terms", Some("dns")).await;
        record
    }

    pub async fn run(&self, statement: &'static str) {
        sqlx::raw_sql(statement).execute(&self.pool).await.unwrap();
    }

    pub async fn platform(&self, slug: &str, name: &str, is_sample: bool) -> Uuid {
        let id = Uuid::now_v7();
        sqlx::query(
            "INSERT INTO platform (id, slug, name, operator, category, website, description, is_sample, created_at)
             VALUES ($1, $2, $3, $3, 'ai-assistants', 'https://example.org/', 'What ' || $3 || ' is.', $4, $5)",
        )
        .bind(id)
        .bind(slug)
        .bind(name)
        .bind(is_sample)
        .bind(datetime!(2026-01-01 0:00 UTC))
        .execute(&self.pool)
        .await
        .unwrap();
        id
    }

    pub async fn document(&self, platform: Uuid, slug: &str, title: &str, outcome: Option<&str>) -> Uuid {
        let (id, source) = (Uuid::now_v7(), Uuid::now_v7());
        let created = datetime!(2026-01-01 0:00 UTC);
        sqlx::query(
            "INSERT INTO document (id, platform_id, slug, document_type, title, created_at)
             VALUES ($1, $2, $3, 'Terms of Service', $4, $5)",
        )
        .bind(id)
        .bind(platform)
        .bind(slug)
        .bind(title)
        .bind(created)
        .execute(&self.pool)
        .await
        .unwrap();
        let fine = matches!(outcome, Some("captured" | "not_modified"));
        sqlx::query(
            "INSERT INTO source (id, document_id, poll_interval_seconds, last_checked_at, last_outcome, last_detail,
                 last_success_at, failures, created_at)
             VALUES ($1, $2, 86400, $3, $4, $5, $6, $7, $8)",
        )
        .bind(source)
        .bind(id)
        .bind(outcome.map(|_| datetime!(2026-11-23 06:00 UTC)))
        .bind(outcome)
        .bind(outcome.filter(|_| !fine).map(|_| "no such host"))
        .bind(fine.then_some(datetime!(2026-11-23 06:00 UTC)))
        .bind(i32::from(!fine) * 3)
        .bind(created)
        .execute(&self.pool)
        .await
        .unwrap();
        let rules = json!({"locations": [{"url": "https://example.org/terms", "select": ["main"]}]});
        sqlx::query("INSERT INTO source_revision (id, source_id, rules, valid_from) VALUES ($1, $2, $3, $4)")
            .bind(Uuid::now_v7())
            .bind(source)
            .bind(rules)
            .bind(created)
            .execute(&self.pool)
            .await
            .unwrap();
        id
    }

    pub async fn version(&self, document: Uuid, number: i32, at: OffsetDateTime, markdown: &str) -> Written {
        self.version_of(document, number, at, atlas_text::parse_markdown(markdown))
            .await
    }

    pub async fn version_of(&self, document: Uuid, number: i32, at: OffsetDateTime, text: PolicyText) -> Written {
        let id = Uuid::now_v7();
        sqlx::query(
            "INSERT INTO version (id, document_id, number, kind, captured_at, text, blocks, links, text_sha256,
                 normal_sha256, word_count, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $5)",
        )
        .bind(id)
        .bind(document)
        .bind(number)
        .bind(if number == 1 { "first_record" } else { "update" })
        .bind(at)
        .bind(&text.text)
        .bind(serde_json::to_value(&text.blocks).unwrap())
        .bind(serde_json::to_value(&text.links).unwrap())
        .bind(atlas_text::text_sha256(&text).as_bytes().as_slice())
        .bind(atlas_text::normal_sha256(&text).as_bytes().as_slice())
        .bind(i32::try_from(text.word_count()).unwrap())
        .execute(&self.pool)
        .await
        .unwrap();
        sqlx::query("INSERT INTO version_reading VALUES ($1, 'rules-1', 1, $2)")
            .bind(id)
            .bind(at)
            .execute(&self.pool)
            .await
            .unwrap();
        sqlx::query("INSERT INTO unchanged_run VALUES ($1, $2, $2, 4)")
            .bind(id)
            .bind(at + time::Duration::hours(1))
            .execute(&self.pool)
            .await
            .unwrap();
        self.origin(document, id, number, at).await;
        Written { id, text, at }
    }

    /// The raw page of a version, with its capture.
    async fn origin(&self, document: Uuid, version: Uuid, number: i32, at: OffsetDateTime) {
        let snapshot = Sha256::digest(version.as_bytes()).to_vec();
        sqlx::query("INSERT INTO snapshot VALUES ($1, 41200, 9000, 'text/html', $2)")
            .bind(&snapshot)
            .bind(at)
            .execute(&self.pool)
            .await
            .unwrap();
        sqlx::query("INSERT INTO version_snapshot VALUES ($1, 0, $2, 'https://example.org/terms')")
            .bind(version)
            .bind(&snapshot)
            .execute(&self.pool)
            .await
            .unwrap();
        sqlx::query(
            "INSERT INTO capture (id, source_id, position, chain_number, requested_url, final_url, started_at,
                 finished_at, outcome, http_status, snapshot_sha256, previous_hash, row_hash)
             SELECT $1, id, 0, $2, 'https://example.org/terms', 'https://example.org/terms', $3, $3, 'captured', 200,
                 $4, CASE WHEN $2 = 1 THEN NULL ELSE $4 END, $4
             FROM source WHERE document_id = $5",
        )
        .bind(Uuid::now_v7())
        .bind(number)
        .bind(at)
        .bind(&snapshot)
        .bind(document)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    pub async fn finding(
        &self,
        document: Uuid,
        kind: &str,
        version: &Written,
        stance: &str,
        severity: &str,
        words: Option<&str>,
    ) -> (Uuid, Uuid) {
        sqlx::query(
            "INSERT INTO provision (id, document_id, provision_type, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
        )
        .bind(Uuid::now_v7())
        .bind(document)
        .bind(kind)
        .bind(version.at)
        .execute(&self.pool)
        .await
        .unwrap();
        let provision: Uuid =
            sqlx::query_scalar("SELECT id FROM provision WHERE document_id = $1 AND provision_type = $2")
                .bind(document)
                .bind(kind)
                .fetch_one(&self.pool)
                .await
                .unwrap();
        let start = words.map(|words| version.text.text.find(words).expect("the quotation stands in the text"));
        let finding = Uuid::now_v7();
        sqlx::query(
            "INSERT INTO finding (id, provision_id, version_id, position, stance, severity, confidence, basis, actor,
                 score, reasons, excerpt, excerpt_start, excerpt_end, detector, rubric_version, created_at)
             VALUES ($1, $2, $3, 0, $4, $5, 'explicit', 'explicit', 'vendor', 0.9, $6, $7, $8, $9, 'rules-1', 1, $10)",
        )
        .bind(finding)
        .bind(provision)
        .bind(version.id)
        .bind(stance)
        .bind(severity)
        .bind(if words.is_none() {
            json!(["14 phrasings"])
        } else {
            json!([])
        })
        .bind(words)
        .bind(start.map(|start| i32::try_from(start).unwrap()))
        .bind(
            words
                .zip(start)
                .map(|(words, start)| i32::try_from(start + words.len()).unwrap()),
        )
        .bind(version.at)
        .execute(&self.pool)
        .await
        .unwrap();
        (provision, finding)
    }

    /// A published change that touches one provision; returns its public id.
    pub async fn change(
        &self,
        document: Uuid,
        old: (&Written, (Uuid, Uuid)),
        new: (&Written, (Uuid, Uuid)),
        headline: &str,
    ) -> String {
        let hunks: Vec<Hunk> = atlas_text::compare(&old.0.text, &new.0.text).hunks;
        let signals: Value = json!([{"name": "stance_moved", "weight": 2.5, "evidence": "opt-in to opt-out"}]);
        let id = Uuid::now_v7();
        let public: String = sqlx::query_scalar(
            r#"INSERT INTO change (id, document_id, old_version_id, new_version_id, kind, materiality, direction,
                 severity, labels, headline, summary, hunks, signals, words_added, words_removed, effective_date,
                 detected_at, rule_version, created_at, notice_days, affected, retroactive)
             VALUES ($1, $2, $3, $4, 'update', 'material', 'worse', 'high', ARRAY['choice-removed'], $5, $6, $7, $8,
                 6, 7, '2026-12-01', $9, 1, $9, '2026-12-01' - $9::date,
                 '[{"kind": "region", "name": "California", "hunks": [0]}]', false) RETURNING public_id"#,
        )
        .bind(id)
        .bind(document)
        .bind(old.0.id)
        .bind(new.0.id)
        .bind(headline)
        .bind(json!([{"text": "Training is on until you switch it off.", "hunk": 0},
            {"kind": "choice", "text": "It names an opt-out: “unless you turn off”", "hunks": [0]}]))
        .bind(serde_json::to_value(hunks).unwrap())
        .bind(signals)
        .bind(new.0.at)
        .fetch_one(&self.pool)
        .await
        .unwrap();
        sqlx::query("INSERT INTO change_provision VALUES ($1, $2, 'stance_changed', $3, $4)")
            .bind(id)
            .bind(new.1.0)
            .bind(old.1.1)
            .bind(new.1.1)
            .execute(&self.pool)
            .await
            .unwrap();
        sqlx::query("INSERT INTO publication SELECT $1, coalesce(max(publish_seq), 0) + 1, $2, false FROM publication")
            .bind(id)
            .bind(new.0.at)
            .execute(&self.pool)
            .await
            .unwrap();
        public
    }
}
