//! SCIM against its one door: requests in, answers and principals out.
// tidy: table — requests and what must come of them

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use model::{
    Clock, Guesses, Limits, PrincipalKind, PrincipalName, PrincipalRecord, ProvisionedKind, Store,
    Subjected, Timestamp,
};
use serde_json::{Value, json};
use store::SqliteStore;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::filter::Filter;
use super::schema::Schema;
use super::{Provisioning, Source, routes};
use crate::{Admin, Door, LocalDirectory, NewPrincipal, token};

const NOW: Timestamp = Timestamp(1_795_170_937_000_042);
const TOKEN: &str = "the directory's own";
const ISSUER: &str = "https://example.okta.com";

struct Now;

impl Clock for Now {
    fn now(&self) -> Timestamp {
        NOW
    }
}

struct World {
    address: std::net::SocketAddr,
    directory: Arc<LocalDirectory>,
    provisioning: Arc<Provisioning>,
    recorded: Arc<Mutex<Vec<String>>>,
    store: Arc<dyn Store>,
}

fn source() -> Source {
    Source {
        group_names: BTreeMap::new(),
        has_groups: true,
        issuer: Some(ISSUER.to_owned()),
        name: "okta".to_owned(),
        tokens: vec![
            token::digest(b"an old one"),
            token::digest(TOKEN.as_bytes()),
        ],
    }
}

