use std::time::Duration;

use secrecy::ExposeSecret;

use super::*;
use crate::core::settings::Sampling;

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
    let sampling = model.sampling(&Sampling::default());
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
    assert_eq!(model.sampling(&Sampling::default()), Sampling::default());
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

#[test]
fn an_address_has_one_form_however_it_is_written() {
    let read = |lines: &str| parse(&format!("[models.m]\n{lines}\n")).unwrap().model("m", None).unwrap();
    for (lines, base_url, api) in [
        ("base_url = \"http://h:1\"", "http://h:1/v1", Api::OpenaiChat),
        ("base_url = \"http://h:1/\"", "http://h:1/v1", Api::OpenaiChat),
        ("base_url = \"http://h:1/v1/\"", "http://h:1/v1", Api::OpenaiChat),
        ("base_url = \"http://h:1/v1/chat/completions\"", "http://h:1/v1", Api::OpenaiChat),
        ("base_url = \"http://h:1/v1/completions\"", "http://h:1/v1", Api::OpenaiCompletions),
        ("base_url = \"http://h:1/v1/messages\"", "http://h:1/v1", Api::Anthropic),
        ("base_url = \"http://h:1/gateway\"", "http://h:1/gateway", Api::OpenaiChat),
        ("api = \"openai-completions\"\nbase_url = \"http://h:1\"", "http://h:1/v1", Api::OpenaiCompletions),
        ("api = \"anthropic\"\nbase_url = \"http://h:1\"", "http://h:1/v1", Api::Anthropic),
        ("api = \"anthropic\"\nbase_url = \"http://h:1/v1\"", "http://h:1/v1", Api::Anthropic),
        ("api = \"anthropic\"\nbase_url = \"http://h:1/v1/messages/\"", "http://h:1/v1", Api::Anthropic),
        ("api = \"anthropic\"\nbase_url = \"http://h:1/anthropic\"", "http://h:1/anthropic/v1", Api::Anthropic),
        (
            "base_url = \"https://r.openai.azure.com/openai/deployments/d/chat/completions\"\napi_version = \"2024-10-21\"",
            "https://r.openai.azure.com/openai/deployments/d",
            Api::OpenaiChat,
        ),
    ] {
        let model = read(lines);
        assert_eq!((model.base_url.as_str(), model.api), (base_url, api), "{lines}");
        // What a run stores leads back to the same place.
        let again = Config::default().model_of(&model.info());
        match again {
            Ok(again) => assert_eq!((again.base_url, again.api), (model.base_url, model.api), "{lines}"),
            Err(error) => assert!(error.to_string().contains("api_version"), "{lines}: {error}"),
        }
    }
    let hosted =
        message("[models.m]\nbase_url = \"https://api.anthropic.com\"\nkey_env = \"FDSP_TEST_NO_SUCH_VARIABLE\"\n");
    assert!(hosted.contains("is not set"), "{hosted}");
}

#[test]
fn an_address_that_cannot_be_meant_is_told_with_what_to_write() {
    let azure = message("[models.m]\nbase_url = \"https://r.openai.azure.com/\"\n");
    assert!(azure.contains("/openai/v1") && azure.contains("/openai/deployments/"), "{azure}");
    let version = message("[models.m]\nbase_url = \"https://r.openai.azure.com/openai/deployments/d\"\n");
    assert!(version.starts_with("model \"m\": api_version: ") && version.contains("2024-10-21"), "{version}");
    let query = message("[models.m]\nbase_url = \"https://r.openai.azure.com/openai/v1?api-version=preview\"\n");
    assert!(query.contains("api_version"), "{query}");
    let twice = message("[models.m]\napi = \"openai-chat\"\nbase_url = \"http://h/v1/messages\"\n");
    assert!(twice.contains("ends in /messages") && twice.contains("anthropic"), "{twice}");
    let ours = Config::default().model_of(&ModelInfo {
        name: "m".into(),
        api: "smoke".into(),
        base_url: "http://h/v1".into(),
        model: "m".into(),
    });
    assert!(ours.unwrap_err().to_string().contains("`smoke` is not a wire format"));
}

