//! What a table is about, and what that says of its columns.
//!
//! A name is a person's in a table of persons, and a thing's in a table of things; what is drawn
//! at random is a secret where a table keeps such. It looks at no value.

use model::Class;

use super::lexicon::{LEXICON, Token};
use super::naming::{self, About, Named};
use super::weigh::STRONG;
use super::{ColumnEvidence, TableEvidence};

/// What a table about people adds to what may be a person's.
const PERSONAL: f64 = 3.0;
/// What a table is about, as far as it is known.
pub(super) struct Setting {
    pub(super) about: About,
    /// Whether what it is about has a place of its own.
    pub(super) is_sited: bool,
    /// Whether it is about getting in, or about others' services: a value drawn at random there
    /// may be a secret.
    pub(super) is_of_access: bool,
    /// Whether it keeps sessions, tokens, keys: a value drawn at random there is one.
    pub(super) is_of_secrets: bool,
    pub(super) is_of_sessions: bool,
    /// Classes of persons among its columns.
    pub(super) companions: usize,
    /// The table's name.
    pub(super) name: String,
    pub(super) table: Vec<Token>,
}

impl Setting {
    pub(super) fn of(table: &TableEvidence<'_>, classes: &[Option<Class>]) -> Self {
        let tokens = LEXICON.cut(table.name);
        let mut about = naming::about(&tokens);
        if about == About::Neither {
            // A comment or a schema says so where the name does not.
            let comment = table.comment.map(|comment| {
                let words: Vec<&str> = comment.split_whitespace().take(6).collect();
                naming::about(&LEXICON.cut(&words.join(" ")))
            });
            let schema = naming::about(&LEXICON.cut(table.schema));
            about = match comment {
                Some(said) if said != About::Neither => said,
                _ if schema == About::Person => schema,
                _ => About::Neither,
            };
        }
        let found = || classes.iter().flatten();
        let meets = |names: &[&str]| {
            let concepts = LEXICON.set(names);
            tokens.iter().any(|token| token.concepts.meets(concepts))
        };
        let secret = [
            "apikey",
            "cookie",
            "jwt",
            "onetime",
            "otp",
            "password",
            "privatekey",
            "secret",
            "session",
            "token",
        ];
        Self {
            about,
            companions: found().filter(|class| is_personal(**class)).count(),
            is_sited: naming::is_sited(&tokens),
            is_of_access: meets(&["api", "refresh"]),
            is_of_secrets: meets(&secret),
            is_of_sessions: meets(&["session"]),
            name: table.name.to_owned(),
            table: tokens,
        }
    }

    /// What the table adds to a class that is sensitive where it is a person's.
    pub(super) fn adds(&self, class: Class, named: &Named, beside: About) -> (f64, &'static str) {
        let is_place = matches!(
            class,
            Class::Address | Class::City | Class::Geo | Class::PostalCode
        );
        let is_name = matches!(class, Class::FirstName | Class::FullName | Class::LastName);
        if !is_place && !is_name && class != Class::Username && named.points >= STRONG {
            return (0.0, "");
        }
        match (beside, self.about) {
            (About::Thing, _) if is_place || is_name => (-20.0, "the name is of a thing"),
            (About::Person, _) if is_place || is_name => (PERSONAL, "the name is of a person"),
            (About::Person, _) if class == Class::Username => (PERSONAL, "the name is of a person"),
            (_, About::Person) => (PERSONAL, "the table is about people"),
            (_, About::Thing) if is_place && self.is_sited => (-20.0, "the table is about things"),
            (_, About::Thing) if is_place => (-1.0, "the table is about things"),
            // Chairs and lamps are called Billy and Anna; an order has a person's name.
            (_, About::Thing) if class == Class::FullName && self.is_sited => {
                (-14.0, "the table is about things")
            }
            (_, About::Thing) if class == Class::FullName || is_name && named.points < STRONG => {
                (-8.0, "the table is about things")
            }
            (_, About::Thing) => (-1.0, "the table is about things"),
            _ if is_name && self.is_of_secrets && named.points < STRONG => {
                (-6.0, "the table keeps secrets")
            }
            _ if self.companions >= 2 => (PERSONAL, "columns beside it are a person's"),
            _ if self.companions == 1 => (1.5, "a column beside it is a person's"),
            _ => (0.0, ""),
        }
    }
}

/// Whether a column is named as a person's could be, and is a thing's: a warehouse's address.
pub(super) fn is_of_a_thing(column: &ColumnEvidence<'_>, setting: &Setting) -> bool {
    let is_place_or_name = |class: Class| {
        matches!(
            class,
            Class::Address | Class::City | Class::FullName | Class::Geo | Class::PostalCode
        )
    };
    let named = naming::named(column.name, &setting.table, is_place_or_name);
    named.iter().any(|named| {
        let beside = naming::beside(column.name);
        setting.adds(named.class, named, beside).0 <= -8.0
    })
}

/// Classes that make a table one about people.
pub(super) fn is_personal(class: Class) -> bool {
    matches!(
        class,
        Class::Address
            | Class::BirthDate
            | Class::Email
            | Class::FirstName
            | Class::FullName
            | Class::LastName
            | Class::MedicalId
            | Class::NationalId
            | Class::Passport
            | Class::Phone
            | Class::Salary
            | Class::Username
    )
}

/// Whether a column is where its table keeps what must not be known: the key of a session is what
/// opens it.
pub(super) fn keeps_secret(column: &ColumnEvidence<'_>, setting: &Setting) -> bool {
    if naming::says_otherwise(column.name) || naming::says_place(column.name) {
        return false;
    }
    let is_named = naming::says_number(column.name);
    setting.is_of_secrets && (!column.is_key || setting.is_of_sessions)
        || setting.is_of_access && !column.is_key && !is_named
}
