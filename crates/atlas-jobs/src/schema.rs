//! The engine's tables, who may use them, and the one door for the web.
//!
//! Invariant: the web's role can enqueue and nothing else; the worker's role can run jobs and owns nothing.

use graphile_worker::WorkerUtils;
use sqlx::{Executor, PgPool};

use crate::Error;

/// Rights on the engine's tables, and `enqueue_job`. Written so that it can run at every start.
///
/// The engine switches row-level security on for its tables and makes no policy, which shuts out everybody but the
/// owner: the worker's role gets one.
const GRANTS: &str = r"
SELECT pg_advisory_xact_lock(7204118);

GRANT USAGE ON SCHEMA graphile_worker TO conductatlas_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA graphile_worker TO conductatlas_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA graphile_worker TO conductatlas_worker;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA graphile_worker TO conductatlas_worker;

DO $$
DECLARE
    engine_table name;
BEGIN
    FOR engine_table IN
        SELECT c.relname FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'graphile_worker' AND c.relkind = 'r' AND c.relrowsecurity
          AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'worker')
    LOOP
        EXECUTE format('CREATE POLICY worker ON graphile_worker.%I TO conductatlas_worker
            USING (true) WITH CHECK (true)', engine_table);
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION public.enqueue_job(
    kind text, payload json, queue text, delay_ms bigint, max_attempts int, key text, priority int,
    if_absent boolean
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT graphile_worker.add_job(
        identifier => kind,
        payload => payload,
        queue_name => queue,
        -- A delay counts from this statement: from the start of a long transaction it would be too short.
        run_at => CASE WHEN delay_ms = 0 THEN now()
            ELSE clock_timestamp() + delay_ms * interval '1 millisecond' END,
        max_attempts => max_attempts,
        job_key => key,
        priority => priority,
        job_key_mode => CASE WHEN if_absent THEN 'unsafe_dedupe' ELSE 'replace' END
    );
$$;
REVOKE ALL ON FUNCTION public.enqueue_job(text, json, text, bigint, int, text, int, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.enqueue_job(text, json, text, bigint, int, text, int, boolean)
    TO conductatlas_app, conductatlas_worker;
";

/// Brings the engine's tables up to date and gives the roles their rights. `pool` must work as the owner, after the
/// product's own migrations (they make the roles). Safe to call at every start and from many processes.
///
/// # Errors
/// [`Error::Migrate`] if the engine refuses, [`Error::Database`] if a grant fails.
pub async fn migrate(pool: &PgPool) -> Result<(), Error> {
    WorkerUtils::new(pool.clone(), "graphile_worker")
        .migrate()
        .await
        .map_err(|error| Error::Migrate(Box::new(error)))?;
    let mut transaction = pool.begin().await?;
    transaction.execute(GRANTS).await?;
    transaction.commit().await?;
    Ok(())
}
