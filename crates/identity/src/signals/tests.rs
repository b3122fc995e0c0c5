//! Signals: what each event means, whom a subject means, and what is not taken.
//! The whole road, with real keys and a session that ends, is in `portcullis/tests/leaving.rs`.
// tidy: table — events and subjects, and what each means

use model::Subjected;
use serde_json::json;

use super::Transmitter;
use super::event::{Meaning, meaning, moment};
use super::subject::{Whom, read};

fn transmitter() -> Transmitter {
    Transmitter {
        audiences: vec!["https://gw/signals/okta".to_owned()],
        issuer: "https://example.okta.com".to_owned(),
        keys: None,
        name: "okta".to_owned(),
        people: "https://example.okta.com/oauth2/default".to_owned(),
        token: None,
    }
}

#[test]
fn what_takes_a_right_away_is_done_and_what_gives_one_back_is_not() {
    use Meaning::{AccountDisabled, Nothing, SessionsEnd};
    let caep = "https://schemas.openid.net/secevent/caep/event-type";
    let risc = "https://schemas.openid.net/secevent/risc/event-type";
    let cases = [
        (caep, "session-revoked", json!({}), SessionsEnd),
        (
            caep,
            "token-claims-change",
            json!({ "claims": { "groups": [] } }),
            SessionsEnd,
        ),
        (
            caep,
            "credential-change",
            json!({ "change_type": "create" }),
            Nothing,
        ),
        (
            caep,
            "credential-change",
            json!({ "change_type": "revoke" }),
            SessionsEnd,
        ),
        (caep, "credential-change", json!({}), SessionsEnd),
        (
            caep,
            "assurance-level-change",
            json!({ "change_direction": "increase" }),
            Nothing,
        ),
        (
            caep,
            "assurance-level-change",
            json!({ "change_direction": "decrease" }),
            SessionsEnd,
        ),
        (
            caep,
            "device-compliance-change",
            json!({ "current_status": "compliant" }),
            Nothing,
        ),
        (
            caep,
            "device-compliance-change",
            json!({ "current_status": "not-compliant" }),
            SessionsEnd,
        ),
        (
            caep,
            "risk-level-change",
            json!({ "current_level": "HIGH" }),
            SessionsEnd,
        ),
        (
            caep,
            "risk-level-change",
            json!({ "current_level": "LOW" }),
            Nothing,
        ),
        (caep, "session-established", json!({}), Nothing),
        (
            risc,
            "account-disabled",
            json!({ "reason": "hijacking" }),
            AccountDisabled,
        ),
        (risc, "account-purged", json!({}), AccountDisabled),
        (risc, "account-enabled", json!({}), Nothing),
        (risc, "sessions-revoked", json!({}), SessionsEnd),
        (
            "https://schemas.okta.com/secevent/okta/event-type",
            "user-risk-change",
            json!({ "current_level": "high" }),
            SessionsEnd,
        ),
        (
            "https://schemas.openid.net/secevent/ssf/event-type",
            "verification",
            json!({}),
            Nothing,
        ),
        (
            "https://elsewhere.example/event-type",
            "session-revoked",
            json!({}),
            Nothing,
        ),
    ];
    for (family, name, said, expected) in cases {
        assert_eq!(
            meaning(&format!("{family}/{name}"), &said),
            expected,
            "{name} {said}"
        );
    }
    assert_eq!(
        moment(&json!({ "event_timestamp": 1_795_170_937 })),
        Some(1_795_170_937)
    );
    assert_eq!(
        moment(&json!({ "event_timestamp": 1_795_170_937_042_i64 })),
        Some(1_795_170_937)
    );
}

#[test]
fn a_subject_names_a_person_of_that_provider_alone() {
    let transmitter = transmitter();
    let of = |subject: &str| {
        Whom::Subject(Subjected {
            issuer: transmitter.people.clone(),
            subject: subject.to_owned(),
        })
    };
    let named = |name: &str| Whom::Named(name.parse().unwrap());
    let (people, own) = (transmitter.people.clone(), transmitter.issuer.clone());
    let simple = json!({ "format": "iss_sub", "iss": people, "sub": "00u1" });
    let cases = [
        (simple.clone(), vec![of("00u1")]),
        (
            json!({ "format": "iss_sub", "iss": own, "sub": "00u1" }),
            vec![of("00u1")],
        ),
        (
            json!({ "format": "iss_sub", "iss": "https://other", "sub": "00u1" }),
            vec![],
        ),
        (json!({ "format": "iss_sub", "sub": "00u1" }), vec![]),
        (
            json!({ "subject_type": "iss-sub", "iss": own, "sub": "00u1" }),
            vec![of("00u1")],
        ),
        (
            json!({ "format": "opaque", "id": "00u1" }),
            vec![of("00u1")],
        ),
        (
            json!({ "format": "email", "email": "Erin@Example.com" }),
            vec![named("erin@example.com")],
        ),
        (
            json!({ "format": "account", "uri": "acct:erin@example.com" }),
            vec![named("erin@example.com")],
        ),
        (
            json!({ "user": simple, "session": { "format": "opaque", "id": "s" } }),
            vec![of("00u1")],
        ),
        (
            json!({ "format": "complex", "user": simple }),
            vec![of("00u1")],
        ),
        (
            json!({ "format": "aliases", "identifiers": [
            { "format": "phone_number", "phone_number": "+1" },
            { "format": "opaque", "id": "00u1" },
            { "format": "email", "email": "erin@example.com" },
         ] }),
            vec![of("00u1"), named("erin@example.com")],
        ),
        (
            json!({ "format": "aliases", "identifiers": [{ "format": "aliases", "identifiers": [] }] }),
            vec![],
        ),
        (
            json!({ "session": { "format": "opaque", "id": "s" } }),
            vec![],
        ),
        (
            json!({ "format": "phone_number", "phone_number": "+1" }),
            vec![],
        ),
        (json!({ "user": { "user": simple } }), vec![]),
        (
            json!({ "format": "complex", "user": { "format": "complex", "user": simple } }),
            vec![],
        ),
        (json!("erin"), vec![]),
    ];
    for (subject, expected) in cases {
        assert_eq!(read(&subject, &transmitter), expected, "{subject}");
    }
}
