//! The shop of the probes: a server with canaries, the gateway before it, and what a canary looks
//! like when it is smuggled out.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use aho_corasick::AhoCorasick;
use testkit::Postgres;

use super::support::cases::Case;
use super::support::raw::{Message, query};
use super::support::serve::House;
use super::support::strict::disguised;
use super::support::talk::{Answer, Talk};
use super::support::{commands, run, said};

/// Every value that must not be seen.
const CANARIES: &str = "SELECT email FROM people UNION SELECT full_name FROM people \
     UNION SELECT phone FROM people UNION SELECT ssn FROM people UNION SELECT iban FROM people \
     UNION SELECT card_number FROM people UNION SELECT host(ip_address) FROM people \
     UNION SELECT (home).street FROM people UNION SELECT password_hash FROM people \
     UNION SELECT api_key FROM api_keys UNION SELECT encode(token, 'hex') FROM api_keys \
     UNION SELECT birth_date::text FROM people UNION SELECT to_char(birth_date, 'DD.MM.YYYY') \
     FROM people UNION SELECT to_char(birth_date, 'MM/DD/YYYY') FROM people";

/// Words of canaries that show by themselves.
const SLICED: &str = "SELECT split_part(email, '@', 1) FROM people UNION \
     SELECT split_part(full_name, ' ', 1) FROM people UNION \
     SELECT split_part(full_name, ' ', 2) FROM people UNION SELECT substr(api_key, 9) FROM api_keys";

/// So many characters in a row of a canary are no accident anywhere.
const SLICE: usize = 7;
/// Nor are so many where they are all there is in a cell.
const CELL: usize = 4;

/// What is said, without what differs from one time to the next.
pub(crate) type Likeness = Vec<(u8, String)>;

/// The shop.
pub(crate) struct World {
    // In this order: the gateway goes before its target.
    house: House,
    server: Postgres,
    address: String,
    forms: AhoCorasick,
    whole: String,
}

impl World {
    /// Filled, and the gateway's catalog read.
    pub(crate) fn start() -> Self {
        let server = Postgres::start();
        server.psql("CREATE DATABASE shop");
        let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/probes/schema.sql");
        server.psql_in("shop", &["-f", schema]);
        let mut house = House::new(&server.url_of("postgres", None, "shop"), "");
        house.start();
        let limit = Instant::now() + Duration::from_mins(2);
        while !said(&run(&mut commands(
            &house.dsn("alice"),
            &["SELECT 'settled'"],
        )))
        .contains("settled")
        {
            assert!(Instant::now() < limit, "{}", house.log());
        }
        let canaries = server.psql_in("shop", &["-c", CANARIES]);
        let sliced = server.psql_in("shop", &["-c", SLICED]);
        let address = house.address();
        Self {
            house,
            server,
            address,
            forms: forms(&canaries, &sliced),
            whole: format!("{canaries}\n{sliced}").to_lowercase(),
        }
    }

    /// A case's messages as its principal, in a session of its own.
    pub(crate) fn play(&self, case: &Case) -> Answer {
        let mut parameters = vec![("user", "alice"), ("database", "shop")];
        let opening = case.opening.iter();
        parameters.extend(opening.map(|(name, value)| (name.as_str(), value.as_str())));
        played(
            Talk::open(&self.address, &parameters, Some(self.house.token())),
            case,
        )
    }

    /// The same past the gateway, undone afterwards where it can be.
    pub(crate) fn past(&self, case: &Case) -> Answer {
        let address = format!("127.0.0.1:{}", self.server.port());
        let parameters = [("user", "postgres"), ("database", "shop")];
        let talk = Talk::open(&address, &parameters, None).map(|mut talk| {
            if !case
                .steps
                .iter()
                .any(|step| step.bytes.windows(5).any(|w| w == b"BEGIN"))
            {
                talk.ask(&query("BEGIN"), 1);
            }
            talk
        });
        played(talk, case)
    }

