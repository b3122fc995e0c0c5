-- A shop whose secrets are canaries: values that stand nowhere else, so that any trace of one in
-- what a masked person receives is a leak. Person 7 is the one the oracles are after.
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION tablefunc;
CREATE EXTENSION xml2;
CREATE DOMAIN mail_address AS text CHECK (VALUE ~ '@');
CREATE TYPE home_address AS (street text, city text, postcode text);

CREATE TABLE people (
  id serial PRIMARY KEY,
  full_name text NOT NULL,
  email text NOT NULL UNIQUE,
  phone text,
  birth_date date,
  ssn char(11) UNIQUE,
  card_number text,
  iban text,
  ip_address inet,
  contact jsonb,
  attrs hstore,
  emails text[],
  home home_address,
  alias mail_address,
  password_hash text,
  email_upper text GENERATED ALWAYS AS (upper(email)) STORED,
  search tsvector GENERATED ALWAYS AS (to_tsvector('simple', full_name || ' ' || email)) STORED,
  plan text NOT NULL DEFAULT 'free',
  visits integer NOT NULL DEFAULT 0,
  note text,
  created_at timestamptz NOT NULL DEFAULT '2024-01-01'
);
INSERT INTO people (full_name, email, phone, birth_date, ssn, card_number, iban, ip_address,
  contact, attrs, emails, home, alias, password_hash, plan, visits, note, created_at)
SELECT name, mail, '+4915' || (712340000 + i * 7919),
  date '1950-03-04' + i * 431, '5' || (31 + i) || '-' || (40 + i) || '-' || (2117 + i * 37),
  card, 'DE' || lpad((98 - (('50010517' || (5407300000 + i * 7717) || '131400')::numeric % 97))::text, 2, '0') || '50010517' || (5407300000 + i * 7717), ('93.184.' || i * 5 || '.' || 200 - i)::inet,
  jsonb_build_object('email', mail, 'phone', '+4915' || (712340000 + i * 7919), 'vip', i % 3 = 0),
  hstore(ARRAY['email', mail, 'tier', 'gold']), ARRAY[mail, 'x' || mail],
  ROW('Wolkenbruchgasse ' || i * 3, 'Qortrup', '4' || 1000 + i)::home_address, 'al-' || mail,
  '$2b$12$' || substr(md5('h' || i) || md5('k' || i), 1, 53),
  (ARRAY['free', 'pro', 'team'])[1 + i % 3], i * 13 % 40,
  CASE WHEN i % 2 = 0 THEN 'called ' || mail || ' about the lamp' ELSE 'nothing new' END,
  timestamptz '2024-01-01' + i * interval '9 days'
FROM (
  SELECT i, first || ' ' || last AS name,
    lower(first) || '.' || lower(last) || (10 + i) || '@' || lower(last) || '-kontor.com' AS mail,
    card
  FROM (SELECT i,
    (ARRAY['Quorvia','Bexlyn','Zoltavar','Wimbrith','Jaxquel','Ostrivka','Yndira','Kverulf','Phaedwyn','Gryzelda','Xanthrop','Ulfbrekk'])[1 + i % 12] AS first,
    (ARRAY['Zeltbrunn','Mokvasnik','Quistorpe','Vandjeloux','Hrubczak','Wyksteyn','Oqvarsson','Tjibbesma','Pfluegnitz','Xirgovan','Bjarkhult'])[1 + i % 11] AS last,
    (ARRAY['4716903285517742','5425233430109903','4929871364105508','5307612984455013','4539578763621486','4485275742308327','5155718094762031','4916338506082832'])[1 + i % 8] AS card
    FROM generate_series(1, 24) AS g (i)) AS q) AS p;
ALTER TABLE people ADD CONSTRAINT grown CHECK (birth_date < '2015-01-01');
CREATE INDEX ON people USING gin (full_name gin_trgm_ops);

