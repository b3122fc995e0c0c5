//! Each mistake and the very line it is answered with.

use std::path::Path;

use super::read;

fn said(text: &str) -> String {
    let env = |name: &str| (name == "PASSWORD").then(|| "s%40cret".to_owned());
    match read(Path::new("portcullis.toml"), text, &env) {
        Ok(_) => "ok".to_owned(),
        Err(faults) => faults.to_string(),
    }
}

fn each(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(said(text), format!("portcullis.toml:{expected}"), "{text}");
    }
}

const TARGET: &str = "data_dir = \"d\"\n[targets.shop]\nkind = \"postgres\"\n";
const URL: &str = "url = \"postgres://app:${PASSWORD}@db/orders\"\n";

#[test]
fn every_mistake_has_its_line_and_a_way_out() {
    let table = [
        (
            "data_dri = \"d\"",
            "1:1: unknown key `data_dri`: did you mean `data_dir`?",
        ),
        (
            "data_dir = 5",
            "1:12: invalid type: integer `5`, expected a string",
        ),
        ("builtin = true", "1:1: the key `data_dir` is missing here"),
        (
            "data_dir = \"d\"\n[listen]\npostgress = \"a\"",
            "3:1: unknown key `postgress`: did you mean `postgres`?",
        ),
        (
            "data_dir = \"d\"\n[listen]\npostgres = \"6432\"",
            "3:12: \"6432\" is no address to listen on: an address is host:port, such as \
             127.0.0.1:6432",
        ),
        (
            "data_dir = \"d\"\n[listen]\nmysql = \"0.0.0.0:6306\"",
            "3:9: listen.mysql is not built yet: leave it out",
        ),
        (
            "data_dir = \"${HOUSE}\"",
            "1:12: `${HOUSE}` is not set: export HOUSE",
        ),
        (
            "data_dir = \"a$b\"",
            "1:12: a `$` is written `$$`, a variable `${NAME}`",
        ),
    ];
    each(&table);
}

#[test]
fn a_value_that_cannot_be_is_said_where_it_stands() {
    let table = [
        (
            "data_dir = \"d\"\n[limits]\nhold_ss = 5",
            "3:1: unknown key `hold_ss`: did you mean `hold_s`?",
        ),
        (
            "data_dir = \"d\"\n[limits]\nhold_s = -5",
            "3:10: invalid value: integer `-5`, expected u32",
        ),
        (
            "data_dir = \"d\"\npolicies = \"no/such\"",
            "2:12: no/such is not there: make it, or leave `policies` out",
        ),
        (
            "data_dir = \"d\"\n[store]\nurl = \"redis:x\"",
            "3:7: a store is sqlite:FILE, such as sqlite:portcullis.db",
        ),
        (
            "data_dir = \"d\"\n[masking]\nscope = \"world\"",
            "3:9: \"world\" is not a scope: there are `tenant`, `identity` and `session`",
        ),
        (
            "data_dir = \"d\"\n[masking.scopes]\n\"pii.mail\" = \"session\"",
            "3:1: unknown class `pii.mail`: did you mean `pii.email`?",
        ),
        (
            "data_dir = \"d\"\n[masking]\nkey_version = 0",
            "3:15: versions of the mask keys count from 1",
        ),
        (
            "data_dir = \"d\"\n[tls]\ncertificate = \"-----BEGIN \"",
            "3:15: tls.certificate needs tls.key beside it",
        ),
        (
            "data_dir = \"d\"\n[[listeners]]\naddress = \"[::1]:1\"\nsign_in = \"scran\"",
            "4:11: unknown value `scran`: did you mean `scram`?",
        ),
        (
            "data_dir = \"d\"\n[[listeners]]\naddress = \"[::1]:1\"\ntarget = \"shop\"",
            "4:10: unknown target `shop`",
        ),
        (
            "data_dir = \"d\"\nx = [",
            "2:6: unclosed array, expected `]`",
        ),
    ];
    each(&table);
}

#[test]
fn a_targets_mistakes_are_said_at_the_target() {
    let table = [
        (
            "url = \"mysql://a@b/c\"",
            "4:7: a postgres target's URL starts with postgres://, not mysql://",
        ),
        (
            "url = \"postgres://b/c\"",
            "4:7: the URL names no role: postgres://ROLE:password@host/database",
        ),
        (
            "url = \"postgres://a@b/c?sslmod=x\"",
            "4:7: unknown URL parameter `sslmod`: did you mean `sslmode`?",
        ),
        (
            "url = \"postgres://a@b/c?sslmode=verify\"",
            "4:7: unknown sslmode `verify`: did you mean `verify-ca`?",
        ),
        (
            "url = \"postgres://a@b/c?sslmode=verify-full&sslrootcert=nowhere.pem\"",
            "4:7: sslrootcert nowhere.pem is not there",
        ),
        (
            "url = \"file:nowhere\"",
            "4:7: cannot read nowhere: No such file or directory (os error 2)",
        ),
        ("", "2:1: the key `url` is missing here"),
    ];
    for (rest, expected) in table {
        let text = format!("{TARGET}{rest}");
        assert_eq!(said(&text), format!("portcullis.toml:{expected}"), "{text}");
    }
    let table = [
        (
            "groups = [\"a b\"]",
            "5:11: \"a b\" is not a name: 1 to 63 of a-z, A-Z, 0-9, '.', '_', '-' and '@', starting \
             with a letter or digit",
        ),
        (
            "mode = \"observ\"",
            "5:8: unknown value `observ`: did you mean `observe`?",
        ),
        (
            "[catalog.shp.columns]",
            "5:10: unknown target `shp`: did you mean `shop`?",
        ),
        (
            "[catalog.shop.columns]\n\"customers.email\" = \"none\"",
            "6:1: \"customers.email\" is not schema.table.column",
        ),
        (
            "[catalog.shop.columns]\n\"public.customers.email\" = \"pii.mail\"",
            "6:28: unknown class `pii.mail`: did you mean `pii.email`?",
        ),
    ];
    for (rest, expected) in table {
        let text = format!("{TARGET}{URL}{rest}");
        assert_eq!(said(&text), format!("portcullis.toml:{expected}"), "{text}");
    }
}

