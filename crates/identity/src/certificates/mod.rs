//! Client certificates: whose one is, and the authority that makes short-lived ones.
//!
//! Two kinds count. One of our own authority ([`authority`]) stands for the token it was made for:
//! it ends, is revoked and is disabled with it. One of an authority that the configuration trusts
//! is a service's, where a rule names what must stand in it (a SPIFFE id, a DNS name, an address,
//! a common name). What an authority signed says nothing about another's: a trusted stranger
//! cannot write our tokens' names.
//!
//! It speaks no TLS: who has the key of a certificate, the door has seen.

pub mod authority;
mod chain;
pub mod http;

use std::path::PathBuf;
use std::sync::Arc;

use model::{
    BadCertificate, GroupName, Identity, Method, PrincipalKind, PrincipalName, SignInFault,
    Subject, Timestamp,
};
use rustls::pki_types::CertificateDer;

use self::authority::Authority;
use self::chain::{Leaf, Roots};
use crate::exchange::regroup;
use crate::{Admin, AdminFault, NewPrincipal};

/// What a certificate of ours says of its token, in a URI among its names.
const TOKEN: &str = "urn:portcullis:token:";

/// What must stand in a certificate, to the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// The common name of its subject.
    CommonName(String),
    /// A DNS name among its names.
    Dns(String),
    /// An address among its names.
    Email(String),
    /// A URI among its names; a SPIFFE id must be the only one (X.509-SVID §2).
    Uri(String),
}

/// Whose a certificate is.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its groups, sorted.
    pub groups: Vec<GroupName>,
    /// What must stand in it.
    pub named: Named,
    /// The service it is.
    pub principal: PrincipalName,
}

/// An authority that is trusted for services.
#[derive(Debug, Clone)]
pub struct Trusted {
    /// Its certificates, DER.
    pub authority: Vec<CertificateDer<'static>>,
    /// A PEM file of what it has revoked, read at each sign-in.
    pub revoked: Option<PathBuf>,
    /// Whose its certificates are; the first rule that fits counts.
    pub rules: Vec<Rule>,
}

/// The one who knows whose a certificate is.
pub struct Certificates {
    admin: Admin,
    ours: Arc<Authority>,
    trusted: Vec<Trusted>,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}

impl Certificates {
    /// One that records as `admin` does.
    pub fn new(admin: Admin, ours: Arc<Authority>, trusted: Vec<Trusted>) -> Self {
        Self {
            admin,
            ours,
            trusted,
        }
    }

    /// Our own authority.
    pub fn authority(&self) -> &Arc<Authority> {
        &self.ours
    }

    pub(crate) fn admin(&self) -> &Admin {
        &self.admin
    }

    /// One of ours: the identity of the token it was made for.
    fn own(&self, leaf: &Leaf, now: Timestamp) -> Result<Identity, SignInFault> {
        let mut ids = leaf.uris.iter().filter_map(|uri| uri.strip_prefix(TOKEN));
        let id = ids.next().ok_or_else(|| bad(BadCertificate::Malformed))?;
        let found = self.admin.directory.of_token(id, Method::Certificate, now);
        found.map_err(|fault| match fault {
            SignInFault::Disabled => bad(BadCertificate::Disabled),
            SignInFault::Expired => bad(BadCertificate::Expired),
            SignInFault::Revoked => bad(BadCertificate::Revoked),
            other => other,
        })
    }

    /// A service's: the principal that its authority's rules name, added where it is new.
    fn workload(
        &self,
        leaf: &Leaf,
        trusted: &Trusted,
        now: Timestamp,
    ) -> Result<Identity, SignInFault> {
        let rule = trusted.rules.iter().find(|rule| leaf.bears(&rule.named));
        let rule = rule.ok_or_else(|| bad(BadCertificate::Unmapped))?;
        self.seat(rule, now)?;
        Ok(Identity {
            acts_for: None,
            at: now,
            delegation: None,
            expires: Some(leaf.ends),
            method: Method::Certificate,
            subject: Subject {
                groups: rule.groups.clone(),
                kind: PrincipalKind::Service,
                name: rule.principal.clone(),
            },
            token: None,
        })
    }

    /// Sees to it that a rule's principal is there, in the rule's groups.
    fn seat(&self, rule: &Rule, now: Timestamp) -> Result<(), SignInFault> {
        let found = self.admin.directory.store.principal(&rule.principal);
        let done = match found.map_err(|fault| unavailable(&fault.into()))? {
            Some(record) if record.is_disabled => return Err(bad(BadCertificate::Disabled)),
            Some(record) if record.kind != PrincipalKind::Service => {
                return Err(bad(BadCertificate::OtherKind));
            }
            Some(record) => regroup(&self.admin, &record, &rule.groups, "certificate"),
            None => {
                let new = NewPrincipal {
                    acts_for: None,
                    groups: rule.groups.clone(),
                    kind: PrincipalKind::Service,
                    name: rule.principal.clone(),
                };
                self.admin.add(new, now).map(|_| ())
            }
        };
        done.map_err(|fault| unavailable(&fault))
    }
}

impl model::Certificates for Certificates {
    fn believe(
        &self,
        chain: &[Vec<u8>],
        user: &str,
        now: Timestamp,
    ) -> Result<Identity, SignInFault> {
        let leaf = Leaf::read(chain).map_err(bad)?;
        let ours = Roots {
            authority: &self.ours.certificates(),
            revoked: None,
        };
        let identity = match ours.vouch(chain, now) {
            Ok(()) => self.own(&leaf, now)?,
            Err(mut fault) => {
                let mut voucher = None;
                for trusted in &self.trusted {
                    let roots = Roots {
                        authority: &trusted.authority,
                        revoked: trusted.revoked.as_deref(),
                    };
                    match roots.vouch(chain, now) {
                        Ok(()) => voucher = voucher.or(Some(trusted)),
                        // "Signed by somebody else" says less than any other no.
                        Err(no) if fault == bad(BadCertificate::Authority) => fault = no,
                        Err(_) => {}
                    }
                }
                self.workload(&leaf, voucher.ok_or(fault)?, now)?
            }
        };
        if identity.name().as_str() == user {
            Ok(identity)
        } else {
            Err(bad(BadCertificate::OtherPrincipal))
        }
    }
}

fn bad(fault: BadCertificate) -> SignInFault {
    SignInFault::Certificate(fault)
}

fn unavailable(fault: &AdminFault) -> SignInFault {
    tracing::error!(%fault, "a certificate's principal could not be looked at");
    SignInFault::Unavailable
}

#[cfg(test)]
mod tests;