impl World {
    async fn new(source: Source) -> Self {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
        let limits = Limits::default();
        let directory = Arc::new(LocalDirectory::new(store.clone(), [9; 32], &limits));
        let recorded = Arc::new(Mutex::new(Vec::new()));
        let told = recorded.clone();
        let recorder: crate::Recorder = Arc::new(move |act, by, facts| {
            told.lock()
                .unwrap()
                .push(format!("{act} by {by} {facts:?}"));
            Ok(())
        });
        let admin = Admin::new(directory.clone(), recorder, "scim:okta");
        let reviewing = Arc::new(|| BTreeSet::from(["dba".parse().unwrap()]));
        let provisioning = Arc::new(Provisioning::new(admin, source, reviewing, 5));
        let door = Door {
            clock: Arc::new(Now),
            guesses: Arc::new(Guesses::new(&limits)),
        };
        let router = routes(provisioning.clone(), door, true);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            directory,
            provisioning,
            recorded,
            store,
        }
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        self.ask_with(method, path, body, &[]).await
    }

    async fn ask_with(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> (StatusCode, Value) {
        let mut head = format!("{method} /scim/okta/v2{path} HTTP/1.1\r\nHost: gw:8443\r\n");
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            head.push_str("Authorization: Bearer ");
            head.push_str(TOKEN);
            head.push_str("\r\n");
        }
        for (name, value) in headers {
            for part in [name, ": ", value, "\r\n"] {
                head.push_str(part);
            }
        }
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let length = body.len();
        let asked = format!("{head}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}");
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(asked.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = StatusCode::from_bytes(&head.as_bytes()[9..12]).unwrap();
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    async fn user(&self, name: &str, external: Option<&str>) -> String {
        let asked = json!({ "userName": name, "externalId": external });
        let (status, shown) = self.ask("POST", "/Users", &asked).await;
        assert_eq!(status, StatusCode::CREATED, "{shown}");
        shown["id"].as_str().unwrap().to_owned()
    }

    async fn patch(&self, path: &str, operations: Value) -> (StatusCode, Value) {
        self.ask("PATCH", path, &json!({ "Operations": operations }))
            .await
    }

    fn principal(&self, name: &str) -> PrincipalRecord {
        let name: PrincipalName = name.parse().unwrap();
        self.store.principal(&name).unwrap().unwrap()
    }

    fn groups(&self, name: &str) -> Vec<String> {
        let groups = self.principal(name).groups.into_iter();
        groups.map(String::from).collect()
    }

    /// A token of that principal.
    fn issue(&self, name: &str) -> String {
        let admin = Admin::new(self.directory.clone(), Arc::new(|_, _, _| Ok(())), "test");
        let issued = admin.issue(&name.parse().unwrap(), 3_600, NOW.plus_s(-10));
        issued.unwrap().token.to_string()
    }

    fn counts(&self, token: &str) -> bool {
        use model::Directory as _;
        self.directory.show(None, token, NOW).is_ok()
    }
}

#[tokio::test]
async fn a_user_is_a_person_here_and_who_leaves_there_leaves_here() {
    let world = World::new(source()).await;
    let id = world.user("Alice@Example.com", Some("00u1")).await;
    let alice = world.principal("alice@example.com");
    assert_eq!(
        (alice.kind, alice.is_disabled),
        (PrincipalKind::Person, false)
    );
    let of = Subjected {
        issuer: ISSUER.to_owned(),
        subject: "00u1".to_owned(),
    };
    assert_eq!(world.store.linked(&of).unwrap(), Some(alice.name));
    let token = world.issue("alice@example.com");
    let mut changes = world.directory.changes();
    changes.mark_unchanged();
    // Okta's own words.
    let off = json!([{ "op": "replace", "value": { "active": false } }]);
    let (status, shown) = world.patch(&format!("/Users/{id}"), off).await;
    assert_eq!((status, &shown["active"]), (StatusCode::OK, &json!(false)));
    assert!(world.principal("alice@example.com").is_disabled);
    assert!(changes.has_changed().unwrap() && !world.counts(&token));
    // Entra's.
    let on = json!([{ "op": "Replace", "path": "active", "value": "True" }]);
    assert_eq!(
        world.patch(&format!("/Users/{id}"), on).await.0,
        StatusCode::OK
    );
    assert!(!world.principal("alice@example.com").is_disabled);
    assert!(!world.counts(&token), "what was revoked stays so");
    // An operator's no is not the directory's to take back.
    let admin = Admin::new(world.directory.clone(), Arc::new(|_, _, _| Ok(())), "olga");
    admin
        .disable(&"alice@example.com".parse().unwrap())
        .unwrap();
    for active in [json!(true), json!(false), json!(true)] {
        let asked =
            json!({ "userName": "alice@example.com", "externalId": "00u1", "active": active });
        let (status, shown) = world.ask("PUT", &format!("/Users/{id}"), &asked).await;
        assert_eq!(status, StatusCode::OK, "{shown}");
        assert!(world.principal("alice@example.com").is_disabled, "{active}");
    }
    assert_eq!(
        world
            .ask("DELETE", &format!("/Users/{id}"), &Value::Null)
            .await
            .0,
        204
    );
    assert_eq!(
        world
            .ask("GET", &format!("/Users/{id}"), &Value::Null)
            .await
            .0,
        404
    );
    let told = world.recorded.lock().unwrap().join("\n");
    for act in [
        "principal.added by scim:okta",
        "principal.disabled by scim:okta",
        "token.revoked",
    ] {
        assert!(told.contains(act), "{act}\n{told}");
    }
}

#[tokio::test]
async fn a_name_of_somebody_else_is_refused_and_a_known_subject_is_adopted() {
    let world = World::new(source()).await;
    let admin = Admin::new(world.directory.clone(), Arc::new(|_, _, _| Ok(())), "test");
    for (name, kind) in [
        ("dana", PrincipalKind::Person),
        ("deploy", PrincipalKind::Service),
    ] {
        let new = NewPrincipal {
            acts_for: None,
            groups: vec!["operators".parse().unwrap()],
            kind,
            name: name.parse().unwrap(),
        };
        admin.add(new, NOW).unwrap();
        let of = Subjected {
            issuer: ISSUER.to_owned(),
            subject: format!("sub-{name}"),
        };
        admin.link(&name.parse().unwrap(), &of).unwrap();
    }
    let cases = [
        (json!({ "userName": "dana" }), 409),
        (json!({ "userName": "dana", "externalId": "other" }), 409),
        (json!({ "userName": "x", "externalId": "sub-deploy" }), 409),
        (json!({ "userName": "two words" }), 400),
        (json!({ "displayName": "nameless" }), 400),
        (json!({ "userName": 7 }), 400),
        (
            json!({ "userName": "dana.new", "externalId": "sub-dana" }),
            201,
        ),
        (json!({ "userName": "DANA.new" }), 409),
    ];
    for (asked, expected) in cases {
        let (status, said) = world.ask("POST", "/Users", &asked).await;
        assert_eq!(status, expected, "{asked} {said}");
    }
    // From now on in the groups the directory says, and in no other.
    assert_eq!(world.groups("dana"), ["operators"; 0]);
    assert_eq!(
        world.store.principal(&"dana.new".parse().unwrap()).unwrap(),
        None
    );
}

#[tokio::test]
async fn groups_say_who_is_in_what_but_make_no_operator() {
    let world = World::new(source()).await;
    let (alice, dana) = (
        world.user("alice", None).await,
        world.user("dana", None).await,
    );
    let members = |ids: &[&str]| -> Value { ids.iter().map(|id| json!({ "value": id })).collect() };
    let asked = json!({ "displayName": "developers", "members": members(&[&alice, &dana]) });
    let (status, group) = world.ask("POST", "/Groups", &asked).await;
    assert_eq!(status, 201, "{group}");
    let path = format!("/Groups/{}", group["id"].as_str().unwrap());
    assert_eq!(world.groups("alice"), ["developers"]);
    let (_, shown) = world
        .ask("GET", &format!("/Users/{alice}"), &Value::Null)
        .await;
    assert_eq!(shown["groups"][0]["display"], "developers");
    // Three ways to say the same.
    let ways = [
        json!([{ "op": "remove", "path": format!("members[value eq \"{alice}\"]") }]),
        json!([{ "op": "Remove", "path": "members", "value": members(&[&alice]) }]),
        json!([{ "op": "replace", "path": "members", "value": members(&[&dana]) }]),
    ];
    for way in ways {
        let (status, said) = world.patch(&path, way).await;
        assert_eq!(status, 200, "{said}");
        assert_eq!(
            (world.groups("alice"), world.groups("dana")),
            (vec![], vec!["developers".to_owned()])
        );
        let back = json!([{ "op": "add", "path": "members", "value": members(&[&alice]) }]);
        world.patch(&path, back).await;
        assert_eq!(world.groups("alice"), ["developers"]);
    }
    // Okta renames with what it read before; and the guarded names count for nothing.
    for (name, counts) in [
        ("operators", false),
        ("dba", false),
        ("leads", true),
        ("two words", false),
    ] {
        let rename = json!([{ "op": "replace", "value": { "id": "x", "displayName": name } }]);
        let (status, said) = world.patch(&path, rename).await;
        assert_eq!(status, 200, "{said}");
        let expected: Vec<&str> = counts.then_some(name).into_iter().collect();
        assert_eq!(world.groups("alice"), expected, "{name}");
    }
    let nested = json!([{ "op": "add", "path": "members", "value": members(&["nobody"]) }]);
    assert_eq!(world.patch(&path, nested).await.0, 400);
    assert_eq!(world.ask("DELETE", &path, &Value::Null).await.0, 204);
    assert_eq!(world.groups("alice"), ["leads"; 0]);
}

#[tokio::test]
async fn groups_have_the_names_the_configuration_gives_them() {
    let world = World::new(Source {
        group_names: BTreeMap::from([("DB-Admins".to_owned(), "operators".parse().unwrap())]),
        ..source()
    })
    .await;
    let alice = world.user("alice", None).await;
    for name in ["DB-Admins", "Everyone"] {
        let asked = json!({ "displayName": name, "members": [{ "value": alice }] });
        assert_eq!(world.ask("POST", "/Groups", &asked).await.0, 201);
    }
    assert_eq!(world.groups("alice"), ["operators"]);
}

#[tokio::test]
async fn only_the_directory_and_only_so_many_tries() {
    let world = World::new(source()).await;
    let with = |token: &str| format!("Bearer {token}");
    let tries = [
        (with(TOKEN), 200),
        (with("an old one"), 200),
        (TOKEN.to_owned(), 401),
        (with(""), 401),
        (with("wrong"), 401),
    ];
    for (shown, expected) in tries {
        let headers = [("authorization", shown.as_str())];
        let (status, said) = world
            .ask_with("GET", "/Users", &Value::Null, &headers)
            .await;
        assert_eq!(status, expected, "{shown} {said}");
    }
    let wrong = [("authorization", "Bearer wrong")];
    for _ in 0..20 {
        world.ask_with("GET", "/Users", &Value::Null, &wrong).await;
    }
    let (status, said) = world.ask_with("GET", "/Users", &Value::Null, &wrong).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{said}");
    let (status, said) = world.ask("GET", "/Users", &Value::Null).await;
    assert_eq!(
        status,
        StatusCode::OK,
        "the right one is not held up: {said}"
    );
    let told = world.recorded.lock().unwrap();
    let refused = told.iter().filter(|act| act.contains("sign_in.refused"));
    assert_eq!(
        refused.count(),
        11,
        "ten guesses, and once that more are not looked at"
    );
}

#[tokio::test]
async fn versions_bounds_and_what_is_not_there() {
    let world = World::new(source()).await;
    let id = world.user("alice", None).await;
    let path = format!("/Users/{id}");
    let (_, shown) = world.ask("GET", &path, &Value::Null).await;
    let version = shown["meta"]["version"].as_str().unwrap().to_owned();
    assert_eq!(
        shown["meta"]["location"],
        format!("https://gw:8443/scim/okta/v2{path}")
    );
    let put = json!({ "userName": "alice", "displayName": "A" });
    let tries = [
        ("GET", ("if-none-match", version.as_str()), 304),
        ("PUT", ("if-match", "W/\"9\""), 412),
        ("PUT", ("if-match", version.as_str()), 200),
        ("PUT", ("if-match", version.as_str()), 412),
        ("DELETE", ("if-match", version.as_str()), 412),
    ];
    for (method, header, expected) in tries {
        let (status, said) = world.ask_with(method, &path, &put, &[header]).await;
        assert_eq!(status, expected, "{method} {header:?} {said}");
    }
    for name in ["b", "c", "d", "e"] {
        world.user(name, None).await;
    }
    let (status, said) = world
        .ask("POST", "/Users", &json!({ "userName": "f" }))
        .await;
    assert_eq!(
        (status, said["scimType"].as_str()),
        (StatusCode::BAD_REQUEST, Some("tooMany"))
    );
    let pages = [
        ("", 5, 5),
        ("?count=2", 5, 2),
        ("?startIndex=4&count=10", 5, 2),
        ("?count=0", 5, 0),
        ("?startIndex=-3&count=-1", 5, 0),
        ("?filter=userName%20eq%20%22B%22", 1, 1),
        ("?filter=userName%20sw%20%22x%22", 0, 0),
    ];
    for (query, found, shown) in pages {
        let (_, page) = world
            .ask("GET", &format!("/Users{query}"), &Value::Null)
            .await;
        assert_eq!(page["totalResults"], found, "{query} {page}");
        assert_eq!(
            page["Resources"].as_array().unwrap().len(),
            shown,
            "{query}"
        );
    }
    for (method, path, expected) in [
        ("GET", "/Users/none", 404),
        ("GET", "/Groups/none", 404),
        ("GET", &format!("/Groups/{id}"), 404),
        ("GET", "/Users?filter=nothing%20eq%201", 400),
        ("GET", "/elsewhere", 404),
        ("POST", "/.search", 501),
        ("DELETE", "/Schemas", 405),
    ] {
        assert_eq!(
            world.ask(method, path, &Value::Null).await.0,
            expected,
            "{method} {path}"
        );
    }
    world.provisioning.reconcile(NOW).unwrap();
}

#[test]
fn a_filter_is_read_as_the_specification_writes_it() {
    let user = json!({
        "id": "AbC", "userName": "bjensen", "active": true, "externalId": "X1",
        "name": { "familyName": "O'Malley" },
        "emails": [{ "type": "work", "value": "b@example.com" }, { "type": "home", "value": "b@home" }],
        "meta": { "lastModified": "2026-05-13T04:42:34Z" },
    });
    let cases = [
        ("userName eq \"BJensen\"", true),
        ("username Eq \"bjensen\"", true),
        ("id eq \"abc\"", false),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"bj\"",
            true,
        ),
        ("name.familyName co \"o'm\"", true),
        ("name.familyName pr and not (active eq false)", true),
        ("emails co \"@home\"", true),
        ("emails.type ne \"other\"", true),
        ("emails[type eq \"work\" and value ew \"@home\"]", false),
        ("emails[type eq \"work\" and value ew \".com\"]", true),
        (
            "userName eq \"x\" or active eq true and externalId eq \"X1\"",
            true,
        ),
        (
            "(userName eq \"x\" or active eq true) and externalId eq \"x1\"",
            false,
        ),
        ("meta.lastModified gt \"2026-05-13T04:42:33Z\"", true),
        ("meta.lastModified lt \"2026-05-13T04:42:34.000001Z\"", true),
        ("displayName pr", false),
        ("userName eq \"a\\\"b\"", false),
    ];
    let schema = Schema::of(ProvisionedKind::User);
    for (text, expected) in cases {
        let filter = Filter::read(text, schema).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        assert_eq!(filter.holds(user.as_object().unwrap()), expected, "{text}");
    }
    let deep = format!("{}userName pr{}", "(".repeat(9), ")".repeat(9));
    let wide = vec!["userName pr"; 51].join(" or ");
    let long = format!("userName eq \"{}\"", "x".repeat(4_096));
    for text in [
        "",
        "userName",
        "userName eq",
        "userName eq bob",
        "userName is \"x\"",
        "nothing pr",
        "userName pr)",
        "(userName pr",
        "emails[type eq \"work\"",
        "userName[type pr]",
        "and",
        "not userName pr",
        "userName eq \"x",
        "userName pr or",
        &deep,
        &wide,
        &long,
    ] {
        assert!(Filter::read(text, schema).is_err(), "{text}");
    }
}

