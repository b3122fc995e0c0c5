//! The shop of the probes: a server with canaries, the gateway before it, and what a canary looks
//! like when it is smuggled out.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use aho_corasick::AhoCorasick;
use testkit::Postgres;

use super::judging;
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
     SELECT split_part(full_name, ' ', 2) FROM people UNION \
     SELECT substr(api_key, 9) FROM api_keys";

/// So many characters in a row of a canary are no accident anywhere.
const SLICE: usize = 7;
/// Nor are so many where they are all there is in a cell.
const CELL: usize = 4;

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
                parts.extend(judging::cells(message));
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
            let rows = judging::rows(&answer);
            let cells = rows.into_iter().flatten();
            shown.extend(cells.map(|cell| String::from_utf8_lossy(&cell).into_owned()));
        }
        talk.end();
        shown
    }

    /// What a check finds stored after a shown value was written back, and that value.
    pub(crate) fn written_back(&self, of: &str, write: &str, check: &str) -> (String, String) {
        let asked = format!("SELECT {of} FROM people WHERE id = 9");
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
