//! What a flight is refused for before anybody judges it, in the target's own words.

/// Why a message cannot go on: SQLSTATE and sentence, as the target would say.
pub(crate) type Doom = (&'static str, String);

pub(super) fn readable(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

pub(super) fn no_statement(name: &[u8]) -> Doom {
    let text = format!("prepared statement \"{}\" does not exist", readable(name));
    ("26000", text)
}

pub(super) fn no_portal(name: &[u8]) -> Doom {
    (
        "34000",
        format!("portal \"{}\" does not exist", readable(name)),
    )
}
