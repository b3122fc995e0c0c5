CREATE SCHEMA shop; SET search_path = shop;
CREATE ROLE app SUPERUSER LOGIN;
CREATE TABLE orgs (id int PRIMARY KEY, name text);
CREATE TABLE users (id int PRIMARY KEY, org int REFERENCES orgs, name text);
CREATE TABLE posts (id int PRIMARY KEY, author int REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE comments (id int PRIMARY KEY, post int REFERENCES posts ON DELETE CASCADE ON UPDATE SET NULL);
CREATE TABLE likes (id int, fan int DEFAULT 2 REFERENCES users ON DELETE SET DEFAULT ON UPDATE SET NULL);
CREATE TABLE nodes (id int PRIMARY KEY, up int REFERENCES nodes ON DELETE CASCADE);
CREATE TABLE log (what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN INSERT INTO log VALUES (TG_OP); RETURN COALESCE(NEW, OLD); END $$;
CREATE FUNCTION note_all() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN INSERT INTO log VALUES ('all'); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER DELETE ON comments FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER emptied AFTER TRUNCATE ON posts FOR EACH STATEMENT EXECUTE FUNCTION note_all();
CREATE TRIGGER named BEFORE UPDATE OF name ON users FOR EACH ROW EXECUTE FUNCTION note();
CREATE TABLE people (id int, name text);
CREATE TABLE staff (wage int) INHERITS (people);
CREATE TABLE chiefs (since int) INHERITS (staff);
CREATE TABLE sales (id int, kind int, note text) PARTITION BY LIST (kind);
CREATE TABLE sales_1 PARTITION OF sales FOR VALUES IN (1);
CREATE TABLE sales_2 PARTITION OF sales FOR VALUES IN (2) PARTITION BY LIST (id);
CREATE TABLE sales_2_1 PARTITION OF sales_2 FOR VALUES IN (1);
CREATE TABLE sales_2_rest PARTITION OF sales_2 DEFAULT;
CREATE TRIGGER sold AFTER INSERT ON sales_2_1 FOR EACH ROW EXECUTE FUNCTION note();
CREATE VIEW names AS SELECT id, name FROM users;
CREATE VIEW some_names AS SELECT id, name FROM names WHERE id > 0;
CREATE VIEW pairs AS SELECT u.id, o.name FROM users u JOIN orgs o ON o.id = u.org;
CREATE FUNCTION put_pair() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN UPDATE orgs SET name = NEW.name WHERE id = 1; RETURN NEW; END $$;
CREATE TRIGGER put INSTEAD OF UPDATE ON pairs FOR EACH ROW EXECUTE FUNCTION put_pair();
CREATE VIEW pairs_again AS SELECT id, name FROM pairs;
CREATE TABLE ruled (id int, what text);
CREATE TABLE kept (id int, what text);
CREATE RULE also AS ON INSERT TO ruled DO ALSO INSERT INTO kept VALUES (new.id, new.what);
CREATE RULE instead AS ON DELETE TO ruled DO INSTEAD UPDATE kept SET what = 'gone' WHERE id = old.id;
CREATE RULE nothing AS ON UPDATE TO ruled DO INSTEAD NOTHING;
CREATE TABLE counters (name text PRIMARY KEY, n int);
CREATE FUNCTION next_of(of text) RETURNS int LANGUAGE plpgsql AS $$
  DECLARE v int; BEGIN UPDATE counters SET n = n + 1 WHERE name = of RETURNING n INTO v;
  RETURN v; END $$;
CREATE TABLE numbered (id int, number int DEFAULT next_of('number'), what text);
CREATE FUNCTION checked(id int) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN PERFORM next_of('check'); RETURN true; END $$;
CREATE TABLE guarded (id int CHECK (checked(id)), what text);
CREATE DOMAIN odd AS int CHECK (checked(VALUE));
CREATE TABLE odds (id odd);
CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN PERFORM next_of('operator'); RETURN $1 = $2; END $$;
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = same);
CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION to_pair(int) RETURNS pair LANGUAGE plpgsql AS $$
  BEGIN PERFORM next_of('cast'); RETURN ROW($1, $1)::pair; END $$;
CREATE CAST (int AS pair) WITH FUNCTION to_pair(int) AS ASSIGNMENT;
CREATE TABLE boxes (id int, sides pair);
CREATE FUNCTION add_up(int, int) RETURNS int LANGUAGE plpgsql AS $$
  BEGIN PERFORM next_of('aggregate'); RETURN $1 + $2; END $$;
CREATE AGGREGATE total(int) (SFUNC = add_up, STYPE = int, INITCOND = '0');
INSERT INTO orgs VALUES (1, 'a'), (2, 'b');
INSERT INTO users VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 2, 'z');
INSERT INTO posts VALUES (1, 1), (2, 2);
INSERT INTO comments VALUES (1, 1), (2, 2);
INSERT INTO likes VALUES (1, 1), (2, 3);
INSERT INTO nodes VALUES (1, NULL), (2, 1), (3, 2);
INSERT INTO people VALUES (1, 'p'); INSERT INTO staff VALUES (2, 's', 10);
INSERT INTO chiefs VALUES (3, 'c', 20, 1);
INSERT INTO sales VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 2, 'c');
INSERT INTO ruled VALUES (1, 'r'); INSERT INTO kept VALUES (9, 'k');
INSERT INTO counters VALUES ('number', 0), ('check', 0), ('operator', 0), ('cast', 0), ('aggregate', 0);
INSERT INTO guarded VALUES (1, 'g'); INSERT INTO numbered VALUES (1, 1, 'n');
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
