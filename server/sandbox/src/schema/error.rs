//! Why a schema file is refused.

use super::load::MAX_BYTES;

/// Why a schema file is refused.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The file is larger than any schema.
    #[error("the schema file is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// The text is not YAML of the expected shape.
    #[error("the schema file cannot be read")]
    Shape(#[source] serde_yaml::Error),
    /// The file is of another kind or for another CRM.
    #[error("the file is not a `SandboxSchema` of this CRM")]
    NotOurs,
    /// The CRM has no type of this name.
    #[error("column `{column}` of `{table}` has the unknown type `{crm_type}`")]
    UnknownType {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The word.
        crm_type: String,
    },
    /// A new table lacks its primary key.
    #[error("table `{table}` has no column for its primary key `{id}`")]
    NoPrimaryKey {
        /// The table.
        table: String,
        /// The name of the missing column.
        id: String,
    },
    /// A name holds something else than letters, digits and underscores.
    #[error("`{name}` is not a name")]
    Name {
        /// The name.
        name: String,
    },
    /// A relation leads to a table that is not there.
    #[error("a relation leads to the unknown table `{table}`")]
    UnknownTable {
        /// The name.
        table: String,
    },
    /// A key names a column that is not there.
    #[error("key `{key}` of `{table}` names the unknown column `{column}`")]
    UnknownKeyColumn {
        /// The table.
        table: String,
        /// The key.
        key: String,
        /// The column.
        column: String,
    },
    /// The CRM has no such switch.
    #[error("there is no setting `{name}`")]
    UnknownSetting {
        /// The name.
        name: String,
    },
    /// A duplicate rule that is said to block is not there.
    #[error("`{table}` has no duplicate rule `{rule}`")]
    UnknownRule {
        /// The table.
        table: String,
        /// The rule.
        rule: String,
    },
}
