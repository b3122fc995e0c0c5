//! Texts built to break a reader.
//!
//! Why: a text may be refused, but it may not end the process, and what the server would cut
//! differently may not be read.
//! Nothing here is timed; what was slow would be seen in `cargo xtask bench`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod fixture;
mod summary;

use std::path::Path;

use analysis::{Analysis, Scene};
use model::Limits;

fn analysed(text: &str, standard_conforming_strings: bool) -> Analysis {
    let catalog = std::sync::Arc::new(fixture::catalog());
    let limits = Limits::default();
    let none = |_: &str| None;
    let scene = Scene {
        catalog: &catalog,
        cursors: &none,
        declared: &[],
        limits: &limits,
        prepared: &none,
        search_path: &catalog.search_path,
        standard_conforming_strings,
    };
    analysis::analyse(text, &scene)
}

fn gaps(text: &str) -> Vec<String> {
    let analysis = analysed(text, true);
    let gaps = analysis.parts.iter().flat_map(|part| &part.effects.gaps);
    gaps.map(|gap| gap.kind.clone()).collect()
}

#[test]
fn bombs_are_refused_or_read_on_a_small_stack() {
    let nested = |open: &str, core: &str, close: &str, depth: usize| {
        format!("SELECT {}{core}{}", open.repeat(depth), close.repeat(depth))
    };
    let mut texts = Vec::new();
    for depth in [50, 90, 150, 199, 5_000, 200_000] {
        texts.push(nested("(", "1", ")", depth));
        texts.push(nested("(SELECT ", "1", ")", depth));
        texts.push(nested("(SELECT * FROM (SELECT ", "1", ") x)", depth));
        texts.push(nested("CASE WHEN true THEN ", "1", " END", depth));
        texts.push(nested("NOT ", "true", "", depth));
        texts.push(nested("- ", "1", "", depth));
        texts.push(nested("abs(", "1", ")", depth));
        texts.push(nested("ARRAY[", "1", "]", depth));
        texts.push(nested("", "1", "::int", depth));
        texts.push(nested("", "1", " IS NULL", depth));
        texts.push(nested("", "1", " + 1", depth));
        texts.push(nested("", "true", " AND true", depth));
        texts.push(nested("", "true", " OR (true)", depth));
        texts.push(nested("", "1", " UNION SELECT 1", depth));
        texts.push(nested("", "1 FROM orders", " CROSS JOIN orders", depth));
        texts.push(nested("", "'a'", "[1]", depth));
        texts.push(nested("", "a", ".a", depth));
        texts.push(nested("", "a", " COLLATE \"C\"", depth));
        texts.push(nested("1 WHERE EXISTS (SELECT ", "1", ")", depth));
        texts.push(nested("", "1 FROM orders", " JOIN orders", depth));
        texts.push(format!(
            "{}SELECT 1{}",
            "(".repeat(depth),
            ")".repeat(depth)
        ));
        texts.push(format!(
            "{}SELECT 1",
            "WITH a AS (SELECT 1) ".repeat(depth.min(999))
        ));
        texts.push(format!("SELECT 1{}", ";SELECT 1".repeat(depth)));
        texts.push(format!("SELECT {}1", "/*".repeat(depth)));
        texts.push(format!("SELECT {}", "$a$".repeat(depth)));
    }
    let read = move || {
        for text in texts {
            analysed(&text, true);
        }
    };
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(read)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn many_rows_are_ordinary() {
    let rows: Vec<String> = (0..20_000)
        .map(|n| format!("({n}, {n}, 1.5, 'x')"))
        .collect();
    let text = format!("INSERT INTO orders VALUES {}", rows.join(", "));
    assert_eq!(gaps(&text), Vec::<String>::new());
    let ids: Vec<String> = (0..900).map(|n| format!("id = {n}")).collect();
    assert_eq!(
        gaps(&format!("DELETE FROM orders WHERE {}", ids.join(" OR "))),
        [""; 0]
    );
}

#[test]
fn a_text_that_reads_many_others_is_read_up_to_a_bound() {
    let call = "query_to_xml('SELECT id FROM orders', true, true, '')";
    let few = format!("SELECT {}", vec![call; 100].join(", "));
    assert_eq!(gaps(&few), [""; 0]);
    for call in [call, "database_to_xml(true, true, '')"] {
        let many = format!("SELECT {}", vec![call; 5_000].join(", "));
        assert!(!gaps(&many).is_empty());
    }
    let mut nested = "SELECT 1".to_owned();
    for _ in 0..12 {
        nested = format!(
            "SELECT query_to_xml('{}', true, true, '')",
            nested.replace('\'', "''")
        );
    }
    assert!(!gaps(&nested).is_empty());
}

#[test]
fn what_the_server_cuts_differently_is_not_read() {
    let refused = [
        "SELECT '\\' || email FROM customers",
        "\u{feff}SELECT 1",
        "SELECT 1\0",
        "SELECT E'a'\n'\\''; DROP TABLE orders; --'",
        "SELECT $1a",
        "SELECT 0x",
    ];
    for (text, scs) in refused.iter().zip([false, true, true, true, true, true]) {
        let analysis = analysed(text, scs);
        assert_eq!(analysis.parts.len(), 1, "{text}");
        assert!(!analysis.parts[0].effects.gaps.is_empty(), "{text}");
        assert!(analysis.depends_on_literals, "{text}");
    }
    // A comment ends with a carriage return as well.
    let stacked = analysed("SELECT 1 -- \r; DROP TABLE orders", true);
    assert_eq!(stacked.parts.len(), 2);
    assert_eq!(stacked.parts[1].effects.kind, "DROP TABLE");
}

/// A small generator: the cases must be the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end.max(1) as u64).unwrap()
    }
}

