-- Rights given for a time by a review. `body` is the grant as it was given, as JSON, and never
-- changes; where it stands is `state`.

CREATE TABLE granted (
    id          TEXT    NOT NULL PRIMARY KEY REFERENCES review (id),
    state       TEXT    NOT NULL CHECK (state IN ('expired', 'given', 'revoked')),
    given_at    INTEGER NOT NULL,
    body        TEXT    NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE INDEX granted_by_state ON granted (state, given_at);
