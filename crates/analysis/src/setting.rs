//! Settings changed by a call or by SET.
//!
//! Why: `set_config` is SET in a function's clothes, and a search path changes what names mean.
//! SET's own grammar is in `session`.

use std::borrow::Cow;

use catalog::postgres::settings::{self, Meaning};
use model::{Action, ObjectKind, SettingChange};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::expr::condition_in;
use crate::lex::{Kind, Lexer, Token};
use crate::name;
use crate::notes::named;
use crate::reader::{Reader, child, has_token};

/// A setting that no server has, in place of `SET NAMES`: see [`named_plainly`].
const NAMES: &str = "n";

/// The text with `SET NAMES x`, which the parser does not know, as `SET n TO x` of the same length.
pub(crate) fn named_plainly(text: &str) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(text);
    let has_names = |window: &[u8]| window.eq_ignore_ascii_case(b"names");
    if !text.as_bytes().windows(5).any(has_names) {
        return plain;
    }
    let slice = |token: Token| text.get(token.start..token.end).unwrap_or_default();
    let is_word = |token: Token, word: &str| {
        token.kind == Kind::Word && slice(token).eq_ignore_ascii_case(word)
    };
    let mut tokens = Lexer::new(text)
        .filter(|token| token.kind != Kind::Space)
        .peekable();
    let mut is_start = true;
    while let Some(first) = tokens.next() {
        let is_set = is_start && is_word(first, "set");
        is_start = slice(first) == ";";
        if !is_set {
            continue;
        }
        let is_scope = |token: &Token| is_word(*token, "session") || is_word(*token, "local");
        tokens.next_if(is_scope);
        let Some(names) = tokens.next_if(|token| is_word(*token, "names")) else {
            continue;
        };
        let has_value = tokens.peek().is_some_and(|next| slice(*next) != ";");
        let (range, stand_in) = if has_value {
            (names.start..names.end, format!("{NAMES} TO "))
        } else {
            let width = names.end - first.start;
            (
                first.start..names.end,
                format!("{:width$}", format!("RESET {NAMES}")),
            )
        };
        if range.len() == stand_in.len() {
            plain.to_mut().replace_range(range, &stand_in);
        }
    }
    plain
}

