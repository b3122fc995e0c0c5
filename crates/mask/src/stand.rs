//! Stand-ins: one value of a class in canonical text, replaced by another that is as valid.
//!
//! Every transform is deterministic under the keys and works on the normalised value, so that the
//! same value has the same stand-in in every column, table and type. `None` means that nothing
//! valid can be written; the caller blanks. Those of invertible classes go both ways, by one text.
//! In domains below a million no value is its own stand-in; in larger ones the odds of that are
//! one in the size of the domain.

mod alphabet;
pub(crate) mod contact;
pub(crate) mod digits;
pub(crate) mod email;
pub(crate) mod ids;
pub(crate) mod network;
pub(crate) mod number;
pub(crate) mod person;
pub(crate) mod secret;
mod slot;
mod structured;
pub(crate) mod time;
pub(crate) mod token;
pub(crate) mod typed;

use model::Class;

use crate::keys::{Domain, Keys, Turn, Way};
use crate::scan::{self, Within};

/// What can be told from a stand-in, and so what joins and groupings on it mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransformKind {
    /// Two values never share a stand-in; it cannot be undone.
    Injective,
    /// A permutation: two values never share a stand-in, and the keys can undo it.
    Invertible,
    /// Values share stand-ins: no joining or grouping by them.
    Lossy,
}

impl TransformKind {
    /// The kind of each class, for values that are valid in their class.
    pub fn of(class: Class) -> Self {
        match class {
            Class::BankAccount
            | Class::BirthDate
            | Class::CardNumber
            | Class::DeviceId
            | Class::Email
            | Class::Iban
            | Class::IpAddress
            | Class::MacAddress
            | Class::MedicalId
            | Class::NationalId
            | Class::Passport
            | Class::Phone
            | Class::PostalCode
            | Class::Username
            | Class::VehicleId => Self::Invertible,
            Class::CryptoWallet => Self::Injective,
            Class::Address
            | Class::ApiKey
            | Class::City
            | Class::ConnectionString
            | Class::Cvv
            | Class::FirstName
            | Class::FreeText
            | Class::FullName
            | Class::Geo
            | Class::Json
            | Class::Jwt
            | Class::LastName
            | Class::OneTimeCode
            | Class::Password
            | Class::PasswordHash
            | Class::PrivateKey
            | Class::Salary
            | Class::SessionToken
            | Class::Unsampled => Self::Lossy,
        }
    }
}

/// The stand-in of a string, at most `limit` characters long.
pub(crate) fn text(keys: &Keys, class: Class, text: &str, limit: usize) -> Option<String> {
    turned(keys.turned(Way::Hide), class, text, limit)
}

/// The stand-in of a string, or the string whose stand-in it is. White space around it stays.
pub(crate) fn turned(turn: Turn<'_>, class: Class, text: &str, limit: usize) -> Option<String> {
    let core = text.trim();
    if core.is_empty() {
        return Some(text.to_owned());
    }
    if core.len() == text.len() {
        return bare(turn, class, core, limit);
    }
    let head = text.get(..text.len() - text.trim_start().len())?;
    let tail = text.get(head.len() + core.len()..)?;
    let space = head.chars().count() + tail.chars().count();
    let shown = bare(turn, class, core, limit.saturating_sub(space))?;
    Some(cut(format!("{head}{shown}{tail}"), limit))
}

fn bare(turn: Turn<'_>, class: Class, core: &str, limit: usize) -> Option<String> {
    let kind = TransformKind::of(class);
    if kind == TransformKind::Invertible {
        let shown = permuted(turn, class, core, limit)?;
        return Some(cut(shown, limit));
    }
    if turn.way == Way::Find {
        return None;
    }
    Some(cut(drawn(turn.keys, class, core, limit)?, limit))
}

/// The classes whose values can be found again.
fn permuted(turn: Turn<'_>, class: Class, core: &str, limit: usize) -> Option<String> {
    if typed::is_uuid(core) {
        return typed::uuid(turn, core);
    }
    Some(match class {
        Class::BankAccount => ids::account(turn, core),
        Class::BirthDate => time::birth_date(turn, core)?,
        Class::CardNumber => ids::card(turn, core),
        Class::DeviceId => structured::identifier(turn.of(Domain::Device), class, core),
        Class::Email => email::email(turn, core, limit)?,
        Class::Iban => ids::iban(turn, core),
        Class::IpAddress => network::ip(turn, core),
        Class::MacAddress => network::mac(turn, core),
        Class::MedicalId => structured::identifier(turn.of(Domain::MedicalId), class, core),
        Class::NationalId => structured::identifier(turn.of(Domain::NationalId), class, core),
        Class::Passport => structured::identifier(turn.of(Domain::Passport), class, core),
        Class::Phone => contact::phone(turn, core),
        Class::PostalCode => digits::identifier(turn.of(Domain::PostalCode), "", core),
        Class::Username => contact::username(turn, core, limit)?,
        Class::VehicleId => structured::identifier(turn.of(Domain::Vehicle), class, core),
        _ => return None,
    })
}

/// The classes whose stand-ins are drawn by a keyed function, and cannot be undone.
fn drawn(keys: &Keys, class: Class, core: &str, limit: usize) -> Option<String> {
    Some(match class {
        Class::Address => person::address(keys, core, limit),
        Class::ApiKey | Class::SessionToken | Class::Unsampled => secret::token(keys, core, limit),
        Class::City => person::city(keys, core, limit),
        Class::ConnectionString => secret::connection(keys, core),
        Class::CryptoWallet => secret::wallet(keys, core),
        Class::Cvv | Class::OneTimeCode => secret::code(core),
        Class::FirstName => person::given(keys, core, limit),
        Class::FreeText => scan::scrub_any(keys, core),
        Class::FullName => person::full(keys, core, limit),
        Class::Geo => number::place(keys, core)?,
        Class::Json => scan::json::scrub_any(keys, Within::strict(), core),
        Class::Jwt => token::jwt(keys, core, limit),
        Class::LastName => person::family(keys, core, limit),
        Class::Password => secret::PASSWORD.to_owned(),
        Class::PasswordHash => secret::hash(keys, core),
        Class::PrivateKey => token::pem(keys, core, limit),
        Class::Salary => number::amount(keys, core)?,
        _ => return None,
    })
}

/// At most that many characters of a text.
pub(crate) fn cut(mut text: String, limit: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(limit) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests;
