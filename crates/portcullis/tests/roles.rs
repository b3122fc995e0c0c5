//! Roles at a real target: who gets which, that nobody undoes it, that the database's own log and
//! `pg_stat_activity` name them, and that lent roles end whatever happens to us.
#![expect(clippy::unwrap_used, reason = "what fails here ends the test")]

mod support;

use std::cell::RefCell;
use std::collections::HashMap;
use std::process::Stdio;

use support::serve::House;
use support::{commands, run, said, until};
use testkit::Postgres;

struct World {
    // In this order: the gateway goes before its target.
    house: House,
    server: Postgres,
    tokens: RefCell<HashMap<String, String>>,
}

/// What a target with roles needs.
const ROLES: &str = "CREATE ROLE app_read; CREATE ROLE app_write; CREATE ROLE app_agent; \
    CREATE ROLE gw LOGIN CREATEROLE IN ROLE app_read, app_write, app_agent";

impl World {
    fn new(more: &str) -> Self {
        Self::before(
            Postgres::start_with(&[("log_line_prefix", "<%u|%a> "), ("log_statement", "all")]),
            more,
        )
    }

    fn before(server: Postgres, more: &str) -> Self {
        server.psql(ROLES);
        server.psql("CREATE DATABASE shop OWNER gw");
        if server.psql("SHOW server_version_num").trim() >= "160000" {
            server.psql("GRANT app_read, app_write, app_agent TO gw WITH ADMIN OPTION");
        }
        server.psql_in(
            "shop",
            &[
                "-c",
                "CREATE TABLE things (id int); GRANT ALL ON things TO app_write; \
            GRANT SELECT ON things TO app_read, app_agent",
            ],
        );
        let url = server.url_of("gw", None, "shop");
        let mut house = House::new(&url, more);
        house.add(
            "bob",
            &[
                "--kind",
                "person",
                "--group",
                "readers",
                "--group",
                "developers",
            ],
        );
        house.add(
            "fixer",
            &[
                "--kind",
                "agent",
                "--acts-for",
                "alice",
                "--group",
                "developers",
            ],
        );
        house.start();
        house.settle();
        let tokens = RefCell::default();
        Self {
            house,
            server,
            tokens,
        }
    }

    fn said_as(&self, name: &str, statements: &[&str]) -> String {
        let mut psql = commands(&self.dsn(name), statements);
        said(&run(psql.env("PGAPPNAME", "tool")))
    }

    /// How `name` signs in, with one token for all of it.
    fn dsn(&self, name: &str) -> String {
        let mut tokens = self.tokens.borrow_mut();
        let token = tokens
            .entry(name.to_owned())
            .or_insert_with(|| self.house.issue(name, "1h"));
        self.house.dsn_with(name, token)
    }

    /// The lent roles that are there.
    fn lent(&self) -> Vec<String> {
        let all = self
            .server
            .psql("SELECT rolname FROM pg_roles WHERE rolname LIKE 'pct%' ORDER BY 1");
        all.lines()
            .map(str::to_owned)
            .filter(|line| !line.is_empty())
            .collect()
    }
}

const TABLE: &str = "identify = true\n[targets.shop.roles]\nagents = \"app_agent\"\n\
    default = \"app_write\"\n[[targets.shop.roles.groups]]\ngroup = \"readers\"\n\
    role = \"app_read\"\n";

#[test]
fn each_gets_its_role_and_the_databases_log_names_them() {
    let world = World::new(TABLE);
    let who = "SELECT current_user, session_user, current_setting('application_name'), \
               current_setting('portcullis.principal')";
    for (name, role, application) in [
        ("alice", "app_write", "alice: tool"),
        ("bob", "app_read", "bob: tool"),
        ("fixer", "app_agent", "fixer for alice: tool"),
    ] {
        let told = world.said_as(name, &[who]);
        assert!(
            told.contains(&format!("{role}|gw|{application}|{name}")),
            "{told}"
        );
    }
    let mut open = support::psql(&world.dsn("fixer"));
    open.env("PGAPPNAME", "tool").stdin(Stdio::piped());
    let mut open = open.spawn().unwrap();
    until("a session in pg_stat_activity", || {
        let seen = world.server.psql(
            "SELECT usename FROM pg_stat_activity WHERE application_name = 'fixer for alice: tool'",
        );
        (seen.trim() == "gw").then_some(())
    });
    open.kill().unwrap();
    open.wait().unwrap();
    let log = world.server.log();
    for line in ["<gw|alice: tool>", "<gw|fixer for alice: tool>"] {
        assert!(log.contains(line), "{log}");
    }
    let written = world.said_as("bob", &["INSERT INTO things VALUES (1)"]);
    assert!(
        written.contains("permission denied for table things"),
        "{written}"
    );
    let written = world.said_as("alice", &["INSERT INTO things VALUES (1)"]);
    assert!(written.contains("INSERT 0 1"), "{written}");
}

