//! What every [`Store`] must do, whatever it keeps its rows in: one suite, run against each.
//!
//! Why here: `identity` and `reviewers` rely on "one caller wins" and "nothing else changed"; a
//! store that only nearly does that would let an approval pass twice.
//! It does not test files, permissions or damage: those are each implementation's own.

mod given;
mod grants;
mod provisioned;

use std::sync::atomic::{AtomicUsize, Ordering};

use model::review::Vote;
use model::{
    Answer, Hold, PrincipalKind, PrincipalRecord, Review, ReviewId, ReviewState, SessionId,
    StatementId, Store, StoreFault, Subjected, Timestamp, TokenRecord,
};

use ReviewState::{Approved, Denied, Expired, Open, Used, Withdrawn};

/// Runs the suite; each case gets a store of its own.
pub(crate) fn conformance(make: impl Fn() -> Box<dyn Store>) {
    let cases = [
        principals_are_kept_whole,
        principals_are_disabled_and_enabled,
        groups_are_set_whole,
        subjects_are_linked_once,
        what_counts_once_is_used_up,
        provisioned::users_and_groups_are_one_of_a_kind,
        provisioned::who_saw_it_last_changes_it,
        provisioned::members_are_set_whole_and_go_with_either,
        tokens_are_kept_whole,
        tokens_live_and_end,
        given::what_a_token_was_given_for_is_kept_and_it_is_renewed_until_it_is_revoked,
        reviews_are_kept_whole,
        a_vote_counts_once_and_only_while_open,
        an_approval_is_found_by_what_it_binds_to,
        racing_votes_close_a_review_once,
        racing_claims_use_a_review_once,
        grants::a_grant_comes_with_its_vote_and_ends_once,
    ];
    for case in cases {
        case(make().as_ref());
    }
}

const NOW: Timestamp = Timestamp(1_795_170_937_000_042);

fn principal(name: &str, kind: PrincipalKind, acts_for: Option<&str>) -> PrincipalRecord {
    PrincipalRecord {
        acts_for: acts_for.map(|name| name.parse().unwrap()),
        created: NOW,
        groups: vec!["dba".parse().unwrap(), "dev".parse().unwrap()],
        is_disabled: false,
        kind,
        name: name.parse().unwrap(),
        salt: vec![0, 1, 255],
    }
}

fn token(id: &str, principal: &str, created_s: i64) -> TokenRecord {
    TokenRecord {
        created: NOW.plus_s(created_s),
        delegation: None,
        digest: id.as_bytes().to_vec(),
        expires: NOW.plus_s(100),
        id: id.to_owned(),
        is_revoked: false,
        principal: principal.parse().unwrap(),
        server_key: vec![1; 32],
        stored_key: vec![2; 32],
    }
}

fn review(number: u128, binding: &str) -> Review {
    Review {
        acts_for: Some("alice".parse().unwrap()),
        ahead: None,
        binding: binding.to_owned(),
        created: NOW.plus_s(i64::try_from(number).unwrap()),
        effects: vec!["update payments, unbounded".to_owned()],
        expires: NOW.plus_s(600),
        holds: vec![Hold {
            group: "dba".parse().unwrap(),
            quorum: 2,
            rule: "unbounded-write".to_owned(),
            wait_s: Some(60),
        }],
        id: ReviewId(uuid::Uuid::from_u128(number)),
        kind: PrincipalKind::Agent,
        parameters: vec!["'\u{202e}é".to_owned()],
        policy_version: "v1".to_owned(),
        principal: "fixer".parse().unwrap(),
        rehearsal: None,
        session: SessionId(uuid::Uuid::from_u128(7)),
        state: Open,
        statement: StatementId(3),
        target: "orders".parse().unwrap(),
        text: "UPDATE payments SET status = 'x'".to_owned(),
        votes: Vec::new(),
    }
}

fn yes(reviewer: &str) -> Vote {
    Vote {
        answer: Answer::Approve,
        at: NOW,
        groups: vec!["dba".parse().unwrap()],
        reviewer: reviewer.parse().unwrap(),
    }
}

fn principals_are_kept_whole(store: &dyn Store) {
    let alice = principal("alice", PrincipalKind::Person, None);
    let fixer = principal("fixer", PrincipalKind::Agent, Some("alice"));
    let lost = store.add_principal(&fixer);
    assert!(
        matches!(lost, Err(StoreFault::Missing { .. })),
        "whom it acts for comes first"
    );
    assert_eq!(store.principal(&fixer.name).unwrap(), None);
    store.add_principal(&alice).unwrap();
    store.add_principal(&fixer).unwrap();
    assert!(matches!(
        store.add_principal(&alice),
        Err(StoreFault::Exists { .. })
    ));
    assert_eq!(store.principal(&fixer.name).unwrap(), Some(fixer.clone()));
    assert_eq!(store.principals().unwrap(), vec![alice, fixer]);
}

