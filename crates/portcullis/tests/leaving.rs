//! Leaving: whose rights are withdrawn is out within five seconds, whatever the session does.
//!
//! Judged by the ledger's own times and by what still runs at the target.
// tidy: table — ways to leave, and what must come of each

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

mod support;

use std::io::Read as _;

use serde_json::{Value, json};
use support::drivers::{Language, script};
use support::issuer::now;
use support::leave::{CAEP, Doing, SCIM, World, listening, moment};
use support::{commands, run, said, until};

#[test]
fn disabled_or_revoked_every_session_ends_within_five_seconds() {
    let world = World::new("");
    let house = &world.house;
    let mut people = Vec::new();
    for (number, doing) in [Doing::Held, Doing::Idle, Doing::Result, Doing::Running]
        .into_iter()
        .enumerate()
    {
        for way in ["principals disable", "tokens revoke"] {
            let name = format!("{}{number}", way.split(' ').next().unwrap());
            let (id, dsn) = world.person(&name);
            let child = world.begin(&name, &dsn, doing);
            people.push((name, id, way, doing, child));
        }
    }
    for (name, id, way, ..) in &people {
        let (noun, verb) = way.split_once(' ').unwrap();
        let whom = if noun == "tokens" { id } else { name };
        let done = run(&mut house.verb(&[noun, verb, whom]));
        assert!(done.status.success(), "{}", said(&done));
    }
    for (name, _, way, doing, mut child) in people {
        let act = if way == "tokens revoke" {
            "token.revoked"
        } else {
            "principal.disabled"
        };
        let closed = until(&name, || world.told(&name, "session.close"));
        let withdrawn = world.told(&name, act).unwrap();
        let took = moment(&closed) - moment(&withdrawn);
        assert!(
            (0..5_000_000).contains(&took),
            "{name} {doing:?}: {took} µs"
        );
        let mut told = String::new();
        match doing {
            // It has not read what was on its way, and the FATAL stands behind that, if anywhere.
            Doing::Result => child.kill().unwrap(),
            Doing::Idle => {
                // psql notices when it next says something.
                drop(child.stdin.take());
            }
            Doing::Held | Doing::Running => {
                child
                    .stderr
                    .take()
                    .unwrap()
                    .read_to_string(&mut told)
                    .unwrap();
                let sentence = "this session's token has expired or was withdrawn";
                assert!(told.contains(sentence), "{name} {doing:?}: {told}");
            }
        }
        child.wait().unwrap();
        if matches!(doing, Doing::Held) {
            let ended = until(&name, || world.told(&name, "review.ended"));
            assert!(ended.to_string().contains("withdrawn"), "{ended}");
        }
    }
    for doing in [Doing::Result, Doing::Running] {
        until("the target to be left alone", || {
            let like = doing.statement().split('(').next().unwrap();
            (world.running(like) == "0").then_some(())
        });
    }
    assert_eq!(
        world
            .server
            .psql_in("shop", &["-c", "SELECT count(*) FROM kept"]),
        "1"
    );
}

#[test]
fn a_signal_ends_a_session_in_the_middle_of_a_result() {
    let Some((world, issuer)) = listening() else {
        return;
    };
    world.scim(
        ("POST", "/Groups"),
        &json!({ "displayName": "developers", "members": [] }),
    );
    let group = world.scim(("GET", "/Groups"), &Value::Null)["Resources"][0]["id"].clone();
    let mut users = Vec::new();
    for (subject, name) in [("00u1", "erin@example.com"), ("00u2", "oscar@example.com")] {
        let said = json!({ "userName": name, "externalId": subject });
        users.push(json!({ "value": world.scim(("POST", "/Users"), &said)["id"] }));
    }
    let path = format!("/Groups/{}", group.as_str().unwrap());
    let add = json!({ "Operations": [{ "op": "add", "path": "members", "value": users }] });
    world.scim(("PATCH", &path), &add);

    // Both are here, by the groups the directory says and not those of the token.
    let (erin, erins) = world.sign_in(&issuer, &json!({ "groups": ["nothing"] }));
    let oscar = json!({ "sub": "00u2", "email": "oscar@example.com" });
    let (oscar, oscars) = world.sign_in(&issuer, &oscar);
    let hers = world.begin(&erin, &erins, Doing::Result);
    let his = world.begin(&oscar, &oscars, Doing::Idle);
    let answer = world.signal(&issuer, CAEP, (&json!({}), &json!({})));
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (202, ""),
        "{}",
        answer.head
    );
    world.demand_end(&erin, "signal.received", hers);
    let refused = said(&run(&mut commands(&erins, &["SELECT 1"])));
    assert!(refused.contains("this token has been revoked"), "{refused}");
    assert_eq!(
        world.told(&oscar, "session.close"),
        None,
        "it was not about him"
    );

    // A directory that deactivates ends his.
    let id = users[1]["value"].as_str().unwrap().to_owned();
    let off = json!({ "Operations": [{ "op": "replace", "value": { "active": false } }] });
    world.scim(("PATCH", &format!("/Users/{id}")), &off);
    world.demand_end(&oscar, "principal.disabled", his);
    let entries = world.house.entries();
    let told = entries
        .iter()
        .find(|entry| entry["type"] == "signal.received")
        .unwrap();
    assert!(told.to_string().contains("signals:okta"), "{told}");
    let verified = run(&mut world.house.verb(&["ledger", "verify"]));
    assert!(verified.status.success(), "{}", said(&verified));
}

