//! What a CRM allows somebody, held against what patterns need. Pure: nothing is asked of a CRM.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Access, Right};

/// What somebody is allowed on a CRM, in words that every CRM's security can be told in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Who, by the CRM's own id.
    pub user: String,
    /// The rights that this CRM tells apart; about others it says nothing.
    pub distinguishes: BTreeSet<Right>,
    /// What is held.
    pub held: Vec<Privilege>,
    /// Privileges that are not held, where the CRM tells; for the names of what is missing.
    pub lacking: Vec<Privilege>,
    /// Held, about no entity, and more than an application has by itself: the CRM's own names.
    pub beyond_entities: BTreeSet<String>,
    /// Columns by entity.
    pub columns: BTreeMap<String, Columns>,
}

/// One privilege of a CRM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privilege {
    /// The CRM's own name.
    pub name: String,
    /// What may be done.
    pub right: Right,
    /// With the records of which entities; several where the CRM has one privilege for all of them.
    pub entities: BTreeSet<String>,
    /// Everybody has it who can sign in at all, so that it is nothing to take away.
    pub everybody: bool,
}

/// What may be done with the columns of an entity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// By name.
    pub known: BTreeMap<String, ColumnGrant>,
    /// Whether a column that is not among them may be read and written as its record may.
    pub others_open: bool,
}

/// What may be done with a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ColumnGrant {
    /// Seen.
    pub read: bool,
    /// Set by a create.
    pub create: bool,
    /// Set by an update.
    pub write: bool,
    /// Allowed by itself, so that it could be taken away by itself.
    pub apart: bool,
}

/// What somebody has beyond and short of what is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Differences {
    /// The user, by the CRM's own id.
    pub user: String,
    /// Needed and not allowed.
    pub missing: Vec<Difference>,
    /// Allowed and not needed.
    pub excess: Vec<Difference>,
}

/// One thing that is allowed or not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// The CRM's entity; `None` for a privilege that is about none.
    pub crm_type: Option<String>,
    /// The column, where it is about one.
    pub column: Option<String>,
    /// The right.
    pub right: Option<Right>,
    /// The CRM's own name of the privilege, where it has one.
    pub privilege: Option<String>,
}

/// Holds what is allowed against the needs of one holder.
///
/// ```
/// use engage_engine::access::{Grants, differences};
/// let nothing = Grants { user: "u-1".into(), ..Grants::default() };
/// assert!(differences(&[], &nothing).excess.is_empty());
/// ```
pub fn differences<'a>(needs: impl IntoIterator<Item = &'a Access>, grants: &Grants) -> Differences {
    // What travels inside another's write has no rights of its own.
    let needs: Vec<&Access> = needs.into_iter().filter(|need| need.inside.is_none()).collect();
    let mut found = Differences { user: grants.user.clone(), ..Differences::default() };
    for need in &needs {
        missing(need, grants, &mut found.missing);
        excess_columns(need, grants, &mut found.excess);
    }
    for privilege in grants.held.iter().filter(|privilege| !privilege.everybody) {
        if !needs.iter().any(|need| is_needed(privilege, need)) {
            let crm_type = privilege.entities.iter().next().cloned();
            let (right, privilege) = (Some(privilege.right), Some(privilege.name.clone()));
            found.excess.push(Difference { crm_type, column: None, right, privilege });
        }
    }
    let beyond = grants.beyond_entities.iter().map(|name| Difference {
        crm_type: None,
        column: None,
        right: None,
        privilege: Some(name.clone()),
    });
    found.excess.extend(beyond);
    found.missing.sort_unstable();
    found.excess.sort_unstable();
    found
}

fn is_needed(privilege: &Privilege, need: &Access) -> bool {
    need.rights.contains(&privilege.right) && privilege.entities.contains(&need.crm_type)
}

fn missing(need: &Access, grants: &Grants, found: &mut Vec<Difference>) {
    let covers =
        |privilege: &&Privilege, right| privilege.right == right && privilege.entities.contains(&need.crm_type);
    let held = |right| grants.held.iter().any(|privilege| covers(&privilege, right));
    for right in need.rights.intersection(&grants.distinguishes) {
        if !held(*right) {
            let named = grants.lacking.iter().find(|privilege| covers(privilege, *right));
            found.push(Difference {
                crm_type: Some(need.crm_type.clone()),
                column: None,
                right: Some(*right),
                privilege: named.map(|privilege| privilege.name.clone()),
            });
        }
    }
    let Some(columns) = grants.columns.get(&need.crm_type) else { return };
    for (right, wanted) in wanted(need) {
        // Without the right to the records, that is what is told. What nobody could be granted is no lack of rights: a
        // column that is never written, for which verification has its own word.
        let closed = wanted.iter().filter(|name| held(right) && !columns.allows(name, right) && columns.grants(name));
        found.extend(closed.map(|name| column(need, name, right)));
    }
}

