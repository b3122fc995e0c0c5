//! IBANs: the lengths and account structures of every country of the register (ISO 13616).
// tidy: table — one row a country.

/// Country, and the places of its BBAN: runs of `n` digits, `a` letters, `c` either.
const COUNTRIES: &[(&str, &str)] = &[
    ("AD", "8n12c"),
    ("AE", "19n"),
    ("AL", "8n16c"),
    ("AT", "16n"),
    ("AZ", "4a20c"),
    ("BA", "16n"),
    ("BE", "12n"),
    ("BG", "4a6n8c"),
    ("BH", "4a14c"),
    ("BI", "23n"),
    ("BR", "23n1a1c"),
    ("BY", "4c4n16c"),
    ("CH", "5n12c"),
    ("CR", "18n"),
    ("CY", "8n16c"),
    ("CZ", "20n"),
    ("DE", "18n"),
    ("DJ", "23n"),
    ("DK", "14n"),
    ("DO", "4c20n"),
    ("DZ", "22n"),
    ("EE", "16n"),
    ("EG", "25n"),
    ("ES", "20n"),
    ("FI", "14n"),
    ("FK", "2a12n"),
    ("FO", "14n"),
    ("FR", "10n11c2n"),
    ("GB", "4a14n"),
    ("GE", "2a16n"),
    ("GI", "4a15c"),
    ("GL", "14n"),
    ("GR", "7n16c"),
    ("GT", "4c20c"),
    ("HN", "4a20n"),
    ("HR", "17n"),
    ("HU", "24n"),
    ("IE", "4a14n"),
    ("IL", "19n"),
    ("IQ", "4a15n"),
    ("IR", "22n"),
    ("IS", "22n"),
    ("IT", "1a10n12c"),
    ("JO", "4a4n18c"),
    ("KW", "4a22c"),
    ("KZ", "3n13c"),
    ("LB", "4n20c"),
    ("LC", "4a24c"),
    ("LI", "5n12c"),
    ("LT", "16n"),
    ("LU", "3n13c"),
    ("LV", "4a13c"),
    ("LY", "21n"),
    ("MA", "24n"),
    ("MC", "10n11c2n"),
    ("MD", "20c"),
    ("ME", "18n"),
    ("MK", "3n10c2n"),
    ("MN", "16n"),
    ("MR", "23n"),
    ("MT", "4a5n18c"),
    ("MU", "4a19n3a"),
    ("NI", "4a20n"),
    ("NL", "4a10n"),
    ("NO", "11n"),
    ("OM", "3n16c"),
    ("PK", "4a16c"),
    ("PL", "24n"),
    ("PS", "4a21c"),
    ("PT", "21n"),
    ("QA", "4a21c"),
    ("RO", "4a16c"),
    ("RS", "18n"),
    ("RU", "14n15c"),
    ("SA", "2n18c"),
    ("SC", "4a20n3a"),
    ("SD", "14n"),
    ("SE", "20n"),
    ("SI", "15n"),
    ("SK", "20n"),
    ("SM", "1a10n12c"),
    ("SN", "2c22n"),
    ("SO", "19n"),
    ("ST", "21n"),
    ("SV", "4a20n"),
    ("TL", "19n"),
    ("TN", "20n"),
    ("TR", "5n1n16c"),
    ("UA", "6n19c"),
    ("VA", "18n"),
    ("VG", "4a16n"),
    ("XK", "16n"),
    ("YE", "4a4n18c"),
    // West and Central Africa, which use the form without being in the register.
    ("AO", "21n"),
    ("BF", "2c22n"),
    ("BJ", "2c22n"),
    ("CF", "23n"),
    ("CG", "23n"),
    ("CI", "2c22n"),
    ("CM", "23n"),
    ("CV", "21n"),
    ("GA", "23n"),
    ("GQ", "23n"),
    ("GW", "2c19n"),
    ("KM", "23n"),
    ("MG", "23n"),
    ("ML", "2c22n"),
    ("MZ", "21n"),
    ("NE", "2c22n"),
    ("TD", "23n"),
    ("TG", "2c22n"),
];

/// The IBAN with its check digits made anew, its case and grouping kept.
pub(super) fn mended(text: &str) -> Option<String> {
    let is_led = text.bytes().take(2).all(|byte| byte.is_ascii_alphabetic());
    if !is_led || text.len() > 50 || !text.is_ascii() || text.starts_with([' ', '-']) {
        return None;
    }
    let mut compact: Vec<u8> = Vec::with_capacity(34);
    for byte in text.bytes() {
        match byte {
            b' ' | b'-' | b'.' => {}
            byte => compact.push(byte.to_ascii_uppercase()),
        }
    }
    let (head, account) = compact.split_at_checked(4)?;
    if !head.get(2..)?.iter().all(u8::is_ascii_digit) || !is_account(head.get(..2)?, account) {
        return None;
    }
    let check = 98 - remainder(account, head.get(..2)?, b"00");
    let mut put = head.get(..2)?.to_vec();
    put.extend([b'0' + check / 10, b'0' + check % 10]);
    put.extend(account);
    let mut put = put.into_iter();
    let write = |c: char| match c {
        ' ' | '-' | '.' => c,
        c if c.is_ascii_lowercase() => put.next().map_or('0', char::from).to_ascii_lowercase(),
        _ => put.next().map_or('0', char::from),
    };
    Some(text.chars().map(write).collect())
}

fn remainder(account: &[u8], country: &[u8], check: &[u8]) -> u8 {
    let all = account.iter().chain(country).chain(check);
    let rest = all.fold(0_u32, |rest, byte| {
        let value = super::alphabet::value(*byte);
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    });
    u8::try_from(rest).unwrap_or(0)
}

/// Whether an account is shaped as the country's are.
fn is_account(country: &[u8], account: &[u8]) -> bool {
    let Some((_, runs)) = COUNTRIES
        .iter()
        .find(|(code, _)| code.as_bytes() == country)
    else {
        return false;
    };
    let mut rest = account;
    let mut count = 0_usize;
    for sign in runs.bytes() {
        if sign.is_ascii_digit() {
            count = count * 10 + usize::from(sign - b'0');
            continue;
        }
        let Some((run, after)) = rest.split_at_checked(count) else {
            return false;
        };
        let is_right = run.iter().all(|byte| match sign {
            b'n' => byte.is_ascii_digit(),
            b'a' => byte.is_ascii_uppercase(),
            _ => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        });
        if !is_right {
            return false;
        }
        (rest, count) = (after, 0);
    }
    rest.is_empty()
}
