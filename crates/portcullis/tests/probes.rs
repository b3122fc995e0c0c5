//! Probes against the mask: nothing a person may not see comes through, by any door, and nobody
//! finds it out bit by bit; and ordinary statements over the same tables are answered.
//!
//! A real server holds canaries (`probes/schema.sql`), the real gateway finds the classes alone.
//! `direct/`: every byte that comes back is searched for every canary in many disguises. `pairs/`:
//! each statement is sent with a right and with a wrong guess, and the answers must not differ.
//! `orders/`: the answer must not be the one that a person gets who sees everything. `ordinary/`:
//! how many are answered. Refused and masked are both fine for a probe.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test's own"
)]

#[path = "probes/judging.rs"]
mod judging;
mod support;
#[path = "probes/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use support::Faults;
use support::cases::{Case, read};
use support::talk::Answer;
use world::World;

/// Of a hundred ordinary statements so many at least are answered.
const WANTED: usize = 94;

fn folder(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/probes")
        .join(of)
}

/// What leaks still and is known, a probe a line: the list may only shrink (`YARD_BLESS=1` writes
/// it anew).
struct Known {
    file: PathBuf,
    known: Vec<String>,
    met: Vec<String>,
    new: Faults,
}

impl Known {
    fn of(kind: &str) -> Self {
        let file = folder(&format!("{kind}.known"));
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        Self {
            file,
            known: text.lines().map(str::to_owned).collect(),
            met: Vec::new(),
            new: Faults::default(),
        }
    }

    /// A probe that leaks.
    fn note(&mut self, name: &str, how: &str) {
        println!("LEAK {name}\n    {how}");
        self.met.push(name.to_owned());
        let is_known = self.known.iter().any(|line| line == name);
        self.new.demand(is_known, || format!("{name}\n    {how}"));
    }

    fn end(self, all: usize) {
        println!("{} of {all} leak", self.met.len());
        if std::env::var_os("YARD_BLESS").is_some() {
            std::fs::write(self.file, self.met.join("\n") + "\n").unwrap();
            return;
        }
        for line in self.known.iter().filter(|line| !self.met.contains(line)) {
            println!("mended, take it off {}: {line}", self.file.display());
        }
        self.new.end();
    }
}

/// A probe: what names it, and its messages.
type Probe = (String, Case);

/// The probes of a folder that are asked for, with guesses in their places.
fn probes(of: &str, guesses: &BTreeMap<String, String>, at: usize) -> Vec<Probe> {
    let only = std::env::var("PROBES").unwrap_or_default();
    let dir = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder(of)).unwrap() {
        let file = file.unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        let spelt = judging::guessed(&text, guesses, at);
        std::fs::write(dir.path().join(file.file_name()), spelt).unwrap();
        names.push((file.file_name(), judging::blocks(&text)));
    }
    names.sort();
    let names = names.into_iter().flat_map(|(_, blocks)| blocks);
    let all = names.zip(read(dir.path()));
    all.filter(|(name, _)| name.contains(&only)).collect()
}

/// The same without guesses.
fn probes_of(of: &str, values: &BTreeMap<String, String>) -> Vec<Probe> {
    probes(of, values, 0)
}

/// What the first messages said, for a failure's line.
fn told(answer: &Answer) -> String {
    let is_kept = |kind| b"DdEN".contains(&kind);
    let said = answer.messages.iter().filter(|m| is_kept(m.kind)).take(2);
    let said: Vec<String> = said.map(|message| format!("{message:.260?}")).collect();
    said.join(" ")
}

#[test]
fn nothing_leaks_directly() {
    let world = World::start();
    let mut known = Known::of("direct");
    let probes = probes_of("direct", &BTreeMap::new());
    for (name, case) in &probes {
        let answer = world.play(case);
        if let Some(canary) = world.canary_in(&answer) {
            known.note(name, &format!("{canary:?} in {}", told(&answer)));
        }
    }
    known.end(probes.len());
}

