//! `valet sponsor`: pays for the gas of what its configuration allows.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde_json::json;
use sui_crypto::simple::SimpleKeypair;
use valet_client::{KeyOwner, Network};
use valet_sponsor::{BookError, Config, Server, Service, SqliteBook, Terms, serve};
use zeroize::Zeroizing;

use crate::{
    context::read_text,
    localnet::stop_signal,
    output::{Output, Report},
    problem::{Kind, Problem},
};

/// The sponsor's key, when it is in no file.
const KEY_VARIABLE: &str = "VALET_SPONSOR_KEY";

/// What to sponsor, and where to listen.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What it pays for, with which key and within which limits: see --example.
    #[arg(long, value_name = "FILE", default_value = "sponsor.toml")]
    config: PathBuf,

    /// Port of HTTP; 0 takes any free one.
    #[arg(long, default_value_t = 9200)]
    port: u16,

    /// Address of this machine to listen on. There is no encryption: let others in through a proxy that ends TLS.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,

    /// Print a configuration to begin with, and end.
    #[arg(long)]
    example: bool,
}

/// Serves until the process is told to stop.
pub(crate) fn run(arguments: &Arguments, output: Output) -> Result<Option<Report>, Problem> {
    if arguments.example {
        let text = Config::EXAMPLE.trim_end().to_owned();
        let json = json!({ "configuration": text });
        return Ok(Some(Report { text, json }));
    }
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Problem::failed(format!("cannot start the async runtime: {error}")))?;
    runtime.block_on(work(arguments, output))?;
    Ok(None)
}

async fn work(arguments: &Arguments, output: Output) -> Result<(), Problem> {
    // Before the port is announced, so that a signal right after is not lost.
    let stopped = stop_signal()?;
    let path = &arguments.config;
    let text = read_text(path, "the configuration").map_err(|problem| {
        problem.with_remedy(
            "name another file with `--config`; `valet sponsor --example` prints one to begin with",
        )
    })?;
    let config = Config::parse(&text).map_err(|error| about(path, &error))?;
    let directory = path.parent().unwrap_or(Path::new(""));
    let signer = key(&config, directory)?;
    let network = Network::connect(&config.rpc_url).await?;
    let book = directory.join(&config.book);
    let book = SqliteBook::open(&book).map_err(|error| match error {
        BookError::InUse => Problem::new(
            Kind::Locked,
            format!("another sponsor writes to this book, {}", book.display()),
        )
        .with_remedy("stop it, or name another file as `book` in the configuration"),
        error => about(&book, &error),
    })?;
    let service = Service::new(
        network,
        signer,
        config.gas,
        config.policy,
        config.limits,
        book,
    )
    .map_err(|error| about(path, &error))?;
    let address = SocketAddr::new(arguments.host, arguments.port);
    let server = serve(service.clone(), address).await.map_err(|error| {
        Problem::failed(error.to_string())
            .with_remedy("choose a port with `--port` (`--port 0` takes any free one)")
    })?;
    announce(&server, &service.terms(), output.is_json())?;
    stopped.await;
    server.shutdown().await;
    Ok(())
}

/// A file that cannot be used as it is.
fn about(path: &Path, error: &dyn std::error::Error) -> Problem {
    Problem::usage(format!("{}: {error}", path.display()))
}

/// The sponsor's key: from the environment, or from the configuration's file.
fn key(config: &Config, directory: &Path) -> Result<KeyOwner, Problem> {
    if let Some(text) = std::env::var(KEY_VARIABLE).ok().map(Zeroizing::new) {
        return parse_key(&text, KEY_VARIABLE);
    }
    let Some(file) = &config.key_file else {
        return Err(Problem::usage("the sponsor has no key").with_remedy(format!(
            "name a file as `key_file` in the configuration, or put a `suiprivkey1…` into {KEY_VARIABLE}"
        )));
    };
    let file = directory.join(file);
    let text = Zeroizing::new(read_text(&file, "the key file")?);
    parse_key(&text, &file.display().to_string())
}

/// A `suiprivkey1…` line, or a `sui.keystore` with one key. The text is never part of an error.
fn parse_key(text: &str, source: &str) -> Result<KeyOwner, Problem> {
    let text = text.trim();
    let no_key = || {
        Problem::usage(format!("{source} holds no key")).with_remedy(
            "`sui keytool export` prints one that begins with `suiprivkey1`; a `sui.keystore` with one key does too",
        )
    };
    if !text.starts_with('[') {
        return KeyOwner::from_suiprivkey(text).map_err(|_| no_key());
    }
    let keys: Vec<String> = serde_json::from_str(text).map_err(|_| no_key())?;
    let keys: Vec<_> = keys.into_iter().map(Zeroizing::new).collect();
    match keys.as_slice() {
        [one] => SimpleKeypair::from_base64(one)
            .map(KeyOwner::new)
            .map_err(|_| no_key()),
        other => Err(
            Problem::usage(format!("{source} holds {} keys", other.len()))
                .with_remedy("keep the sponsor's alone in a file of its own"),
        ),
    }
}

fn announce(server: &Server, terms: &Terms, as_json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if as_json {
        let line = json!({ "url": server.url(), "terms": terms });
        writeln!(out, "{line}")?;
        return out.flush();
    }
    let limits = &terms.limits;
    writeln!(out, "sponsor      {}", server.url())?;
    writeln!(out, "pays from    {}", terms.address)?;
    writeln!(out, "chain        {}", terms.chain_id)?;
    for rule in &terms.policy.allow {
        let functions = rule.functions.as_ref().map_or_else(
            || "every function".to_owned(),
            |names| names.iter().cloned().collect::<Vec<_>>().join(", "),
        );
        writeln!(
            out,
            "allows       {}::{}: {functions}",
            rule.package, rule.module
        )?;
    }
    writeln!(
        out,
        "transaction  at most {} MIST, at a gas price of at most {}",
        limits.max_budget, limits.max_price
    )?;
    writeln!(out, "sender       {} in seven days", limits.per_sender)?;
    writeln!(out, "day          {}", limits.per_day)?;
    writeln!(
        out,
        "unproven     {} a day, for requests that anybody could have made",
        limits.unproven_per_day
    )?;
    writeln!(out, "Everything else is refused. Ctrl-C stops it.")?;
    out.flush()
}
