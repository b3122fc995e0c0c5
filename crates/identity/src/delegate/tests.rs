//! Delegations against a real store: who gives one, what it covers, when it ends.
// tidy: table — what is shown, and the word of the no

use std::sync::{Arc, Mutex};

use model::{Action, Limits, Store};
use store::SqliteStore;

use super::*;
use crate::agents::Whose;
use crate::oidc::Issuers;
use crate::{LocalDirectory, NewPrincipal};

const NOW: Timestamp = Timestamp(1_795_170_937_000_042);

struct World {
    admin: Admin,
    directory: Arc<LocalDirectory>,
    exchange: Exchange,
    recorded: Arc<Mutex<Vec<String>>>,
}

impl World {
    fn new() -> Self {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
        let directory = Arc::new(LocalDirectory::new(store, [9; 32], &Limits::default()));
        let recorded = Arc::new(Mutex::new(Vec::new()));
        let written = recorded.clone();
        let recorder = move |act: &'static str, by: String, facts: Vec<(&'static str, String)>| {
            let told = ["acts_for", "reason", "rows", "through"];
            let facts = facts.into_iter().filter(|(key, _)| told.contains(key));
            let facts: Vec<String> = facts.map(|(key, value)| format!("{key}={value}")).collect();
            let line = format!("{act} by {by} {}", facts.join(" "));
            written.lock().unwrap().push(line);
            Ok(())
        };
        let admin = Admin::new(directory.clone(), Arc::new(recorder), "test");
        let agents = ["fixer", "helper", "third", "fourth"].map(|name| (name, Some("alice")));
        let all = [("alice", None), ("bob", None)].into_iter().chain(agents);
        for (name, acts_for) in all {
            let kind = match acts_for {
                Some(_) => PrincipalKind::Agent,
                None => PrincipalKind::Person,
            };
            let new = NewPrincipal {
                acts_for: acts_for.map(|name: &str| name.parse().unwrap()),
                groups: vec!["developers".parse().unwrap(), "operators".parse().unwrap()],
                kind,
                name: name.parse().unwrap(),
            };
            admin.add(new, NOW).unwrap();
        }
        recorded.lock().unwrap().clear();
        let exchange = Exchange::new(admin.clone(), Issuers::default());
        Self {
            admin,
            directory,
            exchange,
            recorded,
        }
    }

    fn token(&self, name: &str) -> String {
        let issued = self.admin.issue(&name.parse().unwrap(), 7_200, NOW);
        issued.unwrap().token.as_str().to_owned()
    }

    async fn given(&self, subject: &str, actor: Actor, task: Task) -> Result<Issued, NotExchanged> {
        let subject = Subject::Ours(subject.to_owned());
        self.exchange.delegate(subject, actor, task, NOW).await
    }

    /// The same, or the word of the no.
    async fn word(&self, subject: &str, actor: &str, task: Task) -> &'static str {
        let actor = Actor::Shown(actor.to_owned());
        match self.given(subject, actor, task).await {
            Ok(_) => "given",
            Err(fault) => {
                assert!(!fault.hint().is_empty());
                fault.word()
            }
        }
    }

    fn seen(&self, token: &str, at: Timestamp) -> Option<model::Identity> {
        self.directory.show(None, token, at).ok()
    }
}

fn remit(actions: &[Action], rows: u64) -> Task {
    Task {
        remit: Remit {
            actions: Some(actions.to_vec()),
            rows: Some(rows),
            ..Remit::default()
        },
        purpose: Some("look at orders".to_owned()),
        ..Task::default()
    }
}

fn shown(token: &str) -> Actor {
    Actor::Shown(token.to_owned())
}

