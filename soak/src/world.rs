//! What a run takes place in: a fresh ledger with everything published, registered and open for business.

use std::collections::BTreeMap;

use sui_sdk_types::{Address, Identifier, StructTag, TypeTag};
use valet_client::{
    Deployment, SharedObject,
    ptb::{ObjectInput, PtbBuilder},
};
use valet_localnet::ledger::ExecutedTransaction;
use valet_toolchain::CompiledPackage;

use crate::{
    Error, Packages,
    chain::{Actor, Chain, owned, shared, written},
    script::{ACTORS, ADMIN, Account, OWNERS},
};

/// What a shop asks for its items, whatever the coin.
pub(crate) const PRICES: [u64; 3] = [10, 400, 25_000];
/// The number that the till's key comes from: nobody who acts.
const TILL: Address = Address::from_static("0x7111");

/// Which Move package a dApp is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Arena,
    Bazaar,
}

/// A dApp as transactions name it.
#[derive(Debug)]
pub(crate) struct Dapp {
    pub(crate) kind: Kind,
    pub(crate) deployment: Deployment,
    pub(crate) admin_cap: Address,
    /// By coin type; none in the arena.
    pub(crate) shops: Vec<SharedObject>,
}

/// Everything that transactions need to know.
pub(crate) struct World {
    pub(crate) chain: Chain,
    pub(crate) actors: Vec<Actor>,
    pub(crate) valet: Address,
    pub(crate) hub_admin_cap: Address,
    pub(crate) quarry: SharedObject,
    pub(crate) workload: Address,
    pub(crate) dapps: Vec<Dapp>,
    /// By coin type.
    pub(crate) coins: Vec<StructTag>,
    /// The accounts that exist.
    pub(crate) accounts: BTreeMap<Account, SharedObject>,
}

impl World {
    /// The dApps of a run: the arena, and the bazaar twice.
    pub(crate) fn new(packages: &Packages) -> Result<Self, Error> {
        let chain = Chain::new(packages.framework())?;
        let actors = (0..ACTORS)
            .map(|number| chain.actor(number))
            .collect::<Result<Vec<_>, _>>()?;
        let admin = actor(&actors, ADMIN)?;
        let (valet, published) = publish(&chain, admin, packages.valet())?;
        let hub = shared(&*written(&published, "DappHub")?)?;
        let hub_admin_cap = written(&published, "HubAdminCap")?.object_id();
        let (workload, published) =
            publish(&chain, admin, &*packages.against("soak/move", valet)?)?;
        let quarry = shared(&*written(&published, "Quarry")?)?;
        let pebble = StructTag::new(
            workload,
            Identifier::from_static("pebble"),
            Identifier::from_static("Pebble"),
            Vec::new(),
        );
        let mut world = Self {
            chain,
            actors,
            valet,
            hub_admin_cap,
            quarry,
            workload,
            dapps: Vec::new(),
            coins: vec![StructTag::sui(), pebble],
            accounts: BTreeMap::new(),
        };
        for kind in [Kind::Arena, Kind::Bazaar, Kind::Bazaar] {
            let dapp = world.add_dapp(packages, hub, kind)?;
            world.dapps.push(dapp);
        }
        Ok(world)
    }

    pub(crate) fn actor(&self, number: u8) -> Result<&Actor, Error> {
        actor(&self.actors, number)
    }

    /// The address of an actor; 0x0 for none.
    pub(crate) fn address(&self, number: Option<u8>) -> Address {
        number
            .and_then(|number| self.actors.get(usize::from(number)))
            .map_or(Address::ZERO, |actor| actor.address)
    }

    pub(crate) fn dapp(&self, number: u8) -> Result<&Dapp, Error> {
        let dapp = self.dapps.get(usize::from(number));
        dapp.ok_or_else(|| Error::setup("naming a dApp", format!("there is no dApp {number}")))
    }

    pub(crate) fn coin(&self, number: u8) -> Result<&StructTag, Error> {
        let coin = self.coins.get(usize::from(number));
        coin.ok_or_else(|| Error::setup("naming a coin", format!("there is no coin {number}")))
    }

    /// The id of an account, created or not.
    pub(crate) fn storage_id(&self, account: Account) -> Result<Address, Error> {
        let owner = self.actor(account.owner)?.address;
        Ok(self.dapp(account.dapp)?.deployment.storage_id(owner))
    }

    /// All accounts that there could be, with their ids.
    pub(crate) fn possible_accounts(&self) -> Result<Vec<(Account, Address)>, Error> {
        let mut accounts = Vec::new();
        for dapp in 0..u8::try_from(self.dapps.len()).unwrap_or(0) {
            for owner in 0..OWNERS {
                let account = Account { dapp, owner };
                accounts.push((account, self.storage_id(account)?));
            }
        }
        Ok(accounts)
    }

