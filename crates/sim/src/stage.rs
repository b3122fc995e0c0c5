//! What every world has: one table with one classified column, three who may sign in, the rules.

use catalog::{Catalog, Column, Function, FunctionKind, Relation, RelationKind, Type, TypeKind};
use model::{
    Class, Identity, Method, Mode, PrincipalKind, Subject, TargetFacts, Timestamp, Volatility,
};
use policy::{Rules, Source};

const REVEAL: &str = r#"
@id("dpo-reveals")
permit(principal in Group::"dpo", action == Action::"reveal", resource);
"#;

const FREEZE: &str = r#"
@id("freeze")
forbid(principal, action in Action::"write", resource);
"#;

/// Who may sign in; the last sees originals.
pub(crate) const PEOPLE: &[&str] = &["alice", "fixer", "omar"];

/// The rules: the built-in pack, those who reveal, and nobody writes while it is frozen.
pub(crate) fn rules(is_frozen: bool) -> Rules {
    let texts: &[&str] = if is_frozen {
        &[REVEAL, FREEZE]
    } else {
        &[REVEAL]
    };
    let source = |(index, text): (usize, &&str)| Source {
        name: format!("{index}.cedar"),
        text: (*text).to_owned(),
    };
    let sources: Vec<_> = texts.iter().enumerate().map(source).collect();
    Rules::load(true, &[target()], &sources).expect("rules that load")
}

pub(crate) fn target() -> TargetFacts {
    TargetFacts {
        database: "shop".into(),
        environment: "production".into(),
        groups: ["developers", "dpo"].map(named).to_vec(),
        labels: Vec::new(),
        mode: Mode::Enforce,
        name: named("shop"),
    }
}

fn named<T: std::str::FromStr>(name: &str) -> T {
    name.parse().ok().expect("a good name")
}

pub(crate) fn identity(who: &str) -> Identity {
    let subject = |name: &str, kind, group: &str| Subject {
        groups: vec![named(group)],
        kind,
        name: named(name),
    };
    let alice = || subject("alice", PrincipalKind::Person, "developers");
    let (subject, acts_for) = match who {
        "fixer" => (
            subject("fixer", PrincipalKind::Agent, "developers"),
            Some(alice()),
        ),
        "omar" => (subject("omar", PrincipalKind::Person, "dpo"), None),
        _ => (alice(), None),
    };
    Identity {
        acts_for,
        at: Timestamp(0),
        delegation: None,
        expires: None,
        method: Method::Token,
        subject,
        token: None,
    }
}

pub(crate) fn catalog() -> Catalog {
    let column = |number: i16, name: &str, type_oid, class: Option<Class>| Column {
        class,
        evidence: String::new(),
        is_generated: false,
        is_not_null: true,
        modifier: -1,
        name: name.into(),
        number,
        type_oid,
    };
    let customers = Relation {
        columns: vec![
            column(1, "id", 23, None),
            column(2, "name", 25, None),
            column(3, "email", 25, Some(Class::Email)),
        ],
        definition: None,
        estimated_rows: 1_000,
        kind: RelationKind::Table,
        name: "customers".into(),
        oid: 16_384,
        parents: Vec::new(),
        primary_key: vec![1],
        schema: "public".into(),
    };
    let upper = Function {
        arguments: vec![25],
        defaults: 0,
        is_security_definer: false,
        is_variadic: false,
        kind: FunctionKind::Function,
        language: "internal".into(),
        name: "upper".into(),
        oid: 871,
        outputs: Vec::new(),
        result: 25,
        returns_set: false,
        schema: "pg_catalog".into(),
        source: None,
        volatility: Volatility::Immutable,
    };
    let base = |oid, name: &str, category| Type {
        base: 0,
        category,
        element: 0,
        kind: TypeKind::Base,
        name: name.into(),
        oid,
        relation: 0,
        schema: "pg_catalog".into(),
    };
    let types = vec![base(23, "int4", 'N'), base(25, "text", 'S')];
    let mut catalog = Catalog::of(vec![customers], vec![upper], types);
    catalog.database = "shop".into();
    catalog.role = "app".into();
    catalog.schemas = vec!["public".into(), "pg_catalog".into()];
    catalog.search_path = vec!["public".into()];
    catalog.server_version = 150_018;
    catalog.version = "v1".into();
    catalog
}