#[tokio::test]
async fn an_agent_acts_for_whoever_gave_it_a_task_and_so_does_the_next() {
    let world = World::new();
    let (bob, fixer, helper) = (
        world.token("bob"),
        world.token("fixer"),
        world.token("helper"),
    );
    let read = [Action::Select, Action::CopyOut];
    let first = world
        .given(&bob, shown(&fixer), remit(&read, 10))
        .await
        .unwrap();
    let identity = world.seen(&first.token, NOW).unwrap();
    assert_eq!(identity.name().as_str(), "fixer");
    assert_eq!(identity.acts_for.as_ref().unwrap().name.as_str(), "bob");
    let second = world.given(&first.token, shown(&helper), remit(&[Action::Select], 3));
    let second = second.await.unwrap();
    let identity = world.seen(&second.token, NOW).unwrap();
    let names: Vec<&str> = identity.subjects().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["helper", "fixer", "bob"], "all of them bound it");
    let delegation = identity.delegation.unwrap();
    assert_eq!(delegation.remit.rows, Some(3));
    assert_eq!(delegation.remit.actions, Some(vec![Action::Select]));
    assert_eq!(Some(&delegation.task), task_of(&first).as_ref(), "one task");
    assert_eq!(
        world.recorded.lock().unwrap()[3..],
        [
            "delegation.given by bob acts_for=bob rows=10",
            "delegation.given by bob acts_for=bob through=fixer rows=3"
        ]
    );
    // Whatever it rests on ends it: here the token of bob that was shown first.
    let of_bob = world.seen(&bob, NOW).unwrap().token.unwrap();
    world.admin.revoke(&of_bob).unwrap();
    assert!(world.seen(&first.token, NOW).is_none());
    assert!(world.seen(&second.token, NOW).is_none());
}

fn task_of(issued: &Issued) -> Option<String> {
    issued.record.delegation.as_ref().map(|it| it.task.clone())
}

#[tokio::test]
async fn nobody_gives_what_is_not_theirs() {
    let world = World::new();
    let names = ["alice", "bob", "fixer", "helper", "third", "fourth"];
    let tokens = names.map(|name| world.token(name));
    let [alice, bob, fixer, helper, third, fourth] = &tokens;
    let read = || remit(&[Action::Select], 10);
    let given = world
        .given(alice, shown(fixer), read())
        .await
        .unwrap()
        .token;
    let next = world
        .given(&given, shown(helper), read())
        .await
        .unwrap()
        .token;
    let last = world
        .given(&next, shown(third), read())
        .await
        .unwrap()
        .token;
    let long = Task {
        ttl_s: Some(86_401),
        ..read()
    };
    let none = Task {
        ttl_s: Some(0),
        ..read()
    };
    let wide = [
        (remit(&[Action::Select, Action::Update], 10), "wider"),
        (remit(&[Action::Select], 11), "wider"),
        (long, "ttl"),
        (none, "ttl"),
        (
            Task {
                purpose: Some("x".repeat(501)),
                ..read()
            },
            "purpose",
        ),
    ];
    for (task, word) in wide {
        assert_eq!(world.word(&given, helper, task).await, word);
    }
    let table: [(&str, &str, &str); 10] = [
        (fixer, helper, "subject_kind"),
        (fixer, fixer, "subject_kind"),
        (&given, fixer, "actor_repeated"),
        (&next, fixer, "actor_repeated"),
        (alice, bob, "actor_kind"),
        (&given, alice, "actor_kind"),
        (alice, &given, "actor_delegated"),
        (&last, fourth, "chain"),
        ("pct_nothing", fixer, "unknown_token"),
        (alice, "pct_nothing", "unknown_token"),
    ];
    for (subject, actor, word) in table {
        assert_eq!(
            world.word(subject, actor, read()).await,
            word,
            "{subject} {actor}"
        );
        let told = world.recorded.lock().unwrap().pop().unwrap();
        assert_eq!(told, format!("delegation.refused by test reason={word}"));
    }
    // Longer than what it comes from: cut to that.
    let day = Task {
        ttl_s: Some(86_400),
        ..read()
    };
    let cut = world.given(&given, shown(fourth), day).await.unwrap();
    assert_eq!(cut.record.expires, NOW.plus_s(3_600));
}

