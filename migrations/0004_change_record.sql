-- What a change says besides its words, what was seen twice, which texts alternate, what was read again under new
-- rules, what a reader looked at last, and what a curator should look at.
SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- Facts of the comparison. `affected` is a list of the groups that the text itself names; `retroactive` is null where
-- the text does not tell; `notice_days` counts from detection to the effective date, negative if that had passed.
ALTER TABLE change ADD COLUMN affected jsonb NOT NULL DEFAULT '[]';
ALTER TABLE change ADD COLUMN retroactive boolean;
ALTER TABLE change ADD COLUMN notice_days int;

-- The extractor that made the text: an old text is never compared with one that only a newer extractor reads
-- differently.
ALTER TABLE version ADD COLUMN extract_version int NOT NULL DEFAULT 1;
-- Taken over from another archive or from our samples rather than fetched by us: needs no second capture.
ALTER TABLE version ADD COLUMN imported boolean NOT NULL DEFAULT false;

-- squawk-ignore ban-drop-constraint
ALTER TABLE source DROP CONSTRAINT source_last_outcome_check;
ALTER TABLE source ADD CONSTRAINT source_last_outcome_check CHECK (last_outcome IN ('captured', 'not_modified',
    'blocked', 'challenge', 'consent_wall', 'login_wall', 'gone', 'moved', 'empty', 'wrong_type', 'wrong_language',
    'truncated', 'too_large', 'timeout', 'dns', 'tls', 'refused_address', 'robots_disallowed', 'server_error',
    'no_browser', 'tool_missing'));
-- squawk-ignore ban-drop-constraint
ALTER TABLE capture DROP CONSTRAINT capture_outcome_check;
ALTER TABLE capture ADD CONSTRAINT capture_outcome_check CHECK (outcome IN ('captured', 'not_modified',
    'blocked', 'challenge', 'consent_wall', 'login_wall', 'gone', 'moved', 'empty', 'wrong_type', 'wrong_language',
    'truncated', 'too_large', 'timeout', 'dns', 'tls', 'refused_address', 'robots_disallowed', 'server_error',
    'no_browser', 'tool_missing'));

-- A version that was seen by a capture other than the one that made it, and on what that rests: the same words fetched
-- anew (`second_capture`); held back until they were seen again (`held_before`); the earlier text was not seen in
-- several captures although no two of them agreed (`persisted`).
CREATE TABLE version_confirmation (
    version_id uuid PRIMARY KEY REFERENCES version,
    basis text NOT NULL CHECK (basis IN ('second_capture', 'held_before', 'persisted')),
    -- When the capture that settled it was received.
    captured_at timestamptz NOT NULL,
    confirmed_at timestamptz NOT NULL
);

-- A change of high severity that was seen once: not public until its newer version is confirmed.
CREATE TABLE change_provisional (
    change_id uuid PRIMARY KEY REFERENCES change,
    since timestamptz NOT NULL,
    -- The earliest instant at which a capture may confirm it.
    confirm_at timestamptz NOT NULL,
    CHECK (confirm_at >= since)
);
CREATE INDEX ON change_provisional (since);

-- A provisional change that no second capture bore out: the earlier text came back, or a third one came.
CREATE TABLE change_withdrawal (
    change_id uuid PRIMARY KEY REFERENCES change_provisional,
    reason text NOT NULL CHECK (reason IN ('reverted', 'superseded')),
    -- When the capture that settled it was received.
    captured_at timestamptz NOT NULL,
    withdrawn_at timestamptz NOT NULL
);

-- The texts between which a document goes to and fro. A capture that shows one of them is a check of that one.
CREATE TABLE variant (
    document_id uuid NOT NULL REFERENCES document,
    normal_sha256 bytea NOT NULL CHECK (octet_length(normal_sha256) = 32),
    -- The first version with these words.
    version_id uuid NOT NULL REFERENCES version,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    -- Captures that showed it, versions included.
    sightings bigint NOT NULL CHECK (sightings >= 1),
    -- Since when, and how often, it has been seen without another one in between.
    run_since timestamptz NOT NULL,
    run_sightings bigint NOT NULL CHECK (run_sightings >= 1),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (document_id, normal_sha256),
    CHECK (last_seen_at >= first_seen_at AND run_since >= first_seen_at AND run_since <= last_seen_at)
);
CREATE INDEX ON variant (version_id);

