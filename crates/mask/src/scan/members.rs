//! What the members of a document's objects say of each other, before any of them is shown.
//!
//! One member names what another holds (`"field": "phone", "value": …`); an e-mail address beside
//! a name makes the name a person's, a bar code beside it a product's. What is to be done with a
//! member is `json`'s.

use model::Class;

use super::json::Tokens;
use super::keyed;
use crate::detect::About;

/// What the members of an object say of each other.
#[derive(Default)]
pub(super) struct Object {
    /// A member that is of persons only, as an address for mail may not be.
    has_person: bool,
    /// A member that things have: a price, a bar code.
    has_thing: bool,
    is_personal: bool,
    /// A member that holds a given name under a key that means a line as well.
    pub(super) has_given: bool,
    /// A password stands beside.
    pub(super) has_password: bool,
    /// What its value is, where another member says so.
    pub(super) named: Option<Class>,
}

impl Object {
    /// What it is about: `key` stands above it, `above` is about what that stands in.
    pub(super) fn about(&self, key: About, above: About) -> About {
        match key {
            About::Person => About::Person,
            About::Thing if self.has_person => About::Person,
            About::Thing => About::Thing,
            About::Neither if self.is_personal => About::Person,
            About::Neither if self.has_thing => About::Thing,
            About::Neither => above,
        }
    }

    fn note(&mut self, key: &str) {
        self.has_person |= keyed::is_of_persons_only(key);
        self.has_thing |= keyed::is_of_things(key);
        self.is_personal |= keyed::is_personal(key);
        self.has_password |= keyed::class(About::Neither, "", key) == Some(Class::Password);
        self.has_given |= matches!(key.to_ascii_lowercase().as_str(), "fn" | "fname" | "given");
    }
}

/// Members that say what others are.
const NAMING: &[&str] = &[
    "attr",
    "attribute",
    "attribute_name",
    "claim",
    "code",
    "column",
    "column_name",
    "field",
    "field_name",
    "fieldname",
    "header",
    "id",
    "k",
    "key",
    "kind",
    "label",
    "name",
    "param",
    "parameter",
    "path",
    "prop",
    "property",
    "q",
    "question",
    "system",
    "title",
    "type",
];

/// The members that are then said.
const NAMED: &[&str] = &[
    "a",
    "after",
    "answer",
    "answers",
    "before",
    "content",
    "current",
    "data",
    "detail",
    "details",
    "display",
    "from",
    "input",
    "new",
    "new_val",
    "new_value",
    "newvalue",
    "no",
    "nr",
    "num",
    "number",
    "old",
    "old_val",
    "old_value",
    "oldvalue",
    "original",
    "prev",
    "previous",
    "raw",
    "response",
    "string_value",
    "stringvalue",
    "text",
    "to",
    "v",
    "val",
    "value",
    "values",
    "valuestring",
];

/// Whether a key's value says what another member is.
pub(super) fn is_naming(key: &str) -> bool {
    NAMING.contains(&key.to_ascii_lowercase().as_str())
}

/// Whether a key's value is what another member says.
pub(super) fn is_named(key: &str) -> bool {
    NAMED.contains(&key.to_ascii_lowercase().as_str())
}

/// What a word in place of a key says that the value beside it is.
pub(super) fn said(word: &str) -> Option<Class> {
    if word.len() >= 60 {
        return None;
    }
    let said = word.trim_end_matches(['?', ':', '*', ' ']);
    // "customer.email", "urn:oid:phone": the last part says it.
    let last = said.rsplit(['.', '/', ':']).next().unwrap_or(said);
    keyed::class(About::Person, "", said).or_else(|| keyed::class(About::Person, "", last))
}

/// Every object of a document, in the order in which they open.
pub(super) fn objects(text: &str) -> Option<Vec<Object>> {
    let mut all: Vec<Object> = Vec::new();
    // Of each open container: its object, and the key that stands last.
    let mut open: Vec<(Option<usize>, String)> = Vec::new();
    for token in Tokens(text) {
        match token.first {
            '{' => {
                open.push((Some(all.len()), String::new()));
                all.push(Object::default());
            }
            '[' => open.push((None, String::new())),
            '}' | ']' => {
                open.pop();
            }
            '"' => {
                let Some((Some(index), key)) = open.last_mut() else {
                    continue;
                };
                let value: String = serde_json::from_str(token.text).ok()?;
                let object = all.get_mut(*index)?;
                if token.is_key {
                    object.note(&value);
                    *key = value;
                } else if is_naming(key) {
                    object.named = object.named.or_else(|| said(&value));
                } else if value.len() < 80 && value.contains('@') && !value.contains(' ') {
                    // Whoever has an address for mail is somebody, whatever its key is.
                    object.is_personal = true;
                }
            }
            _ => {}
        }
    }
    Some(all)
}
