use super::*;

fn told(sources: &Sources) -> Vec<String> {
    Config::load(sources).unwrap_err().iter().map(ToString::to_string).collect()
}

fn flag(setting: &str, value: &str) -> Flag {
    Flag { spelled: format!("--set {setting}"), setting: setting.to_owned(), value: value.to_owned() }
}

#[test]
fn every_setting_of_the_default_is_read() {
    let (settings, problems) = layer::settings(&Sources::default());
    assert!(problems.is_empty());
    assert!(settings.len() > 20);
    let reader = concat!(include_str!("read.rs"), include_str!("keys.rs"), include_str!("identity.rs"));
    let unread: Vec<_> = settings.keys().filter(|path| !reader.contains(&format!("\"{path}\""))).collect();
    assert!(unread.is_empty(), "{unread:?}");
}

#[test]
fn later_layers_win_setting_by_setting() {
    let file = "[limits]\nbody-bytes = 2048\nheaders = 20\n[cors]\norigins = [\"https://a.example\"]\n";
    let sources = Sources::default()
        .file("engage.toml", file)
        .variables([("ENGAGE_LIMITS_HEADERS".to_owned(), "30".to_owned())])
        .variables([("ENGAGE_CORS_ORIGINS".to_owned(), "https://b.example, https://c.example:8443".to_owned())])
        .flags([flag("limits.headers", "40")]);
    let config = Config::load(&sources).unwrap();
    assert_eq!((config.limits.body_bytes, config.limits.headers), (2048, 40));
    assert_eq!(config.cors_origins, ["https://b.example", "https://c.example:8443"]);
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let file = "[server]\nlisten = \"localhost\"\nlistem = \"\"\n\n[scim]\n  burst = \"many\"\n[nothing]\nat = 1\n[store]\nurl = \"mysql://root:secret@db\"\n";
    let sources = Sources::default()
        .file("engage.toml", file)
        .variables([("ENGAGE_SCIM_BURSTS".to_owned(), "5".to_owned()), ("ENGAGE_TOKEN".to_owned(), "x".to_owned())])
        .variables([("ENGAGE_LIMITS_HEADERS".to_owned(), "few".to_owned())])
        .flags([flag("log.form", "xml"), flag("log.from", "json")]);
    let told = told(&sources);
    let expected = [
        "engage.toml:3:1: there is no setting `server.listem`; did you mean `listen`?",
        "engage.toml:6:3: `scim.burst` is a setting of type integer, not string",
        "engage.toml:8:1: there is no setting `nothing.at`",
        "ENGAGE_SCIM_BURSTS: there is no setting of this name; did you mean `ENGAGE_SCIM_BURST`?",
        "ENGAGE_LIMITS_HEADERS: `limits.headers` is a setting of type integer",
        "--set log.from: there is no setting `log.from`; did you mean `form`?",
        "engage.toml:2:1: `server.listen`: an address with a port, as in `127.0.0.1:8080`",
        "--set log.form: `log.form`: `text` or `json`",
        "engage.toml:10:1: `store.url`: `postgres://…`, or nothing for SQLite in the folder `store.data`",
    ];
    for line in expected {
        assert!(told.iter().any(|told| told == line), "{line}\nis not in\n{told:#?}");
    }
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    assert!(!told.join("\n").contains("secret"));
}

#[test]
fn what_is_no_toml_is_placed() {
    let told = told(&Sources::default().file("engage.toml", "[server]\nlisten = \n"));
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("engage.toml:2:"), "{told:?}");
    assert_eq!(told_of("server = 1\n"), ["engage.toml:1:1: `server` is a section, as in `[server]`"]);
}

fn told_of(file: &str) -> Vec<String> {
    told(&Sources::default().file("engage.toml", file))
}

#[test]
fn nobody_elsewhere_is_spoken_to_without_tls() {
    let bare = told_of("[server]\nlisten = \"0.0.0.0:80\"\n");
    assert!(bare[0].contains("can be reached from elsewhere"), "{bare:?}");
    for rest in ["trusted-proxies = [\"10.0.0.0/8\"]", "tls-certificate = \"a.pem\"\ntls-key = \"b.pem\""] {
        let file = format!("[server]\nlisten = \"0.0.0.0:80\"\n{rest}\n");
        assert!(Config::load(&Sources::default().file("engage.toml", file)).is_ok(), "{rest}");
    }
    let half = told_of("[server]\ntls-key = \"b.pem\"\n");
    assert!(half[0].contains("the certificate is missing"), "{half:?}");
}

