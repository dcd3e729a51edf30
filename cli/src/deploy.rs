//! `valet deploy`: publishes valet and a dApp, registers the dApp, and writes down where they are.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;
use sui_sdk_types::Address;
use valet_client::{
    Deployment, Network, Owner,
    deploy::{Deployer, Published},
};
use valet_toolchain::{CompiledPackage, PublishedDependency, Toolchain};

use crate::{
    context::{self, DEPLOYMENT, NetworkArguments, OwnerArguments},
    keys::Wallet,
    output::{Output, Report},
    problem::Problem,
    units,
};

/// Publish valet and a dApp, register the dApp, and write the deployment file.
///
/// The dApp's module must have a function `setup(hub: &mut DappHub, publisher: &Publisher, ctx: &mut TxContext):
/// DappAdminCap<D>` that registers it. The owner pays, and gets the capabilities.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The folder of the dApp's Move package.
    package: PathBuf,

    /// The type that stands for the dApp, such as `arena::Arena`.
    #[arg(long = "type", value_name = "MODULE::TYPE", value_parser = marker)]
    marker: (String, String),

    /// The function that registers it, in the same module.
    #[arg(long, value_name = "FUNCTION", default_value = "setup")]
    setup: String,

    /// Use the valet of this deployment instead of publishing one: owners then end all their sessions at once.
    #[arg(long, value_name = "FILE", conflicts_with = "valet_source")]
    beside: Option<PathBuf>,

    /// The folder of valet's own Move package.
    #[arg(long, value_name = "FOLDER", env = "VALET_SOURCE", default_value_os_t = valet_source(), hide_default_value = true)]
    valet_source: PathBuf,

    /// Where to write the deployment.
    #[arg(long, value_name = "FILE", env = "VALET_DEPLOYMENT", default_value = DEPLOYMENT)]
    deployment: PathBuf,

    /// Write over a deployment file that is there.
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    network: NetworkArguments,

    #[command(flatten)]
    owner: OwnerArguments,
}

/// Publishes and registers.
pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Report, Problem> {
    // Before anything costs money.
    if arguments.deployment.exists() && !arguments.force {
        return Err(Problem::usage(format!(
            "{} exists already",
            arguments.deployment.display()
        ))
        .with_remedy("use it as it is, name another file with `--deployment`, or write over it with `--force`"));
    }
    expect_folder(&arguments.deployment)?;
    for package in [&arguments.package, &arguments.valet_source] {
        expect_package(package)?;
    }
    let wallet = arguments.owner.wallet(output)?;
    let network = arguments.network.connect(output).await?;
    let deployment = publish(&network, &wallet, &arguments, output).await?;
    let text = serde_json::to_string_pretty(&deployment)
        .map_err(|error| Problem::failed(error.to_string()))?;
    write(&arguments.deployment, &text)
        // The money is spent: the ids must not be lost with the file.
        .map_err(|problem| {
            problem.with_remedy(format!("keep this yourself, it is the deployment:\n{text}"))
        })?;
    Ok(report(&deployment, &wallet, &arguments.deployment))
}

/// The valet that the dApp is registered with.
enum Used {
    New(Published),
    Other(Deployment),
}

impl Used {
    fn package(&self) -> Address {
        match self {
            Self::New(published) => published.package(),
            Self::Other(deployment) => deployment.valet_package,
        }
    }
}

