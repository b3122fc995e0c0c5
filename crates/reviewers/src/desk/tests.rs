//! Every way an answer may not count, and what happens to those that do.

use super::*;
use crate::testing::{House, NOW, house, review};

fn answer(house: &House, by: &str, review: &Review, answer: Answer) -> String {
    let by = house.identity(by);
    match house.desk.vote(&by, &review.id.to_string(), answer, NOW) {
        Ok(review) => format!("{:?}", review.state),
        Err(fault) => fault.to_string(),
    }
}

fn deny(reason: &str) -> Answer {
    Answer::Deny {
        reason: reason.to_owned(),
    }
}

fn opened(house: &House, number: u128, holds: &[(&str, u32)]) -> (Review, Waiting) {
    let review = review(number, holds);
    let waiting = house.desk.open(&review, 600).unwrap();
    (review, waiting)
}

#[tokio::test]
async fn only_an_entitled_person_answers() {
    let missing = "there is no review 00000000-0000-0000-0000-000000000001 \
                   that you asked for or may answer";
    let own = "nobody reviews what they asked for themselves";
    let owner = "nobody reviews what their own agent asked for";
    let table = [
        ("fixer", "alice", "fixer", "an agent never reviews"),
        ("fixer", "alice", "alice", owner),
        ("fixer", "alice", "scout", "an agent never reviews"),
        ("fixer", "alice", "nightly", "a service never reviews"),
        ("fixer", "alice", "zoe", missing),
        ("fixer", "alice", "dana", "Approved"),
        ("alice", "", "alice", own),
        ("alice", "", "fixer", "an agent never reviews"),
        ("alice", "", "erin", "Approved"),
        ("zoe", "", "zoe", own),
    ];
    for (asker, acts_for, by, expected) in table {
        for said in [Answer::Approve, deny("no")] {
            let house = house();
            let asked = Review {
                acts_for: (!acts_for.is_empty()).then(|| acts_for.parse().unwrap()),
                principal: asker.parse().unwrap(),
                ..review(1, &[("dba", 1)])
            };
            let _waiting = house.desk.open(&asked, 600).unwrap();
            let expected = match (expected, &said) {
                ("Approved", Answer::Deny { .. }) => "Denied",
                (expected, _) => expected,
            };
            assert_eq!(
                answer(&house, by, &asked, said),
                expected,
                "{by} answers {asker}"
            );
            let counted = usize::from(["Approved", "Denied"].contains(&expected));
            assert_eq!(
                house.ledger.lock().len(),
                counted,
                "only what counts is recorded"
            );
            assert_eq!(
                house.store.review(asked.id).unwrap().unwrap().votes.len(),
                counted
            );
        }
    }
}

#[tokio::test]
async fn an_answer_comes_in_time_once_and_from_the_enabled() {
    let house = house();
    let (asked, waiting) = opened(&house, 1, &[("dba", 2)]);
    let (dana, frank) = (house.identity("dana"), house.identity("frank"));
    let id = asked.id.to_string();
    let said = |by: &Identity, at_s| {
        let done = house.desk.vote(by, &id, Answer::Approve, NOW.plus_s(at_s));
        done.map(|review| review.state)
            .map_err(|fault| fault.to_string())
    };
    assert_eq!(said(&dana, 3_599), Ok(Open));
    assert_eq!(
        said(&dana, 3_599),
        Err("you have answered this review already".to_owned())
    );
    assert_eq!(
        said(&frank, 3_600),
        Err("this review has expired".to_owned())
    );
    house.admin.disable(frank.name()).unwrap();
    assert_eq!(
        said(&frank, 0),
        Err("a disabled principal does not review".to_owned())
    );
    *house.is_broken.lock() = true;
    let erin = house.identity("erin");
    let unrecorded = said(&erin, 0).unwrap_err();
    assert!(
        unrecorded.contains("does not count: the disk is full"),
        "{unrecorded}"
    );
    assert_eq!(house.state(&asked), Open);
    *house.is_broken.lock() = false;
    assert_eq!(said(&erin, 0), Ok(Approved));
    assert_eq!(waiting.await.state, Approved);
    assert_eq!(
        *house.ledger.lock(),
        ["dana Approve Open", "erin Approve Approved"]
    );
}