#[test]
fn what_is_printed_is_a_file_that_says_the_same_and_no_secret() {
    let sources = Sources::default().file("engage.toml", "[limits]\nheaders = 20\n").flags([flag("log.form", "json")]);
    let text = print(&sources).unwrap();
    assert!(text.contains("headers = 20 # engage.toml:2:1\n"), "{text}");
    assert!(text.contains("form = \"json\" # --set log.form\n"), "{text}");
    assert!(text.contains("burst = 200 # default; ENGAGE_SCIM_BURST\n"), "{text}");
    let again = Config::load(&Sources::default().file("printed.toml", text.as_str())).unwrap();
    assert_eq!(format!("{again:?}"), format!("{:?}", Config::load(&sources).unwrap()));
    let secret = Sources::default().flags([flag("store.url", "postgres://user:password@db/engage")]);
    let text = print(&secret).unwrap();
    assert!(text.contains("url = \"<redacted>\"") && !text.contains("password"), "{text}");
}

#[test]
fn there_is_one_current_key_and_it_is_never_shown() {
    let key = "9f".repeat(32);
    let variable = |name: &str, value: &str| Sources::default().variables([(name.to_owned(), value.to_owned())]);
    let config = Config::load(&variable("ENGAGE_KEYS_CURRENT", &format!("2026-06:{key}"))).unwrap();
    assert!(matches!(config.keys.current, Some(KeySource::Text(_))));
    assert!(!format!("{config:?}").contains(&key));
    let files = "[keys]\ncurrent-file = \"a.key\"\nprevious-files = [\"b.key\", \"c.key\"]\n";
    let sources = Sources::default().file("engage.toml", files);
    let sources = sources.variables([("ENGAGE_KEYS_PREVIOUS".to_owned(), format!("old:{key}, older:{key}"))]);
    let keys = Config::load(&sources).unwrap().keys;
    assert!(matches!(&keys.current, Some(KeySource::File(path)) if path.ends_with("a.key")));
    assert_eq!(keys.previous.len(), 4);
    let printed = print(&sources).unwrap();
    assert!(printed.contains("previous = [\"<redacted>\", \"<redacted>\"] # ENGAGE_KEYS_PREVIOUS\n"), "{printed}");
    assert!(printed.contains("current-file = \"a.key\"") && !printed.contains(&key), "{printed}");
    assert!(print(&variable("ENGAGE_KEYS_CURRENT", &key)).unwrap().contains("current = \"<redacted>\""));

    let refused = |sources: &Sources, words: &str| {
        let told = told(sources).join("\n");
        assert!(told.contains(words) && !told.contains(&key), "{told}");
    };
    refused(&variable("ENGAGE_KEYS_CURRENT", &format!("{key}0")), "64 hexadecimal digits");
    refused(&variable("ENGAGE_KEYS_PREVIOUS", &format!("{key}0")), "64 hexadecimal digits");
    refused(&variable("ENGAGE_KEYS_PREVIOUS", &key), "no key for what is new");
    refused(&variable("ENGAGE_KEYS_CURRENT", &key).file("engage.toml", "[keys]\ncurrent-file = \"a\"\n"), "not both");
    for path in ["keys.current", "keys.previous"] {
        refused(&Sources::default().flags([flag(path, &key)]), "others on this machine see options");
    }
}

const MANAGEMENT: &str =
    "[identity]\nmanagement-client-id = \"0f0c7f5e-2a64-4d0a-9e1e-8c1c6c0a1b2d\"\nmanagement-uri = \"api://engage\"\n";

#[test]
fn who_calls_is_not_asked_until_the_apis_are_named() {
    assert!(Config::load(&Sources::default()).unwrap().identity.is_none());
    let users = Config::load(&Sources::default().file("engage.toml", MANAGEMENT)).unwrap().identity.unwrap();
    assert_eq!(users.authority, engage_identity::Authority::entra());
    assert!(users.systems.is_none() && users.problems().is_empty());
    let ours = "platform-tenant = \"0f0c7f5e-2a64-4d0a-9e1e-8c1c6c0a1b2e\"\n\
        system-client-id = \"0f0c7f5e-2a64-4d0a-9e1e-8c1c6c0a1b2f\"\nsystem-uri = \"https://bank.example/engage\"\n\
        environment = \"test\"\nauthority = \"https://login.microsoftonline.us/\"\n\
        custom-keys = [\"0f0c7f5e-2a64-4d0a-9e1e-8c1c6c0a1b2e:0f0c7f5e-2a64-4d0a-9e1e-8c1c6c0a1b2d\"]\n";
    let all = Sources::default().file("engage.toml", format!("{MANAGEMENT}{ours}"));
    let all = Config::load(&all).unwrap().identity.unwrap();
    assert_eq!(all.environment, engage_identity::Environment::Test);
    assert_eq!(all.authority.issuer_v2, "https://login.microsoftonline.us/{tenantid}/v2.0");
    assert_eq!((all.systems.unwrap().permission, all.authority.custom_keys.len()), (None, 1));
}

