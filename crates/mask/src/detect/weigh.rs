//! The evidence of one column, added up.
//!
//! The prior is against: most columns hold nothing sensitive. A class is found where the sum of
//! log-odds is above nought; the class with the largest sum wins.

use model::Class;

use super::family::Family;
use super::fits;
use super::hints;
use super::naming::{self, About, Named};
use super::sample::Sample;
use super::setting::{Setting, is_personal, keeps_secret};
use super::shape;
use super::{ColumnEvidence, Found};

/// Against every class, before anything is known.
const PRIOR: f64 = -5.5;
/// Points from which on a name says so by itself.
pub(super) const STRONG: f64 = 6.0;

/// A class with all that speaks for it.
pub(super) struct Weighed {
    pub(super) class: Class,
    clues: Vec<(f64, String)>,
    points: f64,
}

/// The class a column's evidence adds up to.
pub(super) fn weigh(
    column: &ColumnEvidence<'_>,
    sample: &Sample<'_>,
    setting: &Setting,
) -> Option<Weighed> {
    let family = Family::of(column.type_name);
    if family == Family::Nothing || column.is_enum {
        return None;
    }
    let holds = |class: Class| family.holds(class) && class != Class::FreeText;
    let mut found: Vec<Weighed> = Vec::new();
    if let Some((class, why)) = family.proves() {
        found.push(Weighed::new(class, 12.0, why.to_owned()));
    }
    let names = spoken(column, setting, &holds);
    let beside = naming::beside(column.name);
    for named in &names {
        let says = format!("its name says “{}”", named.words);
        let mut weighed = Weighed::new(named.class, named.points, says);
        let (points, why) = setting.adds(named.class, named, beside);
        weighed.add(points, why);
        if setting.is_of_secrets && is_secret(named.class) && named.points < STRONG {
            weighed.add(2.5, "the table keeps secrets");
        }
        if column.is_key && named.points < STRONG {
            weighed.add(-3.0, "it is a key");
        }
        found.push(weighed);
    }
    add_values(column, sample, setting, family, &mut found);
    let weighed = found
        .into_iter()
        .max_by(|a, b| a.points.total_cmp(&b.points))?;
    let weighed = refined(weighed, &names, sample);
    (weighed.points > 0.0).then_some(weighed)
}

/// What the words of a column say: its name's, its domain's, its comment's, its constraints'.
fn spoken(
    column: &ColumnEvidence<'_>,
    setting: &Setting,
    holds: &impl Fn(Class) -> bool,
) -> Vec<Named> {
    let mut names = naming::named(column.name, &setting.table, holds);
    let others = [
        hints::of_domain(column, holds),
        hints::of_comment(column.comment, holds),
    ];
    for named in others.into_iter().flatten() {
        match names.iter_mut().find(|known| known.class == named.class) {
            Some(known) => {
                known.points = known.points.max(named.points);
            }
            None => names.push(named),
        }
    }
    if let Some((class, points, why)) = hints::of_checks(column.checks).filter(|(c, ..)| holds(*c))
    {
        match names.iter_mut().find(|known| known.class == class) {
            Some(known) => known.points += 2.0,
            None => names.push(Named {
                class,
                points,
                words: why.to_owned(),
            }),
        }
    }
    names
}

/// Adds what the values say: to the classes that were named, and of those they prove.
fn add_values(
    column: &ColumnEvidence<'_>,
    sample: &Sample<'_>,
    setting: &Setting,
    family: Family,
    found: &mut Vec<Weighed>,
) {
    for weighed in found.iter_mut() {
        if let Some(fit) = fits::fit(weighed.class, sample) {
            weighed.add(fit.points, &fit.why);
        }
    }
    if !matches!(
        family,
        Family::Text | Family::Integer | Family::Date | Family::Number
    ) {
        return;
    }
    for class in PROVABLE
        .iter()
        .copied()
        .filter(|class| family.holds(*class))
    {
        if found.iter().any(|weighed| weighed.class == class) {
            continue;
        }
        let Some(fit) = fits::fit(class, sample).filter(|fit| fit.points >= 3.5) else {
            continue;
        };
        let mut weighed = Weighed::new(class, fit.points, fit.why);
        let is_word = is_worded(class);
        if is_word && (naming::says_otherwise(column.name) || naming::says_place(column.name)) {
            continue;
        }
        // One word is a brand or a town as well: only what else is there says a person's.
        if matches!(class, Class::FirstName | Class::LastName | Class::Username) {
            weighed.add(-2.5, "one word may be anything's");
        }
        if is_numbered(class) && naming::says_otherwise(column.name) {
            weighed.add(-7.0, "its name says another number");
        }
        let is_own = is_personal(class);
        match setting.about {
            About::Person if is_own => weighed.add(1.5, "the table is about people"),
            About::Thing if matches!(class, Class::Address | Class::Geo) && setting.is_sited => {
                weighed.add(-20.0, "the table is about things");
            }
            About::Thing if is_word && setting.is_sited && naming::says_name(column.name) => {
                weighed.add(-8.0, "the table is about things");
            }
            About::Thing if is_own => weighed.add(-3.0, "the table is about things"),
            _ if is_own && setting.companions >= 2 => {
                weighed.add(1.5, "columns beside it are a person's");
            }
            _ => {}
        }
        if class == Class::BirthDate && !naming::says_at_most_a_day(column.name) {
            continue;
        }
        found.push(weighed);
    }
    let is_text = family == Family::Text && sample.is_telling() && found.is_empty();
    if is_text && keeps_secret(column, setting) && is_drawn(sample) {
        let mut weighed =
            Weighed::new(Class::SessionToken, 3.5, "its values are random".to_owned());
        weighed.add(2.5, "the table keeps secrets");
        found.push(weighed);
    }
}

