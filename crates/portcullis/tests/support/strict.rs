//! The reference policy of `examples/policies/strict-production` before two shops that differ in
//! nothing but their secrets.
//!
//! Why two: what a reader is told must not hang on what he may not see, so a statement is put to
//! both and the answers compared. The gateway's own role is a superuser there: the policy is the
//! only guard. It judges nothing itself.

use std::fmt::Write as _;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use aho_corasick::AhoCorasick;
use testkit::Postgres;

use super::raw::{Raw, query};
use super::serve::House;
use super::talk::Talk;

/// The two shops.
pub(crate) const SHOPS: [&str; 2] = ["shop", "twin"];

/// What holds secrets, beyond doubt.
const CLASSES: &[(&str, &str)] = &[
    ("public.customers.email", "pii.email"),
    ("public.customers.full_name", "pii.full_name"),
    ("public.customers.phone", "pii.phone"),
    ("public.customers.card_number", "financial.card_number"),
    ("public.customers.birth_date", "pii.birth_date"),
    ("public.customers.contact", "text.json"),
    ("public.customers.email_key", "pii.email"),
    ("public.customers.nickname", "none"),
    ("public.orders.contact_email", "pii.email"),
    ("public.orders.note", "none"),
    ("public.payments.card_number", "financial.card_number"),
    (
        "public.payments_archive.card_number",
        "financial.card_number",
    ),
    ("public.employees.full_name", "pii.full_name"),
    ("public.employees.email", "pii.email"),
    ("public.employees.salary", "financial.salary"),
    ("public.api_keys.api_key", "secret.api_key"),
    ("public.support_tickets.body", "text.free"),
    ("public.support_tickets.subject", "none"),
    ("public.notes.body", "none"),
    ("public.notes.author", "none"),
    ("public.settings.value", "none"),
    ("public.outbox.body", "none"),
    ("public.inbox.body", "none"),
    ("reports.cards.digits", "financial.card_number"),
];

/// Secrets of so many possible values that no stand-in is one by chance.
const SECRETS: &str = "SELECT email FROM customers UNION SELECT full_name FROM customers \
     UNION SELECT card_number FROM customers UNION SELECT contact->>'email' FROM customers \
     UNION SELECT full_name FROM employees UNION SELECT email FROM employees \
     UNION SELECT api_key FROM api_keys";

/// What no client must see that stands in no column.
const CANARIES: &[&str] = &[
    "root:x:0",
    "fdwpassword_canary",
    "large_object_canary",
    "file_canary",
    "SCRAM-SHA-256$",
];

/// Who signs in.
pub(crate) const PEOPLE: [&str; 5] = ["agent", "app", "dana", "dev", "eve"];

/// The gateway under the strict policy, its target, and what must not be seen.
pub(crate) struct Strict {
    // In this order: the gateway goes before its target.
    pub(crate) house: House,
    pub(crate) server: Postgres,
    address: String,
    secrets: AhoCorasick,
    tokens: Vec<(&'static str, String)>,
}

impl Strict {
    /// Fills the shops and starts the gateway.
    pub(crate) fn start() -> Self {
        let setup = Postgres::setup()
            .log_statements()
            .setting("autovacuum", "off")
            .setting("max_prepared_transactions", "5")
            .setting("wal_level", "logical");
        let server = setup.start();
        std::fs::write(server.data_dir().join("canary"), "file_canary").unwrap();
        server.psql("CREATE ROLE gate LOGIN SUPERUSER");
        server.psql("CREATE ROLE bystander LOGIN PASSWORD 'secret'");
        let sql = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/strict/shop.sql");
        for shop in SHOPS {
            server.psql(&format!("CREATE DATABASE {shop}"));
            let salt = format!("salt={shop}");
            server.psql_in(shop, &["-v", &salt, "-f", sql]);
        }
        let mut house = House::written(&configuration(&server));
        let mut tokens = Vec::new();
        for (name, args) in [
            ("dev", &["--kind", "person", "--group", "devs"][..]),
            (
                "dana",
                &[
                    "--kind",
                    "person",
                    "--group",
                    "devs",
                    "--group",
                    "reviewers",
                ],
            ),
            (
                "agent",
                &["--kind", "agent", "--group", "agents", "--acts-for", "dev"],
            ),
            ("app", &["--kind", "service", "--group", "apps"]),
            ("eve", &["--kind", "person", "--group", "nobody"]),
        ] {
            house.add(name, args);
            tokens.push((name, house.issue(name, "2h")));
        }
        house.start();
        let mut this = Self {
            address: house.address(),
            secrets: AhoCorasick::new([""; 0]).unwrap(),
            house,
            server,
            tokens,
        };
        for shop in SHOPS {
            super::until("the catalog of a shop", || {
                let mut talk = this.talk("app", shop, &[]).ok()?;
                let said = talk.ask(&query("SELECT 'settled'"), 1);
                said.says("settled").then_some(())
            });
        }
        this.secrets = this.disguises();
        this
    }

