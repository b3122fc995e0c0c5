//! What the demo says: the ready line for programs, the page for people.

use anstream::eprintln;
use serde_json::json;

use super::Demo;
use crate::output::line;
use crate::place::{demo_dir, socket};

pub(crate) const BOLD: &str = "\x1b[1m";
pub(crate) const DIM: &str = "\x1b[2m";
pub(crate) const GREEN: &str = "\x1b[32m";
pub(crate) const PLAIN: &str = "\x1b[0m";

/// A word on the side, not part of the answer.
pub(crate) fn aside(text: &str) {
    eprintln!("{DIM}{text}{PLAIN}");
}

/// Says that the demo is up.
pub(crate) fn ready(demo: &Demo, is_json: bool) -> anyhow::Result<()> {
    if is_json {
        for_programs(demo)
    } else {
        for_people(demo)
    }
}

fn for_programs(demo: &Demo) -> anyhow::Result<()> {
    let data_dir = &demo.gate.house().config.data_dir;
    let principals: Vec<_> = demo
        .people
        .iter()
        .map(|(role, way)| {
            json!({
                "acts_for": role.acts_for,
                "dsn": way.dsn(),
                "groups": role.groups,
                "kind": role.kind,
                "name": role.name,
                "token": way.token,
            })
        })
        .collect();
    let targets: Vec<_> = demo
        .gate
        .house()
        .config
        .targets
        .iter()
        .map(|target| json!({ "name": target.facts.name, "environment": target.facts.environment }))
        .collect();
    let ready = json!({
        "ready": true,
        "control": socket(data_dir),
        "data_dir": data_dir,
        "http": demo.gate.http().map(|address| format!("http://{address}")),
        "postgres": demo.gate.postgres(),
        "principals": principals,
        "targets": targets,
    });
    line(&ready.to_string())
}

fn for_people(demo: &Demo) -> anyhow::Result<()> {
    let data_dir = &demo.gate.house().config.data_dir;
    line(&format!(
        "\n{BOLD}Portcullis is up{PLAIN}, in front of a shop with 2,000 customers.\n"
    ))?;
    let program = program();
    // The verbs find the demo by themselves in its usual place.
    let named = if *data_dir == demo_dir() {
        String::new()
    } else {
        format!(" --data-dir {}", data_dir.display())
    };
    for (role, way) in &demo.people {
        line(&format!("{BOLD}{:<6}{PLAIN} {}", role.name, role.says))?;
        if role.groups.contains(&identity::OPERATORS) {
            let verb = "principals add NAME --group reviewers";
            let token = &way.token;
            line(&format!(
                "  PORTCULLIS_TOKEN={token} {program} {verb}{named}"
            ))?;
        } else {
            line(&format!("  {}", way.psql()))?;
        }
    }
    let dana = demo.way("dana")?;
    let tries = [
        (
            "as alice: real names come back as stand-ins, of the right form, that still join",
            "SELECT email, full_name, card_number FROM customers LIMIT 3;".to_owned(),
        ),
        (
            "as omar: the same statement, and the originals",
            "SELECT email, full_name, card_number FROM customers LIMIT 3;".to_owned(),
        ),
        (
            "as alice: refused, with what to do instead",
            "DROP TABLE payments;".to_owned(),
        ),
        (
            "as alice: an update of every row waits; answer it as dana in another terminal",
            format!(
                "UPDATE customers SET points = points + 1;\n     \
                 PORTCULLIS_TOKEN={} {program} reviews ls{named}     then: … approve CODE{named}",
                dana.token
            ),
        ),
        (
            "as fixer: what the ticket tells an agent to do, and what comes of it",
            "SELECT body FROM support_tickets WHERE subject LIKE 'URGENT%';".to_owned(),
        ),
    ];
    line(&format!("\n{BOLD}Five things to try{PLAIN}"))?;
    for (number, (what, how)) in (1..).zip(tries) {
        line(&format!("  {number}. {what}\n     {DIM}{how}{PLAIN}"))?;
    }
    line(&format!("\nWhat happened:  {program} ledger tail{named}"))?;
    line(&format!("Is it true:     {program} ledger verify{named}"))?;
    if let Some(http) = demo.gate.http() {
        line(&format!(
            "Health:         http://{http}/readyz  http://{http}/metrics"
        ))?;
    }
    line(&format!("State:          {}", data_dir.display()))?;
    line(&format!(
        "\n{DIM}Ctrl-C ends it; the database goes with it.{PLAIN}"
    ))
}

/// What to type to run us again.
pub(crate) fn program() -> String {
    let known = std::env::args().next().filter(|name| !name.is_empty());
    known.unwrap_or_else(|| "portcullis".to_owned())
}
