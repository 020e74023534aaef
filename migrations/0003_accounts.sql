-- People and tenants. Every table with `org_id` is under forced row-level security; a policy reads the settings
-- in the form nullif(…, '') because a setting made with SET LOCAL reads back as '' after the transaction.
SET lock_timeout = '5s';
SET statement_timeout = '60s';

CREATE TABLE account (
    id uuid PRIMARY KEY,
    email text NOT NULL CHECK (email = lower(email) AND email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    password_hash text NOT NULL,
    display_name text NOT NULL DEFAULT '',
    time_zone text NOT NULL DEFAULT 'UTC',
    email_confirmed_at timestamptz,
    suspended_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX account_email ON account (email);

CREATE TABLE session (
    -- SHA-256 of the secret in the cookie: a copy of this table cannot log in.
    id_hash bytea PRIMARY KEY CHECK (octet_length(id_hash) = 32),
    account_id uuid NOT NULL REFERENCES account,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    user_agent text NOT NULL DEFAULT ''
);
CREATE INDEX ON session (account_id);
CREATE INDEX ON session (expires_at);

-- Single-use links in mails: confirm an address, choose a new password.
CREATE TABLE email_token (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    account_id uuid NOT NULL REFERENCES account,
    purpose text NOT NULL CHECK (purpose IN ('confirm_email', 'reset_password')),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE INDEX ON email_token (account_id);

-- Generic cell rate algorithm: one instant for each bucket, the theoretical arrival time.
CREATE TABLE throttle (
    bucket text PRIMARY KEY,
    arrival_at timestamptz NOT NULL
);

CREATE TABLE organization (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    plan text NOT NULL DEFAULT 'free' CHECK (plan IN ('free', 'watcher', 'professional', 'team')),
    created_at timestamptz NOT NULL
);

CREATE TABLE membership (
    org_id uuid NOT NULL REFERENCES organization,
    account_id uuid NOT NULL REFERENCES account,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'editor', 'viewer')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, account_id)
);
CREATE INDEX ON membership (account_id);

CREATE TABLE watch (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization,
    account_id uuid NOT NULL REFERENCES account,
    platform_id uuid NOT NULL REFERENCES platform,
    -- The least materiality that is alerted.
    threshold text NOT NULL DEFAULT 'minor' CHECK (threshold IN ('editorial', 'minor', 'material', 'critical')),
    -- Surplus after a downgrade: kept, silent, woken by an upgrade.
    paused_at timestamptz,
    created_at timestamptz NOT NULL,
    UNIQUE (org_id, account_id, platform_id)
);
CREATE INDEX watch_by_platform ON watch (platform_id, id) WHERE paused_at IS NULL;
CREATE INDEX ON watch (account_id);

-- Lists that a person no longer wants mail from.
CREATE TABLE unsubscription (
    account_id uuid NOT NULL REFERENCES account,
    list text NOT NULL CHECK (list IN ('alerts', 'digest')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, list)
);

-- Addresses that must not be written to, by SHA-256 of the lower-case address; survives the account.
CREATE TABLE suppression (
    address_sha256 bytea PRIMARY KEY CHECK (octet_length(address_sha256) = 32),
    reason text NOT NULL CHECK (reason IN ('hard_bounce', 'complaint', 'manual')),
    created_at timestamptz NOT NULL
);

CREATE TABLE alert (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization,
    change_id uuid NOT NULL REFERENCES change,
    recipient_id uuid NOT NULL REFERENCES account,
    -- Null once the person follows no longer.
    watch_id uuid REFERENCES watch ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    send_by timestamptz NOT NULL,
    read_at timestamptz,
    UNIQUE (change_id, recipient_id)
);
CREATE INDEX ON alert (org_id);
CREATE INDEX ON alert (recipient_id, id DESC);
CREATE INDEX ON alert (watch_id);

CREATE TABLE digest (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization,
    recipient_id uuid NOT NULL REFERENCES account,
    iso_year int NOT NULL,
    iso_week int NOT NULL CHECK (iso_week BETWEEN 1 AND 53),
    -- The changes of the digest are those published in (from_seq, cut_seq].
    from_seq bigint NOT NULL,
    cut_seq bigint NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (recipient_id, iso_year, iso_week),
    CHECK (cut_seq >= from_seq)
);
CREATE INDEX ON digest (org_id);

CREATE TABLE delivery (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organization,
    recipient_id uuid NOT NULL REFERENCES account,
    kind text NOT NULL CHECK (kind IN ('alert', 'digest', 'confirm_email', 'reset_password', 'already_registered')),
    channel text NOT NULL DEFAULT 'email' CHECK (channel IN ('email')),
    alert_id uuid REFERENCES alert,
    digest_id uuid REFERENCES digest,
    -- Stable through retries, so that copies can be recognised.
    message_id text NOT NULL UNIQUE,
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'sending', 'accepted', 'bounced', 'suppressed', 'cancelled', 'parked')),
    -- 0 account mail, 1 alerts, 2 digests.
    tier smallint NOT NULL,
    attempt int NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    -- Attempts of which nobody knows whether the relay took the mail: at most so many copies too many.
    ambiguous_attempts int NOT NULL DEFAULT 0 CHECK (ambiguous_attempts >= 0),
    -- The fence: raised at every claim, named by every later write of that claim.
    lease_seq bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    due_at timestamptz NOT NULL,
    send_by timestamptz,
    accepted_at timestamptz,
    finished_reason text,
    last_error text,
    created_at timestamptz NOT NULL,
    UNIQUE (alert_id, channel),
    UNIQUE (digest_id, channel),
    CHECK ((kind = 'alert') = (alert_id IS NOT NULL)),
    CHECK ((kind = 'digest') = (digest_id IS NOT NULL)),
    CHECK ((state = 'sending') = (lease_until IS NOT NULL)),
    CHECK ((state = 'accepted') = (accepted_at IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX delivery_due ON delivery (tier, due_at, id) WHERE state = 'queued';
CREATE INDEX delivery_leases ON delivery (lease_until) WHERE state = 'sending';
CREATE INDEX ON delivery (org_id);
CREATE INDEX ON delivery (recipient_id);

-- How far the fan-out of a change has come; the row appears in the transaction that publishes.
CREATE TABLE fanout (
    change_id uuid PRIMARY KEY REFERENCES change,
    cursor_watch_id uuid,
    finished_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE INDEX fanout_open ON fanout (created_at) WHERE finished_at IS NULL;

-- Starts of a job that were not followed by an end: a job that kills its process must not loop for ever.
CREATE TABLE job_start (
    job_id bigint PRIMARY KEY,
    kind text NOT NULL,
    starts int NOT NULL CHECK (starts >= 1),
    last_started_at timestamptz NOT NULL
);

CREATE FUNCTION current_org() RETURNS uuid LANGUAGE sql STABLE
    RETURN nullif(current_setting('app.org_id', true), '')::uuid;
CREATE FUNCTION current_account() RETURNS uuid LANGUAGE sql STABLE
    RETURN nullif(current_setting('app.account_id', true), '')::uuid;

ALTER TABLE organization ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization FORCE ROW LEVEL SECURITY;
CREATE POLICY member ON organization TO conductatlas_app
    USING (id = (SELECT current_org())) WITH CHECK (id = (SELECT current_org()));
CREATE POLICY worker ON organization TO conductatlas_worker USING (true) WITH CHECK (true);

-- A session knows the account before it knows the organization, so one's own memberships can be read.
ALTER TABLE membership ENABLE ROW LEVEL SECURITY;
ALTER TABLE membership FORCE ROW LEVEL SECURITY;
CREATE POLICY member ON membership TO conductatlas_app
    USING (org_id = (SELECT current_org()) OR account_id = (SELECT current_account()))
    WITH CHECK (org_id = (SELECT current_org()));
CREATE POLICY worker ON membership TO conductatlas_worker USING (true) WITH CHECK (true);

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['watch', 'alert', 'digest', 'delivery'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY member ON %I TO conductatlas_app
            USING (org_id = (SELECT current_org())) WITH CHECK (org_id = (SELECT current_org()))', tenant_table);
        EXECUTE format('CREATE POLICY worker ON %I TO conductatlas_worker USING (true) WITH CHECK (true)', tenant_table);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON account, email_token, throttle TO conductatlas_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON session, unsubscription TO conductatlas_app;
GRANT SELECT, INSERT ON organization TO conductatlas_app;
-- FOR UPDATE on the organization row is how plan limits hold under concurrency; it needs the right to update.
GRANT UPDATE (name) ON organization TO conductatlas_app;
GRANT SELECT, INSERT ON membership TO conductatlas_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON watch TO conductatlas_app;
GRANT SELECT, UPDATE (read_at) ON alert TO conductatlas_app;
GRANT SELECT ON digest, suppression TO conductatlas_app;
GRANT SELECT, INSERT ON delivery TO conductatlas_app;
GRANT DELETE ON throttle TO conductatlas_app, conductatlas_worker;

GRANT SELECT, INSERT, UPDATE ON account, organization, membership, watch, alert, digest, delivery, fanout,
    suppression, unsubscription, email_token TO conductatlas_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON job_start TO conductatlas_worker;
GRANT SELECT, DELETE ON session, throttle TO conductatlas_worker;
GRANT DELETE ON watch TO conductatlas_worker;
