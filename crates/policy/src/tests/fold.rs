//! The fold against a naive reference, written from PRODUCT.md's sentences and not from our code:
//! it interprets the same little rules by itself, one by one, with no slices and no Cedar.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use model::{Action, PrincipalKind, Subject};
use proptest::prelude::*;

use super::stage::*;
use crate::{Rules, Verdict};

/// A rule of the little language.
#[derive(Debug, Clone)]
struct Little {
    action: Option<usize>,
    breaks: bool,
    hold: Option<(usize, u32)>,
    is_permit: bool,
    limit: Option<u64>,
    place: Option<usize>,
    who: Option<usize>,
}

const ACTIONS: [(Action, &str, &str); 4] = [
    (Action::Select, "select", "read"),
    (Action::Insert, "insert", "write"),
    (Action::Lock, "lock", "administer"),
    (Action::Create, "create", "define"),
];
const WHO: [(&str, &str); 4] = [
    ("principal", ""),
    ("principal is Agent", "agent"),
    ("principal is Person", "person"),
    ("principal in Group::\"developers\"", "developers"),
];
const GROUPS: [&str; 2] = ["reviewers", "dbas"];
const PLACES: [(&str, &str); 2] = [("orders", "production"), ("sandbox", "staging")];
const NAMES: [&str; 5] = ["alice", "eve", "fixer", "rogue", "stray"];

fn little() -> impl Strategy<Value = Little> {
    (
        proptest::option::of(0..8_usize),
        proptest::bool::weighted(0.05),
        proptest::option::of((0..2_usize, 1..4_u32)),
        proptest::bool::weighted(0.6),
        proptest::option::of(1..50_u64),
        proptest::option::of(0..4_usize),
        proptest::option::of(0..4_usize),
    )
        .prop_map(
            |(action, breaks, hold, is_permit, limit, place, who)| Little {
                action,
                breaks,
                hold: hold.filter(|_| !is_permit),
                is_permit,
                limit: limit.filter(|_| is_permit),
                place,
                who,
            },
        )
}

/// The rule as Cedar.
fn cedar(number: usize, rule: &Little) -> String {
    let mut text = format!("@id(\"r{number}\") ");
    if let Some((group, quorum)) = rule.hold {
        let _ = write!(text, "@hold(\"{}\") @quorum(\"{quorum}\") ", GROUPS[group]);
    }
    if let Some(limit) = rule.limit {
        let _ = write!(text, "@limit_rows(\"{limit}\") ");
    }
    let who = rule.who.map_or("principal", |who| WHO[who].0);
    let action = match rule.action {
        None => "action".to_owned(),
        Some(at) if at < 4 => format!("action == Action::\"{}\"", ACTIONS[at].1),
        Some(at) => format!("action in Action::\"{}\"", ACTIONS[at - 4].2),
    };
    let place = match rule.place {
        None => "resource".to_owned(),
        Some(at) if at < 2 => format!("resource in Target::\"{}\"", PLACES[at].0),
        Some(at) => format!("resource in Environment::\"{}\"", PLACES[at - 2].1),
    };
    let effect = if rule.is_permit { "permit" } else { "forbid" };
    let _ = write!(text, "{effect} ({who}, {action}, {place})");
    if rule.breaks {
        text.push_str(" when { context.time.epoch_s * 9223372036854775807 > 0 }");
    }
    text.push(';');
    text
}

fn matches(rule: &Little, who: &Subject, action: usize, place: usize) -> bool {
    let developer = who
        .groups
        .iter()
        .any(|group| group.as_str() == "developers");
    let by_who = match rule.who.map(|who| WHO[who].1) {
        Some("agent") => who.kind == PrincipalKind::Agent,
        Some("person") => who.kind == PrincipalKind::Person,
        Some("developers") => developer,
        _ => true,
    };
    by_who
        && rule.action.is_none_or(|at| at % 4 == action)
        && rule.place.is_none_or(|at| at % 2 == place)
}

