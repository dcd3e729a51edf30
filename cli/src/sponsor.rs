//! `valet sponsor`: pays for the gas of what its configuration allows.

use std::fs;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::json;
use sui_crypto::simple::SimpleKeypair;
use valet_client::{KeyOwner, Network};
use valet_sponsor::{Config, Server, Service, SqliteBook, Terms, serve};
use zeroize::Zeroizing;

use crate::{localnet::stop_signal, output::Output};

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
pub(crate) fn run(arguments: &Arguments, output: Output) -> Result<()> {
    if arguments.example {
        return write!(std::io::stdout().lock(), "{}", Config::EXAMPLE)
            .context("cannot print the example");
    }
    let runtime = tokio::runtime::Runtime::new().context("cannot start the async runtime")?;
    runtime.block_on(work(arguments, output))
}

async fn work(arguments: &Arguments, output: Output) -> Result<()> {
    // Before the port is announced, so that a signal right after is not lost.
    let stopped = stop_signal()?;
    let path = &arguments.config;
    let text = fs::read_to_string(path).with_context(|| {
        format!(
            "cannot read the configuration {}; `valet sponsor --example` prints one to begin with",
            path.display()
        )
    })?;
    let config = Config::parse(&text).with_context(|| path.display().to_string())?;
    let directory = path.parent().unwrap_or(Path::new(""));
    let signer = key(&config, directory)?;
    let network = Network::connect(&config.rpc_url).await?;
    let book = directory.join(&config.book);
    let book = SqliteBook::open(&book).with_context(|| book.display().to_string())?;
    let service = Service::new(
        network,
        signer,
        config.gas,
        config.policy,
        config.limits,
        book,
    )?;
    let address = SocketAddr::new(arguments.host, arguments.port);
    let server = serve(service.clone(), address)
        .await
        .context("choose a port with `--port` (`--port 0` takes any free one)")?;
    announce(&server, &service.terms(), output.is_json())
        .context("cannot print where it is served")?;
    stopped.await;
    server.shutdown().await;
    Ok(())
}

/// The sponsor's key: from the environment, or from the configuration's file.
fn key(config: &Config, directory: &Path) -> Result<KeyOwner> {
    if let Some(text) = std::env::var(KEY_VARIABLE).ok().map(Zeroizing::new) {
        return parse_key(&text).context(KEY_VARIABLE);
    }
    let Some(file) = &config.key_file else {
        bail!(
            "the sponsor has no key: name a file as `key_file` in the configuration, or put a `suiprivkey1…` into {KEY_VARIABLE}"
        );
    };
    let file = directory.join(file);
    let text = fs::read_to_string(&file)
        .map(Zeroizing::new)
        .with_context(|| format!("cannot read the key file {}", file.display()))?;
    parse_key(&text).with_context(|| file.display().to_string())
}

/// A `suiprivkey1…` line, or a `sui.keystore` with one key. The text is never part of an error.
fn parse_key(text: &str) -> Result<KeyOwner> {
    let text = text.trim();
    let key = if text.starts_with('[') {
        let keys: Vec<String> =
            serde_json::from_str(text).map_err(|_| anyhow!("it is not a `sui.keystore`"))?;
        let keys: Vec<_> = keys.into_iter().map(Zeroizing::new).collect();
        match keys.as_slice() {
            [one] => SimpleKeypair::from_base64(one),
            other => bail!(
                "it holds {} keys; keep the sponsor's alone in a file of its own",
                other.len()
            ),
        }
    } else {
        SimpleKeypair::from_suiprivkey(text)
    };
    let key = key.map_err(|_| {
        anyhow!("it is no key; `sui keytool export` prints one that begins with `suiprivkey1`")
    })?;
    Ok(KeyOwner::new(key))
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
