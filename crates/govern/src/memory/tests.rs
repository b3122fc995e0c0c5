use super::*;
use catalog::{Life, Relation, RelationKind};
use model::{SettingChange, TransactionControl};

fn path(value: Option<&str>, is_local: bool) -> Effects {
    setting("search_path", value, is_local)
}

fn setting(name: &str, value: Option<&str>, is_local: bool) -> Effects {
    let change = SettingChange {
        is_local,
        name: name.into(),
        value: value.map(str::to_owned),
    };
    Effects {
        settings: vec![change],
        ..Effects::default()
    }
}

fn control(control: TransactionControl) -> Effects {
    Effects {
        transaction: Some(control),
        ..Effects::default()
    }
}

fn named(name: SessionName) -> Effects {
    Effects {
        names: vec![name],
        ..Effects::default()
    }
}

/// What a case does, a word each: see [`effects`]. `!` behind a word: it fails. `;` ends a message
/// of several statements, `|` a flight without Sync; what follows is the status the target tells.
fn effects(word: &str) -> Effects {
    use TransactionControl::{Begin, Commit, Prepared, Release, Rollback, RollbackTo, Savepoint};
    let (verb, rest) = word.split_once(':').unwrap_or((word, ""));
    let rest = rest.to_owned();
    match verb {
        "as" | "local_as" => setting(
            "session_authorization",
            (!rest.is_empty()).then_some(&*rest),
            verb != "as",
        ),
        "begin" => control(Begin),
        "close" => named(SessionName::Close(Some(rest))),
        "commit" => control(Commit),
        "declare" | "hold" => named(SessionName::Declare {
            is_held: verb == "hold",
            name: rest,
            text: "select 1".into(),
        }),
        "deallocate" => named(SessionName::Deallocate(Some(rest))),
        "discard" => Effects {
            kind: "DISCARD ALL".into(),
            ..setting("*", None, false)
        },
        "local" => path(Some(&rest), true),
        "local_role" => setting("role", Some(&rest), true),
        "path" => path(Some(&rest), false),
        "prepare" => named(SessionName::Prepare {
            name: rest,
            text: "select 1".into(),
        }),
        "prepared" => control(Prepared),
        "release" => control(Release(rest)),
        "reset" => path(None, false),
        "role" => setting("role", (!rest.is_empty()).then_some(&*rest), false),
        "reset_all" => setting("*", None, false),
        "rollback" => control(Rollback),
        "savepoint" => control(Savepoint(rest)),
        "select" => Effects::default(),
        "table" | "temp" => Effects {
            kind: word.to_owned(),
            ..Effects::default()
        },
        "to" => control(RollbackTo(rest)),
        "unread" | "unread_role" => Effects {
            gaps: vec![model::Gap {
                kind: "dynamic_sql".into(),
                reason: String::new(),
            }],
            ..match verb {
                "unread" => path(None, false),
                _ => setting("role", None, false),
            }
        },
        other => panic!("{other}"),
    }
}

struct Case {
    base: Arc<Catalog>,
    memory: Memory,
    next: u64,
}

impl Case {
    fn new() -> Self {
        let mut base = Catalog::of(Vec::new(), Vec::new(), Vec::new());
        base.search_path = vec!["public".into()];
        base.role = "app".into();
        base.schemas = vec!["public".into(), "bob".into()];
        let memory = Memory::new(&base, None, &[]);
        let base = Arc::new(base);
        Self {
            base,
            memory,
            next: 0,
        }
    }

    /// Judges a statement of these parts, as the governor would.
    fn admit(&mut self, parts: Vec<Effects>) -> StatementId {
        let from = self.memory.overlay().cloned();
        let mut overlay = from.as_deref().cloned().unwrap_or_default();
        let overlays = parts.iter().map(|part| {
            let (verb, name) = part.kind.split_once(':')?;
            let life = match verb {
                "table" => Life::Permanent,
                _ => Life::Session,
            };
            let relation = Relation::new(RelationKind::Table, "s", name, overlay.fresh_oid());
            overlay.make(relation, life, None);
            Some(Arc::new(overlay.clone()))
        });
        let overlays: Vec<_> = overlays.collect();
        let lesson = Lesson {
            from,
            overlays: overlays.into(),
            parts: parts.into(),
            sights: Arc::default(),
            route: Route::Simple,
            text: "".into(),
        };
        self.next += 1;
        let id = StatementId(self.next);
        self.memory.admitted(id, lesson, &self.base);
        id
    }

