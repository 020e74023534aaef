-- What waits for a person is neither said nor silence. In the automatic band go out the findings that are sure enough,
-- silence, which is the result of the search and not of a guess, and the fictitious platforms, of whom nothing false can be said.
SET lock_timeout = '5s';
SET statement_timeout = '5min';

CREATE OR REPLACE VIEW finding_place AS
    SELECT state.id, state.position, state.detected_position,
        CASE WHEN state.shown
             THEN (row_number() OVER (PARTITION BY state.version_id, state.provision_id, state.shown
                                      ORDER BY state.detected_position))::int - 1
             ELSE -1 - state.detected_position END AS place,
        state.version_id, state.provision_id
    FROM (
        SELECT g.id, g.version_id, g.provision_id, g.position, g.detected_position,
            CASE WHEN g.review IS NOT NULL THEN g.review <> 'rejected'
                 WHEN p.publish = 'all' THEN true
                 WHEN p.publish = 'auto' THEN g.score >= p.auto_from OR g.stance = 'silent' OR pl.is_sample
                 ELSE false END AS shown
        FROM finding g
        JOIN provision pr ON pr.id = g.provision_id
        JOIN document d ON d.id = pr.document_id
        JOIN platform pl ON pl.id = d.platform_id
        CROSS JOIN review_policy p
        WHERE g.superseded_at IS NULL
    ) state;

-- The same rule for one provision of one version.
CREATE OR REPLACE FUNCTION findings_arrange(in_version uuid, in_provision uuid) RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = public AS $$
    UPDATE finding SET position = -1000000 - detected_position
    WHERE version_id = in_version AND provision_id = in_provision AND superseded_at IS NULL;
    UPDATE finding f SET position = a.place
    FROM finding_place a
    WHERE a.id = f.id AND a.version_id = in_version AND a.provision_id = in_provision;
$$;

-- squawk-ignore require-concurrent-index-creation
CREATE INDEX finding_waiting ON finding (version_id, provision_id)
    WHERE position < 0 AND review IS NULL AND superseded_at IS NULL AND stance <> 'silent';

-- Questions on which a platform has a passage that waits for a person and none that is shown in the same document: of
-- such a platform nobody can say that it is silent.
CREATE VIEW waiting_provision AS
    SELECT DISTINCT d.platform_id, d.id AS document_id, pr.id AS provision_id, pr.provision_type
    FROM finding f
    JOIN standing_version sv ON sv.version_id = f.version_id
    JOIN provision pr ON pr.id = f.provision_id
    JOIN document d ON d.id = pr.document_id AND d.retired_at IS NULL
    WHERE f.position < 0 AND f.review IS NULL AND f.superseded_at IS NULL AND f.stance <> 'silent'
      AND NOT EXISTS (SELECT FROM finding s WHERE s.version_id = f.version_id AND s.provision_id = f.provision_id
                      AND s.position = 0);

GRANT SELECT ON waiting_provision TO conductatlas_app, conductatlas_worker;

-- Whoever reviews a finding waits until nobody reads its document, so that no review is lost with a finding that another
-- reading takes the place of.
CREATE FUNCTION finding_lock(in_finding uuid) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
    SELECT FROM document d
    WHERE d.id = (SELECT pr.document_id FROM finding f JOIN provision pr ON pr.id = f.provision_id WHERE f.id = in_finding)
    FOR UPDATE;
$$;
REVOKE EXECUTE ON FUNCTION finding_lock(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION finding_lock(uuid) TO conductatlas_app, conductatlas_worker;

-- What was arranged by the rule before this one.
SELECT findings_arrange_all();