fn corpus() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let mut texts = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        for block in text.split("\n\n") {
            let sql: Vec<&str> = block
                .lines()
                .filter(|line| !line.starts_with("=> "))
                .collect();
            texts.push(sql.join("\n"));
        }
    }
    texts
}

#[test]
fn no_mutation_panics() {
    let catalog = std::sync::Arc::new(fixture::catalog());
    let limits = Limits::default();
    let none = |_: &str| None;
    let scene = Scene {
        catalog: &catalog,
        cursors: &none,
        declared: &[],
        limits: &limits,
        prepared: &none,
        search_path: &catalog.search_path,
        standard_conforming_strings: true,
    };
    let shaper = analysis::Shaper::new([7, 9]);
    let texts = corpus();
    let words: Vec<&str> = texts.iter().flat_map(|text| text.split(' ')).collect();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for round in 0..6_000 {
        let mut pieces: Vec<&str> = texts[round % texts.len()].split(' ').collect();
        for _ in 0..=dice.below(3) {
            let at = dice.below(pieces.len());
            match dice.below(4) {
                0 => drop(pieces.remove(at)),
                1 => pieces.insert(at, words[dice.below(words.len())]),
                2 => pieces[at] = words[dice.below(words.len())],
                _ => {
                    let other = dice.below(pieces.len());
                    pieces.swap(at, other);
                }
            }
            if pieces.is_empty() {
                break;
            }
        }
        let text = pieces.join(" ");
        let analysis = analysis::analyse(&text, &scene);
        for part in &analysis.parts {
            assert!(text.get(part.span.clone()).is_some(), "{text}");
        }
        if let Some(shape) = shaper.shape(&text) {
            assert!(
                shape
                    .literals
                    .iter()
                    .all(|range| text.get(range.clone()).is_some())
            );
        }
        assert!(!summary::of(&analysis, Some(&text)).is_empty());
    }
}

#[test]
fn texts_of_one_shape_are_read_alike() {
    let catalog = std::sync::Arc::new(fixture::catalog());
    let limits = Limits::default();
    let none = |_: &str| None;
    let scene = Scene {
        catalog: &catalog,
        cursors: &none,
        declared: &[],
        limits: &limits,
        prepared: &none,
        search_path: &catalog.search_path,
        standard_conforming_strings: true,
    };
    let shaper = analysis::Shaper::new([1, 2]);
    for text in corpus() {
        let one = analysis::analyse(&text, &scene);
        if one.depends_on_literals || one.literals.is_empty() {
            continue;
        }
        // Every constant another of its kind: digits become nines, letters in strings become z.
        let mut bytes = text.clone().into_bytes();
        for range in &one.literals {
            let is_quoted = !bytes[range.start].is_ascii_digit();
            for byte in &mut bytes[range.clone()][usize::from(is_quoted)..] {
                match byte {
                    b'0'..=b'8' if !is_quoted && range.len() < 9 => *byte = b'9',
                    b'a'..=b'y' if is_quoted => *byte = b'z',
                    _ => {}
                }
            }
        }
        let Ok(other) = String::from_utf8(bytes) else {
            continue;
        };
        let (Some(a), Some(b)) = (shaper.shape(&text), shaper.shape(&other)) else {
            continue;
        };
        if a.hash != b.hash {
            continue;
        }
        let two = analysis::analyse(&other, &scene);
        if two
            .parts
            .iter()
            .all(|part| part.effects.gaps.iter().all(|gap| gap.kind != "syntax"))
        {
            assert_eq!(
                summary::of(&one, None),
                summary::of(&two, None),
                "{text}\n{other}"
            );
        }
    }
}
