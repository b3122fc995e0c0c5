//! What is allowed and probably not meant.
// tidy: table — rules, and the hint each earns

use super::stage::*;
use crate::Rules;

fn hints(builtin: bool, text: &str, members: Option<&[&str]>) -> Vec<String> {
    let rules = match Rules::load(builtin, &targets(), &given(&[("mine.cedar", text)])) {
        Ok(rules) => rules,
        Err(faults) => panic!("{faults:#?}"),
    };
    let members: Option<Vec<_>> =
        members.map(|names| names.iter().map(|name| name.parse().unwrap()).collect());
    let hints = rules.hints(&targets(), members.as_deref());
    hints.iter().map(ToString::to_string).collect()
}

#[test]
fn the_pack_by_itself_has_none() {
    assert_eq!(hints(true, "", Some(&["reviewers"])), Vec::<String>::new());
}

#[test]
fn what_is_probably_not_meant_is_told_with_its_line() {
    let drop = "forbid (principal, action == Action::\"drop\", resource)";
    let gaps = "{ context.statement.gaps }";
    let table = [
        (
            format!("@id(\"a\") {drop};\n\n@id(\"b\")\n{drop};"),
            "mine.cedar:3: b: never heard: a (mine.cedar:1) forbids",
        ),
        (
            format!("@id(\"narrow\") {drop} when {gaps};\n@id(\"wide\")\n{drop};"),
            "mine.cedar:1: narrow: never heard: wide (mine.cedar:2)",
        ),
        (
            "@id(\"all\") forbid (principal, action in Action::\"define\", resource);\n\
             @id(\"one\") forbid (principal is Agent, action == Action::\"drop\", resource is Table);"
                .to_owned(),
            "mine.cedar:2: one: never heard: all",
        ),
        (
            format!("@id(\"firm\") {drop};\n@id(\"held\") @hold(\"reviewers\") {drop};"),
            "mine.cedar:2: held: never heard: firm",
        ),
        (
            "\n@id(\"shut\") forbid (principal, action, resource);".to_owned(),
            "mine.cedar:2: shut: nobody can connect to target orders",
        ),
        (
            "@id(\"h\") @hold(\"ghosts\") forbid (principal, action == Action::\"lock\", resource);"
                .to_owned(),
            "mine.cedar:1: h: nobody is in the group ghosts",
        ),
    ];
    for (text, wanted) in table {
        let found = hints(true, &text, Some(&["reviewers"]));
        assert!(
            found.iter().any(|hint| hint.starts_with(wanted)),
            "{text}\n{wanted}\n{found:#?}"
        );
    }
}

#[test]
fn what_may_be_meant_is_not_told() {
    let drop = "forbid (principal, action == Action::\"drop\", resource)";
    let gaps = "{ context.statement.gaps }";
    let quiet = [
        // A hold does not hide a firm no, nor another group's hold.
        format!("@id(\"held\") @hold(\"reviewers\") {drop};\n@id(\"firm\") {drop};"),
        format!("@id(\"a\") @hold(\"reviewers\") {drop};\n@id(\"b\") @hold(\"dbas\") {drop};"),
        // Conditions that differ, scopes that overlap.
        format!("@id(\"a\") {drop} when {gaps};\n@id(\"b\") {drop} unless {gaps};"),
        "@id(\"a\") forbid (principal is Agent, action in Action::\"define\", resource);\n\
         @id(\"b\") forbid (principal, action == Action::\"drop\", resource);"
            .to_owned(),
        // A forbid for some, and one with a condition, shut nobody out.
        "@id(\"a\") forbid (principal is Agent, action, resource);".to_owned(),
        "@id(\"a\") forbid (principal, action, resource) when \
         { context.session.age_s > 9 };"
            .to_owned(),
    ];
    for text in quiet {
        let found = hints(true, &text, None);
        let found: Vec<_> = found
            .iter()
            .filter(|h| !h.contains("held: never heard"))
            .collect();
        assert!(found.is_empty(), "{text}\n{found:#?}");
    }
}
