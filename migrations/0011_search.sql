-- The words by which records are found, kept beside them: names weigh most, then what is quoted or reported.
SET lock_timeout = '5s';
-- The columns are computed for every row that is there.
SET statement_timeout = '15min';

-- squawk-ignore adding-field-with-default
ALTER TABLE platform ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    setweight(to_tsvector('english', name || ' ' || coalesce(operator, '') || ' ' || replace(slug, '-', ' ')), 'A')
    || setweight(to_tsvector('english', description), 'D')) STORED;
-- squawk-ignore adding-field-with-default
ALTER TABLE document ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    setweight(to_tsvector('english', title || ' ' || document_type), 'B')) STORED;
-- squawk-ignore adding-field-with-default
ALTER TABLE provision_type ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    setweight(to_tsvector('english', title || ' ' || replace(slug, '-', ' ')), 'A')
    || setweight(to_tsvector('english', proposition), 'C')) STORED;
-- squawk-ignore adding-field-with-default
ALTER TABLE finding ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    setweight(to_tsvector('english', coalesce(excerpt, '')), 'B')) STORED;
-- squawk-ignore adding-field-with-default
ALTER TABLE change ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
    setweight(to_tsvector('english', headline), 'A')) STORED;

-- Whether a word stands anywhere on record is asked of these.
CREATE INDEX finding_search ON finding USING gin (search) WHERE position = 0 AND excerpt IS NOT NULL;
CREATE INDEX change_search ON change USING gin (search);
