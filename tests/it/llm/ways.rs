//! The way to a server: proxies, authorities of one's own, headers, Azure; and fields that models refuse.

use fdsp::llm::config::{Omit, Proxy, TokensField};

use super::*;
use crate::support::fdsp::Fdsp;
use crate::support::gateway;

const LOGIN: &str = "ada:correct-horse-battery";
/// `LOGIN` as `Basic`.
const BASIC: &str = "Basic YWRhOmNvcnJlY3QtaG9yc2UtYmF0dGVyeQ==";

fn through(proxy: &gateway::Proxy, login: Option<&str>) -> Proxy {
    Proxy::At { url: proxy.url(), login: login.map(Into::into) }
}

fn hello() -> Server {
    Server::start(|_, _| Reply::text("hello"))
}

fn parse(text: &str) -> ModelConfig {
    Config::parse(std::path::Path::new("fdsp.toml"), text).unwrap().model("m", None).unwrap()
}

#[test]
fn a_proxy_takes_plain_requests() {
    let server = hello();
    let proxy = gateway::Proxy::start(Some(BASIC));
    let config = ModelConfig { proxy: through(&proxy, Some(LOGIN)), ..with_key(&server) };
    assert_eq!(ask(&config).unwrap().text.as_str(), "hello");
    let heads = proxy.heads();
    assert!(heads[0].starts_with(&format!("POST {}/chat/completions HTTP/1.1", server.url())), "{heads:?}");
    assert_eq!(server.requests()[0].headers["authorization"], format!("Bearer {KEY}"));
    // No proxy, although one may stand in the environment.
    ask(&ModelConfig { proxy: Proxy::None, ..with_key(&server) }).unwrap();
    assert_eq!(proxy.heads().len(), 1);
}

#[test]
fn a_proxy_that_wants_another_login_is_told_apart() {
    let server = hello();
    let proxy = gateway::Proxy::start(Some("Basic other"));
    let config = ModelConfig { proxy: through(&proxy, Some(LOGIN)), ..with_key(&server) };
    let error = ask(&config).unwrap_err();
    assert_eq!((error.reason, error.status, error.tries), (Reason::Refused, Some(407), 1));
    assert!(error.message.contains("proxy_auth_env"), "{error}");
    let shown = format!("{error:?} {config:?}");
    for secret in [LOGIN, "correct-horse-battery", &BASIC[6..], KEY] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(server.count(), 0);
}

#[test]
fn a_proxy_that_is_not_there_is_named() {
    let server = hello();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let proxy = Proxy::At { url: url.clone(), login: None };
    let error = ask(&ModelConfig { proxy, tries: 1, ..config(&server) }).unwrap_err();
    assert_eq!(error.reason, Reason::Connect);
    assert!(error.message.contains(&format!("through the proxy {url}")), "{error}");
}

#[test]
fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    let server = hello();
    let tls = gateway::Tls::before(server.address());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, &tls.ca).unwrap();
    let unnamed = ModelConfig { base_url: tls.url(), tries: 1, ..with_key(&server) };
    let named = ModelConfig { ca_file: Some(path.clone()), ..unnamed.clone() };
    assert_eq!(ask(&named).unwrap().text.as_str(), "hello");
    assert_eq!(block_on(Client::new(&named).unwrap().probe()).unwrap(), ["scripted"]);

    // Through a tunnel, which sees neither key nor answer.
    let proxy = gateway::Proxy::start(Some(BASIC));
    let tunnelled = ModelConfig { proxy: through(&proxy, Some(LOGIN)), ..named.clone() };
    assert_eq!(ask(&tunnelled).unwrap().text.as_str(), "hello");
    let heads = proxy.heads();
    assert!(heads[0].starts_with("CONNECT 127.0.0.1:") && !heads[0].contains(KEY), "{heads:?}");

    // Another authority than the one that signed.
    std::fs::write(&path, gateway::Tls::before(server.address()).ca).unwrap();
    let error = ask(&named).unwrap_err();
    assert_eq!(error.reason, Reason::Connect);
    assert!(error.message.contains("UnknownIssuer") && error.message.contains("ca_file"), "{error}");
    assert_eq!(server.count(), 2);

    std::fs::write(&path, "no certificate").unwrap();
    let error = Client::new(&named).unwrap_err().to_string();
    assert!(error.contains("ca_file") && error.contains("no certificate in PEM form"), "{error}");
    std::fs::remove_file(&path).unwrap();
    let error = Client::new(&named).unwrap_err().to_string();
    assert!(error.contains("ca_file: cannot read") && error.contains("ca.pem"), "{error}");
}

