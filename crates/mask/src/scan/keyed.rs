//! What a key says of its value, in documents of whatever notation.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hasher as _;

use model::Class;

use super::lexicon::{Lexicon, NAME_LABEL};
use super::secret::is_random;
use super::tokens::Hash;
use crate::detect::{self, About};
use crate::stand::typed::is_uuid;

/// Keys that are a person, with a name for a value, and say so in no class's words.
const PERSONS: &[&str] = &[
    "guest",
    "holder",
    "owner",
    "author",
    "assignee",
    "reporter",
    "approver",
    "reviewer",
    "sender",
    "recipient",
    "contact",
    "patient",
    "doctor",
    "driver",
    "passenger",
    "manager",
    "agent",
    "customer",
    "client",
    "tenant",
    "landlord",
    "employee",
    "applicant",
    "beneficiary",
    "payee",
    "payer",
    "signer",
    "signatory",
    "witness",
    "guardian",
    "spouse",
    "caller",
    "operator",
    "teacher",
    "student",
    "nurse",
    "physician",
    "attendee",
    "participant",
    "cardholder",
    "created_by",
    "updated_by",
    "approved_by",
    "assigned_to",
    "requested_by",
    "requester",
    "submitted_by",
    "performed_by",
    "by",
    "user",
    "member",
    "person",
    "who",
    "actor",
    "to",
    "from",
];

/// The class that a key names under another, in an object that is about that.
pub(super) fn class(about: About, parent: &str, key: &str) -> Option<Class> {
    if key.len() < 2 || key.len() > 64 {
        return None;
    }
    let asked = (hash(&(about, parent)), hash(&key));
    KNOWN.with_borrow_mut(|known| {
        if known.len() > MOST_KNOWN {
            known.clear();
        }
        *known
            .entry(asked)
            .or_insert_with(|| detect::class_of_key(about, parent, key))
    })
}

/// Two words are told apart by sixty-four bits each: case and every sign count.
fn hash(word: &impl std::hash::Hash) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    word.hash(&mut hasher);
    hasher.finish()
}

/// More answers than this are of keys that never come again.
const MOST_KNOWN: usize = 4096;

thread_local! {
    /// What keys were found to name: a table of a pure function's results, since documents repeat
    /// their keys and an answer costs ten microseconds. It changes no answer.
    static KNOWN: RefCell<HashMap<(u64, u64), Option<Class>>> = RefCell::new(HashMap::new());
}

/// Whether a key says that its object is about a person.
pub(super) fn is_personal(key: &str) -> bool {
    let personal = [
        Class::BirthDate,
        Class::Email,
        Class::FirstName,
        Class::LastName,
        Class::NationalId,
        Class::Passport,
        Class::Phone,
        Class::FullName,
        Class::MedicalId,
        Class::Salary,
    ];
    class(About::Neither, "", key).is_some_and(|class| personal.contains(&class))
}

/// Whether a key says so of its object whatever stands above it: shops have telephones, but no
/// given names.
pub(super) fn is_of_persons_only(key: &str) -> bool {
    let personal = [
        Class::BirthDate,
        Class::FirstName,
        Class::LastName,
        Class::MedicalId,
        Class::NationalId,
        Class::Passport,
        Class::Salary,
    ];
    class(About::Neither, "", key).is_some_and(|class| personal.contains(&class))
}

/// Keys of things that are made, sold or stored.
const OF_THINGS: &[&str] = &[
    "barcode",
    "brand",
    "category",
    "colour",
    "color",
    "dims",
    "dimensions",
    "ean",
    "firmware",
    "gtin",
    "isbn",
    "manufacturer",
    "material",
    "price",
    "qty",
    "quantity",
    "sku",
    "stock",
    "unit_price",
    "unitprice",
    "upc",
    "version",
    "weight",
];

/// Whether a key says that its object is a thing.
pub(super) fn is_of_things(key: &str) -> bool {
    OF_THINGS.contains(&key.to_ascii_lowercase().as_str())
}

/// Whether what stands under a key is the name or the place of a thing.
pub(super) fn is_of_a_thing(about: About, key: &str, value: &str) -> bool {
    let is_short = value.split_whitespace().count() <= MOST_NAMED;
    let is_thing = || match detect::about_of_key(key) {
        About::Person => false,
        About::Thing => true,
        About::Neither => about == About::Thing && !detect::may_be_prose(key),
    };
    is_short && is_thing()
}

/// A thing's name has no more words.
const MOST_NAMED: usize = 6;

/// Whether a key may mean a place on earth.
pub(super) fn may_be_a_place(key: &str) -> bool {
    key.len() >= 2 && detect::may_name(key, Class::Geo)
}

