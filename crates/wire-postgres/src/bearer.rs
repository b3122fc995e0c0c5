//! OAUTHBEARER (RFC 7628) as PostgreSQL 18 speaks it: the text a client sends.
//!
//! It believes nothing: a token is the `Bearers`' to check. Channel binding is not defined for it,
//! so a client that asks for that is refused rather than given less.

use wire::Fault;

use crate::bytes::View;

/// The mechanism.
pub(crate) const MECHANISM: &str = "OAUTHBEARER";

/// What a client answers once it was told whom to ask: §3.2.3.
pub(crate) const DUMMY: &[u8] = b"\x01";

/// The token of a client's first message: `n,,` kvsep (key `=` value kvsep)* kvsep (§3.1);
/// `None` where it has none yet.
pub(crate) fn token(body: &[u8]) -> Result<Option<String>, Fault> {
    let wrong = |what: &str| Fault::Client(format!("{MECHANISM}: {what}"));
    let mut view = View::new(body);
    let decoded = view.string().zip(view.value().flatten());
    let decoded = decoded.filter(|_| view.end().is_some());
    let (mechanism, text) = decoded.ok_or_else(|| wrong("malformed response"))?;
    if mechanism != MECHANISM.as_bytes() {
        return Err(Fault::Client("that SASL mechanism was not offered".into()));
    }
    let text = std::str::from_utf8(text).map_err(|_| wrong("not text"))?;
    let Some(("n," | "y,", pairs)) = text.split_once(",\x01") else {
        return Err(wrong("channel binding and other identities are not taken"));
    };
    // Each pair ends with a separator, and so does the list.
    let pairs = pairs
        .strip_suffix("\x01")
        .filter(|pairs| pairs.ends_with('\x01'));
    let pairs = pairs.ok_or_else(|| wrong("no end"))?;
    let mut authorized = None;
    for pair in pairs.split_terminator('\x01') {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| wrong("a key without a value"))?;
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err(wrong("malformed key"));
        }
        // `host`, `port` and keys of later days mean nothing here: §3.1.
        if key == "auth" && authorized.replace(value).is_some() {
            return Err(wrong("two tokens"));
        }
    }
    let value = authorized.ok_or_else(|| wrong("no token"))?;
    if value.is_empty() {
        return Ok(None);
    }
    let (scheme, token) = value
        .split_once(' ')
        .ok_or_else(|| wrong("malformed token"))?;
    let token = token.trim_start_matches(' ');
    // RFC 6750 §2.1 `b64token`.
    let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if !scheme.eq_ignore_ascii_case("Bearer") || token.is_empty() || !token.bytes().all(is_sound) {
        return Err(wrong("malformed token"));
    }
    Ok(Some(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<String>, ()> {
        let mut body = b"OAUTHBEARER\0".to_vec();
        body.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        body.extend(text.as_bytes());
        token(&body).map_err(|_| ())
    }

    #[test]
    fn a_first_message_holds_one_token_or_none_yet() {
        let some = |token: &str| Ok(Some(token.to_owned()));
        let table = [
            ("n,,\x01auth=\x01\x01", Ok(None)),
            ("n,,\x01auth=Bearer a.b-c\x01\x01", some("a.b-c")),
            (
                "y,,\x01host=x\x01port=1\x01auth=bearer  t==\x01\x01",
                some("t=="),
            ),
            ("", Err(())),
            ("n,,", Err(())),
            ("n,,\x01\x01", Err(())),
            ("n,,\x01auth=Bearer t\x01", Err(())),
            ("n,,\x01auth=Bearer t", Err(())),
            ("p=tls-server-end-point,,\x01auth=Bearer t\x01\x01", Err(())),
            ("n,a=root,\x01auth=Bearer t\x01\x01", Err(())),
            ("n,,\x01auth=Bearer t\x01auth=Bearer u\x01\x01", Err(())),
            ("n,,\x01auth=Basic t\x01\x01", Err(())),
            ("n,,\x01auth=Bearer\x01\x01", Err(())),
            ("n,,\x01auth=Bearer t u\x01\x01", Err(())),
            ("n,,\x01auth=Bearer t\0\x01\x01", Err(())),
            ("n,,\x01au th=x\x01auth=Bearer t\x01\x01", Err(())),
            ("n,,\x01auth\x01\x01", Err(())),
        ];
        for (text, expected) in table {
            assert_eq!(read(text), expected, "{text:?}");
        }
        assert!(token(b"SCRAM-SHA-256\0\0\0\0\x03n,,").is_err());
    }
}
