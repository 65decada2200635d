//! Why the store refuses.

use super::RowId;

/// A refusal of the store. Each CRM words it in its own way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The schema has no such table.
    #[error("there is no table `{table}`")]
    NoTable {
        /// The name asked for.
        table: String,
    },
    /// The table has no such column.
    #[error("table `{table}` has no column `{column}`")]
    NoColumn {
        /// The table.
        table: String,
        /// The name asked for.
        column: String,
    },
    /// The column holds values of another type.
    #[error("column `{column}` of `{table}` does not hold this type")]
    WrongType {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// There is no such row.
    #[error("there is no such row in `{table}`")]
    NoRow {
        /// The table.
        table: String,
        /// The row asked for.
        id: RowId,
    },
    /// The primary key is taken.
    #[error("the primary key is taken in `{table}`")]
    DuplicateId {
        /// The table.
        table: String,
        /// The key.
        id: RowId,
    },
    /// The values of a unique key are taken.
    #[error("the values of key `{key}` are taken in `{table}`")]
    DuplicateKey {
        /// The table.
        table: String,
        /// Name of the key.
        key: String,
        /// The row that has the values.
        taken_by: RowId,
    },
    /// The value refers to a row that does not exist.
    #[error("column `{column}` of `{table}` refers to a row of `{target}` that does not exist")]
    Dangling {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The table referred to.
        target: String,
        /// The row referred to.
        id: RowId,
    },
    /// Rows that refer to it forbid the deletion.
    #[error("rows of `{by}` forbid the deletion of a row of `{table}`")]
    Restricted {
        /// The table of the row.
        table: String,
        /// The table whose rows refer to it.
        by: String,
    },
    /// Another transaction holds the row.
    #[error("the row of `{table}` is locked")]
    Locked {
        /// The table.
        table: String,
        /// The row.
        id: RowId,
    },
    /// The file does not take the transaction, which has not happened.
    #[error("the file does not take what was written")]
    NotKept,
    /// The schema has no such many-to-many relation.
    #[error("there is no relation `{relation}`")]
    NoRelation {
        /// The name asked for.
        relation: String,
    },
}
