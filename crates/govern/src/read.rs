//! The first half of the road: from bytes to effects, and from effects to a judgement.
//!
//! Steady state is one pass of the lexer and one look-up; everything else happens once per shape.

use std::ops::Range;
use std::sync::Arc;

use analysis::{Analysis, Part, Place, Scene};
use catalog::Catalog;
use model::{ColumnRef, Effects, Intent, Lineage, Mode, OutputColumn, Refusal, Route, Statement};
use policy::{Access, Judgement, Obligations, Rules, Verdict};

use crate::advise::Adviser;
use crate::cache::{Key, Known};
use crate::case::Judged;
use crate::columns::classified;
use crate::governor::InForce;
use crate::memory::Path;
use crate::plan::{Planned, Sight, asks_for_all, plan};
use crate::unread::{Unreadable, gap, of_parameters, text_of};
use crate::{Governor, OpenSession, Why};

/// A statement, understood and judged, not yet acted upon.
pub(crate) struct Reading {
    pub(crate) known: Arc<Known>,
    pub(crate) literals: Vec<Range<usize>>,
    pub(crate) path: Path,
    pub(crate) policy_version: Arc<str>,
    pub(crate) text: Arc<str>,
}

impl Reading {
    /// Under which policy it was judged, by which of its rules, and on the ground of which grants.
    pub(crate) fn judged(&self) -> Judged<'_> {
        let judgement = &self.known.judgement;
        (&self.policy_version, &judgement.rules, &judgement.grants)
    }
}

impl Governor {
    /// Understands and judges a statement by the catalog, the session and the rules of now.
    pub(crate) fn read(&self, session: &OpenSession, statement: &Statement) -> Reading {
        let rules = self.rules.load();
        let text = text_of(session, statement);
        let stale = self
            .staleness(session, statement, text.as_deref().unwrap_or_default())
            .or_else(|| of_parameters(session, statement));
        let memory = session.memory.lock();
        let (path, is_ordinary) = (memory.path(), memory.is_ordinary() && stale.is_none());
        drop(memory);
        let declared = declared(statement);
        let shape = text
            .as_deref()
            .ok()
            .and_then(|text| self.shaper.shape(text));
        let key = shape.as_ref().filter(|_| is_ordinary).map(|shape| Key {
            catalog: session.catalog.load().generation,
            declared: declared.clone(),
            grants: self.grants_of(session),
            identity: session.identity_key,
            path: path.clone(),
            rules: rules.generation,
            shape: shape.hash,
        });
        let found = key.as_ref().and_then(|key| self.cache.find(key));
        let literals = shape.map(|shape| shape.literals).unwrap_or_default();
        let known = found.unwrap_or_else(|| {
            let (known, is_lasting) = self.learn_shape(session, (&text, &declared), stale, &rules);
            let known = Arc::new(known);
            // One that begins or ends while we judge is in neither number.
            let is_same = |key: &Key| key.grants == self.grants_of(session);
            if let Some(key) = key.filter(|key| is_lasting && is_same(key)) {
                self.cache.keep(key, known.clone());
            }
            known
        });
        let policy_version = rules.value.version().clone();
        let text = text.unwrap_or_else(|unreadable| unreadable.shown);
        Reading {
            known,
            literals,
            path,
            policy_version,
            text,
        }
    }

    /// Analyses and judges anew. The second answer: whether it holds for every text of this shape.
    fn learn_shape(
        &self,
        session: &OpenSession,
        (text, declared): (&Result<Arc<str>, Unreadable>, &[u32]),
        stale: Option<Effects>,
        rules: &InForce<Rules>,
    ) -> (Known, bool) {
        let fingerprint = text.as_deref().ok().map(|text| self.fingerprint(text));
        let fingerprint = fingerprint.unwrap_or_default();
        // Of a target that is only observed the client's own text goes, whatever is judged.
        let mut own = None;
        let (parts, depends, instead) = match text {
            Ok(text) => {
                let analysis = self.analyse(session, text, declared);
                own = (!binds(session)).then(|| effects_of(analysis.clone()));
                let rules = &*rules.value;
                let with = (rules, declared);
                let sent = self.instead(session, with, (text, &fingerprint), analysis);
                let parts = sent.analysis.parts.into_iter();
                let part = |part: Part| ((part.effects, part.places), part.overlay);
                let depends = sent.analysis.depends_on_literals;
                let instead = sent.text.map(|text| (sent.done, text));
                (parts.map(part).collect(), depends, instead)
            }
            Err(unreadable) => {
                let unread = (unreadable.effects(), Vec::new());
                (vec![(unread, None)], true, None)
            }
        };
        let stale = stale.map(|stale| ((stale, Vec::new()), None));
        let (parts, overlays): (Vec<_>, Vec<_>) = parts.into_iter().chain(stale).unzip();
        let (parts, places): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let is_same_world = overlays.iter().all(Option::is_none);
        let done = own.map(|own| {
            let others = parts.get(own.len()..).unwrap_or_default();
            [&own, others].concat()
        });
        let parts: Arc<[Effects]> = parts.into();
        let said = text.as_deref().unwrap_or_default();
        let intent = self.intent_of(session, said, &parts);
        let what = (&*parts, fingerprint.as_str(), &intent);
        let judgement = self.judge_said(session, &rules.value, what);
        // The text that goes instead holds this text's own constants.
        let is_lasting = judgement.is_cacheable && !depends && is_same_world && instead.is_none();
        let plan = match &judgement.verdict {
            Verdict::Allow(obligations) => {
                let what = (&*parts, places.as_slice());
                self.plan(session, what, &fingerprint, obligations).ok()
            }
            Verdict::Deny { .. } | Verdict::Hold { .. } => None,
        };
        (
            Known {
                instead,
                judgement,
                overlays: overlays.into(),
                plan,
                parts: done.map_or(parts, Into::into),
                places,
            },
            is_lasting,
        )
    }

