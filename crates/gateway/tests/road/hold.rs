//! A held statement: it waits in its session, is released by another person's yes, and taken back
//! by a client that goes.

use std::process::{Command, Stdio};
use std::time::Duration;

use model::{Answer, Directory as _, ReviewState};
use testkit::Postgres;

use crate::house::{House, Plan, Wall, complaint};
use model::Clock as _;

const HOLD: &str = "@id(\"inserts-wait\") @hold(\"reviewers\")
    forbid (principal, action == Action::\"insert\", resource);";

fn until<T>(mut found: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(found) = found() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_yes_releases_and_a_hang_up_withdraws() {
    let server = Postgres::setup()
        .sql("CREATE TABLE numbers (n int)")
        .start();
    let house = House::start(
        Plan {
            policy: HOLD,
            ..Plan::default()
        },
        &server,
    )
    .ready();
    house.add("dana", "reviewers");
    let token = house.token("dana");
    let open = |id: Option<model::ReviewId>| {
        let dana = house.directory.show(None, &token, Wall.now()).unwrap();
        let all = house.desk.list(&dana, None).unwrap();
        all.into_iter()
            .find(|review| id.is_none_or(|id| review.id == id))
    };
    std::thread::scope(|scope| {
        let held = scope.spawn(|| house.psql(&["-c", "INSERT INTO numbers VALUES (1)"]));
        let review = until(|| open(None));
        assert_eq!(server.psql("SELECT count(*) FROM numbers"), "0");
        let dana = house.directory.show(None, &token, Wall.now()).unwrap();
        let code = review.id.code();
        house
            .desk
            .vote(&dana, &code, Answer::Approve, Wall.now())
            .unwrap();
        let output = held.join().unwrap();
        assert!(output.status.success(), "{}", complaint(&output));
        assert!(
            complaint(&output).contains(&code),
            "the notice names the review"
        );
        assert_eq!(server.psql("SELECT count(*) FROM numbers"), "1");
    });
    let dsn = house.dsn("alice", &house.token("alice"), "shop", "sslmode=disable");
    let mut client = Command::new("psql")
        .args(["-X", "-d", &dsn, "-c", "INSERT INTO numbers VALUES (2)"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let review = until(|| open(None).filter(|review| review.state == ReviewState::Open));
    client.kill().unwrap();
    client.wait().unwrap();
    until(|| open(Some(review.id)).filter(|review| review.state == ReviewState::Withdrawn));
    assert_eq!(server.psql("SELECT count(*) FROM numbers"), "1");
}
