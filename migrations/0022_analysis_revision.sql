-- The editorial texts of the catalogue as staff revise them, and what a person confirmed. Readers get the newest
-- confirmed revision, else the catalogue's text.
SET lock_timeout = '5s';
SET statement_timeout = '60s';

CREATE TABLE analysis_revision (
    id uuid PRIMARY KEY,
    provision_type text NOT NULL,
    stance text NOT NULL,
    -- Counts from 1 for each text, so that of two editors who start from the same state the second is refused.
    seq int NOT NULL CHECK (seq >= 1),
    block jsonb NOT NULL CHECK (jsonb_typeof(block) = 'object'),
    -- Hash of the catalogue's text on that day: where it differs from today's, the catalogue went on.
    catalogue_sha256 bytea NOT NULL CHECK (octet_length(catalogue_sha256) = 32),
    reason text NOT NULL CHECK (reason ~ '\S'),
    -- The account may be gone: it is kept as a number that leads to nobody.
    author_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (provision_type, stance, seq)
);

-- A person read a text and stands for it: a revision, or the catalogue's text of that hash.
CREATE TABLE analysis_confirmation (
    id uuid PRIMARY KEY,
    provision_type text NOT NULL,
    stance text NOT NULL,
    revision_id uuid UNIQUE REFERENCES analysis_revision,
    catalogue_sha256 bytea CHECK (octet_length(catalogue_sha256) = 32),
    reviewer_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CHECK ((revision_id IS NULL) <> (catalogue_sha256 IS NULL)),
    UNIQUE (provision_type, stance, catalogue_sha256)
);

GRANT SELECT ON analysis_revision, analysis_confirmation TO conductatlas_app, conductatlas_worker;
GRANT INSERT ON analysis_revision, analysis_confirmation TO conductatlas_app;
