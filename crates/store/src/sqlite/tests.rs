//! The suite every store passes, and what is `SQLite`'s own: files, permissions, damage, full disks.

use super::*;
use crate::conformance::conformance;
use model::PrincipalKind;

fn alice() -> PrincipalRecord {
    PrincipalRecord {
        acts_for: None,
        created: Timestamp(0),
        groups: Vec::new(),
        is_disabled: false,
        kind: PrincipalKind::Person,
        name: "alice".parse().unwrap(),
        salt: vec![7; 16],
    }
}

fn sentence<T: std::fmt::Debug>(done: Result<T, StoreFault>) -> String {
    done.unwrap_err().to_string()
}

#[test]
fn sqlite_in_memory_conforms() {
    conformance(|| Box::new(SqliteStore::in_memory().unwrap()));
}

#[test]
fn sqlite_in_a_file_conforms() {
    let dir = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    conformance(|| {
        number.set(number.get() + 1);
        let path = dir.path().join(format!("{}.db", number.get()));
        Box::new(SqliteStore::open(&path).unwrap())
    });
}

#[test]
fn a_file_is_its_owners_alone_and_outlives_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("portcullis.db");
    std::fs::write(&path, b"").unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let first = SqliteStore::open(&path).unwrap();
    first.add_principal(&alice()).unwrap();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.path());
    }
    // A CLI verb opens it while the gateway has it open, and both see what either writes.
    let second = SqliteStore::open(&path).unwrap();
    assert_eq!(second.principals().unwrap(), vec![alice()]);
    second.set_disabled(&alice().name, true).unwrap();
    assert!(first.principal(&alice().name).unwrap().unwrap().is_disabled);
    drop((first, second));
    assert_eq!(
        SqliteStore::open(&path)
            .unwrap()
            .principals()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn two_connections_race_as_two_threads_do() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("portcullis.db");
    let stores: Vec<_> = (0..4).map(|_| SqliteStore::open(&path).unwrap()).collect();
    let added = std::thread::scope(|scope| {
        let adding: Vec<_> = stores
            .iter()
            .map(|store| scope.spawn(|| store.add_principal(&alice()).is_ok()))
            .collect();
        adding
            .into_iter()
            .map(|one| one.join().unwrap())
            .filter(|&won| won)
            .count()
    });
    assert_eq!(added, 1);
}

#[test]
fn settings_are_those_we_rely_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&dir.path().join("portcullis.db")).unwrap();
    let db = store.connection.lock();
    let ask = |name: &str| -> String {
        let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
        db.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(ask("journal_mode"), "wal");
    assert_eq!(ask("synchronous"), "2", "FULL");
    assert_eq!(ask("foreign_keys"), "1");
}

#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let store = SqliteStore::in_memory().unwrap();
    store.add_principal(&alice()).unwrap();
    let pages = |db: &Connection| -> i64 {
        db.query_row("SELECT page_count FROM pragma_page_count", [], |row| {
            row.get(0)
        })
        .unwrap()
    };
    let most = pages(&store.connection.lock());
    store
        .connection
        .lock()
        .pragma_update(None, "max_page_count", most)
        .unwrap();
    let big = PrincipalRecord {
        name: "big".parse().unwrap(),
        salt: vec![0; 100_000],
        ..alice()
    };
    let said = sentence(store.add_principal(&big));
    assert!(
        said.contains("is full") && said.contains("free some space"),
        "{said}"
    );
    assert_eq!(store.principals().unwrap(), vec![alice()]);
}

#[test]
fn a_file_that_is_not_ours_is_left_alone_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let not_a_database = dir.path().join("text.db");
    let text = "these are notes, not a database\n".repeat(100);
    std::fs::write(&not_a_database, &text).unwrap();
    let said = sentence(SqliteStore::open(&not_a_database));
    assert!(said.contains("is not a SQLite database"), "{said}");
    assert_eq!(std::fs::read_to_string(&not_a_database).unwrap(), text);

    let said = sentence(SqliteStore::open(&dir.path().join("missing/portcullis.db")));
    assert!(said.contains("make its directory first"), "{said}");

    let table = [
        (
            "UPDATE migration SET checksum = 'crc32c:00000000'",
            "another build",
        ),
        (
            "INSERT INTO migration VALUES (99, 'later', 'x')",
            "newer portcullis",
        ),
    ];
    for (number, (change, expected)) in table.into_iter().enumerate() {
        let path = dir.path().join(format!("{number}.db"));
        let store = SqliteStore::open(&path).unwrap();
        store.connection.lock().execute_batch(change).unwrap();
        drop(store);
        let said = sentence(SqliteStore::open(&path));
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn damage_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("portcullis.db");
    let store = SqliteStore::open(&path).unwrap();
    store.add_principal(&alice()).unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.iter_mut().skip(4096).for_each(|byte| *byte = 0xff);
    std::fs::write(&path, bytes).unwrap();
    let said = sentence(SqliteStore::open(&path).and_then(|store| store.principals()));
    assert!(said.contains("is damaged"), "{said}");
}
