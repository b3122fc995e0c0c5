//! Columns and the class each must get, traps included.
// tidy: table — one row a column.

use super::*;
use Class::{
    Address, ApiKey, BankAccount, BirthDate, CardNumber, City, ConnectionString, Cvv, Email,
    FirstName, FreeText, FullName, Geo, Iban, IpAddress, Json, LastName, MacAddress, MedicalId,
    NationalId, OneTimeCode, Passport, Password, PasswordHash, Phone, PostalCode, PrivateKey,
    Salary, SessionToken, Username,
};

fn class(table: &str, column: &str, type_name: &str, sample: &[&str]) -> Option<Class> {
    let evidence = ColumnEvidence {
        column,
        comment: None,
        sample,
        schema: "public",
        siblings: &[],
        table,
        type_name,
    };
    classify(&evidence).map(|found| found.class)
}

#[rustfmt::skip]
const BY_NAME: &[(&str, &str, &str, Option<Class>)] = &[
    ("customers", "email", "text", Some(Email)),
    ("customers", "EmailAddress", "character varying(255)", Some(Email)),
    ("orders", "billing_email", "text", Some(Email)),
    ("kunden", "mailadresse", "text", Some(Email)),
    ("clientes", "correo_electronico", "text", Some(Email)),
    ("customers", "phone", "text", Some(Phone)),
    ("customers", "phone2", "text", Some(Phone)),
    ("customers", "mobileNumber", "bigint", Some(Phone)),
    ("kunden", "handynummer", "text", Some(Phone)),
    ("clientes", "teléfono", "text", Some(Phone)),
    ("users", "first_name", "text", Some(FirstName)),
    ("users", "firstName", "text", Some(FirstName)),
    ("users", "fname", "text", Some(FirstName)),
    ("kunden", "vorname", "text", Some(FirstName)),
    ("clients", "prénom", "text", Some(FirstName)),
    ("users", "last_name", "text", Some(LastName)),
    ("kunden", "Nachname", "text", Some(LastName)),
    ("clientes", "apellidos", "text", Some(LastName)),
    ("utenti", "cognome", "text", Some(LastName)),
    ("users", "full_name", "text", Some(FullName)),
    ("customers", "name", "text", Some(FullName)),
    ("employees", "name", "text", Some(FullName)),
    ("orders", "customer_name", "text", Some(FullName)),
    ("cards", "cardholder_name", "text", Some(FullName)),
    ("users", "username", "citext", Some(Username)),
    ("users", "screenName", "text", Some(Username)),
    ("customers", "address", "text", Some(Address)),
    ("customers", "address_line1", "text", Some(Address)),
    ("orders", "shipping_address", "text", Some(Address)),
    ("kunden", "straße", "text", Some(Address)),
    ("clientes", "direccion", "text", Some(Address)),
    ("customers", "city", "text", Some(City)),
    ("kunden", "wohnort", "text", Some(City)),
    ("customers", "zip_code", "varchar(10)", Some(PostalCode)),
    ("customers", "postcode", "text", Some(PostalCode)),
    ("kunden", "plz", "text", Some(PostalCode)),
    ("patients", "date_of_birth", "date", Some(BirthDate)),
    ("patients", "dob", "date", Some(BirthDate)),
    ("personen", "geburtsdatum", "date", Some(BirthDate)),
    ("personnes", "date_naissance", "date", Some(BirthDate)),
    ("employees", "birthDate", "timestamp without time zone", Some(BirthDate)),
    ("employees", "ssn", "text", Some(NationalId)),
    ("employees", "social_security_number", "text", Some(NationalId)),
    ("employees", "national_id", "text", Some(NationalId)),
    ("companies", "tax_id", "text", Some(NationalId)),
    ("clientes", "cpf", "text", Some(NationalId)),
    ("clientes", "dni", "text", Some(NationalId)),
    ("klanten", "bsn", "integer", Some(NationalId)),
    ("persone", "codice_fiscale", "text", Some(NationalId)),
    ("travellers", "passport_number", "text", Some(Passport)),
    ("drivers", "driver_license_number", "text", Some(Passport)),
    ("patients", "mrn", "text", Some(MedicalId)),
    ("patients", "nhs_number", "text", Some(MedicalId)),
    ("patients", "insurance_number", "text", Some(MedicalId)),
    ("payments", "card_number", "text", Some(CardNumber)),
    ("payments", "cc_num", "bigint", Some(CardNumber)),
    ("payments", "kreditkartennummer", "text", Some(CardNumber)),
    ("payments", "cvv", "text", Some(Cvv)),
    ("payments", "card_security_code", "smallint", Some(Cvv)),
    ("payouts", "iban", "text", Some(Iban)),
    ("payouts", "bank_account_number", "text", Some(BankAccount)),
    ("konten", "kontonummer", "text", Some(BankAccount)),
    ("payouts", "routing_number", "text", Some(BankAccount)),
    ("employees", "salary", "numeric", Some(Salary)),
    ("mitarbeiter", "gehalt", "numeric", Some(Salary)),
    ("employees", "annual_income", "integer", Some(Salary)),
    ("users", "password", "text", Some(Password)),
    ("users", "passwort", "text", Some(Password)),
    ("users", "contraseña", "text", Some(Password)),
    ("users", "password_hash", "text", Some(PasswordHash)),
    ("users", "encrypted_password", "text", Some(PasswordHash)),
    ("users", "api_key", "text", Some(ApiKey)),
    ("integrations", "client_secret", "text", Some(ApiKey)),
    ("integrations", "webhookSecret", "text", Some(ApiKey)),
    ("integrations", "api_key", "uuid", Some(ApiKey)),
    ("sessions", "session_token", "text", Some(SessionToken)),
    ("sessions", "refresh_token", "text", Some(SessionToken)),
    ("users", "reset_token", "text", Some(SessionToken)),
    ("sessions", "token", "text", Some(SessionToken)),
    ("sessions", "token", "uuid", Some(SessionToken)),
    ("users", "otp_code", "text", Some(OneTimeCode)),
    ("users", "recovery_codes", "text[]", Some(OneTimeCode)),
    ("cards", "pin", "text", Some(OneTimeCode)),
    ("servers", "private_key", "text", Some(PrivateKey)),
    ("servers", "dsn", "text", Some(ConnectionString)),
    ("tenants", "database_url", "text", Some(ConnectionString)),
    ("logins", "ip", "inet", Some(IpAddress)),
    ("logins", "client_ip", "text", Some(IpAddress)),
    ("logins", "remote_addr", "inet", Some(IpAddress)),
    ("devices", "mac_address", "macaddr", Some(MacAddress)),
    ("devices", "mac", "text", Some(MacAddress)),
    ("users", "latitude", "double precision", Some(Geo)),
    ("rides", "lng", "numeric", Some(Geo)),
    ("users", "last_location", "point", Some(Geo)),
    ("tickets", "notes", "text", Some(FreeText)),
    ("tickets", "body", "text", Some(FreeText)),
    ("events", "payload", "jsonb", Some(Json)),
    // Traps: about a sensitive thing, or something else altogether.
    ("customers", "id", "bigint", None),
    ("customers", "customer_id", "bigint", None),
    ("customers", "email_verified", "boolean", None),
    ("customers", "email_count", "integer", None),
    ("customers", "email_verified_at", "timestamp with time zone", None),
    ("customers", "is_email_confirmed", "text", None),
    ("customers", "phone_type", "text", None),
    ("customers", "phone_verified_at", "timestamptz", None),
    ("users", "password_changed_at", "timestamptz", None),
    ("users", "password_expires", "text", None),
    ("users", "token_count", "integer", None),
    ("models", "max_tokens", "integer", None),
    ("orders", "address_id", "bigint", None),
    ("orders", "shipping_address_id", "uuid", None),
    ("logins", "ip_version", "smallint", None),
    ("products", "name", "text", None),
    ("products", "product_name", "text", None),
    ("products", "brand_name", "text", None),
    ("categories", "name", "text", None),
    ("countries", "name", "text", None),
    ("files", "file_name", "text", None),
    ("hosts", "hostname", "text", None),
    ("customers", "created_at", "timestamptz", None),
    ("customers", "updated_at", "timestamptz", None),
    ("customers", "signup_date", "date", None),
    ("employees", "hire_date", "date", None),
    ("orders", "status", "text", None),
    ("orders", "total", "numeric", None),
    ("orders", "total_price", "numeric", None),
    ("orders", "quantity", "integer", None),
    ("orders", "currency", "char(3)", None),
    ("orders", "order_number", "text", None),
    ("orders", "tracking_number", "text", None),
    ("payments", "card_type", "text", None),
    ("payments", "card_brand", "text", None),
    ("payments", "card_expiry", "text", None),
    ("warehouses", "city", "text", None),
    ("stores", "latitude", "double precision", None),
    ("settings", "key", "text", None),
    ("settings", "value", "text", None),
    ("products", "primary_key", "text", None),
    ("products", "foreign_key", "text", None),
    ("products", "sku", "text", None),
    ("products", "price", "numeric", None),
    ("sessions", "id", "uuid", None),
    ("products", "uuid", "uuid", None),
    ("jobs", "attempts", "integer", None),
    ("campaigns", "email_subject", "text", None),
    ("plans", "salary_band", "text", None),
    ("users", "has_password", "boolean", None),
    ("users", "role", "text", None),
    ("users", "locale", "text", None),
    ("users", "country", "text", None),
    ("users", "country_code", "text", None),
    ("flights", "passenger_count", "integer", None),
    ("versions", "version", "text", None),
];

