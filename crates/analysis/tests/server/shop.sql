CREATE ROLE app LOGIN SUPERUSER;
CREATE SCHEMA shop;
CREATE SCHEMA other;
SET search_path = shop;
CREATE TABLE customers (id int PRIMARY KEY, email text, city text);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers ON DELETE CASCADE,
  amount numeric, note text);
CREATE TABLE lines (order_id int REFERENCES orders ON DELETE CASCADE, what text);
CREATE TABLE audit (at int, what text);
CREATE TABLE counts (name text PRIMARY KEY, n int);
CREATE TABLE stock (id int, n int) PARTITION BY RANGE (id);
CREATE TABLE stock_low PARTITION OF stock FOR VALUES FROM (0) TO (100);
CREATE TABLE stock_high PARTITION OF stock FOR VALUES FROM (100) TO (1000);
CREATE TABLE staff (wage int) INHERITS (audit);
CREATE TABLE queue (id int, done boolean DEFAULT false);
CREATE TABLE other.customers (id int, email text);
CREATE VIEW cheap AS SELECT id, note FROM orders WHERE amount < 10;
INSERT INTO customers VALUES (1, 'a@x', 'Rome'), (2, 'b@x', 'Oslo');
INSERT INTO orders VALUES (1, 1, 5, 'n1'), (2, 2, 50, 'n2');
INSERT INTO lines VALUES (1, 'l1'), (2, 'l2');
INSERT INTO audit VALUES (0, 'start');
INSERT INTO counts VALUES ('calls', 0), ('orders', 2);
INSERT INTO stock VALUES (1, 1), (500, 5);
INSERT INTO staff VALUES (0, 'boss', 9);
INSERT INTO queue VALUES (1), (2), (3);
INSERT INTO other.customers VALUES (9, 'z@x');

CREATE FUNCTION reads(i int) RETURNS text LANGUAGE sql STABLE AS
  'SELECT city FROM customers WHERE id = i';
CREATE FUNCTION adds(i int) RETURNS int LANGUAGE sql AS
  'INSERT INTO orders VALUES (i, 1, i, ''new'') RETURNING id';
CREATE FUNCTION sets(i int, t text) RETURNS void LANGUAGE sql AS
  'UPDATE orders SET note = $2 WHERE id = $1';
CREATE FUNCTION takes(i int) RETURNS void LANGUAGE sql AS 'DELETE FROM customers WHERE id = i';
CREATE FUNCTION modern(i int) RETURNS void LANGUAGE sql BEGIN ATOMIC
  UPDATE counts SET n = n + i WHERE name = 'calls'; END;
CREATE FUNCTION wraps(i int) RETURNS void LANGUAGE plpgsql STABLE AS
  'BEGIN PERFORM sets(i, ''by wraps''); END';
CREATE FUNCTION upserts(t text) RETURNS int LANGUAGE plpgsql AS $$
  DECLARE m int; BEGIN
  INSERT INTO counts AS c VALUES (t, 1) ON CONFLICT (name) DO UPDATE SET n = c.n + 1
  RETURNING c.n INTO m; RETURN m; END $$;
CREATE FUNCTION loops(k int) RETURNS int LANGUAGE plpgsql AS $$
  DECLARE done int := 0; r record; BEGIN
  FOR i IN 1..k LOOP INSERT INTO audit VALUES (i, 'loop'); END LOOP;
  FOR r IN SELECT * FROM queue WHERE NOT queue.done LOOP
    UPDATE queue q SET done = true WHERE q.id = r.id; done := done + 1;
  END LOOP; RETURN done; END $$;
CREATE FUNCTION branches(k int) RETURNS text LANGUAGE plpgsql AS $$
  BEGIN CASE WHEN k = 1 THEN DELETE FROM queue WHERE id = 1; RETURN 'one';
  WHEN k = 2 THEN TRUNCATE audit; RETURN 'two'; ELSE NULL; END CASE;
  IF k > 5 THEN UPDATE stock SET n = 0 WHERE id = 500; ELSE RETURN 'none'; END IF;
  RETURN 'many'; END $$;
CREATE FUNCTION known() RETURNS void LANGUAGE plpgsql AS $$
  BEGIN EXECUTE 'UPDATE orders SET note = $1 WHERE id = 2' USING 'executed';
  EXECUTE format('DELETE FROM lines WHERE what = %L', 'l2');
  EXECUTE 'INSERT INTO audit VALUES (7, ' || quote_literal('it''s') || ')'; END $$;
CREATE FUNCTION dynamic(t text) RETURNS void LANGUAGE plpgsql AS
  $$ BEGIN EXECUTE format('DELETE FROM %I', t); END $$;
CREATE FUNCTION cursors() RETURNS int LANGUAGE plpgsql AS $$
  DECLARE c CURSOR (least int) FOR SELECT * FROM queue WHERE id >= least FOR UPDATE; r queue%ROWTYPE;
  n int := 0; BEGIN OPEN c(2); LOOP FETCH c INTO r; EXIT WHEN NOT FOUND;
  UPDATE queue SET done = true WHERE CURRENT OF c; n := n + 1; END LOOP; CLOSE c; RETURN n; END $$;
CREATE FUNCTION traps() RETURNS text LANGUAGE plpgsql AS $$
  BEGIN INSERT INTO customers VALUES (1, 'dup', 'dup'); RETURN 'added';
  EXCEPTION WHEN unique_violation THEN INSERT INTO audit VALUES (1, SQLERRM); RETURN SQLSTATE;
  END $$;
