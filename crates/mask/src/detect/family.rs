//! Types by what they can hold at all: a boolean is never an address.

use model::Class;

/// What a type can hold at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Address,
    Bytes,
    Date,
    /// Markup and stores: a document in a text.
    Document,
    Integer,
    Json,
    Mac,
    Nothing,
    Number,
    Point,
    Text,
    Uuid,
}

impl Family {
    /// The family of a type by its name, arrays counted as their elements.
    pub(super) fn of(type_name: &str) -> Self {
        let lower = type_name.to_lowercase();
        let name = lower.rsplit('.').next().unwrap_or(&lower);
        let name = name.trim_end_matches("[]").trim_start_matches('_');
        let name = name.split('(').next().unwrap_or(name).trim();
        match name {
            "text" | "varchar" | "character varying" | "bpchar" | "character" | "char"
            | "citext" | "name" | "string" => Self::Text,
            "hstore" | "xml" => Self::Document,
            "int2" | "int4" | "int8" | "smallint" | "integer" | "bigint" | "int" => Self::Integer,
            "numeric" | "decimal" | "float4" | "float8" | "real" | "double precision" | "money" => {
                Self::Number
            }
            "json" | "jsonb" => Self::Json,
            "bytea" => Self::Bytes,
            "uuid" => Self::Uuid,
            "inet" => Self::Address,
            "macaddr" | "macaddr8" => Self::Mac,
            "point" => Self::Point,
            "cidr" | "bool" | "boolean" | "interval" | "oid" | "bit" | "daterange"
            | "int4range" | "int8range" | "numrange" | "tsrange" | "tstzrange"
            | "datemultirange" | "int4multirange" | "int8multirange" | "nummultirange"
            | "tsmultirange" | "tstzmultirange" => Self::Nothing,
            "date" => Self::Date,
            // The clock alone, time zones cut off with the length: "timestamp(3) with time zone".
            name if name.starts_with("timestamp") => Self::Date,
            name if name.starts_with("time") => Self::Nothing,
            // A type of the target's own, or a container of words: its values are text to us.
            _ => Self::Text,
        }
    }

    /// The class that a type alone says.
    pub(super) fn proves(self) -> Option<(Class, &'static str)> {
        match self {
            Self::Address => Some((Class::IpAddress, "its type holds network addresses")),
            Self::Mac => Some((Class::MacAddress, "its type holds hardware addresses")),
            _ => None,
        }
    }

    /// Whether a column of the family can hold the class.
    pub(super) fn holds(self, class: Class) -> bool {
        let is_number = matches!(
            class,
            Class::BankAccount
                | Class::CardNumber
                | Class::Cvv
                | Class::DeviceId
                | Class::MedicalId
                | Class::NationalId
                | Class::OneTimeCode
                | Class::Passport
                | Class::Phone
                | Class::PostalCode
        );
        match self {
            Self::Address | Self::Json | Self::Mac | Self::Nothing => false,
            Self::Bytes => class.as_str().starts_with("secret."),
            Self::Date => class == Class::BirthDate,
            Self::Document => class == Class::FreeText,
            Self::Integer => is_number || matches!(class, Class::BirthDate | Class::Salary),
            Self::Number => {
                is_number || matches!(class, Class::BirthDate | Class::Geo | Class::Salary)
            }
            Self::Point => class == Class::Geo,
            Self::Text => true,
            Self::Uuid => matches!(class, Class::ApiKey | Class::DeviceId | Class::SessionToken),
        }
    }
}
