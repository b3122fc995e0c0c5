//! How rules come in: read, checked against the vocabulary, sorted into slices.
//!
//! Strict: what Cedar would pass over in silence (an annotation nobody reads, a rule that can never
//! match, a target nobody has) is an error with its file and line.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Policy, PolicyId, PolicySet, Schema, ValidationMode, ValidationWarning, Validator,
};
use miette::Diagnostic;
use model::TargetFacts;
use sha2::{Digest as _, Sha256};

use crate::annotation::Notes;
use crate::slice::Slices;
use crate::{Access, BadPolicy, Finding, Judgement, Source, fold, moment};

const SCHEMA: &str = include_str!("../policies/schema.cedarschema");

/// The built-in pack.
const PACK: &[(&str, &str)] = &[
    (
        "builtin/grants.cedar",
        include_str!("../policies/builtin/grants.cedar"),
    ),
    (
        "builtin/masking.cedar",
        include_str!("../policies/builtin/masking.cedar"),
    ),
    (
        "builtin/production.cedar",
        include_str!("../policies/builtin/production.cedar"),
    ),
    (
        "builtin/reach.cedar",
        include_str!("../policies/builtin/reach.cedar"),
    ),
    (
        "builtin/settings.cedar",
        include_str!("../policies/builtin/settings.cedar"),
    ),
    (
        "builtin/unresolved.cedar",
        include_str!("../policies/builtin/unresolved.cedar"),
    ),
];

/// One rule, read.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) is_of_the_moment: bool,
    pub(crate) notes: Notes,
    /// Its place among all rules.
    pub(crate) place: usize,
    pub(crate) policy: Policy,
    /// Where it stands, for people.
    pub(crate) file_name: Arc<str>,
    pub(crate) line: usize,
    pub(crate) file: usize,
    start: usize,
}

/// The policy in force, with its version.
#[derive(Debug)]
pub struct Rules {
    pub(crate) authorizer: Authorizer,
    pub(crate) by_id: HashMap<PolicyId, usize>,
    /// The first file that is not ours.
    pub(crate) first_given: usize,
    pub(crate) all: Vec<Rule>,
    pub(crate) slices: Slices,
    version: Arc<str>,
}

impl Rules {
    /// Parses and validates: the built-in pack (unless `builtin` is false), the base permits of the
    /// targets' groups, and the sources. A rule that can never match is an error.
    pub fn load(
        builtin: bool,
        targets: &[TargetFacts],
        sources: &[Source],
    ) -> Result<Self, Vec<BadPolicy>> {
        let pack = PACK.iter().filter(|_| builtin);
        let ours = pack.map(|(name, text)| Source {
            name: (*name).into(),
            text: (*text).into(),
        });
        let files: Vec<Source> = ours
            .chain([base(targets)])
            .chain(sources.iter().cloned())
            .collect();
        let first_given = files.len() - sources.len();
        let mut reader = Reader {
            faults: Vec::new(),
            files: &files,
            rules: Vec::new(),
        };
        for file in 0..files.len() {
            reader.read(file);
        }
        let by_id = reader.number();
        reader.validate();
        reader.check_targets(first_given, targets);
        if !reader.faults.is_empty() {
            reader
                .faults
                .sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
            reader.faults.dedup();
            return Err(reader.faults);
        }
        let rules = reader.rules;
        let slices = Slices::of(&rules, targets);
        let version = version(targets, &files);
        Ok(Self {
            authorizer: Authorizer::new(),
            by_id,
            first_given,
            all: rules,
            slices,
            version,
        })
    }

    /// SHA-256, in hex, over everything that was loaded.
    pub fn version(&self) -> &Arc<str> {
        &self.version
    }

    /// The one place that decides.
    pub fn judge(&self, access: &Access<'_>) -> Judgement {
        fold::judge(self, access, &mut |_| {})
    }

