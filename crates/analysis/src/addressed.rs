//! Whether a text is addressed to the gateway itself: `EXPLAIN PORTCULLIS …`, a comment that says
//! `portcullis: explain`, and `SET`, `RESET` and `SHOW` of a `portcullis.*` setting.
//!
//! Why before the parser: these are no statements of the server's grammar, and the server must
//! never hear them. Only a text that is one such statement and nothing else is ours; a text that
//! begins like one and goes on otherwise is a fault with a sentence, never a guess.
//! It answers nothing and keeps nothing.

use crate::lex::{Kind, Lexer, Token};

/// The first part of the name of every setting of ours.
pub const SETTINGS: &str = "portcullis.";

/// What a text asks of the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addressed<'a> {
    /// What would be said to the statement inside, and why.
    Explain {
        /// FORMAT JSON.
        is_json: bool,
        /// The statement's text.
        text: &'a str,
    },
    /// Begins like one of these, and is none: what is wrong with it.
    Faulty(&'static str),
    /// RESET of a setting, by its name after `portcullis.`.
    Reset(String),
    /// SET of a setting; no value is DEFAULT.
    Set(String, Option<String>),
    /// SHOW of a setting.
    Show(String),
}

const EXPLAINS: &str = "EXPLAIN (PORTCULLIS) takes FORMAT TEXT or FORMAT JSON and nothing else";
const COMMENTS: &str =
    "a comment to Portcullis says portcullis: explain, or portcullis: explain json";
const ONE: &str = "a statement to Portcullis itself stands alone in its message";
const SETS: &str = "a setting of Portcullis is one plain string, word or number, or DEFAULT";
const HOLDS: &str = "a setting of Portcullis holds for the session, so it has no LOCAL form";

impl<'a> Addressed<'a> {
    /// What `text` asks of the gateway; `None` where it is not addressed to it.
    pub fn of(text: &'a str) -> Option<Self> {
        if let Some(found) = commented(text) {
            return Some(found);
        }
        let mut words = Words {
            lexer: Lexer::new(text),
            text,
        };
        let first = words.next()?;
        if first.0.kind != Kind::Word {
            return None;
        }
        let is = |word: &str| first.1.eq_ignore_ascii_case(word);
        if is("explain") {
            words.explain()
        } else if is("set") {
            words.set()
        } else if is("reset") {
            words.named(Self::Reset)
        } else if is("show") {
            words.named(Self::Show)
        } else {
            None
        }
    }
}

/// What a comment asks that begins with our name, wherever it stands: who puts it behind the
/// statement means it as much. One that asks for something else is a fault, so that a misspelt one
/// lets nothing run.
fn commented(text: &str) -> Option<Addressed<'_>> {
    const NAME: &str = "portcullis";
    let names_us = |(at, _): (usize, &str)| {
        let name = at
            .checked_sub(NAME.len())
            .and_then(|from| text.get(from..at));
        name.is_some_and(|name| name.eq_ignore_ascii_case(NAME))
    };
    if !text.match_indices(':').any(names_us) {
        return None;
    }
    let said = |token: Token| {
        let comment = text.get(token.start..token.end)?;
        let inside = match comment.strip_prefix("/*") {
            Some(block) => block.strip_suffix("*/")?,
            None => comment.strip_prefix("--")?,
        };
        let (name, asked) = inside.trim().split_once(':')?;
        let asked = asked.split_whitespace().collect::<Vec<_>>().join(" ");
        name.eq_ignore_ascii_case(NAME)
            .then(|| asked.to_ascii_lowercase())
    };
    let mut comments = Lexer::new(text).filter(|token| token.kind == Kind::Space);
    let asked = comments.find_map(said)?;
    Some(match asked.as_str() {
        "explain" | "explain json" => Addressed::Explain {
            is_json: asked.ends_with("json"),
            text,
        },
        _ => Addressed::Faulty(COMMENTS),
    })
}

/// How many parameters a text names: its highest `$n`.
pub fn parameters(text: &str) -> u16 {
    let numbers = Lexer::new(text)
        .filter(|token| token.kind == Kind::Parameter)
        .filter_map(|token| text.get(token.start + 1..token.end)?.parse().ok());
    numbers.max().unwrap_or(0)
}

