-- Another policy arranges every finding that it moves in two statements, not provision by provision: a record of a million
-- findings takes seconds, and one that nothing moves in is only read.
SET lock_timeout = '5s';
SET statement_timeout = '60s';

-- Where each finding belongs: those that are shown from 0 on, the others below 0. What stepped back has no place.
CREATE VIEW finding_place AS
    SELECT state.id, state.position, state.detected_position,
        CASE WHEN state.shown
             THEN (row_number() OVER (PARTITION BY state.version_id, state.provision_id, state.shown
                                      ORDER BY state.detected_position))::int - 1
             ELSE -1 - state.detected_position END AS place
    FROM (
        SELECT g.id, g.version_id, g.provision_id, g.position, g.detected_position,
            CASE WHEN g.review IS NOT NULL THEN g.review <> 'rejected'
                 WHEN p.publish = 'all' THEN true
                 WHEN p.publish = 'auto' THEN g.score >= p.auto_from
                 ELSE false END AS shown
        FROM finding g CROSS JOIN review_policy p
        WHERE g.superseded_at IS NULL
    ) state;

-- First out of the way, where no finding is, then into place: two findings never claim one place.
CREATE FUNCTION findings_arrange_all() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    UPDATE finding f SET position = -1000000 - f.detected_position
    FROM finding_place a WHERE a.id = f.id AND a.place <> f.position;
    UPDATE finding f SET position = a.place
    FROM finding_place a WHERE a.id = f.id AND f.position <= -1000000;
END $$;

CREATE OR REPLACE FUNCTION review_policy_set(new_publish text, new_auto_from double precision,
    new_queue_from double precision) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE review_policy SET publish = new_publish, auto_from = new_auto_from, queue_from = new_queue_from
    WHERE (publish, auto_from, queue_from) IS DISTINCT FROM (new_publish, new_auto_from, new_queue_from);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM findings_arrange_all();
    RETURN true;
END $$;

-- The check of a quotation reads the version's text: only where the quotation itself is written.
DROP TRIGGER finding_excerpt_is_exact ON finding;
CREATE TRIGGER finding_excerpt_is_exact
    BEFORE INSERT OR UPDATE OF version_id, excerpt, excerpt_start, excerpt_end ON finding
    FOR EACH ROW EXECUTE FUNCTION finding_excerpt_is_exact();
