//! Starting a localnet.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use valet_toolchain::{Framework, Toolchain};

use super::{Clock, Localnet, LocalnetError, files};
use crate::admin;
use crate::faults::Faults;
use crate::ledger::{
    GenesisPackage, Ledger, LedgerConfig, ManualTime, ProtocolConfig, Snapshot, TimeSource,
};
use crate::rpc::{self, Counters};

/// What the faucet sends for one request, as `sui start` does: five coins of 200 SUI.
const FAUCET_AMOUNTS: [u64; 5] = [200_000_000_000; 5];

/// How to start a [`Localnet`]; made by [`Localnet::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `start`"]
pub struct LocalnetBuilder {
    host: IpAddr,
    port: u16,
    faucet_port: Option<u16>,
    clock: Clock,
    admin_port: Option<u16>,
    begin: Begin,
    protocol: ProtocolConfig,
    reference_gas_price: Option<u64>,
}

/// What a ledger begins with.
#[derive(Clone, Debug)]
enum Begin {
    /// The framework that the toolchain compiles.
    Framework,
    Packages(Vec<GenesisPackage>),
    Snapshot(Snapshot),
    SnapshotFile(PathBuf),
    Ledger(Arc<Ledger>),
}

impl LocalnetBuilder {
    pub(super) fn new() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            faucet_port: Some(0),
            clock: Clock::default(),
            admin_port: None,
            begin: Begin::Framework,
            protocol: ProtocolConfig::default(),
            reference_gas_price: None,
        }
    }

    /// Listen on this address of the machine instead of 127.0.0.1.
    pub fn with_host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// Serve gRPC on this port; 0, the default, takes any free one.
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Serve the faucet on this port; 0, the default, takes any free one.
    pub fn with_faucet_port(mut self, port: u16) -> Self {
        self.faucet_port = Some(port);
        self
    }

    /// Serve no faucet. [`Ledger::fund`] still works.
    pub fn without_faucet(mut self) -> Self {
        self.faucet_port = None;
        self
    }

    /// Take time from this clock.
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Serve the admin service on this port, 0 for any free one; always on 127.0.0.1, wherever the rest listens. It can do
    /// to this ledger what a test can, so it is off by default.
    pub fn with_admin_port(mut self, port: u16) -> Self {
        self.admin_port = Some(port);
        self
    }

    /// Begin with these packages instead of the framework that the toolchain compiles.
    pub fn with_framework(mut self, packages: Vec<GenesisPackage>) -> Self {
        self.begin = Begin::Packages(packages);
        self
    }

    /// Go on from a snapshot, with its protocol, prices, faucet and history. A clock that is behind the snapshot's begins
    /// there.
    pub fn with_snapshot(mut self, snapshot: Snapshot) -> Self {
        self.begin = Begin::Snapshot(snapshot);
        self
    }

    /// Go on from a snapshot that [`Localnet::save`] wrote to a file.
    pub fn with_snapshot_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.begin = Begin::SnapshotFile(path.into());
        self
    }

    /// Execute under this protocol.
    pub fn with_protocol(mut self, protocol: ProtocolConfig) -> Self {
        self.protocol = protocol;
        self
    }

    /// Begin with this reference gas price, in MIST per unit.
    pub fn with_reference_gas_price(mut self, price: u64) -> Self {
        self.reference_gas_price = Some(price);
        self
    }

    /// Serve this ledger instead of a new one; what is said about the clock, the framework, snapshots, the protocol and the
    /// gas price is then without effect.
    pub fn with_ledger(mut self, ledger: Arc<Ledger>) -> Self {
        self.begin = Begin::Ledger(ledger);
        self
    }

    /// Make the ledger and serve it.
    ///
    /// The first start on a machine compiles the Move framework, which takes a few seconds; later ones read it from the
    /// cache.
    ///
    /// # Errors
    ///
    /// [`LocalnetError`] says which port is taken, which tool is missing or what is wrong with the framework.
    pub async fn start(self) -> Result<Localnet, LocalnetError> {
        let begun = Instant::now();
        // A port that is taken is known at once: say so before working.
        let listener = listen("gRPC", self.host, self.port).await?;
        let faucet = match self.faucet_port {
            Some(port) => Some(listen("faucet", self.host, port).await?),
            None => None,
        };
        let admin = match self.admin_port {
            Some(port) => Some(listen("admin", Ipv4Addr::LOCALHOST.into(), port).await?),
            None => None,
        };
        let rpc_address = local_address("gRPC", &listener)?;
        let address_of = |service, listener: &Option<TcpListener>| {
            listener
                .as_ref()
                .map(|listener| local_address(service, listener))
                .transpose()
        };
        let faucet_address = address_of("faucet", &faucet)?;
        let admin_address = address_of("admin", &admin)?;

        let ledger = tokio::task::spawn_blocking(move || self.make_ledger()).await??;
        let (stop, stopping) = watch::channel(false);
        let counters = Counters::new();
        let faults = Faults::new();
        let mut tasks = vec![tokio::spawn({
            let (ledger, stopping) = (Arc::clone(&ledger), stopping.clone());
            let (counters, faults) = (counters.clone(), faults.clone());
            async move {
                let served = rpc::serve(ledger, listener, counters, faults, stopping);
                if let Err(error) = served.await {
                    tracing::error!(%error, "the gRPC server stopped");
                }
            }
        })];
        if let Some(listener) = faucet {
            let router = rpc::faucet_router(Arc::clone(&ledger), FAUCET_AMOUNTS.to_vec());
            tasks.push(serve_http("faucet", listener, router, stopping.clone()));
        }
        if let Some(listener) = admin {
            let router = admin::router(Arc::clone(&ledger), faults.clone());
            tasks.push(serve_http("admin", listener, router, stopping));
        }
        let boot_time = begun.elapsed();
        tracing::info!(%rpc_address, ?faucet_address, ?admin_address, ?boot_time, "localnet is up");
        Ok(Localnet {
            ledger,
            rpc_address,
            faucet_address,
            admin_address,
            counters,
            faults,
            boot_time,
            stop,
            tasks,
        })
    }

    fn make_ledger(self) -> Result<Arc<Ledger>, LocalnetError> {
        let time: Arc<dyn TimeSource> = match self.clock {
            Clock::System => Arc::new(SystemClock),
            Clock::Manual(ms) => Arc::new(ManualTime::new(ms)),
        };
        let packages = match self.begin {
            Begin::Framework => genesis_packages(Toolchain::locate()?.framework()?),
            Begin::Packages(packages) => packages,
            Begin::Ledger(ledger) => return Ok(ledger),
            Begin::Snapshot(snapshot) => {
                return Ok(Arc::new(Ledger::from_snapshot(&snapshot, time)?));
            }
            Begin::SnapshotFile(path) => {
                let snapshot = Snapshot::from_bytes(&files::read(&path)?)?;
                return Ok(Arc::new(Ledger::from_snapshot(&snapshot, time)?));
            }
        };
        let mut config = LedgerConfig::new(time).with_protocol(self.protocol);
        if let Some(price) = self.reference_gas_price {
            config = config.with_reference_gas_price(price);
        }
        Ok(Arc::new(Ledger::genesis(config, &packages)?))
    }
}

