//! `[[identity.certificates]]`: authorities whose certificates are services', and which.
//!
//! Why each value is compared whole: a pattern over names lets in whoever can have one that fits.

use ::identity::certificates::{Named, Rule, Trusted};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Check;
use super::text::Text;

/// An authority that is trusted for services' client certificates.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Authority {
    /// Its certificates, in PEM: `file:…`. A SPIFFE bundle may hold several.
    authority: Text,
    /// What it has revoked, in PEM (`X509 CRL`): `file:…`, read at each sign-in.
    revoked: Option<Text>,
    /// Whose its certificates are; the first that fits counts.
    services: Vec<Service>,
}

/// A service, known by one thing that stands in its certificate.
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
    /// A URI among its names; a SPIFFE id must be the only one.
    uri: Option<String>,
    /// A DNS name among its names.
    dns: Option<String>,
    /// An address among its names.
    email: Option<String>,
    /// Its common name, where it has one only.
    common_name: Option<String>,
}

impl Check<'_> {
    pub(super) fn authorities(&mut self, all: &[Authority]) -> Vec<Trusted> {
        all.iter().filter_map(|one| self.authority(one)).collect()
    }

    fn authority(&mut self, one: &Authority) -> Option<Trusted> {
        let path = self.pem(&one.authority)?;
        let read = CertificateDer::pem_file_iter(&path).and_then(Iterator::collect);
        let authority: Vec<_> = read.unwrap_or_default();
        if authority.is_empty() {
            let said = format!("{} holds no certificate", path.display());
            self.say(&one.authority.at(), said);
        }
        let revoked = match &one.revoked {
            Some(text) => Some(self.pem(text)?),
            None => None,
        };
        let rules = one.services.iter().filter_map(|one| self.rule(one));
        Some(Trusted {
            authority,
            revoked,
            rules: rules.collect(),
        })
    }

    fn rule(&mut self, service: &Service) -> Option<Rule> {
        let Service {
            uri,
            dns,
            email,
            common_name,
            ..
        } = service;
        let named = [
            uri.clone().map(Named::Uri),
            dns.clone().map(Named::Dns),
            email.clone().map(Named::Email),
            common_name.clone().map(Named::CommonName),
        ];
        let mut named = named.into_iter().flatten();
        let (Some(only), None) = (named.next(), named.next()) else {
            let way_out = "say one of uri, dns, email and common_name";
            self.say(
                &service.principal.span(),
                format!("whose certificate is it? {way_out}"),
            );
            return None;
        };
        let mut groups: Vec<_> = service
            .groups
            .iter()
            .filter_map(|group| self.word(group))
            .collect();
        groups.sort();
        groups.dedup();
        Some(Rule {
            groups,
            named: only,
            principal: self.word(&service.principal)?,
        })
    }
}
