//! Statements addressed to the gateway itself: recorded, answered here, never sent.
//!
//! `EXPLAIN PORTCULLIS …` says what would be said to a statement; `SET`, `RESET` and `SHOW` of a
//! `portcullis.*` setting change how this session is spoken to, and what it says it is about to do.
//! Nothing here asks a target or evaluates a value, and the settings are no part of a transaction:
//! a rollback leaves them.

use std::sync::Arc;

use analysis::Addressed;
use model::{
    Effects, Event, Outcome, OutcomeKind, Refusal, RefusalKind, Reply, Route, Session, Statement,
    Verb,
};

use crate::case::Case;
use crate::intent;
use crate::record::{Said, recorded};
use crate::{Governor, OpenSession};

/// The settings there are.
const SETTINGS: [&str; 2] = ["intent", "refusals"];

/// How a session is spoken to, and what it started with.
#[derive(Debug, Default)]
pub(crate) struct Voice {
    /// What `RESET portcullis.intent` returns to.
    first_intent: Option<String>,
    /// What `RESET portcullis.refusals` returns to.
    first_is_json: bool,
    /// Whether a refusal's DETAIL is one JSON object.
    pub(crate) is_json: bool,
}

/// What a setting is set to.
enum Setting {
    Intent(Option<String>),
    Refusals(bool),
}

impl Setting {
    /// Reads a name (after `portcullis.`) and a value; no value is the default.
    fn of(name: &str, value: Option<&str>, most: usize) -> Result<Self, Refusal> {
        match (name, value) {
            ("intent", Some(text)) if text.chars().count() > most => {
                let message = format!("portcullis.intent is longer than {most} characters");
                Err(faulty("22023", &message, "Say it in a sentence."))
            }
            ("intent", text) => Ok(Self::Intent(
                text.filter(|text| !text.trim().is_empty())
                    .map(str::to_owned),
            )),
            ("refusals", Some(word)) if word.eq_ignore_ascii_case("json") => {
                Ok(Self::Refusals(true))
            }
            ("refusals", Some(word)) if word.eq_ignore_ascii_case("text") => {
                Ok(Self::Refusals(false))
            }
            ("refusals", None) => Ok(Self::Refusals(false)),
            ("refusals", Some(_)) => {
                let message = "portcullis.refusals is text or json";
                Err(faulty("22023", message, "SET portcullis.refusals = json"))
            }
            _ => Err(unknown(name)),
        }
    }
}

fn unknown(name: &str) -> Refusal {
    let shown: String = name.escape_default().take(64).collect();
    let message = format!("unrecognized configuration parameter \"portcullis.{shown}\"");
    let nearest = SETTINGS
        .into_iter()
        .max_by_key(|known| crate::advise::likeness(known, name))
        .unwrap_or_default();
    let hint = format!(
        "There are portcullis.intent and portcullis.refusals: perhaps portcullis.{nearest}."
    );
    faulty("42704", &message, &hint)
}

fn faulty(code: &'static str, message: &str, hint: &str) -> Refusal {
    let mut refusal = Refusal::new(RefusalKind::Denied, message).hint(hint);
    refusal.code = Some(code);
    refusal
}

/// The start-up parameters that are ours, taken out of `startup` and put into the session.
pub(crate) fn begin(
    session: &mut Session,
    startup: &mut Vec<(String, String)>,
    most: usize,
) -> Result<Voice, Refusal> {
    let mut voice = Voice::default();
    let mut fault = None;
    startup.retain(|(name, value)| {
        let lower = name.to_ascii_lowercase();
        let Some(ours) = lower.strip_prefix(analysis::SETTINGS) else {
            return true;
        };
        match Setting::of(ours, Some(value), most) {
            Ok(Setting::Intent(intent)) => session.intent = intent,
            Ok(Setting::Refusals(is_json)) => voice.is_json = is_json,
            Err(refusal) => fault = Some(refusal),
        }
        false
    });
    voice.first_intent.clone_from(&session.intent);
    voice.first_is_json = voice.is_json;
    fault.map_or(Ok(voice), Err)
}

impl OpenSession {
    fn put(&self, setting: Setting) {
        match setting {
            Setting::Intent(intent) => {
                let facts = Session {
                    intent,
                    ..(*self.facts()).clone()
                };
                self.restate(facts);
            }
            Setting::Refusals(is_json) => self.voice.lock().is_json = is_json,
        }
    }

    fn put_back(&self, name: &str) -> Result<(), Refusal> {
        let setting = {
            let voice = self.voice.lock();
            match name {
                "intent" => Setting::Intent(voice.first_intent.clone()),
                "refusals" => Setting::Refusals(voice.first_is_json),
                _ => return Err(unknown(name)),
            }
        };
        self.put(setting);
        Ok(())
    }

    /// `RESET ALL` and `DISCARD ALL` mean our settings too, once the target has done its part.
    pub(crate) fn forget_settings(&self, parts: &[Effects]) {
        let mut changes = parts.iter().flat_map(|part| &part.settings);
        if changes.any(|change| change.name == "*") {
            // Both names are known: nothing can go wrong.
            let _ = SETTINGS.map(|name| self.put_back(name));
        }
    }
}

