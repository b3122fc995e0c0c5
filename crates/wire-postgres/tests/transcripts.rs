//! Replays every transcript whole, byte by byte, and cut at pseudo-random points: what comes out
//! must be what the transcript says, each time.
//!
//! `PORTCULLIS_BLESS=1` rewrites the expected lines; read the difference before you keep it.

#![expect(
    clippy::format_push_string,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops where its world is not as it should be"
)]

#[path = "transcripts/notation.rs"]
mod notation;
#[path = "transcripts/plans.rs"]
mod plans;
#[path = "transcripts/script.rs"]
mod script;

use std::path::Path;

use script::{Cut, replay};

#[test]
fn transcripts_agree_however_they_are_cut() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 30, "{} transcripts", paths.len());
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let whole = replay(&text, Cut::Whole);
        if std::env::var_os("PORTCULLIS_BLESS").is_some() {
            std::fs::write(&path, &whole).unwrap();
        } else {
            assert_eq!(whole, text, "{} whole", path.display());
        }
        if text.lines().any(|line| line == "# whole only") {
            continue;
        }
        let cuts = (0..8).map(|seed| Cut::Random(0x9e37_79b9 + seed));
        for cut in std::iter::once(Cut::Bytes).chain(cuts) {
            assert_eq!(replay(&text, cut), whole, "{} {cut:?}", path.display());
        }
    }
}
