use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::eyre::{WrapErr, bail};
use fdsp::core::escape::visible;
use fdsp::llm::config::{Config, FILE_NAME, ModelConfig, PRESETS, Proxy};
use fdsp::llm::{Client, ConfigError};
use futures::future::join_all;

use super::{Global, runtime};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Write a settings file with a model of every kind as a comment.
    Init {
        /// Default: --config, else `./fdsp.toml`.
        #[arg(long, value_name = "FILE")]
        path: Option<PathBuf>,
        /// Replace a file that is there.
        #[arg(long)]
        force: bool,
    },
    /// Read the settings and list the models, with where each key comes from; never the key.
    ///
    /// Exit code 0: every model can be asked; 1: some cannot; 2: the file cannot be read.
    Check {
        /// Ask each server whether it is there.
        #[arg(long)]
        connect: bool,
    },
}

pub fn main(global: &Global, command: Command) -> color_eyre::Result<ExitCode> {
    match command {
        Command::Init { path, force } => {
            let path = path.or_else(|| global.config.clone()).unwrap_or_else(|| PathBuf::from(FILE_NAME));
            init(path, force)
        }
        Command::Check { connect } => check(&global.config()?, connect),
    }
}

fn init(path: PathBuf, force: bool) -> color_eyre::Result<ExitCode> {
    let shown = path.display().to_string();
    let opened = if force { File::create(&path) } else { OpenOptions::new().write(true).create_new(true).open(&path) };
    match opened {
        Ok(mut file) => file.write_all(PRESETS.as_bytes()).wrap_err_with(|| format!("cannot write {shown}"))?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{shown} is there already and is left as it is; give --force to replace it, or --path for another")
        }
        Err(error) => bail!("cannot write {shown}: {error}"),
    }
    println!("wrote {}; uncomment a model in it, then: fdsp config check --connect", visible(&shown));
    Ok(ExitCode::SUCCESS)
}

fn check(config: &Config, connect: bool) -> color_eyre::Result<ExitCode> {
    let Some(path) = &config.path else {
        println!("no {FILE_NAME} here or in the configuration directory; write one by: fdsp config init");
        return Ok(ExitCode::SUCCESS);
    };
    let shown = path.display().to_string();
    if config.models.is_empty() {
        println!("{}: no model; uncomment one, or add [models.NAME]", visible(&shown));
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}:", visible(&shown));
    let models = config.models.keys().map(|name| {
        let ready = config.model(name, None);
        let client = ready.and_then(|model| Client::new(&model));
        (name, client)
    });
    let models: Vec<(&String, Result<Client, ConfigError>)> = models.collect();
    let servers = if connect { runtime()?.block_on(join_all(models.iter().map(ask))) } else { Vec::new() };
    let mut well = true;
    for (nth, (name, client)) in models.iter().enumerate() {
        println!("\n{}", visible(name));
        match client {
            Ok(client) => describe(client.config()),
            Err(error) => {
                well = false;
                row("error", &error.to_string());
            }
        }
        match servers.get(nth) {
            Some(Some(Ok(said))) => row("server", said),
            Some(Some(Err(message))) => {
                well = false;
                row("server", message);
            }
            _ => {}
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What the server says about itself; `None` for a model that cannot be asked.
async fn ask((_, client): &(&String, Result<Client, ConfigError>)) -> Option<Result<String, String>> {
    let client = client.as_ref().ok()?;
    let model = &client.config().model;
    let told = client.probe().await.map(|names| match names.as_slice() {
        names if names.contains(model) => "there, and lists this model".to_owned(),
        [] => "there, and lists no models".to_owned(),
        names => {
            let some: Vec<&str> = names.iter().take(5).map(String::as_str).collect();
            let more = if names.len() > some.len() { ", …" } else { "" };
            format!("there, but does not list {model:?} among its {}: {}{more}", names.len(), some.join(", "))
        }
    });
    Some(told.map_err(|error| error.message))
}

fn describe(model: &ModelConfig) {
    row("api", model.api.as_str());
    row("base_url", &model.base_url);
    if let Some(version) = &model.api_version {
        row("version", version);
    }
    row("model", &model.model);
    let key = model.key_from.as_ref().map(|from| format!("{from}, sent as {}", model.key_header));
    row("key", key.as_deref().unwrap_or("none"));
    if !model.headers.is_empty() {
        row("headers", &model.headers.iter().map(|header| header.name.as_str()).collect::<Vec<_>>().join(", "));
    }
    match &model.proxy {
        Proxy::System => {}
        Proxy::None => row("proxy", "none"),
        Proxy::At { url, login } => {
            row("proxy", &format!("{url}{}", if login.is_some() { ", with a login" } else { "" }))
        }
    }
    if let Some(path) = &model.ca_file {
        row("ca_file", &path.display().to_string());
    }
    if !model.omit.is_empty() {
        row("omit", &model.omit.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(", "));
    }
}

fn row(what: &str, value: &str) {
    println!("  {what:<9} {}", visible(value));
}