impl Governor {
    /// Records and answers a statement addressed to us.
    pub(crate) async fn answer(
        &self,
        session: &Arc<OpenSession>,
        statement: &Statement,
        text: &str,
        addressed: Addressed<'_>,
    ) -> Result<Reply, Refusal> {
        let (kind, parts) = match &addressed {
            Addressed::Explain { text, .. } => ("EXPLAIN PORTCULLIS", self.parts(session, text)),
            Addressed::Faulty(_) => ("PORTCULLIS", Vec::new()),
            Addressed::Reset(_) => ("RESET", Vec::new()),
            Addressed::Set(..) => ("SET", Vec::new()),
            Addressed::Show(_) => ("SHOW", Vec::new()),
        };
        let mut case = Case::new(self, session.clone(), statement.id);
        let intent = self.overheard(&case, statement, text, (kind, &parts));
        let version = self.rules().version().clone();
        let replied = self.reply(session, &statement.route, text, (addressed, parts));
        match replied {
            Ok(reply) => {
                let decision = case.decision((&version, &[], &[]), (Verb::Allow, None), None);
                let outcome = Event::Outcome {
                    outcome: Outcome {
                        completed: 1,
                        rows: u64::try_from(reply.rows.len()).unwrap_or(u64::MAX),
                        ..Outcome::of(OutcomeKind::Success)
                    },
                    session: case.session_ref(),
                    statement: statement.id,
                };
                let receipt = case.write(&[intent, decision, outcome])?;
                self.made_durable(receipt).await?;
                Ok(reply)
            }
            Err(refusal) => {
                case.write(&[
                    intent,
                    case.decision((&version, &[], &[]), (Verb::Deny, None), None),
                ])?;
                Err(refusal)
            }
        }
    }

    /// The record of what was asked of us: its text as that of any statement, and no effects.
    fn overheard(
        &self,
        case: &Case<'_>,
        statement: &Statement,
        text: &str,
        (kind, parts): (&str, &[Effects]),
    ) -> Event {
        let shape = self.shaper.shape(text);
        let said = Said {
            literals: &shape.map(|shape| shape.literals).unwrap_or_default(),
            parameters: &statement.parameters,
            text,
        };
        let effects = Effects {
            kind: kind.to_owned(),
            ..Effects::default()
        };
        Event::Intent {
            effects: Arc::from([effects]),
            intent: intent::claimed(case.facts(), text, self.limits.intent_chars),
            route: statement.route.as_str(),
            session: case.facts().clone(),
            statement: statement.id,
            text: recorded(&said, parts, &self.commitment, self.limits.entry_text_bytes),
        }
    }

    fn reply(
        &self,
        session: &Arc<OpenSession>,
        route: &Route,
        text: &str,
        (addressed, parts): (Addressed<'_>, Vec<Effects>),
    ) -> Result<Reply, Refusal> {
        if session.memory.lock().is_failed() {
            let message = "current transaction is aborted, commands ignored until end of \
                           transaction block";
            return Err(faulty("25P02", message, "ROLLBACK, then send it again."));
        }
        let runs = route.runs();
        let most = self.limits.intent_chars;
        let done = |tag: &str| Reply {
            tag: tag.to_owned(),
            ..Reply::default()
        };
        match addressed {
            Addressed::Explain {
                is_json,
                text: inner,
            } => {
                if parts.len() != 1 {
                    let message = "EXPLAIN PORTCULLIS explains one statement";
                    return Err(faulty("42601", message, "Ask for each on its own."));
                }
                let why = self.explain(session, inner, parts);
                let why = self.as_seen_by(session, why, inner);
                let mut reply = if is_json { why.document() } else { why.table() };
                if !runs {
                    reply.rows.clear();
                }
                reply.parameters = analysis::parameters(text);
                Ok(reply)
            }
            Addressed::Faulty(why) => {
                let hint = "docs/guide/policy.md shows EXPLAIN PORTCULLIS and the settings.";
                Err(faulty("42601", why, hint))
            }
            Addressed::Reset(name) if runs => session.put_back(&name).map(|()| done("RESET")),
            Addressed::Set(name, None) if runs => session.put_back(&name).map(|()| done("SET")),
            Addressed::Set(name, value) => {
                let setting = Setting::of(&name, value.as_deref(), most)?;
                if runs {
                    session.put(setting);
                }
                Ok(done("SET"))
            }
            Addressed::Reset(name) if SETTINGS.contains(&name.as_str()) => Ok(done("RESET")),
            Addressed::Show(name) => shown(session, &name).map(|value| Reply {
                columns: vec![format!("portcullis.{name}")],
                rows: if runs {
                    vec![vec![Some(value)]]
                } else {
                    Vec::new()
                },
                ..done("SHOW")
            }),
            Addressed::Reset(name) => Err(unknown(&name)),
        }
    }
}

fn shown(session: &OpenSession, name: &str) -> Result<String, Refusal> {
    match name {
        "intent" => Ok(session.facts().intent.clone().unwrap_or_default()),
        "refusals" if session.voice.lock().is_json => Ok("json".to_owned()),
        "refusals" => Ok("text".to_owned()),
        _ => Err(unknown(name)),
    }
}

/// The refusal of a setting of ours by a way that is not ours to answer: among other statements,
/// or through `set_config`, where a target would hear of it.
pub(crate) fn misplaced(parts: &[Effects]) -> Option<Refusal> {
    let mut changes = parts.iter().flat_map(|part| &part.settings);
    let is_ours = changes.any(|change| change.name.starts_with(analysis::SETTINGS));
    is_ours.then(|| {
        let message = "a setting of Portcullis is set by a SET that stands alone in its message";
        Refusal::new(RefusalKind::Denied, message)
            .hint("Send SET portcullis.… on its own: the target never hears of it.")
    })
}