CREATE TABLE orders (
  id serial PRIMARY KEY,
  person_id integer REFERENCES people,
  contact_email text,
  ship_to text,
  status text,
  total numeric(10,2),
  placed_at timestamptz
);
INSERT INTO orders (person_id, contact_email, ship_to, status, total, placed_at)
SELECT p.id, p.email, (p.home).street || ', 41000 Qortrup', (ARRAY['open','paid','sent'])[1 + g % 3],
  g * 7.25, timestamptz '2024-03-01' + g * interval '1 day'
FROM people AS p, generate_series(1, 3) AS g;

CREATE TABLE subscriptions (
  email text PRIMARY KEY REFERENCES people (email),
  list text NOT NULL
);
INSERT INTO subscriptions SELECT email, 'news' FROM people WHERE id % 2 = 1;

CREATE TABLE employees (
  id serial PRIMARY KEY,
  full_name text,
  work_email text UNIQUE,
  salary numeric(10,2),
  manager_id integer REFERENCES employees
);
INSERT INTO employees (full_name, work_email, salary, manager_id)
SELECT full_name, 'w.' || email, 40000 + id * 1313, CASE WHEN id > 1 THEN 1 END
FROM people WHERE id < 13;

CREATE TABLE api_keys (
  id serial PRIMARY KEY,
  person_id integer REFERENCES people,
  label text,
  api_key text UNIQUE,
  token bytea
);
INSERT INTO api_keys (person_id, label, api_key, token)
SELECT id, 'ci', 'sk' || '_live_' || substr(md5('a' || id) || md5('b' || id), 1, 32), decode(md5('t' || id), 'hex')
FROM people;

CREATE TABLE tickets (
  id serial PRIMARY KEY,
  person_id integer REFERENCES people,
  requester_email text,
  subject text,
  body text
);
INSERT INTO tickets (person_id, requester_email, subject, body)
SELECT id, email, 'lamp', 'Hello, please write to ' || email || ' or call ' || phone || '. Thanks, ' || full_name
FROM people;

CREATE TABLE products (id serial PRIMARY KEY, name text, price numeric(8,2), sku text);
INSERT INTO products (name, price, sku)
SELECT (ARRAY['lamp','desk','sofa','mug'])[1 + i % 4], i * 3.5, 'AB-' || i FROM generate_series(1, 20) AS g (i);
CREATE TABLE scratch (id serial PRIMARY KEY, body text, number bigint, day date);
CREATE TABLE contacts (id integer, email text, region text);
CREATE TABLE contacts_eu () INHERITS (contacts);
INSERT INTO contacts_eu SELECT id, email, 'eu' FROM people;
CREATE TABLE visits (id integer, visitor_email text, day date) PARTITION BY RANGE (day);
CREATE TABLE visits_2024 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO visits SELECT id, email, date '2024-02-01' + id FROM people;

CREATE VIEW people_directory AS SELECT id, full_name, email, plan FROM people;
CREATE VIEW shouted AS SELECT id, upper(email) AS loud, left(full_name, 5) AS start FROM people;
CREATE VIEW of_views AS SELECT id, email AS e FROM people_directory WHERE plan <> 'x';
CREATE VIEW counted AS SELECT email, count(*) AS n FROM orders JOIN people p ON p.id = person_id GROUP BY email;
CREATE VIEW packed AS SELECT id, row_to_json(p) AS doc FROM people AS p;
CREATE MATERIALIZED VIEW contact_list AS SELECT id, email, full_name FROM people;
CREATE MATERIALIZED VIEW digest AS SELECT id, reverse(email) AS back, md5(ssn) AS fingerprint FROM people;
CREATE FUNCTION person_email(who integer) RETURNS text LANGUAGE sql STABLE
  AS 'SELECT email FROM people WHERE id = who';
CREATE FUNCTION person_row(who integer) RETURNS people LANGUAGE sql STABLE
  AS 'SELECT * FROM people WHERE id = who';
