-- Whom an identity provider's subjects are here, and which of its tokens were used up.

CREATE TABLE link (
    issuer      TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    principal   TEXT    NOT NULL REFERENCES principal (name),
    PRIMARY KEY (issuer, subject)
) STRICT;

CREATE INDEX link_by_principal ON link (principal);

-- Digests of what counts once, for as long as it would count.
CREATE TABLE spent (
    digest      BLOB    NOT NULL PRIMARY KEY,
    expires     INTEGER NOT NULL
) STRICT;

CREATE INDEX spent_by_end ON spent (expires);