#[test]
fn where_the_key_goes_and_what_the_limit_is_called() {
    let key = "key_env = \"CARGO_PKG_NAME\"";
    let read = |lines: &str| parse(&format!("[models.m]\n{key}\n{lines}\n")).unwrap().model("m", None).unwrap();
    use TokensField::{MaxCompletionTokens, MaxTokens};
    for (lines, header, field) in [
        ("base_url = \"http://h/v1\"", "authorization", MaxTokens),
        ("base_url = \"https://api.openai.com/v1\"", "authorization", MaxCompletionTokens),
        ("base_url = \"https://api.openai.com/v1\"\napi = \"openai-completions\"", "authorization", MaxTokens),
        ("base_url = \"https://api.openai.com/v1\"\ntokens_field = \"max_tokens\"", "authorization", MaxTokens),
        ("base_url = \"https://api.anthropic.com\"", "x-api-key", MaxTokens),
        ("base_url = \"https://r.openai.azure.com/openai/v1\"", "api-key", MaxCompletionTokens),
        ("base_url = \"https://r.openai.azure.com/openai/deployments/d\"\napi_version = \"1\"", "api-key", MaxTokens),
        ("base_url = \"http://h/v1\"\nkey_header = \"X-Key\"", "x-key", MaxTokens),
    ] {
        let model = read(lines);
        assert_eq!((model.key_header.as_str(), model.tokens_field), (header, field), "{lines}");
        assert_eq!(model.key_from.as_deref(), Some("environment variable CARGO_PKG_NAME (key_env)"));
    }
}

#[test]
fn what_cannot_be_sent_is_told_with_its_field() {
    for (field, lines) in [
        ("key_header", "key_header = \"two words\""),
        ("headers", "headers = { Authorization = \"Bearer x\" }"),
        ("headers", "headers = { X-Api-Key = \"x\" }"),
        ("headers", "headers = { Host = \"x\" }"),
        ("headers", "headers = { X = \"a\\nb\" }"),
        ("headers", "headers = { X = { env = \"FDSP_TEST_NO_SUCH_VARIABLE\" } }"),
        ("proxy", "proxy = \"proxy:3128\""),
        ("proxy", "proxy = \"http://me:pw@proxy:3128\""),
        ("proxy_auth_env", "proxy_auth_env = \"CARGO_PKG_NAME\""),
        ("proxy_auth_env", "proxy = \"http://proxy:3128\"\nproxy_auth_env = \"CARGO_PKG_NAME\""),
        ("api_version", "api_version = \"1&x=y\""),
        ("tokens_field", "api = \"anthropic\"\ntokens_field = \"max_tokens\""),
        ("temperature", "api = \"anthropic\"\ntemperature = 1.5"),
        ("temperature", "omit = [\"temperature\"]\ntemperature = 0.5"),
        ("seed", "api = \"anthropic\"\nseed = 7"),
        ("seed", "omit = [\"seed\"]\nseed = 7"),
    ] {
        let told = message(&format!("[models.m]\nbase_url = \"http://h/v1\"\n{lines}\n"));
        assert!(told.starts_with(&format!("model \"m\": {field}: ")), "{lines}: {told}");
        assert!(!told.contains("me:pw") && !told.contains("Bearer x"), "{told}");
    }
    let told = message("[models.m]\nheaders = { X = 1 }\n");
    assert!(told.starts_with("fdsp.toml:2: a header's value is a text"), "{told}");
}

#[test]
fn what_is_left_out_is_not_said_to_be_sampled_by() {
    let read = |lines: &str| {
        let text = format!("[models.m]\nbase_url = \"http://h/v1\"\n{lines}\n");
        parse(&text).unwrap().model("m", None).unwrap()
    };
    let usual = Sampling { seed: Some(3), ..Sampling::default() };
    let without = read("omit = [\"temperature\", \"seed\"]");
    assert_eq!((without.sampling(&usual).temperature, without.sampling(&usual).seed), (None, None));
    assert!(without.takes(Some(1.0), None).is_err() && without.takes(None, None).is_ok());
    let claude = read("api = \"anthropic\"");
    assert_eq!((claude.sampling(&usual).temperature, claude.sampling(&usual).seed), (Some(1.0), None));
    let told = claude.takes(None, Some(3)).unwrap_err().to_string();
    assert!(told.contains("anthropic has no such field"), "{told}");
}

#[test]
fn the_workbench_has_a_table_of_its_own() {
    let text = "[ui]\ntheme = \"light\"\nannotator = \"eve\"\ncolour = \"256\"\nmouse = true\nreduced_motion = true\n";
    let config = parse(text).unwrap();
    assert_eq!(config.ui, UiSettings { colour: Some(Colour::Indexed), mouse: true, reduced_motion: true });
    assert_eq!(config.annotator.as_deref(), Some("eve"));
    assert!(config.place_of_theme().unwrap().ends_with(":2"));
    let both = parse("annotator = \"ada\"\n[ui]\nannotator = \"eve\"\n").unwrap();
    assert_eq!(both.annotator.as_deref(), Some("ada"));
    assert_eq!(parse("").unwrap().ui, UiSettings::default());
    for (text, line, word) in [
        ("[ui]\ncolour = \"pink\"\n", ":2", "pink"),
        ("[ui]\n\nmouse = 1\n", ":3", "boolean"),
        ("[ui]\nmouze = true\n", ":2", "mouze"),
        ("[ui]\nreduced_motion = \"yes\"\n", ":2", "boolean"),
    ] {
        let message = parse(text).unwrap_err().to_string();
        assert!(message.contains(line) && message.contains(word), "{message}");
    }
}