/// Serves HTTP until told to stop.
fn serve_http(
    service: &'static str,
    listener: TcpListener,
    router: axum::Router,
    mut stopping: watch::Receiver<bool>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let stopped = async move {
            let _ = stopping.wait_for(|stopping| *stopping).await;
        };
        if let Err(error) = axum::serve(listener, router)
            .with_graceful_shutdown(stopped)
            .await
        {
            tracing::error!(%error, service, "a service stopped");
        }
    })
}

/// The machine's clock. Only here: the ledger itself reads none.
#[derive(Debug)]
struct SystemClock;

impl TimeSource for SystemClock {
    fn now_ms(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| u64::try_from(since.as_millis()).ok())
            // A clock before 1970 is a clock that was never set.
            .unwrap_or(0)
    }
}

async fn listen(
    service: &'static str,
    host: IpAddr,
    port: u16,
) -> Result<TcpListener, LocalnetError> {
    let address = SocketAddr::new(host, port);
    TcpListener::bind(address)
        .await
        .map_err(|source| match source.kind() {
            std::io::ErrorKind::AddrInUse => LocalnetError::PortInUse { service, address },
            _ => LocalnetError::Listen {
                service,
                address,
                source,
            },
        })
}

fn local_address(
    service: &'static str,
    listener: &TcpListener,
) -> Result<SocketAddr, LocalnetError> {
    listener
        .local_addr()
        .map_err(|source| LocalnetError::Listen {
            service,
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
            source,
        })
}

fn genesis_packages(framework: Framework) -> Vec<GenesisPackage> {
    framework
        .packages
        .into_iter()
        .map(|package| GenesisPackage {
            id: package.id,
            modules: package
                .modules
                .into_iter()
                .map(|module| module.bytes)
                .collect(),
            dependencies: package.dependencies,
        })
        .collect()
}
