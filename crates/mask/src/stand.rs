//! Stand-ins: one value of a class in canonical text, replaced by another that is as valid.
//!
//! Every transform is deterministic under the keys and works on the normalised value, so that the
//! same value has the same stand-in in every column, table and type. `None` means that nothing
//! valid can be written; the caller blanks. Equality with the original cannot be excluded for a
//! permutation: its odds are one in the size of the domain.

pub(crate) mod contact;
pub(crate) mod digits;
pub(crate) mod ids;
pub(crate) mod network;
pub(crate) mod number;
pub(crate) mod person;
pub(crate) mod secret;
pub(crate) mod time;
pub(crate) mod token;

use model::Class;

use crate::keys::{Domain, Keys};

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
            Class::CryptoWallet | Class::Email => Self::Injective,
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
            | Class::SessionToken => Self::Lossy,
        }
    }
}

/// The stand-in of a string, at most `limit` characters long.
pub(crate) fn text(keys: &Keys, class: Class, text: &str, limit: usize) -> Option<String> {
    let core = text.trim();
    if core.is_empty() {
        return Some(text.to_owned());
    }
    let stand_in = match class {
        Class::Address => person::address(keys, core, limit),
        Class::ApiKey | Class::SessionToken => secret::token(keys, core, limit),
        Class::BankAccount => ids::account(keys, core),
        Class::BirthDate => time::birth_date(keys, core)?,
        Class::CardNumber => ids::card(keys, core),
        Class::City => person::city(keys, core, limit),
        Class::ConnectionString => secret::connection(keys, core),
        Class::CryptoWallet => secret::wallet(keys, core),
        Class::Cvv | Class::OneTimeCode => secret::code(core),
        Class::DeviceId => digits::identifier(keys.of(Domain::Account), "device", core),
        Class::Email => contact::email(keys, core, limit)?,
        Class::FirstName => person::given(keys, core, limit),
        Class::FreeText => crate::scan::scrub(keys, core),
        Class::FullName => person::full(keys, core, limit),
        Class::Geo => number::place(keys, core)?,
        Class::Iban => ids::iban(keys, core),
        Class::IpAddress => network::ip(keys, core),
        Class::Json => crate::scan::json::scrub_any(keys, None, core),
        Class::Jwt => token::jwt(keys, core, limit),
        Class::LastName => person::family(keys, core, limit),
        Class::MacAddress => network::mac(keys, core),
        Class::MedicalId => ids::national(keys.of(Domain::MedicalId), core),
        Class::NationalId => ids::national(keys.of(Domain::NationalId), core),
        Class::Passport => digits::identifier(keys.of(Domain::Passport), "", core),
        Class::Password => secret::PASSWORD.to_owned(),
        Class::PasswordHash => secret::hash(keys, core),
        Class::Phone => contact::phone(keys, core),
        Class::PostalCode => digits::identifier(keys.of(Domain::PostalCode), "", core),
        Class::PrivateKey => token::pem(keys, core, limit),
        Class::Salary => number::amount(keys, core)?,
        Class::Username => contact::username(keys, core, limit),
        Class::VehicleId => digits::identifier(keys.of(Domain::Account), "vehicle", core),
    };
    Some(cut(stand_in, limit))
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
