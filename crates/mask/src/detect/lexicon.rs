//! What words of names stand for: the lexicon of about thirty languages, and how a name is cut.
//!
//! A word stands for concepts, a set of bits; rules about concepts ([`super::naming`]) then need
//! no language. Words written together ("geburtsdatum", 顧客氏名) are split where the lexicon
//! covers them whole. It knows nothing of values.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::letters::{forms, is_unspaced, pieces};

const WORDS: &str = include_str!("words/words.txt");

/// A set of concepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Concepts(u128);

impl Concepts {
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn join(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Each concept of the set alone.
    pub(super) fn each(self) -> impl Iterator<Item = Self> {
        let bits = (0..128).map(|bit| 1_u128 << bit);
        bits.filter(move |bit| self.0 & bit != 0).map(Self)
    }
}

/// A word of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// What it stands for; empty where it is no word we know.
    pub(super) concepts: Concepts,
    /// Folded: lower case, accents off.
    pub(super) word: String,
}

/// The words by what they stand for.
pub(super) struct Lexicon {
    concepts: HashMap<&'static str, u32>,
    /// Words with their vowels left out, where one English word alone has that skeleton.
    skeletons: HashMap<String, Concepts>,
    /// Words that may be part of one written together.
    parts: HashMap<String, Concepts>,
    words: HashMap<String, Concepts>,
}

pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::read(WORDS));

impl Lexicon {
    fn read(text: &'static str) -> Self {
        let mut lexicon = Self {
            concepts: HashMap::new(),
            parts: HashMap::new(),
            skeletons: HashMap::new(),
            words: HashMap::new(),
        };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((concept, words)) = line.split_once(": ") else {
                continue;
            };
            let next = u32::try_from(lexicon.concepts.len()).unwrap_or(127);
            let bit = *lexicon.concepts.entry(concept).or_insert(next);
            let concept = Concepts(1_u128.checked_shl(bit).unwrap_or(0));
            // An underscore at the end marks a word that means too much else.
            for word in words.split(' ').filter(|word| !word.ends_with('_')) {
                lexicon.put(word, concept);
            }
        }
        for (skeleton, word) in SKELETONS {
            if let Some(concepts) = lexicon.words.get(*word).copied() {
                lexicon.skeletons.insert((*skeleton).to_owned(), concepts);
            }
        }
        lexicon
    }

    fn put(&mut self, written: &str, concept: Concepts) {
        let is_part = !written.starts_with('~');
        let word = written.trim_start_matches('~').replace('_', "");
        for form in forms(&word) {
            let length = form.chars().count();
            let known = self.words.entry(form.clone()).or_default();
            *known = known.join(concept);
            if is_part && (length >= 3 || !form.is_ascii()) {
                let known = self.parts.entry(form).or_default();
                *known = known.join(concept);
            }
        }
    }

    /// The concept of that name.
    pub(super) fn concept(&self, name: &str) -> Option<Concepts> {
        self.concepts.get(name).map(|bit| Concepts(1_u128 << bit))
    }

    /// The set of concepts of those names.
    pub(super) fn set(&self, names: &[&str]) -> Concepts {
        let found = names.iter().filter_map(|name| self.concept(name));
        found.fold(Concepts::default(), Concepts::join)
    }

    /// What a whole word stands for, in the plural too.
    fn word(&self, word: &str) -> Option<Concepts> {
        if let Some(found) = self.words.get(word) {
            return Some(*found);
        }
        if !word.is_ascii() || word.len() < 4 {
            return None;
        }
        let of_ies = word.strip_suffix("ies").map(|stem| format!("{stem}y"));
        let stems = ENDINGS.iter().filter_map(|(end, least)| {
            let stem = word.strip_suffix(end)?;
            (stem.len() >= *least).then(|| stem.to_owned())
        });
        let mut stems = stems.chain(of_ies);
        stems.find_map(|stem| self.words.get(&stem).copied())
    }

    /// A name cut into words.
    pub(super) fn cut(&self, name: &str) -> Vec<Token> {
        let words = pieces(name);
        let mut tokens = Vec::new();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            // "birth_date", "no_telp": a run of pieces may be one word of the lexicon.
            let joined = (2..=4_usize).rev().find_map(|length| {
                let run = words.get(at..at + length)?.concat();
                let known = self.words.get(&run).copied();
                let is_long = run.len() >= 4;
                known
                    .filter(|_| is_long)
                    .map(|concepts| (length, run, concepts))
            });
            if let Some((length, word, concepts)) = joined {
                tokens.push(Token { concepts, word });
                at += length;
                continue;
            }
            at += 1;
            self.read_word(word, &mut tokens);
        }
        // "tbl_customers", "strEmail": a prefix that says a type.
        let prefix = self.concept("prefix").unwrap_or_default();
        if tokens.len() > 1 && tokens.first().is_some_and(|t| t.concepts.meets(prefix)) {
            tokens.remove(0);
        }
        let stop = self.concept("stop").unwrap_or_default();
        if tokens.len() > 1 {
            tokens.retain(|token| token.concepts != stop);
        }
        tokens
    }

    fn read_word(&self, word: &str, tokens: &mut Vec<Token>) {
        let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let tries = [word, bare];
        let known = tries.iter().find_map(|word| self.word(word));
        if let Some(concepts) = known {
            let word = word.to_owned();
            return tokens.push(Token { concepts, word });
        }
        if bare.is_empty() {
            return;
        }
        if let Some(parts) = self.split(bare) {
            return tokens.extend(parts);
        }
        if bare.chars().any(is_unspaced) {
            let parts = self.within(bare);
            if !parts.is_empty() {
                return tokens.extend(parts);
            }
        }
        let concepts = self.skeletons.get(bare).copied().unwrap_or_default();
        let word = bare.to_owned();
        tokens.push(Token { concepts, word });
    }

    /// The word as a run of others, the fewest that cover it; letters that join may stand between.
    fn split(&self, word: &str) -> Option<Vec<Token>> {
        let ends: Vec<usize> = word.char_indices().map(|(at, _)| at).skip(1).collect();
        let ends: Vec<usize> = ends.into_iter().chain([word.len()]).collect();
        if ends.len() > 40 || word.is_ascii() && word.len() < 5 {
            return None;
        }
        // The best cover of the text before each place: how many parts, and where the last began.
        let mut best: HashMap<usize, (usize, usize, usize)> = HashMap::from([(0, (0, 0, 0))]);
        for end in &ends {
            for start in std::iter::once(0).chain(ends.iter().copied()) {
                if start >= *end {
                    break;
                }
                let Some((parts, ..)) = best.get(&start).copied() else {
                    continue;
                };
                let Some(piece) = word.get(start..*end) else {
                    continue;
                };
                let is_last = *end == word.len();
                if !self.is_part(piece, is_last || start == 0) {
                    continue;
                }
                let joiners: &[&str] = if word.is_ascii() {
                    &["", "s", "n", "en", "es"]
                } else {
                    &["", "の"]
                };
                for joiner in joiners {
                    let after = *end + joiner.len();
                    let is_joined = word.get(*end..after) == Some(joiner)
                        && (joiner.is_empty() || after < word.len());
                    let is_better = best
                        .get(&after)
                        .is_none_or(|(known, ..)| parts + 1 < *known);
                    if is_joined && is_better {
                        best.insert(after, (parts + 1, start, *end));
                    }
                }
            }
        }
        let mut tokens = Vec::new();
        let mut at = word.len();
        while at > 0 {
            let (_, start, end) = best.get(&at).copied()?;
            let piece = word.get(start..end)?;
            let concepts = self.part(piece);
            tokens.push(Token {
                concepts,
                word: piece.to_owned(),
            });
            at = start;
        }
        tokens.reverse();
        Some(tokens)
    }

    /// The words of the lexicon inside a text written without spaces, the longest first.
    fn within(&self, text: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
            let mut pieces = ends.filter_map(|end| rest.get(..end));
            let known = pieces.rfind(|piece| self.words.contains_key(*piece));
            let length = known.map_or(first.len_utf8(), str::len);
            if let Some(word) = known {
                tokens.push(Token {
                    concepts: self.part(word),
                    word: word.to_owned(),
                });
            }
            rest = rest.get(length..).unwrap_or("");
        }
        tokens
    }

    fn is_part(&self, piece: &str, is_rim: bool) -> bool {
        // "phoneno", "dtnasc": two letters only where they begin or end the word.
        self.parts.contains_key(piece)
            || is_rim && matches!(piece, "no" | "nr" | "nm" | "dt" | "cd" | "id")
    }

    fn part(&self, piece: &str) -> Concepts {
        let known = self.parts.get(piece).or_else(|| self.words.get(piece));
        known.copied().unwrap_or_default()
    }
}

