SET search_path = shop;
CREATE FUNCTION ticks() RETURNS int LANGUAGE plpgsql AS $$
  BEGIN PERFORM next_of('number'); RETURN 1; END $$;
CREATE DOMAIN tick AS int DEFAULT ticks();
CREATE TABLE ticking (id int, n tick);
CREATE FUNCTION left_out(a int DEFAULT ticks(), b text DEFAULT 'x') RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE TYPE key AS (v int);
CREATE FUNCTION key_cmp(a key, b key) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
  BEGIN PERFORM next_of('operator'); RETURN a.v - b.v; END $$;
CREATE FUNCTION key_eq(a key, b key) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
  BEGIN PERFORM next_of('operator'); RETURN a.v = b.v; END $$;
CREATE FUNCTION key_lt(a key, b key) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
  BEGIN PERFORM next_of('operator'); RETURN a.v < b.v; END $$;
CREATE OPERATOR <<< (LEFTARG = key, RIGHTARG = key, FUNCTION = key_lt);
CREATE OPERATOR <=> (LEFTARG = key, RIGHTARG = key, FUNCTION = key_eq);
CREATE OPERATOR >>> (LEFTARG = key, RIGHTARG = key, FUNCTION = key_lt);
CREATE OPERATOR CLASS key_order DEFAULT FOR TYPE key USING btree AS OPERATOR 1 <<<,
  OPERATOR 3 <=>, OPERATOR 5 >>>, FUNCTION 1 key_cmp(key, key);
CREATE TABLE keyed (k key PRIMARY KEY);
CREATE TABLE holders (id int, k key REFERENCES keyed ON DELETE CASCADE ON UPDATE SET NULL);
INSERT INTO keyed VALUES ('(1)'), ('(2)'), ('(3)');
INSERT INTO holders VALUES (1, '(1)'), (2, '(2)');
CREATE FUNCTION gap(a int, b int) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$
  BEGIN PERFORM next_of('cast'); RETURN a - b; END $$;
CREATE TYPE stretch AS RANGE (SUBTYPE = int, SUBTYPE_DIFF = gap);
CREATE TABLE stretches (id int, r stretch);
INSERT INTO stretches SELECT n, stretch(n, n + 3) FROM generate_series(1, 20) AS n;
CREATE TYPE cents AS (n int);
CREATE FUNCTION cents_of(v int) RETURNS cents LANGUAGE plpgsql AS $$
  BEGIN PERFORM next_of('cast'); RETURN ROW(v); END $$;
CREATE CAST (int AS cents) WITH FUNCTION cents_of(int) AS IMPLICIT;
CREATE FUNCTION lower(c cents) RETURNS text LANGUAGE plpgsql AS $$
  BEGIN PERFORM next_of('operator'); RETURN 'x'; END $$;
CREATE FUNCTION cents_is(a cents, b int) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN PERFORM next_of('operator'); RETURN true; END $$;
CREATE OPERATOR = (LEFTARG = cents, RIGHTARG = int, FUNCTION = cents_is);
CREATE FUNCTION text_plus(a text, b int) RETURNS text LANGUAGE plpgsql AS $$
  BEGIN PERFORM next_of('operator'); RETURN a; END $$;
CREATE OPERATOR + (LEFTARG = text, RIGHTARG = int, FUNCTION = text_plus);
CREATE TABLE purse (id int, c cents, cs cents[]);
CREATE FUNCTION add_cents(a int, b cents) RETURNS int LANGUAGE plpgsql AS $$
  BEGIN PERFORM next_of('aggregate'); RETURN a; END $$;
CREATE FUNCTION end_cents(a int) RETURNS int LANGUAGE plpgsql AS $$
  BEGIN PERFORM next_of('aggregate'); RETURN a; END $$;
CREATE AGGREGATE sum(cents) (SFUNC = add_cents, STYPE = int, FINALFUNC = end_cents, INITCOND = '0');
CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN INSERT INTO log VALUES ('gone'); RETURN OLD; END $$;
CREATE TRIGGER going BEFORE DELETE ON orgs FOR EACH ROW WHEN (OLD.id > 1) EXECUTE FUNCTION gone();
CREATE TABLE made_of (id int GENERATED ALWAYS AS IDENTITY, n int GENERATED ALWAYS AS (1) STORED, t text);
CREATE MATERIALIZED VIEW stored AS SELECT id, name FROM users;
