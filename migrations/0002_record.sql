-- The public record: platforms, documents, how they are obtained, what was captured, what it said, what changed.
SET lock_timeout = '5s';
SET statement_timeout = '60s';

CREATE SEQUENCE public_platform_number;
CREATE SEQUENCE public_document_number;
CREATE SEQUENCE public_version_number;
CREATE SEQUENCE public_change_number;
CREATE SEQUENCE public_provision_number;

CREATE FUNCTION public_id(letter text, number bigint) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT
    RETURN 'CA-' || letter || '-' || CASE WHEN number < 1000000 THEN lpad(number::text, 6, '0') ELSE number::text END;

CREATE TABLE platform (
    id uuid PRIMARY KEY,
    public_id text NOT NULL UNIQUE DEFAULT public_id('E', nextval('public_platform_number')),
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name text NOT NULL CHECK (name <> ''),
    operator text,
    category text NOT NULL CHECK (category ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    website text,
    description text NOT NULL DEFAULT '',
    -- Fictitious, and marked as such wherever it is shown.
    is_sample boolean NOT NULL DEFAULT false,
    retired_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE INDEX platform_name_trgm ON platform USING gin (name gin_trgm_ops);

-- A slug is never given to another platform: the old one redirects.
CREATE TABLE former_platform_slug (
    slug text PRIMARY KEY,
    platform_id uuid NOT NULL REFERENCES platform
);
CREATE INDEX ON former_platform_slug (platform_id);

CREATE TABLE document (
    id uuid PRIMARY KEY,
    public_id text NOT NULL UNIQUE DEFAULT public_id('D', nextval('public_document_number')),
    platform_id uuid NOT NULL REFERENCES platform,
    slug text NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    document_type text NOT NULL CHECK (document_type <> ''),
    title text NOT NULL CHECK (title <> ''),
    locale text NOT NULL DEFAULT 'en',
    jurisdiction text,
    plan text,
    retired_at timestamptz,
    created_at timestamptz NOT NULL,
    UNIQUE (platform_id, slug)
);

CREATE TABLE source (
    id uuid PRIMARY KEY,
    document_id uuid NOT NULL UNIQUE REFERENCES document,
    poll_interval_seconds int NOT NULL CHECK (poll_interval_seconds >= 60),
    next_poll_at timestamptz,
    paused_at timestamptz,
    -- State of the last attempt; the attempts themselves are rows of `capture`.
    last_checked_at timestamptz,
    last_outcome text CHECK (last_outcome IN ('captured', 'not_modified', 'blocked', 'challenge', 'login_wall',
        'gone', 'moved', 'empty', 'wrong_type', 'too_large', 'timeout', 'dns', 'tls', 'refused_address',
        'robots_disallowed', 'server_error')),
    last_detail text,
    last_success_at timestamptz,
    failures int NOT NULL DEFAULT 0 CHECK (failures >= 0),
    created_at timestamptz NOT NULL
);
CREATE INDEX source_due ON source (next_poll_at) WHERE paused_at IS NULL AND next_poll_at IS NOT NULL;

-- The rules of a source through time: an old snapshot is extracted with the rules of its day.
CREATE TABLE source_revision (
    id uuid PRIMARY KEY,
    source_id uuid NOT NULL REFERENCES source,
    rules jsonb NOT NULL CHECK (jsonb_typeof(rules -> 'locations') = 'array'),
    valid_from timestamptz NOT NULL,
    UNIQUE (source_id, valid_from)
);

-- The validators and the bytes last seen at each location, for conditional requests.
CREATE TABLE location_state (
    source_id uuid NOT NULL REFERENCES source,
    position int NOT NULL CHECK (position >= 0),
    url text NOT NULL,
    etag text,
    last_modified text,
    snapshot_sha256 bytea NOT NULL,
    final_url text NOT NULL,
    captured_at timestamptz NOT NULL,
    PRIMARY KEY (source_id, position)
);

CREATE TABLE snapshot (
    sha256 bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
    byte_count bigint NOT NULL CHECK (byte_count >= 0),
    stored_byte_count bigint NOT NULL CHECK (stored_byte_count >= 0),
    content_type text,
    created_at timestamptz NOT NULL
);
ALTER TABLE location_state ADD FOREIGN KEY (snapshot_sha256) REFERENCES snapshot;
CREATE INDEX ON location_state (snapshot_sha256);

-- One attempt that told something new: bytes not seen before, or an outcome other than the last.
-- Attempts that told nothing new are counted in `unchanged_run`.
CREATE TABLE capture (
    id uuid PRIMARY KEY,
    source_id uuid NOT NULL REFERENCES source,
    position int NOT NULL CHECK (position >= 0),
    -- Place in the source's chain, from 1.
    chain_number int NOT NULL CHECK (chain_number >= 1),
    requested_url text NOT NULL,
    final_url text NOT NULL,
    redirects jsonb NOT NULL DEFAULT '[]',
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('captured', 'not_modified', 'blocked', 'challenge', 'login_wall',
        'gone', 'moved', 'empty', 'wrong_type', 'too_large', 'timeout', 'dns', 'tls', 'refused_address',
        'robots_disallowed', 'server_error')),
    detail text,
    http_status int,
    headers jsonb NOT NULL DEFAULT '{}',
    snapshot_sha256 bytea REFERENCES snapshot,
    -- Taken over from another archive rather than fetched by us.
    imported boolean NOT NULL DEFAULT false,
    previous_hash bytea CHECK (octet_length(previous_hash) = 32),
    row_hash bytea NOT NULL CHECK (octet_length(row_hash) = 32),
    UNIQUE (source_id, chain_number),
    CHECK ((chain_number = 1) = (previous_hash IS NULL)),
    CHECK (outcome <> 'captured' OR snapshot_sha256 IS NOT NULL)
);
CREATE INDEX ON capture (snapshot_sha256);
CREATE INDEX ON capture (source_id, finished_at);

CREATE TABLE version (
    id uuid PRIMARY KEY,
    public_id text NOT NULL UNIQUE DEFAULT public_id('V', nextval('public_version_number')),
    document_id uuid NOT NULL REFERENCES document,
    number int NOT NULL CHECK (number >= 1),
    kind text NOT NULL CHECK (kind IN ('first_record', 'update', 'technical_upgrade', 'reverted')),
    captured_at timestamptz NOT NULL,
    text text NOT NULL CHECK (text <> ''),
    blocks jsonb NOT NULL,
    links jsonb NOT NULL DEFAULT '[]',
    text_sha256 bytea NOT NULL CHECK (octet_length(text_sha256) = 32),
    -- Hash of the words alone: equal for texts between which no reader could tell a difference.
    normal_sha256 bytea NOT NULL CHECK (octet_length(normal_sha256) = 32),
    word_count int NOT NULL CHECK (word_count >= 0),
    source_revision_id uuid REFERENCES source_revision,
    -- The earlier version that a `reverted` one equals.
    equals_version_id uuid REFERENCES version,
    historical boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    UNIQUE (document_id, number),
    UNIQUE (document_id, captured_at),
    CHECK ((kind = 'first_record') = (number = 1)),
    CHECK ((kind = 'reverted') = (equals_version_id IS NOT NULL))
);
CREATE INDEX ON version (document_id, normal_sha256);
CREATE INDEX ON version (source_revision_id);
CREATE INDEX ON version (equals_version_id);
-- The sweeps look for what was made lately and left lying.
CREATE INDEX ON version (created_at);

CREATE TABLE version_snapshot (
    version_id uuid NOT NULL REFERENCES version,
    position int NOT NULL CHECK (position >= 0),
    snapshot_sha256 bytea NOT NULL REFERENCES snapshot,
    url text NOT NULL,
    PRIMARY KEY (version_id, position)
);
CREATE INDEX ON version_snapshot (snapshot_sha256);

-- Unchanged is a fact too: checks that found the version still standing, as a run.
CREATE TABLE unchanged_run (
    version_id uuid PRIMARY KEY REFERENCES version,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    checks bigint NOT NULL CHECK (checks >= 1),
    CHECK (last_seen_at >= first_seen_at)
);

CREATE TABLE provision_type (
    slug text PRIMARY KEY CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    title text NOT NULL,
    group_code text NOT NULL,
    position int NOT NULL,
    definition text NOT NULL,
    proposition text NOT NULL,
    question text NOT NULL,
    rubric_version int NOT NULL
);

CREATE TABLE provision (
    id uuid PRIMARY KEY,
    public_id text NOT NULL UNIQUE DEFAULT public_id('P', nextval('public_provision_number')),
    document_id uuid NOT NULL REFERENCES document,
    provision_type text NOT NULL REFERENCES provision_type,
    created_at timestamptz NOT NULL,
    UNIQUE (document_id, provision_type)
);
CREATE INDEX ON provision (provision_type);

CREATE TABLE finding (
    id uuid PRIMARY KEY,
    provision_id uuid NOT NULL REFERENCES provision,
    version_id uuid NOT NULL REFERENCES version,
    -- 0 is the finding that stands for the provision; others support it.
    position int NOT NULL CHECK (position >= 0),
    stance text NOT NULL CHECK (stance IN ('prohibits', 'commits', 'commits_qualified', 'permits_opt_in',
        'permits_opt_out', 'permits', 'requires', 'disclaims', 'conditional', 'ambiguous', 'conflicting', 'silent')),
    severity text NOT NULL CHECK (severity IN ('low', 'medium', 'high')),
    confidence text NOT NULL CHECK (confidence IN ('explicit', 'inferred', 'unclear')),
    basis text NOT NULL CHECK (basis IN ('explicit', 'interpretation')),
    actor text NOT NULL CHECK (actor IN ('vendor', 'customer', 'third_party')),
    scope text,
    score double precision NOT NULL CHECK (score >= 0 AND score <= 1),
    reasons jsonb NOT NULL DEFAULT '[]',
    -- Byte offsets into the version's text. A `silent` finding has no excerpt.
    excerpt text,
    excerpt_start int,
    excerpt_end int,
    detector text NOT NULL,
    rubric_version int NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (version_id, provision_id, position),
    CHECK ((stance = 'silent') = (excerpt IS NULL)),
    CHECK ((excerpt IS NULL) = (excerpt_start IS NULL) AND (excerpt IS NULL) = (excerpt_end IS NULL)),
    CHECK (excerpt_start IS NULL OR (excerpt_start >= 0 AND excerpt_start < excerpt_end)),
    CHECK (stance <> 'silent' OR position = 0)
);
CREATE INDEX ON finding (provision_id);

-- A published excerpt equals the version's text at its offsets, byte for byte.
CREATE FUNCTION finding_excerpt_is_exact() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held bytea;
BEGIN
    IF NEW.excerpt IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT substring(convert_to(text, 'UTF8') FROM NEW.excerpt_start + 1 FOR NEW.excerpt_end - NEW.excerpt_start)
        INTO held FROM version WHERE id = NEW.version_id;
    IF held IS DISTINCT FROM convert_to(NEW.excerpt, 'UTF8') THEN
        RAISE EXCEPTION 'excerpt of finding % is not the text of version % at %..%',
            NEW.id, NEW.version_id, NEW.excerpt_start, NEW.excerpt_end
            USING ERRCODE = 'check_violation', CONSTRAINT = 'finding_excerpt_is_exact';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER finding_excerpt_is_exact BEFORE INSERT OR UPDATE ON finding
    FOR EACH ROW EXECUTE FUNCTION finding_excerpt_is_exact();

-- A version whose findings are complete: what a reading job leaves behind when it is done.
CREATE TABLE version_reading (
    version_id uuid PRIMARY KEY REFERENCES version,
    detector text NOT NULL,
    rubric_version int NOT NULL,
    read_at timestamptz NOT NULL
);

-- The version whose findings stand for a document: the latest one that was read to its end.
CREATE VIEW standing_version AS
    SELECT d.id AS document_id, latest.version_id
    FROM document d
    CROSS JOIN LATERAL (
        SELECT v.id AS version_id
        FROM version v JOIN version_reading r ON r.version_id = v.id
        WHERE v.document_id = d.id
        ORDER BY v.number DESC
        LIMIT 1
    ) latest;

CREATE TABLE change (
    id uuid PRIMARY KEY,
    public_id text NOT NULL UNIQUE DEFAULT public_id('C', nextval('public_change_number')),
    document_id uuid NOT NULL REFERENCES document,
    old_version_id uuid NOT NULL REFERENCES version,
    new_version_id uuid NOT NULL UNIQUE REFERENCES version,
    kind text NOT NULL CHECK (kind IN ('update', 'technical_upgrade', 'reverted')),
    materiality text NOT NULL CHECK (materiality IN ('cosmetic', 'editorial', 'minor', 'material', 'critical')),
    direction text NOT NULL CHECK (direction IN ('better', 'worse', 'mixed', 'neutral')),
    severity text NOT NULL CHECK (severity IN ('low', 'medium', 'high')),
    labels text[] NOT NULL,
    headline text NOT NULL CHECK (headline <> ''),
    summary jsonb NOT NULL DEFAULT '[]',
    hunks jsonb NOT NULL,
    signals jsonb NOT NULL,
    words_added int NOT NULL CHECK (words_added >= 0),
    words_removed int NOT NULL CHECK (words_removed >= 0),
    -- The day from which the new text says it holds.
    effective_date date,
    detected_at timestamptz NOT NULL,
    rule_version int NOT NULL,
    created_at timestamptz NOT NULL,
    CHECK (old_version_id <> new_version_id)
);
CREATE INDEX ON change (document_id, detected_at DESC);
CREATE INDEX ON change (old_version_id);
CREATE INDEX ON change (created_at);
CREATE INDEX change_by_detection ON change (detected_at DESC, id DESC);

-- A change touches a provision only if its hunks touch that provision's excerpt, or add or remove one.
CREATE TABLE change_provision (
    change_id uuid NOT NULL REFERENCES change,
    provision_id uuid NOT NULL REFERENCES provision,
    effect text NOT NULL CHECK (effect IN ('appeared', 'vanished', 'stance_changed', 'reworded')),
    old_finding_id uuid REFERENCES finding,
    new_finding_id uuid REFERENCES finding,
    PRIMARY KEY (change_id, provision_id)
);
CREATE INDEX ON change_provision (provision_id);
CREATE INDEX ON change_provision (old_finding_id);
CREATE INDEX ON change_provision (new_finding_id);

-- The order in which changes became public. A higher number is never visible before a lower one: it is given
-- under an advisory lock as the last statement before commit.
CREATE TABLE publication (
    change_id uuid PRIMARY KEY REFERENCES change,
    publish_seq bigint NOT NULL UNIQUE,
    published_at timestamptz NOT NULL,
    historical boolean NOT NULL
);
CREATE INDEX ON publication (published_at DESC);

GRANT SELECT ON ALL TABLES IN SCHEMA public TO conductatlas_app, conductatlas_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO conductatlas_worker;
GRANT INSERT ON snapshot, capture, version, version_snapshot, provision, finding, version_reading, change,
    change_provision, publication TO conductatlas_worker;
GRANT INSERT, UPDATE ON platform, document, source, source_revision, location_state, unchanged_run,
    former_platform_slug, provision_type TO conductatlas_worker;
