//! What a column's name says: rules about concepts, whatever language the words are of.
//!
//! A rule needs some concepts and allows others; what it leaves over counts against it ("email
//! status" is no address). Points are log-odds, added to what table, neighbours and values say.

use std::sync::LazyLock;

use model::Class;

use super::lexicon::{Concepts, LEXICON, Token};

const RULES: &str = include_str!("words/rules.txt");

/// What a name says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Named {
    pub(super) class: Class,
    /// Log-odds.
    pub(super) points: f64,
    /// The words that say it, for a person.
    pub(super) words: String,
}

struct Rule {
    allowed: Concepts,
    class: Class,
    forbidden: Concepts,
    is_own: bool,
    needed: Vec<Concepts>,
    points: f64,
}

/// Concepts that count for themselves.
struct Weights {
    about: Concepts,
    claim: Concepts,
    date: Concepts,
    generic: Concepts,
    neutral: Concepts,
    numbers: Concepts,
    organisation: Concepts,
    person: Concepts,
    /// Concept and what one of its words left over costs.
    rest: Vec<(Concepts, f64)>,
    id: Concepts,
    kinds: Concepts,
    /// Words of towns, prose, addresses of machines: no name stands there.
    elsewhere: Concepts,
    /// Lists of towns and countries.
    places: Concepts,
    /// Things that have a place of their own.
    sited: Concepts,
    /// Words for what something is called.
    titles: Concepts,
    /// What has a name of its own that is no person's, as a key of a document.
    things: Concepts,
    user: Concepts,
}

static BOOK: LazyLock<(Vec<Rule>, Weights)> = LazyLock::new(|| {
    let rules = RULES.lines().filter_map(rule).collect();
    let set = |names: &[&str]| LEXICON.set(names);
    let cost = |names: &[&str], points: f64| (LEXICON.set(names), points);
    let weights = Weights {
        about: set(&["about", "datelike", "count", "tech"]),
        claim: set(&["claim"]),
        date: set(&["date"]),
        generic: set(&[
            "address",
            "code",
            "date",
            "hash",
            "id",
            "key",
            "line",
            "name",
            "neutral",
            "number",
            "onetime",
            "registration",
            "secret",
            "serial",
            "string",
            "token",
            "first",
            "last",
            "middle",
            "full",
        ]),
        neutral: set(&["neutral", "prefix"]),
        numbers: set(&["code", "id", "number", "serial"]),
        organisation: set(&["thing", "tech", "other"]),
        person: set(&["person", "user", "address"]),
        rest: vec![
            cost(&["about", "datelike", "count", "tech"], 10.0),
            cost(&["public"], 10.0),
            cost(&["text"], 6.0),
            cost(
                &["email", "phone", "ip", "mac", "iban", "wallet", "cardno"],
                6.0,
            ),
            cost(&["date", "hash"], 6.0),
            cost(
                &["country", "state", "age", "swift", "question", "policy"],
                5.0,
            ),
            cost(&["url", "string", "amount"], 5.0),
            cost(&["number", "code", "name", "year", "month"], 4.0),
            cost(&["id", "title"], 3.0),
            cost(&["key", "token", "secret"], 3.0),
        ],
        id: set(&["id"]),
        kinds: set(&["kinds"]),
        elsewhere: set(&["city", "country", "state", "text", "url", "hash", "date"]),
        places: set(&["city", "country", "postal", "state"]),
        sited: set(&["thing", "city", "country", "postal", "state", "kinds"]),
        titles: set(&["fullname", "name", "title"]),
        things: set(&[
            "about", "bank", "country", "device", "kinds", "other", "state", "tech", "thing",
            "vehicle",
        ]),
        user: set(&["person", "user", "delivery"]),
    };
    (rules, weights)
});

