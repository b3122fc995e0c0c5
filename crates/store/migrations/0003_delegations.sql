-- What a token was given for, where an agent acts by it: as JSON, and it never changes.

ALTER TABLE token ADD COLUMN delegation TEXT CHECK (delegation IS NULL OR json_valid(delegation));