    /// The first canary in these bytes, in clear, in a disguise, or in part.
    pub(crate) fn canary_in(&self, answer: &Answer) -> Option<String> {
        for message in &answer.messages {
            let mut parts = vec![message.body.clone()];
            if message.kind == b'D' || message.kind == b'd' {
                parts.extend(cells(message));
            }
            for part in &parts {
                if let Some(found) = self.forms.find(part) {
                    return Some(String::from_utf8_lossy(&part[found.range()]).into_owned());
                }
            }
            for cell in parts.iter().skip(1) {
                let text = String::from_utf8_lossy(cell).to_lowercase();
                let is_word = text.chars().any(char::is_alphabetic);
                if is_word && text.chars().count() >= CELL && self.whole.contains(&*text) {
                    return Some(text);
                }
            }
        }
        None
    }

    /// Every cell alice is shown by these statements of one session.
    pub(crate) fn shown_to_alice(&self, statements: &[String]) -> Vec<String> {
        let parameters = [("user", "alice"), ("database", "shop")];
        let mut talk = Talk::open(&self.address, &parameters, Some(self.house.token()))
            .ok()
            .unwrap();
        let mut shown = Vec::new();
        for statement in statements {
            let answer = talk.ask(&query(statement), 1);
            let rows = rows(&answer);
            let cells = rows.into_iter().flatten();
            shown.extend(cells.map(|cell| String::from_utf8_lossy(&cell).into_owned()));
        }
        talk.end();
        shown
    }

    /// What a check finds stored after a shown value was written back, and that value.
    pub(crate) fn written_back(&self, of: &[&str], write: &str, check: &str) -> (String, String) {
        let asked = format!("SELECT {} FROM people WHERE id = 9", of.join(", "));
        let shown = self.shown_to_alice(&[asked]).join("");
        let statement = write.replace("{shown}", &shown.replace('\'', "''"));
        self.shown_to_alice(&[statement]);
        let found = self.server.psql_in("shop", &["-c", check]);
        let sought = match shown.split_once("\"email\": \"") {
            Some((_, rest)) => rest.split('"').next().unwrap_or_default().to_owned(),
            None => shown,
        };
        (found, sought)
    }

    /// The stand-ins of what is true of person 7.
    pub(crate) fn stand_ins(&self) -> BTreeMap<String, String> {
        let asked = "SELECT email, phone, ssn, birth_date, full_name, card_number, ip_address, \
                     (SELECT api_key FROM api_keys k WHERE k.id = p.id) FROM people p WHERE id = 7";
        let shown = self.shown_to_alice(&[asked.to_owned()]);
        let names = [
            "email*", "phone*", "ssn*", "born*", "name*", "card*", "ip*", "key*",
        ];
        assert_eq!(shown.len(), names.len(), "{shown:?}");
        names.into_iter().map(str::to_owned).zip(shown).collect()
    }

    /// The values those stand for.
    pub(crate) fn originals(&self) -> BTreeMap<String, String> {
        let guesses = self.guesses();
        let of = |(name, value): (String, String)| (format!("{name}*"), value);
        guesses.into_iter().map(of).collect()
    }

