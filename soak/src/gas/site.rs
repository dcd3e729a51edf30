//! The place that is measured at: valet and as many dApps as are asked for, one owner and one session key.

use sui_sdk_types::{Address, Argument, Identifier, ProgrammableTransaction, StructTag, TypeTag};
use valet_client::{
    Deployment, SharedObject,
    ptb::{PtbBuilder, PtbError},
};

use crate::{
    Error, Packages,
    chain::{Actor, Chain, owned, shared, written},
    world::publish,
};

/// Everything that is published, and who acts.
pub(crate) struct Site {
    pub(crate) chain: Chain,
    pub(super) owner: Actor,
    pub(super) session: Actor,
    admin: Actor,
    valet: Address,
    workload: Address,
    hub: SharedObject,
    publisher: Address,
}

/// A limit on a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    Debt,
    Calls,
    Rate,
    Allowance,
    Window,
    Renewals,
}

/// A dApp and the types that tell it from the others.
pub(crate) struct Place {
    pub(crate) deployment: Deployment,
    pub(crate) types: Vec<TypeTag>,
}

impl Site {
    pub(crate) fn new(packages: &Packages) -> Result<Self, Error> {
        let chain = Chain::new(packages.framework())?;
        let [owner, session, admin] = [chain.actor(0)?, chain.actor(1)?, chain.actor(2)?];
        let (valet, published) = publish(&chain, &admin, packages.valet())?;
        let hub = shared(&*written(&published, "DappHub")?)?;
        let package = packages.against("soak/move", valet)?;
        let (workload, published) = publish(&chain, &admin, &package)?;
        let publisher = written(&published, "Publisher")?.object_id();
        Ok(Self {
            chain,
            owner,
            session,
            admin,
            valet,
            workload,
            hub,
            publisher,
        })
    }

    /// Registers the dApp of a number up to 63, with credit.
    pub(crate) fn place(&self, number: usize) -> Result<Place, Error> {
        let types = [
            TypeTag::U8,
            TypeTag::U16,
            TypeTag::U32,
            TypeTag::U64,
            TypeTag::U128,
            TypeTag::U256,
            TypeTag::Bool,
            TypeTag::Address,
        ];
        let digit = |value: usize| types.iter().cycle().nth(value).cloned();
        let pair = [digit(number / types.len()), digit(number % types.len())];
        let types: Vec<_> = pair.into_iter().flatten().collect();
        let mut ptb = PtbBuilder::new();
        let arguments = vec![
            ptb.object(self.hub.mutable())?,
            ptb.object(owned(&self.chain, self.publisher)?)?,
        ];
        let cap = ptb.move_call(self.workload, "ledgers", "setup", types.clone(), arguments)?;
        ptb.transfer(vec![cap], self.admin.address)?;
        let registered = self.chain.run("registering", &self.admin, ptb.finish())?;
        let deployment = Deployment {
            chain_id: self.chain.ledger.chain_id(),
            valet_package: self.valet,
            valet_types: self.valet,
            hub: self.hub,
            dapp_package: self.workload,
            dapp_type: StructTag::new(
                self.workload,
                Identifier::from_static("ledgers"),
                Identifier::from_static("Ledgers"),
                types.clone(),
            ),
            dapp: shared(&*written(&registered, "Dapp")?)?,
            dapp_storage: shared(&*written(&registered, "DappStorage")?)?,
        };
        let recharge = valet_client::ptb::recharge(
            &deployment,
            1_000_000_000,
            valet_client::ptb::FundSource::GasCoin,
        )?;
        self.chain.run("recharging", &self.admin, recharge)?;
        Ok(Place { deployment, types })
    }

    /// The account of the owner in a dApp.
    pub(super) fn account(&self, place: &Place) -> Result<SharedObject, Error> {
        let id = place.deployment.storage_id(self.owner.address);
        let object = self.chain.ledger.object(&id);
        shared(&*object.ok_or_else(|| Error::setup("looking for an account", id))?)
    }