#[test]
fn an_issuer_of_this_machine_is_refused_outside_of_a_sandbox() {
    let here = [
        "http://127.0.0.1:4000",
        "https://127.0.0.1",
        "https://[::1]:4000",
        "https://localhost",
        "https://LOCALHOST.",
        "https://issuer.localhost:4000",
        "https://0.0.0.0",
        "https://[::ffff:127.0.0.1]",
        "http://login.example.com",
    ];
    for authority in here {
        let told = told(&Sources::default().flags([flag("identity.authority", authority)]));
        assert!(told.len() == 1 && told[0].contains("`engage serve --sandbox` alone"), "{authority}: {told:?}");
    }
    for authority in
        ["ftp://x", "login.example.com", "https://login.example.com/tenant", "https://u:p@login.example.com"]
    {
        let told = told(&Sources::default().flags([flag("identity.authority", authority)]));
        assert!(told.len() == 1 && told[0].contains("an https address without a path"), "{authority}: {told:?}");
    }
}

#[test]
fn every_mistake_about_who_calls_is_told_with_its_setting() {
    let told = |more: &str| told_of(&format!("{MANAGEMENT}{more}\n")).join("\n");
    let id = |name: &str, last: &str| format!("{name} = \"0f0c7f5e-2a64-4d0a-9e1e-8c1c6c0a1b{last}\"\n");
    let half = told(&id("platform-tenant", "2e"));
    assert!(
        half.contains("set `identity.system-client-id` too") && half.contains("set `identity.system-uri` too"),
        "{half}"
    );
    let same = format!("{}{}system-uri = \"https://a\"", id("platform-tenant", "2e"), id("system-client-id", "2d"));
    assert!(told(&same).contains("`identity.system-client-id`: the Management API and"), "{}", told(&same));
    let consumers = "platform-tenant = \"9188040d-6c67-4c5b-b112-36a304b66dad\"\n";
    let consumers = format!("{consumers}{}system-uri = \"https://a/\"", id("system-client-id", "2f"));
    assert!(told(&consumers).contains("`identity.platform-tenant`: the tenant of consumer accounts"));
    assert!(told(&consumers).contains("`identity.system-uri`: an App ID URI"));
    for (setting, words) in [
        ("v1-issuer = \"https://sts.windows.net/\"", "holds `{tenantid}` once"),
        ("environment = \"live\"", "`dev`, `test` or `prod`"),
        ("system-permission = \"x\"", "set `identity.platform-tenant` too"),
        ("custom-keys = [\"a:b\"]", "with a colon between"),
    ] {
        assert!(told(setting).contains(words), "{setting}: {}", told(setting));
    }
    let bare = told_of("[identity]\nmanagement-client-id = \"x\"\n").join("\n");
    assert!(bare.contains("an id, as in") && bare.contains("set `identity.management-uri` too"), "{bare}");
    let alone = format!("[identity]\n{}", id("platform-tenant", "2e"));
    assert!(told_of(&alone).join("\n").contains("set `identity.management-client-id` too"));
}

#[test]
fn rates_of_the_public_api_are_settings() {
    let rates = |sources: &Sources| Config::load(sources).unwrap().rates;
    assert_eq!(rates(&Sources::default()), crate::api::Rates::default());
    let file = Sources::default().file("engage.toml", "[api]\nrequests-per-hour = 50000\n");
    let both = file.variables([("ENGAGE_API_REQUESTS_PER_MINUTE".to_owned(), "5000".to_owned())]);
    assert_eq!(rates(&both), crate::api::Rates { per_hour: 50_000, per_minute: 5_000 });
    let none = told_of("[api]\nrequests-per-hour = 0\nrequests-per-minute = -1\n");
    assert!(none.len() == 2 && none.iter().all(|told| told.contains("a number from 1 to ")), "{none:?}");
}