async fn publish(
    network: &Network,
    wallet: &Wallet,
    arguments: &Arguments,
    output: Output,
) -> Result<Deployment, Problem> {
    let deployer = Deployer::new(network, wallet);
    let valet = match &arguments.beside {
        Some(file) => Used::Other(context::read_deployment(file)?),
        None => {
            let package = {
                let _progress = output.progress("compiling valet");
                compile(&arguments.valet_source, Vec::new()).await?
            };
            Used::New(send(&deployer, package, "valet", output).await?)
        }
    };

    let at = vec![PublishedDependency::new("valet", valet.package())];
    let dapp = {
        let _progress = output.progress(format!("compiling {}", arguments.package.display()));
        compile(&arguments.package, at).await?
    };
    let dapp = send(&deployer, dapp, "the dApp", output).await?;

    let (module, name) = &arguments.marker;
    let _progress = output.progress("registering the dApp");
    let marker = dapp.tag(module, name)?;
    let setup = &arguments.setup;
    let deployment = match &valet {
        Used::New(valet) => {
            deployer
                .register(valet, &dapp, module, setup, marker)
                .await?
        }
        Used::Other(other) => {
            deployer
                .register_beside(other, &dapp, module, setup, marker)
                .await?
        }
    };
    output.note(&format!("registered {module}::{name}"));
    Ok(deployment)
}

async fn send(
    deployer: &Deployer<'_>,
    package: CompiledPackage,
    what: &str,
    output: Output,
) -> Result<Published, Problem> {
    let progress = output.progress(format!("publishing {what}"));
    let published = deployer
        .publish(package.modules, package.dependencies)
        .await?;
    drop(progress);
    let gas = published.receipt().gas().net();
    output.note(&format!(
        "published {what} as {} for {}",
        published.package(),
        units::sui_signed(gas)
    ));
    Ok(published)
}

/// Where the deployment file is to be written.
fn expect_folder(file: &Path) -> Result<(), Problem> {
    let folder = match file.parent() {
        None => return Ok(()),
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
    };
    let refused = |reason: String| {
        Err(
            Problem::usage(format!("cannot write {}: {reason}", file.display()))
                .with_remedy("name another file with `--deployment`"),
        )
    };
    match fs::metadata(folder) {
        Err(error) => refused(error.to_string()),
        Ok(found) if !found.is_dir() => refused(format!("{} is no folder", folder.display())),
        Ok(found) if found.permissions().readonly() => {
            refused(format!("{} is read-only", folder.display()))
        }
        Ok(_) => Ok(()),
    }
}

fn expect_package(package: &Path) -> Result<(), Problem> {
    if package.join("Move.toml").is_file() {
        return Ok(());
    }
    Err(Problem::usage(format!(
        "{} is no Move package: it has no Move.toml",
        package.display()
    ))
    .with_remedy("name the folder of a Move package"))
}

async fn compile(
    package: &Path,
    dependencies: Vec<PublishedDependency>,
) -> Result<CompiledPackage, Problem> {
    let package = package.to_path_buf();
    let compiled =
        tokio::task::spawn_blocking(move || Toolchain::locate()?.build(&package, &dependencies))
            .await
            .map_err(|error| {
                Problem::failed(format!("the compiler's thread ended early: {error}"))
            })?;
    compiled.map_err(|error| Problem::failed(error.to_string()))
}

fn report(deployment: &Deployment, wallet: &Wallet, file: &Path) -> Report {
    Report {
        text: format!(
            "valet    {}\ndApp     {}\ntype     {}\nwritten  {}\n\nNext: `valet recharge 1sui` pays for the dApp's writes, `valet session start` begins to play.",
            deployment.valet_package,
            deployment.dapp_package,
            deployment.dapp_type,
            file.display(),
        ),
        json: json!({
            "deployment": deployment,
            "file": file.display().to_string(),
            "owner": wallet.address().to_string(),
        }),
    }
}

/// Writes a file in one step: a reader sees the old one, none, or the whole new one.
fn write(path: &Path, text: &str) -> Result<(), Problem> {
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&temporary, format!("{text}\n"))
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(|error| Problem::failed(format!("cannot write {}: {error}", path.display())))
}

fn marker(text: &str) -> Result<(String, String), String> {
    match text.split_once("::") {
        Some((module, name)) if !module.is_empty() && !name.is_empty() && !name.contains("::") => {
            Ok((module.to_owned(), name.to_owned()))
        }
        _ => Err("write it as MODULE::TYPE, such as `arena::Arena`".to_owned()),
    }
}

/// The checkout that this program was built from.
fn valet_source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}
