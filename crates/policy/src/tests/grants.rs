//! What a grant does to a judgement, and what it never does: one table each.
// tidy: table — grants, and what is judged with them

use model::*;

use super::stage::*;
use crate::{Access, History, Rules, Verdict};

/// Nothing was said.
static SILENT: model::Intent = model::Intent {
    claims: Vec::new(),
    traceparent: None,
    verdict: model::IntentVerdict::Undeclared,
};

const RULES: &str = r#"
@id("phones.privacy") @hold("privacy") @quorum("2") @grant("1h")
forbid (principal, action == Action::"reveal", resource) when { resource.name == "phone" };
@id("cards.never")
forbid (principal, action == Action::"reveal", resource) when { resource.name == "card" };
@id("hashes.held") @hold("reviewers")
forbid (principal, action == Action::"reveal", resource) when { resource.name == "hash" };
"#;

fn held(rule: &str, group: &str, quorum: u32) -> Hold {
    Hold {
        group: group.parse().unwrap(),
        quorum,
        rule: rule.to_owned(),
        wait_s: None,
    }
}

/// A grant of alice's at `orders`, given at the epoch for an hour, by the pack's reviewers.
fn grant(scope: Scope) -> Grant {
    let rule = match scope {
        Scope::Reveal(_) => "grant.reveal",
        Scope::Access => "grant.access",
    };
    Grant {
        acts_for: None,
        ahead: Ahead {
            database: "shop".to_owned(),
            for_s: 3_600,
            reason: "ticket 7".to_owned(),
            scope,
        },
        from: Timestamp(0),
        holds: vec![held(rule, "reviewers", 1)],
        id: ReviewId(uuid::Uuid::from_u128(7)),
        principal: "alice".parse().unwrap(),
        state: GrantState::Given,
        target: "orders".parse().unwrap(),
        until: Timestamp(0).plus_s(3_600),
    }
}

fn email() -> ColumnRef {
    column("email", Some(Class::Email))
}

fn access<'a>(
    (session, history): (&'a Session, &'a History),
    effects: &'a [Effects],
    grants: &'a [Grant],
    now: Timestamp,
) -> Access<'a> {
    Access {
        effects,
        estimated_rows: -1,
        fingerprint: "f00d",
        grants,
        history,
        intent: &SILENT,
        now,
        session,
        startup: &[],
    }
}

/// The columns that a select of all four shows `name`, and the grants that it rests on.
fn seen(rules: &Rules, name: &str, grants: &[Grant], at_s: i64) -> (Vec<String>, usize) {
    let columns = [
        email(),
        column("phone", Some(Class::Phone)),
        column("card", Some(Class::CardNumber)),
        column("hash", Some(Class::PasswordHash)),
    ];
    let output = |column: &ColumnRef| OutputColumn {
        lineage: Lineage::Bare(column.clone()),
        name: None,
        type_oid: None,
    };
    let effects = [Effects {
        outputs: Some(columns.iter().map(output).collect()),
        ..on_table(Action::Select)
    }];
    let (session, history) = (
        session(name, target("orders", "production")),
        History::default(),
    );
    let now = Timestamp(0).plus_s(at_s);
    let judgement = rules.judge(&access((&session, &history), &effects, grants, now));
    let Verdict::Allow(obligations) = judgement.verdict else {
        panic!("{judgement:?}")
    };
    let shown = obligations.revealed.into_iter().map(|column| column.column);
    (shown.collect(), judgement.grants.len())
}

/// One row: who, what, with which grants, when, and what comes of it.
type Judged<'a> = (&'a str, &'a str, Vec<Grant>, i64, &'a [&'a str]);
/// One row: who asks for what beside which grants, and who is asked.
type Asked<'a> = (&'a str, Scope, &'a [Grant], Result<(&'a str, u32), &'a str>);

