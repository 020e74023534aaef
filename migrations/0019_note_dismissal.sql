-- Why staff closed a note: one row for each, never altered. The note is closed by it, in the same transaction.
SET lock_timeout = '5s';
SET statement_timeout = '60s';

CREATE TABLE curator_note_dismissal (
    note_id uuid PRIMARY KEY REFERENCES curator_note,
    reason text NOT NULL CHECK (reason ~ '\S'),
    -- The account may be gone: it is kept as a number that leads to nobody.
    account_id uuid NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE FUNCTION curator_note_dismissed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    UPDATE curator_note SET resolved_at = NEW.created_at WHERE id = NEW.note_id AND resolved_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'note % is not open', NEW.note_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'curator_note_is_open';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER curator_note_dismissed AFTER INSERT ON curator_note_dismissal
    FOR EACH ROW EXECUTE FUNCTION curator_note_dismissed();
CREATE INDEX ON curator_note (created_at);

GRANT SELECT ON curator_note_dismissal TO conductatlas_app, conductatlas_worker;
GRANT INSERT ON curator_note_dismissal TO conductatlas_app;
