//! The account a target is reached with, where its password is somebody else's to give.

mod support;

use support::serve::House;
use support::{commands, run, said, until};
use testkit::Postgres;

/// The password comes from a program; a wrong one is no way in, and is nowhere to be read.
#[test]
fn a_programs_password_signs_in_at_a_target_that_asks_for_one() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Postgres::setup()
        .login("gw", "geheim-1", "scram-sha-256")
        .sql("CREATE DATABASE shop OWNER gw")
        .start();
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("secret");
    std::fs::write(&program, "#!/bin/sh\necho $1\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let url = server.url_of("gw", None, "shop");
    let more = format!("password = \"exec:{} geheim-1\"\n", program.display());
    let mut house = House::new(&url, &more);
    house.start();
    house.settle();
    let told = said(&run(&mut commands(
        &house.dsn("alice"),
        &["SELECT session_user"],
    )));
    assert!(told.contains("gw"), "{told}");

    let file = std::fs::read_to_string(house.file()).unwrap();
    std::fs::write(house.file(), file.replace("geheim-1\"", "geheim-2\"")).unwrap();
    house.crash();
    house.start();
    until("a refusal in the log", || {
        house.log().contains("a catalog was not read").then_some(())
    });
    assert!(!house.log().contains("geheim"), "{}", house.log());
    let entries = format!("{:?}", house.entries());
    assert!(!entries.contains("geheim"));
}
