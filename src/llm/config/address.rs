//! A server's address in its one form, and what it tells: the wire format, and whether it is Azure's.

use reqwest::Url;

use crate::llm::wire::Api;

const OPENAI: &str = "https://api.openai.com/v1";
const ANTHROPIC: &str = "https://api.anthropic.com/v1";

type Wrong = (&'static str, String);

/// Where requests go.
pub(super) struct Address {
    /// Without a slash or an endpoint at its end.
    pub base_url: String,
    pub api: Api,
    pub azure: bool,
}

/// Takes an address with or without `/v1`, with or without the endpoint.
pub(super) fn read(text: Option<&str>, said: Option<Api>, api_version: Option<&str>) -> Result<Address, Wrong> {
    let own = if said == Some(Api::Anthropic) { ANTHROPIC } else { OPENAI };
    let wrong = |message: String| ("base_url", message);
    let url = parse(text.unwrap_or(own)).map_err(wrong)?;
    let host = url.host_str().unwrap_or_default();
    let azure = host.split('.').any(|part| part == "azure");
    let whole = url.as_str().trim_end_matches('/');
    // The longest endpoint first: one ends in the other.
    let endpoint = Api::ALL.into_iter().find_map(|api| Some((api, whole.strip_suffix(api.path())?)));
    let (told, plain) = endpoint.map_or((None, whole), |(api, rest)| (Some(api), rest.trim_end_matches('/')));
    let api = match (said, told) {
        (Some(said), Some(told)) if said != told => {
            return Err(wrong(format!(
                "it ends in {}, where api = \"{told}\" is spoken, but api is \"{said}\"; correct one of them",
                told.path()
            )));
        }
        (said, told) => said.or(told).unwrap_or(match host {
            "api.anthropic.com" => Api::Anthropic,
            _ => Api::OpenaiChat,
        }),
    };
    let bare = Url::parse(plain).is_ok_and(|url| url.path() == "/");
    if azure && bare {
        return Err(wrong(
            "Azure needs more of the address: write https://RESOURCE.openai.azure.com/openai/v1, or \
             https://RESOURCE.openai.azure.com/openai/deployments/DEPLOYMENT with api_version"
                .to_owned(),
        ));
    }
    if plain.contains("/openai/deployments/") && api_version.is_none() {
        return Err((
            "api_version",
            "an address with /deployments/ needs it, e.g. api_version = \"2024-10-21\"".into(),
        ));
    }
    let version = if bare || (api == Api::Anthropic && !plain.ends_with("/v1")) { "/v1" } else { "" };
    Ok(Address { base_url: format!("{plain}{version}"), api, azure })
}

/// An `http` or `https` address with nothing in it that could be a secret.
pub(super) fn parse(text: &str) -> Result<Url, String> {
    let url =
        Url::parse(text.trim()).map_err(|error| format!("not an address ({error}); write http://HOST:PORT/v1"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("not an address; write http://HOST:PORT/v1".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(
            "an address holds no user, password, query or fragment; a key goes by key_env, Azure's version by \
                    api_version"
                .to_owned(),
        );
    }
    Ok(url)
}

pub(super) fn is_loopback(base_url: &str) -> bool {
    let url = Url::parse(base_url).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
