//! An escalation says why.

use super::super::definitions::Definitions;
use super::super::shape::Shape;
use crate::model::Place;
use crate::problem::{Code, CodeInfo, Problem};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0330"),
    title: "an escalation without a reason",
    explanation: "`as application` runs a pattern under the application's identity instead of the employee's. The \
                  reason goes to the audit log, where somebody will ask for it.",
    example: "entity account \"Account\" on crm-a account {\n  Name -> name\n}\n\
              pattern find \"Find an account\" {\n  as application \"\"\n  account : account readonly\n}\n",
    cure: "entity account \"Account\" on crm-a account {\n  Name -> name\n}\n\
           pattern find \"Find an account\" {\n  as application \"portal customers have no CRM user\"\n  \
           account : account readonly\n}\n",
};

pub(super) fn check(shape: &Shape<'_>, _: &Definitions<'_>, problems: &mut Vec<Problem>) {
    if shape.pattern.escalation.as_ref().is_some_and(|escalation| escalation.reason.trim().is_empty()) {
        let message = format!("`{}` runs as the application without saying why", shape.pattern.id);
        let help = "write the reason: `as application \"portal customers have no CRM user\"`";
        problems.push(Problem::error(INFO.code, shape.at(Place::Escalation), message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{found, with};
    use crate::model::Escalation;

    #[test]
    fn the_reason_is_not_empty() {
        let mut model = with("a account");
        model.patterns[0].escalation = Some(Escalation { reason: "because".into() });
        assert!(found(&model).is_empty());
        model.patterns[0].escalation = Some(Escalation { reason: " ".into() });
        assert_eq!(found(&model), ["E0330 Escalation: `p` runs as the application without saying why"]);
    }
}
