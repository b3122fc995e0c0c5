//! The reader of one text: the world, the notes, and how deep it is.
//!
//! Why: everything that reads a part of the tree is a method of [`Reader`], in the file named
//! after what it reads; this file holds what they share.
//! It reads no syntax itself.

use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use catalog::Relation;
use model::{Action, FilterForm};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::Scene;
use crate::body::{Active, Reading};
use crate::changed::Change;
use crate::instead::{Gathered, Noted};
use crate::level::Level;
use crate::notes::Notes;
use crate::place::KeptText;
use crate::scope::{Offer, Source};
use crate::value::{Col, Field, Origin, Value};
use crate::world::World;

/// Deeper than this the reader does not follow: its own stack.
const DEEPEST: usize = 230;
/// More nodes than this it does not read: views over views multiply.
pub(crate) const MOST_STEPS: usize = 4_000_000;

/// A function, the relation it is a trigger of, and the search path its names hang on.
type ReadingKey = (u32, Option<u32>, Vec<Arc<str>>);

/// A name that WITH gives to rows.
pub(crate) struct Cte {
    pub(crate) fields: Rc<Vec<Field>>,
    pub(crate) name: String,
}

/// A cursor's text, and the world it was planned in.
pub(crate) struct Planned {
    pub(crate) catalog: Arc<catalog::Catalog>,
    pub(crate) path: Vec<Arc<str>>,
    pub(crate) text: Arc<str>,
}

/// What goes from one part of a text to the next.
#[derive(Default)]
pub(crate) struct Carried {
    pub(crate) cursors: FxHashMap<String, Planned>,
    pub(crate) depends_on_literals: bool,
    pub(crate) has_changed: bool,
    pub(crate) has_set_path: bool,
    pub(crate) is_shaken: bool,
    pub(crate) prepared: FxHashMap<String, Arc<str>>,
    pub(crate) search_path: Option<Vec<Arc<str>>>,
}