    /// Activates a session of 7 days within limits.
    pub(super) fn activate(
        &self,
        place: &Place,
        account: SharedObject,
        limits: &[Limit],
    ) -> Result<ProgrammableTransaction, PtbError> {
        let mut ptb = PtbBuilder::new();
        let marker = vec![place.deployment.marker()];
        let hub = ptb.object(self.hub.immutable())?;
        let storage = ptb.object(account.mutable())?;
        let wallet = ptb.pure(&self.session.address)?;
        let duration = ptb.pure(&86_400_000_u64)?;
        let grant = self.grant(&mut ptb, limits)?;
        let clock = ptb.object(SharedObject::CLOCK.immutable())?;
        let arguments = vec![hub, storage, wallet, duration, grant, clock];
        ptb.move_call(self.valet, "session", "activate", marker, arguments)?;
        Ok(ptb.finish())
    }

    fn grant(&self, ptb: &mut PtbBuilder, limits: &[Limit]) -> Result<Argument, PtbError> {
        let valet = self.valet;
        let mut grant = ptb.move_call(valet, "grant", "all_session_actions", vec![], vec![])?;
        let allowance = limits.contains(&Limit::Allowance) || limits.contains(&Limit::Window);
        for limit in limits {
            let (function, numbers): (_, &[u64]) = match limit {
                Limit::Debt => ("with_max_debt", &[1_000_000_000]),
                Limit::Calls => ("with_max_calls", &[1_000_000]),
                Limit::Rate => ("with_rate_limit", &[1_000, 1_000, 1_000]),
                Limit::Renewals => ("with_renewals", &[3, crate::chain::BEGIN_MS + 172_800_000]),
                Limit::Allowance | Limit::Window => continue,
            };
            let mut arguments = vec![grant];
            for number in numbers {
                arguments.push(ptb.pure(number)?);
            }
            grant = ptb.move_call(valet, "grant", function, vec![], arguments)?;
        }
        if allowance {
            let total = vec![ptb.pure(&1_000_000_000_u64)?];
            let mut allowance = ptb.move_call(valet, "allowance", "new", vec![], total)?;
            if limits.contains(&Limit::Window) {
                let arguments = vec![
                    allowance,
                    ptb.pure(&1_000_000_u64)?,
                    ptb.pure(&3_600_000_u64)?,
                ];
                allowance = ptb.move_call(valet, "allowance", "with_window", vec![], arguments)?;
            }
            let sui = vec![TypeTag::from(StructTag::sui())];
            grant = ptb.move_call(valet, "grant", "allow_coin", sui, vec![grant, allowance])?;
        }
        Ok(grant)
    }

    /// A call of the dApp's, with these numbers, `times` times.
    pub(super) fn calls(
        &self,
        place: &Place,
        account: SharedObject,
        function: &str,
        numbers: &[u64],
        times: usize,
    ) -> Result<ProgrammableTransaction, PtbError> {
        let mut ptb = PtbBuilder::new();
        let dapp = ptb.object(place.deployment.dapp.immutable())?;
        let storage = ptb.object(account.mutable())?;
        let clock = ptb.object(SharedObject::CLOCK.immutable())?;
        for _ in 0..times {
            let mut arguments = vec![dapp, storage];
            for number in numbers {
                arguments.push(ptb.pure(number)?);
            }
            arguments.push(clock);
            let types = place.types.clone();
            ptb.move_call(self.workload, "ledgers", function, types, arguments)?;
        }
        Ok(ptb.finish())
    }

    /// Puts SUI of the owner's gas into the purse.
    pub(super) fn deposit(
        &self,
        place: &Place,
        account: SharedObject,
    ) -> Result<ProgrammableTransaction, PtbError> {
        let mut ptb = PtbBuilder::new();
        let storage = ptb.object(account.mutable())?;
        let coin = ptb.split_coin(Argument::Gas, 1_000_000_000)?;
        let types = vec![place.deployment.marker(), StructTag::sui().into()];
        ptb.move_call(self.valet, "purse", "deposit", types, vec![storage, coin])?;
        Ok(ptb.finish())
    }

    /// Ends the owner's sessions in all of these dApps.
    pub(super) fn revoke_all(
        &self,
        accounts: &[(Place, SharedObject)],
    ) -> Result<ProgrammableTransaction, PtbError> {
        let mut ptb = PtbBuilder::new();
        let clock = ptb.object(SharedObject::CLOCK.immutable())?;
        for (place, account) in accounts {
            let storage = ptb.object(account.mutable())?;
            let marker = vec![place.deployment.marker()];
            let arguments = vec![storage, clock];
            ptb.move_call(self.valet, "session", "revoke_if_active", marker, arguments)?;
        }
        Ok(ptb.finish())
    }
}
