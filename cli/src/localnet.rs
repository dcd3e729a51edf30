//! `valet localnet`: the embedded ledger as a server.

use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use serde_json::json;
use valet_localnet::{Clock, Localnet, LocalnetError};

/// Where the ledger is served. The defaults are those of `sui start`, so that every tool's localnet settings find it.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Port of gRPC and gRPC-Web; 0 takes any free one.
    #[arg(long, default_value_t = 9000)]
    port: u16,

    /// Port of the faucet; 0 takes any free one.
    #[arg(long, default_value_t = 9123)]
    faucet_port: u16,

    /// Serve no faucet.
    #[arg(long, conflicts_with = "faucet_port")]
    no_faucet: bool,

    /// Address of this machine to listen on; 0.0.0.0 lets others in.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,

    /// Begin at this time, in milliseconds since 1970, and stand still there, instead of following the machine's clock.
    #[arg(long, value_name = "MS")]
    clock_ms: Option<u64>,

    /// Reference gas price, in MIST per unit.
    #[arg(long, value_name = "MIST")]
    gas_price: Option<u64>,

    /// Serve the admin service, with which a program of this machine sets the clock, ends epochs, takes snapshots and
    /// makes calls fail. Always on 127.0.0.1.
    #[arg(long)]
    admin: bool,

    /// Port of the admin service; 0 takes any free one.
    #[arg(long, default_value_t = 9124, requires = "admin")]
    admin_port: u16,

    /// Go on from a snapshot in this file, which `--save` wrote.
    #[arg(long, value_name = "FILE", conflicts_with = "gas_price")]
    load: Option<PathBuf>,

    /// Write a snapshot to this file when stopped.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,

    /// Print one line of JSON instead of text, as soon as the ledger is served.
    #[arg(long)]
    json: bool,
}

/// Serves until the process is told to stop.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the async runtime")?;
    runtime.block_on(serve(arguments))
}

async fn serve(arguments: &Arguments) -> Result<()> {
    // Before the ports are announced, so that a signal right after is not lost.
    let stopped = stop_signal()?;
    let mut builder = Localnet::builder()
        .with_host(arguments.host)
        .with_port(arguments.port)
        .with_clock(arguments.clock_ms.map_or(Clock::System, Clock::Manual));
    builder = if arguments.no_faucet {
        builder.without_faucet()
    } else {
        builder.with_faucet_port(arguments.faucet_port)
    };
    if let Some(price) = arguments.gas_price {
        builder = builder.with_reference_gas_price(price);
    }
    if arguments.admin {
        builder = builder.with_admin_port(arguments.admin_port);
    }
    if let Some(file) = &arguments.load {
        builder = builder.with_snapshot_file(file);
    }
    let localnet = builder.start().await.map_err(explain)?;
    announce(&localnet, arguments.json).context("cannot print where the ledger is served")?;
    stopped.await;
    let saved = match &arguments.save {
        Some(file) => localnet.save(file).await,
        None => Ok(()),
    };
    localnet.shutdown().await;
    Ok(saved?)
}

/// Says which flag helps.
fn explain(error: LocalnetError) -> anyhow::Error {
    if let LocalnetError::PortInUse { service, address } = &error {
        let flag = match *service {
            "faucet" => "--faucet-port",
            "admin" => "--admin-port",
            _ => "--port",
        };
        let port = address.port();
        let other = port.checked_add(10).unwrap_or(0);
        return anyhow!(
            "port {port} on {} is in use, so the {service} service cannot be served there: stop the program that \
             listens on it, or choose another with `{flag} {other}` (`{flag} 0` takes any free one)",
            address.ip()
        );
    }
    error.into()
}

fn announce(localnet: &Localnet, as_json: bool) -> std::io::Result<()> {
    let rpc_url = localnet.rpc_url();
    let faucet_url = localnet.faucet_url();
    let admin_url = localnet.admin_url();
    let chain_id = localnet.ledger().chain_id();
    let boot_ms = localnet.boot_time().as_millis();
    let mut out = std::io::stdout().lock();
    if as_json {
        let line = json!({
            "rpc_url": rpc_url,
            "faucet_url": faucet_url,
            "admin_url": admin_url,
            "chain_id": chain_id.to_string(),
            "boot_ms": u64::try_from(boot_ms).unwrap_or(u64::MAX),
        });
        writeln!(out, "{line}")?;
    } else {
        writeln!(out, "gRPC     {rpc_url}  (gRPC-Web too, with reflection)")?;
        match faucet_url {
            Some(url) => writeln!(out, "faucet   {url}  (POST /v2/gas)")?,
            None => writeln!(out, "faucet   off")?,
        }
        if let Some(url) = admin_url {
            writeln!(out, "admin    {url}  (GET /v1/status)")?;
        }
        writeln!(out, "chain    {chain_id}")?;
        writeln!(
            out,
            "booted in {boot_ms} ms; everything is in memory. Ctrl-C stops it."
        )?;
    }
    out.flush()
}

/// Completes when the process is asked to stop: Ctrl-C, or SIGTERM where there is one.
pub(crate) fn stop_signal() -> Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for Ctrl-C")?;
        let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        // Without a handler for Ctrl-C the process ends by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