#[test]
fn all_mistakes_are_said_at_once() {
    let text = "data_dir = \"d\"\n[listen]\npostgres = \"x\"\nmysql = \"y:1\"";
    assert_eq!(said(text).lines().count(), 2);
}

#[test]
fn what_is_written_is_what_is_meant() {
    let text = format!(
        "{TARGET}{URL}groups = [\"developers\"]\nlabels = {{ owner = \"payments\" }}\n\
         [listen]\npostgres = \"127.0.0.1:6432\"\n[limits]\nhold_s = 7\n\
         [[listeners]]\naddress = \"127.0.0.1:6433\"\ntarget = \"shop\"\nsign_in = \"token\"\n\
         [catalog.shop.columns]\n\"public.t.c\" = \"none\"\n"
    );
    let env = |name: &str| (name == "PASSWORD").then(|| "s%40cret".to_owned());
    let config = read(Path::new("/etc/portcullis/portcullis.toml"), &text, &env).unwrap();
    assert_eq!(config.data_dir, Path::new("/etc/portcullis/d"));
    assert_eq!(config.store, Path::new("/etc/portcullis/d/portcullis.db"));
    assert_eq!(config.limits.hold_s, 7);
    assert_eq!(config.listeners.len(), 2);
    let [shop] = config.targets.as_slice() else {
        panic!("one target")
    };
    assert_eq!(shop.facts.environment, "production");
    assert_eq!(shop.place.password.as_deref(), Some("s@cret"));
    assert_eq!(
        shop.place.to_string(),
        "postgres://app@db:5432/orders?sslmode=prefer"
    );
    assert!(
        !format!("{config:?}").contains("cret"),
        "no secret in a debug print"
    );
    let columns: Vec<_> = shop.columns.values().collect();
    assert_eq!(columns, [&None]);
}

#[test]
fn the_schema_knows_every_section_and_bound() {
    let schema = super::schema();
    for key in [
        "data_dir",
        "listen",
        "listeners",
        "targets",
        "limits",
        "catalog",
        "tls",
    ] {
        assert!(
            schema.pointer(&format!("/properties/{key}")).is_some(),
            "{key}"
        );
    }
    assert!(
        schema
            .pointer("/properties/limits/properties/hold_s")
            .is_some()
    );
}

#[test]
fn a_provider_that_would_let_anybody_in_is_no_provider() {
    let with = |more: &str| format!("data_dir = \"d\"\n[identity.oidc.okta]\n{more}");
    let table = [
        (
            "issuer = \"http://id.example\"\nclient_id = \"x\"",
            "3:10: \"http://id.example\": an issuer is https://…, as its tokens' `iss` writes it",
        ),
        (
            "issuer = \"http://127.0.0.1.example\"\nclient_id = \"x\"",
            "3:10: \"http://127.0.0.1.example\": an issuer is https://…, as its tokens' `iss` \
             writes it",
        ),
        (
            "issuer = \"https://id.example\"",
            "2:16: whose tokens? name our client there (`client_id`), or the `audiences` of its \
             workloads\nportcullis.toml:2:16: nobody can come from here: people need a \
             `client_id`, workloads a [[…workloads]]",
        ),
        (
            "issuer = \"https://id.example\"\nclient_id = \"x\"\nsession = \"8\"",
            "5:11: \"8\" is no duration: write 90s, 15m, 8h or 30d",
        ),
        (
            "issuer = \"https://id.example\"\naudiences = [\"db\"]\n\
             [[identity.oidc.okta.workloads]]\nprincipal = \"ci\"\nrequire = { }",
            "6:13: every token of this issuer would be this service: `require` at least one claim \
             that tells it from everybody else",
        ),
        (
            "issuer = \"https://id.example\"\nclient_id = \"x\"\ngroup_claim = \"g\"",
            "5:1: unknown key `group_claim`: did you mean `groups_claim`?",
        ),
    ];
    let nobody = "data_dir = \"d\"\n[[listeners]]\naddress = \"127.0.0.1:1\"\n\
                  sign_in = \"oauth\"";
    let expected = "portcullis.toml:3:11: nobody gives access tokens for sign_in = \"oauth\": \
                    name a provider with `audiences` under [identity.oidc]";
    assert_eq!(said(nobody), expected);
    for (more, expected) in table {
        assert_eq!(
            said(&with(more)),
            format!("portcullis.toml:{expected}"),
            "{more}"
        );
    }
    let whole = "issuer = \"https://id.example\"\nclient_id = \"x\"\n\
                 groups = { \"DB Admins\" = \"operators\" }\nrequire = { hd = [\"a.example\"] }";
    assert_eq!(said(&with(whole)), "ok");
}
