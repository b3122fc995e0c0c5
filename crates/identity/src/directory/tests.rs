//! Sign-in against a real store: each right, each wrong, and what a stranger may learn.

use super::*;
use crate::scram::tests::client;
use crate::{Admin, Issued, NewPrincipal};
use store::SqliteStore;

const NOW: Timestamp = Timestamp(1_795_170_937_000_042);

/// A directory with the people of the demo, and the admin who made them.
struct House {
    admin: Admin,
    directory: Arc<LocalDirectory>,
}

fn house() -> House {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
    let directory = Arc::new(LocalDirectory::new(store, [9; 32], &Limits::default()));
    let admin = Admin::new(Arc::clone(&directory), Arc::new(|_, _, _| Ok(())), "test");
    let people = [
        ("alice", PrincipalKind::Person, &["dev", "all"][..], None),
        ("dana", PrincipalKind::Person, &["dba"], None),
        ("fixer", PrincipalKind::Agent, &[], Some("alice")),
        ("nightly", PrincipalKind::Service, &[], None),
    ];
    for (name, kind, groups, acts_for) in people {
        let new = NewPrincipal {
            acts_for: acts_for.map(|name| name.parse().unwrap()),
            groups: groups.iter().map(|group| group.parse().unwrap()).collect(),
            kind,
            name: name.parse().unwrap(),
        };
        admin.add(new, NOW).unwrap();
    }
    House { admin, directory }
}

impl House {
    fn issue(&self, name: &str) -> Issued {
        self.admin.issue(&name.parse().unwrap(), 3600, NOW).unwrap()
    }

    /// Signs in by SCRAM as a client would.
    fn scram(&self, user: &str, token: &str, now: Timestamp) -> Result<Identity, SignInFault> {
        let Salt { iterations, salt } = self.directory.salt(user);
        let (client_proof, expected) = client(token, &salt, iterations, b"auth,message");
        let proof = Proof {
            auth_message: b"auth,message".to_vec(),
            client_proof,
            user: user.to_owned(),
        };
        let (identity, signature) = self.directory.prove(&proof, now)?;
        assert_eq!(signature, expected, "the server proves itself too");
        Ok(identity)
    }

    /// Signs in both ways, which must agree.
    fn sign_in(&self, user: &str, token: &str, now: Timestamp) -> Result<Identity, SignInFault> {
        let proved = self.scram(user, token, now);
        let shown = self.directory.show(Some(user), token, now);
        let alike = shown.clone().map(|it| Identity {
            method: Method::Scram,
            ..it
        });
        assert_eq!(proved, alike);
        shown
    }
}

#[test]
fn a_token_gives_the_identity_of_its_principal() {
    let house = house();
    let alice = house.issue("alice");
    let identity = house.sign_in("alice", &alice.token, NOW).unwrap();
    let groups: Vec<_> = identity
        .subject
        .groups
        .iter()
        .map(model::GroupName::as_str)
        .collect();
    assert_eq!(groups, ["all", "dev"]);
    assert_eq!(identity.acts_for, None);
    assert_eq!(identity.expires, Some(NOW.plus_s(3600)));
    assert_eq!(identity.token, Some(alice.record.id));
    assert_eq!(house.directory.show(None, &alice.token, NOW), Ok(identity));

    let fixer = house
        .sign_in("fixer", &house.issue("fixer").token, NOW)
        .unwrap();
    let owner = fixer.acts_for.unwrap();
    assert_eq!(
        (owner.name.as_str(), owner.kind),
        ("alice", PrincipalKind::Person)
    );
    assert_eq!(owner.groups.len(), 2, "the owner's groups ride along");
}

#[test]
fn each_of_many_tokens_counts() {
    let house = house();
    let tokens: Vec<_> = (0..16).map(|_| house.issue("alice")).collect();
    for issued in &tokens {
        let identity = house.sign_in("alice", &issued.token, NOW).unwrap();
        assert_eq!(identity.token.as_ref(), Some(&issued.record.id));
    }
}

