//! Bodies built to break their reader.
//!
//! Why: a body is a text like any other, and often a stored one that nobody looked at: it may be
//! called unreadable, but it may not end the process, nor keep it busy.
//! What bodies do is in `cases/body.txt`. Nothing here is timed: what does not end is seen.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod fixture;

use std::sync::Arc;

use analysis::{Analysis, Scene};
use catalog::{Body, Catalog, Function, Source};
use model::{CallBody, Limits};

fn analysed(text: &str, catalog: &Arc<Catalog>) -> Analysis {
    let limits = Limits::default();
    let none = |_: &str| None;
    let scene = Scene {
        catalog,
        cursors: &none,
        declared: &[],
        limits: &limits,
        prepared: &none,
        search_path: &catalog.search_path,
        standard_conforming_strings: true,
    };
    analysis::analyse(text, &scene)
}

fn block(body: &str) -> String {
    format!("DO $portcullis$ {body} $portcullis$")
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}

#[test]
fn bodies_cut_and_glued_at_random_end() {
    let catalog = Arc::new(fixture::catalog());
    let bodies: Vec<Arc<str>> = fixture::bodies();
    let words: Vec<&str> = bodies.iter().flat_map(|body| body.split(' ')).collect();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..1_500 {
        let whole = &bodies[dice.below(bodies.len())];
        let mut body: Vec<char> = whole.chars().collect();
        for _ in 0..=dice.below(4) {
            let at = dice.below(body.len());
            match dice.below(4) {
                0 => body.truncate(at),
                1 => {
                    let to = (at + dice.below(12)).min(body.len());
                    body.drain(at..to);
                }
                2 => {
                    let word = words[dice.below(words.len())];
                    body.splice(at..at, format!(" {word} ").chars());
                }
                _ => {
                    let odd = ['\'', '$', '(', '\\', ';', '\u{1f}', 'é', '"', '-', '%'];
                    body.splice(at..at, [odd[dice.below(odd.len())]]);
                }
            }
        }
        let body: String = body.into_iter().collect();
        let read = analysed(&block(&body), &catalog);
        assert!(!read.parts.is_empty());
    }
}

#[test]
fn bytes_at_random_end() {
    let catalog = Arc::new(fixture::catalog());
    let mut dice = Dice(0xdead_beef_0bad_cafe);
    for length in 0..400 {
        let bytes: Vec<u8> = (0..length)
            .map(|_| u8::try_from(dice.below(256)).unwrap())
            .collect();
        let body = String::from_utf8_lossy(&bytes);
        analysed(&block(&format!("BEGIN {body} ; END")), &catalog);
        analysed(&block(&body), &catalog);
    }
}

#[test]
fn bombs_are_gaps() {
    let catalog = Arc::new(fixture::catalog());
    let nested = |open: &str, core: &str, close: &str, depth: usize| {
        format!(
            "BEGIN {}{core}{} END",
            open.repeat(depth),
            close.repeat(depth)
        )
    };
    for depth in [61, 500, 20_000] {
        for body in [
            nested("BEGIN ", "NULL;", " END;", depth),
            nested("IF true THEN ", "NULL;", " END IF;", depth),
            nested("LOOP ", "NULL;", " END LOOP;", depth),
            nested("<<a>> WHILE true LOOP ", "NULL;", " END LOOP;", depth),
            nested("CASE 1 WHEN 1 THEN ", "NULL;", " END CASE;", depth),
            nested("IF true THEN ", "", "", depth),
            nested("x := (", "", "", depth),
            nested("x := ", "", "(", depth),
            nested("", "x := 1", "[1]", depth),
            nested("FOR r IN SELECT 1 LOOP ", "NULL;", " END LOOP;", depth),
            nested("BEGIN EXCEPTION WHEN x THEN ", "NULL;", " END;", depth),
        ] {
            let read = analysed(&block(&body), &catalog);
            assert!(
                !read.parts[0].effects.gaps.is_empty(),
                "{depth} of {body:.60}"
            );
        }
    }
    // Long and flat is read, up to the bound on a text's statements.
    for count in [10, 900, 50_000] {
        let body = format!("BEGIN {} END", "PERFORM 1; ".repeat(count));
        let read = analysed(&block(&body), &catalog);
        assert_eq!(read.parts[0].effects.gaps.is_empty(), count < 1_000);
    }
}

#[test]
fn functions_that_call_one_another_end() {
    let base = fixture::catalog();
    let names: Vec<String> = (0..40).map(|number| format!("knot_{number}")).collect();
    let everybody: Vec<String> = names.iter().map(|name| format!("{name}()")).collect();
    let pattern: Function = base.functions("city_of").next().unwrap().clone();
    let source = pattern.source.clone().unwrap();
    let knot = |(number, name): (usize, &String)| Function {
        arguments: Vec::new(),
        name: name.as_str().into(),
        oid: 20_000 + u32::try_from(number).unwrap(),
        source: Some(Arc::new(Source {
            arguments: Vec::new(),
            body: Body::Text(format!("SELECT concat({})", everybody.join(", ")).into()),
            ..Source::clone(&source)
        })),
        ..pattern.clone()
    };
    let functions: Vec<Function> = base
        .all_functions()
        .cloned()
        .chain(names.iter().enumerate().map(knot))
        .collect();
    let relations = base.relations().cloned().collect();
    let types = base.types().cloned().collect();
    let mut catalog = Catalog::of(relations, functions, types);
    catalog.search_path = vec!["public".into()];
    let catalog = Arc::new(catalog);
    let read = analysed("SELECT knot_0()", &catalog);
    let calls = &read.parts[0].effects.calls;
    let own = |call: &&model::Call| call.function.name == "knot_0" && call.via.is_none();
    let first = calls.iter().find(own).unwrap();
    assert_ne!(first.body, CallBody::None);
}
