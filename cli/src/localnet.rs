//! `valet localnet`: the embedded ledger as a server.

use std::net::IpAddr;
use std::path::PathBuf;

use serde_json::json;
use valet_localnet::{Clock, Localnet, LocalnetError};

use crate::{
    output::{Output, Report},
    problem::Problem,
};

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
}

/// Serves until the process is told to stop.
pub(crate) fn run(arguments: &Arguments, output: Output) -> Result<(), Problem> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Problem::failed(format!("cannot start the async runtime: {error}")))?;
    runtime.block_on(serve(arguments, output))
}

async fn serve(arguments: &Arguments, output: Output) -> Result<(), Problem> {
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
    announce(&localnet, output)?;
    stopped.await;
    let saved = match &arguments.save {
        Some(file) => localnet.save(file).await,
        None => Ok(()),
    };
    localnet.shutdown().await;
    saved.map_err(|error| Problem::failed(error.to_string()))
}

/// Says which flag helps.
fn explain(error: LocalnetError) -> Problem {
    if let LocalnetError::PortInUse { service, address } = &error {
        let flag = match *service {
            "faucet" => "--faucet-port",
            "admin" => "--admin-port",
            _ => "--port",
        };
        let port = address.port();
        let other = port.checked_add(10).unwrap_or(0);
        return Problem::failed(format!(
            "port {port} on {} is in use, so the {service} service cannot be served there",
            address.ip()
        ))
        .with_remedy(format!(
            "stop the program that listens on it, or choose another port with `{flag} {other}` (`{flag} 0` takes any free one)"
        ));
    }
    Problem::failed(error.to_string())
}

fn announce(localnet: &Localnet, output: Output) -> Result<(), Problem> {
    let rpc_url = localnet.rpc_url();
    let faucet_url = localnet.faucet_url();
    let admin_url = localnet.admin_url();
    let chain_id = localnet.ledger().chain_id();
    let boot_ms = localnet.boot_time().as_millis();
    let faucet = faucet_url
        .as_ref()
        .map_or_else(|| "off".to_owned(), |url| format!("{url}  (POST /v2/gas)"));
    let admin = admin_url
        .as_ref()
        .map(|url| format!("admin    {url}  (GET /v1/status)\n"))
        .unwrap_or_default();
    Ok(output.report(&Report {
        text: format!(
            "gRPC     {rpc_url}  (gRPC-Web too, with reflection)\nfaucet   {faucet}\n{admin}chain    {chain_id}\n\
             booted in {boot_ms} ms; everything is in memory. Ctrl-C stops it."
        ),
        json: json!({
            "rpc_url": rpc_url,
            "faucet_url": faucet_url,
            "admin_url": admin_url,
            "chain_id": chain_id.to_string(),
            "boot_ms": u64::try_from(boot_ms).unwrap_or(u64::MAX),
        }),
    })?)
}

/// Completes when the process is asked to stop: Ctrl-C, or SIGTERM where there is one. Not when its terminal ends, because whoever
/// starts a server with `nohup` wants it to go on.
pub(crate) fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
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
