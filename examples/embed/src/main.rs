//! engage as a library: load a workspace, check it, choose an adapter, plan, execute.

use std::error::Error;

use engage_adapters::memory::{MemoryCrm, Schema};
use engage_adapters::targets;
use engage_dsl::Workspace;
use engage_dsl::engine::plan::{InputShape, plan};
use engage_dsl::engine::{CrmName, Execution, Identity, Input, Operation};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let catalog = Workspace::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../hello-contact"))?.catalog()?;
    let pattern = catalog.pattern("dataverse", "hello-contact").ok_or("no such pattern")?;
    let crm = MemoryCrm::new(Schema::derive(&catalog, &CrmName::new("dataverse")?))?
        .with_capabilities(targets::dataverse())
        .with_catalog(&catalog);

    let input = serde_json::json!({"contact": {"LastName": "Lund", "Email": "lund@acme.example"}});
    let input = Input::from_json(pattern, &input).map_err(|problems| lines(&problems))?;

    let shape = InputShape::of(pattern, &input);
    let plan = plan(pattern, Operation::Create, &shape, &targets::dataverse()).map_err(|problems| lines(&problems))?;
    show(&plan.explain());

    let acting = Identity::Employee("ann".to_owned());
    let outcome = Execution::new(pattern, Operation::Create, input, &crm, acting).execute().await?;
    show(&format!("{:#}", outcome.to_json()));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example shows what it did")]
fn show(text: &str) {
    println!("{text}");
}

fn lines<T: ToString>(problems: &[T]) -> String {
    problems.iter().map(T::to_string).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_example_does_what_it_shows() {
        super::main().unwrap();
    }
}