#[test]
fn names_without_a_sample() {
    let wrong: Vec<_> = BY_NAME
        .iter()
        .filter_map(|(table, column, type_name, wanted)| {
            let got = class(table, column, type_name, &[]);
            (got != *wanted).then(|| format!("{table}.{column} {type_name}: {got:?}"))
        })
        .collect();
    assert!(BY_NAME.len() >= 120);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Table, column, type, sample, class.
type Sampled = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    Option<Class>,
);

#[rustfmt::skip]
const BY_SAMPLE: &[Sampled] = &[
    ("t", "col_7", "text", &["a@b.org", "c.d@e.co", "x+y@mail.test"], Some(Email)),
    ("t", "v", "text", &["4111111111111111", "5555555555554444", "4012888888881881", "378282246310005", "4222222222222222222222"], Some(FreeText)),
    ("t", "v", "text", &["4111111111111111", "5555555555554444", "4012888888881881", "378282246310005", "6011111111111117"], Some(CardNumber)),
    ("t", "v", "bigint", &["4111111111111111", "5555555555554444", "4012888888881881", "378282246310005", "6011111111111117"], Some(CardNumber)),
    ("t", "v", "text", &["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "NL91ABNA0417164300"], Some(Iban)),
    ("t", "v", "text", &["+49 151 23456789", "+1 415 555 2671", "+33 1 23 45 67 89"], Some(Phone)),
    ("t", "v", "text", &["123-45-6789", "234-56-7890", "345-67-8901"], Some(NationalId)),
    ("t", "v", "text", &["00:1a:2b:3c:4d:5e", "aa:bb:cc:dd:ee:ff", "12:34:56:78:9a:bc"], Some(MacAddress)),
    ("t", "v", "text", &["8.8.8.8", "93.184.216.34", "2001:db8::1"], Some(IpAddress)),
    ("t", "v", "text", &["sk_live_4eC39HqLyjWDarjtT1zdp7dc", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "AKIAIOSFODNN7EXAMPLE"], Some(ApiKey)),
    ("users", "password", "text", &["$2b$12$abcdefghijklmnopqrstuuWXYZ", "$2b$12$bbcdefghijklmnopqrstuuWXYZ", "$2b$12$cbcdefghijklmnopqrstuuWXYZ"], Some(PasswordHash)),
    ("t", "v", "citext", &["a@b.org", "c.d@e.co", "x+y@mail.test"], Some(Email)),
    ("t", "v", "hstore", &["\"k\"=>\"a@b.org\"", "\"k\"=>\"c@d.org\"", "\"k\"=>\"e@f.org\""], Some(FreeText)),
    ("t", "v", "tsvector", &["'a@b.org':1", "'c@d.org':1 'the':2", "'e@f.org':1"], Some(FreeText)),
    ("t", "v", "span", &["[a@b.org,c@d.org)", "[e@f.org,g@h.org)", "[i@j.org,k@l.org)"], Some(FreeText)),
    ("t", "v", "mailrange", &["[a@b.org,c@d.org)", "[e@f.org,g@h.org)", "[i@j.org,k@l.org)"], Some(FreeText)),
    ("t", "v", "bytea", &["\\x6140622e6f7267", "\\x6340642e6f7267", "\\x6540662e6f7267"], Some(FreeText)),
    ("t", "v", "bytea", &["\\x89504e47", "\\xffd8ffe0", "\\x0001fe"], None),
    ("t", "v", "tsvector", &["'chair':1", "'lamp':1 'oak':2", "'towel':1"], None),
    ("t", "v", "int8range", &["[4111111111111111,4111111111111112)", "[1,2)", "[3,4)"], None),
    // The sample contradicts the name.
    ("t", "email", "text", &["yes", "no", "yes", "no"], None),
    ("t", "phone", "text", &["iphone", "android", "pixel"], None),
    ("t", "token", "text", &["the", "cat", "sat"], None),
    ("products", "description", "text", &["A sturdy chair of solid oak.", "A lamp for reading at night.", "Soft towel, blue, 70 cm"], None),
    ("orders", "order_number", "text", &["1000000012", "1000000013", "1000000014"], None),
    ("t", "version", "text", &["1.2.3", "1.2.4", "2.0.0"], None),
    ("tickets", "note", "text", &["Call Mr. Jones at +1 415 555 2671 please", "Nothing to report here today", "Wrote to a@b.org twice"], Some(FreeText)),
    ("events", "payload", "jsonb", &["{\"n\": 1}", "{\"n\": 2}", "{\"n\": 3}"], None),
    ("events", "payload", "jsonb", &["{\"email\": \"a@b.org\"}", "{\"n\": 2}", "{\"n\": 3}"], Some(Json)),
];

#[test]
fn samples_prove_and_contradict() {
    let wrong: Vec<_> = BY_SAMPLE
        .iter()
        .filter_map(|(table, column, type_name, sample, wanted)| {
            let got = class(table, column, type_name, sample);
            (got != *wanted).then(|| format!("{table}.{column} {sample:?}: {got:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_name_beside_people_s_columns_is_a_person_s() {
    let evidence = ColumnEvidence {
        column: "name",
        comment: None,
        sample: &[],
        schema: "public",
        siblings: &["id", "email"],
        table: "t",
        type_name: "text",
    };
    assert_eq!(classify(&evidence).map(|found| found.class), Some(FullName));
}
