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
              pg_catalog.array_to_string(ARRAY(SELECT i.inhparent \
                FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno), ' '), \
              (SELECT pg_catalog.array_to_string(k.conkey, ' ') FROM pg_catalog.pg_constraint AS k \
                WHERE k.conrelid = c.oid AND k.contype = 'p') \
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
    // A partition's clones of its parent's triggers are internal before 15; a constraint's are not
    // ours to name.
    Text {
        name: "triggers",
        sql: "SELECT t.tgrelid, t.tgname, t.tgfoid, t.tgtype, t.tgattr, t.tgqual IS NOT NULL \
              FROM pg_catalog.pg_trigger AS t \
              WHERE t.tgenabled <> 'D' AND (NOT t.tgisinternal OR t.tgparentid <> 0) \
              AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint AS k \
                WHERE k.oid = t.tgconstraint AND k.contype <> 't') \
              ORDER BY t.tgrelid, t.tgname",
    },
    Text {
        name: "rules",
        sql: "SELECT r.ev_class, r.rulename, r.ev_type, r.is_instead, \
              CASE WHEN pg_catalog.octet_length(d.text) <= 65536 THEN d.text END \
              FROM pg_catalog.pg_rewrite AS r \
              JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class \
              CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_ruledef(r.oid) AS text) AS d \
              WHERE r.ev_enabled <> 'D' \
              AND NOT (r.rulename = '_RETURN' AND c.relkind IN ('v', 'm')) \
              ORDER BY r.ev_class, r.rulename",
    },
    Text {
        name: "event_triggers",
        sql: "SELECT e.evtname, e.evtevent, e.evtfoid, \
              pg_catalog.array_to_string(e.evttags, ',') \
              FROM pg_catalog.pg_event_trigger AS e \
              WHERE e.evtenabled <> 'D' ORDER BY e.evtname",
    },
    // Not those that a partitioned table's own stands for.
    Text {
        name: "foreign_keys",
        sql: "SELECT k.conrelid, k.confrelid, k.conname, k.confdeltype, k.confupdtype, \
              pg_catalog.array_to_string(k.conkey, ' '), \
              pg_catalog.array_to_string(k.confkey, ' ') \
              FROM pg_catalog.pg_constraint AS k \
              LEFT JOIN pg_catalog.pg_constraint AS u ON u.oid = k.conparentid \
              WHERE k.contype = 'f' AND (u.oid IS NULL OR u.confrelid <> k.confrelid) \
              ORDER BY k.conrelid, k.conname, k.oid",
    },
    Text {
        name: "partition_keys",
        sql: "SELECT p.partrelid, p.partattrs FROM pg_catalog.pg_partitioned_table AS p \
              ORDER BY p.partrelid",
    },
    Text {
        name: "unique_keys",
        sql: "SELECT i.indrelid, i.indkey FROM pg_catalog.pg_index AS i \
              JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid \
              JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
              WHERE (i.indisunique OR i.indisexclusion) \
              AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
              AND n.nspname !~ '^pg_(temp|toast)' ORDER BY i.indrelid, i.indexrelid",
    },
    Text {
        name: "indexes",
        sql: "SELECT i.indrelid, i.indkey, i.indnkeyatts, i.indpred IS NOT NULL \
              FROM pg_catalog.pg_index AS i \
              JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid \
              JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
              JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid \
              JOIN pg_catalog.pg_am AS m ON m.oid = x.relam \
              WHERE m.amname NOT IN ('brin', 'gin', 'gist', 'hash', 'spgist') \
              AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
              AND n.nspname !~ '^pg_(temp|toast)' ORDER BY i.indrelid, i.indexrelid",
    },
    // A check on one column alone holds it to no other.
    Text {
        name: "ties",
        sql: "SELECT k.conrelid, pg_catalog.array_to_string(k.conkey, ' ') \
              FROM pg_catalog.pg_constraint AS k \
              WHERE k.contype IN ('c', 'x') AND k.conrelid <> 0 \
              AND pg_catalog.array_length(k.conkey, 1) > 1 ORDER BY k.conrelid, k.conname",
    },
    Text {
        name: "operators",
        sql: "SELECT n.nspname, o.oprname, o.oprleft, o.oprright, o.oprresult, \
              o.oprcode::pg_catalog.oid \
              FROM pg_catalog.pg_operator AS o \
              JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace \
              WHERE o.oprcode <> 0 AND (o.oid >= 16384 OR n.nspname <> 'pg_catalog') \
              ORDER BY o.oid",
    },
    Text {
        name: "casts",
        sql: "SELECT c.castsource, c.casttarget, c.castfunc, c.castcontext \
              FROM pg_catalog.pg_cast AS c \
              WHERE c.oid >= 16384 ORDER BY c.oid",
    },
    Text {
        name: "aggregates",
        sql: "SELECT a.aggfnoid::pg_catalog.oid, pg_catalog.concat_ws(' ', \
              a.aggtransfn::pg_catalog.oid, a.aggfinalfn::pg_catalog.oid, \
              a.aggcombinefn::pg_catalog.oid, a.aggserialfn::pg_catalog.oid, \
              a.aggdeserialfn::pg_catalog.oid, a.aggmtransfn::pg_catalog.oid, \
              a.aggminvtransfn::pg_catalog.oid, a.aggmfinalfn::pg_catalog.oid) \
              FROM pg_catalog.pg_aggregate AS a \
              WHERE a.aggfnoid::pg_catalog.oid >= 16384 ORDER BY a.aggfnoid",
    },
    Text {
        name: "ranges",
        sql: "SELECT r.rngtypid, r.rngsubtype FROM pg_catalog.pg_range AS r \
              WHERE r.rngtypid >= 16384 \
              UNION ALL SELECT r.rngmultitypid, r.rngtypid FROM pg_catalog.pg_range AS r \
              WHERE r.rngtypid >= 16384 AND r.rngmultitypid <> 0 ORDER BY 1, 2",
    },
    // What DISTINCT, ORDER BY and the like call without a word: a type's default classes; and what
    // a range calls when it is made.
    Text {
        name: "type_functions",
        sql: "WITH families(type, moment, family) AS ( \
                SELECT o.opcintype, 'compared', o.opcfamily FROM pg_catalog.pg_opclass AS o \
                JOIN pg_catalog.pg_am AS m ON m.oid = o.opcmethod \
                WHERE o.oid >= 16384 AND o.opcdefault AND m.amname IN ('btree', 'hash') \
              UNION ALL SELECT r.rngtypid, w.moment, o.opcfamily FROM pg_catalog.pg_range AS r \
                JOIN pg_catalog.pg_opclass AS o ON o.oid = r.rngsubopc AND o.oid >= 16384 \
                CROSS JOIN (VALUES ('compared'), ('made')) AS w(moment)), \
              calls(type, moment, function) AS ( \
                SELECT f.type, f.moment, a.amproc::pg_catalog.oid FROM families AS f \
                JOIN pg_catalog.pg_amproc AS a ON a.amprocfamily = f.family \
              UNION ALL SELECT f.type, f.moment, o.oprcode::pg_catalog.oid FROM families AS f \
                JOIN pg_catalog.pg_amop AS a ON a.amopfamily = f.family \
                JOIN pg_catalog.pg_operator AS o ON o.oid = a.amopopr \
              UNION ALL SELECT r.rngtypid, 'made', r.rngcanonical::pg_catalog.oid \
                FROM pg_catalog.pg_range AS r WHERE r.rngtypid >= 16384 \
              UNION ALL SELECT r.rngtypid, 'compared', r.rngsubdiff::pg_catalog.oid \
                FROM pg_catalog.pg_range AS r WHERE r.rngtypid >= 16384) \
              SELECT DISTINCT c.type, c.moment, c.function FROM calls AS c \
              JOIN pg_catalog.pg_proc AS p ON p.oid = c.function \
              JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
              WHERE p.oid >= 16384 OR n.nspname NOT IN ('pg_catalog', 'information_schema') \
              ORDER BY 1, 2, 3",
    },
    // The stored trees name every function they call; those of operator classes, which write and
    // search an index, stand in the classes' own tables.
    Text {
        name: "expressions",
        sql: "WITH trees(relation, type, place, name, number, tree) AS ( \
                SELECT d.adrelid, 0::pg_catalog.oid, \
                  CASE WHEN a.attgenerated = '' THEN 'default' ELSE 'generated' END, \
                  a.attname, d.adnum, d.adbin::pg_catalog.text \
                FROM pg_catalog.pg_attrdef AS d JOIN pg_catalog.pg_attribute AS a \
                  ON a.attrelid = d.adrelid AND a.attnum = d.adnum \
              UNION ALL SELECT k.conrelid, k.contypid, 'check', k.conname, 0, \
                  k.conbin::pg_catalog.text \
                FROM pg_catalog.pg_constraint AS k WHERE k.contype = 'c' \
              UNION ALL SELECT 0, t.oid, 'default', t.typname, 0, \
                  t.typdefaultbin::pg_catalog.text \
                FROM pg_catalog.pg_type AS t WHERE t.typtype = 'd' \
              UNION ALL SELECT i.indrelid, 0, 'index', c.relname, 0, pg_catalog.concat( \
                  i.indexprs::pg_catalog.text, i.indpred::pg_catalog.text) \
                FROM pg_catalog.pg_index AS i \
                JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid \
              UNION ALL SELECT s.stxrelid, 0, 'statistics', s.stxname, 0, \
                  s.stxexprs::pg_catalog.text \
                FROM pg_catalog.pg_statistic_ext AS s \
              UNION ALL SELECT p.partrelid, 0, 'partition', c.relname, 0, \
                  p.partexprs::pg_catalog.text \
                FROM pg_catalog.pg_partitioned_table AS p \
                JOIN pg_catalog.pg_class AS c ON c.oid = p.partrelid \
              UNION ALL SELECT t.tgrelid, 0, 'trigger', t.tgname, 0, t.tgqual::pg_catalog.text \
                FROM pg_catalog.pg_trigger AS t WHERE t.tgenabled <> 'D' \
              UNION ALL SELECT p.polrelid, 0, 'policy', p.polname, 0, pg_catalog.concat( \
                  p.polqual::pg_catalog.text, p.polwithcheck::pg_catalog.text) \
                FROM pg_catalog.pg_policy AS p \
                JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid WHERE c.relrowsecurity), \
              classes(relation, place, name, class) AS ( \
                SELECT i.indrelid, 'index', c.relname, u.class \
                FROM pg_catalog.pg_index AS i \
                JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid \
                CROSS JOIN LATERAL pg_catalog.unnest(i.indclass::pg_catalog.oid[]) AS u(class) \
              UNION ALL SELECT p.partrelid, 'partition', c.relname, u.class \
                FROM pg_catalog.pg_partitioned_table AS p \
                JOIN pg_catalog.pg_class AS c ON c.oid = p.partrelid \
                CROSS JOIN LATERAL pg_catalog.unnest(p.partclass::pg_catalog.oid[]) AS u(class)), \
              users(relation, place, name, family) AS ( \
                SELECT s.relation, s.place, s.name, o.opcfamily FROM classes AS s \
                JOIN pg_catalog.pg_opclass AS o ON o.oid = s.class AND o.oid >= 16384), \
              keys(relation, other, name, operator) AS ( \
                SELECT k.conrelid, k.confrelid, k.conname, u.operator \
                FROM pg_catalog.pg_constraint AS k \
                CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.array_cat(k.conpfeqop, \
                  pg_catalog.array_cat(k.conppeqop, k.conffeqop))) AS u(operator) \
                WHERE k.contype = 'f' AND u.operator >= 16384), \
              calls(relation, type, place, name, number, function) AS ( \
                SELECT t.relation, t.type, t.place, t.name, t.number, \
                  (m.found)[1]::pg_catalog.oid FROM trees AS t \
                CROSS JOIN LATERAL pg_catalog.regexp_matches(t.tree, \
                  ':(?:funcid|opfuncid|aggfnoid|winfnoid) ([0-9]+)', 'g') AS m(found) \
              UNION ALL SELECT u.relation, 0, u.place, u.name, 0, a.amproc::pg_catalog.oid \
                FROM users AS u \
                JOIN pg_catalog.pg_amproc AS a ON a.amprocfamily = u.family \
              UNION ALL SELECT u.relation, 0, u.place, u.name, 0, o.oprcode::pg_catalog.oid \
                FROM users AS u \
                JOIN pg_catalog.pg_amop AS a ON a.amopfamily = u.family \
                JOIN pg_catalog.pg_operator AS o ON o.oid = a.amopopr \
              UNION ALL SELECT e.relation, 0, 'trigger', k.name, 0, \
                o.oprcode::pg_catalog.oid FROM keys AS k \
                JOIN pg_catalog.pg_operator AS o ON o.oid = k.operator \
                CROSS JOIN LATERAL (VALUES (k.relation), (k.other)) AS e(relation)) \
              SELECT DISTINCT c.relation, c.type, c.place, c.name, c.number, c.function \
              FROM calls AS c JOIN pg_catalog.pg_proc AS p ON p.oid = c.function \
              JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
              WHERE p.oid >= 16384 OR n.nspname NOT IN ('pg_catalog', 'information_schema') \
              OR p.provolatile = 'v' \
              ORDER BY 1, 2, 3, 4, 5, 6",
    },
    // What the defaults of parameters call: a call that leaves one out runs it.
    Text {
        name: "parameters",
        sql: "SELECT DISTINCT p.oid, (m.found)[1]::pg_catalog.oid FROM pg_catalog.pg_proc AS p \
              CROSS JOIN LATERAL pg_catalog.regexp_matches(p.proargdefaults::pg_catalog.text, \
                ':(?:funcid|opfuncid|aggfnoid|winfnoid) ([0-9]+)', 'g') AS m(found) \
              JOIN pg_catalog.pg_proc AS c ON c.oid = (m.found)[1]::pg_catalog.oid \
              JOIN pg_catalog.pg_namespace AS n ON n.oid = c.pronamespace \
              WHERE p.oid >= 16384 AND (c.oid >= 16384 \
              OR n.nspname NOT IN ('pg_catalog', 'information_schema') OR c.provolatile = 'v') \
              ORDER BY 1, 2",
    },
    Text {
        name: "commit",
        sql: "COMMIT",
    },
];
