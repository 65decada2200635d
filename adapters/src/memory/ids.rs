//! Where primary keys come from: a counter, dressed as the CRM would.

/// Makes primary keys. The same numbers give the same ids, so that snapshots hold.
pub trait IdSource: Send + Sync {
    /// The id of the `number`th record made, in a table.
    fn id(&self, table: &str, number: u64) -> String;
}

impl<F: Fn(&str, u64) -> String + Send + Sync> IdSource for F {
    fn id(&self, table: &str, number: u64) -> String {
        self(table, number)
    }
}

/// The default: 18 characters with a key prefix and check letters for Salesforce, a GUID for every other CRM.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counter {
    /// Ids as Salesforce makes them.
    pub salesforce: bool,
}

impl IdSource for Counter {
    fn id(&self, table: &str, number: u64) -> String {
        if self.salesforce { salesforce_id(table, number) } else { format!("00000000-0000-4000-8000-{number:012x}") }
    }
}

/// "What are key prefixes": the first three characters name the object; custom objects begin with `a`.
fn prefix(table: &str) -> &'static str {
    match table {
        "Account" => "001",
        "Contact" => "003",
        "User" => "005",
        "Opportunity" => "006",
        "Lead" => "00Q",
        "Event" => "00U",
        "Profile" => "00e",
        "EventRelation" => "0RE",
        "Case" => "500",
        _ => "a00",
    }
}

/// 15 characters and three check letters: one per five characters, a bit per capital.
fn salesforce_id(table: &str, number: u64) -> String {
    let mut id = format!("{}{number:012}", prefix(table));
    let letters = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    let checks: Vec<char> = id
        .as_bytes()
        .chunks(5)
        .take(3)
        .map(|chunk| {
            let bits = chunk.iter().enumerate().filter(|(_, byte)| byte.is_ascii_uppercase());
            let place = bits.fold(0_usize, |sum, (bit, _)| sum | (1 << bit));
            letters.get(place).map_or('A', |letter| char::from(*letter))
        })
        .collect();
    id.extend(checks);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_look_like_those_of_their_crm() {
        let guid = Counter::default().id("contact", 10);
        assert_eq!(guid, "00000000-0000-4000-8000-00000000000a");
        let id = Counter { salesforce: true }.id("Event", 7);
        assert_eq!(id, "00U000000000007EAA");
    }
}
