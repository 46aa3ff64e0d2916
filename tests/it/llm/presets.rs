//! `fdsp config`: the file with presets, and what is told about one.

use std::collections::BTreeMap;

use super::*;
use crate::support::fdsp::{Fdsp, Output};
use crate::support::gateway;

/// What the presets name, each with a value that must not be shown.
const SECRETS: [(&str, &str); 7] = [
    ("OPENAI_API_KEY", "secret-openai-0123456789"),
    ("ANTHROPIC_API_KEY", "secret-anthropic-0123456789"),
    ("AZURE_OPENAI_API_KEY", "secret-azure-0123456789"),
    ("VLLM_API_KEY", "secret-vllm-0123456789"),
    ("HF_TOKEN", "secret-hf-0123456789"),
    ("GATEWAY_TEAM_TOKEN", "secret-team-0123456789"),
    ("PROXY_LOGIN", "ada:secret-proxy-0123456789"),
];

fn with_secrets(fdsp: &Fdsp, arguments: &[&str]) -> Output {
    let output = fdsp.command(arguments).envs(SECRETS).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Output { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A line that begins with `#` and no space is a setting.
fn uncommented(text: &str) -> String {
    let setting = |line: &str| {
        line.strip_prefix('#').filter(|rest| !rest.is_empty() && !rest.starts_with(' ')).map(str::to_owned)
    };
    text.lines().filter_map(setting).map(|line| line + "\n").collect()
}

/// The preset of each name.
fn blocks(text: &str) -> BTreeMap<String, String> {
    let mut blocks = BTreeMap::new();
    for block in format!("\n{text}").split("\n[models.").skip(1) {
        let name = block.split(']').next().unwrap().split('.').next().unwrap().to_owned();
        *blocks.entry(name).or_insert_with(String::new) += &format!("[models.{block}\n");
    }
    blocks
}

fn private_key(fdsp: &Fdsp) {
    let folder = fdsp.home().join(".config/fdsp");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("gateway.key"), "secret-gateway-0123456789\n").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder.join("gateway.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn init_writes_once_and_what_it_writes_is_loaded() {
    let fdsp = Fdsp::new();
    let written = fdsp.output(&["config", "init"]);
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    let file = fdsp.home().join("fdsp.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, fdsp::llm::config::PRESETS);
    let check = fdsp.output(&["config", "check"]);
    assert_eq!(check.code, Some(0), "{}", check.stderr);
    assert!(check.stdout.contains("no model"), "{}", check.stdout);

    std::fs::write(&file, "annotator = \"ada\"\n").unwrap();
    let again = fdsp.output(&["config", "init"]);
    assert_eq!(again.code, Some(2));
    assert!(
        again.stderr.contains("fdsp.toml is there already") && again.stderr.contains("--force"),
        "{}",
        again.stderr
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "annotator = \"ada\"\n");
    assert_eq!(fdsp.output(&["config", "init", "--force"]).code, Some(0));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    assert_eq!(fdsp.output(&["config", "init", "--path", "other.toml"]).code, Some(0));
    assert_eq!(std::fs::read_to_string(fdsp.home().join("other.toml")).unwrap(), text);
    let nowhere = fdsp.output(&["config", "init", "--path", "no/such/folder.toml"]);
    assert!(
        nowhere.code == Some(2) && nowhere.stderr.contains("cannot write no/such/folder.toml"),
        "{}",
        nowhere.stderr
    );
}

#[test]
fn every_preset_is_loaded() {
    let fdsp = Fdsp::new();
    private_key(&fdsp);
    let server = Server::start(|_, _| Reply::text("x"));
    std::fs::write(fdsp.home().join("ca.pem"), gateway::Tls::before(server.address()).ca).unwrap();
    let text = uncommented(fdsp::llm::config::PRESETS);
    let blocks = blocks(&text);
    let names: Vec<&str> = blocks.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "anthropic",
            "azure",
            "azure-deployment",
            "gateway",
            "llamacpp",
            "ollama",
            "openai",
            "openai-instruct",
            "openai-reasoning",
            "tgi",
            "vllm",
        ]
    );
    let mut all = String::new();
    for (name, block) in blocks.iter().chain([(&"all".to_owned(), &text)]) {
        std::fs::write(fdsp.home().join("fdsp.toml"), block).unwrap();
        let check = with_secrets(&fdsp, &["config", "check"]);
        assert_eq!(check.code, Some(0), "{name}: {}{}", check.stdout, check.stderr);
        assert!(!check.stdout.contains("secret-") && !check.stderr.contains("secret-"), "{}", check.stdout);
        all = check.stdout;
    }
    insta::assert_snapshot!(all.replace(&fdsp.home().display().to_string(), "HOME"));
}

#[test]
fn check_tells_what_is_missing_and_goes_on() {
    let fdsp = Fdsp::new();
    let text = "[models.a]\nbase_url = \"http://127.0.0.1:9/v1\"\nkey_env = \"FDSP_TEST_NO_SUCH_VARIABLE\"\n\
                [models.b]\nbase_url = \"http://127.0.0.1:9/v1\"\n";
    std::fs::write(fdsp.home().join("fdsp.toml"), text).unwrap();
    let check = fdsp.output(&["config", "check"]);
    assert_eq!(check.code, Some(1));
    assert!(check.stdout.contains("FDSP_TEST_NO_SUCH_VARIABLE is not set"), "{}", check.stdout);
    assert!(check.stdout.contains("\nb\n") && check.stdout.contains("key       none"), "{}", check.stdout);
    std::fs::write(fdsp.home().join("fdsp.toml"), "[models.a]\nbase_ulr = 1\n").unwrap();
    let check = fdsp.output(&["config", "check"]);
    assert_eq!(check.code, Some(2));
    assert!(check.stderr.contains("fdsp.toml:2: unknown field `base_ulr`"), "{}", check.stderr);
}

#[test]
fn check_asks_the_servers_on_request() {
    let fdsp = Fdsp::new();
    let server = Server::start(|_, _| Reply::text("x"));
    let tls = gateway::Tls::before(server.address());
    std::fs::write(fdsp.home().join("ca.pem"), &tls.ca).unwrap();
    let proxy = gateway::Proxy::start(Some("Basic YWRhOnNlY3JldC1wcm94eS0wMTIzNDU2Nzg5"));
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let text = format!(
        "[models.away]\nbase_url = \"http://{closed}/v1\"\n\
         [models.named]\nbase_url = \"{plain}\"\nmodel = \"scripted\"\n\
         [models.other]\napi = \"anthropic\"\nbase_url = \"{plain}\"\n\
         [models.tunnel]\nbase_url = \"{url}\"\nmodel = \"scripted\"\nca_file = \"ca.pem\"\nproxy = \"{proxy}\"\n\
         proxy_auth_env = \"PROXY_LOGIN\"\nheaders = {{ X-Team-Token = {{ env = \"GATEWAY_TEAM_TOKEN\" }} }}\n",
        plain = server.url(),
        url = tls.url(),
        proxy = proxy.url(),
    );
    std::fs::write(fdsp.home().join("fdsp.toml"), text).unwrap();
    let quiet = with_secrets(&fdsp, &["config", "check"]);
    assert_eq!((quiet.code, server.lists().len()), (Some(0), 0), "{}", quiet.stdout);
    let check = with_secrets(&fdsp, &["config", "check", "--connect"]);
    assert_eq!(check.code, Some(1), "{}", check.stdout);
    let about = |name: &str| check.stdout.split("\n\n").find(|part| part.starts_with(&format!("{name}\n"))).unwrap();
    assert!(about("away").contains("no connection to") && about("away").contains("start the model server"));
    assert!(about("named").contains("there, and lists this model"), "{}", check.stdout);
    assert!(about("other").contains("there, but does not list \"other\" among its 1: scripted"), "{}", check.stdout);
    assert!(about("tunnel").contains("there, and lists this model"), "{}", check.stdout);
    assert!(about("tunnel").contains("with a login"), "{}", check.stdout);
    assert!(!check.stdout.contains("secret-"), "{}", check.stdout);
    assert!(proxy.heads()[0].starts_with("CONNECT "));
    let sent = server.lists();
    assert!(sent.iter().any(|request| request.headers.get("x-team-token").is_some_and(|v| v == SECRETS[5].1)));
}
