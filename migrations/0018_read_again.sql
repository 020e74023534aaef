-- A better detector or another rubric reads again what was read before. What the new reading does not repeat steps back:
-- it stays on record, with what was published on it, and stands for nothing any more.
SET lock_timeout = '5s';
SET statement_timeout = '5min';

-- When another reading took its place.
ALTER TABLE finding ADD COLUMN superseded_at timestamptz;
-- Whether readers had seen it by then.
-- squawk-ignore adding-field-with-default
ALTER TABLE finding ADD COLUMN was_shown boolean NOT NULL DEFAULT false;
-- When what readers see of the version last changed by a new reading.
ALTER TABLE version_reading ADD COLUMN reread_at timestamptz;

-- The readings of a version before the present one.
CREATE TABLE version_reading_past (
    version_id uuid NOT NULL REFERENCES version,
    detector text NOT NULL,
    rubric_version int NOT NULL,
    read_at timestamptz NOT NULL,
    superseded_at timestamptz NOT NULL,
    PRIMARY KEY (version_id, superseded_at)
);

-- Who reads: the detector of the worker that started last is in force. Another one leaves the readings alone, or two
-- versions of the program beside each other would undo each other's work.
CREATE TABLE detector_start (
    detector text NOT NULL,
    rubric_version int NOT NULL,
    started_at timestamptz NOT NULL,
    PRIMARY KEY (detector, rubric_version)
);

CREATE OR REPLACE FUNCTION findings_arrange(in_version uuid, in_provision uuid) RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = public AS $$
    UPDATE finding SET position = -1000000 - detected_position
    WHERE version_id = in_version AND provision_id = in_provision AND superseded_at IS NULL;
    UPDATE finding f SET position = CASE WHEN arranged.shown THEN arranged.place - 1 ELSE -1 - f.detected_position END
    FROM (
        SELECT state.id, state.shown, row_number() OVER (PARTITION BY state.shown ORDER BY state.detected_position)::int AS place
        FROM (
            SELECT g.id, g.detected_position,
                CASE WHEN g.review IS NOT NULL THEN g.review <> 'rejected'
                     WHEN p.publish = 'all' THEN true
                     WHEN p.publish = 'auto' THEN g.score >= p.auto_from
                     ELSE false END AS shown
            FROM finding g CROSS JOIN review_policy p
            WHERE g.version_id = in_version AND g.provision_id = in_provision AND g.superseded_at IS NULL
        ) state
    ) arranged
    WHERE f.id = arranged.id;
$$;

-- These findings step back, below every place that others may take.
CREATE FUNCTION findings_supersede(in_version uuid, in_findings uuid[], in_at timestamptz) RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = public AS $$
    UPDATE finding f SET superseded_at = in_at, was_shown = f.position >= 0, position = gone.floor - gone.place
    FROM (
        SELECT g.id, row_number() OVER (PARTITION BY g.provision_id ORDER BY g.detected_position, g.id)::int AS place,
            (SELECT least(min(h.position), -2000000) FROM finding h
             WHERE h.version_id = g.version_id AND h.provision_id = g.provision_id) AS floor
        FROM finding g
        WHERE g.version_id = in_version AND g.id = ANY (in_findings) AND g.superseded_at IS NULL
    ) gone
    WHERE f.id = gone.id;
$$;

-- These findings are read again as they were: `in_told` has the keys id, position, score, scope and reasons of each.
-- What a person said of one holds on. The places of all of them are free until the reading is settled.
CREATE FUNCTION findings_repeat(in_version uuid, in_told jsonb, in_detector text, in_rubric int) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    UPDATE finding f SET detected_position = told.position, position = -1000000 - told.position, score = told.score,
        scope = CASE WHEN f.review IS NULL THEN told.scope ELSE f.scope END, reasons = told.reasons,
        detector = in_detector, rubric_version = in_rubric
    FROM jsonb_to_recordset(in_told) AS told (id uuid, position int, score double precision, scope text, reasons jsonb)
    WHERE f.id = told.id AND f.version_id = in_version AND f.superseded_at IS NULL;
$$;

-- What readers see of a version, in order.
CREATE FUNCTION findings_shown(in_version uuid) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT coalesce(array_agg(id ORDER BY provision_id, position), '{}') FROM finding
    WHERE version_id = in_version AND position >= 0
$$;

-- The new reading is complete; readers saw the findings `in_shown` before it.
CREATE FUNCTION reading_settle(in_version uuid, in_detector text, in_rubric int, in_shown uuid[], in_at timestamptz)
    RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    SELECT findings_arrange(in_version, told.provision_id)
    FROM (SELECT DISTINCT provision_id FROM finding WHERE version_id = in_version AND superseded_at IS NULL) told;
    INSERT INTO version_reading_past (version_id, detector, rubric_version, read_at, superseded_at)
    SELECT version_id, detector, rubric_version, read_at, in_at FROM version_reading WHERE version_id = in_version;
    UPDATE version_reading SET detector = in_detector, rubric_version = in_rubric, read_at = in_at,
        reread_at = CASE WHEN findings_shown(in_version) <> in_shown THEN in_at ELSE reread_at END
    WHERE version_id = in_version RETURNING reread_at IS NOT DISTINCT FROM in_at;
$$;

REVOKE EXECUTE ON FUNCTION findings_supersede(uuid, uuid[], timestamptz), findings_repeat(uuid, jsonb, text, int),
    reading_settle(uuid, text, int, uuid[], timestamptz), findings_shown(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION findings_supersede(uuid, uuid[], timestamptz), findings_repeat(uuid, jsonb, text, int),
    reading_settle(uuid, text, int, uuid[], timestamptz), findings_shown(uuid) TO conductatlas_worker;
GRANT SELECT ON version_reading_past, detector_start TO conductatlas_app, conductatlas_worker;
GRANT INSERT, UPDATE ON detector_start TO conductatlas_worker;