    /// It was done, and undone by a savepoint of ours.
    fn undo(&mut self, id: StatementId) {
        let outcome = Outcome {
            completed: 1,
            is_undone: true,
            ..Outcome::of(OutcomeKind::Error)
        };
        self.memory.settled(id, &outcome, &self.base);
    }

    fn settle(&mut self, id: StatementId, failed_after: Option<u32>) {
        let kind = match failed_after {
            Some(_) => OutcomeKind::Error,
            None => OutcomeKind::Success,
        };
        let outcome = Outcome {
            completed: failed_after.unwrap_or(u32::MAX),
            ..Outcome::of(kind)
        };
        self.memory.settled(id, &outcome, &self.base);
    }

    /// One flight: statements apart by `,` (each of parts apart by `;`), `!` where one fails and
    /// the rest is skipped, `^` at its end where a savepoint of ours undid it; then the status, or
    /// none where it ended by Flush.
    fn fly(&mut self, flight: &str, status: Option<char>) {
        let is_undone = flight.ends_with('^');
        let flight = flight.trim_end_matches('^');
        let statements: Vec<_> = flight.split(", ").collect();
        let judge = |case: &mut Self, statement: &&str| {
            let parts: Vec<_> = statement.trim_end_matches('!').split("; ").collect();
            case.admit(
                parts
                    .iter()
                    .map(|part| effects(part.trim_end_matches('!')))
                    .collect(),
            )
        };
        let ids: Vec<StatementId> = statements.iter().map(|s| judge(self, s)).collect();
        let mut has_failed = is_undone;
        if is_undone {
            for id in ids {
                self.undo(id);
            }
            self.memory.status(status.unwrap(), has_failed, &self.base);
            return;
        }
        for (id, statement) in ids.into_iter().zip(&statements) {
            let failed_at = statement.split("; ").position(|part| part.ends_with('!'));
            let failed_at = failed_at.or(has_failed.then_some(0));
            has_failed |= failed_at.is_some();
            self.settle(id, failed_at.map(|at| u32::try_from(at).unwrap()));
        }
        if let Some(status) = status {
            self.memory.status(status, has_failed, &self.base);
        }
    }

    /// The path, and what lies over the catalog.
    fn told(&self) -> String {
        let laid = self.memory.overlay().map(|o| Catalog::laid(&self.base, o));
        let mut names: Vec<_> = laid
            .iter()
            .flat_map(|laid| laid.relations().map(|r| r.name.to_string()))
            .collect();
        names.sort();
        if laid.is_some_and(|laid| laid.is_lost("anything")) {
            names.push("?".into());
        }
        format!("{} {}", self.memory.path().join(","), names.join(","))
    }
}

/// Flights, each with the status after it (- for none); then path and relations.
const SESSIONS: &[(&[&str], &str)] = &[
    (&["path:a,\"B\" I"], "a,B "),
    (&["path:a I"], "a "),
    // SET LOCAL outside a block is gone at once.
    (&["local:a I"], "public "),
    // An error undoes the implicit transaction of its message, and of its pipeline.
    (&["path:a; select! I"], "public "),
    (&["path:a, select! I"], "public "),
    (
        &["path:a -", "table:t -", "select! -", "select! I"],
        "public ",
    ),
    (&["table:t, path:a I"], "a t"),
    (&["table:t; select! I"], "public "),
    // A rollback undoes, a commit keeps, SET LOCAL ends with either.
    (
        &["begin T", "path:a T", "table:t T", "rollback I"],
        "public ",
    ),
    (
        &["begin T", "path:a T", "table:t T", "rollback; path:b I"],
        "b ",
    ),
    (&["begin T", "path:a T", "local:b T"], "b "),
    (
        &["begin T", "path:a T", "local:b T", "table:t T", "commit I"],
        "a t",
    ),
    // COMMIT of a failed block is a rollback, failed by the target or by us.
    (&["begin T", "path:a T", "select! E", "commit I"], "public "),
    (
        &["begin; path:a; table:t; select! E", "commit I"],
        "public ",
    ),
    (&["begin, path:a, table:t, commit I"], "a t"),
    // Savepoints.
    (
        &["begin; savepoint:s; path:a T", "table:t T", "to:s T"],
        "public ",
    ),
    (
        &[
            "begin; table:t; savepoint:s; path:a; savepoint:s T",
            "path:b T",
            "to:s T",
        ],
        "a t",
    ),
    (
        &[
            "begin; savepoint:s; path:a; savepoint:r; path:b; release:r T",
            "to:s T",
            "commit I",
        ],
        "public ",
    ),
    (&["begin; savepoint:s; path:a; release:s; commit I"], "a "),
    (&["begin T", "to:unknown T"], " ?"),
    // The failed state ends with a return to a savepoint.
    (
        &[
            "begin; savepoint:s; path:a T",
            "select! E",
            "to:s T",
            "path:b T",
            "commit I",
        ],
        "b ",
    ),
    // What a savepoint of ours undid is not there; what was done before it is.
    (&["begin; path:a; table:t T", "path:b, table:u^ T"], "a t"),
    (
        &["begin T", "path:b^ T", "table:t T", "commit I"],
        "public t",
    ),
    (
        &["begin; savepoint:s; path:a T", "path:b^ T", "to:s T"],
        "public ",
    ),
    // A transaction in one message, before it and after it.
    (&["path:a; begin; path:b; rollback I"], "public "),
    (&["path:a; commit; path:b; select! I"], "a "),
    (
        &["begin; path:a; commit; path:b; rollback; table:t I"],
        "a t",
    ),
    (&["begin T", "table:t T", "prepared I"], "public ?"),
    // Roles and what `$user` means by them.
    (&["path:\"$user\",x I", "role:bob I"], "bob,x "),
    (&["path:\"$user\",x I", "role:bob I", "role: I"], "app,x "),
    (&["role:bob I"], " "),
    (&["role:carol I"], "public "),
    (&["begin T", "role:bob T", "rollback I"], "public "),
    (&["role:bob I", "discard I"], "public "),
    // What is set to nobody knows what is not known, until it is set again.
    (&["unread I"], " "),
    (&["unread I", "path:a I"], "a "),
    (&["unread I", "reset I"], "public "),
    (&["temp:t I"], "public t"),
];

