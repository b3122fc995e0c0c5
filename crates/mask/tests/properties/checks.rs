//! Every kind of identifier there is: a valid one's stand-in is a valid one of the same kind, but
//! for the few that pass the checks of three surer kinds by accident.

use mask::formats::{self, Kind, Place};

use crate::{Dice, text};

/// Valid examples of every kind.
const VECTORS: &str = include_str!("../../src/formats/vectors.txt");
/// How many of each kind are tried.
const TRIED: usize = 200;
/// Of so many at most one loses its check: one that passes the checks of three surer kinds too.
const ONE_IN: usize = 12;
/// Kinds whose stand-ins are not of the kind: what is free in a machine-readable zone is not told
/// from what is not.
const LOST: &[&str] = &["mrz"];

fn samples(kind: Kind) -> Vec<String> {
    let lines = VECTORS.lines().filter_map(|line| line.split_once(" +"));
    let own = lines.filter(|(name, _)| *name == kind.name);
    own.map(|(_, text)| text.replace("\\n", "\n")).collect()
}

/// Another identifier of the kind: the free places of one drawn anew, its checks made anew.
fn another(kind: Kind, like: &str, dice: &mut Dice) -> Option<String> {
    let places = formats::places(kind, like);
    let mut places = places.iter().flatten();
    let mut draw = |c: char| {
        if kind.separators.contains(c) {
            return c;
        }
        let place = places.next();
        let is_fixed = matches!(place, Some(Place::Day | Place::Month));
        let roll = u32::try_from(dice.roll(1000)).unwrap();
        match c {
            _ if is_fixed => c,
            '0'..='9' => char::from_digit(roll % 10, 10).unwrap(),
            'A'..='Z' => char::from(b'A' + u8::try_from(roll % 26).unwrap()),
            c => c,
        }
    };
    let drawn: String = like.chars().map(&mut draw).collect();
    let made = formats::mend(kind, &drawn)?;
    formats::holds(kind, &made).then_some(made)
}

#[test]
fn check_digits_stay_valid() {
    let mut dice = Dice(3);
    let mut failing = Vec::new();
    // Below these odds a kind has no check, and a column of it is told by what stands beside.
    for kind in formats::FORMATS.iter().filter(|kind| kind.odds >= 10) {
        let samples = samples(kind);
        let mut values = samples.clone();
        for _ in 0..TRIED * 20 {
            if values.len() > TRIED {
                break;
            }
            let like = &samples[usize::try_from(dice.roll(samples.len() as u64)).unwrap()];
            values.extend(another(kind, like, &mut dice));
        }
        let fails = |value: &&String| !formats::holds(kind, &text(kind.class, value));
        let wrong: Vec<&String> = values.iter().filter(fails).collect();
        let is_lost = LOST.contains(&kind.name);
        if wrong.len() * ONE_IN > values.len() && !is_lost {
            let shown = text(kind.class, wrong[0]);
            failing.push(format!(
                "{}: {} of {}, as {} {shown}",
                kind.name,
                wrong.len(),
                values.len(),
                wrong[0]
            ));
        }
    }
    assert!(failing.is_empty(), "{}", failing.join("\n"));
}