/// The class of a leaf: by its key, the key above it, its neighbours, and whether it can be one.
pub(super) fn leaf(about: About, parent: &str, key: &str, value: &str) -> Option<Class> {
    let own = class(about, parent, key);
    let found = own.or_else(|| {
        let joined = format!("{parent}_{key}");
        // Together they must say so by themselves: "address" over "country" is no address.
        let weaker = if about == About::Person {
            About::Neither
        } else {
            about
        };
        let is_joined = !parent.is_empty();
        is_joined.then(|| class(weaker, "", &joined)).flatten()
    });
    let found = found.filter(|class| can_be(*class, value));
    found
        .or_else(|| is_token(key, value).then_some(Class::SessionToken))
        .or_else(|| person(key, value))
}

/// A value drawn at random under a key that may mean a session's.
fn is_token(key: &str, value: &str) -> bool {
    let is_drawn = value.len() >= 16 && is_random(value) && !is_uuid(value);
    is_drawn && detect::may_name(key, Class::SessionToken)
}

/// Whether a value can be of a class at all: a word is no number, a flag no name.
fn can_be(class: Class, value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    match class {
        Class::BankAccount
        | Class::CardNumber
        | Class::DeviceId
        | Class::MedicalId
        | Class::NationalId
        | Class::Passport
        | Class::Phone => digits >= 3,
        Class::BirthDate | Class::Cvv | Class::Geo | Class::Salary => digits >= 1,
        Class::FirstName | Class::FullName | Class::LastName | Class::City => letters >= 1,
        Class::ApiKey | Class::SessionToken | Class::Jwt => value.len() >= 6,
        Class::FreeText | Class::Json => false,
        _ => !value.is_empty(),
    }
}

/// Words that end the name of a firm or a group.
const FIRMS: &[&str] = &[
    "ab",
    "ag",
    "agency",
    "as",
    "association",
    "bank",
    "bot",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "department",
    "desk",
    "foundation",
    "gmbh",
    "group",
    "holding",
    "holdings",
    "inc",
    "industries",
    "international",
    "kg",
    "labs",
    "limited",
    "llc",
    "llp",
    "ltd",
    "lda",
    "ltda",
    "nv",
    "office",
    "oy",
    "partners",
    "plc",
    "sa",
    "sarl",
    "services",
    "sl",
    "solutions",
    "spa",
    "srl",
    "support",
    "system",
    "systems",
    "team",
    "technologies",
    "traders",
    "trading",
    "university",
];

/// What a key of one letter holds, in an object that is a person's.
pub(super) fn letter(key: &str, value: &str) -> Option<Class> {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    match key.to_ascii_lowercase().as_str() {
        "n" if is_person("name", value) || is_person("who", value) => Some(Class::FullName),
        "a" if digits >= 1 && letters >= 4 && value.contains(' ') => Some(Class::Address),
        "m" | "p" | "t" if digits >= 7 && letters == 0 => Some(Class::Phone),
        _ => None,
    }
}

/// What a key that is a person holds: a name, or a handle made of one.
fn person(key: &str, value: &str) -> Option<Class> {
    if is_person(key, value) {
        return Some(Class::FullName);
    }
    let lower = key.to_ascii_lowercase();
    let is_single =
        value.len() <= 40 && !value.contains(|c: char| c.is_whitespace() || "@:/".contains(c));
    let is_one = is_single && PERSONS.contains(&lower.as_str()) && !lower.contains("id");
    (is_one && detect::is_handle(value)).then_some(Class::Username)
}

/// A key that is a person, and a value that could be a name.
fn is_person(key: &str, value: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let said = PERSONS.contains(&lower.as_str())
        || Lexicon::the().sense(Hash::of(key)).is(NAME_LABEL) && !key.is_ascii();
    let words: Vec<&str> = value.split_whitespace().collect();
    let is_word = |word: &&str| {
        word.chars()
            .next()
            .is_some_and(|c| c.is_uppercase() || c.is_alphabetic() && !c.is_lowercase())
            || matches!(
                *word,
                "van" | "von" | "de" | "der" | "den" | "di" | "da" | "la" | "el" | "bin" | "al"
            )
    };
    let is_text = |c: char| {
        c.is_alphabetic() || matches!(c, ' ' | '.' | '\'' | '-' | '’' | ',') || c > '\u{2ff}'
    };
    let is_firm = words.iter().any(|word| {
        let bare = word.trim_end_matches(['.', ',']).to_lowercase();
        FIRMS.contains(&bare.as_str())
    });
    said && (2..=5).contains(&words.len())
        && words.iter().all(is_word)
        && value.chars().all(is_text)
        && !is_firm
}
