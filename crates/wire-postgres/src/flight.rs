//! A flight: the messages up to a Query, Sync, Flush or `FunctionCall`, held whole.
//!
//! Why whole: what runs together is decided together, and a refused part must leave nothing of
//! it at the target. While it is assembled, names made inside it are an overlay over the
//! session's. Finished, it knows which statements it asks for, and on whose account each of its
//! messages travels: an Execute's statement carries the Parse and Bind that lead to it; a Parse,
//! Bind or Describe that nothing executes is a statement of its own. It judges nothing.

mod doom;
mod finish;
mod kind;

use doom::{Doom, no_portal, no_statement, readable};
pub(crate) use finish::Ready;
pub(crate) use kind::Kind;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use model::{Limits, Parameter, Route, StatementId};
use wire::{Fault, Housekeeping};

use crate::message::client::{Bind, Message, Thing};
use crate::message::made;
use crate::names::{Name, Names, Portal, Prepared};

#[derive(Debug)]
enum Owner {
    House(Housekeeping),
    /// Whatever the message before it has.
    Last,
    Permit(StatementId),
    Sub(usize),
    /// The statement that the thing of that number ends up belonging to.
    Thing(usize),
}

#[derive(Debug)]
struct Step {
    end: usize,
    kind: Kind,
    owner: Owner,
}

/// A statement asked for.
#[derive(Debug)]
struct Sub {
    is_simple: bool,
    parameters: Vec<Parameter>,
    route: Route,
    text: Arc<[u8]>,
}

/// A statement or portal touched by the flight.
#[derive(Debug)]
struct Touched {
    kind: TouchedKind,
    /// Whether the flight itself makes it.
    is_new: bool,
    /// Whether a message waits to know its statement.
    is_used: bool,
    name: Name,
    sub: Option<usize>,
}

#[derive(Debug)]
enum TouchedKind {
    Portal {
        of: Option<usize>,
        portal: Arc<Portal>,
    },
    Statement(Arc<Prepared>),
}

/// A flight being assembled.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    bytes: Vec<u8>,
    new_names: usize,
    portals: BTreeMap<Name, Option<usize>>,
    statements: BTreeMap<Name, Option<usize>>,
    steps: Vec<Step>,
    subs: Vec<Sub>,
    touched: Vec<Touched>,
}

