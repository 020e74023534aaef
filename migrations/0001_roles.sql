-- Roles are per cluster, so they are made only where they are missing. Neither can log in by itself, own
-- anything or bypass row-level security: a connection becomes one of them with SET ROLE.
SET lock_timeout = '5s';
SET statement_timeout = '60s';

DO $$
BEGIN
    -- Two databases of one cluster may be migrated at once.
    PERFORM pg_advisory_xact_lock(7204117);
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'conductatlas_app') THEN
        CREATE ROLE conductatlas_app NOLOGIN NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'conductatlas_worker') THEN
        CREATE ROLE conductatlas_worker NOLOGIN NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
    -- An owner who is no superuser must be a member to take a role; where an administrator arranged that, leave it.
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        BEGIN
            GRANT conductatlas_app, conductatlas_worker TO CURRENT_USER;
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
    END IF;
END $$;

CREATE EXTENSION IF NOT EXISTS pg_trgm;

GRANT USAGE ON SCHEMA public TO conductatlas_app, conductatlas_worker;
