//! The texts that read the catalog, in the order they must run.
//!
//! They are one read-only, repeatable-read transaction, so that all see one state, and it leaves
//! the connection as it was. `server` reads the session's own search path before `pin` empties it:
//! from there on `pg_get_viewdef` qualifies every name that is not of `pg_catalog`.
//! Temporary things are another session's own and stay out; so do indexes and TOAST.
// tidy: table — a closed list of SQL texts

use super::Text;

/// Every text, in order. `begin`, `pin` and `commit` give nothing [`super::assemble()`] reads.
pub const READ: &[Text] = &[
    Text {
        name: "begin",
        sql: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    },
    Text {
        name: "server",
        sql: "SELECT pg_catalog.current_setting('server_version_num'), \
              pg_catalog.current_database(), current_user, \
              s.n, s.schema \
              FROM (SELECT 0 AS n, NULL::pg_catalog.name AS schema UNION ALL \
                    SELECT p.n, p.schema FROM \
                    ROWS FROM (pg_catalog.unnest(pg_catalog.current_schemas(false))) \
                    WITH ORDINALITY AS p(schema, n)) AS s ORDER BY s.n",
    },
    Text {
        name: "pin",
        sql: "SELECT pg_catalog.set_config('search_path', '', true)",
    },
    Text {
        name: "schemas",
        sql: "SELECT n.nspname FROM pg_catalog.pg_namespace AS n \
              WHERE n.nspname !~ '^pg_(temp|toast)' ORDER BY n.nspname",
    },
    Text {
        name: "relations",
        sql: "SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples::pg_catalog.int8, \
              CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END, \
              EXISTS (SELECT 1 FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class = c.oid \
                      AND NOT (r.rulename = '_RETURN' AND c.relkind IN ('v', 'm'))), \
              pg_catalog.array_to_string(ARRAY(SELECT i.inhparent \
                FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno), ' '), \
              (SELECT pg_catalog.array_to_string(k.conkey, ' ') FROM pg_catalog.pg_constraint AS k \
                WHERE k.conrelid = c.oid AND k.contype = 'p'), \
              pg_catalog.array_to_string(ARRAY(SELECT t.tgfoid FROM pg_catalog.pg_trigger AS t \
                WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D' \
                ORDER BY t.tgname), ' ') \
              FROM pg_catalog.pg_class AS c \
              JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
              WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f', 'S', 'c') AND c.relpersistence <> 't' \
              AND n.nspname !~ '^pg_(temp|toast)'",
    },
    Text {
        name: "columns",
        sql: "SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, \
              a.attgenerated <> '' \
              FROM pg_catalog.pg_attribute AS a \
              JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid \
              JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
              WHERE a.attnum > 0 AND NOT a.attisdropped \
              AND c.relkind IN ('r', 'v', 'm', 'p', 'f', 'S', 'c') AND c.relpersistence <> 't' \
              AND n.nspname !~ '^pg_(temp|toast)' ORDER BY a.attrelid, a.attnum",
    },
    Text {
        name: "types",
        sql: "SELECT t.oid, n.nspname, t.typname, t.typtype, t.typcategory, t.typelem, \
              t.typbasetype, t.typrelid \
              FROM pg_catalog.pg_type AS t \
              JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace \
              WHERE t.typisdefined AND n.nspname !~ '^pg_(temp|toast)'",
    },
    Text {
        name: "functions",
        sql: "SELECT p.oid, n.nspname, p.proname, p.prokind, l.lanname, p.provolatile, \
              p.prosecdef, p.provariadic <> 0, p.pronargdefaults, p.proargtypes, p.prorettype, \
              p.proretset \
              FROM pg_catalog.pg_proc AS p \
              JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
              JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang \
              WHERE n.nspname !~ '^pg_(temp|toast)'",
    },
    Text {
        name: "outputs",
        sql: "SELECT p.oid, COALESCE(p.proargnames[i.n], ''), p.proallargtypes[i.n] \
              FROM pg_catalog.pg_proc AS p \
              CROSS JOIN LATERAL pg_catalog.generate_subscripts(p.proallargtypes, 1) AS i(n) \
              WHERE p.proargmodes[i.n] IN ('o', 'b', 't') ORDER BY p.oid, i.n",
    },
    // Users' functions alone: those of other schemas, and those made since initdb.
    Text {
        name: "sources",
        sql: "SELECT p.oid, pg_catalog.pg_get_userbyid(p.proowner), \
              pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to( \
                CASE WHEN p.prokind = 'a' THEN (SELECT a::pg_catalog.text \
                  FROM pg_catalog.pg_aggregate AS a WHERE a.aggfnoid = p.oid) \
                ELSE pg_catalog.pg_get_functiondef(p.oid) END, \
                pg_catalog.getdatabaseencoding())), 'hex'), \
              CASE WHEN l.lanname IN ('c', 'internal') OR p.prokind = 'a' THEN 'native' \
                WHEN pg_catalog.octet_length(b.body) > 65536 THEN 'long' ELSE 'text' END, \
              CASE WHEN l.lanname NOT IN ('c', 'internal') AND p.prokind <> 'a' \
                AND pg_catalog.octet_length(b.body) <= 65536 THEN b.body END \
              FROM pg_catalog.pg_proc AS p \
              JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
              JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang \
              CROSS JOIN LATERAL (SELECT COALESCE( \
                pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) AS body) AS b \
              WHERE (n.nspname NOT IN ('pg_catalog', 'information_schema') OR p.oid >= 16384) \
              AND n.nspname !~ '^pg_(temp|toast)' ORDER BY p.oid",
    },
    Text {
        name: "arguments",
        sql: "SELECT p.oid, COALESCE(p.proargmodes[i.n], 'i'), COALESCE(p.proargnames[i.n], ''), \
              COALESCE(p.proallargtypes[i.n], p.proargtypes[i.n - 1]) \
              FROM pg_catalog.pg_proc AS p \
              JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
              CROSS JOIN LATERAL pg_catalog.generate_series(1, \
                COALESCE(pg_catalog.cardinality(p.proallargtypes), p.pronargs)) AS i(n) \
              WHERE (n.nspname NOT IN ('pg_catalog', 'information_schema') OR p.oid >= 16384) \
              AND n.nspname !~ '^pg_(temp|toast)' ORDER BY p.oid, i.n",
    },
    Text {
        name: "settings",
        sql: "SELECT p.oid, s.setting FROM pg_catalog.pg_proc AS p \
              CROSS JOIN LATERAL pg_catalog.unnest(p.proconfig) \
                WITH ORDINALITY AS s(setting, n) ORDER BY p.oid, s.n",
    },
    Text {
        name: "commit",
        sql: "COMMIT",
    },
];
