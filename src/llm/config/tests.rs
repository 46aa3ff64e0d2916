use std::path::Path;

use secrecy::ExposeSecret;

use super::*;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("fdsp.toml"), text)
}

fn message(text: &str) -> String {
    parse(text).and_then(|config| config.model("m", None)).unwrap_err().to_string()
}

const FULL: &str = r#"
annotator = "ada"

[ui]
theme = "light"

[models.m]
api = "openai-chat"
base_url = "http://127.0.0.1:8081/v1/"
model = "qwen"
temperature = 0.5
max_tokens = 700
max_tokens_generate = 900
seed = 3
tries = 2
backoff = 0.25
prices = { input = 0.5, output = 1.5 }

[models.m.deadlines]
connect = 1
first_token = 2.5
idle = 3
total = 4
"#;

#[test]
fn everything_that_can_be_said() {
    let config = parse(FULL).unwrap();
    assert_eq!((config.annotator.as_deref(), config.theme.as_deref()), (Some("ada"), Some("light")));
    let model = config.model("m", None).unwrap();
    assert_eq!((model.base_url.as_str(), model.model.as_str()), ("http://127.0.0.1:8081/v1", "qwen"));
    assert_eq!((model.tries, model.backoff), (2, Duration::from_millis(250)));
    assert_eq!(model.deadlines.first_token, Duration::from_millis(2500));
    assert_eq!(model.prices, Some(Prices { input: 0.5, output: 1.5 }));
    assert!(model.key.is_none() && model.is_loopback());
    let sampling = model.sampling();
    assert_eq!((sampling.temperature, sampling.seed), (Some(0.5), Some(3)));
    assert_eq!((sampling.max_tokens_generate, sampling.max_tokens), (900, 700));
    let moved = config.model("m", Some("http://10.0.0.1/v1/chat/completions")).unwrap();
    assert_eq!((moved.base_url.as_str(), moved.model.as_str()), ("http://10.0.0.1/v1", "qwen"));
    assert!(!moved.is_loopback());
}

#[test]
fn a_model_needs_no_file_when_its_address_is_given() {
    let model = Config::default().model("qwen", Some("http://localhost:1234/v1")).unwrap();
    assert_eq!((model.name.as_str(), model.model.as_str(), model.tries), ("qwen", "qwen", 6));
    assert_eq!(model.deadlines, Deadlines::default());
    assert_eq!(model.sampling(), Sampling::default());
}

#[test]
fn an_unknown_model_is_told_what_there_is() {
    let none = Config::default().model("x", None).unwrap_err().to_string();
    assert!(none.contains("none is configured in fdsp.toml") && none.contains("--base-url"), "{none}");
    let some = parse("[models.a]\n[models.b]\n").unwrap().model("x", None).unwrap_err().to_string();
    assert!(some.contains("fdsp.toml has a, b"), "{some}");
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let unknown = message("[models.m]\nmodel = \"x\"\ntemprature = 1\n");
    assert!(unknown.starts_with("fdsp.toml:3: unknown field `temprature`"), "{unknown}");
    assert!(message("\n[modles.m]\n").starts_with("fdsp.toml:2: unknown field `modles`"));
    assert!(message("[models.m]\napi = \"smoke\"\n").starts_with("fdsp.toml:2: unknown variant `smoke`"));
    assert!(message("[models.m]\ntries = \n").starts_with("fdsp.toml:2: "));
    assert!(message("[models.m.deadlines]\nidle = 3\ntotla = 4\n").starts_with("fdsp.toml:3: "));
    for (field, text) in [
        ("base_url", "base_url = \"127.0.0.1:80\""),
        ("base_url", "base_url = \"ftp://x/\""),
        ("base_url", "base_url = \"http://me:pw@x/v1\""),
        ("temperature", "base_url = \"http://x/v1\"\ntemperature = -1"),
        ("temperature", "base_url = \"http://x/v1\"\ntemperature = nan"),
        ("tries", "base_url = \"http://x/v1\"\ntries = 0"),
        ("deadlines.idle", "base_url = \"http://x/v1\"\ndeadlines = { idle = 0 }"),
        ("deadlines.total", "base_url = \"http://x/v1\"\ndeadlines = { total = inf }"),
        ("backoff", "base_url = \"http://x/v1\"\nbackoff = nan"),
    ] {
        let told = message(&format!("[models.m]\n{text}\n"));
        assert!(told.starts_with(&format!("model \"m\": {field}: ")), "{text}: {told}");
        assert!(!told.contains("me:pw"), "{told}");
    }
}

#[test]
fn a_missing_file_is_an_error_only_when_it_was_named() {
    let error = Config::load(Some(Path::new("/nowhere/fdsp.toml"))).unwrap_err().to_string();
    assert!(error.starts_with("cannot read /nowhere/fdsp.toml"), "{error}");
}

#[test]
fn a_key_written_where_it_does_not_belong_is_not_repeated() {
    let key = "sk-0123456789abcdef";
    for text in [
        format!("[models.m]\nkey = \"{key}\"\n"),
        format!("[models.m]\napi_key = \"{key}\"\n"),
        format!("[models.m]\nbase_url = \"http://x/v1\"\nkey_env = \"{key}\"\n"),
        format!("[models.m]\nbase_url = \"http://{key}@x/v1\"\n"),
        format!("[models.m]\nbase_url = \"http://x/v1?key={key}\"\n"),
    ] {
        let told = message(&text);
        assert!(!told.contains(key) && told.contains("key_env"), "{told}");
    }
}

#[test]
fn a_key_from_the_environment() {
    // Cargo sets the second for every test.
    let entry = |name: &str| format!("[models.m]\nbase_url = \"http://x/v1\"\nkey_env = \"{name}\"\n");
    let unset = message(&entry("FDSP_TEST_NO_SUCH_VARIABLE"));
    assert!(unset.contains("FDSP_TEST_NO_SUCH_VARIABLE is not set"), "{unset}");
    let set = parse(&entry("CARGO_PKG_NAME")).unwrap().model("m", None).unwrap();
    assert_eq!(set.key.unwrap().expose_secret(), std::env::var("CARGO_PKG_NAME").unwrap());
}

#[cfg(unix)]
#[test]
fn a_key_file_must_be_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let set = |text: &str, mode| {
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let text = "[models.m]\nbase_url = \"http://x/v1\"\nkey_file = \"key\"\n";
    let config = Config::parse(&folder.path().join("fdsp.toml"), text).unwrap();
    set("sk-abcdef\n", 0o600);
    let model = config.model("m", None).unwrap();
    assert_eq!(model.key.as_ref().unwrap().expose_secret(), "sk-abcdef");
    assert!(!format!("{model:?}").contains("sk-abcdef"));
    for mode in [0o644, 0o640, 0o604, 0o620] {
        set("sk-abcdef\n", mode);
        let told = config.model("m", None).unwrap_err().to_string();
        assert!(told.contains(&format!("{mode:04o}")) && told.contains("chmod 600"), "{told}");
        set("", 0o600);
    }
    set("two words\n", 0o600);
    let told = config.model("m", None).unwrap_err().to_string();
    assert!(told.contains("more than one word") && !told.contains("two words"), "{told}");
}