CREATE FUNCTION all_people() RETURNS SETOF people LANGUAGE sql STABLE AS 'SELECT * FROM people';
CREATE FUNCTION mails() RETURNS TABLE (who integer, mail text) LANGUAGE sql STABLE
  AS 'SELECT id, email FROM people';
CREATE FUNCTION find_name(who integer) RETURNS text LANGUAGE plpgsql STABLE
  AS 'DECLARE n text; BEGIN SELECT full_name INTO n FROM people WHERE id = who; RETURN n; END';
CREATE FUNCTION loud_mails() RETURNS SETOF text LANGUAGE plpgsql STABLE
  AS 'BEGIN RETURN QUERY SELECT upper(email) FROM people; END';
CREATE FUNCTION as_owner(who integer) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
  AS 'SELECT reverse(email) FROM people WHERE id = who';
CREATE FUNCTION shout(who integer) RETURNS void LANGUAGE plpgsql
  AS 'DECLARE e text; BEGIN SELECT email INTO e FROM people WHERE id = who; RAISE NOTICE ''mail is %'', e; END';
CREATE FUNCTION complain(who integer) RETURNS void LANGUAGE plpgsql
  AS 'DECLARE e text; BEGIN SELECT email INTO e FROM people WHERE id = who; RAISE EXCEPTION ''bad %'', e; END';
CREATE FUNCTION is_mail(address text, guess text) RETURNS boolean LANGUAGE sql IMMUTABLE
  AS 'SELECT address = guess';
CREATE FUNCTION run_text(statement text) RETURNS text LANGUAGE plpgsql
  AS 'DECLARE r text; BEGIN EXECUTE statement INTO r; RETURN r; END';
CREATE PROCEDURE tell(INOUT who integer, INOUT mail text) LANGUAGE plpgsql
  AS 'BEGIN SELECT email INTO mail FROM people WHERE id = who; END';
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql
  AS 'BEGIN RAISE NOTICE ''changed %'', NEW.email; RETURN NEW; END';
CREATE TRIGGER noted AFTER UPDATE OF visits ON people FOR EACH ROW EXECUTE FUNCTION noted();
CREATE TABLE members (id integer PRIMARY KEY, email text UNIQUE, salary numeric, level integer,
  born date, since date, CONSTRAINT grown CHECK (since > born), CHECK (level * 1000 < salary),
  EXCLUDE USING btree (level WITH =, email WITH =));
INSERT INTO members SELECT id, email, 40000 + id * 1313, id % 5, birth_date, date '2020-01-01' FROM people;
CREATE TABLE letters (id integer PRIMARY KEY, email text REFERENCES members (email) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO letters SELECT id, email FROM people;
CREATE CONSTRAINT TRIGGER noted_late AFTER UPDATE ON members DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION noted();
CREATE TABLE leads (id integer, email text, stage text) PARTITION BY RANGE (email);
CREATE TABLE leads_am PARTITION OF leads FOR VALUES FROM (MINVALUE) TO ('m');
CREATE TABLE leads_nz PARTITION OF leads FOR VALUES FROM ('m') TO (MAXVALUE);
INSERT INTO leads SELECT id, email, 'new' FROM people;
CREATE VIEW people_edit AS SELECT id, email, plan FROM people;
CREATE FUNCTION edited() RETURNS trigger LANGUAGE plpgsql
  AS 'BEGIN RAISE NOTICE ''was %'', OLD.email; RETURN NEW; END';
CREATE TRIGGER edited INSTEAD OF UPDATE ON people_edit FOR EACH ROW EXECUTE FUNCTION edited();
CREATE TABLE noticed (id integer, plan text);
INSERT INTO noticed SELECT id, plan FROM people;
CREATE RULE tell_all AS ON UPDATE TO noticed DO ALSO SELECT email FROM people WHERE id = OLD.id;
SELECT lo_from_bytea(4711, convert_to(string_agg(email, ','), 'UTF8')) FROM people;
ANALYZE;
