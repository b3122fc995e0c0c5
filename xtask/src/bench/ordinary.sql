SELECT abalance FROM pgbench_accounts WHERE aid = 4711

SELECT abalance FROM pgbench_accounts WHERE aid = $1

UPDATE pgbench_accounts SET abalance = abalance + -512 WHERE aid = 4711

UPDATE pgbench_tellers SET tbalance = tbalance + $1 WHERE tid = $2

INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (1, 2, 3, 4, CURRENT_TIMESTAMP)

BEGIN

COMMIT

ROLLBACK

SAVEPOINT sp_1

RELEASE SAVEPOINT sp_1

SELECT 1

SHOW transaction_isolation

SET statement_timeout = 30000

SET client_encoding TO 'UTF8'

SELECT set_config('TimeZone', 'UTC', false)

SELECT version()

SELECT current_database(), current_schema(), current_user

SELECT pg_catalog.version()

SELECT id, amount, filler FROM wide ORDER BY id LIMIT 20 OFFSET 40

SELECT id, amount, email FROM wide WHERE id = 17

SELECT count(*) FROM wide WHERE amount > 100 AND id BETWEEN 5 AND 500

SELECT "wide"."id", "wide"."amount", "wide"."email", "wide"."filler" FROM "wide" WHERE "wide"."id" = 12 LIMIT 21

SELECT "wide".* FROM "wide" WHERE "wide"."id" = $1 LIMIT $2

SELECT wide.id AS wide_id, wide.amount AS wide_amount FROM wide WHERE wide.id IN (1, 2, 3, 4, 5, 6, 7, 8) ORDER BY wide.id

INSERT INTO "wide" ("id", "amount", "email", "filler") VALUES ($1, $2, $3, $4) RETURNING "wide"."id"

UPDATE "wide" SET "amount" = 12.5, "filler" = 'x' WHERE "wide"."id" = 9

DELETE FROM "wide" WHERE "wide"."id" IN (SELECT U0."id" FROM "wide" U0 WHERE U0."amount" < 0)

INSERT INTO wide (id, amount) VALUES (1, 2), (3, 4), (5, 6) ON CONFLICT DO NOTHING

SELECT a.aid, b.bbalance, t.tbalance FROM pgbench_accounts a JOIN pgbench_branches b ON b.bid = a.bid LEFT JOIN pgbench_tellers t ON t.bid = b.bid WHERE a.aid < 100 AND b.bbalance >= 0 ORDER BY a.aid DESC LIMIT 50

SELECT b.bid, count(a.aid) AS accounts, sum(a.abalance) AS balance, max(h.mtime) AS latest FROM pgbench_branches b JOIN pgbench_accounts a ON a.bid = b.bid LEFT JOIN pgbench_history h ON h.aid = a.aid GROUP BY b.bid HAVING sum(a.abalance) > 0 ORDER BY balance DESC

WITH latest AS (SELECT aid, max(mtime) AS mtime FROM pgbench_history GROUP BY aid) SELECT h.aid, h.delta FROM pgbench_history h JOIN latest l USING (aid, mtime) WHERE h.delta <> 0

SELECT EXISTS(SELECT 1 FROM pgbench_accounts WHERE aid = 5)

SELECT coalesce(sum(delta), 0) AS total, date_trunc('day', mtime) AS day FROM pgbench_history WHERE mtime >= now() - interval '7 days' GROUP BY 2 ORDER BY 2

SELECT aid, row_number() OVER (PARTITION BY bid ORDER BY abalance DESC) AS place FROM pgbench_accounts WHERE bid = 1

SELECT CASE WHEN abalance < 0 THEN 'red' WHEN abalance = 0 THEN 'even' ELSE 'black' END AS colour, count(*) FROM pgbench_accounts GROUP BY 1

SELECT DISTINCT ON (bid) bid, aid, abalance FROM pgbench_accounts ORDER BY bid, abalance DESC

SELECT * FROM pgbench_accounts WHERE filler ILIKE '%x%' AND (bid = 1 OR bid = 2) FETCH FIRST 10 ROWS ONLY

SELECT aid FROM pgbench_accounts WHERE aid = ANY($1::int[])

COPY pgbench_history (tid, bid, aid, delta, mtime, filler) FROM STDIN

COPY (SELECT aid, abalance FROM pgbench_accounts WHERE bid = 1) TO STDOUT WITH (FORMAT csv, HEADER)

EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM pgbench_accounts WHERE aid = 1

DECLARE "curs" NO SCROLL CURSOR WITH HOLD FOR SELECT aid, bid FROM pgbench_accounts

FETCH FORWARD 2000 FROM "curs"

DISCARD ALL

SELECT n.nspname as "Schema", c.relname as "Name", CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 't' THEN 'TOAST table' WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table' WHEN 'I' THEN 'partitioned index' END as "Type", pg_catalog.pg_get_userbyid(c.relowner) as "Owner" FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam WHERE c.relkind IN ('r','p','v','m','S','f','') AND n.nspname <> 'pg_catalog' AND n.nspname !~ '^pg_toast' AND n.nspname <> 'information_schema' AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1,2

SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef), a.attnotnull, (SELECT c.collname FROM pg_catalog.pg_collation c, pg_catalog.pg_type t WHERE c.oid = a.attcollation AND t.oid = a.atttypid AND a.attcollation <> t.typcollation) AS attcollation, a.attidentity, a.attgenerated FROM pg_catalog.pg_attribute a WHERE a.attrelid = '16385' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum

SELECT c2.relname, i.indisprimary, i.indisunique, i.indisclustered, i.indisvalid, pg_catalog.pg_get_indexdef(i.indexrelid, 0, true), pg_catalog.pg_get_constraintdef(con.oid, true), contype, condeferrable, condeferred, i.indisreplident, c2.reltablespace FROM pg_catalog.pg_class c, pg_catalog.pg_class c2, pg_catalog.pg_index i LEFT JOIN pg_catalog.pg_constraint con ON (conrelid = i.indrelid AND conindid = i.indexrelid AND contype IN ('p','u','x')) WHERE c.oid = '16385' AND c.oid = i.indrelid AND i.indexrelid = c2.oid ORDER BY i.indisprimary DESC, c2.relname

SELECT table_schema, table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY table_schema, table_name, ordinal_position

SELECT t.typname, t.oid, t.typarray FROM pg_type t JOIN pg_namespace ns ON typnamespace = ns.oid WHERE typname = 'hstore'

SELECT db.oid as did, db.datname, db.datallowconn, pg_encoding_to_char(db.encoding) AS serverencoding, has_database_privilege(db.oid, 'CREATE') as cancreate, datistemplate FROM pg_catalog.pg_database db WHERE db.datname = current_database()

SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relname = 'wide' AND a.attnum > 0