/// allow/hold/deny, the rules' numbers, holds, the row limit.
type Expected = (
    &'static str,
    BTreeSet<usize>,
    BTreeSet<(usize, u32)>,
    Option<u64>,
);

fn reference(rules: &[Little], name: &str, actions: &[usize], place: usize) -> Expected {
    let (mut yes, mut held, mut no) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut holds, mut limit, mut refused) = (BTreeSet::new(), None, false);
    let identity = identity(name);
    for who in identity.subjects() {
        for action in actions {
            let speaking: Vec<(usize, &Little)> = rules
                .iter()
                .enumerate()
                .filter(|(_, rule)| matches(rule, who, *action, place))
                .collect();
            let numbers = |wanted: &dyn Fn(&Little) -> bool| -> BTreeSet<usize> {
                speaking
                    .iter()
                    .filter(|(_, rule)| wanted(rule))
                    .map(|(n, _)| *n)
                    .collect()
            };
            let broken = numbers(&|rule| rule.breaks);
            let firm = numbers(&|rule| !rule.is_permit && rule.hold.is_none());
            let soft = numbers(&|rule| rule.hold.is_some());
            let permits = numbers(&|rule| rule.is_permit);
            if !broken.is_empty() {
                refused = true;
                no.extend(broken);
            } else if !firm.is_empty() {
                refused = true;
                no.extend(firm);
            } else if permits.is_empty() {
                refused = true;
            } else {
                for number in &permits {
                    let theirs: Option<u64> = rules[*number].limit;
                    limit = match (limit, theirs) {
                        (Some(a), Some(b)) => Some(std::cmp::min::<u64>(a, b)),
                        (a, b) => a.or(b),
                    };
                }
                holds.extend(soft.iter().filter_map(|number| rules[*number].hold));
                if soft.is_empty() {
                    yes.extend(permits);
                } else {
                    held.extend(soft);
                }
            }
        }
    }
    if refused {
        ("deny", no, BTreeSet::new(), None)
    } else if held.is_empty() {
        ("allow", yes, BTreeSet::new(), limit)
    } else {
        ("hold", held, holds, limit)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn the_fold_agrees_with_a_naive_reference(
        little in proptest::collection::vec(little(), 0..10),
        name in 0..5_usize,
        actions in proptest::collection::btree_set(0..4_usize, 1..4),
        place in 0..2_usize,
    ) {
        let text: String = little.iter().enumerate().map(|(n, rule)| cedar(n, rule)).collect();
        let mut targets = targets();
        for target in &mut targets {
            target.groups.clear();
        }
        let rules = Rules::load(false, &targets, &given(&[("little", &text)]));
        let rules = match rules {
            Ok(rules) => rules,
            Err(faults) => panic!("{faults:#?}\n{text}"),
        };
        let actions: Vec<usize> = actions.into_iter().collect();
        let parts: Vec<_> = actions.iter().map(|action| on_table(ACTIONS[*action].0)).collect();
        let judgement = judge(&rules, NAMES[name], PLACES[place].0, &parts);
        let (word, numbers, holds, limit) = reference(&little, NAMES[name], &actions, place);
        let mut ids: Vec<String> = numbers.iter().map(|number| format!("r{number}")).collect();
        ids.sort();
        prop_assert_eq!(&judgement.rules, &ids, "{}", text);
        match judgement.verdict {
            Verdict::Allow(obligations) => {
                prop_assert_eq!((word, limit), ("allow", obligations.limit_rows));
            }
            Verdict::Deny { .. } => prop_assert_eq!(word, "deny"),
            Verdict::Hold { holds: found, obligations, .. } => {
                let place = |group: &str| GROUPS.iter().position(|g| *g == group).unwrap();
                let found: BTreeSet<_> =
                    found.iter().map(|h| (place(h.group.as_str()), h.quorum)).collect();
                prop_assert_eq!((word, holds, limit), ("hold", found, obligations.limit_rows));
            }
        }
    }
}