#[test]
fn nothing_leaks_by_inference() {
    let world = World::start();
    let mut known = Known::of("pairs");
    let guesses = world.guesses();
    let [right, wrong] = [0, 1].map(|at| probes("pairs", &guesses, at));
    for ((name, right), (_, wrong)) in right.iter().zip(&wrong) {
        let answers = [right, wrong].map(|case| world.play(case));
        let alike = answers.each_ref();
        let [one, other] = alike.map(|answer| judging::likeness(answer, &guesses));
        if one != other {
            let [one, other] = answers.each_ref().map(told);
            known.note(name, &format!("{one}\n    {other}"));
        }
    }
    known.end(right.len());
}

#[test]
fn nothing_leaks_by_order() {
    let world = World::start();
    let mut known = Known::of("orders");
    let probes = probes_of("orders", &BTreeMap::new());
    for (name, case) in &probes {
        let [ours, theirs] = [world.play(case), world.past(case)].map(|a| judging::rows(&a));
        if ours == theirs && !judging::is_plain(&ours) {
            known.note(name, "comes as from the values themselves");
        }
    }
    known.end(probes.len());
}

#[test]
fn nothing_leaks_by_writing_and_reading_back() {
    let world = World::start();
    let mut known = Known::of("echoes");
    let guesses = world.guesses();
    let text = std::fs::read_to_string(folder("echoes.list")).unwrap();
    let echoes = judging::listed(&text.replace("{email}", &guesses["email"]));
    let stand_in = &world.stand_ins()["email*"];
    for echo in &echoes {
        let (name, statements) = echo.split_first().unwrap();
        let shown = world.shown_to_alice(statements);
        if shown.iter().any(|value| value.contains(stand_in)) {
            known.note(name, &format!("{stand_in} by {statements:?}"));
        }
    }
    known.end(echoes.len());
}

#[test]
fn ordinary_statements_are_answered() {
    let world = World::start();
    let stand_ins = world.stand_ins();
    let probes = probes_of("ordinary", &stand_ins);
    let originals = probes_of("ordinary", &world.originals());
    let mut refused = Vec::new();
    let mut otherwise = Vec::new();
    let mut unwell = Faults::default();
    for ((name, case), (_, original)) in probes.iter().zip(&originals) {
        let theirs = world.past(original);
        unwell.demand(theirs.code().is_none(), || {
            format!("{name}: {}", told(&theirs))
        });
        let ours = world.play(case);
        if ours.code().is_some() || ours.was_held || ours.is_hung {
            let how = if ours.was_held { "held" } else { "refused" };
            let errors = ours.messages.iter().filter(|m| b"EN".contains(&m.kind));
            let why = errors
                .map(|m| format!("{m:?}"))
                .next_back()
                .unwrap_or_default();
            refused.push(format!("{how}: {name}\n    {why}"));
        } else if judging::outcome(&ours) != judging::outcome(&theirs) {
            let outcomes = [&ours, &theirs].map(judging::outcome);
            otherwise.push(format!("otherwise: {name}\n    {outcomes:?}"));
        }
    }
    let answered = probes.len() - refused.len();
    let share = format!(
        "{answered} of {} ordinary statements answered, {} of them with other rows or tags",
        probes.len(),
        otherwise.len()
    );
    refused.extend(otherwise);
    println!("{share}\n{}", refused.join("\n"));
    if let Some(folder) = std::env::var_os("YARD_FOLDER") {
        let file = Path::new(&folder).join("ordinary-refused.txt");
        std::fs::write(file, format!("{share}\n{}\n", refused.join("\n"))).unwrap();
    }
    unwell.end();
    assert!(answered * 100 >= probes.len() * WANTED, "{share}");
}

#[test]
fn a_stand_in_written_back_is_never_stored() {
    let world = World::start();
    let mut known = Known::of("writes");
    let mut all = 0;
    let text = std::fs::read_to_string(folder("written.list")).unwrap();
    for line in judging::listed(&text) {
        let [name, of, write, check] = &line[..] else {
            panic!("{line:?}")
        };
        let (stored, shown) = world.written_back(of, write, check);
        all += 1;
        if stored.contains(&shown) {
            known.note(name, &format!("{shown:?} is stored by {write}"));
        }
    }
    known.end(all);
}
