//! SOAP as far as clients of REST need it: signing in and out, and who the user is ("login()", Partner and Enterprise).

use super::Salesforce;
use super::token::LIFE;
use crate::http::{Answer, Request};
use crate::store::RowId;

/// Largest envelope that is read.
const MAX_ENVELOPE: usize = 64 * 1024;

/// A refusal: code and message.
struct Refusal(&'static str, String);

impl Salesforce {
    /// Answers `/services/Soap/u/NN.0` and `/services/Soap/c/NN.0`.
    pub(crate) fn soap(&self, request: &Request) -> Answer {
        let text = std::str::from_utf8(&request.body).ok().filter(|text| text.len() <= MAX_ENVELOPE);
        let operation = text.and_then(operation);
        let (Some(text), Some(operation)) = (text, operation) else {
            return fault(&Refusal("soapenv:Client", "the request is no envelope with an operation".to_owned()));
        };
        let is_ours = ["/services/Soap/u/", "/services/Soap/c/"].iter().any(|own| request.path.starts_with(own));
        let result = match operation {
            other if !is_ours => {
                let message = format!("Not supported by the sandbox: the SOAP API of {}", escape(other));
                Err(Refusal("FUNCTIONALITY_NOT_ENABLED", message))
            }
            "login" => self.soap_login(request, text),
            "logout" => self.soap_session(text).map(|(token, _)| {
                self.end(&token);
                String::new()
            }),
            "getUserInfo" => {
                self.soap_session(text).map(|(_, user)| format!("<result>{}</result>", self.soap_user(&user)))
            }
            other => Err(Refusal(
                "FUNCTIONALITY_NOT_ENABLED",
                format!("Not supported by the sandbox: SOAP {}", escape(other)),
            )),
        };
        let kind = if request.path.contains("/Soap/c/") { "enterprise" } else { "partner" };
        match result {
            Ok(inner) => envelope(200, kind, &format!("<{operation}Response>{inner}</{operation}Response>")),
            Err(refusal) => fault(&refusal),
        }
    }

    fn soap_login(&self, request: &Request, text: &str) -> Result<String, Refusal> {
        let wrong = || {
            let message = "Invalid username, password, security token; or user locked out.";
            Refusal("INVALID_LOGIN", message.to_owned())
        };
        let (name, password) = element(text, "username").zip(element(text, "password")).ok_or_else(wrong)?;
        let user = self.with_password(name.trim(), password.trim()).ok_or_else(wrong)?;
        let session = self.session(&user, LIFE).ok_or_else(wrong)?;
        let organization = self.organization();
        let path = request.path.trim_end_matches('/');
        let server = format!("{}{path}/{}", request.base, organization.as_str().get(..15).unwrap_or_default());
        Ok(format!(
            "<result><metadataServerUrl>{}</metadataServerUrl><passwordExpired>false</passwordExpired>\
             <sandbox>true</sandbox><serverUrl>{}</serverUrl><sessionId>{}</sessionId><userId>{user}</userId>\
             <userInfo>{}</userInfo></result>",
            escape(&server.replace("/Soap/u/", "/Soap/m/").replace("/Soap/c/", "/Soap/m/")),
            escape(&server),
            escape(&session),
            self.soap_user(&user),
        ))
    }

    /// The session in the header, and its user.
    fn soap_session(&self, text: &str) -> Result<(String, RowId), Refusal> {
        let token = element(text, "sessionId");
        let found = token.and_then(|token| self.of_session(token.trim()).map(|user| (token.trim().to_owned(), user)));
        found.ok_or_else(|| {
            let message = "Invalid Session ID found in SessionHeader: Illegal Session";
            Refusal("INVALID_SESSION_ID", message.to_owned())
        })
    }

    fn soap_user(&self, user: &RowId) -> String {
        let text = |column: &str| escape(&self.user_text(user, column).unwrap_or_default());
        format!(
            "<organizationId>{}</organizationId><organizationMultiCurrency>false</organizationMultiCurrency>\
             <organizationName>Sandbox</organizationName><sessionSecondsValid>7200</sessionSecondsValid>\
             <userEmail>{}</userEmail><userFullName>{}</userFullName><userId>{user}</userId>\
             <userLanguage>{}</userLanguage><userLocale>{}</userLocale><userName>{}</userName>\
             <userTimeZone>{}</userTimeZone><userType>Standard</userType>",
            self.organization(),
            text("Email"),
            text("Name"),
            text("LanguageLocaleKey"),
            text("LocaleSidKey"),
            text("Username"),
            text("TimeZoneSidKey"),
        )
    }
}

/// The name of the first element below the body, without its prefix.
fn operation(text: &str) -> Option<&str> {
    let body = text.find(":Body").or_else(|| text.find("<Body"))?;
    let below = text.get(body..)?.split_once('>')?.1.trim_start().strip_prefix('<')?;
    let name = below.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next()?;
    let name = name.rsplit(':').next()?;
    (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(name)
}

/// The text of the first element of this name, whatever its prefix.
fn element(text: &str, name: &str) -> Option<String> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, inner) = after.split_once('>')?;
        let own = tag.split(char::is_whitespace).next()?.rsplit(':').next()?;
        if own == name && !tag.starts_with('/') {
            return inner.split_once('<').map(|(value, _)| unescape(value));
        }
        rest = inner;
    }
    None
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn unescape(text: &str) -> String {
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    plain.replace("&#39;", "'").replace("&amp;", "&")
}

fn envelope(status: u16, kind: &str, body: &str) -> Answer {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope \
         xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns=\"urn:{kind}.soap.sforce.com\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    );
    Answer::text(status, "text/xml;charset=UTF-8", text)
}

fn fault(Refusal(code, message): &Refusal) -> Answer {
    let (prefix, detail) = match code.contains(':') {
        true => ("", String::new()),
        false => (
            "sf:",
            format!(
                "<detail><sf:UnexpectedErrorFault xsi:type=\"sf:UnexpectedErrorFault\"><sf:exceptionCode>{code}\
                 </sf:exceptionCode><sf:exceptionMessage>{message}</sf:exceptionMessage></sf:UnexpectedErrorFault></detail>"
            ),
        ),
    };
    let text = format!(
        "<soapenv:Fault xmlns:sf=\"urn:fault.partner.soap.sforce.com\"><faultcode>{prefix}{code}</faultcode>\
         <faultstring>{code}: {message}</faultstring>{detail}</soapenv:Fault>"
    );
    envelope(500, "partner", &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelopes_are_read_whatever_their_prefixes() {
        let text = "<?xml version=\"1.0\"?><env:Envelope><env:Header/><env:Body>\n<n1:login xmlns:n1=\"x\">\
                    <n1:username>a&amp;b</n1:username><n1:password>p</n1:password></n1:login></env:Body></env:Envelope>";
        assert_eq!((operation(text), element(text, "username")), (Some("login"), Some("a&b".to_owned())));
        assert_eq!((operation("<Body>"), element(text, "none")), (None, None));
    }
}
