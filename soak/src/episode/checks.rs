//! The invariants, between one step and the next.

use std::fmt::Debug;

use sui_sdk_types::{StructTag, TypeTag};
use valet_localnet::ledger::ExecutedTransaction;

use super::Stop;
use crate::{
    layout::{self, Contents, DappStorage, key_size},
    model::{Model, type_name},
    replica::Replica,
    script::Account,
    world::World,
};

/// Everything there is, compared.
pub(super) fn everything(world: &World, model: &Model, replica: &Replica) -> Result<(), Stop> {
    for (possible, _) in world.possible_accounts()? {
        account(world, model, replica, possible)?;
    }
    credits(world, model, replica)?;
    for (coin, earned) in world.coins.iter().zip(&model.till) {
        same("the till", &world.till(coin), earned)?;
    }
    Ok(())
}

/// An account on the ledger is the model's and the replica's.
pub(super) fn account(
    world: &World,
    model: &Model,
    replica: &Replica,
    account: Account,
) -> Result<(), Stop> {
    let id = world.storage_id(account)?;
    let Some(expected) = model.accounts.get(&account) else {
        return same("the account's existence", &world.chain.contents(&id), &None);
    };
    let Some(bytes) = world.chain.contents(&id) else {
        return Err(Stop::Violation(format!("the account {account:?} is gone")));
    };
    let state: layout::Account = decode("an account", &bytes)?;
    let contents = contents(world, &state)?;
    same("the account", &state, &expected.state)?;
    same(
        "what is in it",
        &contents,
        &expected.contents(&model.coin_types),
    )?;
    let Some((told, told_contents)) = replica.accounts.get(&id) else {
        return Err(Stop::Violation(format!("no event told of {account:?}")));
    };
    same("the account, against its events", &state, told)?;
    same(
        "what is in it, against its events",
        &contents,
        told_contents,
    )
}

/// The credits on the ledger are the model's and the replica's, and nothing of them is lost.
pub(super) fn credits(world: &World, model: &Model, replica: &Replica) -> Result<(), Stop> {
    for (dapp, config) in world.dapps.iter().zip(&model.dapps) {
        let id = dapp.deployment.dapp_storage.id;
        let bytes = world.chain.contents(&id).unwrap_or_default();
        let storage: DappStorage = decode("a dApp's storage", &bytes)?;
        let credit = storage.credit;
        same("the credit", &credit, &config.credit)?;
        let told = replica.credits.get(&dapp.deployment.dapp_type.to_string());
        let told = told.cloned().unwrap_or_default();
        same("the credit, against its events", &credit, &told)?;
        let totals = credit.totals;
        let out = u128::from(credit.held) + totals.settled + totals.refunded;
        same(
            "recharged = held + settled + refunded",
            &totals.recharged,
            &out,
        )?;
        let settled = totals.settled + totals.paid_by_users;
        let went = u128::from(credit.settled) + config.collected;
        same("settled = waiting + collected", &settled, &went)?;
    }
    Ok(())
}

/// What left the addresses is in purses and credits, or was gas; no coin appeared or vanished.
pub(super) fn conservation(
    world: &World,
    model: &Model,
    executed: &ExecutedTransaction,
    before: [u128; 2],
    minted: u64,
) -> Result<(), Stop> {
    let gas = executed.effects.gas_summary();
    let gas = i128::from(gas.computation_cost) + i128::from(gas.storage_cost)
        - i128::from(gas.storage_rebate);
    let sources = [-gas, i128::from(minted)];
    for (number, (coin, source)) in (0u8..).zip(world.coins.iter().zip(sources)) {
        let coin = TypeTag::from(coin.clone());
        let changes = executed.balance_changes.iter();
        let changes = changes.filter(|change| change.coin_type == coin);
        let outside: i128 = changes.map(|change| change.amount).sum();
        let held = |amount: u128| i128::try_from(amount).unwrap_or(i128::MAX);
        let before = before.get(usize::from(number)).copied().unwrap_or(0);
        let inside = held(model.locked(number)) - held(before);
        same("coins in = coins out", &(outside + inside), &source)?;
    }
    Ok(())
}

/// The records and the purse of an account, as the ledger has them.
fn contents(world: &World, account: &layout::Account) -> Result<Contents, Stop> {
    let mut contents = Contents::default();
    for field in world
        .chain
        .ledger
        .dynamic_fields(&account.id, None, usize::MAX)
    {
        let Some(data) = field.as_struct() else {
            continue;
        };
        let Some(TypeTag::Struct(name)) = data.object_type().type_params().first() else {
            return Err(Stop::Violation(format!(
                "a strange field: {}",
                data.object_type()
            )));
        };
        let name: &StructTag = name;
        let body = data.contents().get(32..).unwrap_or_default();
        let inner = match name.type_params().first() {
            Some(TypeTag::Struct(inner)) => inner,
            _ => return Err(Stop::Violation(format!("a strange field: {name}"))),
        };
        match name.name().as_str() {
            "RecordKey" => {
                let key_type = inner.name().as_str();
                let size = key_size(key_type).min(body.len());
                let (key, value) = body.split_at(size);
                let key = (key_type.to_owned(), key.to_vec());
                contents.records.insert(key, value.to_vec());
            }
            "PurseKey" => {
                let balance = body.get(1..).unwrap_or_default();
                let held: u64 = decode("a purse", balance)?;
                contents.purse.insert(type_name(inner), held);
            }
            other => return Err(Stop::Violation(format!("a strange field: {other}"))),
        }
    }
    Ok(contents)
}

fn decode<'a, T: serde::Deserialize<'a>>(what: &str, bytes: &'a [u8]) -> Result<T, Stop> {
    bcs::from_bytes(bytes)
        .map_err(|error| Stop::Violation(format!("{what} is unreadable: {error}")))
}

fn same<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Result<(), Stop> {
    if found == expected {
        return Ok(());
    }
    Err(Stop::Violation(format!(
        "{what}: found {found:?}, where the rules say {expected:?}"
    )))
}
