//! One statement: who reads it.
//!
//! Why: the one place where every kind of statement is named, with no arm for the rest, so that a
//! kind the grammar gains does not compile until somebody has thought of it.
//! What each does is read elsewhere.

use model::{Action, TransactionControl};
use squawk_syntax::ast::{self, AstNode, Stmt};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::reader::Reader;

/// The command tag of a node: `CREATE_TABLE` is `CREATE TABLE`.
fn tag(kind: SyntaxKind) -> String {
    match kind {
        SyntaxKind::COMPOUND_SELECT
        | SyntaxKind::PAREN_SELECT
        | SyntaxKind::TABLE
        | SyntaxKind::VALUES => "SELECT".to_owned(),
        SyntaxKind::COMMENT_ON => "COMMENT".to_owned(),
        SyntaxKind::SAVEPOINT_CREATE => "SAVEPOINT".to_owned(),
        SyntaxKind::RELEASE_SAVEPOINT => "RELEASE".to_owned(),
        SyntaxKind::COMMIT_TRANSACTION => "COMMIT".to_owned(),
        SyntaxKind::ROLLBACK_TRANSACTION | SyntaxKind::ROLLBACK_TO_SAVEPOINT => {
            "ROLLBACK".to_owned()
        }
        SyntaxKind::REFRESH => "REFRESH MATERIALIZED VIEW".to_owned(),
        SyntaxKind::LOCK => "LOCK TABLE".to_owned(),
        SyntaxKind::SET_SESSION_AUTH => "SET SESSION AUTHORIZATION".to_owned(),
        SyntaxKind::RESET_SESSION_AUTH => "RESET SESSION AUTHORIZATION".to_owned(),
        kind => format!("{kind:?}").replace('_', " "),
    }
}

/// VACUUM that rewrites the table under a lock that nobody passes; `FULL false`, or a table of that
/// name, is taken for it.
fn is_full(vacuum: &SyntaxNode) -> bool {
    vacuum
        .descendants_with_tokens()
        .filter_map(squawk_syntax::SyntaxElement::into_token)
        .any(|token| token.text().eq_ignore_ascii_case("full"))
}

/// LOCK TABLE … IN ACCESS SHARE MODE.
fn is_as_reading(lock: &SyntaxNode) -> bool {
    let mode = lock
        .children()
        .find(|part| part.kind() == SyntaxKind::LOCK_MODE_CLAUSE);
    mode.is_some_and(|mode| {
        mode.descendants()
            .any(|part| part.kind() == SyntaxKind::ACCESS_SHARE)
    })
}

/// The savepoint a statement names.
fn savepoint(node: &SyntaxNode) -> String {
    let is_name =
        |n: &SyntaxNode| matches!(n.kind(), SyntaxKind::SAVEPOINT | SyntaxKind::SAVEPOINT_REF);
    let name = node.children().find(is_name);
    name.map(|name| crate::name::of(&name)).unwrap_or_default()
}