fn rule(line: &str) -> Option<Rule> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (head, body) = line.split_once(" : ")?;
    let mut head = head.split(' ');
    let class = head.next()?.split(',').find_map(|word| word.parse().ok())?;
    let points = head.next()?.parse().ok()?;
    let is_own = head.next() == Some("own");
    let (body, forbidden) = body.split_once(" ! ").unwrap_or((body, ""));
    let (needed, allowed) = body.split_once(" | ").unwrap_or((body, ""));
    let set = |words: &str| LEXICON.set(&words.split(' ').collect::<Vec<_>>());
    let needed: Option<Vec<Concepts>> = needed
        .split(' ')
        .map(|word| LEXICON.concept(word))
        .collect();
    let again = needed.iter().flatten().copied();
    Some(Rule {
        allowed: again.fold(set(allowed), Concepts::join),
        class,
        forbidden: set(forbidden),
        is_own,
        needed: needed?,
        points,
    })
}

/// What a column's own name says, and where it is but a generic word ("number", "value"), what it
/// says together with its table's.
pub(super) fn named(column: &str, table: &[Token], holds: impl Fn(Class) -> bool) -> Vec<Named> {
    let tokens = LEXICON.cut(column);
    let mut found = matched(&tokens, &[], &holds);
    let weights = &BOOK.1;
    let is_generic = tokens
        .iter()
        .all(|token| token.concepts.meets(weights.generic));
    if is_generic && !tokens.is_empty() {
        found.extend(matched(&tokens, table, &holds));
    }
    found.sort_by(|a, b| b.points.total_cmp(&a.points));
    found
}

fn matched(tokens: &[Token], table: &[Token], holds: &impl Fn(Class) -> bool) -> Vec<Named> {
    let (rules, weights) = &*BOOK;
    let is_claim = tokens.len() > 1
        && tokens
            .first()
            .is_some_and(|first| first.concepts.meets(weights.claim));
    if is_claim {
        return Vec::new();
    }
    let mut found: Vec<Named> = Vec::new();
    for rule in rules.iter().filter(|rule| holds(rule.class)) {
        if let Some(named) = rule.of(tokens, table, weights) {
            // The best of each class.
            match found.iter_mut().find(|other| other.class == named.class) {
                Some(other) if other.points >= named.points => {}
                Some(other) => *other = named,
                None => found.push(named),
            }
        }
    }
    found
}

impl Rule {
    fn of(&self, tokens: &[Token], table: &[Token], weights: &Weights) -> Option<Named> {
        if !table.is_empty() && self.is_own {
            return None;
        }
        let all: Vec<&Token> = table.iter().chain(tokens).collect();
        if all.iter().any(|token| token.concepts.meets(self.forbidden)) {
            return None;
        }
        // Each needed concept by a word of its own.
        let mut used = vec![false; all.len()];
        for needed in &self.needed {
            let mut both = all.iter().zip(&used);
            let at = both.rposition(|(token, used)| !used && token.concepts.meets(*needed))?;
            *used.get_mut(at)? = true;
        }
        let (of_table, own) = used.split_at_checked(table.len())?;
        // Lent by the table, the name is both's: "passports.number", not "passports.id".
        let mut lent = tokens.iter().zip(own).filter(|(token, is_used)| {
            (**is_used || token.concepts.meets(self.allowed)) && !token.concepts.meets(weights.id)
        });
        if !(table.is_empty() || of_table.contains(&true) && lent.next().is_some()) {
            return None;
        }
        let mut points = self.points;
        if !table.is_empty() {
            points -= 1.0;
            let is_about = |token: &&Token| token.concepts.meets(weights.about);
            let rest = table.iter().zip(of_table).filter(|(_, used)| !**used);
            if rest.map(|(token, _)| token).any(|token| is_about(&token)) {
                points -= 6.0;
            }
        }
        let mut words = Vec::new();
        let of_table = table.iter().zip(of_table).filter(|(_, used)| **used);
        words.extend(of_table.map(|(token, _)| token.word.as_str()));
        for (token, is_used) in tokens.iter().zip(own) {
            if *is_used || token.concepts.meets(self.allowed) {
                points += 1.0;
                words.push(&token.word);
            } else {
                points -= cost(token, weights);
            }
        }
        // A word more than one rule needs says more to the rule that used most.
        (points > 0.0).then(|| Named {
            class: self.class,
            points,
            words: words.join(" "),
        })
    }
}