#[test]
fn a_session_is_what_its_target_confirmed_and_did_not_undo() {
    for (flights, expected) in SESSIONS {
        let mut case = Case::new();
        for flight in *flights {
            let (flight, status) = flight.rsplit_once(' ').unwrap();
            let status = status.chars().next().filter(|status| *status != '-');
            case.fly(flight, status);
        }
        assert_eq!(case.told(), *expected, "{flights:?}");
    }
}

#[test]
fn the_role_is_whom_the_target_takes_the_session_for() {
    let table: &[(&[&str], &str)] = &[
        (&["select I"], "app"),
        (&["role:bob I"], "bob!"),
        (&["role:bob I", "role:none I"], "app"),
        (&["role:bob I", "role: I"], "app"),
        (&["role:bob I", "discard I"], "app"),
        (&["role:bob I", "reset_all I"], "bob!"),
        (&["begin T", "role:bob T", "rollback I"], "app"),
        (&["begin T", "role:bob^ T", "commit I"], "app"),
        (&["begin; savepoint:s; role:bob T", "to:s T"], "app"),
        (&["begin T", "local_role:bob T"], "bob!"),
        (&["begin T", "local_role:bob T", "commit I"], "app"),
        // The role stands over the authorization, which takes it off.
        (&["as:carol I"], "carol!"),
        (&["as:carol; role:none I"], "carol!"),
        (&["as:carol; role:app I"], "app"),
        (&["role:bob; as:carol I"], "carol!"),
        (&["role:bob; as:carol; as: I"], "app"),
        (&["role:bob I", "begin; local_as:carol T", "commit I"], "!"),
        // Set to what nobody could read.
        (&["unread_role I"], "!"),
        (&["unread_role I", "role:bob I"], "bob!"),
        (&["begin T", "to:unknown T"], "!"),
    ];
    for (flights, expected) in table {
        let mut case = Case::new();
        for flight in *flights {
            let (flight, status) = flight.rsplit_once(' ').unwrap();
            case.fly(flight, status.chars().next());
        }
        let role = case.memory.role();
        let told = format!("{}{}", role.name, if role.is_switched { "!" } else { "" });
        assert_eq!(told, *expected, "{flights:?}");
    }
    // The server's own word, where nobody could read what said so.
    let mut case = Case::new();
    case.memory
        .setting("session_authorization", "app", &case.base);
    case.fly("begin; select", Some('T'));
    case.memory
        .setting("session_authorization", "carol", &case.base);
    assert_eq!(case.memory.role().name, "carol");
    case.memory
        .setting("session_authorization", "app", &case.base);
    assert_eq!(case.memory.role().name, "app");
}

#[test]
fn what_is_on_its_way_is_counted_as_done_until_it_fails() {
    let mut case = Case::new();
    let set = case.admit(vec![effects("path:a")]);
    let made = case.admit(vec![effects("table:t")]);
    assert_eq!(case.told(), "a t");
    case.settle(set, None);
    assert_eq!(case.told(), "a t");
    case.settle(made, Some(0));
    assert_eq!(case.told(), "a ");
    case.memory.status('I', true, &case.base);
    assert_eq!(case.told(), "public ");
}