/// Every way to be another.
const WAYS_OUT: [&str; 15] = [
    "SET ROLE app_write",
    "SET ROLE none",
    "SET ROLE gw",
    "SET LOCAL ROLE app_write",
    "SET role TO 'app_write'",
    "SET SESSION AUTHORIZATION gw",
    "SET SESSION AUTHORIZATION app_read",
    "SELECT set_config('role', 'app_write', false)",
    "SELECT set_config('role', 'app_' || 'write', false)",
    "SELECT set_config('application_name', 'alice', false)",
    "SET application_name = 'alice'",
    "SET portcullis.principal = 'alice'",
    "SELECT set_config('portcullis.principal', 'alice', false)",
    "DO $$ BEGIN EXECUTE 'SET ROLE app_write'; END $$",
    "DO $$ BEGIN PERFORM set_config('ro' || 'le', 'none', false); END $$",
];

#[test]
fn nobody_undoes_it_and_what_goes_back_goes_back_to_it() {
    let text = "builtin = false\npolicies = \"all.cedar\"\n";
    let world = World::new(TABLE);
    // Whatever rules permit: even those that permit everything.
    let World {
        mut house,
        server,
        tokens,
    } = world;
    std::fs::write(
        house.dir.path().join("all.cedar"),
        "permit (principal, action, resource);",
    )
    .unwrap();
    let file = std::fs::read_to_string(house.file()).unwrap();
    std::fs::write(house.file(), format!("{text}{file}")).unwrap();
    house.crash();
    house.start();
    house.settle();
    let world = World {
        house,
        server,
        tokens,
    };
    let who = "SELECT current_user || ' ' || current_setting('application_name')";
    for way in WAYS_OUT {
        let told = world.said_as(
            "bob",
            &[way, who, "SELECT current_setting('portcullis.principal')"],
        );
        assert!(told.contains("ERROR"), "{way}: {told}");
        assert!(told.contains("app_read bob: tool\nbob"), "{way}: {told}");
    }
    for way in [
        "RESET ROLE",
        "RESET ALL",
        "DISCARD ALL",
        "RESET application_name",
        "RESET SESSION AUTHORIZATION",
        "SET SESSION AUTHORIZATION DEFAULT",
        "SET ROLE app_read",
        "BEGIN; RESET ROLE; ROLLBACK",
    ] {
        let told = world.said_as("bob", &[way, who]);
        assert!(told.contains("app_read bob: tool"), "{way}: {told}");
    }
    for options in ["-c role=app_write", "-c session_authorization=gw"] {
        let mut psql = commands(&world.dsn("bob"), &[who]);
        let told = said(&run(psql.env("PGOPTIONS", options)));
        assert!(
            !told.contains("app_write") || told.contains("not set at start-up"),
            "{told}"
        );
        assert!(told.contains("FATAL"), "{told}");
    }
}

#[test]
fn who_has_no_role_is_not_let_in() {
    let table = "[targets.shop.roles]\n[[targets.shop.roles.groups]]\ngroup = \"developers\"\n\
                 role = \"app_write\"\n";
    let world = World::new(table);
    // An agent is in a group only with the one it acts for.
    let told = world.said_as("fixer", &["SELECT current_user"]);
    assert!(told.contains("app_write"), "{told}");
    world
        .house
        .add("carol", &["--kind", "person", "--group", "ops"]);
    world.house.add(
        "helper",
        &[
            "--kind",
            "agent",
            "--acts-for",
            "carol",
            "--group",
            "developers",
        ],
    );
    for name in ["carol", "helper"] {
        let told = world.said_as(name, &["SELECT current_user"]);
        assert!(told.contains("has no role for you"), "{told}");
    }
}

/// Roles that are lent sign in by their password and not because the test trusts everybody.
fn asking_for_passwords() -> Postgres {
    let server = Postgres::start_with(&[("log_line_prefix", "<%u|%a> "), ("log_statement", "all")]);
    let path = server.data_dir().join("pg_hba.conf");
    let lines = std::fs::read_to_string(&path).unwrap();
    let first =
        "host all postgres,gw 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
    std::fs::write(&path, format!("{first}{lines}")).unwrap();
    server.psql("SELECT pg_reload_conf()");
    server
}

const LENT: &str = "[targets.shop.roles]\ndefault = \"app_write\"\nlent = \"1h\"\n";

