//! A column's name: cut into words, and the words looked up.

use model::Class;

use super::words::{self, Weight};

/// A class, how much the name says, and the phrase that says it.
pub(super) type Named = (Class, Weight, &'static str);

/// The longest phrase among the tokens, unless what follows says it is only about it.
pub(super) fn match_words(tokens: &[String]) -> Option<Named> {
    let first = tokens.first()?;
    let joined = tokens.concat();
    let mut best: Option<(usize, Named)> = None;
    for row in words::ROWS {
        for phrase in row.phrases {
            let Some(end) = phrase_end(tokens, &joined, phrase) else {
                continue;
            };
            let last = tokens.last().map_or("", String::as_str);
            let is_only_about = end < tokens.len() && words::ABOUT.contains(&last);
            let is_claim = words::CLAIMS.contains(&first.as_str()) && *phrase != joined;
            let is_longest = best.is_none_or(|(length, _)| phrase.len() > length);
            // A bare word inside a longer name says little: "product name", "primary key".
            let is_bare = row.weight == Weight::Strong
                || phrase.contains(' ')
                || tokens.len() == 1
                || row.class == Class::FreeText
                || (end == tokens.len() && is_qualified(first, row.class));
            if !is_only_about && !is_claim && is_longest && is_bare {
                best = Some((phrase.len(), (row.class, row.weight, phrase)));
            }
        }
    }
    best.map(|(_, named)| named)
}

/// Words before a bare one that keep its sense.
fn is_qualified(first: &str, class: Class) -> bool {
    let is_place = matches!(class, Class::City | Class::PostalCode | Class::Geo);
    let place = [
        "home", "billing", "shipping", "mailing", "work", "birth", "current", "delivery",
    ];
    is_place && place.contains(&first) || words::PEOPLE.contains(&first)
}

/// Where a phrase ends among the tokens: as a run of them, or written together as one.
fn phrase_end(tokens: &[String], joined: &str, phrase: &str) -> Option<usize> {
    let parts: Vec<&str> = phrase.split(' ').collect();
    let run = tokens
        .windows(parts.len())
        .position(|run| run.iter().zip(&parts).all(|(a, b)| a == b));
    if let Some(start) = run {
        return Some(start + parts.len());
    }
    let compact = phrase.replace(' ', "");
    if compact.len() < 5 {
        return None;
    }
    if joined == compact {
        return Some(tokens.len());
    }
    tokens
        .iter()
        .position(|token| *token == compact)
        .map(|at| at + 1)
}

/// A name cut into lower-case words without accents: at separators, at capitals, at digits that
/// begin or end no word we know.
pub(super) fn tokens(name: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (index, c) in chars.iter().enumerate() {
        let previous = index.checked_sub(1).and_then(|at| chars.get(at));
        let next = chars.get(index + 1);
        let after_lower = previous.is_some_and(|p| p.is_lowercase() || p.is_ascii_digit());
        let ends_capitals =
            previous.is_some_and(|p| p.is_uppercase()) && next.is_some_and(|n| n.is_lowercase());
        if c.is_uppercase() && (after_lower || ends_capitals) && !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            fold(*c, &mut word);
        } else if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    // "phone2" is a phone; "ipv4", "2fa" and "line1" are words.
    let keeps = |token: &str| {
        let words = words::ROWS.iter().flat_map(|row| row.phrases);
        words
            .flat_map(|phrase| phrase.split(' '))
            .any(|word| word == token)
    };
    let trim = |token: String| {
        let bare = token.trim_end_matches(|c: char| c.is_ascii_digit());
        if bare.is_empty() || keeps(&token) {
            token
        } else {
            bare.to_owned()
        }
    };
    tokens.into_iter().map(trim).collect()
}

/// Lower case, accents off.
fn fold(c: char, word: &mut String) {
    for c in c.to_lowercase() {
        match c {
            'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => word.push('a'),
            'é' | 'è' | 'ê' | 'ë' => word.push('e'),
            'í' | 'ì' | 'î' | 'ï' => word.push('i'),
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' => word.push('o'),
            'ú' | 'ù' | 'û' | 'ü' => word.push('u'),
            'ç' => word.push('c'),
            'ñ' => word.push('n'),
            'ß' => word.push_str("ss"),
            c => word.push(c),
        }
    }
}