fn principals_are_disabled_and_enabled(store: &dyn Store) {
    let alice = principal("alice", PrincipalKind::Person, None);
    let missing = store.set_disabled(&alice.name, true);
    assert!(matches!(missing, Err(StoreFault::Missing { .. })));
    store.add_principal(&alice).unwrap();
    for is_disabled in [true, true, false] {
        store.set_disabled(&alice.name, is_disabled).unwrap();
        assert_eq!(
            store.principal(&alice.name).unwrap().unwrap().is_disabled,
            is_disabled
        );
    }
}

fn groups_are_set_whole(store: &dyn Store) {
    let alice = principal("alice", PrincipalKind::Person, None);
    let missing = store.set_groups(&alice.name, &[]);
    assert!(matches!(missing, Err(StoreFault::Missing { .. })));
    store.add_principal(&alice).unwrap();
    for groups in [vec!["ops".parse().unwrap()], vec![]] {
        store.set_groups(&alice.name, &groups).unwrap();
        let kept = store.principal(&alice.name).unwrap().unwrap();
        assert_eq!(kept.groups, groups);
    }
}

fn subjects_are_linked_once(store: &dyn Store) {
    let alice = principal("alice", PrincipalKind::Person, None);
    let at = |issuer: &str| Subjected {
        issuer: issuer.to_owned(),
        subject: "s-1".to_owned(),
    };
    let (one, two) = (at("https://one.example"), at("https://two.example"));
    let missing = store.link(&one, &alice.name);
    assert!(matches!(missing, Err(StoreFault::Missing { .. })));
    store.add_principal(&alice).unwrap();
    assert_eq!(store.linked(&one).unwrap(), None);
    store.link(&two, &alice.name).unwrap();
    store.link(&one, &alice.name).unwrap();
    let again = store.link(&one, &alice.name);
    assert!(matches!(again, Err(StoreFault::Exists { .. })));
    assert_eq!(store.linked(&one).unwrap(), Some(alice.name.clone()));
    assert_eq!(store.links(&alice.name).unwrap(), vec![one.clone(), two]);
    // Both or neither.
    let bob = principal("bob", PrincipalKind::Person, None);
    assert!(store.enrol(&one, &bob).is_err());
    assert_eq!(store.principal(&bob.name).unwrap(), None);
    let three = at("https://three.example");
    store.enrol(&three, &bob).unwrap();
    assert_eq!(store.linked(&three).unwrap(), Some(bob.name));
}

fn what_counts_once_is_used_up(store: &dyn Store) {
    let end = NOW.plus_s(10);
    assert!(store.spend(b"one", end, NOW).unwrap());
    assert!(store.spend(b"two", end, NOW).unwrap());
    assert!(!store.spend(b"one", end, NOW.plus_s(10)).unwrap());
    assert!(
        store.spend(b"one", end, NOW.plus_s(11)).unwrap(),
        "forgotten by then"
    );
}

fn tokens_are_kept_whole(store: &dyn Store) {
    let kept = token("t1", "alice", 0);
    assert!(
        matches!(store.add_token(&kept), Err(StoreFault::Missing { .. })),
        "no such principal"
    );
    store
        .add_principal(&principal("alice", PrincipalKind::Person, None))
        .unwrap();
    store.add_token(&kept).unwrap();
    assert!(matches!(
        store.add_token(&kept),
        Err(StoreFault::Exists { .. })
    ));
    let same_digest = TokenRecord {
        id: "t2".to_owned(),
        ..kept.clone()
    };
    assert!(matches!(
        store.add_token(&same_digest),
        Err(StoreFault::Exists { .. })
    ));
    assert_eq!(store.token("t1").unwrap(), Some(kept.clone()));
    assert_eq!(store.token("t2").unwrap(), None);
    assert_eq!(store.token_by_digest(b"t1").unwrap(), Some(kept.clone()));
    assert_eq!(store.token_by_digest(b"").unwrap(), None);
    assert_eq!(store.tokens().unwrap(), vec![kept]);
}

fn tokens_live_and_end(store: &dyn Store) {
    store
        .add_principal(&principal("alice", PrincipalKind::Person, None))
        .unwrap();
    store
        .add_principal(&principal("dana", PrincipalKind::Person, None))
        .unwrap();
    for (id, created_s) in [("a", 0), ("b", 1), ("c", 2), ("d", 2)] {
        store.add_token(&token(id, "alice", created_s)).unwrap();
    }
    store.add_token(&token("of-dana", "dana", 0)).unwrap();
    assert!(matches!(
        store.revoke_token("none"),
        Err(StoreFault::Missing { .. })
    ));
    store.revoke_token("b").unwrap();
    store.revoke_token("b").unwrap();
    let alice = "alice".parse().unwrap();
    let ids = |tokens: Vec<TokenRecord>| tokens.into_iter().map(|t| t.id).collect::<String>();
    let table = [
        (99, 16, "dca", "b"),
        (99, 2, "dc", "b"),
        (100, 16, "", "dcba"),
        (100, 1, "", "d"),
    ];
    for (at_s, most, live, ended) in table {
        let now = NOW.plus_s(at_s);
        assert_eq!(
            ids(store.live_tokens(&alice, now, most).unwrap()),
            live,
            "{at_s} {most}"
        );
        assert_eq!(
            ids(store.ended_tokens(&alice, now, most).unwrap()),
            ended,
            "{at_s} {most}"
        );
    }
    assert!(store.token("b").unwrap().unwrap().is_revoked);
}