-- Stored bytes of a version, read again with another extractor or other rules, once for each pair.
CREATE TABLE reextraction (
    id uuid PRIMARY KEY,
    version_id uuid NOT NULL REFERENCES version,
    extract_version int NOT NULL,
    source_revision_id uuid REFERENCES source_revision,
    outcome text NOT NULL CHECK (outcome IN ('same', 'different', 'refused', 'no_bytes')),
    -- Hash of the words that came out.
    normal_sha256 bytea CHECK (octet_length(normal_sha256) = 32),
    detail text,
    done_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (version_id, extract_version, source_revision_id),
    CHECK ((outcome IN ('same', 'different')) = (normal_sha256 IS NOT NULL))
);
CREATE INDEX ON reextraction (source_revision_id);

-- What should be looked at by a person; once while it is open.
CREATE TABLE curator_note (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind ~ '^[a-z]+(_[a-z]+)*$'),
    document_id uuid NOT NULL REFERENCES document,
    text text NOT NULL CHECK (text <> ''),
    created_at timestamptz NOT NULL,
    resolved_at timestamptz
);
CREATE INDEX ON curator_note (document_id);
CREATE UNIQUE INDEX curator_note_open ON curator_note (kind, document_id) WHERE resolved_at IS NULL;

-- The version of a document that a member of an organization looked at last.
CREATE TABLE reading_position (
    org_id uuid NOT NULL REFERENCES organization,
    account_id uuid NOT NULL REFERENCES account,
    document_id uuid NOT NULL REFERENCES document,
    version_id uuid NOT NULL REFERENCES version,
    looked_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, account_id, document_id)
);
CREATE INDEX ON reading_position (account_id);
CREATE INDEX ON reading_position (document_id);
CREATE INDEX ON reading_position (version_id);
ALTER TABLE reading_position ENABLE ROW LEVEL SECURITY;
ALTER TABLE reading_position FORCE ROW LEVEL SECURITY;
CREATE POLICY member ON reading_position TO conductatlas_app
    USING (org_id = (SELECT current_org()) AND account_id = (SELECT current_account()))
    WITH CHECK (org_id = (SELECT current_org()) AND account_id = (SELECT current_account()));
CREATE POLICY worker ON reading_position TO conductatlas_worker USING (true) WITH CHECK (true);

-- A text that was seen once only does not stand for what a document says today.
CREATE OR REPLACE VIEW standing_version AS
    SELECT d.id AS document_id, latest.version_id
    FROM document d
    CROSS JOIN LATERAL (
        SELECT v.id AS version_id
        FROM version v JOIN version_reading r ON r.version_id = v.id
        WHERE v.document_id = d.id
          AND NOT EXISTS (
              SELECT FROM change c JOIN change_provisional p ON p.change_id = c.id
              WHERE c.new_version_id = v.id
                AND NOT EXISTS (SELECT FROM publication b WHERE b.change_id = c.id))
        ORDER BY v.number DESC
        LIMIT 1
    ) latest;

GRANT SELECT ON version_confirmation, change_provisional, change_withdrawal, variant, reextraction, curator_note
    TO conductatlas_app, conductatlas_worker;
GRANT INSERT ON version_confirmation, change_provisional, change_withdrawal, reextraction TO conductatlas_worker;
GRANT INSERT, UPDATE ON variant TO conductatlas_worker;
GRANT INSERT, UPDATE (text, resolved_at) ON curator_note TO conductatlas_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON reading_position TO conductatlas_app;
GRANT SELECT ON reading_position TO conductatlas_worker;
