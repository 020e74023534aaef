-- A person may leave: their rows go, in one transaction under row-level security. Suppressed addresses stay (a digest
-- of the address, so that nobody writes to it again); the public record names no account.
SET lock_timeout = '5s';
SET statement_timeout = '60s';

GRANT DELETE ON account, email_token, organization, membership, alert, digest, delivery, reading_position
    TO conductatlas_app, conductatlas_worker;
GRANT DELETE ON session, unsubscription TO conductatlas_worker;