CREATE FUNCTION temps() RETURNS bigint LANGUAGE plpgsql AS $$
  BEGIN CREATE TEMP TABLE held ON COMMIT DROP AS SELECT * FROM queue;
  RETURN (SELECT count(*) FROM queue); END $$;
CREATE FUNCTION defines() RETURNS void LANGUAGE plpgsql AS $$
  BEGIN CREATE TABLE shop.made (a int); DROP TABLE shop.queue; ALTER TABLE shop.audit ADD b int;
  END $$;
CREATE FUNCTION elsewhere() RETURNS void LANGUAGE plpgsql SET search_path = other AS
  $$ BEGIN UPDATE customers SET email = 'moved' WHERE id = 9; END $$;
CREATE FUNCTION rows() RETURNS TABLE (i int, m text) LANGUAGE plpgsql AS $$
  BEGIN RETURN QUERY UPDATE orders SET amount = amount + 1 WHERE id = 1 RETURNING id, note;
  i := 7; m := 'seven'; RETURN NEXT; END $$;
CREATE FUNCTION merges() RETURNS void LANGUAGE sql AS $$
  MERGE INTO counts c USING (VALUES ('calls', 5), ('fresh', 6)) v (name, n) ON c.name = v.name
  WHEN MATCHED THEN UPDATE SET n = v.n WHEN NOT MATCHED THEN INSERT VALUES (v.name, v.n) $$;
CREATE FUNCTION withs() RETURNS bigint LANGUAGE sql AS $$
  WITH gone AS (DELETE FROM lines WHERE order_id = 1 RETURNING *),
  kept AS (INSERT INTO audit SELECT order_id, what FROM gone RETURNING 1)
  SELECT count(*) FROM kept $$;
CREATE FUNCTION parts() RETURNS void LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO stock VALUES (2, 2); UPDATE audit SET what = 'all'; END $$;
CREATE FUNCTION views() RETURNS void LANGUAGE plpgsql AS
  $$ BEGIN UPDATE cheap SET note = 'through' WHERE id = 1; END $$;
CREATE FUNCTION down(k int) RETURNS int LANGUAGE plpgsql AS $$
  BEGIN INSERT INTO audit VALUES (k, 'down'); IF k > 0 THEN RETURN down(k - 1); END IF; RETURN 0;
  END $$;
CREATE FUNCTION even(k int) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN IF k = 0 THEN RETURN true; END IF; RETURN odd(k - 1); END $$;
CREATE FUNCTION odd(k int) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN UPDATE counts SET n = k WHERE name = 'calls'; RETURN CASE WHEN k = 0 THEN false
  ELSE even(k - 1) END; END $$;
CREATE FUNCTION labels() RETURNS int LANGUAGE plpgsql AS $$
  <<around>> DECLARE v int := 1; k ALIAS FOR v; list int[] := '{1,2}'; e int; BEGIN
  DECLARE v int := 2; BEGIN around.v := v + 1; k := around.v; END;
  FOREACH e IN ARRAY list LOOP CONTINUE WHEN e = 1; list[e] := v;
  INSERT INTO audit (at) VALUES (list[e]); END LOOP;
  WHILE v < 9 LOOP v := v + 1; EXIT WHEN v > 7; END LOOP; RETURN v; END $$;
CREATE FUNCTION conflict(id int) RETURNS void LANGUAGE plpgsql AS $$
  #variable_conflict use_variable
  BEGIN DELETE FROM queue q WHERE q.id = id; END $$;
CREATE PROCEDURE settles(INOUT a int) LANGUAGE plpgsql AS $$
  DECLARE b int; BEGIN UPDATE orders SET amount = a WHERE id = a RETURNING id INTO b;
  a := b + 1; END $$;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN IF TG_OP = 'INSERT' THEN NEW.city := upper(NEW.city); END IF;
  INSERT INTO audit VALUES (NEW.id, TG_OP); UPDATE counts SET n = n + 1 WHERE name = 'calls';
  RETURN NEW; END $$;
CREATE TRIGGER stamped BEFORE INSERT OR UPDATE ON customers
  FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN INSERT INTO queue SELECT order_id FROM gone; RETURN NULL; END $$;
CREATE TRIGGER watched AFTER DELETE ON lines REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION watch();
CREATE FUNCTION by_default() RETURNS int LANGUAGE plpgsql AS $$
  BEGIN INSERT INTO audit VALUES (8, 'default'); RETURN 8; END $$;
CREATE TABLE defaulted (id int DEFAULT by_default(), what text);

CREATE SCHEMA probe;
CREATE FUNCTION probe.state() RETURNS TABLE (name text, digest text) LANGUAGE plpgsql AS $$
  DECLARE c record; BEGIN
  FOR c IN SELECT k.oid, n.nspname, k.relname FROM pg_class k JOIN pg_namespace n
    ON n.oid = k.relnamespace WHERE k.relkind = 'r' AND
    (n.nspname IN ('shop', 'other') OR n.nspname LIKE 'pg_temp%') ORDER BY 2, 3 LOOP
    name := c.relname; IF c.nspname = 'other' THEN name := 'other.' || name; END IF;
    EXECUTE format('SELECT md5(coalesce(string_agg(t::text, '','' ORDER BY t::text), '''')) ||'
      ' (SELECT count(*) FROM pg_attribute WHERE attrelid = %s)::text FROM ONLY %I.%I t',
      c.oid, c.nspname, c.relname) INTO digest;
    RETURN NEXT; END LOOP; END $$;
ALTER ROLE app SET search_path = shop;
