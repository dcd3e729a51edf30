//! `valet index` and `valet sessions`: an index in a file, and what is in it.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use sui_sdk_types::{Address, StructTag};
use valet_client::{Deployment, Network};
use valet_index::{Index, Scope, SessionQuery, SessionRecord, SessionState, SqliteStore};

/// The arguments of `valet index`.
#[derive(Debug, Args)]
pub(crate) struct IndexArguments {
    /// The node's gRPC address
    #[arg(long, default_value = "http://127.0.0.1:9000")]
    url: String,
    /// The file that the index is kept in; made if it does not exist
    #[arg(long, default_value = "valet-index.db")]
    database: PathBuf,
    /// A file with a dApp's deployment in JSON; once for each dApp, and not needed to go on with an index
    #[arg(long)]
    deployment: Vec<PathBuf>,
    /// The checkpoint to begin at; not later than the one that registered the dApps
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Stop at the node's latest checkpoint instead of following it
    #[arg(long)]
    once: bool,
    /// Compare the index with the chain afterwards, and fail if they differ
    #[arg(long, requires = "once")]
    verify: bool,
}

/// The arguments of `valet sessions`.
#[derive(Debug, Args)]
pub(crate) struct SessionsArguments {
    /// The file that `valet index` writes
    #[arg(long, default_value = "valet-index.db")]
    database: PathBuf,
    /// Only this owner's
    #[arg(long)]
    owner: Option<Address>,
    /// Only those in the dApp of this type, such as 0x2a::arena::Arena
    #[arg(long)]
    dapp: Option<StructTag>,
    /// Only those with this session key, now or before a renewal
    #[arg(long)]
    key: Option<Address>,
    /// Only those that are live at the time of the latest checkpoint that the index knows
    #[arg(long)]
    live: bool,
    /// Print one JSON object per session
    #[arg(long)]
    json: bool,
}

/// Follows a node into a file until Ctrl-C.
pub(crate) fn follow(arguments: &IndexArguments) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(async {
        let is_new = !arguments.database.exists();
        anyhow::ensure!(
            !is_new || !arguments.deployment.is_empty(),
            "there is no {}: name the dApps to index with --deployment",
            arguments.database.display()
        );
        let network = Network::connect(&arguments.url).await?;
        let store = SqliteStore::open(&arguments.database)?;
        let index = if arguments.deployment.is_empty() {
            Index::reopen(store)?
        } else {
            let deployments = arguments.deployment.iter().map(|path| {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                let deployment: Deployment = serde_json::from_str(&text)
                    .with_context(|| format!("{} is not a deployment", path.display()))?;
                Ok(deployment)
            });
            let deployments = deployments.collect::<anyhow::Result<Vec<_>>>()?;
            Index::open(store, Scope::new(deployments)?.starting_at(arguments.from))?
        };
        if arguments.once {
            index.catch_up(&network).await?;
        } else {
            let stop = async { drop(tokio::signal::ctrl_c().await) };
            index.follow(&network, stop).await?;
        }
        let cursor = index.cursor()?;
        println!(
            "{}: up to checkpoint {}, {} history entries",
            arguments.database.display(),
            cursor.next_checkpoint.saturating_sub(1),
            cursor.entries
        );
        if arguments.verify {
            let verification = index.verify(&network).await?;
            for difference in &verification.differences {
                println!("{difference}");
            }
            anyhow::ensure!(
                verification.differences.is_empty(),
                "the index and the chain differ; index anew into another file"
            );
            println!(
                "equal to the chain: {} accounts, {} sessions registered",
                verification.storages, verification.sessions
            );
        }
        Ok(())
    })
}

/// Lists sessions.
pub(crate) fn sessions(arguments: &SessionsArguments) -> anyhow::Result<()> {
    anyhow::ensure!(
        arguments.database.exists(),
        "there is no {}: fill it with `valet index`",
        arguments.database.display()
    );
    let index = Index::reopen(SqliteStore::open(&arguments.database)?)?;
    let now_ms = index.cursor()?.timestamp_ms;
    let mut query = SessionQuery::new();
    if let Some(owner) = arguments.owner {
        query = query.with_owner(owner);
    }
    if let Some(dapp) = &arguments.dapp {
        query = query.with_dapp(dapp.clone());
    }
    if let Some(key) = arguments.key {
        query = query.with_key(key);
    }
    if arguments.live {
        query = query.with_live_at(now_ms);
    }
    loop {
        let page = index.sessions(&query)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        query = query.after(last.storage, last.generation);
        for session in &page {
            if arguments.json {
                let mut value = serde_json::to_value(session)?;
                if let Some(fields) = value.as_object_mut() {
                    fields.insert("state".to_owned(), state(session, now_ms).into());
                }
                println!("{value}");
            } else {
                println!(
                    "{:<12} owner {} session {} key {} expires at {} ms, {} writes, {} MIST of debt",
                    state(session, now_ms),
                    session.owner,
                    session.generation,
                    session.wallet,
                    session.expires_at_ms,
                    session.writes,
                    session.debt
                );
            }
        }
    }
}

fn state(session: &SessionRecord, now_ms: u64) -> &'static str {
    use valet_client::EndReason;
    match session.state(now_ms) {
        SessionState::Live => "live",
        SessionState::Expired => "expired",
        SessionState::Ended(EndReason::Revoked) => "revoked",
        SessionState::Ended(EndReason::Relinquished) => "relinquished",
        SessionState::Ended(EndReason::Expired) => "cleaned up",
        SessionState::Ended(EndReason::Replaced) => "replaced",
    }
}
