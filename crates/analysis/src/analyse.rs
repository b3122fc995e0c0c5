//! From a text to its parts: gate, parser, reader.
//!
//! Why: the order matters. Nothing is parsed that has not passed the gate, nothing is read that
//! did not parse whole, and each part sees what the parts before it did.
//! The reading itself is in the other files.

use std::ops::Range;
use std::sync::Arc;

use catalog::{Catalog, Overlay};

use model::{Effects, Filter, Gap};
use squawk_syntax::ast::{AstNode, Stmt};
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use crate::gate::{self, gap};
use crate::instead::Edit;
use crate::level::Level;
use crate::lex::{Kind, Lexer};
use crate::notes::{Notes, column_ref};
use crate::place::{At, Noted, Place, Source};
use crate::reader::{Carried, Reader};
use crate::setting::named_plainly;
use crate::{Analysis, Part, Scene};

/// What `text` would do. Never fails, never panics, is linear in practice; the gate in front of
/// the parser refuses what would not be.
pub fn analyse(text: &str, scene: &Scene<'_>) -> Analysis {
    let through = match gate::check(text, scene.limits, scene.standard_conforming_strings) {
        Ok(through) => through,
        Err(gap) => return unread((text, scene), gap, Vec::new()),
    };
    let plain = named_plainly(text);
    let text = &*plain;
    let parsed = SourceFile::parse(text);
    if let Some(error) = parsed.errors().first() {
        let at = usize::from(error.range().start());
        let gap = gap("syntax", format!("the text does not parse at byte {at}"));
        return unread((text, scene), gap, through.literals);
    }
    if let Err(gap) = agree(text, &parsed.syntax_node(), &through.operators) {
        return unread((text, scene), gap, through.literals);
    }
    let mut carried = Carried::default();
    let mut catalog = Arc::clone(scene.catalog);
    let mut parts = Vec::new();
    for statement in parsed.tree().stmts() {
        if matches!(statement, Stmt::EmptyStmt(_)) {
            continue;
        }
        let span = span_of(statement.syntax());
        // Each part sees what the parts before it made of the world.
        let now = Scene {
            catalog: &catalog,
            ..*scene
        };
        let mut reader = Reader::new(&now, &through.operators).take_up(carried);
        let Read {
            effects,
            overlay,
            edits,
            places,
            unanswered,
        } = reader.part(&statement);
        carried = reader.carry();
        let overlay = overlay.map(Arc::new);
        let places = numbered(places, &catalog, &through.literals);
        if let Some(overlay) = &overlay {
            catalog = Catalog::laid(&catalog, overlay);
        }
        parts.push(Part {
            edits,
            effects,
            overlay,
            places,
            span,
            unanswered,
        });
    }
    Analysis {
        depends_on_literals: carried.depends_on_literals,
        literals: through.literals,
        parts,
    }
}