#[tokio::test]
async fn every_hold_reaches_its_quorum_and_one_no_ends_it() {
    let yes = Answer::Approve;
    let house = house();
    let (two, waiting) = opened(&house, 1, &[("dba", 2), ("security", 1)]);
    assert_eq!(answer(&house, "dana", &two, yes.clone()), "Open");
    assert_eq!(
        answer(&house, "frank", &two, yes.clone()),
        "Open",
        "nobody of security yet"
    );
    assert_eq!(answer(&house, "erin", &two, yes.clone()), "Approved");
    assert_eq!(waiting.await.votes.len(), 3);

    let (disabled, _waiting) = opened(&house, 2, &[("dba", 2)]);
    assert_eq!(answer(&house, "frank", &disabled, yes.clone()), "Open");
    house.admin.disable(&"frank".parse().unwrap()).unwrap();
    assert_eq!(
        answer(&house, "dana", &disabled, yes.clone()),
        "Open",
        "frank counts no more"
    );
    assert_eq!(answer(&house, "erin", &disabled, yes.clone()), "Approved");

    let (denied, waiting) = opened(&house, 3, &[("dba", 2)]);
    assert_eq!(answer(&house, "dana", &denied, yes.clone()), "Open");
    let reason = "a no needs a reason of 1 to 20 characters";
    assert_eq!(answer(&house, "erin", &denied, deny(" ")), reason);
    assert_eq!(
        answer(&house, "erin", &denied, deny(&"x".repeat(21))),
        reason
    );
    assert_eq!(
        answer(&house, "erin", &denied, deny("not on a Friday")),
        "Denied"
    );
    assert_eq!(waiting.await.state, Denied);

    let (nobodys, _waiting) = opened(&house, 4, &[]);
    assert!(answer(&house, "dana", &nobodys, yes).contains("there is no review"));
}

#[tokio::test]
async fn a_closed_review_is_answered_no_more() {
    let table = [
        (Approved, "approved"),
        (Denied, "denied"),
        (Expired, "expired"),
    ];
    let house = house();
    for (number, (state, word)) in (1..).zip(table.into_iter().chain([(Withdrawn, "withdrawn")])) {
        let (asked, waiting) = opened(&house, number, &[("dba", 1)]);
        assert!(house.desk.shift(asked.id, Open, state).unwrap());
        assert_eq!(waiting.await.state, state);
        let expected = format!("this review is no longer open: it is {word}");
        assert_eq!(answer(&house, "dana", &asked, Answer::Approve), expected);
        assert!(!house.desk.shift(asked.id, Open, Approved).unwrap());
    }
    assert_eq!(house.desk.waiters.count(), 0);
}

#[tokio::test]
async fn racing_answers_release_once() {
    let house = house();
    for (round, number) in (1..=10).zip(1..) {
        let (asked, waiting) = opened(&house, number, &[("dba", 1)]);
        let people = ["dana", "erin", "frank"].map(|name| house.identity(name));
        let id = asked.id.to_string();
        let won = std::thread::scope(|scope| {
            let racing = people
                .each_ref()
                .map(|by| scope.spawn(|| house.desk.vote(by, &id, Answer::Approve, NOW).is_ok()));
            racing
                .map(|one| one.join().unwrap())
                .into_iter()
                .filter(|&won| won)
                .count()
        });
        assert_eq!(won, 1);
        assert_eq!(
            house.ledger.lock().len(),
            round,
            "what lost the race is not on record"
        );
        assert_eq!(waiting.await.votes.len(), 1);
        // And what was released is used once, by the waiter or by a run of its own.
        let claim = || {
            house
                .desk
                .claim(&asked.principal, &asked.target, &asked.binding, NOW)
                .unwrap()
        };
        let claimed = std::thread::scope(|scope| {
            let racing = [(); 3].map(|()| scope.spawn(claim));
            racing
                .map(|one| one.join().unwrap())
                .into_iter()
                .flatten()
                .count()
        });
        assert_eq!(claimed, 1);
        assert_eq!(house.state(&asked), Used);
        for by in people {
            house.admin.revoke(&by.token.unwrap()).unwrap();
        }
    }
}

#[tokio::test]
async fn racing_answers_that_make_a_quorum_make_it() {
    let house = house();
    let people = ["dana", "erin"].map(|name| house.identity(name));
    for number in 1..=10 {
        let (asked, waiting) = opened(&house, number, &[("dba", 2)]);
        let id = asked.id.to_string();
        std::thread::scope(|scope| {
            for by in &people {
                scope.spawn(|| house.desk.vote(by, &id, Answer::Approve, NOW).unwrap());
            }
        });
        assert_eq!(waiting.await.state, Approved);
    }
}

#[tokio::test]
async fn an_approval_passes_once_for_what_it_binds_to_and_in_time() {
    let house = house();
    let (asked, _waiting) = opened(&house, 1, &[("dba", 1)]);
    let claim = |who: &str, target: &str, binding: &str, at_s| {
        let (who, target) = (who.parse().unwrap(), target.parse().unwrap());
        house
            .desk
            .claim(&who, &target, binding, NOW.plus_s(at_s))
            .unwrap()
            .is_some()
    };
    assert!(
        !claim("fixer", "orders", "b1nd1ng", 0),
        "nobody has answered"
    );
    assert_eq!(answer(&house, "dana", &asked, Answer::Approve), "Approved");
    assert!(!claim("fixer", "orders", "other", 0));
    assert!(!claim("fixer", "other", "b1nd1ng", 0));
    assert!(!claim("alice", "orders", "b1nd1ng", 0));
    assert!(!claim("fixer", "orders", "b1nd1ng", 3_600), "too late");
    assert!(claim("fixer", "orders", "b1nd1ng", 3_599));
    assert!(!claim("fixer", "orders", "b1nd1ng", 0), "once");
    assert!(answer(&house, "erin", &asked, Answer::Approve).contains("it is used"));
}

