//! One configured provider: what its tokens must be, and how its claims are read.
//!
//! A person is told from the next by issuer and subject, never by an address: two providers may
//! both know an `alice@example.com`. The name is only what she is called here.

use std::collections::BTreeMap;

use jsonwebtoken::Algorithm;
use model::{GroupName, PrincipalKind, PrincipalName, Timestamp};

use super::claims::Claims;
use super::rejection::Rejection;
use super::verify::Expected;

/// Public-key algorithms only; a shared secret would let a client sign for its provider.
const ALGORITHMS: &[Algorithm] = &[
    Algorithm::EdDSA,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
];

/// `typ` of the tokens taken as proof of a person or a workload: ID tokens and plain ones. An
/// access token (`at+jwt`, RFC 9068) is for somebody else's doors.
const TYPES: &[&str] = &["", "jwt"];

/// The most groups one token may give.
const GROUPS: usize = 1_000;

/// Claims that must hold for a token to be this service's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// Its groups.
    pub groups: Vec<GroupName>,
    /// The principal it is.
    pub principal: PrincipalName,
    /// Claims by path, each with the values it may have; at least one claim.
    pub require: BTreeMap<String, Vec<String>>,
}

/// One configured provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Whom its tokens may be made for; `client_id` where nothing else is said.
    pub audiences: Vec<String>,
    /// Our client there; `None` where only workloads come from it.
    pub client_id: Option<String>,
    /// Which groups count, and what they are called here; all of them, by their own names, where
    /// empty.
    pub group_names: BTreeMap<String, GroupName>,
    /// Where groups stand.
    pub groups_claim: String,
    /// Its issuer, to the byte.
    pub issuer: String,
    /// What it is called in the configuration.
    pub name: String,
    /// Where the person's name stands; the first of the usual ones where `None`.
    pub name_claim: Option<String>,
    /// Claims every token must have, by path, each with the values it may have.
    pub require: BTreeMap<String, Vec<String>>,
    /// What to ask for at sign-in.
    pub scopes: Vec<String>,
    /// How long a sign-in counts, seconds.
    pub session_s: u32,
    /// Services that come from it.
    pub workloads: Vec<Workload>,
}

/// Whom a token showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The claims, for what else asks.
    pub claims: Claims,
    /// Groups the token gives, sorted.
    pub groups: Vec<GroupName>,
    /// Groups that cannot be names here, left out: how many.
    pub groups_left_out: usize,
    /// The issuer.
    pub issuer: String,
    /// Person or service.
    pub kind: PrincipalKind,
    /// What the principal is called here.
    pub name: PrincipalName,
    /// The provider's name in the configuration.
    pub provider: String,
    /// How long a sign-in counts, seconds.
    pub session_s: u32,
    /// The subject at the issuer.
    pub subject: String,
}

impl Provider {
    /// What its tokens must be at `now`.
    pub(super) fn expected(&self, now: Timestamp) -> Expected<'_> {
        Expected {
            algorithms: ALGORITHMS,
            audiences: &self.audiences,
            client: self.client_id.as_deref(),
            issuer: &self.issuer,
            now,
            types: TYPES,
        }
    }

    /// Who a checked token speaks of.
    pub fn read(&self, claims: &Claims) -> Result<Seen, Rejection> {
        if let Some(broken) = broken(&self.require, claims) {
            return Err(Rejection::Required(broken.to_owned()));
        }
        let holds = |workload: &&Workload| broken(&workload.require, claims).is_none();
        if let Some(workload) = self.workloads.iter().find(holds) {
            return Ok(self.seen(
                claims,
                PrincipalKind::Service,
                workload.principal.clone(),
                (workload.groups.clone(), 0),
            ));
        }
        if self.client_id.is_none() {
            return Err(Rejection::Required("any of the workloads'".to_owned()));
        }
        let name = self.person(claims)?;
        let groups = self.groups(claims)?;
        Ok(self.seen(claims, PrincipalKind::Person, name, groups))
    }

    fn seen(
        &self,
        claims: &Claims,
        kind: PrincipalKind,
        name: PrincipalName,
        (groups, groups_left_out): (Vec<GroupName>, usize),
    ) -> Seen {
        // Entra: `sub` differs from client to client, `oid` within a tenant does not.
        let tenant = claims.text("tid").zip(claims.text("oid"));
        let subject = match tenant {
            Some((tenant, object)) => format!("{tenant}/{object}"),
            None => claims.text("sub").unwrap_or_default().to_owned(),
        };
        Seen {
            claims: claims.clone(),
            groups,
            groups_left_out,
            issuer: self.issuer.clone(),
            kind,
            name,
            provider: self.name.clone(),
            session_s: self.session_s,
            subject,
        }
    }

    /// An address counts as a name only where the provider does not say that it is unproved.
    fn person(&self, claims: &Claims) -> Result<PrincipalName, Rejection> {
        let is_unproved = claims
            .word("email_verified")
            .is_some_and(|word| word == "false");
        let may = |claim: &str| claim != "email" || !is_unproved;
        let usual = ["email", "preferred_username", "upn", "sub"];
        let named = match &self.name_claim {
            Some(claim) => std::slice::from_ref(claim)
                .iter()
                .map(String::as_str)
                .collect(),
            None => usual.to_vec(),
        };
        let found = named
            .iter()
            .filter(|claim| may(claim))
            .find_map(|claim| claims.text(claim)?.to_lowercase().parse().ok());
        found.ok_or_else(|| Rejection::Name(named.join(", ")))
    }

    fn groups(&self, claims: &Claims) -> Result<(Vec<GroupName>, usize), Rejection> {
        if claims.is_elsewhere(&self.groups_claim) {
            return Err(Rejection::GroupsElsewhere);
        }
        let said = claims.texts(&self.groups_claim);
        if said.len() > GROUPS {
            return Err(Rejection::GroupsElsewhere);
        }
        let mut left_out = 0;
        let mut groups: Vec<GroupName> = Vec::new();
        for word in said {
            if self.group_names.is_empty() {
                match word.parse() {
                    Ok(group) => groups.push(group),
                    Err(_) => left_out += 1,
                }
            } else if let Some(group) = self.group_names.get(word) {
                groups.push(group.clone());
            }
        }
        groups.sort();
        groups.dedup();
        Ok((groups, left_out))
    }
}

/// The first claim that is not what is demanded.
fn broken<'r>(require: &'r BTreeMap<String, Vec<String>>, claims: &Claims) -> Option<&'r str> {
    let holds = |path: &str, allowed: &[String]| {
        claims
            .word(path)
            .is_some_and(|word| allowed.contains(&word))
    };
    let mut broken = require
        .iter()
        .filter(|(path, allowed)| !holds(path, allowed));
    broken.next().map(|(path, _)| path.as_str())
}