    /// The token of one of them.
    pub(crate) fn token(&self, name: &str) -> &str {
        let mut tokens = self.tokens.iter();
        tokens
            .find(|(of, _)| *of == name)
            .map(|(_, token)| token.as_str())
            .unwrap()
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A session through the gateway, or what was said instead.
    pub(crate) fn talk(
        &self,
        name: &str,
        shop: &str,
        more: &[(&str, &str)],
    ) -> Result<Talk, Vec<u8>> {
        let mut parameters = vec![("user", name), ("database", shop)];
        parameters.extend(more);
        Talk::open(&self.address, &parameters, Some(self.token(name)))
    }

    /// A session past the gateway, as the superuser.
    pub(crate) fn direct(&self, shop: &str) -> Raw {
        Raw::open(
            &format!("127.0.0.1:{}", self.server.port()),
            "postgres",
            shop,
            None,
        )
    }

    /// The target's log from that byte on, and its end.
    pub(crate) fn log_since(&self, start: u64) -> (String, u64) {
        let mut file = std::fs::File::open(self.log_path()).unwrap();
        file.seek(SeekFrom::Start(start)).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let end = start + u64::try_from(bytes.len()).unwrap();
        (String::from_utf8_lossy(&bytes).into_owned(), end)
    }

    fn log_path(&self) -> PathBuf {
        self.server.socket_dir().join("log")
    }

    /// The first secret these bytes hold, in clear or in a common disguise.
    pub(crate) fn secret_in(&self, bytes: &[u8]) -> Option<String> {
        let found = self.secrets.find(bytes)?;
        Some(String::from_utf8_lossy(&bytes[found.range()]).into_owned())
    }

    fn disguises(&self) -> AhoCorasick {
        let mut forms: Vec<Vec<u8>> = CANARIES
            .iter()
            .map(|word| word.as_bytes().to_vec())
            .collect();
        for shop in SHOPS {
            let found = self.server.psql_in(shop, &["-c", SECRETS]);
            for secret in found.lines().filter(|line| line.len() > 6) {
                forms.extend(disguised(secret));
            }
        }
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(forms)
            .unwrap()
    }
}

/// A secret as people have smuggled it out.
pub(crate) fn disguised(secret: &str) -> Vec<Vec<u8>> {
    let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let codes: Vec<String> = secret.bytes().map(|byte| byte.to_string()).collect();
    let spaced: Vec<String> = secret.chars().map(String::from).collect();
    let rot = |c: char| match c {
        'a'..='m' | 'A'..='M' => char::from_u32(c as u32 + 13).unwrap(),
        'n'..='z' | 'N'..='Z' => char::from_u32(c as u32 - 13).unwrap(),
        other => other,
    };
    let mut forms = vec![
        secret.to_owned(),
        secret.chars().rev().collect(),
        hex,
        codes.join(","),
        spaced.join(" "),
        spaced.join(","),
        secret.replace('@', "%40"),
        secret.replace('@', "&#64;"),
    ];
    // Digits alone are no text to turn.
    if secret.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        forms.push(secret.chars().map(rot).collect());
    }
    if secret.len() > 11 {
        forms.push(base64(secret.as_bytes()));
        forms.push(secret[1..].to_owned());
        forms.push(secret[..secret.len() - 1].to_owned());
    }
    forms.into_iter().map(String::into_bytes).collect()
}

/// Base64 without its last group, which depends on what follows.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks_exact(3) {
        let group = chunk
            .iter()
            .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        for shift in [18, 12, 6, 0] {
            text.push(char::from(ALPHABET[group >> shift & 63]));
        }
    }
    text
}

fn configuration(server: &Postgres) -> String {
    let policies = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/policies/strict-production"
    );
    let mut text = format!(
        "policies = \"{policies}\"\nbuiltin = false\n\
         [[listeners]]\naddress = \"127.0.0.1:0\"\nallow_unencrypted = true\n"
    );
    for shop in SHOPS {
        let url = server.url_of("gate", None, shop);
        write!(
            text,
            "[targets.{shop}]\nkind = \"postgres\"\nurl = \"{url}?sslmode=disable\"\n\
             environment = \"production\"\ngroups = [\"agents\", \"apps\", \"devs\"]\n\
             [catalog.{shop}.columns]\n"
        )
        .unwrap();
        for (column, class) in CLASSES {
            writeln!(text, "\"{column}\" = \"{class}\"").unwrap();
        }
    }
    text
}
