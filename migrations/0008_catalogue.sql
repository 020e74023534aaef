-- Which documents the catalogue keeps, so that one that leaves it is no longer polled.
SET lock_timeout = '5s';
SET statement_timeout = '60s';

ALTER TABLE document ADD COLUMN in_catalogue boolean NOT NULL DEFAULT false;
