//! How the words of names are written: cut into pieces, folded, and in Latin letters.
//!
//! It knows no word.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A name's pieces: cut at what is no letter, at capitals, and between scripts; folded.
pub(super) fn pieces(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.nfc().collect();
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for (index, c) in chars.iter().enumerate() {
        let previous = index.checked_sub(1).and_then(|at| chars.get(at));
        let next = chars.get(index + 1);
        let after_lower = previous.is_some_and(|p| p.is_lowercase() || p.is_ascii_digit());
        let ends_capitals =
            previous.is_some_and(|p| p.is_uppercase()) && next.is_some_and(|n| n.is_lowercase());
        let is_cut = c.is_uppercase() && (after_lower || ends_capitals)
            || previous.is_some_and(|p| {
                p.is_alphabetic()
                    && c.is_alphabetic()
                    && p.is_ascii() != c.is_ascii()
                    && is_unspaced(*p) != is_unspaced(*c)
            });
        if is_cut && !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
        }
        if c.is_alphanumeric() || is_combining_mark(*c) || matches!(*c, '\u{200c}') {
            piece.push(*c);
        } else if *c == '\'' || *c == '’' {
            // Ukrainian імʼя is one word.
        } else if !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces.iter().map(|piece| fold(piece)).collect()
}

/// Whether a letter is of a script written without spaces.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0E7F | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xAC00..=0xD7AF)
}

/// Lower case, accents off; marks that are letters' own (kana, Thai, Devanagari) stay.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.to_lowercase().nfd() {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            'þ' => folded.push_str("th"),
            '\u{200c}' | '\u{2bc}' | '\u{300}'..='\u{36f}' => {}
            c => folded.push(c),
        }
    }
    folded.nfc().collect()
}

/// The ways a word of the lexicon is written in a name.
pub(super) fn forms(word: &str) -> Vec<String> {
    let folded = fold(&word.replace('\'', ""));
    let mut forms = vec![folded.clone()];
    let lower: String = word.to_lowercase().nfc().collect();
    // "straße" is "strasse", "länge" also "laenge", "fødsel" also "foedsel".
    let spelled: String = lower
        .chars()
        .map(|c| match c {
            'ä' | 'æ' => "ae".to_owned(),
            'ö' | 'ø' => "oe".to_owned(),
            'ü' => "ue".to_owned(),
            'å' => "aa".to_owned(),
            c => c.to_string(),
        })
        .collect();
    forms.push(fold(&spelled));
    let is_cyrillic = folded
        .chars()
        .all(|c| matches!(u32::from(c), 0x400..=0x4FF));
    let is_greek = folded
        .chars()
        .all(|c| matches!(u32::from(c), 0x370..=0x3FF));
    if folded.chars().count() >= 3 && (is_cyrillic || is_greek) {
        let written = |scheme: usize| -> String {
            folded
                .chars()
                .map(|c| latin(c, scheme).to_owned())
                .collect()
        };
        forms.extend([0, 1, 2].map(written));
    }
    forms.sort_unstable();
    forms.dedup();
    forms.retain(|form| !form.is_empty());
    forms
}

/// How a letter is written in Latin ones: in English, in Slavic and in another English way.
fn latin(c: char, scheme: usize) -> &'static str {
    let of = |ways: [&'static str; 3]| ways.get(scheme).copied().unwrap_or("");
    match c {
        'а' | 'α' => "a",
        'б' => "b",
        'в' | 'β' => "v",
        'г' => of(["g", "g", "h"]),
        'ґ' | 'γ' => "g",
        'д' | 'δ' => "d",
        'е' | 'ε' | 'є' | 'э' => "e",
        'ж' => of(["zh", "z", "j"]),
        'з' | 'ζ' => "z",
        'и' | 'і' | 'ι' => "i",
        'й' | 'ї' => of(["y", "j", "i"]),
        'к' | 'κ' => "k",
        'л' | 'λ' => "l",
        'м' | 'μ' => "m",
        'н' | 'ν' => "n",
        'о' | 'ο' | 'ω' => "o",
        'п' | 'π' => "p",
        'р' | 'ρ' => "r",
        'с' | 'σ' | 'ς' => "s",
        'т' | 'τ' => "t",
        'у' => "u",
        'υ' => of(["y", "i", "u"]),
        'ф' | 'φ' => "f",
        'х' => of(["kh", "h", "h"]),
        'χ' => of(["ch", "h", "x"]),
        'ц' => of(["ts", "c", "c"]),
        'ч' => of(["ch", "c", "ch"]),
        'ш' => of(["sh", "s", "sh"]),
        'щ' => of(["shch", "sc", "sht"]),
        'ы' => of(["y", "y", "i"]),
        'ю' => of(["yu", "ju", "iu"]),
        'я' => of(["ya", "ja", "ia"]),
        'η' => of(["i", "h", "e"]),
        'θ' => "th",
        'ξ' => of(["x", "ks", "x"]),
        'ψ' => "ps",
        'ъ' => of(["", "a", "a"]),
        _ => "",
    }
}
