//! Values to classify by: sixty of a kind, made from short lists and a counter.
// tidy: table — one line a kind of value.

const GIVEN: &[&str] = &[
    "Anna", "Jürgen", "María", "Wei", "Olga", "Mehmet", "Aoife", "Thomas", "Giulia", "Piotr",
    "Fatima", "Lars", "Chloé", "Rajesh", "Yuki", "Emma", "James", "Sofía", "Ivan", "Marta",
];
const FAMILY: &[&str] = &[
    "Müller",
    "García",
    "Rossi",
    "Novák",
    "Kowalski",
    "Smith",
    "Johansson",
    "Papadopoulos",
    "Yılmaz",
    "Dubois",
    "Ivanova",
    "Nguyen",
    "Tanaka",
    "Kim",
    "Silva",
    "O'Brien",
    "Van den Berg",
    "Jensen",
    "Horváth",
    "Popescu",
];
const THINGS: &[&str] = &[
    "Oak Chair",
    "Blue Towel",
    "Steel Kettle",
    "Wool Blanket",
    "Garden Hose",
    "Desk Lamp",
    "Travel Mug",
    "Running Shoes",
    "Phone Case",
    "Coffee Grinder",
    "Bath Mat",
    "Picture Frame",
    "Water Bottle",
    "Bike Light",
    "Cutting Board",
    "Notebook Set",
    "Tea Pot",
    "Rain Jacket",
    "Yoga Mat",
    "Sun Hat",
];
const CITIES: &[&str] = &[
    "Berlin", "Madrid", "Lyon", "Milano", "Porto", "Utrecht", "Kraków", "Brno", "Turku", "Oslo",
    "Leeds", "Boston", "Osaka", "Busan", "Hanoi", "Izmir", "Cluj", "Szeged", "Split", "Patras",
];
const STREETS: &[&str] = &[
    "Hauptstraße {n}",
    "{n} Main Street",
    "Calle Mayor {n}",
    "Via Roma {n}",
    "{n} rue de la Paix",
    "ul. Długa {n}",
    "Keizersgracht {n}",
    "Storgatan {n}",
    "Rua das Flores, {n}",
    "{n} Oak Ave, Apt 3",
];
const STATUSES: &[&str] = &["active", "pending", "closed", "new"];
const TITLES: &[&str] = &["Engineer", "Analyst", "Team Lead", "Sales Manager", "Clerk"];
const PROSE: &[&str] = &[
    "A sturdy chair made of solid oak.",
    "A lamp for reading at night, with a dimmer.",
    "Soft towel in blue, seventy centimetres wide.",
    "Keeps tea warm for up to six hours.",
];
const NOTES: &[&str] = &[
    "Please call Mr. Jones at +1 415 555 2671 before noon",
    "Nothing to report here today at all",
    "Wrote to anna.b@example.org twice, no reply so far",
    "The parcel came back to us again",
];

/// The sample of that name; none for `-`.
pub(crate) fn of(kind: &str) -> Vec<String> {
    if kind == "-" {
        return Vec::new();
    }
    (0..60).map(|at| value(kind, at)).collect()
}

fn pick<'a>(list: &[&'a str], at: usize) -> &'a str {
    list[(at * 7 + at / list.len()) % list.len()]
}

