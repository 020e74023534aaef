-- Summaries that a language model drafted on request of staff. A draft is never shown to readers; what was answered is
-- kept as it came, beside what our own checks left of it.
SET lock_timeout = '5s';
SET statement_timeout = '60s';

CREATE TABLE draft (
    id uuid PRIMARY KEY,
    version_id uuid NOT NULL REFERENCES version,
    -- `asked`: waits for the worker; `asking`: the model is being asked; `grounded`: some claims stood the checks;
    -- `refused`: none did, or the day's budget is spent; `failed`: no answer; then what a person made of it.
    state text NOT NULL CHECK (state IN ('asked', 'asking', 'grounded', 'refused', 'failed', 'confirmed', 'discarded')),
    asked_by uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    -- When tokens were last set aside for it, and how many it has cost, at least.
    started_at timestamptz,
    tokens bigint NOT NULL DEFAULT 0 CHECK (tokens >= 0),
    model text,
    prompt_sha256 bytea CHECK (octet_length(prompt_sha256) = 32),
    raw_answer text,
    checked jsonb,
    fault text NOT NULL DEFAULT '',
    done_at timestamptz,
    decided_by uuid,
    decided_at timestamptz,
    CHECK ((state IN ('grounded', 'confirmed', 'discarded')) = (checked IS NOT NULL)),
    CHECK ((state IN ('confirmed', 'discarded')) = (decided_by IS NOT NULL)),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL))
);
CREATE UNIQUE INDEX draft_waiting ON draft (version_id) WHERE state IN ('asked', 'asking');
CREATE INDEX ON draft (version_id);
CREATE INDEX ON draft (asked_at DESC, id DESC);
CREATE INDEX ON draft (started_at);

GRANT SELECT ON draft TO conductatlas_app, conductatlas_worker;
GRANT INSERT (id, version_id, state, asked_by, asked_at) ON draft TO conductatlas_app;
GRANT UPDATE (state, decided_by, decided_at) ON draft TO conductatlas_app;
GRANT UPDATE (state, started_at, tokens, model, prompt_sha256, raw_answer, checked, fault, done_at) ON draft
    TO conductatlas_worker;