fn reviews_are_kept_whole(store: &dyn Store) {
    let (first, second) = (review(1, "aa"), review(2, "bb"));
    assert_eq!(store.review(first.id).unwrap(), None);
    store.add_review(&first).unwrap();
    store.add_review(&second).unwrap();
    assert!(matches!(
        store.add_review(&first),
        Err(StoreFault::Exists { .. })
    ));
    assert_eq!(store.review(first.id).unwrap(), Some(first.clone()));
    assert_eq!(
        store.reviews(None).unwrap(),
        vec![second.clone(), first.clone()]
    );
    assert!(store.move_review(second.id, Open, Withdrawn).unwrap());
    assert_eq!(store.reviews(Some(Open)).unwrap(), vec![first]);
    let withdrawn = Review {
        state: Withdrawn,
        ..second
    };
    assert_eq!(store.reviews(Some(Withdrawn)).unwrap(), vec![withdrawn]);
}

fn a_vote_counts_once_and_only_while_open(store: &dyn Store) {
    let asked = review(1, "aa");
    assert!(
        !store.vote(asked.id, &yes("dana"), Approved, None).unwrap(),
        "no such review"
    );
    store.add_review(&asked).unwrap();
    assert!(store.vote(asked.id, &yes("dana"), Open, None).unwrap());
    let twice = store.vote(asked.id, &yes("dana"), Approved, None);
    assert!(matches!(twice, Err(StoreFault::Exists { .. })));
    let kept = store.review(asked.id).unwrap().unwrap();
    assert_eq!(
        (kept.state, kept.votes),
        (Open, vec![yes("dana")]),
        "the second changed nothing"
    );
    let no = Vote {
        answer: Answer::Deny {
            reason: "not now".to_owned(),
        },
        ..yes("erin")
    };
    assert!(store.vote(asked.id, &no, Denied, None).unwrap());
    assert!(
        !store.vote(asked.id, &yes("frank"), Approved, None).unwrap(),
        "it is closed"
    );
    let kept = store.review(asked.id).unwrap().unwrap();
    assert_eq!((kept.state, kept.votes), (Denied, vec![yes("dana"), no]));
}

fn an_approval_is_found_by_what_it_binds_to(store: &dyn Store) {
    for (number, state) in [
        (1, Approved),
        (2, Approved),
        (3, Open),
        (4, Used),
        (5, Expired),
    ] {
        store
            .add_review(&Review {
                state,
                ..review(number, "aa")
            })
            .unwrap();
    }
    let found = |principal: &str, target: &str, binding: &str, at_s| {
        let (principal, target) = (principal.parse().unwrap(), target.parse().unwrap());
        let review = store.approved_review(&principal, &target, binding, NOW.plus_s(at_s));
        review.unwrap().map(|review| review.id.0.as_u128())
    };
    assert_eq!(found("fixer", "orders", "aa", 0), Some(2), "the newest");
    assert_eq!(found("fixer", "orders", "aa", 600), None, "expired");
    assert_eq!(found("fixer", "orders", "ab", 0), None);
    assert_eq!(found("fixer", "other", "aa", 0), None);
    assert_eq!(found("alice", "orders", "aa", 0), None);
    assert!(
        store
            .move_review(ReviewId(uuid::Uuid::from_u128(2)), Approved, Used)
            .unwrap()
    );
    assert_eq!(found("fixer", "orders", "aa", 0), Some(1));
}

/// How many of eight callers at once got a yes.
fn winners(call: impl Fn(usize) -> bool + Sync) -> usize {
    let won = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for caller in 0..8 {
            let (call, won) = (&call, &won);
            scope.spawn(move || {
                if call(caller) {
                    won.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    won.into_inner()
}

fn racing_votes_close_a_review_once(store: &dyn Store) {
    for number in 1..=10 {
        let asked = review(number, "aa");
        store.add_review(&asked).unwrap();
        let vote = |caller| {
            store
                .vote(asked.id, &yes(&format!("r{caller}")), Approved, None)
                .unwrap()
        };
        assert_eq!(winners(vote), 1);
        assert_eq!(store.review(asked.id).unwrap().unwrap().votes.len(), 1);
    }
}

fn racing_claims_use_a_review_once(store: &dyn Store) {
    for number in 1..=10 {
        let asked = Review {
            state: Approved,
            ..review(number, "aa")
        };
        store.add_review(&asked).unwrap();
        assert_eq!(
            winners(|_| store.move_review(asked.id, Approved, Used).unwrap()),
            1
        );
        assert!(!store.move_review(asked.id, Approved, Withdrawn).unwrap());
        assert_eq!(store.review(asked.id).unwrap().unwrap().state, Used);
    }
}
