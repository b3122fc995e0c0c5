-- What directories keep here by SCIM: users and groups, and who is in which.
CREATE TABLE provisioned (
    id           TEXT    NOT NULL PRIMARY KEY,
    source       TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    principal    TEXT    UNIQUE REFERENCES principal (name),
    document     TEXT    NOT NULL,
    created      INTEGER NOT NULL,
    changed      INTEGER NOT NULL,
    revision     INTEGER NOT NULL,
    has_disabled INTEGER NOT NULL,
    UNIQUE (source, kind, key)
) STRICT;

CREATE TABLE member (
    in_group TEXT NOT NULL REFERENCES provisioned (id) ON DELETE CASCADE,
    user     TEXT NOT NULL REFERENCES provisioned (id) ON DELETE CASCADE,
    PRIMARY KEY (in_group, user)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_by_user ON member (user);