#[test]
fn a_grant_shows_its_column_to_its_holder_while_it_lasts_and_nothing_else() {
    let rules = rules(&[("given", RULES)]);
    let given = grant(Scope::Reveal(vec![email()]));
    let with = |change: &dyn Fn(&mut Grant)| {
        let mut grant = given.clone();
        change(&mut grant);
        grant
    };
    let all = |name: &str| {
        let class = match name {
            "phone" => Class::Phone,
            "card" => Class::CardNumber,
            _ => Class::PasswordHash,
        };
        Scope::Reveal(vec![column(name, Some(class))])
    };
    let another = |change: &dyn Fn(&mut ColumnRef)| {
        let mut column = email();
        change(&mut column);
        Scope::Reveal(vec![column])
    };
    let owners = with(&|g| g.principal = "fixer".parse().unwrap());
    let agents = with(&|g| {
        g.id = ReviewId(uuid::Uuid::from_u128(8));
        g.principal = "fixer".parse().unwrap();
        g.acts_for = Some("alice".parse().unwrap());
    });
    let by_privacy = with(&|g| {
        g.ahead.scope = all("phone");
        g.holds.push(held("phones.privacy", "privacy", 2));
    });
    let table: Vec<Judged<'_>> = vec![
        ("its holder", "alice", vec![given.clone()], 10, &["email"]),
        (
            "the last moment",
            "alice",
            vec![given.clone()],
            3_599,
            &["email"],
        ),
        ("too late", "alice", vec![given.clone()], 3_600, &[]),
        ("somebody else", "boss", vec![given.clone()], 10, &[]),
        ("its holder's agent", "fixer", vec![given.clone()], 10, &[]),
        ("an agent's alone", "fixer", vec![agents.clone()], 10, &[]),
        ("both", "fixer", vec![given.clone(), agents], 10, &["email"]),
        ("for nobody", "fixer", vec![given.clone(), owners], 10, &[]),
        (
            "revoked",
            "alice",
            vec![with(&|g| g.state = GrantState::Revoked)],
            10,
            &[],
        ),
        (
            "elsewhere",
            "alice",
            vec![with(&|g| g.target = "sandbox".parse().unwrap())],
            10,
            &[],
        ),
        (
            "another database",
            "alice",
            vec![with(&|g| g.ahead.database = "x".into())],
            10,
            &[],
        ),
        ("access", "alice", vec![grant(Scope::Access)], 10, &[]),
        (
            "made anew",
            "alice",
            vec![with(&|g| g.ahead.scope = another(&|c| c.relation_oid += 1))],
            10,
            &[],
        ),
        (
            "another class",
            "alice",
            vec![with(&|g| {
                g.ahead.scope = another(&|c| c.class = Some(Class::Jwt));
            })],
            10,
            &[],
        ),
        (
            "another group",
            "alice",
            vec![with(&|g| g.holds = vec![held("grant.reveal", "dbas", 1)])],
            10,
            &[],
        ),
        (
            "another rule",
            "alice",
            vec![with(&|g| g.holds = vec![held("x", "reviewers", 1)])],
            10,
            &[],
        ),
        (
            "without privacy",
            "alice",
            vec![with(&|g| g.ahead.scope = all("phone"))],
            10,
            &[],
        ),
        (
            "too few",
            "alice",
            vec![with(&|g| {
                g.ahead.scope = all("phone");
                g.holds.push(held("phones.privacy", "privacy", 1));
            })],
            10,
            &[],
        ),
        (
            "with privacy",
            "alice",
            vec![by_privacy.clone()],
            10,
            &["phone"],
        ),
        (
            "firmly forbidden",
            "alice",
            vec![with(&|g| g.ahead.scope = all("card"))],
            10,
            &[],
        ),
        (
            "not ahead",
            "alice",
            vec![with(&|g| {
                g.ahead.scope = all("hash");
                g.holds.push(held("hashes.held", "reviewers", 1));
            })],
            10,
            &[],
        ),
        (
            "longer than the rule says now",
            "alice",
            vec![with(&|g| {
                g.clone_from(&by_privacy);
                g.until = Timestamp(0).plus_s(9_000);
            })],
            3_700,
            &[],
        ),
    ];
    for (what, name, grants, at_s, shown) in table {
        let (seen, rests_on) = seen(&rules, name, &grants, at_s);
        assert_eq!(seen, shown, "{what}");
        let wanted = if name == "fixer" { 2 } else { 1 };
        assert_eq!(rests_on, shown.len() * wanted, "{what}");
    }
}

#[test]
fn what_a_rule_permits_rests_on_no_grant() {
    let permit = "permit (principal, action == Action::\"reveal\", resource);";
    let rules = rules(&[("given", permit)]);
    let (seen, rests_on) = seen(&rules, "alice", &[grant(Scope::Reveal(vec![email()]))], 10);
    assert_eq!((seen.len(), rests_on), (4, 0));
}

