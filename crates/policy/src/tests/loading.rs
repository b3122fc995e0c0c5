//! What `load` refuses, and what a version and a cache may depend on.
// tidy: table — faulty sources, with the line and the words of the complaint

use model::Action;

use super::stage::*;
use crate::{Rules, Verdict};

#[test]
fn what_a_rule_does_not_say_is_named_with_its_line() {
    let permit = "permit (principal, action, resource)";
    let table = [
        (
            format!("\n\n{permit} when {{ context.tme.hour == 1 }};"),
            3,
            "tme",
        ),
        (format!("{permit};\n{permit} whn {{ true }};"), 2, "whn"),
        (
            format!("// a ; in a comment\n@id(\"a;b\")\n{permit}"),
            3,
            "unexpected",
        ),
        (
            format!("@id(\"a\") {permit};\n@id(\"a\")\n{permit};"),
            2,
            "second rule",
        ),
        (
            format!("\n@advise(\"x\")\n{permit};"),
            2,
            "unknown annotation @advise",
        ),
        (
            format!("@hold(\"dbas\") {permit};"),
            1,
            "belongs on a forbid",
        ),
        (
            "@hold(\"no group\") forbid (principal, action, resource);".into(),
            1,
            "group's name",
        ),
        (
            "@hold(\"g\") @quorum(\"0\") forbid (principal, action, resource);".into(),
            1,
            "people from 1",
        ),
        (
            "@quorum(\"2\") forbid (principal, action, resource);".into(),
            1,
            "needs @hold",
        ),
        (
            "@hold(\"g\") @wait(\"10\") forbid (principal, action, resource);".into(),
            1,
            "a time",
        ),
        (format!("@limit_rows(\"many\") {permit};"), 1, "a number"),
        (format!("@limit_bytes(\"64MB\") {permit};"), 1, "64MiB"),
        (
            format!("@mask(\"pii.email=rot13\") {permit};"),
            1,
            "blank, hash, stand_in",
        ),
        (
            format!("@mask(\"pii.mail=hash\") {permit};"),
            1,
            "class of ours",
        ),
        (
            format!("@read_only(\"yes\") {permit};"),
            1,
            "takes no value",
        ),
        (
            "@limit_rows(\"1\") forbid (principal, action, resource);".into(),
            1,
            "belongs on a permit",
        ),
        (
            "\nforbid (principal, action == Action::\"connect\", resource is Table);".into(),
            2,
            "unable to find an applicable action",
        ),
        (
            format!("{permit} when {{ principal is Group }};"),
            1,
            "never",
        ),
        (
            format!("{permit} when {{ context.intent.aim == \"x\" }};"),
            1,
            "intent",
        ),
        (
            format!("{permit} when {{ resource in Target::\"ordrs\" }};"),
            1,
            "no target",
        ),
        (
            "forbid (principal, action == Action::\"selct\", resource);".into(),
            1,
            "selct",
        ),
    ];
    for (text, line, wanted) in table {
        let sources = given(&[("mine.cedar", &text)]);
        let faults = Rules::load(true, &targets(), &sources).expect_err(&text);
        let found = faults.iter().any(|fault| {
            fault.file == "mine.cedar" && fault.line == line && fault.message.contains(wanted)
        });
        assert!(found, "{text}\nwanted line {line}: {wanted}\n{faults:#?}");
    }
}

#[test]
fn a_version_is_of_everything_loaded() {
    let rule = "forbid (principal, action == Action::\"lock\", resource);";
    let load = |builtin, targets: &[_], sources: &[(&str, &str)]| {
        Rules::load(builtin, targets, &given(sources))
            .unwrap()
            .version()
            .clone()
    };
    let mut versions = vec![
        load(true, &targets(), &[]),
        load(false, &targets(), &[]),
        load(true, &targets()[..1], &[]),
        load(
            true,
            &[target("orders", "staging"), target("sandbox", "staging")],
            &[],
        ),
        load(true, &targets(), &[("a", rule)]),
        load(true, &targets(), &[("b", rule)]),
        load(true, &targets(), &[("a", rule), ("b", "")]),
    ];
    assert_eq!(versions[0], load(true, &targets(), &[]));
    let count = versions.len();
    versions.sort();
    versions.dedup();
    assert_eq!(versions.len(), count);
}

#[test]
fn only_rules_that_could_speak_spoil_the_cache() {
    let forbid = "forbid (principal, action == Action::\"lock\", \
                  resource in Environment::\"production\") when { context.time.hour < 8 };";
    let rules = rules(&[("a", forbid)]);
    for (place, action, is_cacheable) in [
        ("orders", Action::Lock, false),
        ("sandbox", Action::Lock, true),
        ("orders", Action::Select, true),
    ] {
        let judgement = judge(&rules, "alice", place, &[on_table(action)]);
        assert_eq!(judgement.is_cacheable, is_cacheable, "{place} {action:?}");
        assert_eq!(words(&judgement), "allow");
    }
}

#[test]
fn a_rule_that_cannot_be_evaluated_is_a_no_that_names_it() {
    let overflows = "@id(\"sum\") @hold(\"reviewers\") forbid (principal, \
                     action == Action::\"lock\", resource) when { context.time.epoch_s * 9223372036854775807 > 0 };";
    let judgement = judge(
        &rules(&[("a", overflows)]),
        "boss",
        "orders",
        &[on_table(Action::Lock)],
    );
    assert_eq!(words(&judgement), "deny sum");
    let Verdict::Deny { message, .. } = judgement.verdict else {
        panic!()
    };
    assert!(message.contains("sum could not be evaluated"));
}

#[test]
fn obligations_are_the_strictest_of_every_permit_that_spoke() {
    let rules = rules(&[(
        "mine",
        "@limit_rows(\"100\") @timeout(\"1m\") @mask(\"pii.email=hash\")
         permit (principal is Agent, action in Action::\"read\", resource);
         @limit_rows(\"500\") @timeout(\"30s\") @read_only @limit_changes(\"3\") @limit_bytes(\"2KiB\")
         @mask(\"pii.email=stand_in, pii.phone=blank\")
         permit (principal == Person::\"alice\", action == Action::\"select\", resource);",
    )]);
    let judgement = judge(&rules, "fixer", "orders", &[on_table(Action::Select)]);
    let Verdict::Allow(obligations) = judgement.verdict else {
        panic!("{judgement:?}")
    };
    assert_eq!(
        (obligations.limit_rows, obligations.timeout_s),
        (Some(100), Some(30))
    );
    assert_eq!(
        (obligations.limit_changes, obligations.is_read_only),
        (Some(3), true)
    );
    assert_eq!(
        obligations.transforms,
        [
            (model::Class::Email, model::Transform::Hash),
            (model::Class::Phone, model::Transform::Blank)
        ]
    );
    assert_eq!(obligations.limit_bytes, Some(2048));
}
