//! What a statement does to its session: settings, roles, transactions.
//!
//! Why: a setting can change how the next statement is read, and a role what it may do; later
//! parts of a text see what earlier ones have set.
//! Names of cursors and prepared statements are in `names`.

use catalog::postgres::settings;
use model::{Action, ObjectKind, OutputColumn, TransactionControl};
use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::name;
use crate::notes::named;
use crate::reader::{Reader, child, has_token};
use crate::value::{Field, Value};

impl Reader<'_> {
    /// An action on the session as a whole.
    pub(crate) fn session_act(&mut self, action: Action) {
        self.notes.act(action, named(ObjectKind::Database, "", ""));
    }

    /// The output columns of the part.
    pub(crate) fn gives(&mut self, fields: Vec<Field>) {
        let catalog = self.world.catalog;
        let outputs = fields.into_iter().map(|field| OutputColumn {
            lineage: crate::notes::Notes::lineage(catalog, &field.value.origin),
            name: Some(field.name.to_string()),
            // A whole row goes under its relation's own type, not as a record.
            type_oid: self
                .sent_as(field.value.type_oid)
                .filter(|_| field.value.row.is_none()),
        });
        self.notes.effects.outputs = Some(outputs.collect());
        self.notes.effects.returns_rows = true;
    }

    /// The type a row description names: a domain goes under its base.
    fn sent_as(&self, mut type_oid: u32) -> Option<u32> {
        for _ in 0..16 {
            match self.world.catalog.type_of(type_oid) {
                Some(kind) if kind.kind == catalog::TypeKind::Domain => type_oid = kind.base,
                _ => break,
            }
        }
        (type_oid != 0 && type_oid != 705).then_some(type_oid)
    }

    pub(crate) fn transaction(&mut self, node: &SyntaxNode, control: TransactionControl) {
        self.notes.effects.kind = match (node.kind(), &control) {
            (SyntaxKind::BEGIN, _) if has_token(node, SyntaxKind::START_KW) => {
                "START TRANSACTION".to_owned()
            }
            _ => std::mem::take(&mut self.notes.effects.kind),
        };
        self.session_act(Action::Transaction);
        match control {
            TransactionControl::Prepared => {
                self.session_act(Action::Configure);
                // What it brings with it, or takes away, is not known here.
                self.is_shaken = true;
            }
            TransactionControl::Rollback | TransactionControl::RollbackTo(_) => {
                // Settings and tables of this text may be gone again.
                self.is_shaken |= self.has_set_path || self.has_changed;
            }
            TransactionControl::Begin
            | TransactionControl::Commit
            | TransactionControl::Release(_)
            | TransactionControl::Savepoint(_) => {}
        }
        self.modes(node, true);
        self.notes.effects.transaction = Some(control);
    }

    /// Transaction modes are settings of this transaction or of all to come.
    fn modes(&mut self, node: &SyntaxNode, is_local: bool) {
        let prefix = if is_local {
            "transaction"
        } else {
            "default_transaction"
        };
        for mode in node.descendants() {
            let (name, value) = match mode.kind() {
                SyntaxKind::READ_ONLY => ("read_only", "on"),
                SyntaxKind::READ_WRITE => ("read_only", "off"),
                SyntaxKind::SERIALIZABLE => ("isolation", "serializable"),
                SyntaxKind::REPEATABLE_READ => ("isolation", "repeatable read"),
                SyntaxKind::READ_COMMITTED => ("isolation", "read committed"),
                SyntaxKind::READ_UNCOMMITTED => ("isolation", "read uncommitted"),
                SyntaxKind::DEFERRABLE => ("deferrable", "on"),
                SyntaxKind::NOT_DEFERRABLE => ("deferrable", "off"),
                _ => continue,
            };
            self.setting(
                &format!("{prefix}_{name}"),
                Some(value.to_owned()),
                is_local,
            );
        }
    }

    pub(crate) fn set_transaction(&mut self, node: &SyntaxNode) {
        "SET".clone_into(&mut self.notes.effects.kind);
        if child(node, SyntaxKind::TRANSACTION_SNAPSHOT).is_some() {
            self.session_act(Action::Snapshot);
        }
        let is_session = child(node, SyntaxKind::SESSION_CHARACTERISTICS).is_some();
        self.modes(node, !is_session);
    }

    pub(crate) fn set(&mut self, node: &SyntaxNode) {
        let is_local = child(node, SyntaxKind::LOCAL_SCOPE).is_some();
        for target in node.children() {
            match target.kind() {
                SyntaxKind::LOCAL_SCOPE | SyntaxKind::SESSION_SCOPE => {}
                SyntaxKind::SET_CONFIG => {
                    let name = child(&target, SyntaxKind::CONFIG_PARAMETER_REF)
                        .map(|n| name::path(&n).join(".").to_ascii_lowercase())
                        .unwrap_or_default();
                    if child(&target, SyntaxKind::FROM_CURRENT).is_some() {
                        self.unread(&target);
                    }
                    let value = child(&target, SyntaxKind::TO_CONFIG_VALUE)
                        .and_then(|values| self.config_value(&name, &values));
                    self.setting(&name, value, is_local);
                }
                SyntaxKind::SET_TIME_ZONE => {
                    let value = self.config_value("timezone", &target);
                    self.setting("timezone", value, is_local);
                }
                SyntaxKind::SET_SCHEMA_VALUE => {
                    let value = self.config_value("search_path", &target);
                    self.setting("search_path", value, is_local);
                }
                SyntaxKind::SET_XML_OPTION => {
                    let text = target.text().to_string();
                    let value = text.split_whitespace().last().map(str::to_owned);
                    self.setting("xmloption", value, is_local);
                }
                _ => self.unread(&target),
            }
        }
    }

    /// The value a setting is set to, as text; `None` is the default.
    fn config_value(&mut self, name: &str, node: &SyntaxNode) -> Option<String> {
        let mut values = Vec::new();
        for value in node.children() {
            match value.kind() {
                SyntaxKind::LITERAL => {
                    let text = self.literal_text(&value);
                    values.push(whole_number(&value).unwrap_or(text));
                }
                SyntaxKind::CONFIG_VALUE_NAME => values.push(name::of(&value)),
                SyntaxKind::PREFIX_EXPR => {
                    self.used_literal();
                    values.push(value.text().to_string().replace(' ', ""));
                }
                SyntaxKind::CAST_EXPR => {
                    self.used_literal();
                    values.push(value.text().to_string());
                }
                _ => self.unread(&value),
            }
        }
        if values.is_empty() {
            None
        } else {
            Some(settings::listed(&settings::name(name), &values))
        }
    }

    /// The content of any literal.
    pub(crate) fn literal_text(&mut self, node: &SyntaxNode) -> String {
        self.used_literal();
        let text = ast::Literal::cast(node.clone()).and_then(|literal| {
            let is_string = literal.syntax().first_token().is_some_and(|token| {
                matches!(
                    token.kind(),
                    SyntaxKind::STRING
                        | SyntaxKind::ESC_STRING
                        | SyntaxKind::UNICODE_ESC_STRING
                        | SyntaxKind::DOLLAR_QUOTED_STRING
                        | SyntaxKind::NATIONAL_STRING
                )
            });
            if is_string {
                literal.string_value()
            } else {
                None
            }
        });
        text.unwrap_or_else(|| node.text().to_string().to_ascii_lowercase())
    }

    pub(crate) fn reset(&mut self, node: &SyntaxNode) {
        for target in node.children() {
            match target.kind() {
                SyntaxKind::ALL => self.setting("*", None, false),
                SyntaxKind::CONFIG_PARAMETER_REF => {
                    let name = name::path(&target).join(".").to_ascii_lowercase();
                    self.setting(&name, None, false);
                }
                SyntaxKind::RESET_TIME_ZONE => self.setting("timezone", None, false),
                SyntaxKind::RESET_TRANSACTION_ISOLATION => {
                    self.setting("transaction_isolation", None, false);
                }
                _ => self.unread(&target),
            }
        }
    }

    pub(crate) fn discard(&mut self, node: &SyntaxNode) {
        use model::SessionName::{Close, Deallocate};
        self.session_act(Action::Set);
        if child(node, SyntaxKind::DISCARD_ALL).is_some() {
            "DISCARD ALL".clone_into(&mut self.notes.effects.kind);
            self.setting("*", None, false);
            // It resets the session authorization as well.
            self.notes.effects.names.push(Close(None));
            self.notes.effects.names.push(Deallocate(None));
        }
    }

    pub(crate) fn show(&mut self, node: &SyntaxNode) {
        let text = |name: &str| Field {
            name: name.into(),
            value: Value::clean(25),
        };
        let target = node.children().next();
        let fields = match target.as_ref().map(SyntaxNode::kind) {
            Some(SyntaxKind::ALL) => vec![text("name"), text("setting"), text("description")],
            Some(SyntaxKind::CONFIG_PARAMETER_REF) => {
                let path = target.map(|n| name::path(&n).join(".")).unwrap_or_default();
                vec![text(&path)]
            }
            Some(SyntaxKind::SESSION_AUTHORIZATION) => vec![text("session_authorization")],
            Some(SyntaxKind::TIME_ZONE) => vec![text("TimeZone")],
            Some(SyntaxKind::TRANSACTION_ISOLATION_LEVEL) => vec![text("transaction_isolation")],
            _ => {
                self.unread(node);
                Vec::new()
            }
        };
        self.gives(fields);
    }

    pub(crate) fn set_role(&mut self, setting: &str, node: &SyntaxNode) {
        let is_local = child(node, SyntaxKind::LOCAL_SCOPE).is_some();
        let mut value = None;
        for part in node.children() {
            match part.kind() {
                SyntaxKind::LOCAL_SCOPE
                | SyntaxKind::SESSION_SCOPE
                | SyntaxKind::SET_SESSION_AUTH_DEFAULT => {}
                SyntaxKind::SET_ROLE_NONE => value = Some("none".to_owned()),
                SyntaxKind::LITERAL => value = Some(self.literal_text(&part)),
                SyntaxKind::ROLE_REF => value = Some(name::of_first(&part)),
                _ => self.unread(&part),
            }
        }
        let role = value.clone().unwrap_or_default();
        self.notes
            .act(Action::SetRole, named(ObjectKind::Role, "", &role));
        self.setting(setting, value, is_local);
    }

    /// The search path as later parts will find it.
    pub(crate) fn path_changed(&mut self, value: Option<&str>) {
        self.has_set_path = true;
        let Some(value) = value else {
            self.next_path = Some(self.world.catalog.search_path.clone());
            return;
        };
        let role = &*self.world.catalog.role;
        let known = &self.world.catalog.schemas;
        let mut path = Vec::new();
        for schema in settings::names(value).unwrap_or_default() {
            let schema = if schema == "$user" { role } else { &schema };
            if schema == catalog::TEMPORARY || known.iter().any(|known| **known == *schema) {
                path.push(schema.into());
            }
        }
        self.next_path = Some(path);
    }
}

/// A whole number in the grammar's own spelling (`0x10`, `1_000`, `010`), in decimal.
fn whole_number(node: &SyntaxNode) -> Option<String> {
    let number = ast::Literal::cast(node.clone())?.integer_value()?;
    Some(number.to_string())
}
