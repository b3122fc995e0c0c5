//! The built-in pack, rule by rule.
// tidy: table — who, where, what, and the rules that answer

use cedar_policy::{Entities, Request, Schema};
use model::*;

use super::stage::*;
use crate::contexts::Contexts;
use crate::entities::{World, principal};
use crate::question::questions;
use crate::{Access, Verdict};

type Row = (&'static str, &'static str, Effects, &'static str);

fn writes() -> Vec<Row> {
    use Action::*;
    vec![
        ("alice", "orders", on_table(Select), "allow"),
        ("fixer", "orders", on_table(Select), "allow"),
        ("app", "orders", on_table(CopyOut), "allow"),
        ("alice", "orders", on_table(Insert), "allow"),
        ("alice", "orders", bounded(Update, true), "allow"),
        (
            "alice",
            "orders",
            bounded(Update, false),
            "hold production.unbounded",
        ),
        (
            "alice",
            "orders",
            on_table(Delete),
            "hold production.unbounded",
        ),
        (
            "boss",
            "orders",
            bounded(Merge, false),
            "hold production.unbounded",
        ),
        ("alice", "sandbox", bounded(Delete, false), "allow"),
        (
            "fixer",
            "orders",
            bounded(Update, true),
            "hold production.agent_write",
        ),
        (
            "fixer",
            "orders",
            bounded(Delete, false),
            "hold production.agent_write production.unbounded",
        ),
        (
            "fixer",
            "orders",
            on_table(CopyIn),
            "hold production.agent_write",
        ),
        (
            "fixer",
            "orders",
            on_table(Lock),
            "hold production.agent_write",
        ),
        ("alice", "orders", on_table(Lock), "allow"),
        ("fixer", "sandbox", on_table(Insert), "allow"),
        (
            "alice",
            "orders",
            on_table(Maintain),
            "hold production.maintain",
        ),
        ("alice", "sandbox", on_table(Maintain), "allow"),
        (
            "alice",
            "sandbox",
            act(Insert, ObjectKind::Table, "pg_catalog", "pg_proc"),
            "deny catalog.write",
        ),
    ]
}

fn definitions() -> Vec<Row> {
    use Action::*;
    let database = |action| act(action, ObjectKind::Database, "", "");
    vec![
        ("alice", "orders", on_table(Drop), "deny production.drop"),
        ("boss", "orders", on_table(Truncate), "deny production.drop"),
        ("fixer", "orders", on_table(Drop), "deny production.drop"),
        (
            "alice",
            "orders",
            act(Drop, ObjectKind::Other, "", "x"),
            "deny production.drop",
        ),
        (
            "alice",
            "orders",
            database(AnonymousBlock),
            "deny production.anonymous_block",
        ),
        (
            "alice",
            "orders",
            on_table(Create),
            "hold production.define",
        ),
        ("fixer", "orders", on_table(Alter), "hold production.define"),
        ("alice", "sandbox", on_table(Drop), "allow"),
        ("fixer", "sandbox", on_table(Create), "allow"),
        (
            "alice",
            "sandbox",
            act(Create, ObjectKind::Function, "public", "f"),
            "allow",
        ),
        (
            "alice",
            "sandbox",
            act(ReachHost, ObjectKind::Database, "", ""),
            "deny host.reach",
        ),
        (
            "boss",
            "sandbox",
            act(Grant, ObjectKind::Table, "s", "t"),
            "deny role.control",
        ),
        (
            "boss",
            "sandbox",
            act(SetRole, ObjectKind::Role, "", "admin"),
            "deny role.control",
        ),
        (
            "boss",
            "sandbox",
            database(Configure),
            "deny system.control",
        ),
        ("boss", "sandbox", database(Signal), "deny system.control"),
    ]
}

fn calls() -> Vec<Row> {
    use Reach::*;
    use Volatility::{Stable, Volatile};
    vec![
        ("alice", "orders", calling(Pure, Stable), "allow"),
        ("alice", "orders", calling(Catalog, Stable), "allow"),
        ("alice", "orders", calling(SetsSettings, Volatile), "allow"),
        ("alice", "orders", calling(Sequence, Volatile), "allow"),
        ("alice", "orders", calling(Locks, Volatile), "allow"),
        (
            "alice",
            "orders",
            calling(UserDefined, Volatile),
            "hold production.opaque_call",
        ),
        (
            "fixer",
            "orders",
            calling(UserDefined, Volatile),
            "hold production.opaque_call",
        ),
        ("fixer", "orders", calling(UserDefined, Stable), "allow"),
        (
            "fixer",
            "orders",
            read(CallBody::Partly, Stable),
            "hold production.opaque_call",
        ),
        (
            "alice",
            "orders",
            read(CallBody::Partly, Volatile),
            "hold production.opaque_call",
        ),
        ("alice", "orders", read(CallBody::Whole, Volatile), "allow"),
        ("fixer", "orders", read(CallBody::Whole, Volatile), "allow"),
        (
            "alice",
            "orders",
            calling(Native, Stable),
            "hold production.opaque_call",
        ),
        (
            "alice",
            "sandbox",
            calling(Signals, Volatile),
            "deny function.host",
        ),
        (
            "alice",
            "sandbox",
            calling(Storage, Stable),
            "deny function.host",
        ),
        ("alice", "sandbox", calling(Notifies, Volatile), "allow"),
        (
            "fixer",
            "orders",
            calling(Sequence, Volatile),
            "hold production.agent_call",
        ),
        ("fixer", "sandbox", calling(Sequence, Volatile), "allow"),
        ("alice", "orders", calling(Sleeps, Volatile), "allow"),
        (
            "fixer",
            "sandbox",
            calling(Sleeps, Volatile),
            "deny agent.sleeps",
        ),
        (
            "alice",
            "sandbox",
            calling(Host, Volatile),
            "deny function.host",
        ),
        (
            "alice",
            "sandbox",
            calling(Network, Volatile),
            "deny function.host",
        ),
        (
            "alice",
            "sandbox",
            calling(OtherSessions, Volatile),
            "deny function.host",
        ),
        (
            "alice",
            "sandbox",
            calling(Administers, Volatile),
            "deny function.host",
        ),
        ("alice", "sandbox", calling(RunsSql, Volatile), "allow"),
        (
            "fixer",
            "sandbox",
            calling(RunsSql, Volatile),
            "deny function.runs_sql",
        ),
        (
            "alice",
            "sandbox",
            calling(LargeObjects, Volatile),
            "deny function.large_objects",
        ),
        (
            "alice",
            "sandbox",
            calling(Unknown, Volatile),
            "deny function.unknown",
        ),
        (
            "alice",
            "sandbox",
            act(Action::Call, ObjectKind::Function, "public", "p"),
            "deny function.unknown",
        ),
    ]
}

fn settings() -> Vec<Row> {
    vec![
        ("fixer", "orders", setting("search_path", Some("")), "allow"),
        (
            "alice",
            "orders",
            setting("DateStyle", Some("ISO")),
            "allow",
        ),
        ("alice", "orders", setting("*", None), "allow"),
        (
            "alice",
            "orders",
            setting("row_security", Some("off")),
            "allow",
        ),
        (
            "alice",
            "orders",
            setting("client_encoding", Some("UTF8")),
            "allow",
        ),
        (
            "alice",
            "orders",
            setting("client_encoding", Some(" utf-8 ")),
            "allow",
        ),
        ("alice", "orders", setting("client_encoding", None), "allow"),
        (
            "alice",
            "orders",
            setting("client_encoding", Some("SJIS")),
            "deny setting.encoding",
        ),
        (
            "alice",
            "orders",
            setting("standard_conforming_strings", Some("ON")),
            "allow",
        ),
        (
            "alice",
            "sandbox",
            setting("standard_conforming_strings", Some("off")),
            "deny setting.strings",
        ),
        (
            "alice",
            "sandbox",
            setting("backslash_quote", Some("on")),
            "deny setting.strings",
        ),
        (
            "alice",
            "sandbox",
            setting("session_replication_role", None),
            "deny setting.server",
        ),
        (
            "alice",
            "sandbox",
            setting("log_statement", Some("none")),
            "deny setting.server",
        ),
        (
            "alice",
            "sandbox",
            setting("role", Some("admin")),
            "deny setting.role",
        ),
        ("alice", "sandbox", setting("role", Some("none")), "allow"),
        (
            "alice",
            "orders",
            setting("transaction_read_only", Some("off")),
            "allow",
        ),
        (
            "fixer",
            "orders",
            setting("transaction_read_only", Some("off")),
            "deny agent.read_only",
        ),
        (
            "fixer",
            "orders",
            setting("transaction_read_only", Some("on")),
            "allow",
        ),
    ]
}

fn the_rest() -> Vec<Row> {
    use FilterForm::*;
    let catalog = |name| act(Action::Select, ObjectKind::Table, "pg_catalog", name);
    let transaction = Effects {
        transaction: Some(TransactionControl::Begin),
        ..Effects::default()
    };
    vec![
        ("alice", "orders", Effects::default(), "allow"),
        ("eve", "orders", Effects::default(), "deny"),
        ("rogue", "orders", Effects::default(), "deny"),
        ("stray", "orders", Effects::default(), "deny"),
        ("fixer", "orders", transaction, "allow"),
        ("alice", "orders", gap("node"), "hold production.unresolved"),
        (
            "alice",
            "orders",
            gap("relation"),
            "deny production.unreadable",
        ),
        (
            "alice",
            "orders",
            gap("syntax"),
            "deny production.unreadable",
        ),
        ("fixer", "orders", gap("node"), "deny agent.unresolved"),
        ("fixer", "sandbox", gap("relation"), "deny agent.unresolved"),
        ("alice", "sandbox", gap("node"), "deny unresolved"),
        ("alice", "sandbox", gap("relation"), "allow"),
        ("alice", "orders", catalog("pg_class"), "allow"),
        ("alice", "orders", catalog("pg_roles"), "allow"),
        (
            "alice",
            "sandbox",
            catalog("pg_stats"),
            "deny catalog.secrets",
        ),
        (
            "alice",
            "sandbox",
            catalog("pg_authid"),
            "deny catalog.secrets",
        ),
        ("alice", "orders", filtered(Equality), "allow"),
        ("fixer", "orders", filtered(Join), "allow"),
        ("alice", "orders", filtered(Nullness), "allow"),
        ("alice", "orders", filtered(Pattern), "deny filter.oracle"),
        ("alice", "sandbox", filtered(Range), "deny filter.oracle"),
        ("alice", "sandbox", filtered(Order), "deny filter.oracle"),
        ("alice", "sandbox", filtered(Other), "deny filter.oracle"),
    ]
}

fn every_row() -> Vec<Row> {
    [writes(), definitions(), calls(), settings(), the_rest()].concat()
}

#[test]
fn the_pack_says_what_the_product_promises() {
    let rules = rules(&[]);
    for (name, place, effects, wanted) in every_row() {
        let judgement = judge(&rules, name, place, std::slice::from_ref(&effects));
        assert_eq!(words(&judgement), wanted, "{name} at {place}: {effects:?}");
        assert!(judgement.is_cacheable);
        if let Verdict::Deny { advice, message } = judgement.verdict {
            assert!(advice.is_some() && !message.is_empty(), "{wanted}");
        }
    }
}

#[test]
fn every_catalog_with_a_secret_that_no_class_masks_is_refused() {
    use catalog::postgres::secrets::{Secret, secret, secrets};
    let rules = rules(&[]);
    for (schema, relation, column) in secrets() {
        let wanted = match secret(schema, relation, column) {
            // `gateway` gives it a class, and the rest of the relation is for all.
            Some(Secret::Connection | Secret::Counter) => "allow",
            Some(Secret::Statement) if relation != "pg_stat_activity" => "allow",
            _ => "deny catalog.secrets",
        };
        let effects = act(Action::Select, ObjectKind::Table, schema, relation);
        let judgement = judge(&rules, "alice", "sandbox", std::slice::from_ref(&effects));
        assert_eq!(words(&judgement), wanted, "{schema}.{relation}");
    }
}

#[test]
fn what_cedar_is_told_fits_the_schema() {
    let text = include_str!("../../policies/schema.cedarschema");
    let (schema, _) = Schema::from_cedarschema_str(text).unwrap();
    for (name, place, effects, _) in every_row() {
        let target = targets()
            .into_iter()
            .find(|t| t.name.as_str() == place)
            .unwrap();
        let session = session(name, target);
        let effects = [effects];
        let startup = [("DateStyle".to_owned(), "ISO".to_owned())];
        let access = Access {
            effects: &effects,
            startup: &startup,
            session: &session,
            estimated_rows: -1,
            fingerprint: "",
            grants: &[],
            history: &crate::History::default(),
            intent: &model::Intent::default(),
            now: NOW,
        };
        let mut contexts = Contexts::of(&access);
        for question in questions(&access) {
            let mut world = World::of(&access).unwrap();
            let (action, thing) = world.ask(&question).unwrap();
            let entities = world.entities().unwrap();
            let checked = Entities::from_entities(entities.iter().cloned(), Some(&schema));
            assert!(checked.is_ok(), "{question:?}: {}", checked.unwrap_err());
            let context = contexts.told(&question, false).unwrap();
            for subject in session.identity.subjects() {
                let who = principal(subject).unwrap();
                let (action, thing, context) = (action.clone(), thing.clone(), context.clone());
                let request = Request::new(who, action, thing, context, Some(&schema));
                assert!(request.is_ok(), "{question:?}: {}", request.unwrap_err());
            }
        }
    }
}
