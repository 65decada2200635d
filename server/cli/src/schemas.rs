//! JSON Schemas that values are held against while playbooks run: what a model answers, the body of a webhook. Which of them can be
//! used only those know who hold values against them, and the language is none of those.

use engage_adapters::ai::{SchemaProblem, SchemaProblemKind, schema_problems};
use engage_dsl::Workspace;
use engage_dsl::diagnostic::Diagnostic;
use engage_engine::model::{Item, Place, Subject};
use engage_engine::problem::{Code, CodeInfo, Problem};
use engage_playbooks::model::BlockKind;
use engage_playbooks::types::of_schema;
use engage_runner::webhook::BodySchema;
use serde_json::Value as Json;

/// A schema that can be read, and that no value can be held against.
pub const UNUSABLE: CodeInfo = CodeInfo {
    code: Code("E0650"),
    title: "a JSON Schema that nothing can be held against",
    explanation: "Every answer of a model is held against the schema of its capability's output, and every call of a \
        webhook against that of its body. Nothing is fetched for that and it takes bounded time: references lead within the \
        schema and come to an end, patterns are regular expressions without looking around or back, and a schema is no \
        larger or deeper than its limits.",
    example: "capability summary \"Summary\" {\n  version 1 {\n    model \"small\"\n    prompt \"Say it in one sentence.\"\n    \
        input { \"type\": \"object\" }\n    output { \"type\": \"object\", \"properties\": { \"text\": { \"$ref\": \
        \"https://schemas.example/text.json\" } } }\n  }\n}\n",
    cure: "capability summary \"Summary\" {\n  version 1 {\n    model \"small\"\n    prompt \"Say it in one sentence.\"\n    \
        input { \"type\": \"object\" }\n    output { \"type\": \"object\", \"properties\": { \"text\": { \"type\": \"string\" } } \
        }\n  }\n}\n",
};

/// What is wrong with the schemas that answers and bodies are held against.
pub fn check(workspace: &Workspace) -> Vec<Diagnostic> {
    let problems = answers(workspace).chain(bodies(workspace));
    problems.map(|problem| workspace.diagnostic(&problem)).collect()
}

fn answers(workspace: &Workspace) -> impl Iterator<Item = Problem> + '_ {
    workspace.library.capabilities.iter().enumerate().flat_map(|(index, capability)| {
        capability.versions.iter().enumerate().flat_map(move |(version, of)| {
            let at = Subject { item: Item::Capability(index), place: Place::VersionOutput(version) };
            of_answers(&of.output).into_iter().map(move |found| problem(at, &found.at, &found.kind.to_string()))
        })
    })
}

/// Without what the checker of playbooks says already.
fn of_answers(schema: &Json) -> Vec<SchemaProblem> {
    let mut found = schema_problems(schema);
    if of_schema(schema).is_err() {
        found.retain(|problem| !matches!(problem.kind, SchemaProblemKind::Invalid { .. }));
    }
    found
}

fn bodies(workspace: &Workspace) -> impl Iterator<Item = Problem> + '_ {
    let library = &workspace.library;
    let shown = library.playbooks.iter().enumerate().filter(|(_, playbook)| library.shows(playbook));
    shown.flat_map(|(index, playbook)| {
        playbook.blocks.iter().enumerate().filter_map(move |(position, block)| {
            let BlockKind::Trigger(trigger) = &block.kind else { return None };
            let schema = trigger.body.as_ref().filter(|schema| of_schema(schema).is_ok())?;
            let found = BodySchema::new(schema).err()?;
            let at = Subject { item: Item::Playbook(index), place: Place::BlockSchema(position) };
            Some(problem(at, &found.0, "is no JSON Schema that bodies can be held against"))
        })
    })
}

fn problem(at: Subject, pointer: &str, what: &str) -> Problem {
    let place = if pointer.is_empty() { "the whole".to_owned() } else { format!("`{pointer}`") };
    let problem = Problem::error(UNUSABLE.code, at, format!("{place}: {what}"));
    problem.help("`engage explain E0650` says what a schema may hold")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let workspace = Workspace::from_sources([("all.engage", text)]);
        assert!(workspace.check().diagnostics.iter().all(|found| found.code.0 != "E0650"));
        check(&workspace).iter().map(|found| format!("{}: {}", found.code, found.message)).collect()
    }

    #[test]
    fn the_example_breaks_the_rule_and_the_cure_does_not() {
        let reference = "E0650: `/properties/text/$ref`: a reference has to lead within the schema: `#/…`";
        assert_eq!(found(UNUSABLE.example), [reference]);
        assert_eq!(found(UNUSABLE.cure), [""; 0]);
    }

    #[test]
    fn all_problems_are_told_at_once_and_none_twice() {
        let schema = |output: &str, body: &str| {
            UNUSABLE.cure.replace("\"text\": { \"type\": \"string\" }", output)
                + &format!("playbook p \"P\" {{\n  trigger Webhook(body: {body})\n  output o = trigger\n}}\n")
        };
        let output = r##""a": {"$ref": "#/$defs/none"}, "b": {"$ref": "#"}, "c": {"type": "strng"}"##;
        let all = found(&schema(output, r#"{"type": "object", "pattern": "(?=a)"}"#));
        assert_eq!(all.len(), 3, "{all:?}");
        assert!(all.iter().any(|found| found.contains("leads nowhere")), "{all:?}");
        assert!(all.iter().any(|found| found.contains("may not hold itself")), "{all:?}");
        assert!(all.iter().any(|found| found.contains("`/pattern`: is no JSON Schema")), "{all:?}");
    }
}