/// The tokens of a text without its white space.
#[derive(Clone)]
struct Words<'a> {
    lexer: Lexer<'a>,
    text: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = (Token, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let token = self.lexer.find(|token| token.kind != Kind::Space)?;
        Some((token, self.text.get(token.start..token.end)?))
    }
}

fn is_word(found: Option<(Token, &str)>, word: &str) -> bool {
    found.is_some_and(|(token, text)| token.kind == Kind::Word && text.eq_ignore_ascii_case(word))
}

impl<'a> Words<'a> {
    fn rest(&self, from: usize) -> &'a str {
        self.text.get(from..).unwrap_or_default()
    }

    fn explain(mut self) -> Option<Addressed<'a>> {
        let (token, word) = self.next()?;
        if is_word(Some((token, word)), "portcullis") {
            let text = self.rest(token.end);
            return Some(Addressed::Explain {
                is_json: false,
                text,
            });
        }
        if word != "(" {
            return None;
        }
        let (mut is_ours, mut is_json, mut is_strange) = (false, false, false);
        let mut option: Vec<&str> = Vec::new();
        loop {
            let (token, word) = self.next()?;
            if word != "," && word != ")" {
                option.push(word);
                continue;
            }
            let lower = option.join(" ").to_ascii_lowercase();
            match lower.as_str() {
                "portcullis" => is_ours = true,
                "format json" => is_json = true,
                "format text" => is_json = false,
                _ => is_strange = true,
            }
            option.clear();
            if word == ")" {
                let text = self.rest(token.end);
                let found = Addressed::Explain { is_json, text };
                let fault = is_strange.then_some(Addressed::Faulty(EXPLAINS));
                return is_ours.then(|| fault.unwrap_or(found));
            }
        }
    }

    fn set(mut self) -> Option<Addressed<'a>> {
        let mut ahead = self.clone();
        let first = ahead.next();
        let is_local = is_word(first, "local");
        if is_local || is_word(first, "session") {
            self = ahead;
        }
        let name = self.name()?;
        if is_local {
            return Some(Addressed::Faulty(HOLDS));
        }
        let assigns = self.next();
        let value = self.next();
        if !is_word(assigns, "to") && assigns.is_none_or(|(_, text)| text != "=") {
            return Some(Addressed::Faulty(SETS));
        }
        let value = match value {
            Some((token, text)) => match token.kind {
                Kind::Word if text.eq_ignore_ascii_case("default") => None,
                Kind::Word => Some(text.to_ascii_lowercase()),
                Kind::Integer => Some(text.to_owned()),
                Kind::Text if text.starts_with('\'') && !text.contains('\\') => {
                    let inside = text.get(1..text.len().saturating_sub(1));
                    Some(inside.unwrap_or_default().replace("''", "'"))
                }
                _ => return Some(Addressed::Faulty(SETS)),
            },
            None => return Some(Addressed::Faulty(SETS)),
        };
        Some(self.ended(Addressed::Set(name, value)))
    }

    fn named(mut self, made: impl FnOnce(String) -> Addressed<'a>) -> Option<Addressed<'a>> {
        let name = self.name()?;
        Some(self.ended(made(name)))
    }

    /// The name of a setting of ours, after `portcullis.`.
    fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        loop {
            let (token, text) = self.next()?;
            match token.kind {
                Kind::Word => name.push_str(text),
                Kind::Quoted if text.starts_with('"') => {
                    let inside = text.get(1..text.len().saturating_sub(1))?;
                    name.push_str(&inside.replace("\"\"", "\""));
                }
                _ => return None,
            }
            let mut ahead = self.clone();
            if ahead.next().is_none_or(|(_, text)| text != ".") {
                break;
            }
            name.push('.');
            *self = ahead;
        }
        // Names of settings are compared without case, quoted or not.
        let name = name.to_ascii_lowercase();
        name.strip_prefix(SETTINGS).map(str::to_owned)
    }

    /// The same, if nothing but a semicolon follows.
    fn ended(mut self, found: Addressed<'a>) -> Addressed<'a> {
        match self.find(|(_, text)| *text != ";") {
            None => found,
            Some((token, _)) if token.kind == Kind::Word => Addressed::Faulty(ONE),
            Some(_) => Addressed::Faulty(SETS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_addressed_to_us_are_known() {
        let explain = |is_json, text| Some(Addressed::Explain { is_json, text });
        let set = |name: &str, value: Option<&str>| {
            Some(Addressed::Set(name.to_owned(), value.map(str::to_owned)))
        };
        let faulty = |why| Some(Addressed::Faulty(why));
        let table = [
            ("SELECT 1", None),
            ("", None),
            ("EXPLAIN SELECT 1", None),
            ("EXPLAIN (ANALYZE, COSTS off) SELECT 1", None),
            ("EXPLAIN \"portcullis\" SELECT 1", None),
            ("EXPLAIN PORTCULLIS SELECT 1", explain(false, " SELECT 1")),
            (
                "/* a */ explain--\nportcullis/**/x",
                explain(false, "/**/x"),
            ),
            (
                "EXPLAIN (PORTCULLIS, FORMAT JSON) SELECT 1",
                explain(true, " SELECT 1"),
            ),
            ("EXPLAIN (format text, portcullis) X", explain(false, " X")),
            ("EXPLAIN (PORTCULLIS, ANALYZE) SELECT 1", faulty(EXPLAINS)),
            ("EXPLAIN (PORTCULLIS", None),
            ("SET jit = off", None),
            ("SET portcullis = 1", None),
            (
                "SET portcullis.intent = 'it''s'",
                set("intent", Some("it's")),
            ),
            (
                "set session PORTCULLIS.Intent to look;",
                set("intent", Some("look")),
            ),
            (
                "SET \"portcullis.refusals\" = json",
                set("refusals", Some("json")),
            ),
            ("SET portcullis.refusals TO DEFAULT", set("refusals", None)),
            ("SET LOCAL portcullis.intent = 'x'", faulty(HOLDS)),
            ("SET portcullis.intent = 'a', 'b'", faulty(SETS)),
            ("SET portcullis.intent = E'a'", faulty(SETS)),
            ("SET portcullis.intent FROM CURRENT", faulty(SETS)),
            ("SET portcullis.intent = 'x'; DROP TABLE t", faulty(ONE)),
            (
                "RESET portcullis.intent ; ",
                Some(Addressed::Reset("intent".into())),
            ),
            (
                "SHOW portcullis.refusals",
                Some(Addressed::Show("refusals".into())),
            ),
            ("SHOW portcullis.refusals; SELECT 1", faulty(ONE)),
            ("RESET ALL", None),
        ];
        for (text, expected) in table {
            assert_eq!(Addressed::of(text), expected, "{text}");
        }
        assert_eq!(parameters("SELECT $1, '$9', $3"), 3);
        assert_eq!(parameters("SELECT 1"), 0);
    }

    #[test]
    fn a_comment_of_ours_explains_the_text_it_stands_in() {
        let (text, json, none) = (Some(false), Some(true), None);
        let table = [
            ("/* portcullis: explain */ DROP TABLE t", text),
            ("DROP TABLE t -- Portcullis: EXPLAIN  json", json),
            ("SELECT 1; /*portcullis:explain*/ DROP TABLE t", text),
            ("SET portcullis.intent = x /* portcullis: explain */", text),
            ("/* portcullis: explian */ DROP TABLE t", none),
            ("SELECT '/* portcullis: explain */'", none),
            ("SELECT $$-- portcullis: explain$$", none),
            ("/* a portcullis: explain */ SELECT 1", none),
            ("/* /* portcullis: explain */ */ SELECT 1", none),
            ("SELECT x.portcullis:int", none),
        ];
        for (text, expected) in table {
            let found = Addressed::of(text);
            let is_misspelt = found == Some(Addressed::Faulty(COMMENTS));
            assert_eq!(is_misspelt, text.contains("explian"), "{text}");
            let found = found.filter(|_| !is_misspelt);
            let wanted = expected.map(|is_json| Addressed::Explain { is_json, text });
            assert_eq!(found, wanted, "{text}");
        }
    }
}
