//! The texts against a real server, and what is assembled of their rows.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::sync::Arc;

use catalog::postgres::{SAMPLE_BEGIN, SAMPLE_END, sample};
use catalog::{Catalog, FunctionKind, RelationKind, TypeKind};
use model::{Class, Volatility};
use testkit::Postgres;

mod psql;

use psql::{read, run};

const FIXTURE: &str = r#"
CREATE SCHEMA shop;
CREATE ROLE app LOGIN;
CREATE SCHEMA app AUTHORIZATION app;
ALTER ROLE app SET search_path = "$user", missing, shop, public;
CREATE TYPE shop.mood AS ENUM ('good', 'bad');
CREATE DOMAIN shop.email AS text CHECK (VALUE LIKE '%@%');
CREATE TYPE shop.pair AS (a int, b text);
CREATE TABLE shop.customers (
  id int PRIMARY KEY, "odd ""name" text, dropped int, email shop.email NOT NULL,
  price numeric(10, 2), twice int GENERATED ALWAYS AS (id * 2) STORED, m shop.mood,
  p shop.pair, tags text[]);
ALTER TABLE shop.customers DROP COLUMN dropped;
CREATE TABLE shop.vip () INHERITS (shop.customers);
CREATE TABLE shop.parts (k int, v text) PARTITION BY LIST (k);
CREATE TABLE shop.parts_1 PARTITION OF shop.parts FOR VALUES IN (1);
CREATE VIEW shop.mails AS SELECT id, email FROM shop.customers;
CREATE MATERIALIZED VIEW shop.kept AS SELECT id FROM shop.customers;
CREATE FUNCTION shop.loud() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON shop.customers FOR EACH ROW EXECUTE FUNCTION shop.loud();
CREATE TRIGGER off BEFORE DELETE ON shop.customers FOR EACH ROW EXECUTE FUNCTION shop.loud();
ALTER TABLE shop.customers DISABLE TRIGGER off;
CREATE RULE r AS ON DELETE TO shop.parts DO INSTEAD NOTHING;
CREATE FUNCTION shop.classic(a int, b int DEFAULT 1, VARIADIC c int[] DEFAULT '{}')
  RETURNS int LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT a + b';
CREATE FUNCTION shop.modern(a int) RETURNS int LANGUAGE sql IMMUTABLE RETURN a + 1;
CREATE FUNCTION shop.several(IN a int, OUT x int, OUT y text) RETURNS SETOF record
  LANGUAGE sql AS 'SELECT 1, ''one''';
CREATE FUNCTION shop.rows() RETURNS TABLE (n int, t text) LANGUAGE sql AS 'SELECT 1, ''one''';
CREATE PROCEDURE shop.act() LANGUAGE plpgsql AS 'BEGIN END';
INSERT INTO shop.customers (id, "odd ""name", email) VALUES (1, 'x', 'a@b');
INSERT INTO shop.parts VALUES (1, 'one');
"#;

#[test]
fn a_real_server_is_read_whole() {
    let server = Postgres::setup().sql(FIXTURE).start();
    server.psql(
        "GRANT USAGE ON SCHEMA shop TO app; GRANT SELECT ON ALL TABLES IN SCHEMA shop TO app",
    );
    let catalog = read(&server);
    facts(&catalog);
    relations(&catalog);
    functions(&catalog);
    types(&catalog);
    samples(&server, &catalog);
    versions(&server, catalog);
}

fn facts(catalog: &Catalog) {
    assert_eq!((&*catalog.database, &*catalog.role), ("postgres", "app"));
    assert!(catalog.server_version >= 140_000);
    let path: Vec<&str> = catalog.search_path.iter().map(|schema| &**schema).collect();
    assert_eq!(path, ["app", "shop", "public"]);
    assert!(
        catalog
            .schemas
            .iter()
            .any(|schema| &**schema == "information_schema")
    );
    for (schema, name) in [
        ("pg_catalog", "pg_class"),
        ("information_schema", "columns"),
    ] {
        assert!(
            !catalog
                .relation_in(schema, name)
                .unwrap()
                .columns
                .is_empty()
        );
    }
    let path: [Arc<str>; 2] = ["shop".into(), "pg_catalog".into()];
    assert_eq!(
        &*catalog.resolve_relation(&path, "customers").unwrap().schema,
        "shop"
    );
    assert_eq!(
        &*catalog.resolve_relation(&[], "pg_class").unwrap().schema,
        "pg_catalog"
    );
    assert!(catalog.resolve_relation(&[], "customers").is_none());
    assert_eq!(
        &*catalog.resolve_type(&path, "mood").unwrap().schema,
        "shop"
    );
}

