-- A new reading of a version moves the date of its provisions in the sitemap, as it moves the date on their pages.
SET lock_timeout = '5s';
SET statement_timeout = '60s';

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
            (SELECT max(m.created_at) FROM correction_moment m WHERE m.provision_id = pr.id),
            (SELECT vr.reread_at FROM version_reading vr WHERE vr.version_id = h.version_id)), NULL
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