/// What a word left over costs.
fn cost(token: &Token, weights: &Weights) -> f64 {
    if token.concepts.is_empty() {
        return 0.7;
    }
    if token.concepts.meets(weights.neutral) {
        return 0.0;
    }
    let costs = weights.rest.iter();
    costs
        .filter(|(concept, _)| token.concepts.meets(*concept))
        .map(|(_, points)| *points)
        .fold(0.0, f64::max)
}

/// What a table, or a word beside, is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) enum About {
    #[default]
    Neither,
    Person,
    Thing,
}

/// What a table's name says it is about: the last word that says either, as English puts it.
/// What ends in a word for a kind ("phone models") is about the kind.
pub(super) fn about(tokens: &[Token]) -> About {
    let weights = &BOOK.1;
    let ends = |concepts: Concepts| tokens.last().is_some_and(|t| t.concepts.meets(concepts));
    if tokens.len() > 1 && ends(weights.kinds) || ends(weights.places) {
        return About::Thing;
    }
    said(tokens, weights.person)
}

/// What a key says that the members under it are of: its last word that says anything, so that
/// `user_settings` are settings. An address is whose the object is that has it.
pub(super) fn of_key(key: &str) -> About {
    let weights = &BOOK.1;
    let tokens = LEXICON.cut(key);
    let said = tokens.iter().rev().find_map(|token| {
        if token.concepts.meets(weights.user) {
            Some(About::Person)
        } else {
            token.concepts.meets(weights.things).then_some(About::Thing)
        }
    });
    said.unwrap_or(About::Neither)
}

/// Whether what a table's name says it is about has a place of its own: a warehouse, not an order.
pub(super) fn is_sited(tokens: &[Token]) -> bool {
    let mut said = tokens.iter().rev();
    said.any(|token| token.concepts.meets(BOOK.1.sited))
}

/// What the words of a column's name say it is of.
pub(super) fn beside(column: &str) -> About {
    said(&LEXICON.cut(column), BOOK.1.user)
}

fn said(tokens: &[Token], person: Concepts) -> About {
    let mut said = tokens.iter().filter_map(|token| {
        if token.concepts.meets(person) {
            Some(About::Person)
        } else {
            let is_thing = token.concepts.meets(BOOK.1.organisation);
            is_thing.then_some(About::Thing)
        }
    });
    said.next_back().unwrap_or(About::Neither)
}

/// Whether a name says a number of another kind: an order's, a bar code.
pub(super) fn says_otherwise(column: &str) -> bool {
    let tokens = LEXICON.cut(column);
    tokens
        .iter()
        .any(|t| t.concepts.meets(BOOK.1.organisation) || t.concepts.meets(BOOK.1.about))
}

/// Whether a name says a number or a code, of whatever.
pub(super) fn says_number(column: &str) -> bool {
    let tokens = LEXICON.cut(column);
    tokens.iter().any(|t| t.concepts.meets(BOOK.1.numbers))
}

/// Whether a name says a place, or prose.
pub(super) fn says_place(column: &str) -> bool {
    let tokens = LEXICON.cut(column);
    tokens.iter().any(|t| t.concepts.meets(BOOK.1.elsewhere))
}

/// Whether a name says what something is called.
pub(super) fn says_name(column: &str) -> bool {
    let tokens = LEXICON.cut(column);
    let named = BOOK.1.titles.join(BOOK.1.organisation);
    tokens.iter().any(|t| t.concepts.meets(named))
}

/// Whether no word of a name is known, but perhaps one for a day.
pub(super) fn says_at_most_a_day(column: &str) -> bool {
    let weights = &BOOK.1;
    let tokens = LEXICON.cut(column);
    tokens.iter().all(|t| {
        let is_known = |c: &Concepts| !c.meets(weights.neutral) && !c.meets(weights.date);
        t.concepts.each().filter(is_known).count() == 0
    })
}
