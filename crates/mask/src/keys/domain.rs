//! What must agree on its stand-ins, and which domains the values of a class are in.
// tidy: table — one row a domain, one a class.

use model::Class;

/// What must agree on its stand-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Domain {
    Account,
    Address,
    Amount,
    Card,
    Date,
    Device,
    Email,
    FamilyName,
    Geo,
    GivenName,
    Host,
    Iban,
    Ip,
    Ip4,
    Ip6,
    Mac,
    MedicalId,
    NationalId,
    Passport,
    Phone,
    Place,
    PostalCode,
    Secret,
    Username,
    Uuid,
    Vehicle,
    Wallet,
}

impl Domain {
    /// Every domain, in the order of its declaration, with the info string of its subkey.
    pub(super) const ALL: [(Self, &'static str); 27] = [
        (Self::Account, "account"),
        (Self::Address, "address"),
        (Self::Amount, "amount"),
        (Self::Card, "card"),
        (Self::Date, "date"),
        (Self::Device, "device"),
        (Self::Email, "email"),
        (Self::FamilyName, "family_name"),
        (Self::Geo, "geo"),
        (Self::GivenName, "given_name"),
        (Self::Host, "host"),
        (Self::Iban, "iban"),
        (Self::Ip, "ip"),
        (Self::Ip4, "ip4"),
        (Self::Ip6, "ip6"),
        (Self::Mac, "mac"),
        (Self::MedicalId, "medical_id"),
        (Self::NationalId, "national_id"),
        (Self::Passport, "passport"),
        (Self::Phone, "phone"),
        (Self::Place, "place"),
        (Self::PostalCode, "postal_code"),
        (Self::Secret, "secret"),
        (Self::Username, "username"),
        (Self::Uuid, "uuid"),
        (Self::Vehicle, "vehicle"),
        (Self::Wallet, "wallet"),
    ];

    /// The domains that the values of a class are in.
    pub(super) fn of(class: Class) -> &'static [Self] {
        match class {
            Class::Address => &[Self::Address],
            Class::ApiKey
            | Class::ConnectionString
            | Class::Cvv
            | Class::Jwt
            | Class::OneTimeCode
            | Class::Password
            | Class::PasswordHash
            | Class::PrivateKey
            | Class::SessionToken => &[Self::Secret],
            Class::BankAccount => &[Self::Account],
            Class::BirthDate => &[Self::Date],
            Class::CardNumber => &[Self::Card],
            Class::City => &[Self::Place],
            Class::CryptoWallet => &[Self::Wallet],
            Class::DeviceId => &[Self::Device, Self::Uuid],
            Class::Email => &[Self::Email, Self::Host],
            Class::FirstName => &[Self::GivenName],
            // What stands in them is of other classes.
            Class::FreeText | Class::Json | Class::Unsampled => &[],
            Class::FullName => &[Self::FamilyName, Self::GivenName],
            Class::Geo => &[Self::Geo],
            Class::Iban => &[Self::Iban],
            Class::IpAddress => &[Self::Ip, Self::Ip4, Self::Ip6],
            Class::LastName => &[Self::FamilyName],
            Class::MacAddress => &[Self::Mac],
            Class::MedicalId => &[Self::MedicalId],
            Class::NationalId => &[Self::NationalId],
            Class::Passport => &[Self::Passport],
            Class::Phone => &[Self::Phone],
            Class::PostalCode => &[Self::PostalCode],
            Class::Salary => &[Self::Amount],
            Class::Username => &[Self::Username],
            Class::VehicleId => &[Self::Vehicle],
        }
    }
}
