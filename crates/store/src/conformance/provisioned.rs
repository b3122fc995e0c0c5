//! What a directory keeps here: one of a kind, changed by whoever saw it last, gone with its
//! memberships.

use model::{PrincipalKind, Provisioned, ProvisionedKind, Store, StoreFault};

use super::{NOW, principal};

fn user(id: &str, key: &str, principal: &str) -> Provisioned {
    Provisioned {
        changed: NOW.plus_s(1),
        created: NOW,
        document: r#"{"userName":"É"}"#.to_owned(),
        has_disabled: true,
        id: id.to_owned(),
        key: key.to_owned(),
        kind: ProvisionedKind::User,
        principal: Some(principal.parse().unwrap()),
        revision: 1,
        source: "okta".to_owned(),
    }
}

fn group(id: &str, key: &str) -> Provisioned {
    Provisioned {
        kind: ProvisionedKind::Group,
        principal: None,
        has_disabled: false,
        ..user(id, key, "nobody")
    }
}

/// Three people and a group.
fn filled(store: &dyn Store) {
    for name in ["alice", "dana", "erin"] {
        let person = principal(name, PrincipalKind::Person, None);
        store.add_principal(&person).unwrap();
    }
    store.provision(&user("u1", "alice", "alice")).unwrap();
    store.provision(&user("u2", "dana", "dana")).unwrap();
    store.provision(&group("g1", "alice")).unwrap();
}

pub(super) fn users_and_groups_are_one_of_a_kind(store: &dyn Store) {
    filled(store);
    let elsewhere = Provisioned {
        source: "entra".to_owned(),
        ..user("u4", "alice", "erin")
    };
    store.provision(&elsewhere).unwrap();
    for taken in [
        user("u1", "new", "erin"),
        user("u3", "alice", "erin"),
        user("u3", "new", "dana"),
        group("g3", "alice"),
    ] {
        let refused = store.provision(&taken);
        assert!(
            matches!(refused, Err(StoreFault::Exists { .. })),
            "{taken:?}"
        );
    }
    let users = store.provisioned("okta", ProvisionedKind::User).unwrap();
    assert_eq!(
        users,
        [user("u1", "alice", "alice"), user("u2", "dana", "dana")]
    );
    let groups = store.provisioned("okta", ProvisionedKind::Group).unwrap();
    assert_eq!(groups, [group("g1", "alice")]);
    assert_eq!(store.provisioned_one("entra", "u1").unwrap(), None);
    assert_eq!(
        store.provisioned_one("entra", "u4").unwrap(),
        Some(elsewhere)
    );
}

pub(super) fn who_saw_it_last_changes_it(store: &dyn Store) {
    filled(store);
    let changed = Provisioned {
        document: "{}".to_owned(),
        key: "alicia".to_owned(),
        revision: 2,
        ..user("u1", "alice", "alice")
    };
    store.reprovision(&changed).unwrap();
    assert_eq!(
        store.provisioned_one("okta", "u1").unwrap(),
        Some(changed.clone())
    );
    let late = store.reprovision(&changed);
    assert!(matches!(late, Err(StoreFault::Missing { .. })), "{late:?}");
    let taken = store.reprovision(&Provisioned {
        key: "dana".to_owned(),
        revision: 3,
        ..changed
    });
    assert!(matches!(taken, Err(StoreFault::Exists { .. })), "{taken:?}");
}

pub(super) fn members_are_set_whole_and_go_with_either(store: &dyn Store) {
    filled(store);
    store.provision(&group("g2", "other")).unwrap();
    let both = ["u1".to_owned(), "u2".to_owned()];
    store.set_members("g1", &both).unwrap();
    store.set_members("g2", &both).unwrap();
    let lost = store.set_members("g1", &["u9".to_owned()]);
    assert!(matches!(lost, Err(StoreFault::Missing { .. })), "{lost:?}");
    assert_eq!(store.members("g1").unwrap(), both, "nothing else changed");
    store.set_members("g1", &both[1..]).unwrap();
    assert_eq!(store.member_of("u1").unwrap(), ["g2"]);
    assert_eq!(store.member_of("u2").unwrap(), ["g1", "g2"]);
    store.unprovision("okta", "u2").unwrap();
    assert_eq!(store.members("g1").unwrap(), [""; 0]);
    store.unprovision("okta", "g2").unwrap();
    assert_eq!(store.member_of("u1").unwrap(), [""; 0]);
    let again = store.unprovision("okta", "g2");
    assert!(
        matches!(again, Err(StoreFault::Missing { .. })),
        "{again:?}"
    );
}
