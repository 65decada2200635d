//! What Salesforce has and the sandbox has not: refused by name, as an organisation refuses a feature it has no licence for.

use super::fault::Fault;

/// Resources by the beginning of their path, with the name of the feature.
const FEATURES: [(&[&str], &str); 34] = [
    (&["actions"], "invocable actions"),
    (&["analytics"], "reports and dashboards"),
    (&["appMenu"], "the app menu"),
    (&["apexrest"], "Apex REST"),
    (&["async-queries"], "asynchronous queries"),
    (&["chatter"], "Chatter"),
    (&["commerce"], "commerce"),
    (&["compactLayouts"], "compact layouts"),
    (&["composite"], "this composite resource"),
    (&["connect"], "Connect REST API"),
    (&["consent"], "consent"),
    (&["dedupe"], "duplicate jobs"),
    (&["eclair"], "geodata"),
    (&["event"], "platform events"),
    (&["folders"], "folders"),
    (&["graphql"], "GraphQL"),
    (&["identity"], "identity below a version: see /id"),
    (&["jobs"], "Bulk API 2.0"),
    (&["knowledgeManagement"], "knowledge"),
    (&["licensing"], "licensing"),
    (&["metadata"], "Metadata REST API"),
    (&["parameterizedSearch"], "parameterized search (SOSL)"),
    (&["process"], "processes and approvals"),
    (&["quickActions"], "quick actions"),
    (&["scheduling"], "scheduling"),
    (&["search"], "search (SOSL)"),
    (&["sobjects", "describe"], "describes of layouts, actions and the like"),
    (&["sobjects"], "layouts, list views, actions and the like of an object"),
    (&["support"], "support"),
    (&["tabs"], "tabs"),
    (&["theme"], "themes"),
    (&["tooling"], "Tooling API"),
    (&["ui-api"], "User Interface API"),
    (&["wave"], "CRM Analytics"),
];

/// The refusal of a resource; one that Salesforce has not either is not found.
pub(crate) fn refuse(segments: &[&str]) -> Fault {
    let fits = |(path, _): &&(&[&str], &str)| {
        path.len() <= segments.len() && path.iter().zip(segments).all(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    FEATURES.iter().find(fits).map_or_else(Fault::not_found, |(_, feature)| Fault::unsupported(feature))
}

/// The refusal of an address outside of `/services/data`.
pub(crate) fn outside(path: &str) -> Fault {
    let known = [("/services/async/", "Bulk API"), ("/services/apexrest/", "Apex REST"), ("/cometd/", "Streaming API")];
    let fits = |(beginning, _): &&(&str, &str)| {
        path.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning))
    };
    known.iter().find(fits).map_or_else(Fault::not_found, |(_, feature)| Fault::unsupported(feature))
}
