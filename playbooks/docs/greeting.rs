// The workspace of the examples of this crate's documentation, which include this file: a playbook that answers with the name
// that it is given, in a package, and one definition, so that there is a CRM on which it is compiled.

/// A playbook of one trigger and one output, in an open package.
pub fn library() -> engage_playbooks::Library {
    use engage_engine::{RefId, SemanticId};
    use engage_playbooks::model::*;

    let id = |text: &str| SemanticId::new(text).unwrap();
    let block = |name: &str, kind| Block {
        name: RefId::new(name).unwrap(),
        title: String::new(),
        kind,
        when: None,
        after: Vec::new(),
        escalation: None,
        allow_sensitive: None,
        mappings: Vec::new(),
        position: None,
    };
    let mut trigger = Trigger::new(TriggerKind::Manual);
    trigger.inputs = vec![Declared { name: "name".into(), of: DeclaredType::String, optional: false }];
    let path = Path::new(vec![Segment::Key("name".into())]);
    let mut output = block("name", BlockKind::Output { name: "name".into() });
    output.mappings = vec![FieldMapping { destination: None, source: Source::block(RefId::new("trigger").unwrap(), path) }];
    let playbook = Playbook {
        id: id("greeting"),
        name: "A greeting".into(),
        description: String::new(),
        package: Some(id("base")),
        fork: None,
        deadline: None,
        concurrency: None,
        blocks: vec![block("trigger", BlockKind::Trigger(trigger)), output],
    };
    let package = Package { name: id("base"), version: "1.0.0".parse().unwrap(), visibility: Visibility::Open };
    Library { playbooks: vec![playbook], packages: vec![package], ..Library::default() }
}

/// An account on `crm-a`.
pub fn model() -> engage_engine::model::Model {
    use engage_engine::model::{EntityDefinition, Field, FieldKind, Model};
    use engage_engine::{CrmName, FieldName, SemanticId};

    let name = Field::new(FieldName::new("Name").unwrap(), "name", FieldKind::String { allowed: Vec::new() });
    let definition = EntityDefinition {
        id: SemanticId::new("account").unwrap(),
        name: "Account".into(),
        description: String::new(),
        crm: CrmName::new("crm-a").unwrap(),
        crm_type: "account".into(),
        fields: vec![name],
        idempotency: None,
        keys: Vec::new(),
        embedded: None,
    };
    Model { definitions: vec![definition], patterns: Vec::new() }
}

/// The playbook, compiled.
pub fn compiled() -> std::sync::Arc<engage_playbooks::Compiled> {
    let catalog = engage_engine::check::check(&model()).catalog.unwrap();
    let playbooks = engage_playbooks::check(&library(), &catalog, None).playbooks.unwrap();
    std::sync::Arc::clone(playbooks.get("crm-a", "greeting").unwrap())
}

/// The event that starts it.
pub fn event() -> engage_playbooks::ports::Event {
    engage_playbooks::ports::Event {
        tenant: engage_playbooks::run::Tenant::new("contoso").unwrap(),
        id: "event-1".into(),
        kind: engage_playbooks::model::TriggerKind::Manual,
        subject: None,
        playbook: None,
        employee: None,
        data: serde_json::json!({"name": "Kari"}),
        given: serde_json::Value::Null,
        at: jiff::Timestamp::UNIX_EPOCH,
    }
}

/// What its CRM can do.
pub fn can() -> engage_engine::Capabilities {
    use engage_engine::Capabilities;
    use engage_engine::adapter::{AtomicGroup, BatchLimits, JoinLimits, JoinSort};

    Capabilities {
        name: "test".into(),
        atomic_group: Some(AtomicGroup { form: "group".into(), max_writes: 100, max_depth: None, max_kinds: None }),
        other_atomic_group: None,
        write_batch: BatchLimits { form: "batch".into(), max: 10 },
        read_batch: BatchLimits { form: "batch".into(), max: 10 },
        share_reads: true,
        back_references: true,
        caller_ids: true,
        upsert: false,
        find_in_group: false,
        compound_keys: false,
        etags: true,
        join: JoinLimits {
            form: "join".into(),
            depth: 1,
            many_depth: 1,
            many_below_one: false,
            max_to_one: 5,
            max_to_many: 5,
            max_total: 10,
            repeats: false,
            any_field: false,
            by_value: None,
            sorted: JoinSort::Wire,
        },
        in_list: 100,
    }
}