impl Reader<'_> {
    /// `set_config(name, value, is_local)` is SET.
    pub(crate) fn set_config(&mut self, call: &SyntaxNode, list: &SyntaxNode) {
        let Some([name, value, local]) = arguments(list) else {
            self.notes
                .gap("dynamic_sql", "set_config without three plain arguments");
            self.setting("*", None, false);
            return;
        };
        let Some(name) = self.string(&name).or_else(|| self.pinned(&name)) else {
            self.notes.gap(
                "dynamic_sql",
                "set_config of a setting that is not a constant",
            );
            self.setting("*", None, false);
            return;
        };
        let name = settings::name(&name);
        let is_local = has_token(&local, SyntaxKind::TRUE_KW);
        let is_known = is_local || has_token(&local, SyntaxKind::FALSE_KW);
        let text = self.string(&value);
        let is_default = has_token(&value, SyntaxKind::NULL_KW);
        // A parameter's value comes from the client, as a constant would; what it is matters where
        // a setting changes how statements are read or by whom they are run.
        let is_free = settings::meaning(&name).is_harmless();
        let is_parameter = has_token(&value, SyntaxKind::POSITIONAL_PARAM);
        // `app.tenant`: an application's own, which rules know by its name.
        let is_own = name.contains('.');
        let is_said = text.is_some() || is_default || is_own || (is_parameter && is_free);
        if !is_said {
            self.notes.gap(
                "dynamic_sql",
                "set_config to a value that is not a constant",
            );
        }
        if is_remembered(&name) && !(is_known && self.is_certain(call)) {
            self.notes.gap(
                "dynamic_sql",
                format!("whether set_config sets {name}, and for how long, is not certain"),
            );
            self.is_shaken |= name == "search_path";
        }
        self.setting(&name, text, is_local);
    }

    /// Whether a call is made once, and no more, if its statement runs: it is an item of the list
    /// of a SELECT with nothing but that list.
    fn is_certain(&self, call: &SyntaxNode) -> bool {
        let mut above = call.ancestors().skip(1).skip_while(|node| {
            matches!(
                node.kind(),
                SyntaxKind::CAST_EXPR
                    | SyntaxKind::PAREN_EXPR
                    | SyntaxKind::SELECT_CLAUSE
                    | SyntaxKind::TARGET
                    | SyntaxKind::TARGET_LIST
            )
        });
        let is_plain = above.next().is_some_and(|select| {
            let is_list = |part: SyntaxNode| part.kind() == SyntaxKind::SELECT_CLAUSE;
            select.kind() == SyntaxKind::SELECT && select.children().all(is_list)
        });
        let is_whole = above
            .next()
            .is_none_or(|holder| holder.kind() == SyntaxKind::SOURCE_FILE);
        is_plain && is_whole && self.views.is_empty() && self.is_own_text
    }

    /// The constant that the statement's whole WHERE pins a column to: `… WHERE name = 'x'`, as
    /// `pg_dump` sets what a server may not have. Whatever the relation holds, no other value of
    /// that column gets past it.
    fn pinned(&mut self, column: &SyntaxNode) -> Option<String> {
        let select = column
            .ancestors()
            .find(|node| node.kind() == SyntaxKind::SELECT)?;
        let is_where = |node: &SyntaxNode| node.kind() == SyntaxKind::WHERE_CLAUSE;
        let condition = operands(&select.children().find(is_where)?)
            .into_iter()
            .next()?;
        let sides = operands(&condition);
        let [left, right] = sides.as_slice() else {
            return None;
        };
        let is_same = column.kind() == SyntaxKind::NAME_REF && left.text() == column.text();
        if is_equality(&condition) && is_same {
            self.string(right)
        } else {
            None
        }
    }

    /// `UPDATE pg_settings SET setting = …` is SET of the setting its WHERE pins.
    pub(crate) fn settings_updated(&mut self, update: &SyntaxNode) {
        let set = update
            .descendants()
            .find(|node| node.kind() == SyntaxKind::SET_EXPR);
        let value = set.and_then(|set| operands(&set).into_iter().next());
        let value = value.and_then(|value| self.string(&value));
        let condition = condition_in(update, SyntaxKind::WHERE_CLAUSE);
        let name = condition.and_then(|condition| match operands(&condition).as_slice() {
            [column, name]
                if is_equality(&condition)
                    && column.kind() == SyntaxKind::NAME_REF
                    && name::of(column) == "name" =>
            {
                self.string(name)
            }
            _ => None,
        });
        if let (Some(name), Some(value)) = (name, value) {
            self.setting(&name, Some(value), false);
        } else {
            self.notes
                .gap("dynamic_sql", "which settings it changes is not constant");
            self.setting("*", None, false);
        }
    }

    /// Settings that a definition carries: of a role, a database, the server, a function.
    ///
    /// They are not this session's, so they are acts and no changes.
    pub(crate) fn settings_defined(&mut self, definition: &SyntaxNode) {
        let is_carried = |node: &SyntaxNode| {
            matches!(
                node.kind(),
                SyntaxKind::SET_CONFIG_PARAM | SyntaxKind::RESET_CONFIG_PARAM
            )
        };
        for carried in definition.descendants().filter(is_carried) {
            let reference = child(&carried, SyntaxKind::CONFIG_PARAMETER_REF);
            let name = reference.map_or_else(
                || "*".to_owned(),
                |reference| settings::name(&name::path(&reference).join(".")),
            );
            self.notes
                .act(Action::Set, named(ObjectKind::Setting, "", &name));
        }
    }

    /// Notes a change of a setting; `*` is all of them.
    pub(crate) fn setting(&mut self, name: &str, value: Option<String>, is_local: bool) {
        let name = match settings::name(name) {
            // What `SET NAMES` was rewritten to.
            name if name == NAMES => "client_encoding".to_owned(),
            name => name,
        };
        let value = value.map(|value| settings::value(&name, &value));
        let action = if matches!(name.as_str(), "role" | "session_authorization") {
            Action::SetRole
        } else {
            Action::Set
        };
        self.notes
            .act(action, named(ObjectKind::Setting, "", &name));
        if name == "search_path" || name == "*" {
            self.path_changed(value.as_deref());
        }
        let change = SettingChange {
            is_local,
            name,
            value,
        };
        // The last one counts.
        let changes = &mut self.notes.effects.settings;
        changes.retain(|former| *former != change);
        changes.push(change);
    }
}

/// Whether later statements are read against what we believe it to be.
fn is_remembered(name: &str) -> bool {
    use Meaning::{Encoding, Parsing, Resolution, Role, Transaction};
    let is_guard = matches!(
        name,
        "default_transaction_read_only" | "transaction_read_only"
    );
    is_guard
        || matches!(
            settings::meaning(name),
            Encoding | Parsing | Resolution | Role | Transaction
        )
}

/// The three arguments of a call, in their places.
fn arguments(list: &SyntaxNode) -> Option<[SyntaxNode; 3]> {
    let plain = |argument: SyntaxNode| {
        let is_plain = argument.kind() == SyntaxKind::ARG
            && child(&argument, SyntaxKind::NAMED_ARG).is_none()
            && !has_token(&argument, SyntaxKind::VARIADIC_KW);
        is_plain.then(|| operands(&argument).into_iter().next())?
    };
    let all: Option<Vec<SyntaxNode>> = list.children().map(plain).collect();
    all?.try_into().ok()
}

fn is_equality(condition: &SyntaxNode) -> bool {
    condition.kind() == SyntaxKind::BIN_EXPR && has_token(condition, SyntaxKind::EQ)
}