    /// Remembers the account that a transaction created.
    pub(crate) fn learn(&mut self, executed: &ExecutedTransaction) -> Result<(), Error> {
        for (account, id) in self.possible_accounts()? {
            if self.accounts.contains_key(&account) {
                continue;
            }
            let object = executed.output_objects.iter();
            let object = object.into_iter().find(|object| object.object_id() == id);
            if let Some(object) = object {
                self.accounts.insert(account, shared(object)?);
            }
        }
        Ok(())
    }

    /// What the till has earned of a coin, by the ledger.
    pub(crate) fn till(&self, coin: &StructTag) -> u64 {
        let balances = self.chain.ledger.balances(&TILL);
        let balance = balances.iter().find(|balance| balance.coin_type == *coin);
        balance.map_or(0, valet_localnet::ledger::Balance::total)
    }

    fn add_dapp(&self, packages: &Packages, hub: SharedObject, kind: Kind) -> Result<Dapp, Error> {
        let admin = self.actor(ADMIN)?;
        let (path, module, marker) = match kind {
            Kind::Arena => ("game/move", "arena", "Arena"),
            Kind::Bazaar => ("game/bazaar", "bazaar", "Bazaar"),
        };
        let (package, published) =
            publish(&self.chain, admin, &*packages.against(path, self.valet)?)?;
        let publisher = written(&published, "Publisher")?.object_id();
        let mut ptb = PtbBuilder::new();
        let arguments = vec![
            ptb.object(hub.mutable())?,
            ptb.object(owned(&self.chain, publisher)?)?,
        ];
        let cap = ptb.move_call(package, module, "setup", vec![], arguments)?;
        ptb.transfer(vec![cap], admin.address)?;
        let set_up = self.chain.run("registering a dApp", admin, ptb.finish())?;
        let admin_cap = written(&set_up, "DappAdminCap")?.object_id();
        let mut shops = Vec::new();
        if kind == Kind::Bazaar {
            for coin in &self.coins {
                shops.push(self.open_shop(package, admin_cap, coin.clone().into())?);
            }
        }
        let deployment = Deployment {
            chain_id: self.chain.ledger.chain_id(),
            valet_package: self.valet,
            valet_types: self.valet,
            hub,
            dapp_package: package,
            dapp_type: StructTag::new(
                package,
                Identifier::from_static(module),
                Identifier::from_static(marker),
                Vec::new(),
            ),
            dapp: shared(&*written(&set_up, "Dapp")?)?,
            dapp_storage: shared(&*written(&set_up, "DappStorage")?)?,
        };
        Ok(Dapp {
            kind,
            deployment,
            admin_cap,
            shops,
        })
    }

    fn open_shop(
        &self,
        package: Address,
        admin_cap: Address,
        coin: TypeTag,
    ) -> Result<SharedObject, Error> {
        let mut ptb = PtbBuilder::new();
        let arguments = vec![
            ptb.object(owned(&self.chain, admin_cap)?)?,
            ptb.pure(&PRICES.to_vec())?,
            ptb.pure(&TILL)?,
        ];
        let shop = ptb.move_call(package, "bazaar", "open", vec![coin.clone()], arguments)?;
        ptb.move_call(package, "bazaar", "share", vec![coin], vec![shop])?;
        let opened = self
            .chain
            .run("opening a shop", self.actor(ADMIN)?, ptb.finish())?;
        shared(&*written(&opened, "Shop")?)
    }
}

/// The administrator's capability, as the ledger has it now.
pub(crate) fn capability(world: &World, id: Address) -> Result<ObjectInput, Error> {
    owned(&world.chain, id)
}

fn actor(actors: &[Actor], number: u8) -> Result<&Actor, Error> {
    let actor = actors.get(usize::from(number));
    actor.ok_or_else(|| Error::setup("naming an actor", format!("there is no actor {number}")))
}

/// Publishes a package; its id and what the publication wrote.
pub(crate) fn publish(
    chain: &Chain,
    actor: &Actor,
    package: &CompiledPackage,
) -> Result<(Address, std::sync::Arc<ExecutedTransaction>), Error> {
    let mut ptb = PtbBuilder::new();
    let cap = ptb.publish(package.modules.clone(), package.dependencies.clone())?;
    ptb.transfer(vec![cap], actor.address)?;
    let published = chain.run("publishing", actor, ptb.finish())?;
    Ok((written(&published, "")?.object_id(), published))
}
