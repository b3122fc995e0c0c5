//! `env`: how to reach a target, in the form a tool wants it: one paste away.
//!
//! With `--certificate` nothing that is printed proves anybody by itself: it names files that only
//! their owner reads.

use serde_json::{Value, json};

use super::reach::{Named, Way, escaped};
use crate::exit::{Exit, Stop};
use crate::output::{json as print_json, line};
use crate::place::Place;

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Form {
    /// For `dbeaver -con "$(portcullis env shop --format dbeaver)"`
    Dbeaver,
    /// A URL
    Dsn,
    /// PG… variables for a shell: eval "$(portcullis env shop)"
    #[default]
    Env,
    /// A JDBC URL
    Jdbc,
    /// JSON
    Json,
    /// A line of ~/.pgpass
    Pgpass,
    /// A section of `~/.pg_service.conf`, named like the target
    Service,
}

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The target, or target/database
    target: String,
    #[command(flatten)]
    named: Named,
    /// In which form
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

/// Prints it.
pub(crate) async fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    let way = args.named.way(&args.target, place).await?;
    match args.format {
        Form::Dbeaver => line(&dbeaver(&way))?,
        Form::Dsn => line(&way.dsn())?,
        Form::Env => line(&variables(&way))?,
        Form::Jdbc => line(&jdbc(&way))?,
        Form::Json => print_json(&object(&way))?,
        Form::Pgpass => line(&pgpass(&way)?)?,
        Form::Service => line(&section(&way))?,
    }
    Ok(Exit::Done)
}

/// The words of `libpq`, in its order of importance.
fn words(way: &Way) -> Vec<(&'static str, String)> {
    let mut words = vec![
        ("host", way.host.clone()),
        ("port", way.port.to_string()),
        ("user", way.user.clone()),
        ("dbname", way.target.clone()),
    ];
    words.extend(way.proof());
    words.push(("sslmode", "require".to_owned()));
    words
}

fn variables(way: &Way) -> String {
    let named = |(word, value): (&'static str, String)| {
        let name = match word {
            "dbname" => "PGDATABASE".to_owned(),
            word => format!("PG{}", word.to_uppercase()),
        };
        format!("{name}={}", quoted(&value))
    };
    let all: Vec<_> = words(way).into_iter().map(named).collect();
    format!("export {}", all.join(" "))
}

/// A word of a POSIX shell.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%_-+=:,./".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn section(way: &Way) -> String {
    let lines: Vec<_> = words(way)
        .into_iter()
        .map(|(word, value)| format!("{word}={value}"))
        .collect();
    format!("[{}]\n{}", way.target, lines.join("\n"))
}

/// host:port:database:user:password, where `:` and `\` are escaped.
fn pgpass(way: &Way) -> anyhow::Result<String> {
    if way.certificate.is_some() {
        return Err(Stop::usage(
            "a .pgpass holds passwords, and a certificate has none",
            "leave out --certificate, or take --format service",
        ));
    }
    let escaped = |text: &str| text.replace('\\', "\\\\").replace(':', "\\:");
    Ok(format!(
        "{}:{}:{}:{}:{}",
        escaped(&way.host),
        way.port,
        escaped(&way.target),
        escaped(&way.user),
        escaped(&way.token)
    ))
}

/// The JDBC driver takes a key as PKCS #8 in DER.
fn jdbc(way: &Way) -> String {
    let (host, port, target) = (way.url_host(), way.port, escaped(&way.target));
    let user = escaped(&way.user);
    let path = |path: &std::path::Path| escaped(&path.display().to_string());
    let proof = match &way.certificate {
        None => format!("password={}", escaped(&way.token)),
        Some(files) => format!(
            "sslcert={}&sslkey={}",
            path(&files.certificate),
            path(&files.pk8)
        ),
    };
    format!("jdbc:postgresql://{host}:{port}/{target}?user={user}&{proof}&sslmode=require")
}

fn dbeaver(way: &Way) -> String {
    let Way {
        host,
        port,
        target,
        user,
        token,
        ..
    } = way;
    let proof = match &way.certificate {
        None => format!("password={token}"),
        Some(files) => format!(
            "prop.sslcert={}|prop.sslkey={}",
            files.certificate.display(),
            files.pk8.display()
        ),
    };
    format!(
        "driver=postgresql|name=portcullis {target}|host={host}|port={port}|database={target}|\
         user={user}|{proof}|prop.sslmode=require"
    )
}

fn object(way: &Way) -> Value {
    let mut object = json!({
        "host": way.host, "port": way.port, "user": way.user, "database": way.target,
        "sslmode": "require", "dsn": way.dsn(),
    });
    for (word, value) in way.proof() {
        if let Some(members) = object.as_object_mut() {
            members.insert(word.to_owned(), value.into());
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::*;
    use crate::certificate::Files;

    fn way(certificate: bool) -> Way {
        Way {
            certificate: certificate.then(|| Files {
                certificate: "/home/a b/client.crt".into(),
                expires: Timestamp(0),
                key: "/home/a b/client.key".into(),
                pk8: "/home/a b/client.pk8".into(),
            }),
            host: "::1".to_owned(),
            port: 6432,
            target: "shop/shop".to_owned(),
            token: "pct_t-0".to_owned(),
            user: "erin@example.com".to_owned(),
        }
    }

    #[test]
    fn every_form_escapes_what_it_must() {
        let table = [
            (
                pgpass(&way(false)).unwrap(),
                r"\:\:1:6432:shop/shop:erin@example.com:pct_t-0",
            ),
            (
                way(false).dsn(),
                "postgres://erin%40example.com:pct_t-0@[::1]:6432/shop%2Fshop?sslmode=require",
            ),
            (
                way(true).dsn(),
                "postgres://erin%40example.com@[::1]:6432/shop%2Fshop?sslmode=require\
                 &sslcert=%2Fhome%2Fa%20b%2Fclient.crt&sslkey=%2Fhome%2Fa%20b%2Fclient.key",
            ),
            (
                jdbc(&way(true)),
                "jdbc:postgresql://[::1]:6432/shop%2Fshop?user=erin%40example.com\
                 &sslcert=%2Fhome%2Fa%20b%2Fclient.crt&sslkey=%2Fhome%2Fa%20b%2Fclient.pk8\
                 &sslmode=require",
            ),
            (
                variables(&way(true)),
                "export PGHOST=::1 PGPORT=6432 PGUSER=erin@example.com PGDATABASE=shop/shop \
                 PGSSLCERT='/home/a b/client.crt' PGSSLKEY='/home/a b/client.key' \
                 PGSSLMODE=require",
            ),
            (quoted("it's"), r"'it'\''s'"),
        ];
        for (form, expected) in table {
            assert_eq!(form, expected);
        }
        assert!(pgpass(&way(true)).is_err());
        let printed = [
            dbeaver(&way(true)),
            section(&way(true)),
            object(&way(true)).to_string(),
        ];
        for printed in printed {
            assert!(!printed.contains("pct_"), "{printed}");
        }
    }
}
