//! A ledger with its services on loopback ports: what a test or a command starts and stops.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use valet_toolchain::{Framework, Toolchain};

use crate::faults::Faults;
use crate::ledger::{
    GenesisPackage, Ledger, LedgerConfig, LedgerError, ManualTime, ProtocolConfig, TimeSource,
};
use crate::rpc::{self, Counters, RequestCounts};

/// What the faucet sends for one request, as `sui start` does: five coins of 200 SUI.
const FAUCET_AMOUNTS: [u64; 5] = [200_000_000_000; 5];
/// How long [`Localnet::shutdown`] waits for open calls.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// Where the ledger's time comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that starts at this many milliseconds since the Unix epoch and moves only when told to, by
    /// [`Ledger::set_clock_ms`] and [`Ledger::advance_clock_ms`].
    Manual(u64),
}

/// Why a [`Localnet`] did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalnetError {
    /// Another program listens where a service should.
    #[error(
        "the {service} port {} on {} is in use: stop the program that listens there, or choose another port \
         (0 takes any free one)",
        address.port(),
        address.ip()
    )]
    PortInUse {
        /// Whose port it is: `gRPC` or `faucet`.
        service: &'static str,
        /// The address that is taken.
        address: SocketAddr,
    },
    /// A service cannot listen for another reason.
    #[error("cannot listen on {address} for the {service} service: {source}")]
    Listen {
        /// Whose address it is: `gRPC` or `faucet`.
        service: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The Move framework cannot be built: a tool is missing or its cache is broken.
    #[error(transparent)]
    Toolchain(#[from] valet_toolchain::Error),
    /// The ledger cannot be made of the framework and the configuration.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The work was cut off, because the runtime is shutting down.
    #[error("starting was interrupted: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}

/// How to start a [`Localnet`]; made by [`Localnet::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `start`"]
pub struct LocalnetBuilder {
    host: IpAddr,
    port: u16,
    faucet_port: Option<u16>,
    clock: Clock,
    framework: Option<Vec<GenesisPackage>>,
    protocol: ProtocolConfig,
    reference_gas_price: Option<u64>,
    ledger: Option<Arc<Ledger>>,
}

impl LocalnetBuilder {
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

    /// Begin with these packages instead of the framework that the toolchain compiles.
    pub fn with_framework(mut self, packages: Vec<GenesisPackage>) -> Self {
        self.framework = Some(packages);
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

    /// Serve this ledger instead of a new one; what is said about the clock, the framework, the protocol and the gas price
    /// is then without effect.
    pub fn with_ledger(mut self, ledger: Arc<Ledger>) -> Self {
        self.ledger = Some(ledger);
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
        let rpc_address = local_address("gRPC", &listener)?;
        let faucet_address = faucet
            .as_ref()
            .map(|listener| local_address("faucet", listener))
            .transpose()?;

        let ledger = match self.ledger.clone() {
            Some(ledger) => ledger,
            None => Arc::new(tokio::task::spawn_blocking(move || self.make_ledger()).await??),
        };
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
            tasks.push(tokio::spawn(async move {
                let mut stopping = stopping;
                let stopped = async move {
                    let _ = stopping.wait_for(|stopping| *stopping).await;
                };
                if let Err(error) = axum::serve(listener, router)
                    .with_graceful_shutdown(stopped)
                    .await
                {
                    tracing::error!(%error, "the faucet stopped");
                }
            }));
        }
        let boot_time = begun.elapsed();
        tracing::info!(%rpc_address, ?faucet_address, ?boot_time, "localnet is up");
        Ok(Localnet {
            ledger,
            rpc_address,
            faucet_address,
            counters,
            faults,
            boot_time,
            stop,
            tasks,
        })
    }

    fn make_ledger(self) -> Result<Ledger, LocalnetError> {
        let packages = match self.framework {
            Some(packages) => packages,
            None => genesis_packages(Toolchain::locate()?.framework()?),
        };
        let time: Arc<dyn TimeSource> = match self.clock {
            Clock::System => Arc::new(SystemClock),
            Clock::Manual(ms) => Arc::new(ManualTime::new(ms)),
        };
        let mut config = LedgerConfig::new(time).with_protocol(self.protocol);
        if let Some(price) = self.reference_gas_price {
            config = config.with_reference_gas_price(price);
        }
        Ok(Ledger::genesis(config, &packages)?)
    }
}

/// A running ledger with its services. Stops when dropped.
///
/// ```no_run
/// use valet_localnet::{Clock, Localnet};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let localnet = Localnet::builder().with_clock(Clock::Manual(1_000)).start().await?;
/// println!("gRPC on {}, faucet on {:?}", localnet.rpc_url(), localnet.faucet_url());
/// localnet.ledger().advance_clock_ms(500)?;
/// localnet.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Localnet {
    ledger: Arc<Ledger>,
    rpc_address: SocketAddr,
    faucet_address: Option<SocketAddr>,
    counters: Counters,
    faults: Faults,
    boot_time: Duration,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Localnet {
    /// A localnet on 127.0.0.1 with free ports, a faucet and the machine's clock.
    pub fn builder() -> LocalnetBuilder {
        LocalnetBuilder {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            faucet_port: Some(0),
            clock: Clock::default(),
            framework: None,
            protocol: ProtocolConfig::default(),
            reference_gas_price: None,
            ledger: None,
        }
    }

    /// Where gRPC and gRPC-Web are served, such as `http://127.0.0.1:9000`.
    #[must_use]
    pub fn rpc_url(&self) -> String {
        format!("http://{}", self.rpc_address)
    }

    /// The address gRPC and gRPC-Web are served on.
    #[must_use]
    pub fn rpc_address(&self) -> SocketAddr {
        self.rpc_address
    }

    /// Where the faucet is served, if it is.
    #[must_use]
    pub fn faucet_url(&self) -> Option<String> {
        self.faucet_address
            .map(|address| format!("http://{address}"))
    }

    /// The ledger, to fund addresses and to control its clock and epochs.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// How long it took to start.
    #[must_use]
    pub fn boot_time(&self) -> Duration {
        self.boot_time
    }

    /// How many requests came in over the network so far, by method.
    #[must_use]
    pub fn request_counts(&self) -> RequestCounts {
        self.counters.snapshot()
    }

    /// What the services do wrong on purpose: nothing, unless told to.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Stop serving: open calls get a moment to end, then connections are closed.
    pub async fn shutdown(mut self) {
        // Calls that are held back on purpose would be waited for.
        self.faults.clear();
        self.stop.send_replace(true);
        for mut task in self.tasks.drain(..) {
            if tokio::time::timeout(SHUTDOWN_GRACE, &mut task)
                .await
                .is_err()
            {
                task.abort();
            }
        }
    }
}

impl Drop for Localnet {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
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
