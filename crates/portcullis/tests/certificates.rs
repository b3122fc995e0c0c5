//! Client certificates with a stock client: `psql` as it comes.
#![expect(clippy::unwrap_used, reason = "what fails here ends the test")]

mod support;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    SanType,
};
use support::home::{Home, bare};
use support::{run, said};

#[test]
fn psql_signs_in_by_certificate_and_no_password_and_every_no_is_told_apart() {
    let world = Home::new("");
    let (alice, token) = world.certificate("alice", "1h");
    let came = world.come("alice", &alice);
    assert!(came.contains("came in as postgres"), "{came}");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(alice.join("client.key"))
            .unwrap()
            .permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);

    // Another's name.
    world
        .house
        .add("bob", &["--kind", "person", "--group", "developers"]);
    let no = world.come("bob", &alice);
    assert!(
        no.contains("it is not the one of the principal named as user"),
        "{no}"
    );
    // A stranger's authority, and one who writes a certificate for himself.
    let stranger = tempfile::tempdir().unwrap();
    Company::new().write(stranger.path(), "urn:portcullis:token:t000000000000");
    let no = world.come("alice", stranger.path());
    assert!(no.contains("no authority trusted here signed it"), "{no}");
    assert!(no.contains("sslcertmode=disable"), "{no}");
    // One that has ended.
    let (ended, _) = world.certificate("alice", "1s");
    std::thread::sleep(std::time::Duration::from_secs(2));
    let no = world.come("alice", &ended);
    assert!(no.contains("it has expired"), "{no}");
    // One whose token is revoked: sessions that came in by it end too.
    let mut open = Asked::by(&world, &alice);
    assert!(open.says("SELECT 'still here';", "still here"));
    let tokens = run(&mut world.house.verb(&["tokens", "ls", "--format", "json"]));
    let tokens: serde_json::Value = serde_json::from_slice(&tokens.stdout).unwrap();
    let id = token_of(&world, &token, &tokens);
    let revoked = run(&mut world.house.verb(&["tokens", "revoke", &id]));
    assert!(revoked.status.success(), "{}", said(&revoked));
    let no = world.come("alice", &alice);
    assert!(no.contains("it has been revoked"), "{no}");
    open.ends();
    // A principal that is disabled.
    let (bob, _) = world.certificate("bob", "1h");
    assert!(world.come("bob", &bob).contains("came in"));
    let disabled = run(&mut world.house.verb(&["principals", "disable", "bob"]));
    assert!(disabled.status.success(), "{}", said(&disabled));
    let no = world.come("bob", &bob);
    assert!(no.contains("its principal is disabled"), "{no}");
    let told = [
        "other_principal",
        "authority",
        "expired",
        "revoked",
        "disabled",
    ];
    assert_eq!(world.reasons(), told);
}

/// The id of a token: the certificate issued for it says which.
fn token_of(world: &Home, token: &str, _all: &serde_json::Value) -> String {
    let made = run(&mut world.verb(token, &["certificate", "--format", "json"]));
    assert!(made.status.success(), "{}", said(&made));
    let issued = world
        .house
        .entries()
        .into_iter()
        .rev()
        .find(|entry| entry.to_string().contains("certificate.issued"));
    let issued = issued.unwrap().to_string();
    let at = issued.find("\"t").unwrap();
    let words = issued.get(at..).unwrap().split('"');
    let is_id = |word: &&str| word.len() == 13 && word.starts_with('t');
    words.into_iter().find(is_id).unwrap().to_owned()
}

/// An open session.
struct Asked {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Asked {
    fn by(world: &Home, folder: &Path) -> Self {
        let dsn = format!(
            "host=127.0.0.1 port={} user=alice dbname=shop sslmode=require sslcert={} sslkey={}",
            world.port(),
            folder.join("client.crt").display(),
            folder.join("client.key").display()
        );
        let mut psql = bare();
        psql.args(["-XAtwq", &dsn])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = psql.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn says(&mut self, sql: &str, expected: &str) -> bool {
        use std::io::Write as _;
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{sql}").unwrap();
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.contains(expected)
    }

    /// Waits until the gateway has ended it.
    fn ends(mut self) {
        support::until("the end of the session", || {
            (!self.says("SELECT 'still here';", "still here")).then_some(())
        });
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }
}

/// An authority of a company's own.
struct Company {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Company {
    fn new() -> Self {
        let mut root = CertificateParams::default();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.distinguished_name.push(DnType::CommonName, "company");
        let key = KeyPair::generate().unwrap();
        let pem = root.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(root, key),
            pem,
        }
    }

    /// Writes a client's certificate and key.
    fn write(&self, folder: &Path, uri: &str) {
        let mut leaf = CertificateParams::default();
        leaf.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let made = leaf.signed_by(&key, &self.issuer).unwrap();
        std::fs::write(folder.join("client.crt"), made.pem()).unwrap();
        let path = folder.join("client.key");
        std::fs::write(&path, key.serialize_pem()).unwrap();
        let owners = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(path, owners).unwrap();
    }
}

#[test]
fn a_workload_signs_in_by_its_spiffe_id() {
    let company = Company::new();
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root.pem");
    std::fs::write(&root, &company.pem).unwrap();
    let world = Home::new(&format!(
        "[[identity.certificates]]\nauthority = \"file:{}\"\n\
         [[identity.certificates.services]]\nprincipal = \"billing\"\n\
         groups = [\"developers\"]\nuri = \"spiffe://example.org/ns/prod/sa/billing\"\n",
        root.display()
    ));
    company.write(dir.path(), "spiffe://example.org/ns/prod/sa/billing");
    let came = world.come("billing", dir.path());
    assert!(came.contains("came in as postgres"), "{came}");
    let no = world.come("alice", dir.path());
    assert!(no.contains("named as user"), "{no}");
    company.write(dir.path(), "spiffe://example.org/ns/prod/sa/mailer");
    let no = world.come("billing", dir.path());
    assert!(no.contains("no rule says whose it is"), "{no}");
    let opened = world.house.entries().into_iter();
    let opened: Vec<_> = opened
        .map(|entry| entry.to_string())
        .filter(|entry| entry.contains("session.open") && entry.contains("billing"))
        .collect();
    assert!(
        opened.iter().all(|entry| entry.contains("service")),
        "{opened:?}"
    );
    assert_eq!(opened.len(), 1);
}
