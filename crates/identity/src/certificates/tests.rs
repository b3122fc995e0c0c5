//! Whose a certificate is, and every way it is nobody's, told apart.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use model::{
    BadCertificate, Certificates as _, Directory as _, Limits, Method, PrincipalKind, SignInFault,
    Store, Timestamp,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, RevokedCertParams, SanType,
    SerialNumber,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use store::SqliteStore;

use super::authority::{Authority, NotSigned};
use super::{Certificates, Named, Rule, Trusted, authority};
use crate::{Admin, LocalDirectory, NewPrincipal};

const NOW: Timestamp = Timestamp(1_790_000_000_000_000);

fn later(seconds: i64) -> Timestamp {
    NOW.plus_s(seconds)
}

fn moment(at: Timestamp) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(at.0 / 1_000_000).unwrap()
}

/// An authority of a company's own.
struct Company {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
}

impl Company {
    fn new(name: &str) -> Self {
        let mut root = CertificateParams::default();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        root.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let made = root.self_signed(&key).unwrap();
        Self {
            root: made.der().clone(),
            issuer: Issuer::new(root, key),
        }
    }

    /// A client's certificate with these URIs, changed as wanted.
    fn leaf(&self, uris: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Vec<Vec<u8>> {
        let mut leaf = CertificateParams::default();
        let uri = |uri: &&str| SanType::URI((*uri).try_into().unwrap());
        leaf.subject_alt_names = uris.iter().map(uri).collect();
        leaf.not_before = moment(later(-60));
        leaf.not_after = moment(later(3_600));
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        leaf.serial_number = Some(SerialNumber::from(7_u64));
        change(&mut leaf);
        let made = leaf.signed_by(&KeyPair::generate().unwrap(), &self.issuer);
        vec![made.unwrap().der().to_vec()]
    }

    /// A list that names this serial as revoked.
    fn revoking(&self, serial: u64, path: PathBuf) -> PathBuf {
        let list = CertificateRevocationListParams {
            this_update: moment(later(-60)),
            next_update: moment(later(3_600)),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(serial),
                revocation_time: moment(later(-60)),
                reason_code: None,
                invalidity_date: None,
            }],
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        let made = list.signed_by(&self.issuer).unwrap().pem().unwrap();
        std::fs::write(&path, made).unwrap();
        path
    }
}

struct World {
    acts: Arc<Mutex<Vec<&'static str>>>,
    admin: Admin,
    certificates: Certificates,
    directory: Arc<LocalDirectory>,
    _dir: tempfile::TempDir,
}

impl World {
    fn new(trusted: impl FnOnce(&std::path::Path) -> Vec<Trusted>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
        let limits = Limits::default();
        let directory = Arc::new(LocalDirectory::new(store, [9; 32], &limits));
        let acts = Arc::new(Mutex::new(Vec::new()));
        let noted = acts.clone();
        let recorder: crate::Recorder = Arc::new(move |act, _, _| {
            noted.lock().unwrap().push(act);
            Ok(())
        });
        let admin = Admin::new(directory.clone(), recorder, "test");
        for name in ["alice", "bob"] {
            let new = NewPrincipal {
                acts_for: None,
                groups: vec!["developers".parse().unwrap()],
                kind: PrincipalKind::Person,
                name: name.parse().unwrap(),
            };
            admin.add(new, NOW).unwrap();
        }
        let ours = Arc::new(Authority::open(&dir.path().join("clients"), NOW).unwrap());
        let certificates = Certificates::new(admin.clone(), ours, trusted(dir.path()));
        Self {
            acts,
            admin,
            certificates,
            directory,
            _dir: dir,
        }
    }

    /// A certificate of ours for a new token of that principal: the chain, and the token's id.
    fn made_for(&self, name: &str, ttl_s: u32) -> (Vec<Vec<u8>>, String) {
        let issued = self
            .admin
            .issue(&name.parse().unwrap(), ttl_s, NOW)
            .unwrap();
        let id = issued.record.id.clone();
        let asked = CertificateParams::default();
        let request = asked.serialize_request(&KeyPair::generate().unwrap());
        let request = request.unwrap().pem().unwrap();
        let signed =
            self.certificates
                .authority()
                .sign(&request, (name, &id), issued.record.expires, NOW);
        let signed = signed.unwrap();
        assert_eq!(signed.expires, issued.record.expires);
        let der = CertificateDer::from_pem_slice(signed.pem.as_bytes()).unwrap();
        (vec![der.to_vec()], id)
    }