#[test]
fn a_portal_overtaken_leaves_nothing_known() {
    let mut case = Case::new();
    let suspended = case.admit(vec![effects("path:a")]);
    let next = case.admit(vec![effects("path:b")]);
    case.settle(next, None);
    assert_eq!(case.told(), " ");
    case.settle(suspended, None);
    case.memory.status('I', false, &case.base);
    assert_eq!(case.told(), " ?");
    case.fly("path:c", Some('I'));
    case.memory.refreshed();
    assert_eq!(case.told(), "c ");
}

#[test]
fn what_a_reading_brings_is_kept_no_longer() {
    let mut case = Case::new();
    case.fly("table:t, temp:u", Some('I'));
    case.memory.refreshed();
    assert_eq!(case.told(), "public u");
    case.fly("begin; table:v", Some('T'));
    case.memory.refreshed();
    assert_eq!(case.told(), "public u,v");
    case.fly("rollback", Some('I'));
    assert_eq!(case.told(), "public u");
}

#[test]
fn cursors_live_as_long_as_the_servers() {
    let table: &[(&[&str], bool)] = &[
        (&["begin; declare:c T"], true),
        (&["begin; declare:c T", "close:c T"], false),
        (&["begin; declare:c T", "commit I"], false),
        (&["begin; hold:c T", "commit I"], true),
        (&["begin; hold:c T", "rollback I"], false),
        (
            &["begin; hold:c; commit I", "begin; select T", "rollback I"],
            true,
        ),
        (&["begin; savepoint:s; declare:c T", "to:s T"], false),
        (&["begin; declare:c; savepoint:s T", "to:s T"], true),
        (
            &[
                "begin; savepoint:s; savepoint:r; declare:c; release:r T",
                "to:s T",
            ],
            false,
        ),
        // Undone by a savepoint of ours.
        (&["begin T", "declare:c^ T"], false),
        (&["begin; declare:c T", "select^ T"], true),
        (&["begin; declare:c T", "close:c^ T"], false),
        (&["begin; declare:c T", "close:c, declare:c^ T"], false),
        // Planned in another world.
        (&["begin; declare:c; path:other T"], false),
        (&["begin; declare:c; table:t T"], false),
    ];
    for (flights, expected) in table {
        let mut case = Case::new();
        for flight in *flights {
            let (flight, status) = flight.rsplit_once(' ').unwrap();
            case.fly(flight, status.chars().next());
        }
        assert_eq!(case.memory.cursor("c").is_some(), *expected, "{flights:?}");
    }
}

#[test]
fn what_no_rollback_reaches_outlives_one_of_ours() {
    let mut case = Case::new();
    case.fly("begin", Some('T'));
    case.fly("prepare:p^", Some('T'));
    assert!(case.memory.prepared("p").is_some());
    case.fly("deallocate:p^", Some('T'));
    assert!(case.memory.prepared("p").is_none());
}

#[test]
fn how_texts_are_read_is_the_servers_word() {
    let mut case = Case::new();
    assert!(case.memory.is_ordinary());
    case.memory.setting("client_encoding", "SJIS", &case.base);
    assert!(!case.memory.is_utf8());
    case.memory.setting("client_encoding", "UTF8", &case.base);
    assert!(case.memory.is_ordinary());
    case.memory
        .setting("standard_conforming_strings", "off", &case.base);
    assert!(!case.memory.is_ordinary());
    case.memory
        .setting("standard_conforming_strings", "on", &case.base);
    // What is on its way counts before the server has said so.
    let id = case.admit(vec![setting("client_encoding", Some("GBK"), false)]);
    assert!(!case.memory.is_utf8());
    case.settle(id, None);
    assert!(case.memory.is_utf8());
}

#[test]
fn where_the_server_tells_its_path_it_is_believed() {
    let mut case = Case::new();
    case.memory
        .setting("search_path", "\"$user\", public", &case.base);
    assert_eq!(case.told(), "app,public ");
    // A function nobody could read has set it, and the transaction is undone.
    case.fly("begin; unread", Some('T'));
    assert_eq!(case.told(), " ");
    case.memory.setting("search_path", "hidden", &case.base);
    assert_eq!(case.told(), "hidden ");
    case.memory
        .setting("search_path", "\"$user\", public", &case.base);
    case.fly("rollback", Some('I'));
    assert_eq!(case.told(), "app,public ");
    case.fly("path:a", Some('I'));
    case.fly("reset, role:bob", Some('I'));
    assert_eq!(case.told(), "bob,public ");
}