#[test]
fn a_role_is_lent_to_each_and_the_log_names_the_person_as_the_user() {
    let world = World::before(asking_for_passwords(), LENT);
    let who = "SELECT session_user || ' as ' || current_user";
    let told = world.said_as("alice", &[who, "INSERT INTO things VALUES (2)"]);
    let user = told.split(" as ").next().unwrap().to_owned();
    assert!(
        user.starts_with("pct_") && user.ends_with("_alice"),
        "{told}"
    );
    assert!(
        told.contains("as app_write") && told.contains("INSERT 0 1"),
        "{told}"
    );
    let again = world.said_as("alice", &[who]);
    assert!(again.contains(&user), "one role for many sessions: {again}");
    let bob = world.said_as("bob", &[who]);
    assert!(bob.contains("_bob as app_write"), "{bob}");
    assert_eq!(world.lent().len(), 2);
    let facts = world.server.psql(
        "SELECT rolinherit, rolsuper, rolcreaterole, rolvaliduntil < now() + interval '61 minutes' \
         FROM pg_roles WHERE rolname LIKE 'pct%alice'",
    );
    assert_eq!(facts.trim(), "f|f|f|t");
    let log = world.server.log();
    assert!(log.contains(&format!("<{user}|")), "{log}");
    // It has no rights but those of its role, and no way to others'.
    for way in [
        "SET ROLE none",
        "SET ROLE app_read",
        "SET SESSION AUTHORIZATION gw",
    ] {
        assert!(world.said_as("alice", &[way]).contains("ERROR"), "{way}");
    }
    let noted = world
        .house
        .entries()
        .into_iter()
        .map(|entry| entry.to_string());
    assert_eq!(noted.filter(|entry| entry.contains("role.lent")).count(), 2);
    // A farewell gives them back.
    let World { house, server, .. } = world;
    drop(house);
    until("no lent role", || {
        server
            .psql("SELECT 1 FROM pg_roles WHERE rolname LIKE 'pct%'")
            .trim()
            .is_empty()
            .then_some(())
    });
}

#[test]
fn what_a_crash_leaves_behind_is_dropped_and_what_is_others_is_left() {
    let mut world = World::before(asking_for_passwords(), LENT);
    let told = world.said_as("alice", &["SELECT session_user"]);
    assert!(told.contains("pct_"), "{told}");
    // Another gateway's that still counts, one whose life is over, and a person's.
    world.server.psql(
        "CREATE ROLE pct_00000000_000000000001_carol LOGIN VALID UNTIL '2999-01-01'; \
         CREATE ROLE pct_00000000_000000000002_carol LOGIN VALID UNTIL '2001-01-01'; \
         CREATE ROLE pct_team LOGIN",
    );
    let is_16 = world.server.psql("SHOW server_version_num").trim() >= "160000";
    if is_16 {
        world.server.psql(
            "GRANT pct_00000000_000000000001_carol, pct_00000000_000000000002_carol TO gw \
             WITH ADMIN OPTION",
        );
    }
    world.house.crash();
    assert_eq!(world.lent().len(), 4, "kill -9 leaves it");
    world.house.start();
    until("the reaper", || {
        let left = world.lent();
        (left == ["pct_00000000_000000000001_carol", "pct_team"]).then_some(())
    });
    world.house.settle();
    let told = world.said_as("alice", &["SELECT session_user"]);
    assert!(told.contains("pct_"), "{told}");
}

/// What may grant, make and drop roles differs from one version to the next.
#[test]
fn roles_are_kept_and_lent_before_every_version() {
    for major in testkit::MAJORS {
        let server = match Postgres::setup().start_major(major) {
            Ok(server) => server,
            Err(reason) => {
                eprintln!("skipped: {reason}");
                continue;
            }
        };
        let world = World::before(server, &format!("identify = true\n{LENT}"));
        let who = "SELECT session_user || ' as ' || current_user || ', ' || \
                   current_setting('application_name')";
        for way in [
            "DISCARD ALL",
            "RESET ROLE",
            "SET SESSION AUTHORIZATION DEFAULT",
        ] {
            let told = world.said_as("fixer", &[way, who]);
            let is_kept = told.contains("_fixer-for-alice as app_write, fixer for alice: tool");
            assert!(is_kept, "{major} {way}: {told}");
        }
        assert!(
            world.said_as("bob", &["SET ROLE none"]).contains("ERROR"),
            "{major}"
        );
        assert_eq!(world.lent().len(), 3, "{major}");
        let World { house, server, .. } = world;
        drop(house);
        until("no lent role", || {
            let left = server.psql("SELECT 1 FROM pg_roles WHERE rolname LIKE 'pct%'");
            left.trim().is_empty().then_some(())
        });
    }
}
