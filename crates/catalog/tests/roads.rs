//! What stands beside relations, read from a real server of every version.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test stops where it fails, and says what it left out"
)]

mod psql;

use std::fmt::Write as _;

use catalog::roads::Event;
use catalog::{Body, Catalog};
use testkit::{MAJORS, Postgres};

const FIXTURE: &str = r"
CREATE SCHEMA shop;
CREATE ROLE app LOGIN;
CREATE FUNCTION shop.above(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > $2';
CREATE FUNCTION shop.twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE FUNCTION shop.next_one() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
CREATE FUNCTION shop.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = shop, pg_temp AS 'BEGIN RETURN NEW; END';
CREATE OPERATOR shop.>>> (LEFTARG = int, RIGHTARG = int, FUNCTION = shop.above);
CREATE TABLE shop.orders (
  id int PRIMARY KEY, rank int DEFAULT shop.next_one(), code serial,
  double int GENERATED ALWAYS AS (shop.twice(id)) STORED,
  CHECK (id OPERATOR(shop.>>>) 0));
CREATE TABLE shop.lines (id int REFERENCES shop.orders ON DELETE CASCADE ON UPDATE SET NULL);
CREATE INDEX by_rank ON shop.orders (shop.twice(rank)) WHERE rank > 1;
CREATE TRIGGER watch BEFORE UPDATE OF rank ON shop.orders FOR EACH ROW
  WHEN (shop.above(NEW.id, 1)) EXECUTE FUNCTION shop.note();
CREATE TRIGGER off BEFORE DELETE ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.note();
ALTER TABLE shop.orders DISABLE TRIGGER off;
CREATE RULE also AS ON DELETE TO shop.orders DO ALSO INSERT INTO shop.lines VALUES (old.id);
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON shop.orders USING (shop.above(id, 3));
CREATE TABLE shop.events (k int) PARTITION BY LIST (shop.twice(k));
CREATE TABLE shop.events_1 PARTITION OF shop.events FOR VALUES IN (2);
CREATE TRIGGER told AFTER INSERT ON shop.events FOR EACH ROW EXECUTE FUNCTION shop.note();
CREATE TYPE shop.pair AS (a int, b int);
CREATE FUNCTION shop.to_pair(int) RETURNS shop.pair LANGUAGE sql
  AS 'SELECT ROW($1, $1)::shop.pair';
CREATE CAST (int AS shop.pair) WITH FUNCTION shop.to_pair(int) AS IMPLICIT;
CREATE DOMAIN shop.positive AS int CHECK (shop.above(VALUE, 0));
CREATE FUNCTION shop.add(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1 + $2';
CREATE AGGREGATE shop.total(int) (SFUNC = shop.add, STYPE = int, INITCOND = '0');
CREATE FUNCTION shop.seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watch_ddl ON ddl_command_start WHEN TAG IN ('DROP TABLE', 'ALTER TABLE')
  EXECUTE FUNCTION shop.seen();
CREATE FUNCTION shop.compare(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE OPERATOR CLASS shop.odd FOR TYPE int USING btree AS
  OPERATOR 5 shop.>>>, FUNCTION 1 shop.compare(int, int);
CREATE TYPE shop.spot AS (x int);
CREATE FUNCTION shop.spot_cmp(shop.spot, shop.spot) RETURNS int LANGUAGE sql IMMUTABLE
  AS 'SELECT 1';
CREATE OPERATOR CLASS shop.spots DEFAULT FOR TYPE shop.spot USING btree AS
  FUNCTION 1 shop.spot_cmp(shop.spot, shop.spot);
CREATE TYPE shop.reach AS RANGE (subtype = shop.spot, subtype_opclass = shop.spots);
CREATE TYPE shop.held AS (p shop.positive[], r shop.reach);
CREATE TABLE shop.odds (a int);
CREATE INDEX by_odd ON shop.odds (a shop.odd);
";

/// What stands beside a relation, a line each.
const BESIDE: &str = "\
events: [partition events twice] told:note[Insert]
events_1: told:note[Insert]
odds: [index by_odd above] [index by_odd compare]
orders: [check orders_check above] [default code nextval] [default rank next_one] \
[generated double twice] [index by_rank twice] [policy mine above] [trigger watch above] \
lines.lines_id_fkey:Cascade:Set rule also:Delete watch:note[Update][2]
";

fn name_of(catalog: &Catalog, function: u32) -> &str {
    &catalog.function(function).unwrap().name
}

fn beside(catalog: &Catalog) -> String {
    let mut relations: Vec<_> = catalog
        .relations()
        .filter(|r| &*r.schema == "shop")
        .collect();
    relations.sort_by(|a, b| a.name.cmp(&b.name));
    let mut lines = String::new();
    for relation in relations {
        let Some(beside) = catalog.beside(relation.oid) else {
            continue;
        };
        let mut line = format!("{}:", relation.name);
        for call in &beside.expressions {
            let place = format!("{:?}", call.place).to_lowercase();
            let function = name_of(catalog, call.function);
            // A check of several columns is named after the table alone.
            let name = call.name.replace("orders_id_check", "orders_check");
            write!(line, " [{place} {name} {function}]").unwrap();
        }
        for key in &beside.referenced_by {
            let from = &catalog.relation(key.referencing).unwrap().name;
            let (name, delete, update) = (&key.name, key.on_delete, key.on_update);
            write!(line, " {from}.{name}:{delete:?}:{update:?}").unwrap();
        }
        for rule in &beside.rules {
            write!(line, " rule {}:{:?}", rule.name, rule.event).unwrap();
            assert!(rule.definition.as_deref().unwrap().contains("shop.lines"));
        }
        for trigger in &beside.triggers {
            let function = name_of(catalog, trigger.function);
            write!(line, " {}:{function}{:?}", trigger.name, trigger.events).unwrap();
            if !trigger.columns.is_empty() {
                write!(line, "{:?}", trigger.columns).unwrap();
            }
        }
        writeln!(lines, "{line}").unwrap();
    }
    lines
}

fn check(catalog: &Catalog) {
    assert_eq!(beside(catalog), BESIDE, "{}", catalog.server_version);
    let find = |name: &str| catalog.functions(name).find(|f| f.is_users()).unwrap();
    let above = find("above");
    let operators = catalog.operators(">>>");
    assert_eq!((operators.len(), operators[0].function), (1, above.oid));
    assert!(catalog.operators("=").is_empty());
    let pair = catalog.type_in("shop", "pair").unwrap().oid;
    assert_eq!(
        catalog.cast(23, pair).unwrap().function,
        find("to_pair").oid
    );
    let positive = catalog.type_in("shop", "positive").unwrap().oid;
    assert_eq!(catalog.made(positive)[0].function, above.oid);
    // Through an array, a range and a row; a row that holds none of these bears nothing.
    let runs = |loads: &[catalog::Load]| loads.iter().map(|l| l.function).collect::<Vec<_>>();
    let of = |name: &str| catalog.type_in("shop", name).unwrap().oid;
    let compare = find("spot_cmp").oid;
    assert_eq!(runs(catalog.made(of("reach_multirange"))), [compare]);
    let mut held = runs(catalog.made(of("_held")));
    held.sort_unstable();
    let mut wanted = [above.oid, compare];
    wanted.sort_unstable();
    assert_eq!(held, wanted);
    assert_eq!(runs(catalog.compared(of("held"))), [compare]);
    assert!(catalog.made(pair).is_empty() && catalog.compared(pair).is_empty());
    assert_eq!(catalog.support(find("total").oid), [find("add").oid]);
    let [watch] = catalog.event_triggers() else {
        panic!("{:?}", catalog.event_triggers())
    };
    assert_eq!(watch.tags.len(), 2);
    let events = catalog.relation_in("shop", "events").unwrap();
    assert_eq!(catalog.beside(events.oid).unwrap().partition_key, [0]);
    assert_eq!(catalog.beside(events.oid).unwrap().children.len(), 1);
    let note = find("note");
    let source = note.source.as_ref().unwrap();
    assert_eq!(source.settings, ["search_path=shop, pg_temp".into()]);
    assert!(note.is_trigger() && note.is_security_definer && &*source.owner == "postgres");
    assert_eq!(find("total").source.as_ref().unwrap().body, Body::Native);
    let triggers = &catalog.beside(events.oid).unwrap().triggers;
    assert_eq!(triggers[0].events, [Event::Insert]);
}

#[test]
fn every_version_tells_what_stands_beside_relations() {
    let mut digests = None;
    for major in MAJORS {
        let server = match Postgres::setup().sql(FIXTURE).start_major(major) {
            Ok(server) => server,
            Err(why) => {
                eprintln!("not tested: {why}");
                continue;
            }
        };
        let catalog = psql::read(&server);
        assert_eq!(catalog.server_version / 10_000, major);
        check(&catalog);
        let digest = |name: &str| {
            let mut found = catalog.functions(name).filter_map(|f| f.source.clone());
            found.next().unwrap().digest.clone()
        };
        let these = [digest("note"), digest("twice"), digest("next_one")];
        // A list of digests holds for whichever version runs the target.
        assert_eq!(digests.get_or_insert(these.clone()), &these, "{major}");
    }
}
