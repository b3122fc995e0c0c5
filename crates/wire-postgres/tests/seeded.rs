//! The fuzz targets' worlds, run briefly from fixed seeds: what CI runs of them.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops where its world is not as it should be"
)]

#[path = "seeded/world.rs"]
mod world;

/// Messages a client or target might send, to be cut, joined and bent.
const CLIENT: &[&[u8]] = &[
    b"Q\0\0\0\x0dSELECT 1\0",
    b"Q\0\0\0\x0aBEGIN\0",
    b"P\0\0\0\x10\0SELECT 1\0\0\0",
    b"P\0\0\0\x11s\0SELECT 1\0\0\0",
    b"B\0\0\0\x0c\0\0\0\0\0\0\0\0",
    b"B\0\0\0\x0d\0s\0\0\0\0\0\0\0",
    b"B\0\0\0\x0ep\0s\0\0\0\0\0\0\0",
    b"D\0\0\0\x06P\0",
    b"D\0\0\0\x07Ss\0",
    b"E\0\0\0\x09\0\0\0\0\0",
    b"E\0\0\0\x0ap\0\0\0\0\x01",
    b"C\0\0\0\x07Pp\0",
    b"C\0\0\0\x07Ss\0",
    b"H\0\0\0\x04",
    b"S\0\0\0\x04",
    b"S\0\0\0\x04",
    b"d\0\0\0\x08abcd",
    b"d\0\0\0\x04",
    b"c\0\0\0\x04",
    b"f\0\0\0\x05\0",
    b"F\0\0\0\x0e\0\0\0\x07\0\0\0\0\0\0",
];

const TARGET: &[&[u8]] = &[
    b"1\0\0\0\x04",
    b"2\0\0\0\x04",
    b"3\0\0\0\x04",
    b"t\0\0\0\x06\0\0",
    b"T\0\0\0\x1a\0\x01x\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0",
    b"n\0\0\0\x04",
    b"D\0\0\0\x0b\0\x01\0\0\0\x01a",
    b"D\0\0\0\x06\0\0",
    b"C\0\0\0\x0dSELECT 1\0",
    b"I\0\0\0\x04",
    b"s\0\0\0\x04",
    b"Z\0\0\0\x05I",
    b"Z\0\0\0\x05T",
    b"Z\0\0\0\x05E",
    b"G\0\0\0\x07\0\0\0",
    b"H\0\0\0\x07\0\0\0",
    b"d\0\0\0\x07ab\n",
    b"c\0\0\0\x04",
    b"E\0\0\0\x17SERROR\0C22012\0Mno\0\0",
    b"N\0\0\0\x18SNOTICE\0C00000\0Mno\0\0",
    b"S\0\0\0\x09a\0bc\0",
];

fn mix(seed: u64, words: &[&[u8]]) -> Vec<u8> {
    let mut dice = world::Dice::new(seed);
    let mut data = vec![dice.byte() | 1, dice.byte(), dice.byte(), dice.byte()];
    for _ in 0..dice.below(60) {
        data.extend_from_slice(words[dice.below(words.len())]);
        if dice.below(64) == 0 {
            let at = dice.below(data.len());
            data[at] = dice.byte();
        }
    }
    data
}

#[test]
fn client_bytes_hold_the_invariants() {
    let settled: usize = (1..4_000)
        .map(|seed| world::client_bytes(&mix(seed, CLIENT)))
        .sum();
    assert!(
        settled > 1_000,
        "the world must get somewhere: {settled} statements"
    );
}

#[test]
fn target_bytes_hold_the_invariants() {
    let settled: usize = (1..4_000)
        .map(|seed| world::target_bytes(&mix(seed, TARGET)))
        .sum();
    assert!(
        settled > 200,
        "the world must get somewhere: {settled} statements"
    );
}

/// What a fuzz run found once, kept.
#[test]
fn what_broke_once_holds() {
    // A statement submitted in the very input that faults is answered too late to be admitted.
    world::target_bytes(
        b"\xc9\x0a\x7c\xdbS\0\0\0\x09!\0bc\0S\0\0\0\x09a\0\xf9c\0S\0\0\0\x09a\0bb\0\
          Z\0\0\0\x05TUPDATE",
    );
}