#[test]
fn a_directory_that_takes_a_group_away_ends_the_sessions_it_opened() {
    let Some((world, issuer)) = listening() else {
        return;
    };
    let user = world.scim(
        ("POST", "/Users"),
        &json!({ "userName": "erin@example.com", "externalId": "00u1" }),
    );
    let members = json!([{ "value": user["id"] }]);
    let group = json!({ "displayName": "developers", "members": members });
    let group = world.scim(("POST", "/Groups"), &group);
    let (erin, dsn) = world.sign_in(&issuer, &json!({}));
    let child = world.begin(&erin, &dsn, Doing::Result);
    let path = format!("members[value eq \"{}\"]", user["id"].as_str().unwrap());
    let out = json!({ "Operations": [{ "op": "remove", "path": path }] });
    world.scim(
        (
            "PATCH",
            &format!("/Groups/{}", group["id"].as_str().unwrap()),
        ),
        &out,
    );
    let closed = until(&erin, || world.told(&erin, "session.close"));
    let entries = world.house.entries();
    let last = entries
        .iter()
        .rfind(|entry| entry["type"] == "principal.groups")
        .unwrap();
    let took = moment(&closed) - moment(last);
    assert!((0..5_000_000).contains(&took), "{took} µs");
    drop(child);
    let refused = said(&run(&mut commands(&dsn, &["SELECT 1"])));
    assert!(
        refused.contains("nothing permits erin@example.com"),
        "{refused}"
    );
}

