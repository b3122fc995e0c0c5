//! The classes a column or value can have: what kind of sensitive thing it is.
//!
//! Why an enum: detectors, transforms and policy must agree on the set, and a class without a
//! transform must not compile. The words are those of policy (`"pii.email"`) and of the catalog.
//! How a class is found is `mask`'s; where it is kept is `catalog`'s.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of sensitive thing a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Class {
    /// Street and number, or a whole postal address.
    Address,
    /// A vendor's API key or token.
    ApiKey,
    /// A national bank account number.
    BankAccount,
    /// A date of birth.
    BirthDate,
    /// A payment card number.
    CardNumber,
    /// A town, as part of an address.
    City,
    /// A URL or DSN that carries a password.
    ConnectionString,
    /// An address of a crypto currency.
    CryptoWallet,
    /// A card verification value.
    Cvv,
    /// A device's own number: IMEI, ICCID, IMSI, a serial.
    DeviceId,
    /// An e-mail address.
    Email,
    /// A given name.
    FirstName,
    /// Prose in which anything may stand: scanned cell by cell.
    FreeText,
    /// A person's whole name.
    FullName,
    /// A latitude, longitude or point.
    Geo,
    /// An IBAN (ISO 13616).
    Iban,
    /// An IP address.
    IpAddress,
    /// JSON in which anything may stand: walked leaf by leaf.
    Json,
    /// A JSON Web Token (RFC 7519).
    Jwt,
    /// A family name.
    LastName,
    /// A MAC address.
    MacAddress,
    /// A health record or insurance number.
    MedicalId,
    /// A national, social security or tax number.
    NationalId,
    /// An OTP, PIN or recovery code.
    OneTimeCode,
    /// A passport or driving licence number.
    Passport,
    /// A password in clear text.
    Password,
    /// A password hash.
    PasswordHash,
    /// A telephone number.
    Phone,
    /// A postal code.
    PostalCode,
    /// A private key or certificate bundle in PEM.
    PrivateKey,
    /// A salary or another personal amount.
    Salary,
    /// A session, reset or refresh token.
    SessionToken,
    /// Nobody knows yet: a new column of a table that holds something sensitive.
    Unsampled,
    /// A user name or handle.
    Username,
    /// A vehicle's number: VIN or licence plate.
    VehicleId,
}

/// A word that names no class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a class")]
pub struct UnknownClass(String);

impl Class {
    /// Every class.
    pub const ALL: &'static [Self] = &[
        Self::Address,
        Self::ApiKey,
        Self::BankAccount,
        Self::BirthDate,
        Self::CardNumber,
        Self::City,
        Self::ConnectionString,
        Self::CryptoWallet,
        Self::Cvv,
        Self::DeviceId,
        Self::Email,
        Self::FirstName,
        Self::FreeText,
        Self::FullName,
        Self::Geo,
        Self::Iban,
        Self::IpAddress,
        Self::Json,
        Self::Jwt,
        Self::LastName,
        Self::MacAddress,
        Self::MedicalId,
        Self::NationalId,
        Self::OneTimeCode,
        Self::Passport,
        Self::Password,
        Self::PasswordHash,
        Self::Phone,
        Self::PostalCode,
        Self::PrivateKey,
        Self::Salary,
        Self::SessionToken,
        Self::Unsampled,
        Self::Username,
        Self::VehicleId,
    ];

    /// Whether a stand-in tells which values are equal, so that grouping and joining by the values
    /// themselves tells no more. A constant does not, nor does what is replaced piece by piece.
    pub fn shows_equality(self) -> bool {
        !matches!(
            self,
            Self::Cvv
                | Self::FreeText
                | Self::Json
                | Self::OneTimeCode
                | Self::Password
                | Self::PrivateKey
        )
    }

    /// The word policy, catalog and ledger use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Address => "pii.address",
            Self::ApiKey => "secret.api_key",
            Self::BankAccount => "financial.bank_account",
            Self::BirthDate => "pii.birth_date",
            Self::CardNumber => "financial.card_number",
            Self::City => "pii.city",
            Self::ConnectionString => "secret.connection_string",
            Self::CryptoWallet => "financial.crypto_wallet",
            Self::Cvv => "financial.cvv",
            Self::DeviceId => "device.id",
            Self::Email => "pii.email",
            Self::FirstName => "pii.first_name",
            Self::FreeText => "text.free",
            Self::FullName => "pii.full_name",
            Self::Geo => "pii.geo",
            Self::Iban => "financial.iban",
            Self::IpAddress => "network.ip",
            Self::Json => "text.json",
            Self::Jwt => "secret.jwt",
            Self::LastName => "pii.last_name",
            Self::MacAddress => "network.mac",
            Self::MedicalId => "health.id",
            Self::NationalId => "pii.national_id",
            Self::OneTimeCode => "secret.one_time_code",
            Self::Passport => "pii.passport",
            Self::Password => "secret.password",
            Self::PasswordHash => "secret.password_hash",
            Self::Phone => "pii.phone",
            Self::PostalCode => "pii.postal_code",
            Self::PrivateKey => "secret.private_key",
            Self::Salary => "financial.salary",
            Self::SessionToken => "secret.session_token",
            Self::Unsampled => "unsampled",
            Self::Username => "pii.username",
            Self::VehicleId => "pii.vehicle_id",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Class {
    type Err = UnknownClass;
    fn from_str(word: &str) -> Result<Self, UnknownClass> {
        let found = Self::ALL.iter().find(|class| class.as_str() == word);
        found.copied().ok_or_else(|| UnknownClass(word.to_owned()))
    }
}

impl TryFrom<String> for Class {
    type Error = UnknownClass;
    fn try_from(word: String) -> Result<Self, UnknownClass> {
        word.parse()
    }
}

impl From<Class> for String {
    fn from(class: Class) -> Self {
        class.as_str().to_owned()
    }
}