    /// The same, question by question, for people.
    pub fn explain(&self, access: &Access<'_>) -> (Judgement, Vec<Finding>) {
        let mut findings = Vec::new();
        let judgement = fold::judge(self, access, &mut |finding| findings.push(finding()));
        (judgement, findings)
    }
}

/// A group's way to a target: everything there that needs no permit of its own (`reveal` does).
fn base(targets: &[TargetFacts]) -> Source {
    let mut text = String::new();
    for target in targets {
        for group in &target.groups {
            // Names are a closed alphabet (`model::name`): nothing to escape.
            let _ = writeln!(
                text,
                "@id(\"base.{0}.{1}\")\npermit (principal in Group::\"{1}\", action in \
                 [Action::\"administer\", Action::\"connect\", Action::\"control\", \
                 Action::\"define\", Action::\"execute\", Action::\"filter\", \
                 Action::\"reach_host\", Action::\"read\", Action::\"session\", \
                 Action::\"unresolved\", Action::\"write\"], resource in Target::\"{0}\");",
                target.name, group
            );
        }
    }
    Source {
        name: "targets' groups".to_owned(),
        text,
    }
}

/// Everything a verdict depends on, length before text.
fn version(targets: &[TargetFacts], files: &[Source]) -> Arc<str> {
    let mut hash = Sha256::new();
    let mut put = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    put("portcullis policy 1");
    put(SCHEMA);
    for target in targets {
        put(target.name.as_str());
        put(&target.environment);
        put(&target.database);
        put(&format!("{:?}", target.labels));
    }
    for file in files {
        put(&file.name);
        put(&file.text);
    }
    let mut hex = String::with_capacity(64);
    for byte in hash.finalize() {
        let _ = write!(hex, "{byte:02x}");
    }
    hex.into()
}

struct Reader<'a> {
    faults: Vec<BadPolicy>,
    files: &'a [Source],
    rules: Vec<Rule>,
}

