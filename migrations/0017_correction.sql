-- What the record said wrongly, in the open: a statement of staff on a published record, and what was added to it since.
-- Nothing here is altered or deleted; a statement is taken back by a further row.
SET lock_timeout = '5s';
SET statement_timeout = '5min';

CREATE SEQUENCE public_correction_number;

CREATE TABLE correction (
    id uuid PRIMARY KEY,
    public_id text NOT NULL UNIQUE DEFAULT public_id('R', nextval('public_correction_number')),
    -- The document it is about, and in it a provision or a change; none for what concerns the record as a whole.
    document_id uuid REFERENCES document,
    provision_id uuid REFERENCES provision,
    change_id uuid REFERENCES change,
    title text NOT NULL CHECK (title <> ''),
    said text NOT NULL CHECK (said <> ''),
    correct text NOT NULL CHECK (correct <> ''),
    -- Null where nobody knows since when.
    wrong_since date,
    corrected_on date NOT NULL,
    reported_by text NOT NULL CHECK (reported_by IN ('us', 'reader', 'platform')),
    -- The review that made the correction; it is told of once.
    review_id uuid UNIQUE REFERENCES review,
    -- The account may be gone: it is kept as a number that leads to nobody.
    author_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CHECK (document_id IS NOT NULL OR (provision_id IS NULL AND change_id IS NULL)),
    CHECK (provision_id IS NULL OR change_id IS NULL),
    CHECK (wrong_since <= corrected_on)
);
CREATE INDEX ON correction (document_id);
CREATE INDEX ON correction (provision_id);
CREATE INDEX ON correction (change_id);
CREATE INDEX correction_by_time ON correction (created_at DESC, id DESC);

-- What the platform replied, and that a correction was itself wrong.
CREATE TABLE correction_note (
    id uuid PRIMARY KEY,
    correction_id uuid NOT NULL REFERENCES correction,
    kind text NOT NULL CHECK (kind IN ('reply', 'withdrawal')),
    text text NOT NULL CHECK (text <> ''),
    author_id uuid NOT NULL,
    created_at timestamptz NOT NULL
);
-- A form that is sent twice adds one note.
CREATE UNIQUE INDEX correction_note_once ON correction_note (correction_id, kind, md5(text));
CREATE UNIQUE INDEX correction_withdrawn_once ON correction_note (correction_id) WHERE kind = 'withdrawal';

-- The corrections that a record's page tells of, the latest first: a day is counted from 1970-01-01, an instant in
-- seconds. A document also tells of those of its provisions, whose pages may be gone with the correction.
CREATE FUNCTION corrections_of(in_document uuid, in_provision uuid, in_change uuid) RETURNS jsonb
    LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('public_id', c.public_id, 'title', c.title, 'correct', c.correct,
            'day', c.corrected_on - date '1970-01-01', 'at', floor(extract(epoch FROM c.created_at))::bigint,
            'withdrawn_at', floor(extract(epoch FROM w.created_at))::bigint) ORDER BY c.created_at DESC, c.id DESC), '[]')
    FROM correction c
    LEFT JOIN correction_note w ON w.correction_id = c.id AND w.kind = 'withdrawal'
    WHERE c.provision_id = in_provision OR c.change_id = in_change
       OR (c.document_id = in_document AND c.change_id IS NULL);
$$;

-- When what a page tells of corrections changed.
CREATE VIEW correction_moment AS
    SELECT document_id, provision_id, change_id, created_at FROM correction
    UNION ALL
    SELECT c.document_id, c.provision_id, c.change_id, n.created_at
    FROM correction c JOIN correction_note n ON n.correction_id = c.id AND n.kind = 'withdrawal';

CREATE OR REPLACE VIEW indexable_page AS
    WITH held AS (
        SELECT p.slug AS platform, d.slug AS document, d.id AS document_id, sv.version_id, v.number, v.captured_at
        FROM standing_version sv
        JOIN version v ON v.id = sv.version_id
        JOIN document d ON d.id = sv.document_id AND d.retired_at IS NULL
        JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL AND NOT p.is_sample
    )
    SELECT 'platform' AS kind, platform, '' AS document, '' AS leaf, max(captured_at) AS modified_at,
        NULL::timestamptz AS detected_at
    FROM held GROUP BY platform
    UNION ALL
    SELECT 'document', platform, document, '',
        greatest(captured_at, (SELECT max(m.created_at) FROM correction_moment m
                               WHERE m.document_id = held.document_id AND m.change_id IS NULL)), NULL
    FROM held
    UNION ALL
    SELECT 'provision', h.platform, h.document, pr.provision_type,
        greatest(
            coalesce((SELECT max(c.detected_at) FROM change_provision cp
                      JOIN change c ON c.id = cp.change_id AND c.kind <> 'technical_upgrade'
                      JOIN publication pub ON pub.change_id = c.id WHERE cp.provision_id = pr.id),
                     (SELECT min(v.captured_at) FROM finding ff JOIN version v ON v.id = ff.version_id
                      WHERE ff.provision_id = pr.id)),
            -- What is carried to the next version says nothing new.
            (SELECT max(r.created_at) FROM review r JOIN finding rf ON rf.id = r.finding_id
             WHERE rf.provision_id = pr.id AND r.carried_from IS NULL),
            (SELECT max(m.created_at) FROM correction_moment m WHERE m.provision_id = pr.id)), NULL
    FROM held h
    JOIN finding f ON f.version_id = h.version_id AND f.position = 0 AND f.review IS NOT NULL
        AND f.stance <> 'silent' AND f.confidence <> 'unclear'
    JOIN provision pr ON pr.id = f.provision_id
    UNION ALL
    SELECT 'change', h.platform, h.document, c.public_id,
        greatest(c.detected_at, (SELECT max(m.created_at) FROM correction_moment m WHERE m.change_id = c.id)),
        -- The day in its address.
        c.detected_at
    FROM held h
    JOIN change c ON c.document_id = h.document_id AND c.materiality <> 'cosmetic' AND c.kind = 'update'
    JOIN publication pub ON pub.change_id = c.id
    UNION ALL
    SELECT 'version', platform, document, number::text, captured_at, NULL FROM held;

GRANT SELECT ON correction, correction_note, correction_moment TO conductatlas_app, conductatlas_worker;
GRANT INSERT ON correction, correction_note TO conductatlas_app;
GRANT USAGE ON SEQUENCE public_correction_number TO conductatlas_app;