    /// What is true of person 7, and beside it (`'`) what is not.
    pub(crate) fn guesses(&self) -> BTreeMap<String, String> {
        let ask = |what: &str| {
            let sql = format!("SELECT {what} FROM people AS p WHERE id = 7");
            self.server.psql_in("shop", &["-c", &sql])
        };
        let mut guesses = BTreeMap::new();
        for (name, right, wrong) in [
            ("email", "email", "replace(email, '@', '~@')"),
            ("phone", "phone", "overlay(phone placing '0' from 9 for 1)"),
            ("ssn", "ssn", "overlay(ssn placing '0' from 9 for 1)"),
            ("born", "birth_date", "birth_date - 3"),
            (
                "name",
                "full_name",
                "overlay(full_name placing 'a' from 3 for 1)",
            ),
            (
                "card",
                "card_number",
                "overlay(card_number placing '1' from 9 for 1)",
            ),
            ("ip", "host(ip_address)", "host(ip_address + 1)"),
            (
                "key",
                "(SELECT api_key FROM api_keys k WHERE k.id = p.id)",
                "repeat('0', 40)",
            ),
            (
                "pay",
                "(SELECT salary FROM employees e WHERE e.id = p.id)",
                "41414.25",
            ),
            (
                "head",
                "left(email, 6)",
                "overlay(left(email, 6) placing 'q~' from 5 for 2)",
            ),
            (
                "mid",
                "substr(email, 4, 6)",
                "overlay(substr(email, 4, 6) placing '~' from 5)",
            ),
            (
                "first6",
                "left(full_name, 6)",
                "overlay(left(full_name, 6) placing 'qq' from 5)",
            ),
            ("word", "lower(split_part(full_name, ' ', 1))", "'zzqqxx'"),
            ("street", "(home).street", "(home).street || '0'"),
            (
                "email8",
                "(SELECT email FROM people WHERE id = 8)",
                "email || 'x'",
            ),
        ] {
            guesses.insert(name.to_owned(), ask(right));
            guesses.insert(format!("{name}'"), ask(wrong));
        }
        guesses.insert("born+".to_owned(), ask("birth_date + 1"));
        guesses.insert("ssn+".to_owned(), ask("overlay(ssn placing '~' from 11)"));
        guesses
    }
}

/// An answer for comparison: what was guessed stands there as `?`.
pub(crate) fn likeness(answer: &Answer, guesses: &BTreeMap<String, String>) -> Likeness {
    if answer.was_held {
        return vec![(b'E', "held".to_owned())];
    }
    let plain = |message: &Message| {
        let mut text = String::from_utf8_lossy(&message.body).into_owned();
        if message.kind == b'E' || message.kind == b'N' {
            text = text
                .split('\0')
                .filter(|field| !field.starts_with('D'))
                .collect();
        }
        for guess in guesses.values().filter(|guess| guess.len() > 5) {
            text = text.replace(&**guess, "?");
        }
        (message.kind, text)
    };
    answer
        .messages
        .iter()
        .filter(|m| m.kind != b'S')
        .map(plain)
        .collect()
}

/// How many rows, and which tags.
pub(crate) fn outcome(answer: &Answer) -> (usize, Vec<String>) {
    let tags = answer.messages.iter().filter(|m| m.kind == b'C');
    let tag = |m: &Message| {
        String::from_utf8_lossy(&m.body)
            .trim_end_matches('\0')
            .to_owned()
    };
    let mut tags: Vec<String> = tags.map(tag).collect();
    tags.retain(|tag| tag != "BEGIN");
    (rows(answer).len(), tags)
}

/// The rows of an answer.
pub(crate) fn rows(answer: &Answer) -> Vec<Vec<Vec<u8>>> {
    let rows = answer
        .messages
        .iter()
        .filter(|m| m.kind == b'D' || m.kind == b'd');
    rows.map(cells).collect()
}

fn played(talk: Result<Talk, Vec<u8>>, case: &Case) -> Answer {
    let mut talk = match talk {
        Ok(talk) => talk,
        Err(body) => {
            let messages = vec![Message { kind: b'E', body }];
            return Answer {
                messages,
                is_ended: true,
                ..Answer::default()
            };
        }
    };
    let mut whole = Answer::default();
    for step in &case.steps {
        let answer = talk.ask(&step.bytes, step.ready);
        let is_over = answer.is_ended || answer.is_hung;
        whole.add(answer);
        if is_over {
            return whole;
        }
    }
    whole.add(talk.glance(Duration::from_millis(5)));
    talk.end();
    whole
}

/// Every form a canary may come in: whole and in disguise, and slices of what is a word.
fn forms(canaries: &str, sliced: &str) -> AhoCorasick {
    let mut forms: HashSet<Vec<u8>> = HashSet::new();
    for canary in canaries.lines().filter(|line| line.len() > 7) {
        forms.extend(disguised(canary));
        let escaped = canary.chars().map(|c| format!("\\u{:04x}", u32::from(c)));
        forms.insert(escaped.collect::<String>().into_bytes());
        let digits: String = canary.chars().filter(char::is_ascii_digit).collect();
        if digits.len() > 8 {
            forms.insert(digits.into_bytes());
        }
    }
    for word in sliced.lines() {
        let chars: Vec<char> = word.chars().collect();
        for slice in chars.windows(SLICE) {
            forms.insert(slice.iter().collect::<String>().into_bytes());
            forms.insert(slice.iter().rev().collect::<String>().into_bytes());
        }
    }
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(forms)
        .unwrap()
}