#[test]
fn headers_of_ones_own_are_sent_and_secret_ones_hidden() {
    let says = Arc::new(Mutex::new(String::new()));
    let echo = says.clone();
    let server = Server::start(move |_, _| Reply::status(400, format!("bad token {}", echo.lock().unwrap())));
    // Cargo sets the variable for every test.
    let config = parse(&format!(
        "[models.m]\nbase_url = \"{}\"\nheaders = {{ X-Title = \"fdsp tests\", X-Secret = {{ env = \"CARGO_MANIFEST_DIR\" }} }}\n",
        server.url()
    ));
    let secret = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    says.lock().unwrap().clone_from(&secret);
    let error = ask(&config).unwrap_err();
    let sent = &server.requests()[0].headers;
    assert_eq!((sent["x-title"].as_str(), sent["x-secret"].as_str()), ("fdsp tests", secret.as_str()));
    assert!(error.message.contains("bad token ***"), "{error}");
    assert!(!format!("{error:?} {config:?} {:?}", Client::new(&config).unwrap()).contains(&secret));
}

#[test]
fn azure_takes_its_key_and_version_its_way() {
    let server = hello();
    let base = server.url().replace("/v1", "/openai/deployments/mine");
    let config =
        parse(&format!("[models.m]\nbase_url = \"{base}\"\napi_version = \"2024-10-21\"\nmodel = \"gpt-4o\"\n"));
    let config = ModelConfig { key: Some(KEY.into()), ..config };
    assert_eq!(ask(&config).unwrap().text.as_str(), "hello");
    let sent = &server.requests()[0];
    assert_eq!(sent.path, "/openai/deployments/mine/chat/completions?api-version=2024-10-21");
    assert_eq!(sent.headers["api-key"], KEY);
    assert!(!sent.headers.contains_key("authorization"));
    assert_eq!(sent.json["max_tokens"], 100);
    block_on(Client::new(&config).unwrap().probe()).unwrap();
    assert_eq!(server.lists()[0].path, "/openai/models?api-version=2024-10-21");
    assert_eq!(server.lists()[0].headers["api-key"], KEY);
}

#[test]
fn a_refused_field_is_named_with_the_line_that_helps() {
    let refuses = |words: &str| {
        let body =
            json!({"error": {"message": words, "type": "invalid_request_error", "code": "unsupported_parameter"}});
        Server::start(move |_, _| Reply::status(400, body.to_string()))
    };
    let older =
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    let server = refuses(older);
    let error = ask(&config(&server)).unwrap_err();
    assert!(error.message.contains("write tokens_field = \"max_completion_tokens\" in [models.scripted]"), "{error}");
    assert_eq!(server.count(), 1);
    let server = refuses("Unrecognized request argument supplied: max_completion_tokens");
    let newer = ModelConfig { tokens_field: TokensField::MaxCompletionTokens, ..config(&server) };
    let error = ask(&newer).unwrap_err();
    assert!(error.message.contains("write tokens_field = \"max_tokens\""), "{error}");
    assert_eq!(server.requests()[0].json["max_completion_tokens"], 100);
    for (words, line) in [
        ("`temperature` is deprecated for this model.", "omit = [\"temperature\"]"),
        ("stream_options is not permitted", "omit = [\"stream_options\"]"),
    ] {
        let server = refuses(words);
        let error = ask(&config(&server)).unwrap_err();
        assert!(error.message.contains(line), "{error}");
    }
    let server = refuses("the prompt is too long");
    assert!(!ask(&config(&server)).unwrap_err().message.contains("fdsp.toml"));
    let server = hello();
    let answer = ask(&ModelConfig { omit: vec![Omit::StreamOptions], ..config(&server) }).unwrap();
    assert_eq!(answer.text.as_str(), "hello");
    assert!(server.requests()[0].json.get("stream_options").is_none());
}