fn excess_columns(need: &Access, grants: &Grants, found: &mut Vec<Difference>) {
    let Some(columns) = grants.columns.get(&need.crm_type) else { return };
    for (name, grant) in columns.known.iter().filter(|(_, grant)| grant.apart) {
        for (right, wanted) in wanted(need) {
            // Who may write a column may see it, and a column is granted for creates and updates at once.
            let needed = match right {
                Right::Read => need.read.contains(name) || need.create.contains(name) || need.write.contains(name),
                Right::Create => need.create.contains(name) || need.write.contains(name),
                _ => wanted.contains(name) || need.create.contains(name),
            };
            // Where the right to the records is beyond the needs, that is what is told.
            if grant.allows(right) && !needed && need.rights.contains(&right) {
                found.push(column(need, name, right));
            }
        }
    }
}

fn wanted(need: &Access) -> [(Right, &BTreeSet<String>); 3] {
    [(Right::Read, &need.read), (Right::Create, &need.create), (Right::Write, &need.write)]
}

fn column(need: &Access, name: &str, right: Right) -> Difference {
    let crm_type = Some(need.crm_type.clone());
    Difference { crm_type, column: Some(name.to_owned()), right: Some(right), privilege: None }
}

impl Columns {
    fn allows(&self, name: &str, right: Right) -> bool {
        self.known.get(name).map_or(self.others_open, |grant| grant.allows(right))
    }

    /// Whether a right to a column could be granted by itself.
    fn grants(&self, name: &str) -> bool {
        self.known.get(name).is_none_or(|grant| grant.apart)
    }
}

impl ColumnGrant {
    fn allows(self, right: Right) -> bool {
        match right {
            Right::Read => self.read,
            Right::Create => self.create,
            _ => self.write,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Holder;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn need(crm_type: &str, rights: &[Right]) -> Access {
        Access {
            holder: Holder::Application,
            crm_type: crm_type.to_owned(),
            inside: None,
            rights: rights.iter().copied().collect(),
            read: set(&["name", "phone"]),
            create: set(&["name"]),
            write: BTreeSet::new(),
            patterns: BTreeSet::new(),
        }
    }

    fn privilege(name: &str, right: Right, entities: &[&str]) -> Privilege {
        Privilege { name: name.to_owned(), right, entities: set(entities), everybody: false }
    }

    fn all() -> BTreeSet<Right> {
        [Right::Create, Right::Read, Right::Write, Right::Delete, Right::Append, Right::AppendTo].into()
    }

    fn told(differences: &[Difference]) -> Vec<String> {
        let one = |d: &Difference| {
            let place = d.column.clone().or(d.privilege.clone()).unwrap_or_default();
            format!("{} {:?} {place}", d.crm_type.clone().unwrap_or_default(), d.right)
        };
        differences.iter().map(one).collect()
    }

    #[test]
    fn one_privilege_may_be_about_several_entities() {
        let activity = privilege("prvCreateActivity", Right::Create, &["appointment", "task"]);
        let grants = Grants { distinguishes: all(), held: vec![activity], ..Grants::default() };
        let found = differences(&[need("task", &[Right::Create])], &grants);
        assert_eq!(found, Differences::default());
        let found = differences(&[need("account", &[Right::Create])], &grants);
        assert_eq!(told(&found.missing), ["account Some(Create) "]);
        assert_eq!(told(&found.excess), ["appointment Some(Create) prvCreateActivity"]);
    }

    #[test]
    fn what_a_crm_does_not_tell_apart_is_not_missed() {
        let held = vec![privilege("read", Right::Read, &["account"])];
        let grants = Grants { distinguishes: [Right::Read].into(), held, ..Grants::default() };
        let found = differences(&[need("account", &[Right::Read, Right::Append])], &grants);
        assert_eq!(found, Differences::default());
    }

    #[test]
    fn columns_are_told_where_their_records_are_allowed() {
        let closed = ColumnGrant { apart: true, ..ColumnGrant::default() };
        let open = ColumnGrant { read: true, create: true, write: true, apart: true };
        let known = BTreeMap::from([("phone".to_owned(), closed), ("secret".to_owned(), open)]);
        let columns = BTreeMap::from([("account".to_owned(), Columns { known, others_open: true })]);
        let held = vec![privilege("read", Right::Read, &["account"])];
        let grants = Grants { distinguishes: all(), held, columns, ..Grants::default() };
        let found = differences(&[need("account", &[Right::Read])], &grants);
        assert_eq!(told(&found.missing), ["account Some(Read) phone"]);
        assert_eq!(told(&found.excess), ["account Some(Read) secret"]);
    }

    #[test]
    fn what_everybody_has_is_no_excess_and_what_is_about_no_entity_is() {
        let everybody = Privilege { everybody: true, ..privilege("prvReadUser", Right::Read, &["systemuser"]) };
        let beyond_entities = set(&["prvActOnBehalfOfAnotherUser"]);
        let grants = Grants { distinguishes: all(), held: vec![everybody], beyond_entities, ..Grants::default() };
        assert_eq!(told(&differences(&[], &grants).excess), [" None prvActOnBehalfOfAnotherUser"]);
    }
}