/// The cells of a row.
fn cells(row: &Message) -> Vec<Vec<u8>> {
    if row.kind == b'd' {
        return row
            .body
            .split(|b| b"\t\n,".contains(b))
            .map(<[u8]>::to_vec)
            .collect();
    }
    let mut rest = &row.body[2..];
    let mut cells = Vec::new();
    while rest.len() >= 4 {
        let length = i32::from_be_bytes(rest[..4].try_into().unwrap());
        rest = &rest[4..];
        let length = usize::try_from(length).unwrap_or(0);
        cells.push(rest[..length].to_vec());
        rest = &rest[length..];
    }
    cells
}

/// Whether rows are of so little that no order is told: few, all the same, or by number.
pub(crate) fn is_plain(rows: &[Vec<Vec<u8>>]) -> bool {
    let number = |row: &Vec<Vec<u8>>| String::from_utf8_lossy(&row[0]).trim().parse::<i64>().ok();
    let is_single = rows
        .iter()
        .all(|row| row.iter().filter(|cell| !cell.is_empty()).count() == 1);
    let numbers: Option<Vec<i64>> = rows.iter().map(number).collect();
    let is_sorted = numbers.is_some_and(|numbers| numbers.is_sorted());
    rows.is_empty() || is_single && rows.len() > 1 && is_sorted
}

/// The messages of each case of a file, as one line.
pub(crate) fn blocks(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match blocks.last_mut() {
            _ if line.starts_with("@ ") => blocks.push(String::new()),
            Some(block) if block.is_empty() => block.push_str(line),
            Some(block) => *block = format!("{block} ⏎ {line}"),
            None => {}
        }
    }
    blocks
}

/// A text with the first or the second of every `«a|b»`, and every `{guess}` in its place.
pub(crate) fn guessed(text: &str, guesses: &BTreeMap<String, String>, at: usize) -> String {
    let mut spelt = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('«') {
        let (pair, after) = after.split_once('»').unwrap();
        let parts: Vec<&str> = pair.split('|').collect();
        spelt.push_str(before);
        spelt.push_str(parts[at]);
        rest = after;
    }
    spelt.push_str(rest);
    for (name, value) in guesses {
        spelt = spelt.replace(&format!("{{{name}}}"), value);
    }
    spelt
}

