use super::*;

fn playbook(name: &str) -> SemanticId {
    SemanticId::new(name).unwrap()
}

/// A run of a tenant, told apart by a number.
fn run(tenant: &str, of: &str, number: usize) -> RunKey {
    RunKey::of_event(&Tenant::new(tenant).unwrap(), &playbook(of), &number.to_string())
}

fn waiting(limits: Limits, runs: &[(&str, &str, usize)]) -> Places {
    let mut places = Places::new(limits);
    for (tenant, of, many) in runs {
        for number in 0..*many {
            places.wait(&run(tenant, of, number), &playbook(of), None);
        }
    }
    places
}

/// Whose turn it is, until there is no place left.
fn turns(places: &mut Places) -> Vec<RunKey> {
    std::iter::from_fn(|| places.next()).collect()
}

const WIDE: Limits = Limits { all: 1_000_000, tenant: 1_000_000, playbook: 1_000_000 };

#[test]
fn a_flood_of_one_tenant_makes_no_other_wait() {
    let mut places = waiting(WIDE, &[("flood", "a", 10_000), ("quiet", "a", 3), ("calm", "a", 3)]);
    let turns = turns(&mut places);
    let last_of = |tenant: &str| turns.iter().rposition(|key| key.tenant.as_str() == tenant).unwrap();
    // Three tenants take turns: three runs each are through within nine.
    assert_eq!((last_of("quiet"), last_of("calm")), (7, 8));
    assert_eq!(turns.len(), 10_006);
}

#[test]
fn a_late_tenant_is_next_in_the_round() {
    let mut places = waiting(Limits { all: 1, ..WIDE }, &[("flood", "a", 100)]);
    assert!(places.next().is_some_and(|key| key.tenant.as_str() == "flood"));
    places.wait(&run("late", "a", 0), &playbook("a"), None);
    let served: Vec<String> = (0..3)
        .map(|_| {
            places.give_back(&Tenant::new("flood").unwrap(), &playbook("a"));
            places.next().unwrap().tenant.to_string()
        })
        .collect();
    assert_eq!(served.iter().position(|tenant| tenant == "late"), Some(1), "{served:?}");
}

#[test]
fn within_a_tenant_who_comes_first_is_first() {
    let mut places = Places::new(WIDE);
    let order = [("b", 0), ("a", 0), ("b", 1), ("a", 1)];
    for (of, number) in order {
        places.wait(&run("contoso", of, number), &playbook(of), None);
    }
    assert_eq!(turns(&mut places), order.map(|(of, number)| run("contoso", of, number)));
}

#[test]
fn a_full_playbook_holds_up_no_other() {
    let mut places = Places::new(WIDE);
    for number in 0..5 {
        places.wait(&run("contoso", "narrow", number), &playbook("narrow"), Some(2));
    }
    places.wait(&run("contoso", "wide", 0), &playbook("wide"), None);
    let begun = turns(&mut places);
    assert_eq!(begun, [run("contoso", "narrow", 0), run("contoso", "narrow", 1), run("contoso", "wide", 0)]);
    places.give_back(&Tenant::new("contoso").unwrap(), &playbook("narrow"));
    assert_eq!(turns(&mut places), [run("contoso", "narrow", 2)]);
}

#[test]
fn every_bound_holds() {
    let mut places = waiting(Limits { all: 5, tenant: 3, playbook: 2 }, &[("x", "a", 9), ("x", "b", 9), ("y", "a", 9)]);
    let begun = turns(&mut places);
    let count = |tenant: &str| begun.iter().filter(|key| key.tenant.as_str() == tenant).count();
    assert_eq!((begun.len(), count("x"), count("y")), (5, 3, 2));
    assert_eq!(places.taken(), 5);
}

#[test]
fn what_is_forgotten_never_has_its_turn_and_nothing_is_kept_of_what_is_over() {
    let mut places = waiting(WIDE, &[("x", "a", 2)]);
    places.forget(&run("x", "a", 0), &playbook("a"));
    assert_eq!(turns(&mut places), [run("x", "a", 1)]);
    places.give_back(&Tenant::new("x").unwrap(), &playbook("a"));
    assert!(places.tenants.is_empty());
    assert_eq!(places.taken(), 0);
    // A tenant that is back is served, whatever was left in the round.
    places.wait(&run("x", "a", 7), &playbook("a"), None);
    assert_eq!(turns(&mut places), [run("x", "a", 7)]);
}
