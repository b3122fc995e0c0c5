//! Dates inside identifiers, with what countries add to month or day.

use super::Place;

/// What may be added to the month and to the day of a date: a century, a sex, a kind of register.
#[derive(Clone, Copy)]
pub(super) struct Dating {
    pub(super) days: &'static [u32],
    pub(super) months: &'static [u32],
}

/// A date as it is.
pub(super) const PLAIN: Dating = Dating {
    days: &[0],
    months: &[0],
};

/// Whether the digits that a structure calls a date are one. Years of two digits leave the
/// twenty-ninth of February to every fourth of them.
pub(super) fn is_dated(
    dating: Dating,
    places: impl Iterator<Item = Place>,
    compact: &[u8],
) -> bool {
    let (mut year, mut month, mut day) = (0, 0, 0);
    let mut has_date = false;
    for (place, byte) in places.zip(compact) {
        let digit = u32::from(byte.wrapping_sub(b'0'));
        let part = match place {
            Place::Day => &mut day,
            Place::Month => &mut month,
            Place::Year => &mut year,
            _ => continue,
        };
        *part = *part * 10 + digit;
        has_date = true;
    }
    let within = |value: u32, added: &[u32], most: u32| {
        let mut bare = added.iter().filter_map(|added| value.checked_sub(*added));
        bare.find(|bare| (1..=most).contains(bare))
    };
    !has_date
        || within(month, dating.months, 12).is_some_and(|month| {
            let most = match month {
                2 if year % 4 == 0 => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            within(day, dating.days, most).is_some()
        })
}
