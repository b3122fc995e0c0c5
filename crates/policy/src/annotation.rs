//! What a rule's annotations say: who it is, what a refused one reads, who lifts it, what it binds
//! us to.
//!
//! Closed: an annotation nobody reads is a safety belt nobody wears, so an unknown one is an error.

use cedar_policy::{Effect, Policy};
use model::{Class, GroupName, Transform};

use crate::Obligations;

/// The annotations we read.
const KNOWN: &[&str] = &[
    "advice",
    "grant",
    "hold",
    "id",
    "limit_bytes",
    "limit_changes",
    "limit_rows",
    "mask",
    "message",
    "quorum",
    "read_only",
    "review_after",
    "timeout",
    "wait",
];

/// Who lifts a forbid, or gives a permit that counts only under a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lift {
    /// For how long at most it may be given ahead of time, if at all.
    pub(crate) grant_s: Option<u32>,
    pub(crate) group: GroupName,
    pub(crate) quorum: u32,
    pub(crate) wait_s: Option<u32>,
}

/// A rule's annotations, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Notes {
    /// Who reviews afterwards what this permit let pass without waiting.
    pub(crate) after: Option<GroupName>,
    pub(crate) advice: Option<String>,
    pub(crate) lift: Option<Lift>,
    pub(crate) message: Option<String>,
    pub(crate) obligations: Obligations,
}

impl Notes {
    /// Reads a policy's annotations; every fault in a sentence.
    pub(crate) fn of(policy: &Policy) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        for (name, _) in policy.annotations() {
            if !KNOWN.contains(&name) {
                let known = KNOWN.join(", ");
                let nearest = KNOWN.iter().max_by(|one, other| {
                    let like = |known: &str| strsim::jaro_winkler(known, name);
                    like(one).total_cmp(&like(other))
                });
                let nearest = nearest.copied().unwrap_or_default();
                faults.push(format!(
                    "unknown annotation @{name}: perhaps @{nearest}; {known} are known"
                ));
            }
        }
        let mut reader = Reader { faults, policy };
        reader.place();
        let lift = reader.lift();
        let after = reader.read("review_after", "a group's name", |text| text.parse().ok());
        let obligations = Obligations {
            is_read_only: policy.annotation("read_only").is_some(),
            limit_bytes: reader.read("limit_bytes", "a size such as 65536, 512KiB or 64MiB", size),
            limit_changes: reader.read("limit_changes", "a number", |text| text.parse().ok()),
            limit_rows: reader.read("limit_rows", "a number", |text| text.parse().ok()),
            review_after: Vec::new(),
            revealed: Vec::new(),
            timeout_s: reader.read("timeout", "a time such as 30s, 5m or 1h", seconds),
            transforms: reader.transforms(),
        };
        let text = |name: &str| policy.annotation(name).map(str::to_owned);
        let notes = Self {
            after,
            advice: text("advice"),
            lift,
            message: text("message"),
            obligations,
        };
        if reader.faults.is_empty() {
            Ok(notes)
        } else {
            Err(reader.faults)
        }
    }
}

const MASK_FORM: &str = "class=transform, separated by commas, with a class of ours and one of \
                         blank, hash, stand_in";

struct Reader<'a> {
    faults: Vec<String>,
    policy: &'a Policy,
}

impl Reader<'_> {
    /// Annotations stand where they mean something.
    fn place(&mut self) {
        let (effect, others): (_, &[&str]) = match self.policy.effect() {
            Effect::Forbid => (
                "permit",
                &[
                    "limit_bytes",
                    "limit_changes",
                    "limit_rows",
                    "mask",
                    "read_only",
                    "review_after",
                    "timeout",
                ],
            ),
            // With `@grant` a permit is one that people give, for a time.
            Effect::Permit if self.policy.annotation("grant").is_some() => ("forbid", &["wait"]),
            Effect::Permit => ("forbid", &["hold", "quorum", "wait"]),
        };
        for name in others {
            if self.policy.annotation(name).is_some() {
                self.faults.push(format!(
                    "@{name} belongs on a {effect}: here it would say nothing"
                ));
            }
        }
        if self
            .policy
            .annotation("read_only")
            .is_some_and(|value| !value.is_empty())
        {
            self.faults.push("@read_only takes no value".to_owned());
        }
    }

    fn lift(&mut self) -> Option<Lift> {
        let group = self.read("hold", "a group's name", |text| text.parse().ok());
        let quorum = self.read("quorum", "a number of people from 1", |text| {
            text.parse().ok().filter(|people| *people > 0)
        });
        let wait_s = self.read("wait", "a time such as 30s, 10m or 1h", seconds);
        let grant_s = self.read("grant", "a time such as 15m or 1h", seconds);
        if self.policy.annotation("hold").is_none() {
            let needy: &[&str] = match self.policy.effect() {
                Effect::Forbid => &["grant", "quorum", "wait"],
                Effect::Permit => &["grant"],
            };
            for name in needy {
                if self.policy.annotation(name).is_some() {
                    self.faults
                        .push(format!("@{name} needs @hold(\"group\") beside it"));
                }
            }
        }
        Some(Lift {
            grant_s,
            group: group?,
            quorum: quorum.unwrap_or(1),
            wait_s,
        })
    }

    /// What `@mask` names; the strictest where it names a class twice.
    fn transforms(&mut self) -> Vec<(Class, Transform)> {
        let read = self.read("mask", MASK_FORM, transforms);
        let mut strictest = Obligations::default();
        strictest.mask(&read.unwrap_or_default());
        strictest.transforms
    }

    fn read<T>(
        &mut self,
        name: &str,
        wanted: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.policy.annotation(name)?;
        let found = read(value);
        if found.is_none() {
            self.faults
                .push(format!("@{name}({value:?}) should be {wanted}"));
        }
        found
    }
}

/// `30s`, `10m`, `2h` or `1d`, in seconds, from 1.
fn seconds(text: &str) -> Option<u32> {
    let unit = text.chars().last()?;
    let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
    let scale = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    number.checked_mul(scale).filter(|seconds| *seconds > 0)
}

/// Bytes, with or without a unit, from 1.
fn size(text: &str) -> Option<u64> {
    let units = [("KiB", 1_u64 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
    let with_unit = |(unit, scale)| Some((text.strip_suffix(unit)?, scale));
    let (number, scale) = units.into_iter().find_map(with_unit).unwrap_or((text, 1));
    let bytes = number.parse::<u64>().ok()?.checked_mul(scale)?;
    (bytes > 0).then_some(bytes)
}

fn transforms(text: &str) -> Option<Vec<(Class, Transform)>> {
    let one = |pair: &str| {
        let (class, transform) = pair.split_once('=')?;
        Some((class.trim().parse().ok()?, transform.trim().parse().ok()?))
    };
    text.split(',').map(one).collect()
}