#[test]
fn access_for_a_time_is_what_a_group_may_do_there() {
    let rules = rules(&[]);
    let mut given = grant(Scope::Access);
    given.principal = "eve".parse().unwrap();
    let table: [(&str, Vec<Effects>, &str); 5] = [
        ("connect", Vec::new(), "allow"),
        ("read", vec![on_table(Action::Select)], "allow"),
        ("drop", vec![on_table(Action::Drop)], "deny production.drop"),
        (
            "held",
            vec![bounded(Action::Update, false)],
            "hold production.unbounded",
        ),
        ("host", vec![on_table(Action::ReachHost)], "deny host.reach"),
    ];
    let (session, history) = (
        session("eve", target("orders", "production")),
        History::default(),
    );
    for (what, effects, wanted) in table {
        let asked = |grants| access((&session, &history), &effects, grants, Timestamp(9));
        let with = rules.judge(&asked(std::slice::from_ref(&given)));
        assert_eq!(words(&with), wanted, "{what}");
        assert!(
            words(&rules.judge(&asked(&[]))).starts_with("deny"),
            "{what}"
        );
    }
}

#[test]
fn access_lifts_the_rules_it_was_asked_for_and_no_other() {
    let rules = rules(&[(
        "given",
        "@id(\"w\") @hold(\"dbas\") @grant(\"1h\")\nforbid (principal, action, resource);\n\
         @id(\"v\") @hold(\"dbas\") @grant(\"1h\")\n\
         forbid (principal, action == Action::\"lock\", resource);",
    )]);
    let mut given = grant(Scope::Access);
    given.holds = vec![held("w", "dbas", 1)];
    let (session, history) = (
        session("alice", target("orders", "production")),
        History::default(),
    );
    let table = [
        (Action::Insert, true, "allow"),
        (Action::Insert, false, "hold w"),
        (Action::Lock, true, "hold v"),
    ];
    for (action, is_given, wanted) in table {
        let effects = [on_table(action)];
        let grants = if is_given {
            std::slice::from_ref(&given)
        } else {
            &[]
        };
        let asked = access((&session, &history), &effects, grants, Timestamp(9));
        assert_eq!(words(&rules.judge(&asked)), wanted, "{action:?}");
    }
}

#[test]
fn who_must_be_asked_is_said_by_the_rules() {
    let rules = rules(&[("given", RULES)]);
    let reveal = |name: &str, class| Scope::Reveal(vec![column(name, Some(class))]);
    let alice = grant(Scope::Reveal(vec![email()]));
    let table: Vec<Asked<'_>> = vec![
        (
            "alice",
            Scope::Reveal(vec![email()]),
            &[],
            Ok(("grant.reveal", 28_800)),
        ),
        (
            "alice",
            reveal("phone", Class::Phone),
            &[],
            Ok(("phones.privacy grant.reveal", 3_600)),
        ),
        (
            "alice",
            reveal("card", Class::CardNumber),
            &[],
            Err("rule cards.never says no"),
        ),
        (
            "alice",
            reveal("hash", Class::PasswordHash),
            &[],
            Err("not answered ahead"),
        ),
        ("alice", Scope::Access, &[], Ok(("", u32::MAX))),
        (
            "alice",
            Scope::Reveal(vec![email()]),
            std::slice::from_ref(&alice),
            Ok(("", u32::MAX)),
        ),
        (
            "fixer",
            Scope::Reveal(vec![email()]),
            &[],
            Err("alice, for whom you act"),
        ),
        (
            "fixer",
            Scope::Reveal(vec![email()]),
            std::slice::from_ref(&alice),
            Ok(("grant.reveal", 28_800)),
        ),
        ("eve", Scope::Access, &[], Ok(("grant.access", 28_800))),
        ("rogue", Scope::Access, &[], Err("eve, for whom you act")),
    ];
    for (name, scope, grants, wanted) in table {
        let (session, history) = (
            session(name, target("orders", "production")),
            History::default(),
        );
        let asked = access((&session, &history), &[], grants, Timestamp(9));
        let found = rules.askable(&asked, &scope).map(|askable| {
            let rules: Vec<_> = askable.holds.iter().map(|hold| hold.rule.clone()).collect();
            (rules.join(" "), askable.most_s)
        });
        match (&found, wanted) {
            (Ok((rules, most_s)), Ok(wanted)) => assert_eq!((rules.as_str(), *most_s), wanted),
            (Err((message, _)), Err(wanted)) => assert!(message.contains(wanted), "{message}"),
            _ => panic!("{name} {scope:?}: {found:?}, wanted {wanted:?}"),
        }
    }
}