#[test]
fn a_change_is_made_whole_or_not_at_all() {
    let before = json!({
        "userName": "alice", "name": { "givenName": "A" },
        "emails": [{ "type": "work", "value": "a@x", "primary": true }],
    });
    let after = |more: Value| {
        let mut whole = before.clone();
        whole
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        whole
    };
    let cases = [
        (
            json!([{ "op": "replace", "path": "name.familyName", "value": "B" }]),
            Some(after(
                json!({ "name": { "givenName": "A", "familyName": "B" } }),
            )),
        ),
        (
            json!([{ "op": "add", "value": { "name.familyName": "B", "title": "Dr" } }]),
            Some(after(
                json!({ "name": { "givenName": "A", "familyName": "B" } }),
            )),
        ),
        (
            json!([{ "op": "replace", "path": "name", "value": { "formatted": "A B" } }]),
            Some(after(
                json!({ "name": { "givenName": "A", "formatted": "A B" } }),
            )),
        ),
        (
            json!([{ "op": "add", "path": "emails", "value": [{ "value": "b@x", "primary": true }] }]),
            Some(after(
                json!({ "emails": [{ "type": "work", "value": "a@x", "primary": false },
                                       { "value": "b@x", "primary": true }] }),
            )),
        ),
        (
            json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "c@x" }]),
            Some(after(
                json!({ "emails": [{ "type": "work", "value": "c@x", "primary": true }] }),
            )),
        ),
        (
            json!([{ "op": "Add", "path": "emails[type eq \"home\"].value", "value": "h@x" }]),
            Some(after(
                json!({ "emails": [{ "type": "work", "value": "a@x", "primary": true },
                                       { "type": "home", "value": "h@x" }] }),
            )),
        ),
        (
            json!([{ "op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:displayName",
                  "value": "A" }]),
            Some(after(json!({ "displayName": "A" }))),
        ),
        (
            json!([{ "op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
                  "value": "A" }]),
            Some(before.clone()),
        ),
        (
            json!([{ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "h@x" }]),
            None,
        ),
        (json!([{ "op": "remove" }]), None),
        (json!([{ "op": "remove", "path": "userName" }]), None),
        (
            json!([{ "op": "replace", "path": "id", "value": "x" }]),
            None,
        ),
        (
            json!([{ "op": "add", "path": "groups", "value": [{ "value": "g" }] }]),
            None,
        ),
        (
            json!([{ "op": "upsert", "path": "userName", "value": "x" }]),
            None,
        ),
        (
            json!([{ "op": "replace", "path": "active", "value": "perhaps" }]),
            None,
        ),
        (
            json!([{ "op": "replace", "path": "emails[type eq", "value": "x" }]),
            None,
        ),
        (json!("nothing"), None),
    ];
    let schema = Schema::of(ProvisionedKind::User);
    for (operations, expected) in cases {
        let said = json!({ "Operations": operations });
        let changed = super::patch::apply(schema, before.as_object().unwrap(), &said);
        assert_eq!(changed.ok().map(Value::Object), expected, "{said}");
    }
}
