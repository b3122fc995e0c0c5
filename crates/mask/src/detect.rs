//! What columns hold: from their names, types, constraints, neighbours and a sample.
//!
//! Evidence is added up, in log-odds: what the words of a name say in whatever language, what the
//! table is about, what the values prove or contradict. Wrong one way shows what should be hidden,
//! wrong the other way is a nuisance in every row: both are weighed. What is left unfound in prose
//! is found cell by cell.

mod dictionary;
mod documents;
mod family;
mod fits;
mod hints;
mod letters;
mod lexicon;
mod naming;
mod prose;
mod sample;
mod setting;
mod shape;
mod streets;
mod weigh;

use model::Class;

use family::Family;
use lexicon::LEXICON;
pub(crate) use naming::About;
use sample::Sample;
use setting::Setting;
use weigh::Weighed;
pub(crate) use weigh::is_worded;

/// What is known of a table.
#[derive(Debug, Clone, Copy)]
pub struct TableEvidence<'a> {
    /// Its columns.
    pub columns: &'a [ColumnEvidence<'a>],
    /// Its comment, if any.
    pub comment: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
    /// Its schema.
    pub schema: &'a str,
}

/// What is known of a column.
#[derive(Debug, Clone, Copy, Default)]
pub struct ColumnEvidence<'a> {
    /// Its constraints and its default, as the server writes them.
    pub checks: &'a [&'a str],
    /// Its comment, if any.
    pub comment: Option<&'a str>,
    /// The name of its domain, if its type is one.
    pub domain: Option<&'a str>,
    /// Whether its type is an enum.
    pub is_enum: bool,
    /// Whether it is of the primary key or references another column.
    pub is_key: bool,
    /// Its class where that is known already: it tells of its neighbours.
    pub known: Option<Class>,
    /// Its name.
    pub name: &'a str,
    /// Values that are not NULL, as text.
    pub sample: &'a [&'a str],
    /// Its type's name; of a domain the type it is over.
    pub type_name: &'a str,
}

/// A class and the reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The class.
    pub class: Class,
    /// How sure, in 0 to 1.
    pub confidence: f64,
    /// Why, in words for a person; quotes no value.
    pub why: String,
}

/// The class of each column of a table, if it has one.
pub fn classify(table: &TableEvidence<'_>) -> Vec<Option<Found>> {
    let samples: Vec<Sample<'_>> = table
        .columns
        .iter()
        .map(|column| {
            if is_array(column.type_name) {
                let elements = column.sample.iter().flat_map(|value| elements(value));
                Sample::new(&elements.collect::<Vec<_>>())
            } else {
                Sample::new(column.sample)
            }
        })
        .collect();
    let alone = Setting::of(table, &[]);
    let both = || table.columns.iter().zip(&samples);
    let first: Vec<Option<Weighed>> = both()
        .map(|(column, sample)| weigh::weigh(column, sample, &alone))
        .collect();
    // Once more, knowing what stands beside.
    let classes: Vec<Option<Class>> = first
        .iter()
        .map(|found| {
            found
                .as_ref()
                .filter(|f| f.is_sure())
                .map(|found| found.class)
        })
        .collect();
    both()
        .enumerate()
        .map(|(at, (column, sample))| {
            let mut others = classes.clone();
            if let Some(own) = others.get_mut(at) {
                *own = None;
            }
            let setting = Setting::of(table, &others);
            let weighed = weigh::weigh(column, sample, &setting);
            weighed
                .map(Weighed::told)
                .or_else(|| prose::prose(column, sample, &setting))
        })
        .collect()
}

/// Whether a column of that type can hold anything of a person or a secret at all.
pub fn may_hold(type_name: &str) -> bool {
    Family::of(type_name) != Family::Nothing
}

/// Whether a column of that type can hold values of the class: a length is no prose.
pub fn may_hold_class(type_name: &str, class: Class) -> bool {
    Family::of(type_name).holds(class)
}

fn is_array(type_name: &str) -> bool {
    type_name.ends_with("[]") || type_name.starts_with('_')
}

/// The elements of an array as the server writes it, escapes left as they are.
fn elements(array: &str) -> Vec<&str> {
    let mut elements = Vec::new();
    let mut rest = array;
    while let Some(start) = rest.find(|c| !matches!(c, '{' | '}' | ',')) {
        let from = rest.get(start..).unwrap_or("");
        let (element, after) = match from.strip_prefix('"') {
            Some(quoted) => {
                let mut is_escaped = false;
                let end = quoted.find(|c| {
                    let ends = c == '"' && !is_escaped;
                    is_escaped = c == '\\' && !is_escaped;
                    ends
                });
                let end = end.unwrap_or(quoted.len());
                (quoted.get(..end), quoted.get(end + 1..))
            }
            None => {
                let end = from.find([',', '}']).unwrap_or(from.len());
                (from.get(..end), from.get(end..))
            }
        };
        elements.extend(element.filter(|element| *element != "NULL"));
        rest = after.unwrap_or("");
    }
    elements
}

/// The class that a key of a document names: `parent` is the key above it, `about` what the object
/// is about that holds it.
pub(crate) fn class_of_key(about: About, parent: &str, name: &str) -> Option<Class> {
    let above = LEXICON.cut(parent);
    let named = naming::named(name, &above, |class| class != Class::FreeText);
    let beside = match naming::beside(name) {
        About::Neither => about,
        said => said,
    };
    let mut named = named.into_iter();
    named
        .find(|named| match (beside, named.class) {
            // A shop's address is anybody's to see, and a product's name is no person's.
            (About::Thing, Class::Address | Class::City | Class::Geo | Class::PostalCode) => false,
            (About::Person, _) => named.points >= 4.5,
            _ => named.points >= weigh::STRONG,
        })
        .map(|named| named.class)
}

/// Whether a key may mean the class, if what stands under it looks so.
pub(crate) fn may_name(key: &str, class: Class) -> bool {
    !naming::named(key, &[], |one| one == class).is_empty()
}

/// Whether a key says that prose stands under it.
pub(crate) fn may_be_prose(key: &str) -> bool {
    may_name(key, Class::FreeText)
}

/// Whether one word is a handle made of a person's name.
pub(crate) fn is_handle(value: &str) -> bool {
    dictionary::is_handle(value)
}

/// What the members of a document are about that stands in that column.
pub(crate) fn about_of(table: &str, column: &str) -> About {
    match naming::of_key(column) {
        About::Neither => naming::about(&LEXICON.cut(table)),
        said => said,
    }
}

/// What a key of a document says its members are about.
pub(crate) fn about_of_key(key: &str) -> About {
    naming::of_key(key)
}

#[cfg(test)]
mod tests;