impl Reader<'_> {
    /// Records a fault at an offset of a file.
    fn fault(&mut self, file: usize, offset: usize, message: String) {
        let Some(source) = self.files.get(file) else {
            return;
        };
        let line = line_at(&source.text, offset);
        self.faults.push(BadPolicy {
            file: source.name.clone(),
            line,
            message,
        });
    }

    fn read(&mut self, file: usize) {
        let Some(source) = self.files.get(file) else {
            return;
        };
        for (number, (start, text)) in split(&source.text).into_iter().enumerate() {
            let policy = match Policy::parse(None, text) {
                Ok(policy) => policy,
                Err(faults) => {
                    for fault in faults.iter() {
                        let offset = start + offset_of(fault);
                        self.fault(file, offset, sentence(fault));
                    }
                    continue;
                }
            };
            let notes = Notes::of(&policy).unwrap_or_else(|faults| {
                for fault in faults {
                    self.fault(file, start, fault);
                }
                Notes::default()
            });
            let unnamed = || format!("{}#{}", source.name, number + 1);
            let id = policy.annotation("id").map_or_else(unnamed, str::to_owned);
            if id.is_empty() {
                self.fault(file, start, "@id needs a name".to_owned());
            }
            // What cannot be looked through may look at anything.
            let json = policy.to_json();
            let is_of_the_moment = json.map_or(true, |json| moment::reads_the_moment(&json));
            let policy = policy.new_id(PolicyId::new(&id));
            let place = self.rules.len();
            self.rules.push(Rule {
                id,
                is_of_the_moment,
                notes,
                place,
                policy,
                file_name: source.name.as_str().into(),
                line: line_at(&source.text, start),
                file,
                start,
            });
        }
    }

    /// Rules by id; a second of the same id is a fault, and leaves.
    fn number(&mut self) -> HashMap<PolicyId, usize> {
        let mut by_id = HashMap::new();
        let mut doubles = Vec::new();
        for rule in &self.rules {
            if by_id.insert(rule.policy.id().clone(), rule.place).is_some() {
                doubles.push((rule.file, rule.start, rule.id.clone()));
            }
        }
        for (file, start, id) in doubles {
            self.fault(
                file,
                start,
                format!("a second rule with @id({id:?}): ids are unique"),
            );
        }
        by_id
    }

    fn validate(&mut self) {
        let schema = match Schema::from_cedarschema_str(SCHEMA) {
            Ok((schema, _)) => schema,
            Err(fault) => return self.fault(0, 0, format!("our own schema: {fault}")),
        };
        let mut unique: HashMap<PolicyId, &Rule> = HashMap::new();
        for rule in &self.rules {
            unique.entry(rule.policy.id().clone()).or_insert(rule);
        }
        let policies = unique.values().map(|rule| rule.policy.clone());
        let set = match PolicySet::from_policies(policies) {
            Ok(set) => set,
            Err(fault) => return self.fault(0, 0, fault.to_string()),
        };
        let result = Validator::new(schema).validate(&set, ValidationMode::Strict);
        let place = |id: &PolicyId, offset: usize| {
            unique
                .get(id)
                .map_or((0, 0), |rule| (rule.file, rule.start + offset))
        };
        let errors = result
            .validation_errors()
            .map(|fault| (place(fault.policy_id(), offset_of(fault)), sentence(fault)));
        // What Cedar only warns of, a rule that can never match or one with deceiving characters,
        // is a rule that does not say what its author believes.
        let warnings = result.validation_warnings().map(|fault| {
            let message = match fault {
                ValidationWarning::ImpossiblePolicy(_) => {
                    "this rule can never match: its conditions exclude one another".to_owned()
                }
                other => sentence(other),
            };
            (place(fault.policy_id(), offset_of(fault)), message)
        });
        let found: Vec<_> = errors.chain(warnings).collect();
        for ((file, offset), message) in found {
            self.fault(file, offset, message);
        }
    }

    /// A rule on a target nobody configured never matches. (An environment may be another
    /// gateway's: packs are shared.)
    fn check_targets(&mut self, first_given: usize, targets: &[TargetFacts]) {
        let mut found = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.file >= first_given) {
            for uid in rule.policy.entity_literals() {
                let id = uid.id().unescaped();
                let is_known = targets.iter().any(|target| target.name.as_str() == id);
                if uid.type_name().basename() == "Target" && !is_known {
                    let names: Vec<_> = targets.iter().map(|target| target.name.as_str()).collect();
                    let names = names.join(", ");
                    let message = format!("there is no target {id:?}; there are: {names}");
                    found.push((rule.file, rule.start, message));
                }
            }
        }
        for (file, start, message) in found {
            self.fault(file, start, message);
        }
    }
}

/// The policies of a source, each with where it starts: cut at every `;` outside strings and
/// comments, since Cedar's expressions have none.
fn split(text: &str) -> Vec<(usize, &str)> {
    let mut policies = Vec::new();
    let mut start = 0;
    let mut content = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '/' if characters.peek().is_some_and(|(_, next)| *next == '/') => {
                while characters.next_if(|(_, next)| *next != '\n').is_some() {}
            }
            '"' => {
                content.get_or_insert(at);
                while let Some((_, inside)) = characters.next() {
                    match inside {
                        '\\' => drop(characters.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            ';' => {
                let from = content.take().unwrap_or(start);
                policies.push((from, text.get(from..=at).unwrap_or_default()));
                start = at + 1;
            }
            _ if character.is_whitespace() => {}
            _ => {
                content.get_or_insert(at);
            }
        }
    }
    if let Some(from) = content {
        policies.push((from, text.get(from..).unwrap_or_default()));
    }
    policies
}

/// The line an offset is on, from 1.
fn line_at(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count() + 1
}

fn offset_of(fault: &dyn Diagnostic) -> usize {
    let first = fault.labels().and_then(|mut labels| labels.next());
    first.map_or(0, |label| label.offset())
}

fn sentence(fault: &dyn Diagnostic) -> String {
    fault
        .help()
        .map_or_else(|| fault.to_string(), |help| format!("{fault}: {help}"))
}