#[tokio::test]
async fn what_nobody_answers_or_uses_expires() {
    let house = house();
    let (open, waiting) = opened(&house, 1, &[("dba", 1)]);
    let (approved, _waiting) = opened(&house, 2, &[("dba", 1)]);
    assert_eq!(
        answer(&house, "dana", &approved, Answer::Approve),
        "Approved"
    );
    assert_eq!(house.desk.expire(NOW.plus_s(3_599)).unwrap(), Vec::new());
    let ended = house.desk.expire(NOW.plus_s(3_600)).unwrap();
    assert_eq!(
        ended.iter().map(|review| review.id).collect::<Vec<_>>(),
        [open.id, approved.id]
    );
    assert_eq!(waiting.await.state, Expired);
    assert_eq!(
        (house.state(&open), house.state(&approved)),
        (Expired, Expired)
    );
}

#[tokio::test]
async fn a_wait_that_is_over_leaves_the_review_open() {
    let house = house();
    let asked = review(1, &[("dba", 1)]);
    assert_eq!(house.desk.open(&asked, 0).unwrap().await.state, Open);
    drop(house.desk.open(&review(2, &[("dba", 1)]), 600).unwrap());
    assert_eq!(
        house.desk.waiters.count(),
        0,
        "whoever leaves gives up the place"
    );
    assert_eq!(answer(&house, "dana", &asked, Answer::Approve), "Approved");
}

#[tokio::test]
async fn a_restart_withdraws_what_was_open_and_keeps_what_was_approved() {
    let house = house();
    let (open, waiting) = opened(&house, 1, &[("dba", 1)]);
    let (approved, _waiting) = opened(&house, 2, &[("dba", 1)]);
    assert_eq!(
        answer(&house, "dana", &approved, Answer::Approve),
        "Approved"
    );
    let ended = house.desk.recover().unwrap();
    assert_eq!(
        ended,
        [Review {
            state: Withdrawn,
            ..open
        }]
    );
    assert_eq!(waiting.await.state, Withdrawn);
    assert_eq!(house.state(&approved), Approved);
    assert_eq!(house.desk.recover().unwrap(), []);
}

#[tokio::test]
async fn a_code_names_one_review_or_none() {
    let house = house();
    let (same, dana) = (0x1a2b_3c4d_u128, house.identity("dana"));
    let (first, _first) = opened(&house, same, &[("dba", 1)]);
    let find = |text: &str| match house.desk.find(&dana, text) {
        Ok(review) => review.id.to_string(),
        Err(fault) => fault.to_string(),
    };
    for text in ["1a2b-3c4d", "1A2B3C4D", &first.id.to_string()] {
        assert_eq!(find(text), first.id.to_string(), "{text}");
    }
    for text in [
        "",
        "1a2b",
        "1a2b-3c4e",
        "%",
        "00000000-0000-0000-0000-000000000000",
    ] {
        assert!(find(text).contains("there is no review"), "{text}");
    }
    // One that `dana` may not see does not disturb; one that she may see does.
    let (_, _hidden) = opened(&house, same + (1 << 64), &[("security", 1)]);
    assert_eq!(find("1a2b-3c4d"), first.id.to_string());
    let (_, _twin) = opened(&house, same + (2 << 64), &[("dba", 1)]);
    assert_eq!(find("1a2b-3c4d"), "1a2b-3c4d fits more than one review");
    assert_eq!(find(&first.id.to_string()), first.id.to_string());
    assert_eq!(answer(&house, "dana", &first, Answer::Approve), "Approved");
    let twin = ReviewId(Uuid::from_u128(same + (2 << 64)));
    assert_eq!(find("1a2b-3c4d"), twin.to_string(), "the one that is open");
}

#[tokio::test]
async fn there_is_a_bound_on_open_reviews() {
    let house = house();
    for number in 1..=4 {
        drop(opened(&house, number, &[("dba", 1)]));
    }
    let full = house
        .desk
        .open(&review(5, &[("dba", 1)]), 600)
        .map(drop)
        .unwrap_err()
        .to_string();
    assert!(
        full.contains("4 reviews are open, the most there may be"),
        "{full}"
    );
    assert_eq!(
        house.store.review(ReviewId(Uuid::from_u128(5))).unwrap(),
        None
    );
}
