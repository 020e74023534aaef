-- The telling words of every archived text, so that a pasted quotation is looked for in all versions and not only in
-- those that stand today.
SET lock_timeout = '5s';
-- The words of every version that is there are read.
SET statement_timeout = '60min';

-- Runs of 6 to 60 ASCII letters and digits, which no folding of typography changes; from a text that is too long to be
-- read word by word the sign `*`, which says that it has to be looked through.
CREATE FUNCTION telling_words(in_text text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10000 AS $$
    SELECT CASE WHEN octet_length(in_text) > 2000000 THEN ARRAY['*']
        ELSE ARRAY(SELECT DISTINCT word FROM regexp_split_to_table(in_text, '[^A-Za-z0-9]+') AS word
                   WHERE length(word) BETWEEN 6 AND 60) END
$$;

-- squawk-ignore require-concurrent-index-creation
CREATE INDEX version_telling_words ON version USING gin (telling_words(text));
