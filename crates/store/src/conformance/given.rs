//! Tokens that were given for a task.

use model::{DelegationRecord, Ground, PrincipalKind, Remit, Store, StoreFault, TokenRecord};

use super::{NOW, principal, token};

pub(super) fn what_a_token_was_given_for_is_kept_and_it_is_renewed_until_it_is_revoked(
    store: &dyn Store,
) {
    store
        .add_principal(&principal("alice", PrincipalKind::Person, None))
        .unwrap();
    let given = TokenRecord {
        delegation: Some(DelegationRecord {
            ground: Ground::Exchange,
            parent: Some("t0".to_owned()),
            person: "alice".parse().unwrap(),
            purpose: Some("é".to_owned()),
            remit: Remit {
                actions: Some(vec![model::Action::Select]),
                is_read_only: true,
                rows: Some(7),
                targets: Some(vec!["shop".parse().unwrap()]),
            },
            task: "k1".to_owned(),
            through: vec!["fixer".parse().unwrap()],
            until: NOW.plus_s(1_000),
        }),
        ..token("t1", "alice", 0)
    };
    store.add_token(&given).unwrap();
    assert_eq!(store.token("t1").unwrap(), Some(given.clone()));
    store.renew_token("t1", NOW.plus_s(500)).unwrap();
    let renewed = store.token("t1").unwrap().unwrap();
    assert_eq!(
        (renewed.expires, renewed.delegation),
        (NOW.plus_s(500), given.delegation)
    );
    store.revoke_token("t1").unwrap();
    for gone in ["t1", "t2"] {
        let refused = store.renew_token(gone, NOW.plus_s(900));
        assert!(matches!(refused, Err(StoreFault::Missing { .. })), "{gone}");
    }
    assert_eq!(store.token("t1").unwrap().unwrap().expires, NOW.plus_s(500));
}
