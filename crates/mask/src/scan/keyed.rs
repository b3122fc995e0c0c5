//! What a key says of its value, in documents of whatever notation.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{Hash as _, Hasher as _};

use model::Class;

use super::lexicon::{Lexicon, NAME_LABEL};
use super::tokens::Hash;
use crate::detect;

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

/// The class that a key names under another.
pub(super) fn class(parent: &str, key: &str) -> Option<Class> {
    if key.len() < 2 || key.len() > 64 {
        return None;
    }
    let asked = (hash(parent), hash(key));
    KNOWN.with_borrow_mut(|known| {
        if known.len() > MOST_KNOWN {
            known.clear();
        }
        *known
            .entry(asked)
            .or_insert_with(|| detect::class_of_key(parent, key))
    })
}

/// Two words are told apart by sixty-four bits each: case and every sign count.
fn hash(word: &str) -> u64 {
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
    class("", key).is_some_and(|class| personal.contains(&class))
}

/// The class of a leaf: by its key, the key above it, its neighbours, and whether it can be one.
pub(super) fn leaf(parent: &str, key: &str, is_personal: bool, value: &str) -> Option<Class> {
    let own = class(if is_personal { "user" } else { parent }, key);
    let found = own.or_else(|| {
        let joined = format!("{parent}_{key}");
        (!parent.is_empty()).then(|| class("", &joined)).flatten()
    });
    let found = found.filter(|class| can_be(*class, value));
    found.or_else(|| is_person(key, value).then_some(Class::FullName))
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
    said && (2..=5).contains(&words.len())
        && words.iter().all(is_word)
        && value.chars().all(is_text)
}
