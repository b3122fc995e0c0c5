use super::*;
use model::SettingChange;

fn set(value: &str, is_local: bool) -> Effects {
    let change = SettingChange {
        is_local,
        name: "search_path".into(),
        value: Some(value.into()),
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

/// One statement: its parts, how many the target completed, the transaction status after it.
type Step = (Vec<Effects>, Option<u32>, char);

fn path_after(steps: Vec<Step>) -> String {
    let mut catalog = Catalog::default();
    catalog.search_path = vec!["public".into()];
    let mut memory = Memory::new(&catalog, &[]);
    for (parts, failed_after, transaction) in steps {
        let kind = if failed_after.is_some() {
            OutcomeKind::Error
        } else {
            OutcomeKind::Success
        };
        let outcome = Outcome {
            completed: failed_after.unwrap_or(u32::MAX),
            transaction: Some(transaction),
            ..Outcome::of(kind)
        };
        let lesson = Lesson {
            parts: parts.into(),
            route: Route::Simple,
            text: "".into(),
        };
        memory.learn(&lesson, &outcome);
    }
    memory.path().join(",")
}

#[test]
fn the_search_path_follows_the_servers_transactions() {
    use TransactionControl::{Begin, Commit, Rollback, RollbackTo, Savepoint};
    let table: Vec<(Vec<Step>, &str)> = vec![
        (vec![(vec![set("a, \"B\"", false)], None, 'I')], "a,B"),
        // SET LOCAL outside a block is gone at once.
        (vec![(vec![set("a", true)], None, 'I')], "public"),
        // An error undoes the implicit transaction of its message.
        (
            vec![(vec![set("a", false), Effects::default()], Some(1), 'I')],
            "public",
        ),
        // A rollback undoes, a commit keeps, SET LOCAL ends with either.
        (
            vec![
                (vec![control(Begin)], None, 'T'),
                (vec![set("a", false)], None, 'T'),
                (vec![control(Rollback)], None, 'I'),
            ],
            "public",
        ),
        (
            vec![
                (vec![control(Begin)], None, 'T'),
                (vec![set("a", false)], None, 'T'),
                (vec![set("b", true)], None, 'T'),
                (vec![control(Commit)], None, 'I'),
            ],
            "a",
        ),
        // COMMIT of a failed block is a rollback.
        (
            vec![
                (vec![control(Begin)], None, 'T'),
                (vec![set("a", false)], None, 'T'),
                (vec![Effects::default()], Some(0), 'E'),
                (vec![control(Commit)], None, 'I'),
            ],
            "public",
        ),
        // What savepoints may have undone is not guessed.
        (
            vec![
                (
                    vec![control(Begin), control(Savepoint), set("a", false)],
                    None,
                    'T',
                ),
                (vec![control(RollbackTo)], None, 'T'),
            ],
            "",
        ),
        // A whole transaction in one message.
        (
            vec![(
                vec![control(Begin), set("a", false), control(Commit)],
                None,
                'I',
            )],
            "a",
        ),
    ];
    for (index, (steps, path)) in table.into_iter().enumerate() {
        assert_eq!(path_after(steps), path, "case {index}");
    }
}

#[test]
fn paths_split_as_the_server_splits_them() {
    let table = [
        ("public", "public"),
        ("\"$user\", public", "app|public"),
        ("A, \"A\", \"a\"\"b\"", "a|A|a\"b"),
        ("", ""),
        ("'x", "'x"),
    ];
    for (value, expected) in table {
        assert_eq!(parse_path(value, "app").join("|"), expected, "{value}");
    }
}

#[test]
fn a_cursor_planned_under_another_path_is_unknown() {
    let mut memory = Memory::new(&Catalog::default(), &[]);
    let declare = SessionName::Declare {
        name: "c".into(),
        text: "select 1".into(),
    };
    memory.apply(
        &Effects {
            names: vec![declare],
            ..Effects::default()
        },
        &mut true,
    );
    assert!(memory.cursor("c").is_some());
    memory.apply(&set("other", false), &mut true);
    assert!(memory.cursor("c").is_none());
    assert!(memory.is_stale_portal("c", "select 1"));
}