    /// The plan of an Allow.
    pub(crate) fn plan(
        &self,
        session: &OpenSession,
        (parts, places): (&[Effects], &[Vec<Place>]),
        fingerprint: &str,
        obligations: &Obligations,
    ) -> Result<Planned, Refusal> {
        let catalog = session.catalog();
        let sees_all = asks_for_all(parts) && self.sees_all(session, &catalog, parts, fingerprint);
        let sight = Sight {
            catalog: &catalog,
            revealed: &obligations.revealed,
            sees_all,
            transforms: &obligations.transforms,
        };
        plan(&self.keys, (parts, places), &sight)
    }

    /// Whether policy would show this reader every classified column there is, in this very
    /// statement. A yes that holds for the moment alone is a no: the plan may be kept for longer.
    fn sees_all(
        &self,
        session: &OpenSession,
        catalog: &Catalog,
        parts: &[Effects],
        fingerprint: &str,
    ) -> bool {
        let all: Vec<ColumnRef> = catalog.relations().flat_map(classified).collect();
        let mut parts = parts.to_vec();
        let Some(first) = parts.first_mut() else {
            return false;
        };
        let shown = |column: &ColumnRef| OutputColumn {
            lineage: Lineage::Bare(column.clone()),
            name: None,
            type_oid: None,
        };
        first
            .outputs
            .get_or_insert_default()
            .extend(all.iter().map(shown));
        let rules = self.rules.load().value.clone();
        let judgement = self.judge(session, &rules, &parts, fingerprint);
        let (Verdict::Allow(obligations) | Verdict::Hold { obligations, .. }) = judgement.verdict
        else {
            return false;
        };
        judgement.is_cacheable
            && all
                .iter()
                .all(|column| obligations.revealed.contains(column))
    }

    /// What rules say of these effects, by what the session said it is about to do.
    pub(crate) fn judge(
        &self,
        session: &OpenSession,
        rules: &Rules,
        effects: &[Effects],
        fingerprint: &str,
    ) -> Judgement {
        let intent = self.intent_of(session, "", effects);
        self.judge_said(session, rules, (effects, fingerprint, &intent))
    }

    fn judge_said(
        &self,
        session: &OpenSession,
        rules: &Rules,
        (effects, fingerprint, intent): (&[Effects], &str, &Intent),
    ) -> Judgement {
        let now = self.clock.now();
        rules.judge(&Access {
            effects,
            estimated_rows: estimated_rows(&session.catalog(), effects),
            fingerprint,
            grants: &self.reviews.grants(),
            history: &session.history(now),
            intent,
            now,
            session: &session.facts(),
            startup: &[],
        })
    }

    /// What a text would do in this session, part by part.
    pub(crate) fn parts(&self, session: &OpenSession, text: &str) -> Vec<Effects> {
        let analysis = self.analyse(session, text, &[]);
        let fingerprint = self.fingerprint(text);
        let with = (&*self.rules(), &[][..]);
        effects_of(
            self.instead(session, with, (text, &fingerprint), analysis)
                .analysis,
        )
    }