fn relations(catalog: &Catalog) {
    let customers = catalog.relation_in("shop", "customers").unwrap();
    let columns: Vec<(i16, &str)> = customers
        .columns
        .iter()
        .map(|column| (column.number, &*column.name))
        .collect();
    let wanted = [
        (1, "id"),
        (2, "odd \"name"),
        (4, "email"),
        (5, "price"),
        (6, "twice"),
        (7, "m"),
        (8, "p"),
        (9, "tags"),
    ];
    assert_eq!(columns, wanted);
    assert_eq!(customers.primary_key, [1]);
    assert!(customers.columns[4].is_generated && customers.columns[2].is_not_null);
    assert_eq!(customers.columns[3].modifier, ((10 << 16) | 2) + 4);
    let loud = catalog.functions("loud").next().unwrap();
    let beside = catalog.beside(customers.oid).unwrap();
    let triggers: Vec<u32> = beside.triggers.iter().map(|t| t.function).collect();
    assert_eq!(triggers, [loud.oid]);
    assert!(beside.rules.is_empty());
    let parts = catalog.relation_in("shop", "parts").unwrap();
    let rules = &catalog.beside(parts.oid).unwrap().rules;
    assert!(
        rules[0]
            .definition
            .as_deref()
            .unwrap()
            .ends_with("NOTHING;")
    );
    assert!(rules[0].is_instead && parts.kind == RelationKind::Partitioned);
    assert_eq!(
        catalog.relation_in("shop", "parts_1").unwrap().parents,
        [parts.oid]
    );
    assert_eq!(
        catalog.relation_in("shop", "vip").unwrap().parents,
        [customers.oid]
    );
    let mails = catalog.relation_in("shop", "mails").unwrap();
    assert!(
        mails
            .definition
            .as_deref()
            .unwrap()
            .contains("shop.customers")
    );
    assert!(catalog.beside(mails.oid).is_none());
    let kept = catalog.relation_in("shop", "kept").unwrap();
    assert!(kept.kind == RelationKind::MaterializedView && kept.definition.is_some());
}

fn functions(catalog: &Catalog) {
    let one = |name: &str| {
        catalog
            .functions(name)
            .find(|f| &*f.schema == "shop")
            .unwrap()
    };
    let classic = one("classic");
    assert!(classic.is_security_definer && classic.is_variadic && classic.defaults == 2);
    assert_eq!(classic.arguments, [23, 23, 1007]);
    assert_eq!(classic.body().map(|b| &**b), Some("SELECT a + b"));
    assert_eq!(classic.volatility, Volatility::Stable);
    assert_eq!(one("modern").body().map(|b| &**b), Some("RETURN (a + 1)"));
    let several: Vec<_> = one("several")
        .outputs
        .iter()
        .map(|(n, t)| (&**n, *t))
        .collect();
    assert_eq!(several, [("x", 23), ("y", 25)]);
    assert_eq!(one("rows").outputs.len(), 2);
    assert!(one("rows").returns_set && one("act").kind == FunctionKind::Procedure);
    let upper = catalog
        .functions("upper")
        .find(|f| f.arguments == [25])
        .unwrap();
    assert_eq!((&*upper.schema, upper.is_users()), ("pg_catalog", false));
    assert_eq!(catalog.function(upper.oid), Some(upper));
}

fn types(catalog: &Catalog) {
    let mood = catalog.type_in("shop", "mood").unwrap();
    let email = catalog.type_in("shop", "email").unwrap();
    let pair = catalog.type_in("shop", "pair").unwrap();
    assert_eq!((mood.kind, mood.category), (TypeKind::Enum, 'E'));
    assert_eq!((email.kind, email.base), (TypeKind::Domain, 25));
    assert_eq!(
        catalog.relation(pair.relation).unwrap().kind,
        RelationKind::Composite
    );
    assert_eq!(catalog.type_of(1009).unwrap().element, 25);
}

fn samples(server: &Postgres, catalog: &Catalog) {
    let all: Vec<i16> = (1..=9).collect();
    for (name, columns, value) in [
        ("customers", &[1, 2, 4, 5, 6, 7, 8, 9][..], "1"),
        ("parts", &all[..2], "1"),
        ("kept", &all[..1], ""),
    ] {
        let relation = catalog.relation_in("shop", name).unwrap();
        let sampled = sample(catalog, relation, &all, 100).unwrap();
        assert_eq!(sampled.columns, columns);
        let mut texts: Vec<String> = SAMPLE_BEGIN.iter().map(|t| t.sql.to_owned()).collect();
        texts.push(sampled.sql);
        texts.push(SAMPLE_END.sql.to_owned());
        let blocks = run(server, &texts);
        let rows = &blocks[SAMPLE_BEGIN.len()];
        let first = rows.first().map(|row| row[0].clone().unwrap());
        assert_eq!(first.unwrap_or_default(), value, "{name}");
    }
    let mut large = catalog.relation_in("shop", "customers").unwrap().clone();
    large.estimated_rows = 10_000_000;
    let sampled = sample(catalog, &large, &[1], 100).unwrap();
    assert!(
        sampled
            .sql
            .contains("TABLESAMPLE SYSTEM (0.20) LIMIT 20000)"),
        "{}",
        sampled.sql
    );
    assert!(run(server, &[sampled.sql]).len() == 1);
    let mails = catalog.relation_in("shop", "mails").unwrap();
    assert_eq!(sample(catalog, mails, &all, 100), None);
}

fn versions(server: &Postgres, catalog: Catalog) {
    let version = catalog.version.clone();
    assert_eq!(version.len(), 64);
    assert_eq!(read(server).version, version);
    let classified = catalog
        .classified(|_, c| (&*c.name == "email").then(|| (Class::Email, "its name".to_owned())));
    assert_ne!(classified.version, version);
    assert_eq!(classified.classified(|_, _| None).version, version);
    server.psql("ANALYZE shop.customers");
    assert_eq!(read(server).version, version);
    server.psql("ALTER TABLE shop.customers ADD more text");
    assert_ne!(read(server).version, version);
}