/// One part that covers the whole text and is nothing but a gap.
fn unread((text, scene): (&str, &Scene<'_>), gap: Gap, literals: Vec<Range<usize>>) -> Analysis {
    let effects = Effects {
        gaps: vec![gap],
        kind: "?".to_owned(),
        ..Effects::default()
    };
    let mut overlay = scene
        .catalog
        .overlay()
        .map_or_else(Overlay::default, |o| Overlay::clone(o));
    overlay.lose_all();
    let part = Part {
        edits: Vec::new(),
        effects,
        overlay: Some(Arc::new(overlay)),
        places: Vec::new(),
        span: 0..text.len(),
        unanswered: Vec::new(),
    };
    // Whether a text parses may hang on what a literal holds.
    Analysis {
        depends_on_literals: true,
        literals,
        parts: vec![part],
    }
}

/// Places by the numbers of the text's literals, which hold for every text of the same shape.
fn numbered(places: Vec<Noted>, catalog: &Catalog, literals: &[Range<usize>]) -> Vec<Place> {
    let number = |span: &Range<usize>| literals.binary_search_by_key(&span.start, |l| l.start).ok();
    let place = |noted: Noted| {
        let source = match noted.at {
            At::Kept { is_cursor, name } => Source::Kept { is_cursor, name },
            At::Literal(span) => Source::Literal(number(&span)?),
            At::Other => Source::Other,
            At::Parameter { number, .. } => Source::Parameter(number),
        };
        Some(Place {
            source,
            column: column_ref(catalog, noted.col)?,
            is_array: noted.is_array,
            is_shared: noted.is_shared,
            type_oid: noted.type_oid,
            usage: noted.usage,
        })
    };
    let mut places: Vec<Place> = places.into_iter().filter_map(place).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// Where a statement stands, without space around it and without its semicolon.
fn span_of(node: &SyntaxNode) -> Range<usize> {
    let tokens = node
        .descendants_with_tokens()
        .filter_map(squawk_syntax::SyntaxElement::into_token)
        .filter(|token| !token.kind().is_trivia() && token.kind() != SyntaxKind::SEMICOLON);
    let mut span: Option<Range<usize>> = None;
    for token in tokens {
        let range = usize::from(token.text_range().start())..usize::from(token.text_range().end());
        span = Some(span.map_or(range.clone(), |span| span.start..range.end));
    }
    let whole = node.text_range();
    span.unwrap_or(usize::from(whole.start())..usize::from(whole.end()))
}

/// Whether the parser's tokens and the server's are the same.
pub(crate) fn agree(text: &str, root: &SyntaxNode, operators: &[Range<usize>]) -> Result<(), Gap> {
    let differ = || {
        gap(
            "syntax",
            "the parser cuts this text where the server does not",
        )
    };
    let mut theirs = 0_usize;
    let mut lexed = squawk_lexer::tokenize(text);
    for token in Lexer::new(text) {
        let mut count = 0;
        while theirs < token.end {
            let Some(next) = lexed.next() else {
                return Err(differ());
            };
            theirs += next.len as usize;
            count += 1;
        }
        let may_be_cut = matches!(token.kind, Kind::Operator | Kind::Punctuation | Kind::Space);
        if theirs != token.end || (count != 1 && !may_be_cut) {
            return Err(differ());
        }
    }
    for operator in operators {
        let Ok(start) = u32::try_from(operator.start) else {
            return Err(differ());
        };
        let is_it = |range: Range<usize>| range == *operator;
        let is_one = root
            .token_at_offset(start.into())
            .right_biased()
            .is_some_and(|token| {
                let range = token.text_range();
                let parent = token.parent().map_or(range, |node| node.text_range());
                is_it(range.start().into()..range.end().into())
                    || is_it(parent.start().into()..parent.end().into())
            });
        if !is_one {
            return Err(differ());
        }
    }
    Ok(())
}

/// What was read of one part.
struct Read {
    edits: Vec<Edit>,
    effects: Effects,
    overlay: Option<Overlay>,
    places: Vec<Noted>,
    unanswered: Vec<Filter>,
}

impl Reader<'_> {
    /// Reads one part; later ones see what it changed.
    fn part(&mut self, statement: &Stmt) -> Read {
        self.notes = Notes::default();
        self.edits.clear();
        self.outputs.clear();
        self.diced.clear();
        self.level = Level::default();
        self.chosen.clear();
        self.ranged.clear();
        self.uses_order = false;
        self.ctes.clear();
        self.steps = 0;
        self.depth = 0;
        self.bodies = 0;
        self.body_bytes = 0;
        // What they were read against may have changed.
        self.readings.clear();
        if self.is_shaken {
            self.notes.gap(
                "relation",
                "an earlier part of this text changed what names mean",
            );
        }
        self.statement(statement);
        self.share(statement.syntax());
        self.reads_itself();
        self.names_types(statement.syntax());
        let overlay = self.change(statement);
        self.has_changed |= overlay.is_some();
        if let Some(path) = self.next_path.take() {
            self.world.search_path = path;
        }
        let edits = self.finished_edits();
        let places = self.notes.take_places();
        let catalog = self.world.catalog;
        let unanswered = self.notes.filters_of(catalog);
        for filter in edits.iter().flat_map(|edit| &edit.filters) {
            self.notes.filter_again(filter);
        }
        Read {
            edits,
            effects: std::mem::take(&mut self.notes).finish(catalog),
            overlay,
            places,
            unanswered,
        }
    }
}
