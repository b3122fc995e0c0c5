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
pub(crate) const ALGORITHMS: &[Algorithm] = &[
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

/// `typ` of access tokens made for us: RFC 9068, and of those who came before it.
const ACCESS_TYPES: &[&str] = &["", "at+jwt", "application/at+jwt", "jwt"];

/// `typ` of assertions that a client may act for a person (ID-JAG).
const ASSERTION_TYPES: &[&str] = &["oauth-id-jag+jwt"];

/// The most groups one token may give.
const GROUPS: usize = 1_000;

/// What a token is shown for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// To come in with, by OAUTHBEARER: an access token made for us.
    Access,
    /// To act for the person it names: an assertion made for us (ID-JAG).
    Assertion,
    /// To be exchanged: an ID token, or a workload's token.
    Proof,
}

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
    /// What we are called there as an authorization server; `None` where its assertions are not
    /// taken.
    pub assertions_for: Option<String>,
    /// What we are called there as the one that tokens are made for: workloads' tokens and access
    /// tokens. A person's ID token is made for our client.
    pub audiences: Vec<String>,
    /// Our client there; `None` where only workloads come from it.
    pub client_id: Option<String>,
    /// Which groups count, and what they are called here; all of them, by their own names, where
    /// empty.
    pub group_names: BTreeMap<String, GroupName>,
    /// Where groups stand.
    pub groups_claim: String,
    /// Whether a directory says who is in which group here (SCIM), and tokens do not.
    pub has_directory: bool,
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
    /// Groups the token gives, sorted; `None` for one that is no ID token and speaks of none.
    pub groups: Option<Vec<GroupName>>,
    /// Groups that cannot be names here, left out: how many.
    pub groups_left_out: usize,
    /// The issuer.
    pub issuer: String,
    /// Person or service.
    pub kind: PrincipalKind,
    /// What the principal is called here where it is new, or why it could not be called anything.
    pub name: Result<PrincipalName, Rejection>,
    /// The provider's name in the configuration.
    pub provider: String,
    /// How long a sign-in counts, seconds.
    pub session_s: u32,
    /// The subject at the issuer.
    pub subject: String,
}

impl Provider {
    /// What its tokens must be at `now`. An ID token says who somebody is to our client; as an
    /// access token it would open our door to everyone that client's page was shown to.
    pub(super) fn expected(&self, shown_for: Use, now: Timestamp) -> Expected<'_> {
        let client = self.client_id.as_deref();
        let ours = self.audiences.iter().map(String::as_str);
        let (audiences, client, types) = match shown_for {
            Use::Access => (ours.collect(), None, ACCESS_TYPES),
            // Without a name of ours there is no audience, so nothing is taken.
            Use::Assertion => (
                self.assertions_for.iter().map(String::as_str).collect(),
                None,
                ASSERTION_TYPES,
            ),
            Use::Proof => (client.into_iter().chain(ours).collect(), client, TYPES),
        };
        Expected {
            algorithms: ALGORITHMS,
            audiences,
            client,
            issuer: &self.issuer,
            now,
            types,
        }
    }

    /// Who a checked token speaks of.
    pub fn read(&self, claims: &Claims, shown_for: Use) -> Result<Seen, Rejection> {
        if let Some(broken) = broken(&self.require, claims) {
            return Err(Rejection::Required(broken.to_owned()));
        }
        let holds = |workload: &&Workload| broken(&workload.require, claims).is_none();
        if let Some(workload) = self.workloads.iter().find(holds) {
            return Ok(self.seen(
                claims,
                PrincipalKind::Service,
                Ok(workload.principal.clone()),
                (Some(workload.groups.clone()), 0),
            ));
        }
        if self.client_id.is_none() {
            return Err(Rejection::Required("any of the workloads'".to_owned()));
        }
        let (groups, left_out) = if self.has_directory {
            Default::default()
        } else {
            self.groups(claims)?
        };
        let is_silent = self.has_directory
            || shown_for != Use::Proof && claims.at(&self.groups_claim).is_none();
        let groups = (!is_silent).then_some(groups);
        let name = self.person(claims);
        Ok(self.seen(claims, PrincipalKind::Person, name, (groups, left_out)))
    }

    fn seen(
        &self,
        claims: &Claims,
        kind: PrincipalKind,
        name: Result<PrincipalName, Rejection>,
        (groups, groups_left_out): (Option<Vec<GroupName>>, usize),
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
