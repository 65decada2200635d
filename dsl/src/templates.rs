//! Liquid as the engine of templates.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use engage_liquid::{Render, RenderErrorKind, Template, Use, Variable, Variables};
use engage_playbooks::ports::{TemplateError, TemplateProblem, Templates};
use engage_playbooks::types::{Object, Rest, Shape, Type};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// The most templates that are kept as they were read.
const MOST_KEPT: usize = 1000;

/// Liquid, each template read once. Times are shown in UTC.
///
/// ```
/// use engage_dsl::playbooks::ports::Templates;
/// use engage_dsl::templates::Liquid;
///
/// let liquid = Liquid::default();
/// let text = liquid.render("Hi {{ name }}", &serde_json::json!({"name": "Kari"}), jiff::Timestamp::UNIX_EPOCH)?;
/// assert_eq!(text, "Hi Kari");
/// # Ok::<(), engage_dsl::playbooks::ports::TemplateError>(())
/// ```
#[derive(Default)]
pub struct Liquid {
    read: Mutex<HashMap<String, Arc<Template>>>,
}

impl fmt::Debug for Liquid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Liquid")
    }
}

impl Liquid {
    fn template(&self, source: &str) -> Result<Arc<Template>, Vec<engage_liquid::Problem>> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = read.get(source) {
            return Ok(Arc::clone(found));
        }
        let template = Arc::new(Template::parse(source)?);
        if read.len() < MOST_KEPT {
            read.insert(source.to_owned(), Arc::clone(&template));
        }
        Ok(template)
    }
}

impl Templates for Liquid {
    fn inspect(&self, source: &str) -> Result<Type, Vec<TemplateProblem>> {
        let template = self.template(source).map_err(|found| found.into_iter().map(problem).collect::<Vec<_>>())?;
        let Variables { roots, dynamic } = template.variables();
        let fields = roots.iter().map(|(name, variable)| (name.clone(), of(variable))).collect();
        // A template that finds out while rendering what it reads may be given anything beside what is known.
        let rest = if *dynamic { Rest::Map(Box::new(Type::any().nullable())) } else { Rest::Closed };
        Ok(Type::of(Shape::Object(Arc::new(Object { fields, rest }))))
    }

    fn render(&self, source: &str, input: &Value, now: Timestamp) -> Result<String, TemplateError> {
        let template = self.template(source).map_err(|_| TemplateError::Render("it is no template".to_owned()))?;
        template.render(input, &Render::new(now, TimeZone::UTC)).map_err(|error| match error.kind {
            RenderErrorKind::StepLimit { .. } => TemplateError::Limit("steps"),
            RenderErrorKind::OutputLimit { .. } => TemplateError::Limit("length of the text"),
            RenderErrorKind::ValueLimit { .. } => TemplateError::Limit("size of a value"),
            RenderErrorKind::DepthLimit { .. } => TemplateError::Limit("depth of a value"),
            _ => TemplateError::Render(error.to_string()),
        })
    }
}

fn problem(problem: engage_liquid::Problem) -> TemplateProblem {
    let engage_liquid::Problem { span, message, help, suggestion, .. } = problem;
    // Of a nearest name its help says nothing else, and whoever shows the problem says it.
    let help = help.filter(|_| suggestion.is_none());
    TemplateProblem { offset: span.start, message, help, suggestion }
}

