//! Users (RFC 7643 §4.1 and §8.7.1). There is no `password`: the server has no use for one and so never keeps any.

use super::ENTERPRISE_USER;
use super::attribute::{Attribute, Kind, Uniqueness};
use super::resource_type::{Extension, ResourceType, Schema};

/// The URN of [`USER_SCHEMA`].
const URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// People, and rooms too: clients that provision can push only users and groups.
pub static USER: ResourceType = ResourceType {
    name: "User",
    endpoint: "/Users",
    description: "People and rooms",
    schema: &USER_SCHEMA,
    extensions: &[Extension { schema: &ENTERPRISE_USER, required: false }],
};

/// The core schema of users.
pub static USER_SCHEMA: Schema =
    Schema { urn: URN, name: "User", description: "A person or a room", attributes: USERS };

const PLACES: &[&str] = &["work", "home", "other"];
const PHONES: &[&str] = &["work", "home", "mobile", "fax", "pager", "other"];
const SERVICES: &[&str] = &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"];
const PICTURES: &[&str] = &["photo", "thumbnail"];

const USERS: &[Attribute] = &[
    Attribute::string("userName", "Name that the user signs in with; unique within the service.")
        .required()
        .unique(Uniqueness::Server),
    Attribute::complex("name", "Parts of the name of the person.", NAME),
    Attribute::string("displayName", "Name that is shown to people."),
    Attribute::string("nickName", "Name that the person goes by."),
    Attribute::reference("profileUrl", "Page about the person.", &["external"]),
    Attribute::string("title", "Title within the organisation."),
    Attribute::string("userType", "Relation to the organisation."),
    Attribute::string("preferredLanguage", "Languages that the person prefers, as in Accept-Language."),
    Attribute::string("locale", "Language tag for formats of dates, numbers and currencies."),
    Attribute::string("timezone", "Time zone by its name in the IANA database."),
    Attribute::boolean("active", "Whether the user takes part; without it the user does.", true),
    Attribute::complex("emails", "Addresses of mail.", EMAIL).many(),
    Attribute::complex("phoneNumbers", "Numbers of telephones.", PHONE).many(),
    Attribute::complex("ims", "Addresses of instant messaging.", IM).many(),
    Attribute::complex("photos", "Pictures, by their URL.", PHOTO).many(),
    Attribute::complex("addresses", "Postal addresses; `formatted` of the type `work` is the location.", ADDRESS)
        .many(),
    Attribute::complex("groups", "Groups that the user is a member of.", MEMBERSHIP).many().read_only(),
    Attribute::complex("entitlements", "What the user is entitled to.", PLAIN).many(),
    Attribute::complex("roles", "Roles of the user.", PLAIN).many(),
    Attribute::complex("x509Certificates", "Certificates of the user.", CERTIFICATE).many(),
];

const NAME: &[Attribute] = &[
    Attribute::string("formatted", "The whole name as it is shown."),
    Attribute::string("familyName", "Family name."),
    Attribute::string("givenName", "Given name."),
    Attribute::string("middleName", "Middle names."),
    Attribute::string("honorificPrefix", "Title before the name."),
    Attribute::string("honorificSuffix", "Suffix after the name."),
];

const VALUE: Attribute = Attribute::string("value", "The value itself.");
const DISPLAY: Attribute = Attribute::string("display", "The value as it is shown to people.");
const TYPE: Attribute = Attribute::string("type", "What the value is for.");
const PRIMARY: Attribute = Attribute::boolean("primary", "Whether this is the preferred one; at most one is.", false);

const EMAIL: &[Attribute] = &[VALUE, DISPLAY, TYPE.canonical(PLACES), PRIMARY];
const PHONE: &[Attribute] = &[VALUE, DISPLAY, TYPE.canonical(PHONES), PRIMARY];
const IM: &[Attribute] = &[VALUE, DISPLAY, TYPE.canonical(SERVICES), PRIMARY];
const PHOTO: &[Attribute] =
    &[Attribute::reference("value", "URL of the picture.", &["external"]), DISPLAY, TYPE.canonical(PICTURES), PRIMARY];
const PLAIN: &[Attribute] = &[VALUE, DISPLAY, TYPE, PRIMARY];
const CERTIFICATE: &[Attribute] = &[
    Attribute::new("value", "DER encoded certificate, in Base64.", Kind::Binary).case_exact(),
    DISPLAY,
    TYPE,
    PRIMARY,
];

const ADDRESS: &[Attribute] = &[
    Attribute::string("formatted", "The whole address as it is shown."),
    Attribute::string("streetAddress", "Street and number."),
    Attribute::string("locality", "City."),
    Attribute::string("region", "State or region."),
    Attribute::string("postalCode", "Postal code."),
    Attribute::string("country", "Country, as in ISO 3166-1 alpha-2."),
    TYPE.canonical(PLACES),
    PRIMARY,
];

const MEMBERSHIP: &[Attribute] = &[
    Attribute::string("value", "Id of the group.").case_exact().read_only(),
    Attribute::reference("$ref", "URL of the group.", &["Group"]).read_only(),
    Attribute::string("display", "Name of the group.").read_only(),
    Attribute::string("type", "Whether the membership is direct.").canonical(&["direct", "indirect"]).read_only(),
];
