//! Who the user of a session is: the identity address and `userinfo` ("Identity URLs", "The UserInfo Endpoint").

use serde_json::{Map, Value as Json, json};

use super::{Salesforce, answer, id, render};
use crate::http::{Answer, Request, form};
use crate::store::{RowId, Value};

impl Salesforce {
    /// The address that says who a user is.
    pub(crate) fn identity_url(&self, base: &str, user: &RowId) -> String {
        format!("{base}/id/{}/{user}", self.organization())
    }

    /// A text of a user's row.
    pub(super) fn user_text(&self, user: &RowId, column: &str) -> Option<String> {
        self.store.read(|state| {
            let row = state.get("User", user)?;
            row.get(column).and_then(Value::as_text).map(str::to_owned)
        })
    }

    /// The user of the session in the header or, as clients of old do it, in the address.
    fn caller(&self, request: &Request) -> Result<RowId, Answer> {
        let refuse = |text: &str| Answer::text(403, "text/html;charset=UTF-8", text);
        let query = form(&request.query).unwrap_or_default();
        let token = query.iter().find(|(name, _)| name == "oauth_token").map(|(_, token)| token.as_str());
        match (request.header("authorization"), token) {
            (Some(_), _) => self.user(request).ok_or_else(|| refuse("Bad_OAuth_Token")),
            (None, Some(token)) => self.of_session(token).ok_or_else(|| refuse("Bad_OAuth_Token")),
            (None, None) => Err(refuse("Missing_OAuth_Token")),
        }
    }

    /// Who the caller is, in the words of OpenID Connect.
    pub(crate) fn user_info(&self, request: &Request) -> Answer {
        let user = match self.caller(request) {
            Ok(user) => user,
            Err(refusal) => return refusal,
        };
        let text = |column: &str| self.user_text(&user, column);
        answer(
            200,
            &json!({
                "sub": self.identity_url(&request.base, &user), "user_id": user.as_str(),
                "organization_id": self.organization().as_str(), "preferred_username": text("Username"),
                "nickname": text("Alias"), "name": text("Name"), "email": text("Email"), "email_verified": true,
                "given_name": text("FirstName"), "family_name": text("LastName"), "zoneinfo": text("TimeZoneSidKey"),
                "active": true, "user_type": "STANDARD", "language": text("LanguageLocaleKey"),
                "locale": text("LocaleSidKey"), "utcOffset": 0, "urls": self.urls(&request.base, &user, None),
            }),
        )
    }

    /// `/id/ORGANISATION/USER`.
    pub(crate) fn identity(&self, request: &Request) -> Answer {
        let caller = match self.caller(request) {
            Ok(caller) => caller,
            Err(refusal) => return refusal,
        };
        let segments: Vec<&str> = request.path.split('/').filter(|segment| !segment.is_empty()).collect();
        let [_, organization, user] = segments.as_slice() else { return Answer::empty(404) };
        if id::parse(organization).as_ref() != Some(&self.organization()) {
            return Answer::text(403, "text/html;charset=UTF-8", "Wrong_Org");
        }
        let known = |user: &RowId| self.store.read(|state| state.get("User", user).is_some());
        let Some(user) = id::parse(user).filter(known) else {
            return Answer::text(403, "text/html;charset=UTF-8", "Bad_Id");
        };
        answer(200, &self.who(request, &user, user == caller))
    }

    fn who(&self, request: &Request, user: &RowId, asserted: bool) -> Json {
        let text = |column: &str| self.user_text(user, column);
        let query = form(&request.query).unwrap_or_default();
        let version = query.iter().find(|(name, _)| name == "version").map(|(_, version)| version.as_str());
        let modified = self.store.read(|state| {
            let modified = state.get("User", user)?.get("LastModifiedDate")?;
            Some(render::plain(modified))
        });
        json!({
            "id": self.identity_url(&request.base, user), "asserted_user": asserted, "user_id": user.as_str(),
            "organization_id": self.organization().as_str(), "username": text("Username"), "nick_name": text("Alias"),
            "display_name": text("Name"), "email": text("Email"), "email_verified": true,
            "first_name": text("FirstName"), "last_name": text("LastName"), "timezone": text("TimeZoneSidKey"),
            "active": true, "user_type": "STANDARD", "language": text("LanguageLocaleKey"),
            "locale": text("LocaleSidKey"), "utcOffset": 0, "last_modified_date": modified, "is_app_installed": true,
            "status": {"created_date": null, "body": null}, "urls": self.urls(&request.base, user, version),
        })
    }

    /// Addresses of the services; `{version}` stands for the one the client fills in.
    fn urls(&self, base: &str, user: &RowId, version: Option<&str>) -> Json {
        let version = match version {
            Some("latest") => super::service::API_VERSION,
            Some(version) => version,
            None => "{version}",
        };
        let organization = self.organization();
        let short = organization.as_str().get(..15).unwrap_or_default();
        let rest = format!("{base}/services/data/v{version}/");
        let pairs = [
            ("enterprise", format!("{base}/services/Soap/c/{version}/{short}")),
            ("partner", format!("{base}/services/Soap/u/{version}/{short}")),
            ("sobjects", format!("{rest}sobjects/")),
            ("query", format!("{rest}query/")),
            ("recent", format!("{rest}recent/")),
            ("rest", rest),
            ("profile", format!("{base}/{user}")),
        ];
        Json::Object(pairs.into_iter().map(|(name, url)| (name.to_owned(), url.into())).collect::<Map<_, _>>())
    }
}
