-- Principals, their tokens, and the reviews people answered.
-- Moments are microseconds since the Unix epoch, UTC. A shipped migration is never edited: its
-- checksum is kept, and a store that carries another one is refused.

CREATE TABLE principal (
    name        TEXT    NOT NULL PRIMARY KEY,
    kind        TEXT    NOT NULL CHECK (kind IN ('agent', 'person', 'service')),
    acts_for    TEXT    REFERENCES principal (name),
    groups      TEXT    NOT NULL CHECK (json_valid(groups)),
    is_disabled INTEGER NOT NULL CHECK (is_disabled IN (0, 1)),
    salt        BLOB    NOT NULL,
    created     INTEGER NOT NULL,
    CHECK ((kind = 'agent') = (acts_for IS NOT NULL))
) STRICT;

-- What proves a token, never the token.
CREATE TABLE token (
    id          TEXT    NOT NULL PRIMARY KEY,
    principal   TEXT    NOT NULL REFERENCES principal (name),
    digest      BLOB    NOT NULL UNIQUE,
    stored_key  BLOB    NOT NULL,
    server_key  BLOB    NOT NULL,
    created     INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    is_revoked  INTEGER NOT NULL CHECK (is_revoked IN (0, 1))
) STRICT;

CREATE INDEX token_by_principal ON token (principal, created);

-- `body` is the review as it was asked, as JSON, and never changes; where it stands is `state`,
-- and its votes are rows of `vote`. The other columns are those that are looked up.
CREATE TABLE review (
    id          TEXT    NOT NULL PRIMARY KEY,
    state       TEXT    NOT NULL CHECK
        (state IN ('approved', 'denied', 'expired', 'open', 'used', 'withdrawn')),
    principal   TEXT    NOT NULL,
    target      TEXT    NOT NULL,
    binding     TEXT    NOT NULL,
    created     INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    body        TEXT    NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE INDEX review_by_state ON review (state, created);
CREATE INDEX review_approved ON review (principal, target, binding) WHERE state = 'approved';

CREATE TABLE vote (
    review      TEXT    NOT NULL REFERENCES review (id),
    reviewer    TEXT    NOT NULL,
    body        TEXT    NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (review, reviewer)
) STRICT;
