//! `[identity]`: who may say who people and workloads are.
//!
//! Why demands are lists of values and never patterns: `repo:*` has let strangers in elsewhere.

use std::collections::BTreeMap;

use ::identity::oidc::{Provider, Workload};
use model::GroupName;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::Trusted;
use super::certificates::Authority;
use super::check::Check;
use super::leaving::{Scim, Signals};
use super::text::Text;
use crate::verbs::tokens::seconds;

/// Who may say who people are.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identity {
    /// OpenID providers, by a name of ours.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Oidc>")]
    oidc: BTreeMap<Spanned<String>, Oidc>,
    /// Authorities of services' client certificates.
    #[serde(default)]
    pub(super) certificates: Vec<Authority>,
    /// Directories that keep their people here by SCIM, by a name of ours: `/scim/NAME/v2`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Scim>")]
    pub(super) scim: BTreeMap<Spanned<String>, Scim>,
    /// Who may signal that sessions are over (SSF, CAEP), by a name of ours: `/signals/NAME`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Signals>")]
    pub(super) signals: BTreeMap<Spanned<String>, Signals>,
}

/// An OpenID provider.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Oidc {
    /// Its issuer, to the byte: `https://example.okta.com`.
    issuer: Text,
    /// Our client there, for people; left out where only workloads come from it.
    client_id: Option<Text>,
    /// What we are called there as the one that tokens are made for: workloads' tokens, and access
    /// tokens for `sign_in = "oauth"`.
    #[serde(default)]
    audiences: Vec<String>,
    /// What we are called there as an authorization server, `https://gw.example.com`: its
    /// assertions that an agent may act for a person (ID-JAG) are made for that. None are taken
    /// where it is left out.
    assertions_for: Option<Text>,
    /// The claim that names a person here; else the address, where it is verified, or the usual
    /// others.
    name_claim: Option<String>,
    /// The claim that holds groups: `groups`, `roles`, `realm_access.roles`.
    #[serde(default = "groups")]
    groups_claim: String,
    /// Which of its groups count, and what they are called here; all of them where left out.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    groups: BTreeMap<String, Spanned<String>>,
    /// Claims every token must have, with the values each may have.
    #[serde(default)]
    require: BTreeMap<String, Vec<String>>,
    /// What to ask for at sign-in.
    #[serde(default = "scopes")]
    scopes: Vec<String>,
    /// How long a sign-in counts: `90s`, `15m`, `8h`, `30d`.
    #[serde(default = "session")]
    #[schemars(with = "String")]
    session: Spanned<String>,
    /// Services that come from it.
    #[serde(default)]
    workloads: Vec<Service>,
    /// The authority of its certificate, in PEM; else what the system trusts.
    root_certificate: Option<Text>,
}

/// A service, known by its claims.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Service {
    /// The principal it is.
    #[schemars(with = "String")]
    principal: Spanned<String>,
    /// Its groups.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    groups: Vec<Spanned<String>>,
    /// Claims it must have, with the values each may have.
    require: BTreeMap<String, Vec<String>>,
}

fn groups() -> String {
    "groups".to_owned()
}

fn scopes() -> Vec<String> {
    ["openid", "profile", "email"].map(str::to_owned).to_vec()
}

fn session() -> Spanned<String> {
    Spanned::new(0..0, "8h".to_owned())
}

impl Check<'_> {
    pub(super) fn providers(&mut self, identity: &Identity) -> Vec<Trusted> {
        let each = |(name, oidc): (&Spanned<String>, &Oidc)| self.provider(name, oidc);
        identity.oidc.iter().filter_map(each).collect()
    }

    fn provider(&mut self, name: &Spanned<String>, oidc: &Oidc) -> Option<Trusted> {
        let issuer = self.text(&oidc.issuer)?;
        let is_https = issuer.starts_with("https://") || is_here(&issuer);
        if !is_https {
            let way_out = "an issuer is https://…, as its tokens' `iss` writes it";
            self.say(&oidc.issuer.at(), format!("{issuer:?}: {way_out}"));
        }
        let client_id = oidc.client_id.as_ref().and_then(|text| self.text(text));
        if client_id.is_none() && oidc.audiences.is_empty() {
            let way_out =
                "name our client there (`client_id`), or the `audiences` of its workloads";
            self.say(&name.span(), format!("whose tokens? {way_out}"));
        }
        if client_id.is_none() && oidc.workloads.is_empty() {
            let way_out = "people need a `client_id`, workloads a [[…workloads]]";
            self.say(
                &name.span(),
                format!("nobody can come from here: {way_out}"),
            );
        }
        let session_s = seconds(oidc.session.get_ref());
        let session_s = session_s
            .map_err(|fault| self.say(&oidc.session.span(), fault))
            .ok()?;
        let mut group_names = BTreeMap::new();
        for (theirs, ours) in &oidc.groups {
            group_names.extend(
                self.word::<GroupName>(ours)
                    .map(|ours| (theirs.clone(), ours)),
            );
        }
        let workloads = oidc
            .workloads
            .iter()
            .filter_map(|one| self.workload(one))
            .collect();
        let assertions_for = oidc.assertions_for.as_ref();
        let provider = Provider {
            assertions_for: assertions_for.and_then(|text| self.text(text)),
            audiences: oidc.audiences.clone(),
            client_id,
            group_names,
            groups_claim: oidc.groups_claim.clone(),
            has_directory: false,
            issuer,
            name: name.get_ref().clone(),
            name_claim: oidc.name_claim.clone(),
            require: oidc.require.clone(),
            scopes: oidc.scopes.clone(),
            session_s,
            workloads,
        };
        let root_certificate = oidc
            .root_certificate
            .as_ref()
            .and_then(|text| self.pem(text));
        Some(Trusted {
            provider,
            root_certificate,
        })
    }

    fn workload(&mut self, service: &Service) -> Option<Workload> {
        if service.require.values().all(Vec::is_empty) {
            let way_out = "`require` at least one claim that tells it from everybody else";
            let said = format!("every token of this issuer would be this service: {way_out}");
            self.say(&service.principal.span(), said);
        }
        let groups = service
            .groups
            .iter()
            .filter_map(|group| self.word(group))
            .collect();
        Some(Workload {
            groups,
            principal: self.word(&service.principal)?,
            require: service.require.clone(),
        })
    }
}

/// Whether an issuer is a stand-in on this machine, the only one that may speak in clear text.
pub(super) fn is_here(issuer: &str) -> bool {
    let hosts = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    hosts.iter().any(|host| {
        let rest = issuer.strip_prefix(host);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    })
}
