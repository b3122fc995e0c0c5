//! Classes by parents and children, by what people said, and by types.

use catalog::postgres::Hints;
use catalog::{RelationKind, Type, TypeKind};

use super::*;

fn table(oid: u32, name: &str, columns: &[&str], parents: &[u32]) -> Relation {
    let column = |(at, name): (usize, &&str)| Column {
        class: None,
        evidence: String::new(),
        is_generated: false,
        is_not_null: false,
        modifier: -1,
        name: (*name).into(),
        number: i16::try_from(at + 1).unwrap(),
        type_oid: 25,
    };
    Relation {
        columns: columns.iter().enumerate().map(column).collect(),
        parents: parents.to_vec(),
        ..Relation::new(RelationKind::Table, "public", name, oid)
    }
}

/// `table.column` of every column with a class, sorted.
fn classified(overrides: &[ClassOverride]) -> Vec<String> {
    let tables = vec![
        table(1, "events", &["id", "who"], &[]),
        table(2, "events_1", &["who", "id"], &[1]),
        table(3, "events_2", &["id", "who"], &[1]),
        table(4, "events_2_1", &["id", "who"], &[3]),
        table(5, "others", &["id", "who"], &[]),
    ];
    let mails = (0..60).map(|at| format!("p{at}@example.com")).collect();
    let mut samples = Samples::default();
    samples.0.insert((2, 1), mails);
    let catalog = Catalog::of(tables, Vec::new(), Vec::new());
    let catalog = Kept::default().classify(catalog, &samples, &Hints::default(), overrides);
    let mut found: Vec<String> = Vec::new();
    for relation in catalog.relations() {
        let columns = relation.columns.iter().filter(|c| c.class.is_some());
        found.extend(columns.map(|c| format!("{}.{}", relation.name, c.name)));
    }
    found.sort();
    found
}

#[test]
fn a_column_is_what_it_is_in_its_parents_and_children() {
    let all = [
        "events.who",
        "events_1.who",
        "events_2.who",
        "events_2_1.who",
    ];
    assert_eq!(classified(&[]), all);
    let said = |relation: &str, class| ClassOverride {
        class,
        column: "who".to_owned(),
        relation: relation.to_owned(),
        schema: "public".to_owned(),
    };
    assert_eq!(classified(&[said("events", None)]), [""; 0]);
    assert_eq!(
        classified(&[said("events_2", None)]),
        ["events.who", "events_1.who"]
    );
}

#[test]
fn a_column_of_rows_holds_what_their_fields_do() {
    let of = |kind, oid, (element, base, relation), category| Type {
        base,
        category,
        element,
        kind,
        name: format!("t{oid}").into(),
        oid,
        relation,
        schema: "public".into(),
    };
    let types = vec![
        of(TypeKind::Composite, 100, (0, 0, 1), 'C'),
        of(TypeKind::Base, 101, (100, 0, 0), 'A'),
        of(TypeKind::Domain, 102, (0, 101, 0), 'A'),
        of(TypeKind::Composite, 103, (0, 0, 3), 'C'),
        of(TypeKind::Composite, 104, (0, 0, 4), 'C'),
    ];
    let typed = |oid, name: &str, fields: &[(&str, u32)]| {
        let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        let mut table = table(oid, name, &names, &[]);
        for (column, (_, of)) in table.columns.iter_mut().zip(fields) {
            column.type_oid = *of;
        }
        table
    };
    let tables = vec![
        typed(
            1,
            "people",
            &[("id", 25), ("email", 25), ("card_number", 25)],
        ),
        typed(
            2,
            "boxed",
            &[("p", 100), ("ps", 101), ("d", 102), ("n", 103), ("x", 104)],
        ),
        typed(3, "nested", &[("id", 25), ("inner", 102)]),
        typed(4, "itself", &[("id", 25), ("again", 104)]),
    ];
    let said = [ClassOverride {
        class: None,
        column: "ps".to_owned(),
        relation: "boxed".to_owned(),
        schema: "public".to_owned(),
    }];
    let catalog = Catalog::of(tables, Vec::new(), types);
    let catalog = Kept::default().classify(catalog, &Samples::default(), &Hints::default(), &said);
    let boxed = catalog.relation(2).unwrap();
    let told = |column: &Column| (column.class, column.evidence.clone());
    let card = || {
        let why = "its type holds t100.card_number".to_owned();
        (Some(Class::CardNumber), why)
    };
    let none = || (None, String::new());
    let found: Vec<_> = boxed.columns.iter().map(told).collect();
    assert_eq!(found, [card(), none(), card(), card(), none()]);
}

#[test]
fn a_class_outlives_the_name_it_was_known_by() {
    let mut kept = Kept::default();
    let mut read = |name: &str| {
        let tables = vec![table(1, "staff", &["id", name], &[])];
        let catalog = Catalog::of(tables, Vec::new(), Vec::new());
        let catalog = kept.classify(catalog, &Samples::default(), &Hints::default(), &[]);
        catalog.relation(1).unwrap().columns[1].class
    };
    assert_eq!(read("email"), Some(Class::Email));
    assert_eq!(read("col1"), Some(Class::Email));
}

#[test]
fn a_search_vector_is_hidden_beside_what_is() {
    for (name, expected) in [("email", Some(Class::FreeText)), ("colour", None)] {
        let mut found = table(1, "things", &["id", name, "search"], &[]);
        found.columns[2].type_oid = TSVECTOR;
        let catalog = Catalog::of(vec![found], Vec::new(), Vec::new());
        let (samples, hints) = (Samples::default(), Hints::default());
        let catalog = Kept::default().classify(catalog, &samples, &hints, &[]);
        assert_eq!(
            catalog.relation(1).unwrap().columns[2].class,
            expected,
            "{name}"
        );
    }
}
