//! `valet index`: the sessions of dApps with their history, kept in a file.

use std::path::PathBuf;

use serde_json::json;
use valet_client::{Deployment, Network};
use valet_index::{
    Cursor, Index, IndexError, IndexStore as _, Scope, SqliteStore, StoreError, Verification,
};

use crate::{
    context::{DEPLOYMENT, NetworkArguments, read_deployment},
    localnet::stop_signal,
    output::{Output, Report},
    problem::{Kind, Problem},
    units,
};

/// Follow a node, and keep the sessions of dApps with their history in a file, until Ctrl-C.
///
/// Stopped at any moment, it goes on where it was. `valet sessions` reads the file, also meanwhile.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    file: IndexFile,

    /// A file that says where a dApp is, once for each dApp [default: the one of the other commands].
    ///
    /// An index that was begun knows its dApps.
    #[arg(long, value_name = "FILE")]
    deployment: Vec<PathBuf>,

    /// The checkpoint to begin a new index at, not later than the one that registered the dApps [default: 0].
    #[arg(long, value_name = "NUMBER")]
    from: Option<u64>,

    /// Stop at the node's latest checkpoint instead of following it.
    #[arg(long)]
    once: bool,

    /// Compare the index with the chain at the end, and fail where they differ.
    #[arg(long)]
    verify: bool,

    #[command(flatten)]
    network: NetworkArguments,
}

/// Which index.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct IndexFile {
    /// The file with the index.
    #[arg(
        long,
        value_name = "FILE",
        env = "VALET_INDEX",
        default_value = "valet-index.db"
    )]
    pub(crate) database: PathBuf,
}

/// Follows until told to stop.
pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Report, Problem> {
    let deployments = deployments(&arguments)?;
    let network = arguments.network.connect(output).await?;
    let index = open(&arguments, deployments)?;
    let file = arguments.file.database.display();
    if arguments.once {
        let _progress = output.progress(format!("indexing {}", network.url()));
        index.catch_up(&network).await?;
    } else {
        let stopped = stop_signal()?;
        output.note(&format!(
            "following {} into {file}; Ctrl-C stops it",
            network.url()
        ));
        index.follow(&network, stopped).await?;
    }
    let verification = match arguments.verify {
        true => Some(verify(&index, &network, output).await?),
        false => None,
    };
    let cursor = index.cursor()?;
    let mut text = format!(
        "{file} has {} of history, {}",
        match cursor.entries {
            1 => "1 entry".to_owned(),
            entries => format!("{} entries", units::count(entries)),
        },
        as_of(&cursor)
    );
    if let Some(verification) = &verification {
        text.push_str(&format!(
            "\nequal to the chain: {}, {} registered",
            units::plural(verification.storages, "account"),
            units::plural(verification.sessions, "session")
        ));
    }
    Ok(Report {
        text,
        json: json!({
            "database": arguments.file.database,
            "checkpoint": cursor.next_checkpoint.checked_sub(1),
            "now_ms": cursor.timestamp_ms,
            "entries": cursor.entries,
            "verified": verification.map(|equal| json!({
                "accounts": equal.storages,
                "sessions": equal.sessions,
            })),
        }),
    })
}

/// Up to where an index knows, in words.
pub(crate) fn as_of(cursor: &Cursor) -> String {
    match cursor.next_checkpoint.checked_sub(1) {
        Some(checkpoint) => format!(
            "as of checkpoint {} at {}",
            units::count(checkpoint),
            units::moment(cursor.timestamp_ms)
        ),
        None => "before the first checkpoint".to_owned(),
    }
}

/// Which dApps to index; none when the file is there and nothing else was said.
fn deployments(arguments: &Arguments) -> Result<Vec<Deployment>, Problem> {
    if !arguments.deployment.is_empty() {
        let files = arguments.deployment.iter();
        return files.map(|file| read_deployment(file)).collect();
    }
    if arguments.file.database.exists() {
        return Ok(Vec::new());
    }
    let file =
        std::env::var_os("VALET_DEPLOYMENT").map_or_else(|| DEPLOYMENT.into(), PathBuf::from);
    Ok(vec![read_deployment(&file)?])
}

/// Begins an index, or goes on with what it was begun for unless told otherwise.
fn open(arguments: &Arguments, deployments: Vec<Deployment>) -> Result<Index, Problem> {
    let store = SqliteStore::open(&arguments.file.database)?;
    let (known, first) = match store.scope()? {
        Some(begun) => (begun.deployments().to_vec(), begun.first_checkpoint()),
        None => (Vec::new(), 0),
    };
    let deployments = match deployments.is_empty() {
        true => known,
        false => deployments,
    };
    let scope = Scope::new(deployments)?.starting_at(arguments.from.unwrap_or(first));
    Ok(Index::open(store, scope)?)
}

async fn verify(index: &Index, network: &Network, output: Output) -> Result<Verification, Problem> {
    let _progress = output.progress("comparing with the chain");
    let verification = index.verify(network).await?;
    let Some(first) = verification.differences.first() else {
        return Ok(verification);
    };
    for difference in &verification.differences {
        output.note(&difference.to_string());
    }
    Err(Problem::failed(format!(
        "the index and the chain differ in {}, first: {first}",
        units::plural(verification.differences.len() as u64, "place")
    ))
    .with_remedy("index anew into another file; if it still differs, ask another node"))
}

impl From<IndexError> for Problem {
    fn from(error: IndexError) -> Self {
        let kind = match error {
            IndexError::Client(error) => return error.into(),
            IndexError::UnknownDapp { dapp } => {
                return Self::usage(format!("the index does not hold {dapp}"))
                    .with_remedy("index it into another file with `valet index`");
            }
            IndexError::Empty => {
                return Self::usage("there is nothing in the index yet")
                    .with_remedy("fill it with `valet index`");
            }
            IndexError::Unreachable { .. } => Kind::Unreachable,
            IndexError::MixedDeployments { .. }
            | IndexError::WrongNetwork { .. }
            | IndexError::ForeignDatabase { .. }
            | IndexError::OtherScope { .. }
            | IndexError::BegunTooLate { .. }
            | IndexError::Store(StoreError::NotAnIndex { .. } | StoreError::OtherSchema { .. }) => {
                Kind::Usage
            }
            _ => Kind::Failed,
        };
        // What is wrong comes first in the text, and what to do about it last.
        let text = error.to_string();
        match text.rsplit_once("; ") {
            Some((message, remedy)) => Self::new(kind, message).with_remedy(remedy),
            None => Self::new(kind, text),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        IndexError::from(error).into()
    }
}
