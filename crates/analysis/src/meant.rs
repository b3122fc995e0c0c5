//! Which functions a call may mean.
//!
//! Why: a name that many answer to is one of them at most, and what it is given says which. The
//! rules are in `resolve`; here is what each function takes where it is given so many values.

use catalog::Function;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::reader::{Reader, child, has_token};
use crate::resolve::{Candidate, Given, Resolver, Sort};
use crate::value::Value;

impl<'a> Reader<'a> {
    /// Which of these a call may be of, by the types of what it is given.
    pub(crate) fn resolved(
        &self,
        schema: Option<&str>,
        found: Vec<&'a Function>,
        values: &[Value],
        list: Option<&SyntaxNode>,
    ) -> Vec<Candidate<&'a Function>> {
        let place = |function: &Function| match schema {
            Some(_) => 0,
            None => self.place_of(&function.schema),
        };
        let candidate = |function: &'a Function| {
            let takes = self.takes(function, values.len());
            let is_fit = takes.is_some();
            let one = Candidate {
                place: place(function),
                takes: takes.unwrap_or_default(),
                what: function,
            };
            (one, is_fit)
        };
        let all: Vec<_> = found.into_iter().map(candidate).collect();
        let is_plain = all.iter().all(|(_, is_fit)| *is_fit) && list.is_none_or(is_plain);
        let all = all.into_iter().map(|(one, _)| one).collect();
        if !is_plain {
            return all;
        }
        let given: Vec<Given> = values.iter().map(Given::of).collect();
        Resolver(self.world.catalog).choose(Sort::Function, &given, all)
    }

    /// The types a function takes where it is given so many values; `None` where it does not.
    fn takes(&self, function: &Function, count: usize) -> Option<Vec<u32>> {
        let mut takes = function.arguments.clone();
        if function.is_variadic {
            let last = takes.pop()?;
            let element = match last {
                2276 => 2276,
                2277 => 2283,
                5078 => 5077,
                array => self
                    .world
                    .catalog
                    .type_of(array)
                    .map_or(2276, |t| t.element),
            };
            takes.resize(takes.len().max(count), element);
        }
        let least = function.arguments.len() - usize::from(function.defaults).min(takes.len());
        let is_fit = count <= takes.len() && (count >= least || function.is_variadic);
        takes.truncate(count);
        is_fit.then_some(takes)
    }
}

/// Whether arguments stand by place alone.
fn is_plain(list: &SyntaxNode) -> bool {
    let mut all = list.children();
    all.all(|argument| {
        !has_token(&argument, SyntaxKind::VARIADIC_KW)
            && child(&argument, SyntaxKind::NAMED_ARG).is_none()
    })
}