    fn no(&self, chain: &[Vec<u8>], user: &str, now: Timestamp) -> BadCertificate {
        match self.certificates.believe(chain, user, now).unwrap_err() {
            SignInFault::Certificate(fault) => fault,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn ours_stands_for_its_token_and_ends_with_it() {
    let world = World::new(|_| Vec::new());
    let (chain, id) = world.made_for("alice", 600);
    let identity = world.certificates.believe(&chain, "alice", NOW).unwrap();
    assert_eq!(identity.method, Method::Certificate);
    assert_eq!(identity.token.as_deref(), Some(id.as_str()));
    assert_eq!(identity.expires, Some(later(600)));
    assert!(world.directory.holds(&identity, NOW));

    assert_eq!(world.no(&chain, "bob", NOW), BadCertificate::OtherPrincipal);
    assert_eq!(
        world.no(&chain, "alice", later(601)),
        BadCertificate::Expired
    );
    assert_eq!(
        world.no(&chain, "alice", later(-90)),
        BadCertificate::NotYet
    );
    world.admin.revoke(&id).unwrap();
    assert_eq!(world.no(&chain, "alice", NOW), BadCertificate::Revoked);
    assert!(!world.directory.holds(&identity, NOW));

    let (chain, _) = world.made_for("bob", 600);
    world.admin.disable(&"bob".parse().unwrap()).unwrap();
    assert_eq!(world.no(&chain, "bob", NOW), BadCertificate::Disabled);
}

#[test]
fn what_no_trusted_authority_signed_is_nobodys() {
    let stranger = Company::new("stranger");
    let trusted = Company::new("company");
    let root = trusted.root.clone();
    let world = World::new(|_| {
        vec![Trusted {
            authority: vec![root],
            revoked: None,
            rules: Vec::new(),
        }]
    });
    let (_, id) = world.made_for("alice", 600);
    let ours = format!("urn:portcullis:token:{id}");
    let table = [
        (stranger.leaf(&[&ours], |_| {}), BadCertificate::Authority),
        // A trusted authority that writes the name of a token of ours says nothing by it.
        (trusted.leaf(&[&ours], |_| {}), BadCertificate::Unmapped),
        (
            trusted.leaf(&["spiffe://a/b"], |leaf| {
                leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            }),
            BadCertificate::Purpose,
        ),
        (
            trusted.leaf(&["spiffe://a/b"], |leaf| leaf.not_after = moment(later(-1))),
            BadCertificate::Expired,
        ),
        (vec![b"no certificate".to_vec()], BadCertificate::Malformed),
        (Vec::new(), BadCertificate::Malformed),
    ];
    for (number, (chain, expected)) in table.into_iter().enumerate() {
        assert_eq!(world.no(&chain, "alice", NOW), expected, "{number}");
    }
}

#[test]
fn a_rule_names_what_tells_a_workload() {
    let company = Company::new("company");
    let root = company.root.clone();
    let rule = |principal: &str, named| Rule {
        groups: vec!["services".parse().unwrap()],
        named,
        principal: principal.parse().unwrap(),
    };
    let rules = vec![
        rule("billing", Named::Uri("spiffe://example.org/billing".into())),
        rule("mailer", Named::Dns("mailer.example.org".into())),
        rule("cron", Named::CommonName("cron".into())),
        rule("alice", Named::Email("alice@example.org".into())),
    ];
    let world = World::new(|dir| {
        vec![Trusted {
            authority: vec![root],
            revoked: Some(company.revoking(66, dir.join("crl.pem"))),
            rules,
        }]
    });
    let billing = company.leaf(&["spiffe://example.org/billing"], |_| {});
    let identity = world
        .certificates
        .believe(&billing, "billing", NOW)
        .unwrap();
    assert_eq!(identity.subject.kind, PrincipalKind::Service);
    assert_eq!(identity.expires, Some(later(3_600)));
    assert!(world.directory.holds(&identity, NOW));
    assert!(!world.directory.holds(&identity, later(3_600)));
    world
        .certificates
        .believe(&billing, "billing", NOW)
        .unwrap();
    let added = |acts: &[&str]| acts.iter().filter(|act| **act == "principal.added").count();
    assert_eq!(
        added(&world.acts.lock().unwrap()),
        3,
        "billing is added once"
    );

    let name = |name: &str| SanType::DnsName(name.try_into().unwrap());
    let mailer = company.leaf(&[], |leaf| {
        leaf.subject_alt_names = vec![name("mailer.example.org")];
    });
    world.certificates.believe(&mailer, "mailer", NOW).unwrap();
    let cron = company.leaf(&[], |leaf| {
        leaf.distinguished_name.push(DnType::CommonName, "cron");
    });
    world.certificates.believe(&cron, "cron", NOW).unwrap();

    strangers_are_told_apart(&world, &company, &billing);
    world.admin.disable(&"billing".parse().unwrap()).unwrap();
    assert!(!world.directory.holds(&identity, NOW));
    assert_eq!(world.no(&billing, "billing", NOW), BadCertificate::Disabled);
}

fn strangers_are_told_apart(world: &World, company: &Company, billing: &[Vec<u8>]) {
    let two = company.leaf(&["spiffe://example.org/billing", "https://b"], |_| {});
    let alike = company.leaf(&["spiffe://example.org/billing/x"], |_| {});
    let alice = company.leaf(&[], |leaf| {
        let address = "alice@example.org".try_into().unwrap();
        leaf.subject_alt_names = vec![SanType::Rfc822Name(address)];
    });
    let revoked = company.leaf(&["spiffe://example.org/billing"], |leaf| {
        leaf.serial_number = Some(SerialNumber::from(66_u64));
    });
    let table = [
        (&two, "billing", BadCertificate::Unmapped),
        (&alike, "billing", BadCertificate::Unmapped),
        (&alice, "alice", BadCertificate::OtherKind),
        (&revoked, "billing", BadCertificate::Revoked),
        (&billing.to_vec(), "mailer", BadCertificate::OtherPrincipal),
    ];
    for (chain, user, expected) in table {
        assert_eq!(world.no(chain, user, NOW), expected, "{user}");
    }
}

/// A list that has ended says nothing of what was revoked since.
#[test]
fn without_a_list_of_now_nobody_comes_in() {
    let company = Company::new("company");
    let root = company.root.clone();
    let world = World::new(|dir| {
        vec![Trusted {
            authority: vec![root],
            revoked: Some(company.revoking(66, dir.join("crl.pem"))),
            rules: vec![Rule {
                groups: Vec::new(),
                named: Named::CommonName("cron".into()),
                principal: "cron".parse().unwrap(),
            }],
        }]
    });
    let cron = company.leaf(&[], |leaf| {
        leaf.distinguished_name.push(DnType::CommonName, "cron");
        leaf.not_after = moment(later(9_000));
    });
    assert!(world.certificates.believe(&cron, "cron", NOW).is_ok());
    let ended = world.certificates.believe(&cron, "cron", later(7_200));
    assert_eq!(ended.unwrap_err(), SignInFault::Unavailable);
}

#[test]
fn an_authority_has_a_successor_and_both_count() {
    let dir = tempfile::tempdir().unwrap();
    let day = 86_400;
    let first = Authority::open(dir.path(), NOW).unwrap();
    assert_eq!(first.certificates().len(), 1);
    let again = Authority::open(dir.path(), later(300 * day)).unwrap();
    assert_eq!(again.certificates(), first.certificates());
    let second = Authority::open(dir.path(), later(400 * day)).unwrap();
    assert_eq!(second.certificates().len(), 2);
    let request = CertificateParams::default();
    let request = request.serialize_request(&KeyPair::generate().unwrap());
    let request = request.unwrap().pem().unwrap();
    let end = later(900 * day);
    let signed = second.sign(&request, ("alice", "t1"), end, later(400 * day));
    assert_eq!(signed.unwrap().expires, end, "signed by the new one");
    let signed = first.sign(&request, ("alice", "t1"), end, NOW).unwrap();
    assert!(signed.expires < end, "no longer than the authority");

    let no = second.sign("no request", ("alice", "t1"), end, NOW);
    assert!(matches!(no, Err(NotSigned::Request)));
    let keys = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let keys: Vec<_> = keys
        .filter(|path| path.extension().unwrap() == "key")
        .collect();
    for key in &keys {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(key).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let open = second.sign(&request, ("alice", "t1"), end, later(400 * day));
    assert!(
        matches!(open, Err(authority::NotSigned::Open(_))),
        "{open:?}"
    );
}