/// What a variable may be. Liquid prints and compares whatever it is given; that it is an object or a list is asked for
/// where fields or items of it are read.
fn of(variable: &Variable) -> Type {
    let whole = variable.uses.iter().any(|used| !matches!(used, Use::List | Use::Size | Use::Test));
    let shaped = match (&variable.items, variable.fields.is_empty()) {
        _ if whole => Type::any(),
        (Some(items), true) => Type::list(of(items)),
        (None, false) => Type::open(variable.fields.iter().map(|(name, field)| (name.as_str(), of(field)))),
        _ => Type::any(),
    };
    if variable.required { shaped } else { shaped.optional().nullable() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Workspace;

    #[test]
    fn what_a_template_reads_is_the_type_of_its_input() {
        let source =
            "{{ title }} {% for guest in guests %}{{ guest.Name }}{% endfor %}{% if note %}{{ note }}{% endif %}";
        let Shape::Object(object) = Liquid::default().inspect(source).unwrap().shape else { panic!("an object") };
        assert_eq!(object.fields["title"], Type::any());
        assert!(object.fields["note"].optional && !object.fields["title"].optional);
        assert!(matches!(object.fields["guests"].shape, Shape::List(_)));
    }

    #[test]
    fn it_renders_or_says_why_not() {
        let (liquid, now) = (Liquid::default(), Timestamp::UNIX_EPOCH);
        let endless = "{% for a in (1..1000) %}{% for b in (1..1000) %}{% endfor %}{% endfor %}";
        assert_eq!(liquid.render(endless, &json!({}), now), Err(TemplateError::Limit("steps")));
        assert!(liquid.render("{{", &json!({}), now).is_err());
    }

    #[test]
    fn a_field_that_a_template_misspells_is_placed_in_its_file() {
        let playbook = |guests: &str| {
            format!(
                "playbook p {{\n  trigger MeetingBooked\n  template t = note {{ guests: trigger.Meeting.ExternalAttendees{guests} }}\n  output o = t\n}}\n"
            )
        };
        let note = "Emial\n{% for g in guests %}{% if g.Emial %}{{ g.Emial }}{% endif %}{% endfor %}";
        for guests in ["", " | project(Name, Email)"] {
            let workspace = Workspace::from_sources([("p.engage", playbook(guests).as_str()), ("note.liquid", note)]);
            let found = workspace.check().diagnostics;
            assert_eq!(found.len(), 1, "{found:?}");
            let message =
                "`note` reads `guests[].Emial`, and there is no field `Emial` in `trigger.Meeting.ExternalAttendees`";
            assert_eq!((found[0].code.0, found[0].message.as_str()), ("E0616", message));
            assert_eq!(found[0].suggestion.as_deref(), Some("Email"));
            let (at, label) = &found[0].related[0];
            assert_eq!((at.start, label.as_str()), (35, "read here"));
            let cured = note.replace("g.Emial", "g.Email");
            let workspace = Workspace::from_sources([("p.engage", playbook(guests).as_str()), ("note.liquid", &cured)]);
            assert_eq!(workspace.check().diagnostics, []);
        }
    }

    #[test]
    fn the_nearest_name_is_told_once() {
        let found = Liquid::default().inspect("{% fro x in y %}{% endfor %}").unwrap_err();
        assert!(
            found.iter().any(|wrong| wrong.suggestion.as_deref() == Some("for") && wrong.help.is_none()),
            "{found:?}"
        );
    }

    #[test]
    fn a_slip_in_a_template_is_placed_in_its_file() {
        let playbook = "playbook p {\n  trigger CustomerOverview\n  template t = note { a: trigger.AccountId }\n  output o = t\n}\n";
        let workspace =
            Workspace::from_sources([("p.engage", playbook), ("x/note.liquid", "Dear\n{{ a | upcaes }}\n")]);
        let found = workspace.check().diagnostics;
        assert_eq!(found.len(), 1, "{found:?}");
        let span = found[0].span.unwrap();
        assert_eq!(workspace.sources.get(span.file).unwrap().path().to_str(), Some("x/note.liquid"));
        assert_eq!((workspace.sources.text(span), found[0].suggestion.as_deref()), ("upcaes", Some("upcase")));
        let cured = Workspace::from_sources([("p.engage", playbook), ("note.liquid", "{{ a | upcase }}")]);
        let report = cured.check();
        assert_eq!(report.diagnostics, []);
        assert!(report.playbooks.is_some());
    }
}