/// A run's settings say how its answers were sampled, so what is left out is not said, and cannot be asked for.
#[test]
fn a_run_says_how_it_was_really_sampled() {
    let server = Server::start(|_, _| Reply::text("```python\nx = 1\n```\n"));
    let fdsp = Fdsp::new();
    let file = fdsp.home().join("fdsp.toml");
    let entry = format!("[models.m]\napi = \"anthropic\"\nbase_url = \"{}\"\n", server.url());
    std::fs::write(&file, format!("{entry}omit = [\"temperature\"]\n")).unwrap();
    let run = ["run", "--prompt", "Write it.", "--model", "m", "--scanner", "ruff", "--name", "one", "--json"];
    let output = fdsp.output(&run);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let told = crate::support::fdsp::json(output.stdout.lines().next().unwrap());
    let sampling = &told["settings"]["sampling"];
    assert_eq!((&sampling["temperature"], &sampling["max_tokens"]), (&json!(null), &json!(2000)), "{told}");
    assert_eq!(told["model"]["api"], "anthropic", "{told}");
    assert!(server.requests()[0].json.get("temperature").is_none());
    for (more, what) in [(["--temperature", "0.5"], "temperature: 0.5"), (["--seed", "7"], "seed: 7")] {
        let output = fdsp.output(&[&run[..], &more[..]].concat());
        assert_eq!(output.code, Some(2));
        assert!(output.stderr.contains(what), "{}", output.stderr);
    }
    assert_eq!(server.count(), 1);
}

/// The endpoint in the address tells the format; the run keeps it.
#[test]
fn a_resumed_run_speaks_the_format_it_began_with() {
    let server = Server::start(|_, nth| match nth {
        0 => Reply::status(400, "not now"),
        _ => Reply::text("```python\nx = 1\n```\n"),
    });
    let fdsp = Fdsp::new();
    let url = format!("{}/messages", server.url());
    let run =
        ["run", "--prompt", "Write it.", "--model", "m", "--base-url", &url, "--scanner", "ruff", "--name", "one"];
    fdsp.output(&run);
    let output = fdsp.output(&["resume", "one"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let paths: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/v1/messages", "/v1/messages"]);
}

#[test]
fn no_secret_reaches_the_disk() {
    let echo = format!("you sent {KEY}");
    let server = Server::start(move |_, nth| match nth {
        0 => Reply::status(500, echo.clone()),
        1 => Reply::raw([format!(
            "data: {{\"type\":\"error\",\"error\":{{\"type\":\"api_error\",\"message\":\"{KEY}\"}}}}\n\n"
        )]),
        2 => Reply::text(format!("# {KEY}\n")).without_finish(),
        3 => Reply::text(format!("```python\n# {KEY}\nx = 1\n```\n")),
        _ => Reply::status(401, echo.clone()),
    });
    let fdsp = Fdsp::new();
    let file = fdsp.home().join("fdsp.toml");
    let entry =
        format!("api = \"anthropic\"\nbase_url = \"{}\"\nkey_env = \"SCRIPTED_KEY\"\nbackoff = 0.001\n", server.url());
    std::fs::write(&file, format!("[models.m]\n{entry}")).unwrap();
    let mut shown = Vec::new();
    for name in ["one", "two"] {
        let arguments = ["run", "--prompt", "Write it.", "--model", "m", "--scanner", "ruff", "--name", name, "--json"];
        let mut command = fdsp.command(&arguments);
        let output =
            command.env("SCRIPTED_KEY", KEY).env("FDSP_LOG", "trace").env("RUST_LOG", "trace").output().unwrap();
        shown.extend([output.stdout, output.stderr]);
    }
    for name in ["one", "two"] {
        shown.push(fdsp.output(&["show", name, "prompt", "--json"]).stdout.into_bytes());
    }
    assert_eq!(server.count(), 5);
    for walked in walkdir::WalkDir::new(fdsp.home()).into_iter().flatten().filter(|file| file.file_type().is_file()) {
        shown.push(std::fs::read(walked.path()).unwrap());
    }
    assert!(shown.iter().any(|bytes| bytes.starts_with(b"SQLite format 3")));
    let half = &KEY.as_bytes()[..12];
    for bytes in shown {
        let at = bytes.windows(half.len()).position(|part| part == half);
        assert!(at.is_none(), "{}", String::from_utf8_lossy(&bytes[at.unwrap_or(0).saturating_sub(200)..]));
    }
}