/// Reads one part of a text.
pub(crate) struct Reader<'a> {
    /// Functions whose bodies are being read, one in another.
    pub(crate) active: Vec<Active>,
    /// Bodies read for this part, and the bytes in them.
    pub(crate) bodies: usize,
    pub(crate) body_bytes: usize,
    /// Columns that choose, sort or group somewhere in the part.
    pub(crate) chosen: BTreeSet<Col>,
    /// How many conditions around what is being read choose rows.
    pub(crate) choosing: usize,
    /// Names of WITH that are seen, from this index on.
    pub(crate) cte_floor: usize,
    pub(crate) ctes: Vec<Cte>,
    /// Cursors that earlier parts of this text declared.
    pub(crate) cursors: FxHashMap<String, Planned>,
    /// The types parameters of the text being read have; `None` where these are not known.
    pub(crate) declared: Option<Vec<u32>>,
    pub(crate) depends_on_literals: bool,
    /// Whether what is read is kept in the catalog: a view's text, a policy's.
    pub(crate) defines: bool,
    pub(crate) depth: usize,
    /// The changes by which what uses the order of rows throws dice, of the levels read so far.
    pub(crate) diced: Vec<Change>,
    /// What would be written instead for readers to whom columns are masked.
    pub(crate) edits: Vec<Noted>,
    /// What the output column, condition or key being read would tell, for an edit to answer.
    pub(crate) gathered: Option<Gathered>,
    /// Whether a part of this text has changed what names mean.
    pub(crate) has_changed: bool,
    /// Whether a part of this text has set the search path.
    pub(crate) has_set_path: bool,
    /// Whether the variables of the body being read hide columns of the same name.
    pub(crate) hides_columns: bool,
    /// Whether the call being read throws dice, or may, for the order it uses.
    pub(crate) is_diced: bool,
    /// Whether the body being read tells or keeps what it is given.
    pub(crate) is_loud: bool,
    /// Whether the text being read is the client's own, and not a view's or a cursor's.
    pub(crate) is_own_text: bool,
    /// Whether the statement changes its relation without its children.
    pub(crate) is_only: bool,
    /// Whether an earlier part changed what later names mean.
    pub(crate) is_shaken: bool,
    /// The text of the session's that is being read under its name.
    pub(crate) kept_text: Option<KeptText>,
    /// The rows a definition of this part keeps, or will show.
    pub(crate) kept_rows: Option<Vec<Field>>,
    /// What the order of the rows of the SELECT being read tells.
    pub(crate) level: Level,
    /// The outermost of the functions being read that was called again.
    pub(crate) loops_to: usize,
    /// Names a statement of a body sees besides its own.
    pub(crate) names: Rc<Offer>,
    /// The lowest number of a row source that was read from.
    pub(crate) lowest: u32,
    /// The search path from the next part on.
    pub(crate) next_path: Option<Vec<Arc<str>>>,
    pub(crate) notes: Notes,
    /// Where operators of more than one character stand in the client's text.
    pub(crate) operators: &'a [Range<usize>],
    /// Output columns of the client's text: what blanks each, and the edit that does.
    pub(crate) outputs: Vec<(Change, Option<usize>)>,
    /// Statements that earlier parts of this text prepared.
    pub(crate) prepared: FxHashMap<String, Arc<str>>,
    /// What bodies were found to do, by function, trigger's relation and search path.
    pub(crate) readings: FxHashMap<ReadingKey, Rc<Reading>>,
    /// Rules being read, one in another.
    pub(crate) rules: Vec<(u32, Arc<str>)>,
    /// Whether the statement that changes rows says DEFAULT somewhere.
    pub(crate) says_default: bool,
    /// Columns looked for by more than one value.
    pub(crate) ranged: BTreeSet<Col>,
    /// What the rows of the call being read are sorted by in its window.
    pub(crate) ranked: Vec<Value>,
    pub(crate) scene: &'a Scene<'a>,
    /// Row sources so far.
    pub(crate) sources: u32,
    pub(crate) steps: usize,
    /// Whether the order of rows is used somewhere in the part before they are given.
    pub(crate) uses_order: bool,
    /// The relation the statement changes.
    pub(crate) target: Option<u32>,
    /// Texts of the session being read, one in another.
    pub(crate) texts: usize,
    /// The relation whose trigger's body is being read.
    pub(crate) trigger: Option<u32>,
    /// Views being expanded.
    pub(crate) views: Vec<u32>,
    pub(crate) world: World<'a>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(scene: &'a Scene<'a>, operators: &'a [Range<usize>]) -> Self {
        Self {
            active: Vec::new(),
            bodies: 0,
            body_bytes: 0,
            choosing: 0,
            chosen: BTreeSet::new(),
            cte_floor: 0,
            ctes: Vec::new(),
            cursors: FxHashMap::default(),
            declared: Some(scene.declared.to_vec()),
            depends_on_literals: false,
            defines: false,
            depth: 0,
            diced: Vec::new(),
            edits: Vec::new(),
            gathered: None,
            has_changed: false,
            has_set_path: false,
            is_only: false,
            hides_columns: false,
            is_diced: false,
            is_loud: false,
            is_own_text: true,
            is_shaken: false,
            kept_rows: None,
            kept_text: None,
            level: Level::default(),
            loops_to: usize::MAX,
            names: Rc::default(),
            lowest: u32::MAX,
            next_path: None,
            notes: Notes::default(),
            operators,
            outputs: Vec::new(),
            prepared: FxHashMap::default(),
            readings: FxHashMap::default(),
            rules: Vec::new(),
            says_default: false,
            ranged: BTreeSet::new(),
            ranked: Vec::new(),
            scene,
            sources: 0,
            steps: 0,
            target: None,
            texts: 0,
            trigger: None,
            uses_order: false,
            views: Vec::new(),
            world: World::new(scene.catalog, scene.search_path),
        }
    }

    /// What the next part of the text must know of this one and those before it.
    pub(crate) fn carry(self) -> Carried {
        Carried {
            cursors: self.cursors,
            depends_on_literals: self.depends_on_literals,
            has_changed: self.has_changed,
            has_set_path: self.has_set_path,
            is_shaken: self.is_shaken,
            prepared: self.prepared,
            search_path: Some(self.world.search_path),
        }
    }

    /// Goes on where the part before left off.
    pub(crate) fn take_up(mut self, carried: Carried) -> Self {
        self.cursors = carried.cursors;
        self.depends_on_literals = carried.depends_on_literals;
        self.has_changed = carried.has_changed;
        self.has_set_path = carried.has_set_path;
        self.is_shaken = carried.is_shaken;
        self.prepared = carried.prepared;
        if let Some(path) = carried.search_path {
            self.world.search_path = path;
        }
        self
    }

    /// Whether a column has a class.
    pub(crate) fn is_classified(&self) -> impl Fn(Col) -> bool + use<'a> {
        let catalog = self.world.catalog;
        move |col| {
            catalog
                .relation(col.relation)
                .and_then(|relation| relation.columns.iter().find(|c| c.number == col.number))
                .is_some_and(|column| column.class.is_some())
        }
    }

    /// A value computed from these.
    pub(crate) fn computed(&self, values: &[Value], type_oid: u32) -> Value {
        Value::of(values, type_oid, &self.is_classified())
    }

    /// A step down; `false` where the bound is reached, which is a gap.
    pub(crate) fn descend(&mut self) -> bool {
        self.depth += 1;
        self.steps += 1;
        if self.depth > DEEPEST {
            self.notes.gap("nesting", "nested deeper than can be read");
            return false;
        }
        if self.steps > MOST_STEPS {
            self.notes.gap("size", "more than can be read");
            return false;
        }
        true
    }

    pub(crate) fn ascend(&mut self) {
        self.depth -= 1;
    }

    /// Content of a constant was used.
    pub(crate) fn used_literal(&mut self) {
        self.depends_on_literals |= self.is_own_text;
    }

    /// Content of a constant was used to see how narrowly a write chooses its rows.
    pub(crate) fn used_in_write(&mut self) {
        if self.target.is_some() {
            self.used_literal();
        }
    }

    /// A node nothing here knows how to read.
    pub(crate) fn unread(&mut self, node: &SyntaxNode) {
        self.notes
            .gap("node", format!("{:?} is not read", node.kind()));
    }

    /// The value was read: its column stands in the acts; and where a view computed it so that
    /// it tells, it tells from here.
    pub(crate) fn seen(&mut self, value: &Value) {
        if value.is_telling && self.views.is_empty() {
            self.chooses(value, FilterForm::Other);
        }
        if value.from != 0 {
            self.lowest = self.lowest.min(value.from);
        }
        if self.choosing > 0 {
            self.chosen_by(value);
        }
        if let Origin::Bare(col) = value.origin
            && let Some(relation) = self.world.catalog.relation(col.relation)
        {
            self.notes
                .columns(Action::Select, relation, [col.number].into_iter());
        }
    }

    /// The classified columns of a value choose rows in that form, or in a looser one where the
    /// value is computed from them.
    pub(crate) fn chooses(&mut self, value: &Value, form: FilterForm) {
        if !matches!(
            form,
            FilterForm::Carried | FilterForm::Nullness | FilterForm::Other
        ) {
            self.compares(value);
        }
        let form = if matches!(value.origin, Origin::Bare(_) | Origin::OneOf(_)) {
            form
        } else {
            FilterForm::Other
        };
        for col in value.classified(&self.is_classified()) {
            self.uses(col, form);
        }
    }

    /// A value is written where it would lose its class; `home` is the column it may stay in.
    pub(crate) fn carries(&mut self, value: &Value, home: Option<Col>) {
        for col in value.classified(&self.is_classified()) {
            if Some(col) != home {
                self.notes.filter(col, FilterForm::Carried);
            }
        }
    }

    /// Numbers a row source: its columns are told from those of others.
    pub(crate) fn number(&mut self, offer: &mut Offer) {
        self.sources = self.sources.saturating_add(1);
        let from = self.sources;
        for field in &mut offer.columns {
            field.value.from = from;
        }
        for source in &mut offer.sources {
            for field in Rc::make_mut(&mut source.fields) {
                field.value.from = from;
            }
        }
    }

    /// The columns of a relation as fields.
    #[expect(clippy::unused_self, reason = "it reads as a question to the reader")]
    pub(crate) fn fields_of(&self, relation: &Relation) -> Vec<Field> {
        let field = |column: &catalog::Column| Field {
            name: column.name.clone(),
            value: Value {
                origin: Origin::Bare(Col {
                    relation: relation.oid,
                    number: column.number,
                }),
                type_oid: column.type_oid,
                ..Value::default()
            },
        };
        relation.columns.iter().map(field).collect()
    }

    /// A source of a relation under its own name.
    pub(crate) fn source_of(relation: &Relation, fields: Vec<Field>) -> Source {
        Source {
            alias: relation.name.to_string(),
            fields: Rc::new(fields),
            parted: SmallVec::new(),
            relation: Some(relation.oid),
            rest: None,
            schema: Some(relation.schema.to_string()),
        }
    }
}

/// The first child of that kind.
pub(crate) fn child(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    node.children().find(|child| child.kind() == kind)
}

/// Whether a token of that kind is a direct child.
pub(crate) fn has_token(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    node.children_with_tokens()
        .any(|element| element.kind() == kind)
}

/// The words of a node that are not names of their own: its direct tokens, lower case.
pub(crate) fn words(node: &SyntaxNode) -> Vec<String> {
    node.children_with_tokens()
        .filter_map(squawk_syntax::SyntaxElement::into_token)
        .filter(|token| !token.kind().is_trivia())
        .map(|token| token.text().to_ascii_lowercase())
        .collect()
}
