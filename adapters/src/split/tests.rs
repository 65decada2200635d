use engage_engine::adapter::{Adapter, Call, Join};
use engage_engine::condition::matches;
use engage_engine::ids::{CrmName, FieldName};
use engage_engine::model::Direction;
use engage_engine::value::Instance;
use engage_engine::{Catalog, Identity};
use proptest::prelude::*;

use super::*;
use crate::memory::MemoryCrm;

fn crm() -> (MemoryCrm, Catalog) {
    let name = CrmName::new("memory").unwrap();
    let catalog = crate::conformance::catalog(&name);
    (MemoryCrm::new(crate::conformance::schema(&name).unwrap()).unwrap().with_catalog(&catalog), catalog)
}

fn test(field: &str, operator: Operator, operands: Vec<Value>) -> Condition<Value> {
    Condition::Test(Test { field: field.parse().unwrap(), operator, operands })
}

fn text(value: impl Into<String>) -> Value {
    Value::String(value.into())
}

/// Contacts with these ranks and names, all of one account.
fn contacts(rows: &[(Option<i64>, u8)]) -> (MemoryCrm, Catalog) {
    let (crm, catalog) = crm();
    let (account, contact) =
        (catalog.entity("memory", "account").unwrap(), catalog.entity("memory", "contact").unwrap());
    let instance = |values: Vec<(&str, Value)>| {
        values.into_iter().map(|(name, value)| (FieldName::new(name).unwrap(), value)).collect::<Instance>()
    };
    crm.seed_all([(account.as_ref(), &instance(vec![("Id", Value::Id("a".into())), ("Name", text("A"))]))]).unwrap();
    for (number, (rank, name)) in rows.iter().enumerate() {
        let mut values = vec![
            ("Id", Value::Id(format!("c{number:03}"))),
            ("LastName", text(format!("n{name}"))),
            ("AccountId", Value::Id("a".into())),
        ];
        values.extend(rank.map(|rank| ("Rank", Value::Int(rank))));
        crm.seed_all([(contact.as_ref(), &instance(values))]).unwrap();
    }
    (crm, catalog)
}

fn ask(crm: &MemoryCrm, queries: &[Query]) -> Vec<Page> {
    let call = Call { identity: Identity::Application, run: String::new(), timeout: None };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(crm.read(&call, queries)).unwrap()
}

fn short(most: usize) -> impl Fn(&Query) -> Result<bool, AdapterError> {
    move |query| Ok(query.filter.as_ref().map_or(0, weight) <= most)
}

fn condition() -> impl Strategy<Value = Condition<Value>> {
    let names = || proptest::collection::vec((0_u8..9).prop_map(|name| text(format!("N{name}"))), 0..7);
    let ranks = || proptest::collection::vec((0_i64..5).prop_map(Value::Int), 0..5);
    let leaf = prop_oneof![
        names().prop_map(|names| test("LastName", Operator::In, names)),
        names().prop_map(|names| test("LastName", Operator::NotIn, names)),
        ranks().prop_map(|ranks| test("Rank", Operator::In, ranks)),
        ranks().prop_map(|ranks| test("Rank", Operator::NotIn, ranks)),
        (0_i64..5).prop_map(|rank| test("Rank", Operator::GreaterThan, vec![Value::Int(rank)])),
        Just(test("Rank", Operator::IsNull, vec![])),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Condition::And),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Condition::Or),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Whatever the condition, order and limit: the pieces together answer as the whole does.
    #[test]
    fn pieces_answer_as_the_whole(
        rows in proptest::collection::vec((proptest::option::of(0_i64..5), 0_u8..9), 0..25),
        filter in condition(),
        most in 0_usize..60,
        sort in proptest::option::of((prop_oneof![Just("LastName"), Just("Rank"), Just("Id")], any::<bool>())),
        limit in proptest::option::of(1_u32..6),
        selected in any::<bool>(),
    ) {
        let (crm, catalog) = contacts(&rows);
        let entity = catalog.entity("memory", "contact").unwrap();
        let account = catalog.entity("memory", "account").unwrap();
        let position = |name: &str| entity.position(name).unwrap();
        let above = Query {
            entity: account.clone(), select: Vec::new(), filter: None, sort: None, limit: None, joins: Vec::new(),
        };
        let (parent_field, child_field) = (position("AccountId"), account.position("Id").unwrap());
        let query = Query {
            entity: entity.clone(),
            select: if selected { vec![position("Email"), position("LastName")] } else { Vec::new() },
            filter: Some(filter.clone()),
            sort: sort.map(|(name, descending)| {
                (position(name), if descending { Direction::Descending } else { Direction::Ascending })
            }),
            limit,
            joins: vec![Join { parent_field, child_field, query: above }],
        };
        let whole = ask(&crm, std::slice::from_ref(&query)).pop().unwrap();
        if let Some(pieces) = pieces(&query, 1000, &short(most)).unwrap() {
            prop_assert!(pieces.len() > 1);
            let fits = short(most);
            prop_assert!(pieces.iter().all(|piece| fits(piece).unwrap()));
            prop_assert_eq!(merge(&query, ask(&crm, &pieces)), whole);
        }
    }

    /// What two halves let through is what the whole does, for every record.
    #[test]
    fn halves_are_the_whole(filter in condition(), rank in proptest::option::of(0_i64..5), name in 0_u8..9, not: bool) {
        let record = Instance::from([
            ("LastName".parse().unwrap(), text(format!("n{name}"))),
            ("Rank".parse().unwrap(), rank.map_or(Value::Null, Value::Int)),
        ]);
        if let Some((first, second)) = halves(&filter, not) {
            let whole = matches(&filter, &record) != not;
            prop_assert_eq!(matches(&first, &record) || matches(&second, &record), whole);
        }
    }
}

#[test]
fn a_list_becomes_lists_and_what_is_no_alternative_stays_whole() {
    let (_, catalog) = crm();
    let entity = catalog.entity("memory", "contact").unwrap();
    let query = |filter| Query {
        entity: entity.clone(),
        select: Vec::new(),
        filter: Some(filter),
        sort: None,
        limit: Some(3),
        joins: Vec::new(),
    };
    let names = |count: usize| (0..count).map(|number| text(number.to_string())).collect::<Vec<_>>();
    let listed = query(Condition::And(vec![
        test("Rank", Operator::IsNotNull, vec![]),
        test("LastName", Operator::In, names(8)),
    ]));
    let cut = pieces(&listed, 1000, &short(20)).unwrap().unwrap();
    assert_eq!(cut.len(), 4);
    assert!(cut.iter().all(|piece| piece.limit == Some(3)));
    assert!(pieces(&listed, 1000, &short(1000)).unwrap().is_none(), "what fits is not cut");
    assert!(pieces(&listed, 3, &short(20)).unwrap().is_none(), "no more pieces than there is room for");
    let excluded = query(test("LastName", Operator::NotIn, names(8)));
    assert!(pieces(&excluded, 1000, &short(20)).unwrap().is_none());
}
