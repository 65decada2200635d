//! The fact files of simulated CRMs (`kind: CrmSchema`), read independently of the product.

use std::fs;
use std::path::{Path, PathBuf};

use serde_yaml::Value as Yaml;

/// The folder of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// A fact file of the starter library.
pub fn starter(crm: &str) -> Yaml {
    schema(&root().join(format!("playbooks/packages/starter/crm/{crm}.schema.yaml")))
}

/// A fact file.
pub fn schema(path: &Path) -> Yaml {
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// One table of a fact file.
pub struct Table<'y> {
    /// The CRM's name for it.
    pub name: &'y str,
    /// What the file says about it.
    pub facts: &'y Yaml,
}

impl<'y> Table<'y> {
    pub fn all(schema: &'y Yaml) -> Vec<Self> {
        let tables = schema["tables"].as_mapping().unwrap();
        tables.iter().map(|(name, facts)| Self { name: name.as_str().unwrap(), facts }).collect()
    }

    pub fn inferred(&self) -> bool {
        self.facts["inferred"].as_bool().unwrap_or(false)
    }

    pub fn key(&self) -> &'y str {
        self.facts["key"].as_str().unwrap()
    }

    /// Columns but the key and those of our own.
    pub fn columns(&self, own: &str) -> Vec<Column<'y>> {
        let columns = self.facts["columns"].as_mapping().unwrap();
        let columns = columns.iter().map(|(name, facts)| Column { name: name.as_str().unwrap(), facts });
        columns.filter(|column| column.name != self.key() && !column.name.starts_with(own)).collect()
    }

    pub fn children(&self) -> Vec<(&'y str, &'y str)> {
        let children = self.facts["children"].as_mapping();
        children.into_iter().flatten().map(|(table, name)| (table.as_str().unwrap(), name.as_str().unwrap())).collect()
    }
}

/// One column of a fact file.
pub struct Column<'y> {
    /// The CRM's name for it.
    pub name: &'y str,
    /// What the file says about it.
    pub facts: &'y Yaml,
}

impl Column<'_> {
    pub fn type_name(&self) -> &str {
        self.facts["type"].as_str().unwrap()
    }

    pub fn flag(&self, name: &str, otherwise: bool) -> bool {
        self.facts[name].as_bool().unwrap_or(otherwise)
    }

    pub fn max(&self) -> Option<u64> {
        self.facts["max"].as_u64()
    }

    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.facts[name].as_sequence().into_iter().flatten().map(|text| text.as_str().unwrap()).collect()
    }

    /// Navigation per target; one name stands for every target.
    pub fn navigation(&self) -> Vec<(Option<&str>, &str)> {
        match &self.facts["navigation"] {
            Yaml::String(name) => vec![(None, name)],
            Yaml::Mapping(names) => {
                names.iter().map(|(target, name)| (target.as_str(), name.as_str().unwrap())).collect()
            }
            _ => Vec::new(),
        }
    }
}