    /// Why these parts of that text get the verdict they get; nothing is recorded.
    pub(crate) fn explain(&self, session: &OpenSession, text: &str, parts: Vec<Effects>) -> Why {
        let (rules, facts, now) = (self.rules(), session.facts(), self.clock.now());
        let fingerprint = self.fingerprint(text);
        let access = Access {
            effects: &parts,
            estimated_rows: estimated_rows(&session.catalog(), &parts),
            fingerprint: &fingerprint,
            grants: &self.reviews.grants(),
            history: &session.history(now),
            intent: &self.intent_of(session, text, &parts),
            now,
            session: &facts,
            startup: &[],
        };
        let (judgement, findings) = rules.explain(&access);
        let obligations = match &judgement.verdict {
            Verdict::Allow(obligations) | Verdict::Hold { obligations, .. } => Some(obligations),
            Verdict::Deny { .. } => None,
        };
        let plan = obligations.and_then(|obligations| {
            let planned = self.plan(session, (&parts, &[]), &fingerprint, obligations);
            planned.ok().map(|planned| planned.mask)
        });
        Why {
            allowed: self.allowed(session, &judgement.verdict, &parts),
            findings,
            judgement,
            plan,
            policy_version: rules.version().clone(),
            parts,
        }
    }

    /// The same without what this session may not read and did not name itself.
    pub(crate) fn as_seen_by(&self, session: &OpenSession, why: Why, text: &str) -> Why {
        self.adviser(session, |adviser| {
            why.seen(text, &|schema, name| !adviser.sees(schema, name))
        })
    }

    /// What would be allowed instead of what is stopped.
    pub(crate) fn allowed(
        &self,
        session: &OpenSession,
        verdict: &Verdict,
        parts: &[Effects],
    ) -> Vec<String> {
        if matches!(verdict, Verdict::Allow(_)) {
            return Vec::new();
        }
        self.adviser(session, |adviser| adviser.instead(parts))
    }

    fn adviser<T>(&self, session: &OpenSession, ask: impl FnOnce(&Adviser<'_>) -> T) -> T {
        let (now, grants) = (self.clock.now(), self.reviews.grants());
        ask(&Adviser {
            catalog: &session.catalog.load().value,
            grants: &grants,
            history: &session.history(now),
            intent: &self.intent_of(session, "", &[]),
            now,
            rules: &self.rules(),
            session: &session.facts(),
        })
    }

    /// What a text would do in this session, its parameters of these types.
    pub(crate) fn analyse(&self, session: &OpenSession, text: &str, declared: &[u32]) -> Analysis {
        let catalog = session.catalog();
        let memory = session.memory.lock();
        analysis::analyse(
            text,
            &Scene {
                catalog: &catalog,
                cursors: &|name| memory.cursor(name),
                declared,
                limits: &self.limits,
                prepared: &|name| memory.prepared(name),
                search_path: &memory.path(),
                standard_conforming_strings: memory.standard_conforming_strings(),
            },
        )
    }

    /// A part that stands for what can no longer be read: a portal planned under another path.
    fn staleness(
        &self,
        session: &OpenSession,
        statement: &Statement,
        text: &str,
    ) -> Option<Effects> {
        let (Route::Bind { is_kept, portal } | Route::Execute { is_kept, portal }) =
            &statement.route
        else {
            return None;
        };
        let runs = statement.route.runs();
        let memory = session.memory.lock();
        let is_full = memory.names() > self.limits.session_names;
        let reason = if *is_kept && memory.renames_texts() {
            "its text was prepared before, and a PREPARE or DECLARE is on its way ahead of it"
        } else if runs && memory.is_stale_portal(portal, text) {
            "what names mean changed between Bind and Execute"
        } else if is_full {
            "this session keeps too many names"
        } else {
            return None;
        };
        Some(gap("cursor", reason))
    }
}

fn effects_of(analysis: Analysis) -> Vec<Effects> {
    let parts = analysis.parts.into_iter();
    parts.map(|part| part.effects).collect()
}

/// The types a statement's parameters were declared of; none where all are left to the server.
fn declared(statement: &Statement) -> Vec<u32> {
    let types = || statement.parameters.iter().map(|p| p.type_oid);
    if types().all(|oid| oid == 0) {
        return Vec::new();
    }
    types().collect()
}

/// Whether the target's verdicts bind.
pub(crate) fn binds(session: &OpenSession) -> bool {
    session.facts().target.mode == Mode::Enforce
}

/// Rows of the largest table that is read or written, by the server's own estimate; -1 where none
/// is known.
fn estimated_rows(catalog: &Catalog, parts: &[Effects]) -> i64 {
    let acts = parts.iter().flat_map(|part| &part.acts);
    let rows = acts.filter_map(|act| catalog.relation(act.object.oid));
    rows.map(|relation| relation.estimated_rows)
        .max()
        .unwrap_or(-1)
}
