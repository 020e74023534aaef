-- Who curates, what a person made of a finding, and who did what. What readers see is a finding overlaid with its latest
-- review; what the detector wrote stays in `before` of the first one.
SET lock_timeout = '5s';
-- Every finding gets the place that its detector gave it.
SET statement_timeout = '15min';

-- Set from the machine of the instance only: the web's role may look, not appoint.
CREATE TABLE staff (
    account_id uuid PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    created_at timestamptz NOT NULL
);

-- What staff did. The account may be gone: it is kept as a number that leads to nobody.
CREATE TABLE staff_action (
    id uuid PRIMARY KEY,
    -- Null for what was done from the machine of the instance.
    account_id uuid,
    action text NOT NULL CHECK (action ~ '^[a-z]+(_[a-z]+)*$'),
    -- What it was done to, as a person reads it.
    subject text NOT NULL,
    -- A path of ours that shows it; empty if there is none.
    path text NOT NULL DEFAULT '' CHECK (path = '' OR path LIKE '/%'),
    detail text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL
);
CREATE INDEX ON staff_action (created_at DESC, id DESC);

-- One row: the bands of the review queue, and what goes out before anybody looked. `publish` is the lowest band that
-- does: every band (`all`), findings that are proposed by themselves (`auto`), none (`reviewed`).
CREATE TABLE review_policy (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    publish text NOT NULL CHECK (publish IN ('all', 'auto', 'reviewed')),
    auto_from double precision NOT NULL CHECK (auto_from <= 1),
    queue_from double precision NOT NULL CHECK (queue_from >= 0),
    CHECK (queue_from <= auto_from)
);
INSERT INTO review_policy (publish, auto_from, queue_from) VALUES ('all', 0.8, 0.35);

-- The place that the detector gave. `position` is the place among what is shown, below 0 for what is not.
ALTER TABLE finding ADD COLUMN detected_position int;
-- What the latest review says; null while nobody looked.
ALTER TABLE finding ADD COLUMN review text CHECK (review IN ('approved', 'edited', 'rejected'));
UPDATE finding SET detected_position = position;
-- squawk-ignore ban-drop-constraint
ALTER TABLE finding DROP CONSTRAINT finding_position_check;
-- squawk-ignore ban-drop-constraint
ALTER TABLE finding DROP CONSTRAINT finding_check3;
ALTER TABLE finding ADD CONSTRAINT finding_silent_alone CHECK (stance <> 'silent' OR detected_position = 0) NOT VALID;

CREATE FUNCTION finding_detected_position() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.detected_position := NEW.position;
    IF NEW.position < 0 THEN
        RAISE EXCEPTION 'finding % is not shown before it is there', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'finding_position_check';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER finding_detected_position BEFORE INSERT ON finding
    FOR EACH ROW EXECUTE FUNCTION finding_detected_position();

-- A person's word on a finding. `seq` counts from 1 for each finding, so that of two curators who answer the same state
-- the second is refused. Without a reviewer it was carried from the version before, where the words are the same.
CREATE TABLE review (
    id uuid PRIMARY KEY,
    finding_id uuid NOT NULL REFERENCES finding,
    seq int NOT NULL CHECK (seq >= 1),
    verdict text NOT NULL CHECK (verdict IN ('approved', 'edited', 'rejected', 'undone', 'carried')),
    reason text NOT NULL DEFAULT '',
    -- The keys review, stance, severity, scope, excerpt, start, end.
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    reviewer_id uuid,
    carried_from uuid REFERENCES review,
    created_at timestamptz NOT NULL,
    UNIQUE (finding_id, seq),
    CHECK ((reviewer_id IS NULL) = (carried_from IS NOT NULL)),
    CHECK ((verdict = 'carried') = (carried_from IS NOT NULL))
);
CREATE INDEX ON review (carried_from);
CREATE INDEX ON review (created_at DESC);

-- Numbers the findings of a provision at a version anew: those that are shown from 0 on, the others below 0.
CREATE FUNCTION findings_arrange(in_version uuid, in_provision uuid) RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = public AS $$
    UPDATE finding SET position = -1000000 - detected_position
    WHERE version_id = in_version AND provision_id = in_provision;
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
            WHERE g.version_id = in_version AND g.provision_id = in_provision
        ) state
    ) arranged
    WHERE f.id = arranged.id;
$$;

CREATE FUNCTION review_applies() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    held record;
BEGIN
    UPDATE finding SET review = NEW.after->>'review', stance = NEW.after->>'stance', severity = NEW.after->>'severity',
        scope = NEW.after->>'scope', excerpt = NEW.after->>'excerpt', excerpt_start = (NEW.after->>'start')::int,
        excerpt_end = (NEW.after->>'end')::int
    WHERE id = NEW.finding_id
    RETURNING version_id, provision_id INTO held;
    PERFORM findings_arrange(held.version_id, held.provision_id);
    RETURN NEW;
END $$;
CREATE TRIGGER review_applies AFTER INSERT ON review FOR EACH ROW EXECUTE FUNCTION review_applies();

-- What may not go out unreviewed is held back in the transaction that completes the reading.
CREATE FUNCTION version_reading_arranges() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF (SELECT publish <> 'all' FROM review_policy) THEN
        PERFORM findings_arrange(NEW.version_id, told.provision_id)
        FROM (SELECT DISTINCT provision_id FROM finding WHERE version_id = NEW.version_id) told;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER version_reading_arranges AFTER INSERT ON version_reading
    FOR EACH ROW EXECUTE FUNCTION version_reading_arranges();

-- Sets the policy; if it changed, arranges every finding that nobody looked at. True if it changed.
CREATE FUNCTION review_policy_set(new_publish text, new_auto_from double precision, new_queue_from double precision)
    RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE review_policy SET publish = new_publish, auto_from = new_auto_from, queue_from = new_queue_from
    WHERE (publish, auto_from, queue_from) IS DISTINCT FROM (new_publish, new_auto_from, new_queue_from);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM findings_arrange(told.version_id, told.provision_id)
    FROM (SELECT DISTINCT version_id, provision_id FROM finding WHERE review IS NULL) told;
    RETURN true;
END $$;

GRANT SELECT ON staff, staff_action, review_policy, review TO conductatlas_app, conductatlas_worker;
GRANT INSERT, DELETE ON staff TO conductatlas_worker;
GRANT INSERT ON staff_action, review TO conductatlas_app, conductatlas_worker;
GRANT UPDATE ON review_policy TO conductatlas_worker;
