//! A right's life at the desk: asked once, given by the last yes, ended once, recorded before it
//! counts and never where it could not be.

use govern::{Request, Reviews as _};
use model::{Answer, GrantState, Review, ReviewState, Timestamp};

use crate::VoteFault;
use crate::testing::{House, NOW, ahead, house};

fn asked(house: &House, name: &str, reason: &str) -> Result<Review, VoteFault> {
    let asked = Request {
        for_s: 60,
        reason: reason.to_owned(),
        reveal: Vec::new(),
    };
    house.desk.ask(ahead(name, &asked))
}

fn approve(house: &House, name: &str, review: &Review, at: Timestamp) -> Result<Review, VoteFault> {
    let by = house.identity(name);
    house
        .desk
        .vote(&by, &review.id.to_string(), Answer::Approve, at)
}

#[test]
fn it_counts_from_the_last_yes_to_its_end() {
    let house = house();
    let review = asked(&house, "zoe", "one").unwrap();
    assert_eq!(
        asked(&house, "zoe", "one").unwrap().id,
        review.id,
        "asked once"
    );
    assert!(house.desk.grants().is_empty());
    // A restart loses neither the question nor what came of it.
    assert!(house.desk.recover().unwrap().is_empty());
    approve(&house, "dana", &review, NOW.plus_s(5)).unwrap();
    let given = house.desk.grants();
    assert_eq!((given.len(), given[0].from), (1, NOW.plus_s(5)));
    assert_eq!(given[0].until, NOW.plus_s(65));
    assert!(matches!(
        approve(&house, "erin", &review, NOW.plus_s(6)),
        Err(VoteFault::Closed(ReviewState::Approved))
    ));
    house.desk.expire(NOW.plus_s(64)).unwrap();
    assert_eq!(house.desk.grants().len(), 1);
    house.desk.expire(NOW.plus_s(65)).unwrap();
    assert!(house.desk.grants().is_empty());
    house.desk.expire(NOW.plus_s(9_000)).unwrap();
    let kept = house.store.grant(review.id).unwrap().unwrap();
    assert_eq!(kept.state, GrantState::Expired);
    assert_eq!(
        house.state(&review),
        ReviewState::Approved,
        "an answer stays what it was"
    );
    assert_eq!(
        *house.ledger.lock(),
        [
            "grant.asked by zoe",
            "dana Approve Approved",
            "grant.given by dana",
            "grant.expired by "
        ]
    );
}

#[test]
fn unanswered_it_lapses_and_unrecorded_it_is_not() {
    let house = house();
    let review = asked(&house, "zoe", "one").unwrap();
    *house.is_broken.lock() = true;
    assert!(matches!(
        asked(&house, "zoe", "two"),
        Err(VoteFault::Unrecorded(_))
    ));
    assert!(approve(&house, "dana", &review, NOW).is_err());
    assert!(house.desk.grants().is_empty());
    *house.is_broken.lock() = false;
    approve(&house, "dana", &review, NOW).unwrap();
    let zoe = house.identity("zoe");
    *house.is_broken.lock() = true;
    let id = review.id.to_string();
    assert!(house.desk.revoke(&zoe, &id, NOW).is_err());
    assert_eq!(
        house.desk.grants().len(),
        1,
        "what is not recorded did not happen"
    );
    *house.is_broken.lock() = false;
    house.desk.revoke(&zoe, &id, NOW).unwrap();
    assert!(house.desk.grants().is_empty());
    assert!(matches!(
        house.desk.revoke(&zoe, &id, NOW),
        Err(VoteFault::GrantEnded(GrantState::Revoked))
    ));
    let late = asked(&house, "zoe", "three").unwrap();
    let ended = house.desk.expire(late.expires).unwrap();
    assert_eq!(
        ended.iter().map(|review| review.id).collect::<Vec<_>>(),
        [late.id]
    );
    assert_eq!(house.state(&late), ReviewState::Expired);
    assert_eq!(house.ledger.lock().last().unwrap(), "grant.lapsed by ");
}

#[test]
fn there_is_a_bound_on_what_one_asks_for() {
    let house = house();
    for number in 0..2 {
        asked(&house, "zoe", &number.to_string()).unwrap();
    }
    assert!(matches!(
        asked(&house, "zoe", "more"),
        Err(VoteFault::Full { most: 2 })
    ));
    assert!(asked(&house, "fixer", "more").is_ok());
    house.admin.disable(&"fixer".parse().unwrap()).unwrap();
    assert!(matches!(
        asked(&house, "fixer", "again"),
        Err(VoteFault::Disabled)
    ));
}
