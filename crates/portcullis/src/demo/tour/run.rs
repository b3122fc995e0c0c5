//! The stage of the tour: programs run as somebody, and what they said.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

use super::super::tell::{BOLD, DIM, GREEN, PLAIN};
use super::super::{Demo, behind};
use crate::output::{line, plain};

/// How long a thing that is on its way may take.
pub(super) const SOON: Duration = Duration::from_secs(20);

/// What a program said.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) code: i32,
    pub(super) err: String,
    pub(super) out: String,
}

/// Where it is played.
pub(super) struct Stage<'a> {
    pub(super) demo: &'a Demo,
    has_psql: bool,
    us: PathBuf,
}

impl<'a> Stage<'a> {
    pub(super) fn new(demo: &'a Demo) -> anyhow::Result<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let has_psql = std::env::split_paths(&path).any(|dir| dir.join("psql").exists());
        Ok(Self {
            demo,
            has_psql,
            us: std::env::current_exe()?,
        })
    }

    /// SQL as somebody, by psql, or by our own `exec` where there is none. Output and errors are
    /// shown as they come out.
    pub(super) async fn sql(&self, name: &str, text: &str) -> anyhow::Result<Ran> {
        let ran = self.quietly(name, text).await?;
        said(&ran)?;
        Ok(ran)
    }

    /// The same, shown to nobody but as the command.
    pub(super) async fn quietly(&self, name: &str, text: &str) -> anyhow::Result<Ran> {
        let child = self.begin(name, text)?;
        end(child).await
    }

    /// The same, not waited for.
    pub(super) fn begin(&self, name: &str, text: &str) -> anyhow::Result<Child> {
        let way = self.demo.way(name)?;
        let mut command = if self.has_psql {
            typed(name, &format!("psql -d shop -c \"{text}\""))?;
            let mut psql = Command::new("psql");
            psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", text]);
            psql.env("PGHOST", &way.host)
                .env("PGPORT", way.port.to_string());
            psql.env("PGUSER", &way.user).env("PGDATABASE", &way.target);
            psql.env("PGPASSWORD", &way.token)
                .env("PGSSLMODE", "require");
            psql.env("PAGER", "cat")
                .env_remove("PGOPTIONS")
                .env_remove("PGSERVICE");
            psql
        } else {
            typed(name, &format!("portcullis exec shop -c \"{text}\""))?;
            let gateway = format!("{}:{}", way.host, way.port);
            let mut exec = Command::new(&self.us);
            exec.args([
                "exec",
                "shop",
                "--gateway",
                &gateway,
                "--user",
                name,
                "-c",
                text,
            ]);
            exec.env("PORTCULLIS_TOKEN", &way.token);
            exec
        };
        spawn(&mut command)
    }

    /// One of our own verbs as somebody.
    pub(super) async fn verb(&self, name: &str, arguments: &[&str]) -> anyhow::Result<Ran> {
        typed(name, &format!("portcullis {}", arguments.join(" ")))?;
        let ran = self.unsaid(name, arguments).await?;
        said(&ran)?;
        Ok(ran)
    }

    /// The same, shown to nobody.
    pub(super) async fn unsaid(&self, name: &str, arguments: &[&str]) -> anyhow::Result<Ran> {
        let data_dir = &self.demo.gate.house().config.data_dir;
        let mut command = Command::new(&self.us);
        command.arg("--data-dir").arg(data_dir).args(arguments);
        command.env("PORTCULLIS_TOKEN", &self.demo.way(name)?.token);
        end(spawn(&mut command)?).await
    }

    /// One value from the target itself, past the gateway.
    pub(super) async fn truth(&self, text: &str) -> anyhow::Result<i64> {
        let (client, _notices) = behind(&self.demo.target).await?;
        Ok(client.query_one(text, &[]).await?.try_get(0)?)
    }
}

fn spawn(command: &mut Command) -> anyhow::Result<Child> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
        .spawn()
        .with_context(|| format!("cannot run {}", command.as_std().get_program().display()))
}

/// What a program that goes on running says first on standard error, as far as a hint.
pub(super) async fn overhear(child: &mut Child) -> anyhow::Result<String> {
    let stream = child
        .stderr
        .as_mut()
        .context("its standard error is not ours")?;
    let mut told = String::new();
    // Byte by byte: what comes after the hint is not ours to take.
    while !(told.contains("HINT") && told.ends_with('\n')) {
        let next = tokio::time::timeout(SOON, stream.read_u8()).await;
        let byte = next
            .context("it says nothing")?
            .context("it ended without a word")?;
        told.push(char::from(byte));
    }
    for text in told.lines() {
        line(&format!("  {DIM}│{PLAIN} {}", plain(text)))?;
    }
    Ok(told)
}

/// Waits for a program.
pub(super) async fn end(child: Child) -> anyhow::Result<Ran> {
    let output = child.wait_with_output().await?;
    let text = |bytes: &[u8]| plain(&String::from_utf8_lossy(bytes));
    Ok(Ran {
        code: output.status.code().unwrap_or(-1),
        err: text(&output.stderr),
        out: text(&output.stdout),
    })
}

impl Ran {
    /// As JSON.
    pub(super) fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_str(&self.out)
            .with_context(|| format!("not JSON: {} {}", self.out, self.err))
    }

    /// Everything that was said.
    pub(super) fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

/// A chapter.
pub(super) fn chapter(number: u32, title: &str) -> anyhow::Result<()> {
    line(&format!("\n{BOLD}{number}. {title}{PLAIN}"))
}

/// What somebody typed.
pub(super) fn typed(name: &str, text: &str) -> anyhow::Result<()> {
    line(&format!("  {BOLD}{name}${PLAIN} {text}"))
}

/// What came out.
pub(super) fn said(ran: &Ran) -> anyhow::Result<()> {
    for text in ran.all().lines().filter(|text| !text.trim().is_empty()) {
        line(&format!("  {DIM}│{PLAIN} {text}"))?;
    }
    Ok(())
}

/// What must be true; the tour ends where it is not.
pub(super) fn check(claim: &str, holds: bool) -> anyhow::Result<()> {
    if !holds {
        bail!("this should be true and is not: {claim}");
    }
    line(&format!("  {GREEN}✓{PLAIN} {claim}"))
}
