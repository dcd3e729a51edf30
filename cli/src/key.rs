//! `valet key`: the keys of owners, in the keystore that the `sui` command uses too.

use std::{
    io::{self, BufRead, IsTerminal},
    path::Path,
};

use clap::Subcommand;
use serde_json::json;
use sui_sdk_types::Address;
use valet_client::{KeyOwner, Keystore, Owner};
use zeroize::Zeroizing;

use crate::{
    context::OwnerArguments,
    keys,
    output::{Output, Report},
    problem::Problem,
};

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a new key and put it into the keystore, which is not encrypted: the `sui` command reads it too.
    Generate(KeystoreArguments),
    /// Take in a key as suiprivkey1…, from a question or from standard input; never from the command line.
    Import(KeystoreArguments),
    /// Show the addresses of the keys, with the aliases that the `sui` command has for them.
    List(KeystoreArguments),
}

/// Which keystore.
#[derive(Debug, clap::Args)]
pub(crate) struct KeystoreArguments {
    /// The keystore [default: the one of the `sui` command].
    #[arg(long, value_name = "FILE", env = "VALET_KEYSTORE")]
    keystore: Option<std::path::PathBuf>,
}

/// Does it.
pub(crate) fn run(command: &Command, output: Output) -> Result<Report, Problem> {
    let (Command::Generate(arguments) | Command::Import(arguments) | Command::List(arguments)) =
        command;
    let path = keys::keystore_path(&OwnerArguments {
        owner: None,
        keystore: arguments.keystore.clone(),
    })?;
    match command {
        Command::Generate(_) => add(&path, &KeyOwner::generate()?),
        Command::Import(_) => add(&path, &read(output)?),
        Command::List(_) => list(&path),
    }
}

fn add(path: &Path, key: &KeyOwner) -> Result<Report, Problem> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| {
            Problem::failed(format!(
                "cannot make the folder {}: {error}",
                folder.display()
            ))
        })?;
    }
    let mut keystore = open(path)?;
    let is_new = keystore.add(key);
    if is_new {
        keystore.save()?;
    }
    let address = key.address();
    let what = if is_new { "is in" } else { "was already in" };
    Ok(Report {
        text: format!("the key of {address} {what} {}", path.display()),
        json: json!({
            "address": address.to_string(),
            "keystore": path.display().to_string(),
            "is_new": is_new,
        }),
    })
}

fn list(path: &Path) -> Result<Report, Problem> {
    let keystore = open(path)?;
    let active = keys::active(path);
    let known: Vec<_> = keystore.addresses().collect();
    let line = |address: &Address| {
        let alias = keystore.alias(*address);
        let alias = alias.map(|alias| format!("  {alias}")).unwrap_or_default();
        let mark = if active == Some(*address) {
            "  (active)"
        } else {
            ""
        };
        format!("{address}{alias}{mark}")
    };
    let text = if known.is_empty() {
        format!(
            "there is no key in {}; make one with `valet key generate`",
            path.display()
        )
    } else {
        known.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let keys: Vec<_> = known
        .iter()
        .map(|address| {
            json!({
                "address": address.to_string(),
                "alias": keystore.alias(*address),
                "is_active": active == Some(*address),
            })
        })
        .collect();
    Ok(Report {
        text,
        json: json!({ "keystore": path.display().to_string(), "keys": keys }),
    })
}

fn open(path: &Path) -> Result<Keystore, Problem> {
    Keystore::load_or_new(path).map_err(|error| {
        Problem::usage(error.to_string()).with_remedy("name the right file with `--keystore`")
    })
}

fn read(output: Output) -> Result<KeyOwner, Problem> {
    if io::stdin().is_terminal() {
        output.note("The key, as suiprivkey1…; it is not shown.");
        return keys::typed();
    }
    let mut line = Zeroizing::new(String::new());
    io::stdin().lock().read_line(&mut line)?;
    keys::parse(&line, "standard input")
}
