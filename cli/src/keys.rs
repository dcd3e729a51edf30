//! The owner's key: from a variable, from a keystore, or typed in.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
};

use sui_sdk_types::Address;
use valet_client::{KeyOwner, Keystore, Owner};
use zeroize::Zeroizing;

use crate::{
    context::{Named, OwnerArguments},
    output::Output,
    problem::Problem,
};

/// The variable that may hold the owner's key, `suiprivkey1…`. A variable, because arguments show in every process list.
const KEY_VARIABLE: &str = "VALET_OWNER_KEY";

/// An owner who can sign.
pub(crate) type Wallet = KeyOwner;

/// The owner, ready to sign.
pub(crate) fn wallet(arguments: &OwnerArguments, output: Output) -> Result<Wallet, Problem> {
    if let Some(wallet) = from_variable()? {
        return expect(wallet, arguments);
    }
    if let Some(keystore) = keystore(arguments)? {
        let address = choose(&keystore, arguments)?;
        return Ok(keystore.owner(address)?);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Problem::usage("there is no owner's key").with_remedy(
            "make one with `valet key generate`, take one in with `valet key import`, or put it into the variable \
             VALET_OWNER_KEY as suiprivkey1…",
        ));
    }
    output.note("The owner's key, as suiprivkey1…; it is not shown and not kept.");
    expect(typed()?, arguments)
}

/// The owner's address, with or without its key.
pub(crate) fn address(arguments: &OwnerArguments) -> Result<Address, Problem> {
    if let Some(Named::Address(owner)) = arguments.owner {
        return Ok(owner);
    }
    if let Some(Named::Alias(alias)) = &arguments.owner {
        let known = keystore(arguments)?.and_then(|keystore| keystore.address_of(alias));
        return known.ok_or_else(|| unknown(alias));
    }
    if let Some(wallet) = from_variable()? {
        return Ok(wallet.address());
    }
    match keystore(arguments)? {
        Some(keystore) => choose(&keystore, arguments),
        None => Err(Problem::usage("whose account?").with_remedy(
            "name the owner's address with `--owner`, or make a key with `valet key generate`",
        )),
    }
}

/// A key that a person types or pastes.
pub(crate) fn typed() -> Result<Wallet, Problem> {
    let text = rpassword::prompt_password("key: ").map(Zeroizing::new)?;
    parse(&text, "what you typed")
}

/// A key as the `sui` command exports it. The error never quotes it.
pub(crate) fn parse(text: &str, source: &str) -> Result<Wallet, Problem> {
    KeyOwner::from_suiprivkey(text).map_err(|_| {
        Problem::usage(format!("{source} is not a private key")).with_remedy(
            "give an Ed25519, Secp256k1 or Secp256r1 key in the form suiprivkey1…, as `sui keytool export` prints it",
        )
    })
}

/// The keystore's file: the one that was named, or that of the `sui` command.
pub(crate) fn keystore_path(arguments: &OwnerArguments) -> Result<PathBuf, Problem> {
    if let Some(path) = &arguments.keystore {
        return Ok(path.clone());
    }
    let home = std::env::home_dir().ok_or_else(|| {
        Problem::usage("this machine does not tell where your files are")
            .with_remedy("name a keystore with `--keystore`")
    })?;
    Ok(home.join(".sui/sui_config/sui.keystore"))
}

/// The keystore, if there is one; one that was named must be there.
fn keystore(arguments: &OwnerArguments) -> Result<Option<Keystore>, Problem> {
    let path = keystore_path(arguments)?;
    if arguments.keystore.is_none() && !path.exists() {
        return Ok(None);
    }
    load(&path).map(Some)
}

/// Reads a keystore.
fn load(path: &Path) -> Result<Keystore, Problem> {
    Keystore::load(path).map_err(|error| {
        Problem::usage(error.to_string()).with_remedy("name the right file with `--keystore`")
    })
}

/// The key to use: the one that was asked for, the only one, or the one that the `sui` command uses.
fn choose(keystore: &Keystore, arguments: &OwnerArguments) -> Result<Address, Problem> {
    let known: Vec<_> = keystore.addresses().collect();
    let file = keystore.path().display();
    match (&arguments.owner, known.as_slice()) {
        (Some(Named::Address(owner)), known) if known.contains(owner) => Ok(*owner),
        (Some(Named::Address(owner)), _) => {
            Err(Problem::usage(format!("{file} has no key of {owner}"))
                .with_remedy("look with `valet key list`"))
        }
        (Some(Named::Alias(alias)), _) => keystore.address_of(alias).ok_or_else(|| unknown(alias)),
        (None, [only]) => Ok(*only),
        (None, []) => Err(Problem::usage(format!("{file} has no key"))
            .with_remedy("make one with `valet key generate`")),
        (None, many) => active(keystore.path())
            .filter(|active| many.contains(active))
            .ok_or_else(|| {
                Problem::usage(format!("{file} has {} keys", many.len()))
                    .with_remedy("say with `--owner` which one; `valet key list` shows them")
            }),
    }
}

/// The address that the `sui` command is told to use, in the `client.yaml` beside its keystore.
pub(crate) fn active(keystore: &Path) -> Option<Address> {
    let text = std::fs::read_to_string(keystore.with_file_name("client.yaml")).ok()?;
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix("active_address:"))?;
    value.trim().trim_matches(['"', '\'']).parse().ok()
}

fn unknown(alias: &str) -> Problem {
    Problem::usage(format!("no key is called `{alias}`"))
        .with_remedy("give the owner's address as 0x…, or an alias that `valet key list` shows")
}

fn from_variable() -> Result<Option<Wallet>, Problem> {
    let Ok(text) = std::env::var(KEY_VARIABLE).map(Zeroizing::new) else {
        return Ok(None);
    };
    parse(&text, KEY_VARIABLE).map(Some)
}

fn expect(wallet: Wallet, arguments: &OwnerArguments) -> Result<Wallet, Problem> {
    let owner = match &arguments.owner {
        None => return Ok(wallet),
        Some(Named::Address(owner)) => *owner,
        Some(Named::Alias(alias)) => keystore(arguments)?
            .and_then(|keystore| keystore.address_of(alias))
            .ok_or_else(|| unknown(alias))?,
    };
    if owner == wallet.address() {
        return Ok(wallet);
    }
    Err(Problem::usage(format!(
        "the key is of {}, not of {owner}",
        wallet.address()
    ))
    .with_remedy("give the key of that owner, or leave `--owner` out"))
}