#[tokio::test]
async fn ones_own_agent_needs_ones_own_hand() {
    let world = World::new();
    let [alice, bob, fixer] = ["alice", "bob", "fixer"].map(|name| world.token(name));
    let leased = || Task {
        is_leased: true,
        ..Task::default()
    };
    let own = |name: Option<&str>| Actor::Own(name.map(|name| name.parse().unwrap()));
    let mine = world.given(&alice, own(None), leased()).await.unwrap();
    let identity = world.seen(&mine.token, NOW).unwrap();
    assert_eq!(identity.name().as_str(), "alice.agent");
    let groups: Vec<&str> = identity
        .subject
        .groups
        .iter()
        .map(model::GroupName::as_str)
        .collect();
    assert_eq!(
        groups,
        ["developers"],
        "not among those who say who may do what"
    );
    for (subject, name, word) in [
        (&bob, Some("fixer"), "not_own"),
        (&bob, Some("nobody"), "not_own"),
        (&fixer, None, "subject_kind"),
        (&mine.token.as_str().to_owned(), None, "actor_missing"),
    ] {
        let refused = world.given(subject, own(name), leased()).await.unwrap_err();
        assert_eq!(refused.word(), word, "{name:?}");
    }
    // It counts as long as it is renewed, by the person alone, and is not brought back.
    let id = mine.record.id.clone();
    let renew = |token: &str, s: i64| {
        let token = token.to_owned();
        world.exchange.renew(token, id.clone(), NOW.plus_s(s))
    };
    assert!(renew(&bob, 1).await.is_err());
    assert!(renew(&mine.token, 1).await.is_err(), "not by itself");
    assert_eq!(renew(&alice, 15).await.unwrap().expires, NOW.plus_s(35));
    assert!(world.seen(&mine.token, NOW.plus_s(34)).is_some());
    assert!(world.seen(&mine.token, NOW.plus_s(35)).is_none());
    assert!(renew(&alice, 36).await.is_err(), "what has lapsed is gone");
}

#[tokio::test]
async fn an_agent_a_task_and_an_owner_are_stopped() {
    let table = [
        (Some("fixer"), None, None, [false, true, false]),
        (None, Some("bob"), None, [false, true, true]),
        (None, Some("alice"), None, [false, false, false]),
        (None, None, Some(()), [false, true, true]),
    ];
    for (agent, owner, task, alive) in table {
        let world = World::new();
        let [alice, bob, fixer, helper] =
            ["alice", "bob", "fixer", "helper"].map(|name| world.token(name));
        let of_bob = world
            .given(&bob, shown(&fixer), Task::default())
            .await
            .unwrap();
        let of_alice = world
            .given(&alice, shown(&helper), Task::default())
            .await
            .unwrap();
        let whose = match (agent, owner, task) {
            (Some(agent), ..) => Whose::Agent(agent.parse().unwrap()),
            (_, Some(owner), _) => Whose::Owner(owner.parse().unwrap()),
            _ => Whose::Task(task_of(&of_bob).unwrap()),
        };
        let stopped = world.admin.stop(&whose, NOW).unwrap();
        assert_eq!(
            stopped.tasks.len(),
            if owner == Some("alice") { 2 } else { 1 }
        );
        let live = [
            of_bob.token.as_str(),
            of_alice.token.as_str(),
            fixer.as_str(),
        ];
        let live = live.map(|token| world.seen(token, NOW).is_some());
        assert_eq!(live, alive, "{whose:?}");
    }
    let world = World::new();
    for whose in [
        Whose::Agent("alice".parse().unwrap()),
        Whose::Agent("nobody".parse().unwrap()),
        Whose::Task("k0".to_owned()),
    ] {
        assert!(world.admin.stop(&whose, NOW).is_err(), "{whose:?}");
    }
}