impl Reader<'_> {
    /// Reads one statement into the notes.
    pub(crate) fn statement(&mut self, statement: &Stmt) {
        self.notes.effects.kind = tag(statement.syntax().kind());
        match statement {
            Stmt::Select(_)
            | Stmt::SelectInto(_)
            | Stmt::ParenSelect(_)
            | Stmt::CompoundSelect(_)
            | Stmt::Table(_)
            | Stmt::Values(_) => {
                let rows = self.select(statement.syntax(), &self.ground());
                if statement.syntax().kind() == SyntaxKind::SELECT_INTO {
                    self.kept_rows = Some(rows.fields);
                    self.sets_off();
                } else {
                    self.gives(rows.fields);
                }
            }
            Stmt::Insert(_) | Stmt::Update(_) | Stmt::Delete(_) | Stmt::Merge(_) => {
                let rows = self.write(statement.syntax(), &self.ground());
                if crate::write::returns(statement.syntax()) {
                    self.gives(rows.fields);
                }
            }
            Stmt::Copy(copy) => self.copy(copy),
            Stmt::Explain(explain) => self.explain(explain),
            Stmt::Declare(it) => self.declare(it.syntax()),
            Stmt::Fetch(it) => self.fetch(it.syntax(), true),
            Stmt::Move(it) => self.fetch(it.syntax(), false),
            Stmt::Close(it) => self.close(it.syntax()),
            Stmt::Prepare(it) => self.prepare(it.syntax()),
            Stmt::Execute(it) => self.execute(it.syntax()),
            Stmt::Deallocate(it) => self.deallocate(it.syntax()),
            Stmt::Do(it) => self.block(it.syntax()),
            Stmt::Call(it) => self.call_procedure(it.syntax()),
            Stmt::EmptyStmt(_) => {}
            other => self.other(other),
        }
    }

    /// Session, transaction and administration.
    fn other(&mut self, statement: &Stmt) {
        let node = statement.syntax();
        match statement {
            Stmt::Begin(_) => self.transaction(node, TransactionControl::Begin),
            Stmt::Commit(commit) => self.transaction(
                node,
                match commit {
                    ast::Commit::CommitTransaction(_) => TransactionControl::Commit,
                    ast::Commit::CommitPrepared(_) => TransactionControl::Prepared,
                },
            ),
            Stmt::Rollback(rollback) => self.transaction(
                node,
                match rollback {
                    ast::Rollback::RollbackTransaction(_) => TransactionControl::Rollback,
                    ast::Rollback::RollbackToSavepoint(_) => {
                        TransactionControl::RollbackTo(savepoint(node))
                    }
                    ast::Rollback::RollbackPrepared(_) => TransactionControl::Prepared,
                },
            ),
            Stmt::SavepointCreate(_) => {
                self.transaction(node, TransactionControl::Savepoint(savepoint(node)));
            }
            Stmt::ReleaseSavepoint(_) => {
                self.transaction(node, TransactionControl::Release(savepoint(node)));
            }
            Stmt::PrepareTransaction(_) => self.transaction(node, TransactionControl::Prepared),
            Stmt::SetTransaction(_) => self.set_transaction(node),
            Stmt::SetConstraints(_) => self.session_act(Action::Transaction),
            Stmt::Set(_) => self.set(node),
            Stmt::Reset(_) => self.reset(node),
            Stmt::Discard(_) => self.discard(node),
            Stmt::Show(_) => self.show(node),
            Stmt::SetRole(_) | Stmt::ResetRole(_) => self.set_role("role", node),
            Stmt::SetSessionAuth(_) | Stmt::ResetSessionAuth(_) => {
                self.set_role("session_authorization", node);
            }
            Stmt::Listen(_) | Stmt::Unlisten(_) => self.session_act(Action::Listen),
            Stmt::Notify(_) => self.session_act(Action::Notify),
            Stmt::Load(_) => self.session_act(Action::ReachHost),
            Stmt::Checkpoint(_) => self.session_act(Action::Maintain),
            Stmt::Vacuum(_) => {
                if is_full(node) {
                    "VACUUM FULL".clone_into(&mut self.notes.effects.kind);
                }
                self.on_tables(node, Action::Maintain);
            }
            Stmt::Reindex(_) => {
                self.on_tables(node, Action::Maintain);
                self.sets_off();
            }
            Stmt::Analyze(_) | Stmt::Cluster(_) | Stmt::Repack(_) => {
                self.on_tables(node, Action::Maintain);
            }
            // It keeps others from nothing that reading the table would not keep them from.
            Stmt::Lock(_) if is_as_reading(node) => self.on_tables(node, Action::Select),
            Stmt::Lock(_) => self.on_tables(node, Action::Lock),
            Stmt::Truncate(_) => self.on_tables(node, Action::Truncate),
            definition => {
                self.settings_defined(node);
                self.define(definition);
            }
        }
    }
}