/// Whether every value is drawn anew.
fn is_drawn(sample: &Sample<'_>) -> bool {
    let random = |value: &str| shape::is_random(value) && !shape::is_uuid(value);
    sample.rate(random) >= 0.9 && sample.distinct() > 0.9
}

/// Classes that values prove without a word.
const PROVABLE: &[Class] = &[
    Class::Email,
    Class::Jwt,
    Class::PrivateKey,
    Class::PasswordHash,
    Class::ConnectionString,
    Class::ApiKey,
    Class::Iban,
    Class::CardNumber,
    Class::MacAddress,
    Class::IpAddress,
    Class::Phone,
    Class::Address,
    Class::BirthDate,
    Class::Geo,
    Class::FullName,
    Class::FirstName,
    Class::LastName,
    Class::Username,
    Class::BankAccount,
    Class::CryptoWallet,
    Class::DeviceId,
    Class::MedicalId,
    Class::NationalId,
    Class::Passport,
    Class::VehicleId,
];

/// Classes that words alone show: a brand and a town have them too.
pub(crate) fn is_worded(class: Class) -> bool {
    matches!(
        class,
        Class::Address
            | Class::City
            | Class::FirstName
            | Class::FullName
            | Class::Geo
            | Class::LastName
            | Class::Username
    )
}

/// Classes that a check digit proves, as it does order numbers and bar codes.
pub(super) fn is_numbered(class: Class) -> bool {
    matches!(
        class,
        Class::BankAccount
            | Class::CardNumber
            | Class::DeviceId
            | Class::MedicalId
            | Class::NationalId
            | Class::Passport
            | Class::Phone
            | Class::VehicleId
    )
}

fn is_secret(class: Class) -> bool {
    class.as_str().starts_with("secret.")
}

/// A name may say more than a shape: a login that is an address, a token that is a key.
fn refined(mut weighed: Weighed, names: &[Named], sample: &Sample<'_>) -> Weighed {
    let says = |class: Class| names.iter().any(|n| n.class == class && n.points >= STRONG);
    let finer = match weighed.class {
        Class::Email if says(Class::Username) => Class::Username,
        Class::ApiKey | Class::Jwt if says(Class::SessionToken) => Class::SessionToken,
        Class::Password if sample.whole(Class::PasswordHash) >= 0.5 => Class::PasswordHash,
        class => class,
    };
    weighed.class = finer;
    weighed
}

impl Weighed {
    pub(super) fn new(class: Class, points: f64, why: String) -> Self {
        Self {
            class,
            clues: vec![(points, why)],
            points: points + PRIOR,
        }
    }

    pub(super) fn add(&mut self, points: f64, why: &str) {
        if points != 0.0 {
            self.points += points;
            self.clues.push((points, why.to_owned()));
        }
    }

    /// Whether it would stand if the table said nothing.
    pub(super) fn is_sure(&self) -> bool {
        self.points >= 2.0
    }

    /// For a person: the clues with their points, the heaviest first.
    pub(super) fn told(self) -> Found {
        let mut clues = self.clues;
        clues.sort_by(|(a, _), (b, _)| b.abs().total_cmp(&a.abs()));
        let told = clues
            .iter()
            .map(|(points, why)| format!("{why} ({points:+.1})"));
        Found {
            class: self.class,
            confidence: 1.0 / (1.0 + (-self.points).exp()),
            why: told.collect::<Vec<_>>().join("; "),
        }
    }
}
