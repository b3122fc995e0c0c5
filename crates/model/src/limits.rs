//! Every bound in the house, in one place, with its unit and its reason (law 7).

use serde::{Deserialize, Serialize};

/// The bounds. `Limits::default()` is what runs unless the configuration says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Start-up packet, bytes. PostgreSQL's own `MAX_STARTUP_PACKET_LENGTH`.
    pub startup_bytes: usize,
    /// One message before sign-in, bytes: SASL messages are short, and the peer is a stranger.
    pub auth_message_bytes: usize,
    /// One statement text, bytes: above it a text is refused unread.
    pub statement_bytes: usize,
    /// One client message of any other kind, bytes; CopyData and Bind may be large but not endless.
    pub message_bytes: usize,
    /// One target message that must be held whole (a description, an error, a masked row), bytes.
    pub target_message_bytes: usize,
    /// Bytes a client may pipeline behind a statement that is still being judged or held.
    pub pending_bytes: usize,
    /// Statements in one flight.
    pub flight_statements: usize,
    /// Prepared statements and portals a session may keep.
    pub session_names: usize,
    /// Seconds a client has to sign in.
    pub sign_in_s: u32,
    /// Sessions at once, gateway-wide.
    pub sessions: usize,
    /// Nesting depth of a statement: beyond it the parser's stack is not to be trusted.
    pub nesting: usize,
    /// Operators chained without parentheses at one depth: parsers go quadratic beyond.
    pub operator_chain: usize,
    /// Parts in one multi-statement text.
    pub statement_parts: usize,
    /// Bytes of a statement's constants that are turned back from stand-ins: each is deciphered
    /// where sessions are served.
    pub turned_bytes: usize,
    /// Seconds a held statement waits outside a transaction.
    pub hold_s: u32,
    /// Seconds a held statement waits where its transaction may hold locks.
    pub hold_in_transaction_s: u32,
    /// Seconds a session may be idle inside a transaction, which may hold locks; 0 is for ever.
    pub idle_in_transaction_s: u32,
    /// Held statements at once, gateway-wide.
    pub holds: usize,
    /// Seconds between keep-alive messages to a client whose statement is held.
    pub keep_alive_s: u32,
    /// Rights one principal may have asked for and not been answered: reviewers are people.
    pub asks: usize,
    /// Columns one question may ask to see.
    pub ask_columns: usize,
    /// Seconds a right that was asked for ahead waits for an answer.
    pub ask_s: u32,
    /// Seconds an unused grant of an answered review lives.
    pub grant_s: u32,
    /// Seconds a review of what has run already waits for an answer.
    pub review_after_s: u32,
    /// Ledger entries appended and not yet durable: beyond it statements are refused.
    pub ledger_backlog: usize,
    /// Bytes of a statement text kept in its ledger entry; longer ones are cut and digested.
    pub entry_text_bytes: usize,
    /// Live tokens tried against one SCRAM proof: an agent has one for each of its tasks.
    pub tokens_tried: usize,
    /// Agents in a row between a person and a statement: each further one is harder to answer for.
    pub delegation_chain: usize,
    /// Seconds a delegation lasts at most: it is for a task, not for a post.
    pub delegation_s: u32,
    /// Seconds a token counts that somebody keeps renewing: when they are gone, it goes.
    pub lease_s: u32,
    /// Seconds a token may live at most: one that is forgotten must end by itself.
    pub token_s: u32,
    /// Wrong credentials, from one address or for one principal, before the next must wait: a
    /// person mistypes, a program that was set up wrongly repeats itself. 0 is without end: for a
    /// gateway that sees one address for everybody.
    pub guesses: u32,
    /// Seconds one who goes on guessing waits at most; each wait is twice the one before.
    pub guess_wait_s: u32,
    /// Addresses, principals and pairs of both that are remembered: about ten megabytes.
    pub guess_places: usize,
    /// Users and groups one directory may keep here by SCIM.
    pub provisioned: usize,
    /// Characters of a reviewer's reason: it is kept in the ledger for ever.
    pub reason_chars: usize,
    /// Characters of what a client says it is about to do: it stands in entries and reviews.
    pub intent_chars: usize,
    /// Analyses kept.
    pub cached_analyses: usize,
    /// Verdicts kept.
    pub cached_verdicts: usize,
    /// Seconds between refreshes of a target's catalog.
    pub catalog_refresh_s: u32,
    /// Cells sampled per column when a catalog is classified.
    pub sample_cells: u32,
    /// Seconds sessions get to finish after SIGTERM.
    pub drain_s: u32,
    /// SCRAM iterations a target may ask of us: beyond it the target is refused, not computed.
    pub scram_iterations: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            startup_bytes: 10_000,
            auth_message_bytes: 65_536,
            statement_bytes: 4 << 20,
            message_bytes: 256 << 20,
            target_message_bytes: 256 << 20,
            pending_bytes: 1 << 20,
            flight_statements: 10_000,
            session_names: 10_000,
            sign_in_s: 60,
            sessions: 10_000,
            nesting: 200,
            operator_chain: 2_000,
            statement_parts: 1_000,
            turned_bytes: 256 << 10,
            hold_s: 600,
            hold_in_transaction_s: 60,
            idle_in_transaction_s: 0,
            holds: 1_000,
            keep_alive_s: 10,
            asks: 20,
            ask_columns: 200,
            ask_s: 86_400,
            grant_s: 3_600,
            review_after_s: 30 * 86_400,
            ledger_backlog: 100_000,
            entry_text_bytes: 16_384,
            tokens_tried: 64,
            delegation_chain: 3,
            delegation_s: 86_400,
            lease_s: 20,
            token_s: 366 * 86_400,
            guesses: 10,
            guess_wait_s: 300,
            guess_places: 50_000,
            provisioned: 100_000,
            reason_chars: 1_000,
            intent_chars: 1_000,
            cached_analyses: 20_000,
            cached_verdicts: 20_000,
            catalog_refresh_s: 60,
            sample_cells: 200,
            drain_s: 30,
            scram_iterations: 1_000_000,
        }
    }
}
