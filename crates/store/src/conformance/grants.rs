//! Grants: kept with the vote that gives them, and ended once.

use model::{Ahead, Grant, GrantState, Review, ReviewState, Scope, Store, StoreFault};

use super::{NOW, review, winners, yes};

use ReviewState::{Approved, Open};

pub(super) fn a_grant_comes_with_its_vote_and_ends_once(store: &dyn Store) {
    let asks = |number| Review {
        ahead: Some(Ahead {
            database: "shop".to_owned(),
            for_s: 60,
            reason: "ticket 7".to_owned(),
            scope: Scope::Access,
        }),
        ..review(number, "ahead:aa")
    };
    let (first, second) = (asks(1), asks(2));
    for asked in [&first, &second] {
        store.add_review(asked).unwrap();
        assert_eq!(store.review(asked.id).unwrap().unwrap().ahead, asked.ahead);
    }
    let grant = |asked: &Review| Grant::of(asked, NOW).unwrap();
    assert!(store.vote(first.id, &yes("dana"), Open, None).unwrap());
    assert!(store.grants(None).unwrap().is_empty());
    // A vote that does not count gives nothing.
    let twice = store.vote(first.id, &yes("dana"), Approved, Some(&grant(&first)));
    assert!(matches!(twice, Err(StoreFault::Exists { .. })));
    assert_eq!(store.grant(first.id).unwrap(), None);
    for asked in [&first, &second] {
        let given = grant(asked);
        assert!(
            store
                .vote(asked.id, &yes("erin"), Approved, Some(&given))
                .unwrap()
        );
        assert_eq!(store.grant(asked.id).unwrap(), Some(given));
    }
    let ids = |state| {
        let all = store.grants(state).unwrap().into_iter();
        all.map(|grant| grant.id.0.as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(ids(Some(GrantState::Given)), [2, 1]);
    assert_eq!(
        winners(|_| store.end_grant(first.id, GrantState::Revoked).unwrap()),
        1
    );
    assert!(!store.end_grant(first.id, GrantState::Expired).unwrap());
    assert_eq!(ids(Some(GrantState::Given)), [2]);
    assert_eq!(ids(Some(GrantState::Revoked)), [1]);
    assert_eq!(ids(None), [2, 1]);
}