#[test]
fn a_signal_that_is_not_right_ends_nothing_and_says_why() {
    let Some((world, issuer)) = listening() else {
        return;
    };
    let user = json!({ "userName": "erin@example.com", "externalId": "00u1" });
    world.scim(("POST", "/Users"), &user);
    let (erin, dsn) = world.sign_in(&issuer, &json!({}));
    let day = 86_400;
    let none = json!({});
    // What is wrong, as the ledger calls it and as the transmitter reads it.
    let cases = [
        (
            json!({ "typ": "JWT" }),
            none.clone(),
            "type",
            "invalid_request",
        ),
        (
            json!({ "typ": null }),
            none.clone(),
            "type",
            "invalid_request",
        ),
        (
            json!({ "key": "foreign" }),
            none.clone(),
            "signature",
            "invalid_key",
        ),
        (json!({ "kid": "two" }), none.clone(), "key", "invalid_key"),
        (
            json!({ "key": "none", "alg": "none" }),
            none.clone(),
            "algorithm",
            "invalid_key",
        ),
        (
            json!({ "key": "hmac", "alg": "HS256" }),
            none.clone(),
            "algorithm",
            "invalid_key",
        ),
        (
            none.clone(),
            json!({ "aud": "https://other" }),
            "audience",
            "invalid_audience",
        ),
        (
            none.clone(),
            json!({ "iss": "https://other" }),
            "issuer",
            "invalid_issuer",
        ),
        (
            none.clone(),
            json!({ "iat": now() + 600 }),
            "not_yet",
            "invalid_request",
        ),
    ];
    for (header, more, reason, code) in &cases {
        let answer = world.signal(&issuer, CAEP, (header, more));
        assert_eq!(
            (answer.status, answer.json()["err"].as_str()),
            (400, Some(*code)),
            "{reason}"
        );
        assert!(
            answer.json()["description"].as_str().unwrap().contains(' '),
            "{}",
            answer.body
        );
    }
    // Ten guesses from one address, and the next must wait.
    let old = json!({ "iat": now() - 8 * day });
    let answer = world.signal(&issuer, CAEP, (&none, &old));
    assert_eq!(answer.status, 400, "{}", answer.body);
    let answer = world.signal(&issuer, CAEP, (&none, &old));
    assert_eq!(answer.status, 429, "{}", answer.body);
    assert!(answer.head.contains("retry-after: "), "{}", answer.head);
    let ssf = "https://schemas.openid.net/secevent/ssf/event-type/verification";
    let answer = world.signal(&issuer, ssf, (&none, &none));
    assert_eq!(
        answer.status, 202,
        "what is right is not held up: {}",
        answer.body
    );
    let entries = world.house.entries();
    let refused = entries
        .iter()
        .filter(|entry| entry["type"] == "sign_in.refused");
    let told: Vec<String> = refused.map(ToString::to_string).collect();
    let expected = cases
        .iter()
        .map(|(_, _, reason, _)| *reason)
        .chain(["expired", "guesses"]);
    for (told, reason) in told.iter().zip(expected) {
        assert!(told.contains(&format!("\"{reason}\"")), "{reason} {told}");
    }
    assert_eq!(told.len(), cases.len() + 2);
    // The wrong tokens came from this very address: it waits.
    let still = until("a sign-in that is answered", || {
        let told = said(&run(&mut commands(&dsn, &["SELECT 'still here'"])));
        (!told.contains("too many wrong tokens")).then_some(told)
    });
    assert!(
        still.contains("nothing permits"),
        "no group, but signed in as {erin}: {still}"
    );
}

#[test]
fn a_signal_counts_once_and_only_for_what_was_before_it() {
    let Some((world, issuer)) = listening() else {
        return;
    };
    let user = json!({ "userName": "erin@example.com", "externalId": "00u1" });
    world.scim(("POST", "/Users"), &user);
    let risc = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";
    let claims = issuer.claims(&json!({
        "aud": "https://gw/signals/okta", "events": { risc: {} }, "exp": null, "sub": null,
        "sub_id": { "format": "email", "email": "erin@example.com" },
    }));
    let set = issuer.mint("own", &json!({ "typ": "secevent+jwt" }), &claims);
    let disabled = || {
        let listed = run(&mut world.house.verb(&["principals", "ls", "--format", "json"]));
        let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
        let all = listed
            .as_array()
            .or_else(|| listed["principals"].as_array())
            .unwrap()
            .clone();
        let erin = all
            .into_iter()
            .find(|one| one["name"] == "erin@example.com")
            .unwrap();
        erin["is_disabled"].as_bool().unwrap()
    };
    assert_eq!(world.push(&set).status, 202);
    assert!(disabled());
    let enabled = run(&mut world
        .house
        .verb(&["principals", "enable", "erin@example.com"]));
    assert!(enabled.status.success(), "{}", said(&enabled));
    // Sent again, it is acknowledged and does nothing.
    assert_eq!(world.push(&set).status, 202);
    assert!(!disabled());
    // What happened an hour ago says nothing of who signed in since.
    let (erin, dsn) = world.sign_in(&issuer, &json!({}));
    let before = json!({ "events": { CAEP: { "event_timestamp": now() - 3_600 } } });
    assert_eq!(
        world.signal(&issuer, CAEP, (&json!({}), &before)).status,
        202
    );
    let still = said(&run(&mut commands(&dsn, &["SELECT 1"])));
    assert!(
        still.contains(&format!("nothing permits {erin}")),
        "{still}"
    );
}

/// Somebody else's implementation of the specification has no complaint.
#[test]
fn scim2_tester_passes() {
    let Some((world, _issuer)) = listening() else {
        return;
    };
    // One without a provider: `externalId` is then a word like any other, to be changed at will.
    let base = format!("http://{}/scim/other/v2", world.house.http());
    let tested = script(Language::Python, "scim.py", &[&base, SCIM]).unwrap();
    let told = said(&tested);
    assert!(
        tested.status.success() && told.contains(" 0 failed"),
        "{told}"
    );
}
