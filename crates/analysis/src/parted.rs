//! Partitions: which of them a row is in tells of what it is parted by.
//!
//! Why: a partition by the first letters of an address, named in FROM or told by `tableoid`, says
//! of each of its rows where its address lies.
//! A key that is an expression is not seen through.

use catalog::Relation;
use model::FilterForm;
use smallvec::SmallVec;

use crate::reader::Reader;
use crate::value::Col;

impl Reader<'_> {
    /// The classified columns that a relation is partitioned by.
    pub(crate) fn parted_by(&self, relation: u32) -> SmallVec<[Col; 4]> {
        let beside = self.world.catalog.beside(relation);
        let keys = beside.map_or(&[][..], |beside| &beside.partition_key);
        let cols = keys.iter().map(|number| Col {
            relation,
            number: *number,
        });
        let is_classified = self.is_classified();
        cols.filter(|col| is_classified(*col)).collect()
    }

    /// A relation by its name: what parts it from others of its parent holds for all its rows.
    pub(crate) fn names_part(&mut self, relation: &Relation) {
        for parent in &relation.parents {
            for col in self.parted_by(*parent) {
                self.uses(col, FilterForm::Other);
            }
        }
    }
}
