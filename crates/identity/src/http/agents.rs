//! Agents on the control plane: who is on which task, and the kill switch.

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse as _, Response};
use model::{PrincipalKind, PrincipalName};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Body, Caller, No, Rim, strict};
use crate::agents::{OnTask, Whose};

/// What to stop: one of the three.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kill {
    Agent(PrincipalName),
    Owner(PrincipalName),
    Task(String),
}

/// Every agent, with the tasks it is on.
pub(super) async fn list(State(rim): State<Rim>) -> Result<Response, No> {
    let (agents, tasks) = rim
        .run(|admin, now| {
            let mut agents = admin.principals()?;
            agents.retain(|one| one.kind == PrincipalKind::Agent);
            Ok((agents, admin.on_tasks(now)?))
        })
        .await?;
    let all = agents.into_iter().map(|agent| {
        let on = tasks.iter().filter(|on| on.agent == agent.name);
        json!({
            "name": agent.name,
            "owner": agent.acts_for,
            "groups": agent.groups,
            "is_disabled": agent.is_disabled,
            "tasks": on.map(task).collect::<Vec<_>>(),
        })
    });
    let all: Vec<Value> = all.collect();
    Ok(Json(json!({ "agents": all })).into_response())
}

fn task(on: &OnTask) -> Value {
    let given = &on.delegation;
    json!({
        "task": given.task,
        "acts_for": given.person,
        "expires": on.expires,
        "ground": given.ground.as_str(),
        "purpose": given.purpose,
        "remit": given.remit,
        "through": given.through,
        "until": given.until,
    })
}

/// Stops an agent, a task, or all of somebody's.
pub(super) async fn kill(
    State(rim): State<Rim>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<Response, No> {
    let whose = match strict::<Kill>(body)? {
        Kill::Agent(name) => Whose::Agent(name),
        Kill::Owner(name) => Whose::Owner(name),
        Kill::Task(task) => Whose::Task(task),
    };
    let stopped = rim
        .by(caller)
        .run(move |admin, now| admin.stop(&whose, now))
        .await?;
    Ok(Json(json!({ "agents": stopped.agents, "tasks": stopped.tasks })).into_response())
}
