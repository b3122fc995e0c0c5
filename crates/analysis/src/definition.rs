//! Which action on what kind of thing a definition is.
//!
//! Why: every definition of the grammar stands here by name; there is no arm for the rest.
//! It reads no names; `define` does.
// tidy: table — statements that define, by action and kind of object

use model::{Action, ObjectKind};
use squawk_syntax::ast::Stmt;

#[expect(clippy::too_many_lines, reason = "a table")]
/// The action of a definition and the kind of thing it is on; `None` for what is no definition.
pub(crate) fn definition(statement: &Stmt) -> Option<(Action, ObjectKind)> {
    Some(match statement {
        Stmt::AlterAggregate(_)
        | Stmt::AlterFunction(_)
        | Stmt::AlterOperator(_)
        | Stmt::AlterProcedure(_)
        | Stmt::AlterRoutine(_) => (Action::Alter, ObjectKind::Function),
        Stmt::AlterCollation(_)
        | Stmt::AlterConversion(_)
        | Stmt::AlterDomain(_)
        | Stmt::AlterEventTrigger(_)
        | Stmt::AlterExtension(_)
        | Stmt::AlterForeignDataWrapper(_)
        | Stmt::AlterIndex(_)
        | Stmt::AlterLanguage(_)
        | Stmt::AlterLargeObject(_)
        | Stmt::AlterOperatorClass(_)
        | Stmt::AlterOperatorFamily(_)
        | Stmt::AlterPropertyGraph(_)
        | Stmt::AlterRule(_)
        | Stmt::AlterServer(_)
        | Stmt::AlterStatistics(_)
        | Stmt::AlterTextSearchConfiguration(_)
        | Stmt::AlterTextSearchDictionary(_)
        | Stmt::AlterTextSearchParser(_)
        | Stmt::AlterTextSearchTemplate(_)
        | Stmt::AlterTrigger(_)
        | Stmt::AlterType(_)
        | Stmt::AlterUserMapping(_) => (Action::Alter, ObjectKind::Other),
        Stmt::AlterDatabase(_) | Stmt::AlterTablespace(_) => (Action::Alter, ObjectKind::Database),
        Stmt::AlterDefaultPrivileges(_) => (Action::Grant, ObjectKind::Database),
        Stmt::AlterForeignTable(_)
        | Stmt::AlterMaterializedView(_)
        | Stmt::AlterSequence(_)
        | Stmt::AlterTable(_)
        | Stmt::AlterView(_) => (Action::Alter, ObjectKind::Table),
        Stmt::AlterGroup(_)
        | Stmt::AlterRole(_)
        | Stmt::AlterUser(_)
        | Stmt::CreateGroup(_)
        | Stmt::CreateRole(_)
        | Stmt::CreateUser(_)
        | Stmt::DropGroup(_)
        | Stmt::DropOwned(_)
        | Stmt::DropRole(_)
        | Stmt::DropUser(_)
        | Stmt::Reassign(_) => (Action::ManageRole, ObjectKind::Role),
        Stmt::AlterPolicy(_) | Stmt::CreatePolicy(_) | Stmt::DropPolicy(_) => {
            (Action::ManageRole, ObjectKind::Table)
        }
        Stmt::AlterPublication(_)
        | Stmt::AlterSubscription(_)
        | Stmt::CreatePublication(_)
        | Stmt::CreateSubscription(_)
        | Stmt::DropPublication(_)
        | Stmt::DropSubscription(_) => (Action::Configure, ObjectKind::Other),
        Stmt::AlterSchema(_) => (Action::Alter, ObjectKind::Schema),
        Stmt::AlterSystem(_) => (Action::Configure, ObjectKind::Database),
        Stmt::CommentOn(_)
        | Stmt::CreateForeignTable(_)
        | Stmt::CreateMaterializedView(_)
        | Stmt::CreateSequence(_)
        | Stmt::CreateTable(_)
        | Stmt::CreateTableAs(_)
        | Stmt::CreateView(_)
        | Stmt::Refresh(_)
        | Stmt::SecurityLabel(_) => (Action::Create, ObjectKind::Table),
        Stmt::CreateAccessMethod(_)
        | Stmt::CreateCollation(_)
        | Stmt::CreateConversion(_)
        | Stmt::CreateDomain(_)
        | Stmt::CreateEventTrigger(_)
        | Stmt::CreateExtension(_)
        | Stmt::CreateForeignDataWrapper(_)
        | Stmt::CreateIndex(_)
        | Stmt::CreateLanguage(_)
        | Stmt::CreateOperatorClass(_)
        | Stmt::CreateOperatorFamily(_)
        | Stmt::CreatePropertyGraph(_)
        | Stmt::CreateRule(_)
        | Stmt::CreateServer(_)
        | Stmt::CreateStatistics(_)
        | Stmt::CreateTextSearchConfiguration(_)
        | Stmt::CreateTextSearchDictionary(_)
        | Stmt::CreateTextSearchParser(_)
        | Stmt::CreateTextSearchTemplate(_)
        | Stmt::CreateTrigger(_)
        | Stmt::CreateType(_)
        | Stmt::CreateUserMapping(_) => (Action::Create, ObjectKind::Other),
        Stmt::CreateAggregate(_)
        | Stmt::CreateCast(_)
        | Stmt::CreateFunction(_)
        | Stmt::CreateOperator(_)
        | Stmt::CreateProcedure(_)
        | Stmt::CreateTransform(_) => (Action::Create, ObjectKind::Function),
        Stmt::CreateDatabase(_) | Stmt::CreateTablespace(_) => {
            (Action::Create, ObjectKind::Database)
        }
        Stmt::CreateSchema(_) | Stmt::ImportForeignSchema(_) => {
            (Action::Create, ObjectKind::Schema)
        }
        Stmt::DropAccessMethod(_)
        | Stmt::DropCollation(_)
        | Stmt::DropConversion(_)
        | Stmt::DropDomain(_)
        | Stmt::DropEventTrigger(_)
        | Stmt::DropExtension(_)
        | Stmt::DropForeignDataWrapper(_)
        | Stmt::DropIndex(_)
        | Stmt::DropLanguage(_)
        | Stmt::DropOperatorClass(_)
        | Stmt::DropOperatorFamily(_)
        | Stmt::DropPropertyGraph(_)
        | Stmt::DropRule(_)
        | Stmt::DropServer(_)
        | Stmt::DropStatistics(_)
        | Stmt::DropTextSearchConfig(_)
        | Stmt::DropTextSearchDict(_)
        | Stmt::DropTextSearchParser(_)
        | Stmt::DropTextSearchTemplate(_)
        | Stmt::DropTrigger(_)
        | Stmt::DropType(_)
        | Stmt::DropUserMapping(_) => (Action::Drop, ObjectKind::Other),
        Stmt::DropAggregate(_)
        | Stmt::DropCast(_)
        | Stmt::DropFunction(_)
        | Stmt::DropOperator(_)
        | Stmt::DropProcedure(_)
        | Stmt::DropRoutine(_)
        | Stmt::DropTransform(_) => (Action::Drop, ObjectKind::Function),
        Stmt::DropDatabase(_) | Stmt::DropTablespace(_) => (Action::Drop, ObjectKind::Database),
        Stmt::DropForeignTable(_)
        | Stmt::DropMaterializedView(_)
        | Stmt::DropSequence(_)
        | Stmt::DropTable(_)
        | Stmt::DropView(_) => (Action::Drop, ObjectKind::Table),
        Stmt::DropSchema(_) => (Action::Drop, ObjectKind::Schema),
        Stmt::Grant(_) => (Action::Grant, ObjectKind::Table),
        Stmt::Revoke(_) => (Action::Revoke, ObjectKind::Table),
        // Read in `statement`; never asked for here.
        Stmt::Analyze(_)
        | Stmt::Begin(_)
        | Stmt::Call(_)
        | Stmt::Checkpoint(_)
        | Stmt::Close(_)
        | Stmt::Cluster(_)
        | Stmt::Commit(_)
        | Stmt::Copy(_)
        | Stmt::Deallocate(_)
        | Stmt::Declare(_)
        | Stmt::Delete(_)
        | Stmt::Discard(_)
        | Stmt::Do(_)
        | Stmt::Execute(_)
        | Stmt::Explain(_)
        | Stmt::Fetch(_)
        | Stmt::Insert(_)
        | Stmt::Listen(_)
        | Stmt::Load(_)
        | Stmt::Lock(_)
        | Stmt::Merge(_)
        | Stmt::Move(_)
        | Stmt::Notify(_)
        | Stmt::Prepare(_)
        | Stmt::PrepareTransaction(_)
        | Stmt::Repack(_)
        | Stmt::Reindex(_)
        | Stmt::ReleaseSavepoint(_)
        | Stmt::Reset(_)
        | Stmt::Rollback(_)
        | Stmt::SavepointCreate(_)
        | Stmt::Select(_)
        | Stmt::SelectInto(_)
        | Stmt::Set(_)
        | Stmt::SetConstraints(_)
        | Stmt::SetRole(_)
        | Stmt::SetSessionAuth(_)
        | Stmt::ResetRole(_)
        | Stmt::ResetSessionAuth(_)
        | Stmt::SetTransaction(_)
        | Stmt::Show(_)
        | Stmt::Table(_)
        | Stmt::Truncate(_)
        | Stmt::Unlisten(_)
        | Stmt::Update(_)
        | Stmt::Vacuum(_)
        | Stmt::Values(_)
        | Stmt::CompoundSelect(_)
        | Stmt::ParenSelect(_)
        | Stmt::EmptyStmt(_) => return None,
    })
}