#[test]
fn the_wrong_secret_tells_nothing() {
    let house = house();
    let alice = house.issue("alice").token;
    let revoked = house.issue("dana");
    house.admin.revoke(&revoked.record.id).unwrap();
    house.admin.disable(&"nightly".parse().unwrap()).unwrap();
    let other = crate::token::fresh().unwrap();
    let wrong = [
        ("alice", ""),
        ("alice", "pct_"),
        ("alice", &other),
        ("alice", &revoked.token),
        ("alice ", &alice),
        ("Alice", &alice),
        ("dana", &alice),
        ("dana", &other),
        ("nightly", &other),
        ("nobody-at-all", &alice),
        ("", &alice),
        ("a\0b", &alice),
        ("é", &alice),
    ];
    for (user, token) in wrong {
        assert_eq!(
            house.sign_in(user, token, NOW),
            Err(SignInFault::Wrong),
            "{user:?}"
        );
    }
    assert_eq!(
        house.directory.show(None, &other, NOW),
        Err(SignInFault::Wrong)
    );
}

#[test]
fn the_right_secret_is_told_why_it_ended() {
    type Turn = fn(&House, &Issued);
    let disable: Turn = |house, _| drop(house.admin.disable(&"alice".parse().unwrap()).unwrap());
    let revoke: Turn = |house, issued| drop(house.admin.revoke(&issued.record.id).unwrap());
    let nothing: Turn = |_, _| ();
    let table = [
        ("alice", nothing, 3599, Ok(())),
        ("alice", nothing, 3600, Err(SignInFault::Expired)),
        ("alice", revoke, 0, Err(SignInFault::Revoked)),
        ("alice", disable, 0, Err(SignInFault::Disabled)),
        ("fixer", disable, 0, Err(SignInFault::Disabled)),
        ("dana", disable, 0, Ok(())),
    ];
    for (name, turn, after_s, expected) in table {
        let house = house();
        let issued = house.issue(name);
        let identity = house.sign_in(name, &issued.token, NOW).unwrap();
        assert!(house.directory.holds(&identity, NOW));
        turn(&house, &issued);
        let now = NOW.plus_s(after_s);
        assert_eq!(
            house.sign_in(name, &issued.token, now).map(drop),
            expected,
            "{name}"
        );
        assert_eq!(
            house.directory.holds(&identity, now),
            expected.is_ok(),
            "{name}"
        );
    }
}

#[test]
fn an_identity_holds_only_as_it_was_given() {
    let house = house();
    let identity = house
        .sign_in("fixer", &house.issue("fixer").token, NOW)
        .unwrap();
    assert!(house.directory.holds(&identity, NOW));
    let dana = house
        .sign_in("dana", &house.issue("dana").token, NOW)
        .unwrap();
    let changed = [
        Identity {
            token: None,
            ..identity.clone()
        },
        Identity {
            token: Some("t000000000000".to_owned()),
            ..identity.clone()
        },
        Identity {
            token: dana.token.clone(),
            ..identity.clone()
        },
        Identity {
            acts_for: None,
            ..identity.clone()
        },
        Identity {
            acts_for: Some(dana.subject.clone()),
            ..identity.clone()
        },
        Identity {
            subject: dana.subject,
            ..identity.clone()
        },
    ];
    for identity in changed {
        assert!(!house.directory.holds(&identity, NOW), "{identity:?}");
    }
}

#[test]
fn a_salt_does_not_tell_whether_a_name_is_taken() {
    let house = house();
    let before = house.directory.salt("newcomer");
    assert_eq!(before, house.directory.salt("newcomer"));
    assert_eq!((before.iterations, before.salt.len()), (4096, 16));
    let new = NewPrincipal {
        acts_for: None,
        groups: Vec::new(),
        kind: PrincipalKind::Person,
        name: "newcomer".parse().unwrap(),
    };
    house.admin.add(new, NOW).unwrap();
    assert_eq!(before, house.directory.salt("newcomer"));
    assert_ne!(before, house.directory.salt("other"));
    let elsewhere = LocalDirectory::new(
        Arc::new(SqliteStore::in_memory().unwrap()),
        [8; 32],
        &Limits::default(),
    );
    assert_ne!(
        before,
        elsewhere.salt("newcomer"),
        "each installation has its own"
    );
}
