//! What commands share: the network, the deployment, the people.

use std::{
    fs, io,
    path::{Path, PathBuf},
    str::FromStr,
};

use sui_sdk_types::Address;
use valet_client::{Account, Deployment, Endpoint, Network, Valet};

use crate::{
    keys::{self, Wallet},
    output::Output,
    problem::Problem,
};

/// Which network.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Where")]
pub(crate) struct NetworkArguments {
    /// localnet, devnet, testnet, mainnet, or the gRPC address of a full node.
    #[arg(
        long,
        value_name = "NAME|URL",
        env = "VALET_NETWORK",
        default_value = "localnet"
    )]
    pub(crate) network: String,
}

/// Which dApp on which network.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Where")]
pub(crate) struct DappArguments {
    #[command(flatten)]
    pub(crate) network: NetworkArguments,

    /// The file that says where valet and the dApp are, as `valet deploy` wrote it.
    #[arg(long, value_name = "FILE", env = "VALET_DEPLOYMENT", default_value = DEPLOYMENT)]
    pub(crate) deployment: PathBuf,
}

/// Whose account.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Who")]
pub(crate) struct OwnerArguments {
    /// The owner's address, or its alias in the keystore [default: the only key, or the active address of the `sui` command].
    #[arg(long, value_name = "ADDRESS|ALIAS", env = "VALET_OWNER")]
    pub(crate) owner: Option<Named>,

    /// The keystore with the owner's key [default: the one of the `sui` command].
    ///
    /// A key in the variable VALET_OWNER_KEY, as suiprivkey1…, comes before the keystore.
    #[arg(long, value_name = "FILE", env = "VALET_KEYSTORE")]
    pub(crate) keystore: Option<PathBuf>,
}

/// Somebody, by address or by the name of their key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Address(Address),
    Alias(String),
}

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !text.starts_with("0x") {
            return Ok(Self::Alias(text.to_owned()));
        }
        text.parse().map(Self::Address).map_err(|_| {
            format!("`{text}` is no address; write it as 0x and up to 64 hexadecimal digits")
        })
    }
}

/// Where a deployment is kept unless told otherwise.
pub(crate) const DEPLOYMENT: &str = "valet.json";

impl NetworkArguments {
    /// Connects.
    pub(crate) async fn connect(&self, output: Output) -> Result<Network, Problem> {
        let _progress = output.progress(format!("connecting to {}", self.network));
        Ok(Network::connect(&self.url()?).await?)
    }

    /// The address of a node there.
    pub(crate) fn url(&self) -> Result<String, Problem> {
        let endpoint = Endpoint::from(self.network.as_str());
        if endpoint.name().is_none() && !endpoint.url().contains("://") {
            return Err(Problem::usage(format!("`{endpoint}` is no network")).with_remedy(
                "say localnet, devnet, testnet, mainnet, or the address of a node, such as http://127.0.0.1:9000",
            ));
        }
        Ok(endpoint.url().to_owned())
    }
}

impl DappArguments {
    /// Connects to the dApp.
    pub(crate) async fn connect(&self, output: Output) -> Result<Valet, Problem> {
        let deployment = read_deployment(&self.deployment)?;
        let network = self.network.connect(output).await?;
        Ok(Valet::new(network, deployment).await?)
    }
}

/// The deployment in a file.
pub(crate) fn read_deployment(path: &Path) -> Result<Deployment, Problem> {
    let text = read_text(path, "the deployment file").map_err(|problem| {
        problem.with_remedy(
            "publish with `valet deploy`, which writes it, or name another file with `--deployment`",
        )
    })?;
    serde_json::from_str(&text).map_err(|error| {
        Problem::usage(format!("{} is not a deployment: {error}", path.display()))
            .with_remedy("write it anew with `valet deploy`")
    })
}

impl OwnerArguments {
    /// The owner, ready to sign.
    pub(crate) fn wallet(&self, output: Output) -> Result<Wallet, Problem> {
        keys::wallet(self, output)
    }

    /// The owner's address, for commands that only read.
    pub(crate) fn address(&self) -> Result<Address, Problem> {
        keys::address(self)
    }

    /// The owner's account.
    pub(crate) fn account(&self, valet: &Valet) -> Result<Account, Problem> {
        Ok(valet.account(self.address()?))
    }
}

/// Reads a text file; `what` says what it is for.
pub(crate) fn read_text(path: &Path, what: &str) -> Result<String, Problem> {
    fs::read_to_string(path).map_err(|error| {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
            _ => error.to_string(),
        };
        Problem::usage(format!("cannot read {what} {}: {reason}", path.display()))
    })
}
