//! Labels: registered with their first use, removed after their last.

use engage_bookme::configuration::ActiveFilter;
use engage_bookme::model::{EmployeeAddition, Label, ServiceGroup};

use crate::world::{World, fields, id, refused};

pub(crate) async fn all(world: &impl AsyncFn() -> World) {
    registry(&world().await).await;
    uses(&world().await).await;
    names(&world().await).await;
}

async fn registry(world: &World) {
    let (bookme, at) = (&world.bookme, &world.tenancy);
    let vip = bookme.create(at, Label::named("VIP")).await.unwrap();
    assert_eq!(vip.value.color, "#808080");
    assert_eq!(refused(bookme.create(at, Label::named("vip")).await), "DUPLICATE");
    let wrong = Label { label_name: "x".repeat(256), color: "red".to_owned(), description: Some("x".repeat(501)) };
    assert_eq!(fields(bookme.create(at, wrong).await), ["/labelName", "/color", "/description"]);
    let renamed =
        |kept: &engage_bookme::model::Kept<Label>| Ok(Label { label_name: "vip".to_owned(), ..kept.value.clone() });
    assert_eq!(fields(bookme.update(at, vip.id, renamed).await), ["/labelName"]);
    let painted =
        |kept: &engage_bookme::model::Kept<Label>| Ok(Label { color: "#00ff00".to_owned(), ..kept.value.clone() });
    bookme.update(at, vip.id, painted).await.unwrap();
    bookme.delete::<Label>(at, vip.id).await.unwrap();
}

fn group(labels: &[&str]) -> ServiceGroup {
    let labels = labels.iter().map(|&name| name.to_owned()).collect();
    ServiceGroup { name: "group".to_owned(), labels, ..ServiceGroup::default() }
}

async fn uses(world: &World) {
    let (bookme, at) = (&world.bookme, &world.tenancy);
    world.employee(10, "anna").await;
    bookme.create(at, Label::named("VIP")).await.unwrap();
    let one = bookme.create(at, group(&["vip", "New", "VIP"])).await.unwrap();
    assert_eq!(one.value.labels, ["VIP", "New"], "as the registry spells them, each once");
    let labelled = |kept: &engage_bookme::model::Kept<EmployeeAddition>| {
        Ok(EmployeeAddition { labels: vec!["NEW".to_owned()], ..kept.value.clone() })
    };
    bookme.update(at, id(10), labelled).await.unwrap();
    assert_eq!(bookme.employees(at).await.unwrap()[0].labels, ["New"]);
    let counts = async || {
        let labels = bookme.labels(at, ActiveFilter::All).await.unwrap();
        labels.into_iter().map(|one| (one.label.value.label_name, one.usage_count)).collect::<Vec<_>>()
    };
    let count = |new: u64, vip: u64| vec![("New".to_owned(), new), ("VIP".to_owned(), vip)];
    assert_eq!(counts().await, count(2, 1));
    let new = bookme.labels(at, ActiveFilter::Active).await.unwrap().remove(0).label.id;
    assert_eq!(refused(bookme.delete::<Label>(at, new).await), "LABEL_IN_USE");
    bookme.delete::<ServiceGroup>(at, one.id).await.unwrap();
    assert_eq!(counts().await, count(1, 0));
    bookme.delete::<EmployeeAddition>(at, id(10)).await.unwrap();
    bookme.delete::<Label>(at, new).await.unwrap();
    assert_eq!(bookme.labels(at, ActiveFilter::Inactive).await.unwrap().len(), 1);
    assert_eq!(fields(bookme.create(at, group(&["", &"x".repeat(256)])).await), ["/labels/0", "/labels/1"]);
}

async fn names(world: &World) {
    let (bookme, at) = (&world.bookme, &world.tenancy);
    for labels in [vec!["private banking"], vec!["private banking", "Private"], vec!["øst"]] {
        bookme.create(at, group(&labels)).await.unwrap();
    }
    let suggested = bookme.suggest_labels(at, "PRI", 10).await.unwrap();
    let names: Vec<&str> = suggested.iter().map(|one| one.label.value.label_name.as_str()).collect();
    assert_eq!(names, ["private banking", "Private"], "the most used first");
    let found = bookme.search_labels(at, "privat", 0.3, ActiveFilter::All, 20).await.unwrap();
    let names: Vec<&str> = found.iter().map(|(one, _)| one.label.value.label_name.as_str()).collect();
    assert_eq!(names, ["Private", "private banking"], "the likest first");
    assert_eq!(bookme.search_labels(at, "privat", 0.3, ActiveFilter::All, 1).await.unwrap().len(), 1);
    assert!(bookme.search_labels(at, "zzz", 0.3, ActiveFilter::All, 20).await.unwrap().is_empty());
}