impl Flight {
    pub(crate) fn has_execute(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step.kind, Kind::Execute { .. }))
    }

    /// Takes one message. `frame` is its bytes.
    pub(crate) fn add(
        &mut self,
        message: Message<'_>,
        frame: &[u8],
        names: &Names,
        limits: &Limits,
    ) -> Result<Result<(), Doom>, Fault> {
        let size = self.bytes.len().saturating_add(frame.len());
        if self.steps.len() >= limits.flight_statements || size > limits.message_bytes {
            return Err(Fault::Limit("too much before a Sync".into()));
        }
        let taken = match message {
            Message::Bind(bind) => self.bind(bind, names),
            Message::Close(thing, name) => return self.close(thing, name, names).map(Ok),
            Message::CopyDone | Message::CopyFail | Message::Terminate => {
                return Err(Fault::Bug("that message belongs to no flight".into()));
            }
            Message::Describe(thing, name) => self.describe(thing, name, names),
            Message::Execute(name) => self.execute(name, names),
            Message::Flush => Ok((Kind::Flush, Owner::Last)),
            Message::Function { oid, arguments } => {
                let value = |(format, value): (_, Option<&[u8]>)| Parameter {
                    format,
                    type_oid: 0,
                    value: value.map(<[u8]>::to_vec),
                };
                let parameters = arguments.into_iter().map(value).collect();
                let text = Arc::from([]);
                let sub = self.ask(Route::Function { oid }, text, parameters, true);
                Ok((Kind::Function, Owner::Sub(sub)))
            }
            Message::Parse { name, text, types } => Ok(self.parse(name, text, types)),
            Message::Query(text) => {
                let sub = self.ask(Route::Simple, Arc::from(text), Vec::new(), true);
                Ok((Kind::Query, Owner::Sub(sub)))
            }
            Message::Sync => Ok((Kind::Sync, Owner::Last)),
        };
        let taken = taken.and_then(|step| {
            let count = names.count().saturating_add(self.new_names);
            let is_full = self.new_names > 0 && count > limits.session_names;
            if is_full {
                let text = "too many prepared statements and portals in this session";
                return Err(("54000", text.to_owned()));
            }
            Ok(step)
        });
        Ok(taken.map(|(kind, owner)| {
            self.bytes.extend_from_slice(frame);
            self.step(kind, owner);
        }))
    }

    /// Ends the flight with a Flush of our own: what follows is perhaps COPY's.
    pub(crate) fn flush(&mut self) {
        self.bytes.extend_from_slice(made::FLUSH);
        self.step(Kind::Flush, Owner::Last);
    }

    fn step(&mut self, kind: Kind, owner: Owner) {
        if let Owner::Thing(number) = owner
            && let Some(touched) = self.touched.get_mut(number)
        {
            touched.is_used = true;
        }
        self.steps.push(Step {
            end: self.bytes.len(),
            kind,
            owner,
        });
    }

    fn ask(
        &mut self,
        route: Route,
        text: Arc<[u8]>,
        parameters: Vec<Parameter>,
        is_simple: bool,
    ) -> usize {
        self.subs.push(Sub {
            is_simple,
            parameters,
            route,
            text,
        });
        self.subs.len().saturating_sub(1)
    }

    fn touch(&mut self, kind: TouchedKind, name: &[u8], is_new: bool) -> usize {
        let number = self.touched.len();
        let names = match kind {
            TouchedKind::Portal { .. } => &mut self.portals,
            TouchedKind::Statement(_) => &mut self.statements,
        };
        names.insert(name.into(), Some(number));
        self.new_names = self.new_names.saturating_add(usize::from(is_new));
        self.touched.push(Touched {
            kind,
            is_new,
            is_used: false,
            name: name.into(),
            sub: None,
        });
        number
    }

    fn parse(&mut self, name: &[u8], text: &[u8], types: Vec<u32>) -> (Kind, Owner) {
        let prepared = Arc::new(Prepared {
            columns: OnceLock::new(),
            sent: OnceLock::new(),
            text: Arc::from(text),
            types,
        });
        let kind = TouchedKind::Statement(Arc::clone(&prepared));
        let number = self.touch(kind, name, true);
        (
            Kind::Parse {
                name: name.into(),
                prepared,
            },
            Owner::Thing(number),
        )
    }

    /// The statement of that name, in the flight or before it.
    fn statement(&mut self, name: &[u8], names: &Names) -> Result<usize, Doom> {
        if let Some(found) = self.statements.get(name) {
            return found.ok_or_else(|| no_statement(name));
        }
        let prepared = names.statement(name).ok_or_else(|| no_statement(name))?;
        let kind = TouchedKind::Statement(Arc::clone(prepared));
        Ok(self.touch(kind, name, false))
    }

    fn portal(&mut self, name: &[u8], names: &Names) -> Result<usize, Doom> {
        if let Some(found) = self.portals.get(name) {
            return found.ok_or_else(|| no_portal(name));
        }
        let portal = names.portal(name).ok_or_else(|| no_portal(name))?;
        let kind = TouchedKind::Portal {
            of: None,
            portal: Arc::clone(portal),
        };
        Ok(self.touch(kind, name, false))
    }

    /// Whether a name the wire did not make may be a cursor that DECLARE did: they share theirs.
    fn may_be_cursor(&self, name: &[u8], names: &Names) -> bool {
        !name.is_empty() && !self.portals.contains_key(name) && names.portal(name).is_none()
    }

    /// A cursor of SQL's, to be described alone: judged as the FETCH that would show its columns.
    /// Its Execute stays refused, since only the server knows whether it gives text or binary.
    fn cursor(&mut self, name: &[u8]) -> usize {
        let quoted = readable(name).replace('"', "\"\"");
        let prepared = Arc::new(Prepared {
            columns: OnceLock::new(),
            sent: OnceLock::new(),
            text: Arc::from(format!("FETCH 0 FROM \"{quoted}\"").into_bytes()),
            types: Vec::new(),
        });
        let portal = Arc::new(Portal {
            columns: OnceLock::new(),
            formats: Vec::new(),
            parameters: Vec::new(),
            prepared,
            sent: OnceLock::new(),
        });
        let number = self.touch(TouchedKind::Portal { of: None, portal }, name, false);
        self.portals.remove(name);
        number
    }

    fn bind(&mut self, bind: Bind<'_>, names: &Names) -> Result<(Kind, Owner), Doom> {
        let of = self.statement(bind.statement, names)?;
        let Some(Touched {
            kind: TouchedKind::Statement(prepared),
            ..
        }) = self.touched.get(of)
        else {
            return Err(no_statement(bind.statement));
        };
        let prepared = Arc::clone(prepared);
        let declared = |index: usize| prepared.types.get(index).copied().unwrap_or(0);
        let parameter = |(index, (format, value)): (usize, (_, Option<&[u8]>))| Parameter {
            format,
            type_oid: declared(index),
            value: value.map(<[u8]>::to_vec),
        };
        let portal = Arc::new(Portal {
            columns: OnceLock::new(),
            formats: bind.formats,
            parameters: bind.values.into_iter().enumerate().map(parameter).collect(),
            prepared: Arc::clone(&prepared),
            sent: OnceLock::new(),
        });
        let kind = TouchedKind::Portal {
            of: Some(of),
            portal: Arc::clone(&portal),
        };
        let number = self.touch(kind, bind.portal, true);
        Ok((
            Kind::Bind {
                name: bind.portal.into(),
                portal,
            },
            Owner::Thing(number),
        ))
    }

    fn describe(
        &mut self,
        thing: Thing,
        name: &[u8],
        names: &Names,
    ) -> Result<(Kind, Owner), Doom> {
        let number = match thing {
            Thing::Portal if self.may_be_cursor(name, names) => self.cursor(name),
            Thing::Portal => self.portal(name, names)?,
            Thing::Statement => self.statement(name, names)?,
        };
        let touched = self.touched.get(number).ok_or_else(|| no_portal(name))?;
        let is_new = touched.is_new;
        Ok(match &touched.kind {
            TouchedKind::Portal { portal, .. } => {
                let kind = Kind::DescribePortal(Arc::clone(portal));
                match names.permit(name).filter(|_| !is_new) {
                    Some(id) => (kind, Owner::Permit(id)),
                    None => (kind, Owner::Thing(number)),
                }
            }
            TouchedKind::Statement(prepared) => (
                Kind::DescribeStatement(Arc::clone(prepared)),
                Owner::Thing(number),
            ),
        })
    }

    fn execute(&mut self, name: &[u8], names: &Names) -> Result<(Kind, Owner), Doom> {
        let number = self.portal(name, names)?;
        let touched = self.touched.get(number).ok_or_else(|| no_portal(name))?;
        let TouchedKind::Portal { of, portal } = &touched.kind else {
            return Err(no_portal(name));
        };
        let (of, portal) = (*of, Arc::clone(portal));
        let is_kept = match of.and_then(|of| self.touched.get(of)) {
            Some(statement) => statement.is_kept(),
            None => touched.is_kept(),
        };
        let kind = Kind::Execute {
            name: name.into(),
            portal: Arc::clone(&portal),
        };
        if let Some(id) = names.permit(name).filter(|_| !touched.is_new) {
            return Ok((kind, Owner::Permit(id)));
        }
        let sub = if let Some(sub) = touched.sub {
            sub
        } else {
            let route = Route::Execute {
                is_kept,
                portal: readable(name),
            };
            let text = Arc::clone(&portal.prepared.text);
            self.ask(route, text, portal.parameters.clone(), false)
        };
        self.own(number, sub);
        if let Some(of) = of {
            self.own(of, sub);
        }
        Ok((kind, Owner::Sub(sub)))
    }

    fn own(&mut self, touched: usize, sub: usize) {
        if let Some(touched) = self.touched.get_mut(touched) {
            touched.sub.get_or_insert(sub);
        }
    }

    /// A Close of a name nobody has is sent as a Close of a fixed one: no client input travels
    /// without a permit.
    fn close(&mut self, thing: Thing, name: &[u8], names: &Names) -> Result<(), Fault> {
        let (overlay, is_kept, what) = match thing {
            Thing::Portal => (&mut self.portals, names.portal(name).is_some(), b'P'),
            Thing::Statement => (&mut self.statements, names.statement(name).is_some(), b'S'),
        };
        let is_known = overlay.get(name).map_or(is_kept, Option::is_some);
        let name = if is_known { name } else { made::NOBODY };
        overlay.insert(name.into(), None);
        made::close(&mut self.bytes, what, name)?;
        let kind = match thing {
            Thing::Portal => Kind::ClosePortal(name.into()),
            Thing::Statement => Kind::CloseStatement(name.into()),
        };
        self.step(kind, Owner::House(Housekeeping::Close));
        Ok(())
    }
}