/// Ways to have a guess turned into its stand-in.
pub(crate) fn echoes(email: &str) -> Vec<(&'static str, Vec<String>)> {
    let one = |sql: String| vec![sql];
    vec![
        (
            "a constant",
            one(format!("SELECT '{email}', email FROM people WHERE id <> 7")),
        ),
        (
            "a union",
            one(format!(
                "SELECT '{email}' UNION ALL SELECT email FROM people WHERE id <> 7"
            )),
        ),
        (
            "a union before",
            one(format!(
                "SELECT email FROM people WHERE id <> 7 UNION SELECT '{email}'"
            )),
        ),
        (
            "values",
            one(format!(
                "SELECT e FROM (VALUES ('{email}'), ('x')) AS v (e)"
            )),
        ),
        (
            "a text",
            one(format!("SELECT 'please write to {email} soon' AS body")),
        ),
        (
            "JSON",
            one(format!("SELECT jsonb_build_object('email', '{email}')")),
        ),
        (
            "coalesce",
            one(format!(
                "SELECT coalesce(NULL, '{email}', email) FROM people WHERE id <> 7"
            )),
        ),
        (
            "case",
            one(format!(
                "SELECT CASE WHEN id > 0 THEN '{email}' ELSE email END FROM people"
            )),
        ),
        ("a cast", one(format!("SELECT '{email}'::text AS email"))),
        ("an array", one(format!("SELECT ARRAY['{email}']"))),
        (
            "a recursive union",
            one(format!(
                "WITH RECURSIVE r AS (SELECT '{email}'::text AS email UNION SELECT email FROM people WHERE id = 3) SELECT * FROM r"
            )),
        ),
        (
            "an own row",
            vec![
                format!("INSERT INTO orders (person_id, contact_email) VALUES (3, '{email}')"),
                "SELECT contact_email FROM orders WHERE person_id = 3".to_owned(),
            ],
        ),
        (
            "an own row returned",
            one(format!(
                "INSERT INTO orders (person_id, contact_email) VALUES (3, '{email}') RETURNING contact_email"
            )),
        ),
        (
            "an update",
            vec![
                format!("UPDATE orders SET contact_email = '{email}' WHERE id = 2"),
                "SELECT contact_email FROM orders WHERE id = 2".to_owned(),
            ],
        ),
        (
            "a ticket",
            vec![
                format!("UPDATE tickets SET body = 'write to {email}' WHERE id = 2"),
                "SELECT body FROM tickets WHERE id = 2".to_owned(),
            ],
        ),
        (
            "JSON of one's own",
            vec![
                format!("UPDATE people SET contact = '{{\"email\": \"{email}\"}}' WHERE id = 3"),
                "SELECT contact ->> 'email', contact FROM people WHERE id = 3".to_owned(),
            ],
        ),
        (
            "an array of one's own",
            vec![
                format!("UPDATE people SET emails = ARRAY['{email}'] WHERE id = 3"),
                "SELECT emails FROM people WHERE id = 3".to_owned(),
            ],
        ),
        (
            "COPY",
            one(format!("COPY (SELECT '{email}' AS email) TO STDOUT")),
        ),
        (
            "an upsert",
            vec![
                format!("INSERT INTO contacts (id, email) VALUES (90, '{email}')"),
                "SELECT email FROM contacts WHERE id = 90".to_owned(),
            ],
        ),
    ]
}

/// A shown column written back: a name, the column, the write, and where it would be stored.
pub(crate) const WRITTEN_BACK: [(&str, &str, &str, &str); 10] = [
    (
        "an e-mail address saved again",
        "email",
        "UPDATE people SET email = '{shown}' WHERE id = 10",
        "SELECT email FROM people WHERE id IN (9, 10)",
    ),
    (
        "a whole row saved again",
        "email",
        "UPDATE people SET email = '{shown}', plan = 'pro', visits = 3 WHERE id = 9",
        "SELECT email FROM people WHERE id = 9",
    ),
    (
        "a name saved again",
        "full_name",
        "UPDATE people SET full_name = '{shown}' WHERE id = 9",
        "SELECT full_name FROM people WHERE id = 9",
    ),
    (
        "a phone saved again",
        "phone",
        "UPDATE people SET phone = '{shown}' WHERE id = 9",
        "SELECT phone FROM people WHERE id = 9",
    ),
    (
        "a birth date saved again",
        "birth_date",
        "UPDATE people SET birth_date = '{shown}' WHERE id = 9",
        "SELECT birth_date FROM people WHERE id = 9",
    ),
    (
        "JSON saved again",
        "contact",
        "UPDATE people SET contact = '{shown}' WHERE id = 9",
        "SELECT contact FROM people WHERE id = 9",
    ),
    (
        "an address in another table",
        "email",
        "INSERT INTO orders (person_id, contact_email) VALUES (9, '{shown}')",
        "SELECT contact_email FROM orders WHERE person_id = 9",
    ),
    (
        "an address in a column without a class",
        "email",
        "INSERT INTO products (name) VALUES ('{shown}')",
        "SELECT name FROM products",
    ),
    (
        "an address in free text",
        "email",
        "UPDATE tickets SET body = 'from {shown}' WHERE id = 9",
        "SELECT body FROM tickets WHERE id = 9",
    ),
    (
        "a card number saved again",
        "card_number",
        "UPDATE people SET card_number = '{shown}' WHERE id = 9",
        "SELECT card_number FROM people WHERE id = 9",
    ),
];
