//! Days and instants as the target counts them: from 2000-01-01, proleptic Gregorian.
//!
//! It knows no time zones: an instant with a zone is read in UTC.

/// Days from 2000-01-01 to a civil date (Hinnant's `days_from_civil`).
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 730_425
}

/// The civil date of a day counted from 2000-01-01.
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 730_425;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// How many days a year has.
pub(crate) fn length(year: i64) -> i64 {
    days(year + 1, 1, 1) - days(year, 1, 1)
}

/// Whether that is a day of the calendar, in the years of our era that people write.
pub(crate) fn exists(year: i64, month: i64, day: i64) -> bool {
    let plausible = (1..=9999).contains(&year) && (1..=12).contains(&month);
    plausible && (1..=31).contains(&day) && civil(days(year, month, day)) == (year, month, day)
}

/// `YYYY-MM-DD`.
pub(crate) fn iso(days: i64) -> String {
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Reads `YYYY-MM-DD` at the start of a text; gives the day and what follows.
pub(crate) fn read_iso(text: &str) -> Option<(i64, &str)> {
    let (head, rest) = text.split_at_checked(10)?;
    let mut fields = head.split('-');
    let year = field(fields.next()?, 4)?;
    let month = field(fields.next()?, 2)?;
    let day = field(fields.next()?, 2)?;
    let whole = fields.next().is_none() && exists(year, month, day);
    let ends = !rest.starts_with(|c: char| c.is_ascii_digit());
    (whole && ends).then(|| (days(year, month, day), rest))
}

/// A run of exactly that many digits.
pub(crate) fn field(text: &str, width: usize) -> Option<i64> {
    let is_run = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_run { text.parse().ok() } else { None }
}

/// Reads `HH:MM[:SS[.ffffff]]` and what follows, in microseconds of the day.
pub(crate) fn read_clock(text: &str) -> Option<(i64, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.'));
    let (clock, rest) = text.split_at(end.unwrap_or(text.len()));
    let mut fields = clock.split(':');
    let hours = field(fields.next()?, 2)?;
    let minutes = field(fields.next()?, 2)?;
    let (seconds, fraction) = fields.next().map_or(("00", ""), |seconds| {
        seconds.split_once('.').unwrap_or((seconds, ""))
    });
    let micros = format!("{fraction:0<6}");
    let micros = field(micros.get(..6)?, 6)?;
    let seconds = field(seconds, 2)?;
    Some((
        ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros,
        rest,
    ))
}

/// `HH:MM:SS` and the fraction where there is one, as the target writes it.
pub(crate) fn clock(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let whole = format!("{hours:02}:{minutes:02}:{:02}", seconds % 60);
    match micros % 1_000_000 {
        0 => whole,
        fraction => format!("{whole}.{fraction:06}")
            .trim_end_matches('0')
            .to_owned(),
    }
}

/// Reads a zone offset (`+02`, `-03:30`, `Z`) in microseconds east of UTC.
pub(crate) fn read_zone(text: &str) -> Option<i64> {
    let zone = text.trim();
    if zone.is_empty() || zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let mut fields = zone.strip_prefix(['+', '-'])?.split(':');
    let mut seconds = 0;
    for unit in [3600, 60, 1] {
        seconds += fields.next().map_or(Some(0), |text| field(text, 2))? * unit;
    }
    Some(sign * seconds * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_civil_agree() {
        assert_eq!(days(2000, 1, 1), 0);
        assert_eq!(days(1970, 1, 1), -10_957);
        for day in (-700_000..700_000).step_by(37) {
            let (year, month, date) = civil(day);
            assert_eq!(days(year, month, date), day);
        }
        assert!(exists(2024, 2, 29) && !exists(2023, 2, 29) && !exists(2023, 13, 1));
    }

    #[test]
    fn clocks_and_zones() {
        for (text, micros) in [("08:30:00", 30_600_000_000), ("00:00:00.5", 500_000)] {
            assert_eq!(read_clock(text), Some((micros, "")));
            assert_eq!(clock(micros), text);
        }
        assert_eq!(read_zone("-03:30"), Some(-12_600_000_000));
        assert_eq!(read_zone("+02"), Some(7_200_000_000));
    }
}