/// A number that looks drawn, of so many digits.
fn number(at: usize, digits: usize) -> String {
    let mut state = (at as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut out = String::new();
    for place in 0..digits {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let digit = if place == 0 {
            state % 9 + 1
        } else {
            state % 10
        };
        out.push_str(&digit.to_string());
    }
    out
}

fn hex(at: usize, length: usize) -> String {
    let digits = number(at, length * 2);
    let pairs = digits.as_bytes().chunks(2);
    let of = |pair: &[u8]| {
        char::from(b"0123456789abcdef"[usize::from(pair[0] - 48 + pair[1] - 48) % 16])
    };
    pairs.map(of).collect()
}

fn base62(at: usize, length: usize) -> String {
    let digits = number(at, length * 2);
    let all = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let of = |pair: &[u8]| char::from(all[usize::from((pair[0] - 48) * 10 + pair[1] - 48) % 62]);
    digits.as_bytes().chunks(2).map(of).collect()
}

fn with_luhn(body: &str) -> String {
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - 48);
            match (place % 2, digit) {
                (0, digit) if digit > 4 => digit * 2 - 9,
                (0, digit) => digit * 2,
                (_, digit) => digit,
            }
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn iban(at: usize) -> String {
    let bban = number(at, 18);
    let numeric = format!("{bban}131400");
    let rest = numeric
        .bytes()
        .fold(0_u32, |rest, byte| (rest * 10 + u32::from(byte - 48)) % 97);
    format!("DE{:02}{bban}", 98 - rest)
}

fn value(kind: &str, at: usize) -> String {
    let (given, family) = (pick(GIVEN, at), pick(FAMILY, at + 3));
    match kind {
        "agents" => format!(
            "Mozilla/5.0 (X11; Linux x86_64; rv:{}.0) Gecko/20100101",
            90 + at
        ),
        "amounts" => format!("{}.{:02}", number(at, 3), at),
        "bcrypt" => format!("$2b$12${}", base62(at, 53)),
        "cards" => with_luhn(&format!("4{}", number(at, 14))),
        "cities" => pick(CITIES, at).to_owned(),
        "conn_urls" => format!("postgres://app:{}@db{at}.internal:5432/app", base62(at, 12)),
        "countries" => pick(&["DE", "FR", "ES", "IT", "US"], at).to_owned(),
        "digits6" => number(at, 6),
        "emails" => format!(
            "{}.{at}@mail{}.example.org",
            given.to_lowercase().replace(['ü', 'í', 'é'], "u"),
            at % 7
        ),
        "files" => format!("report_{at}.pdf"),
        "geos" => format!("{}.{}", at, number(at, 5)),
        "given" => given.to_owned(),
        "handles" => format!(
            "{}{}",
            given.to_lowercase(),
            if at.is_multiple_of(2) {
                format!("_{}", family.to_lowercase())
            } else {
                at.to_string()
            }
        ),
        "hexes" => hex(at, 64),
        "hosts" => format!("web-{at:02}.prod.internal"),
        "ibans" => iban(at),
        "ips" => format!("{}.{}.{}.{}", 80 + at, 100 + at, at, 200 - at),
        "isbns" => format!("978-3-{}-{}-{}", number(at, 2), number(at, 6), at % 10),
        "json_people" => format!("{{\"email\": \"p{at}@example.org\", \"n\": {at}}}"),
        "json_plain" => format!("{{\"n\": {at}, \"kind\": \"a\"}}"),
        "jwts" => format!(
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0{}.{}",
            base62(at, 10),
            base62(at, 43)
        ),
        "lives" => format!("{}-{:02}-{:02}", 1945 + at, at % 12 + 1, at % 28 + 1),
        "latlons" => format!("{}.{},{}.{}", at, number(at, 5), at + 7, number(at + 5, 5)),
        "low_ips" => format!("{}.{}.{}.{}", at % 4, at % 30, at % 20, at % 25),
        "log_prose" => format!("worker {at} finished in {} ms without errors", at * 3),
        "logins" => format!("{}{}", given.to_lowercase(), at),
        "macs" => {
            let h = hex(at, 12);
            format!(
                "{}:{}:{}:{}:{}:{}",
                &h[0..2],
                &h[2..4],
                &h[4..6],
                &h[6..8],
                &h[8..10],
                &h[10..12]
            )
        }
        "names" => format!("{given} {family}"),
        "note_prose" => pick(NOTES, at).to_owned(),
        "numbers" => number(at, 5),
        "paths" => format!("/var/data/{at}/part.bin"),
        "pems" => format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
            base62(at, 64)
        ),
        "phones" => format!("0{} {}", number(at, 3), number(at + 99, 7)),
        "phones_plus" => format!("+49 {} {}", number(at, 3), number(at + 99, 7)),
        "product_prose" => pick(PROSE, at).to_owned(),
        "products" => format!(
            "{} {}",
            pick(THINGS, at),
            pick(&["S", "M", "Large", "Classic"], at)
        ),
        "random" => base62(at, 40),
        "recent_dates" => format!("{}-{:02}-{:02}", 2019 + at % 6, at % 12 + 1, at % 28 + 1),
        "sequence" => (at + 1).to_string(),
        "settings" => format!(
            "app.{}.limit",
            pick(&["cache", "mail", "search", "queue"], at)
        ),
        "skus" => format!("{}-{}", pick(&["AB", "XK", "QT"], at), number(at, 5)),
        "slugs" => pick(THINGS, at).to_lowercase().replace(' ', "-"),
        "ssns" => format!("{}-{:02}-{}", 101 + at, at + 10, number(at, 4)),
        "statuses" => pick(STATUSES, at).to_owned(),
        "streets" => pick(STREETS, at).replace("{n}", &(at + 1).to_string()),
        "surnames" => family.to_owned(),
        "titles" => pick(TITLES, at).to_owned(),
        "urls" => format!("https://www.example.com/p/{at}"),
        "uuids" => {
            let h = hex(at, 32);
            format!(
                "{}-{}-4{}-a{}-{}",
                &h[..8],
                &h[8..12],
                &h[13..16],
                &h[17..20],
                &h[20..]
            )
        }
        "vendor_keys" => format!("sk_live_{}", base62(at, 24)),
        "versions" => format!("{}.{}.{}", at % 4, at % 11, at % 5),
        kind => panic!("no sample of {kind}"),
    }
}
