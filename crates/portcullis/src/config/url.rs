//! A target's URL, taken apart.
//!
//! Why here: the URL carries a password, so it is taken apart once and never printed again.

use std::fmt;

use super::fault::unknown;

/// How sure the gateway must be of whom it speaks to (`sslmode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SslMode {
    /// Never TLS.
    Disable,
    /// TLS where it is offered.
    Prefer,
    /// TLS, unchecked.
    Require,
    /// TLS, by a certificate of a trusted authority.
    VerifyCa,
    /// TLS, by a certificate of a trusted authority for that host.
    VerifyFull,
}

const SSL_MODES: [(&str, SslMode); 5] = [
    ("disable", SslMode::Disable),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
];

impl SslMode {
    /// The word of `sslmode`.
    pub(crate) fn as_str(self) -> &'static str {
        SSL_MODES
            .iter()
            .find(|(_, mode)| *mode == self)
            .map_or("prefer", |(word, _)| word)
    }
}

/// Where a target is and how we sign in there.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The database.
    pub(crate) database: String,
    /// A name or an address.
    pub(crate) host: String,
    /// The password, if it takes one.
    pub(crate) password: Option<String>,
    /// The port.
    pub(crate) port: u16,
    /// `sslmode`.
    pub(crate) ssl_mode: SslMode,
    /// `sslrootcert`: a PEM file of authorities, instead of the system's.
    pub(crate) ssl_root_cert: Option<String>,
    /// The role.
    pub(crate) user: String,
}

/// Without the password.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Without the password.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            user,
            host,
            port,
            database,
            ..
        } = self;
        let mode = self.ssl_mode.as_str();
        write!(
            f,
            "postgres://{user}@{host}:{port}/{database}?sslmode={mode}"
        )
    }
}

/// Takes a PostgreSQL URL apart; the message never quotes it.
pub(crate) fn take_apart(text: &str) -> Result<Place, String> {
    let url = url::Url::parse(text).map_err(|fault| {
        format!("not a URL ({fault}): write postgres://user:password@host:5432/database")
    })?;
    if !["postgres", "postgresql"].contains(&url.scheme()) {
        return Err(format!(
            "a postgres target's URL starts with postgres://, not {}://",
            url.scheme()
        ));
    }
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = host.ok_or("the URL names no host")?;
    if url.username().is_empty() {
        return Err("the URL names no role: postgres://ROLE:password@host/database".to_owned());
    }
    let user = plain(url.username())?;
    let database = plain(url.path().trim_start_matches('/'))?;
    let mut place = Place {
        database: if database.is_empty() {
            user.clone()
        } else {
            database
        },
        host: host.trim_matches(['[', ']']).to_owned(),
        password: url.password().map(plain).transpose()?,
        port: url.port().unwrap_or(5432),
        ssl_mode: SslMode::Prefer,
        ssl_root_cert: None,
        user,
    };
    for (key, value) in url.query_pairs() {
        match &*key {
            "sslmode" => place.ssl_mode = ssl_mode(&value)?,
            "sslrootcert" => place.ssl_root_cert = Some(value.into_owned()),
            other => return Err(unknown("URL parameter", other, ["sslmode", "sslrootcert"])),
        }
    }
    Ok(place)
}

fn ssl_mode(word: &str) -> Result<SslMode, String> {
    let found = SSL_MODES.iter().find(|(known, _)| *known == word);
    let words = SSL_MODES.iter().map(|(word, _)| *word);
    found
        .map(|(_, mode)| *mode)
        .ok_or_else(|| unknown("sslmode", word, words))
}

/// Percent-decoding (RFC 3986 §2.1), which `url` leaves to its reader outside of queries.
fn plain(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let pair = [rest.next().unwrap_or(b'?'), rest.next().unwrap_or(b'?')];
        let pair = std::str::from_utf8(&pair).ok();
        let value = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        bytes.push(value.ok_or("the URL holds a `%` that escapes nothing: write it %25")?);
    }
    String::from_utf8(bytes).map_err(|_| "the URL is not UTF-8".to_owned())
}
