//! What to do about a status: which line of `fdsp.toml` to look at.

use super::client::Client;
use super::config::{Omit, TokensField};
use super::wire::Api;

/// Goes behind the server's own words `says`; empty where there is nothing to add.
pub(super) fn after(client: &Client, status: u16, says: &str) -> String {
    let name = &client.config().name;
    match status {
        400 | 422 => field(client, says)
            .map_or_else(String::new, |line| format!("; if so, write {line} in [models.{name}] of fdsp.toml")),
        401 | 403 => key(client),
        404 | 405 => place(client),
        407 => format!(
            "; the proxy wants a login: name the variable with its user:password by proxy_auth_env in [models.{name}]"
        ),
        _ => String::new(),
    }
}

fn key(client: &Client) -> String {
    let config = client.config();
    match (&config.key_from, &config.key) {
        (Some(from), _) => format!("; check the key in {from}"),
        (None, Some(_)) => "; check the key (key_env or key_file of the model)".to_owned(),
        (None, None) => {
            format!("; no key was sent: name one by key_env or key_file in [models.{}] of fdsp.toml", config.name)
        }
    }
}

fn place(client: &Client) -> String {
    let config = client.config();
    let usual = match config.api {
        Api::Anthropic => "it ends in /v1 for api = \"anthropic\"",
        _ if config.base_url.contains("/deployments/") => "is the deployment's name right, and api_version?",
        _ => "it usually ends in /v1",
    };
    format!("; asked was {}: check base_url ({usual}) and the model's name", client.endpoint())
}

/// The line that keeps a field away that the server seems to refuse. Nothing is left out or renamed by itself: what a
/// run says about its sampling, and the hash of what was sent, would no longer be true.
fn field(client: &Client, says: &str) -> Option<String> {
    let config = client.config();
    let wanted = match config.tokens_field {
        TokensField::MaxTokens => TokensField::MaxCompletionTokens,
        TokensField::MaxCompletionTokens => TokensField::MaxTokens,
    };
    // The newer name is told with the older one's refusal, and alone with its own.
    if config.api == Api::OpenaiChat && says.contains(TokensField::MaxCompletionTokens.as_str()) {
        return Some(format!("tokens_field = \"{}\"", wanted.as_str()));
    }
    let refused = Omit::ALL.into_iter().find(|omit| says.contains(omit.as_str()) && !config.leaves_out(*omit))?;
    Some(format!("omit = [\"{}\"]", refused.as_str()))
}