/// Endings of plurals and cases, and how much of a word must stand before one.
const ENDINGS: &[(&str, usize)] = &[
    ("s", 3),
    ("es", 3),
    ("n", 3),
    ("en", 3),
    ("e", 3),
    ("i", 4),
    ("u", 5),
    ("a", 5),
    ("y", 5),
    ("ow", 5),
    ("ov", 5),
    ("er", 4),
    ("ar", 4),
    ("et", 5),
    ("in", 5),
];

/// English words as they are shortened by leaving vowels out.
const SKELETONS: &[(&str, &str)] = &[
    ("addrss", "address"),
    ("adrss", "address"),
    ("brthdt", "birthdate"),
    ("cntct", "contact"),
    ("cntry", "country"),
    ("crd", "card"),
    ("cstmr", "customer"),
    ("cust", "customer"),
    ("emly", "employee"),
    ("emplye", "employee"),
    ("eml", "email"),
    ("fmly", "family"),
    ("gvn", "given"),
    ("mbl", "mobile"),
    ("mbr", "member"),
    ("mngr", "manager"),
    ("ownr", "owner"),
    ("phn", "phone"),
    ("prsn", "person"),
    ("psswrd", "password"),
    ("pswrd", "password"),
    ("ptnt", "patient"),
    ("sprvsr", "supervisor"),
    ("slry", "salary"),
    ("strt", "street"),
    ("tkn", "token"),
    ("usrnm", "username"),
];
