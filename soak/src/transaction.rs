//! Steps as programmable transactions.

use sui_sdk_types::{Address, Argument, ProgrammableTransaction, TypeTag};
use valet_client::{
    SharedObject,
    ptb::{PtbBuilder, PtbError},
};

use crate::{
    Error,
    script::{Affair, Call, Deed, Errand, Move, Terms},
    world::{Dapp, World, capability},
};

/// A transaction, and where each of its calls ends among the commands.
pub(crate) struct Built {
    pub(crate) ptb: ProgrammableTransaction,
    pub(crate) ends: Vec<u64>,
}

/// Builds one transaction; `None` when an account that a call names does not exist, as happens in a shortened script.
pub(crate) fn build(world: &World, sender: u8, calls: &[Call]) -> Result<Option<Built>, Error> {
    let mut writer = Writer {
        world,
        sender: world.actor(sender)?.address,
        ptb: PtbBuilder::new(),
    };
    let mut ends = Vec::new();
    for call in calls {
        let known = match call {
            Call::Create { dapp } => writer.create(*dapp).map(Some)?,
            Call::On(account, deed) => match world.accounts.get(account) {
                Some(storage) => writer
                    .deed(world.dapp(account.dapp)?, *storage, deed)
                    .map(Some)?,
                None => None,
            },
            Call::At(dapp, affair) => writer.affair(world.dapp(*dapp)?, affair).map(Some)?,
        };
        if known.is_none() {
            return Ok(None);
        }
        let commands = writer.ptb.clone().finish().commands.len();
        ends.push(u64::try_from(commands).unwrap_or(u64::MAX));
    }
    Ok(Some(Built {
        ptb: writer.ptb.finish(),
        ends,
    }))
}

struct Writer<'a> {
    world: &'a World,
    sender: Address,
    ptb: PtbBuilder,
}

impl Writer<'_> {
    fn create(&mut self, dapp: u8) -> Result<(), Error> {
        let deployment = &self.world.dapp(dapp)?.deployment;
        let marker = vec![deployment.marker()];
        let arguments = vec![
            self.ptb.object(deployment.dapp.immutable())?,
            self.ptb.object(deployment.dapp_storage.mutable())?,
        ];
        let created = self.valet("user_storage", "create", marker.clone(), arguments)?;
        self.valet("user_storage", "share", marker, vec![created])?;
        Ok(())
    }

    fn deed(&mut self, dapp: &Dapp, storage: SharedObject, deed: &Deed) -> Result<(), Error> {
        let deployment = &dapp.deployment;
        let marker = vec![deployment.marker()];
        let account = self.ptb.object(storage.mutable())?;
        let clock = self.ptb.object(SharedObject::CLOCK.immutable())?;
        match deed {
            Deed::Activate {
                wallet,
                duration_ms,
                terms,
            } => {
                let hub = self.ptb.object(deployment.hub.immutable())?;
                let mut arguments = vec![
                    hub,
                    account,
                    self.ptb.pure(&self.world.address(*wallet))?,
                    self.ptb.pure(duration_ms)?,
                ];
                let function = match terms {
                    None => "activate_session",
                    Some(terms) => {
                        arguments.push(self.grant(terms)?);
                        "activate"
                    }
                };
                arguments.push(clock);
                self.valet("session", function, marker, arguments)?;
            }
            Deed::Deactivate => {
                self.valet(
                    "session",
                    "deactivate_session",
                    marker,
                    vec![account, clock],
                )?;
            }
            Deed::RevokeIfActive => {
                self.valet("session", "revoke_if_active", marker, vec![account, clock])?;
            }
            Deed::Renew {
                wallet,
                duration_ms,
            } => {
                let arguments = vec![
                    self.ptb.object(deployment.hub.immutable())?,
                    account,
                    self.ptb.pure(&self.world.address(*wallet))?,
                    self.ptb.pure(duration_ms)?,
                    clock,
                ];
                self.valet("session", "renew", marker, arguments)?;
            }
            Deed::Arena(played) => self.play(dapp, account, clock, played)?,
            Deed::Smuggle => {
                let arena = self.world.dapp(0)?;
                let step = Move::Step { direction: 0 };
                self.play(arena, account, clock, &step)?;
            }
            Deed::Bazaar(errand) => self.shop(dapp, account, clock, errand)?,
            Deed::Deposit { coin, amount } => {
                let arguments = vec![account, self.coin(*coin, *amount)?];
                self.valet(
                    "purse",
                    "deposit",
                    self.with_coin(marker, *coin)?,
                    arguments,
                )?;
            }
            Deed::Withdraw { coin, amount } => {
                let arguments = vec![account, self.ptb.pure(amount)?];
                self.valet(
                    "purse",
                    "withdraw",
                    self.with_coin(marker, *coin)?,
                    arguments,
                )?;
            }
            Deed::WithdrawAll { coin } => {
                let types = self.with_coin(marker, *coin)?;
                self.valet("purse", "withdraw_all", types, vec![account])?;
            }
            Deed::Settle | Deed::SettleWithPurse => {
                let function = match deed {
                    Deed::Settle => "settle_writes",
                    _ => "settle_writes_with_purse",
                };
                let credit = self.ptb.object(deployment.dapp_storage.mutable())?;
                self.valet("settlement", function, marker, vec![credit, account, clock])?;
            }
            Deed::SettleWithCoin { amount } => {
                let credit = self.ptb.object(deployment.dapp_storage.mutable())?;
                let coin = self.coin(0, *amount)?;
                let arguments = vec![credit, account, coin, clock];
                let change =
                    self.valet("settlement", "settle_writes_with_coin", marker, arguments)?;
                self.ptb.transfer(vec![change], self.sender)?;
            }
        }
        Ok(())
    }

    fn play(
        &mut self,
        dapp: &Dapp,
        account: Argument,
        clock: Argument,
        played: &Move,
    ) -> Result<(), Error> {
        let config = self.ptb.object(dapp.deployment.dapp.immutable())?;
        let (function, arguments) = match played {
            Move::Join => ("join", vec![config, account]),
            Move::Step { direction } => {
                let direction = self.ptb.pure(direction)?;
                ("step", vec![config, account, direction, clock])
            }
            Move::Mine => ("mine", vec![config, account, clock]),
            Move::Fight => ("fight", vec![config, account, clock]),
            Move::Rest => ("rest", vec![config, account, clock]),
            Move::Rename { length } => {
                let name = self.ptb.pure(&"n".repeat(usize::from(*length)))?;
                ("rename", vec![config, account, name])
            }
            Move::Retire => ("retire", vec![config, account]),
        };
        let package = dapp.deployment.dapp_package;
        self.ptb
            .move_call(package, "arena", function, vec![], arguments)?;
        Ok(())
    }

    fn shop(
        &mut self,
        dapp: &Dapp,
        account: Argument,
        clock: Argument,
        errand: &Errand,
    ) -> Result<(), Error> {
        let package = dapp.deployment.dapp_package;
        let config = self.ptb.object(dapp.deployment.dapp.immutable())?;
        let mut arguments = vec![config, account];
        let (function, coin) = match errand {
            Errand::Discard { item } => {
                arguments.push(self.ptb.pure(item)?);
                self.ptb
                    .move_call(package, "bazaar", "discard", vec![], arguments)?;
                return Ok(());
            }
            Errand::Buy { coin, .. } => ("buy", *coin),
            Errand::BuyEach { coin, .. } => ("buy_each", *coin),
            Errand::Tip { coin, .. } => ("tip", *coin),
        };
        let shop = dapp.shops.get(usize::from(coin));
        let shop = shop.ok_or_else(|| Error::setup("shopping", "no shop takes this coin"))?;
        arguments.push(self.ptb.object(shop.immutable())?);
        match errand {
            Errand::Buy { item, quantity, .. } => {
                arguments.push(self.ptb.pure(item)?);
                arguments.push(self.ptb.pure(quantity)?);
            }
            Errand::BuyEach { items, .. } => arguments.push(self.ptb.pure(items)?),
            Errand::Tip { amount, .. } => arguments.push(self.ptb.pure(amount)?),
            Errand::Discard { .. } => {}
        }
        arguments.push(clock);
        let types = vec![TypeTag::from(self.world.coin(coin)?.clone())];
        self.ptb
            .move_call(package, "bazaar", function, types, arguments)?;
        Ok(())
    }

    fn affair(&mut self, dapp: &Dapp, affair: &Affair) -> Result<(), Error> {
        let deployment = &dapp.deployment;
        let marker = vec![deployment.marker()];
        let clock = self.ptb.object(SharedObject::CLOCK.immutable())?;
        let config = |ptb: &mut PtbBuilder| ptb.object(deployment.dapp.mutable());
        let credit = |ptb: &mut PtbBuilder| ptb.object(deployment.dapp_storage.mutable());
        let dapp_cap = capability(self.world, dapp.admin_cap)?;
        let hub_cap = capability(self.world, self.world.hub_admin_cap)?;
        let ptb = &mut self.ptb;
        let (module, function, arguments) = match affair {
            Affair::Recharge { amount } => {
                let coin = self.coin(0, *amount)?;
                let arguments = vec![credit(&mut self.ptb)?, coin];
                ("dapp_storage", "recharge", arguments)
            }
            Affair::Collect => {
                let arguments = vec![credit(ptb)?, ptb.object(deployment.hub.immutable())?];
                ("dapp_storage", "collect", arguments)
            }
            Affair::Resume => ("governance", "resume", vec![config(ptb)?, credit(ptb)?]),
            Affair::ApplyFees => ("governance", "apply_fees", vec![config(ptb)?, clock]),
            Affair::Refund { amount } => {
                let arguments = vec![ptb.object(dapp_cap)?, credit(ptb)?, ptb.pure(amount)?];
                let coin = self.valet("dapp", "refund_credit", marker, arguments)?;
                self.ptb.transfer(vec![coin], self.sender)?;
                return Ok(());
            }
            Affair::Pause => ("dapp", "pause", vec![config(ptb)?, ptb.object(dapp_cap)?]),
            Affair::Unpause => ("dapp", "unpause", vec![config(ptb)?, ptb.object(dapp_cap)?]),
            Affair::SetCeiling { writes } => {
                let arguments = vec![config(ptb)?, ptb.object(dapp_cap)?, ptb.pure(writes)?];
                ("dapp", "set_max_unsettled_writes", arguments)
            }
            Affair::SetSessionActions { actions } => {
                let actions = ptb.pure(actions)?;
                let set = self.valet("action_set", "from_actions", vec![], vec![actions])?;
                let ptb = &mut self.ptb;
                let arguments = vec![config(ptb)?, ptb.object(dapp_cap)?, set];
                ("dapp", "set_session_actions", arguments)
            }
            Affair::Suspend { min_credit } => {
                let arguments = vec![
                    config(ptb)?,
                    ptb.object(hub_cap)?,
                    credit(ptb)?,
                    ptb.pure(min_credit)?,
                ];
                ("governance", "suspend", arguments)
            }
            Affair::Unsuspend => {
                let arguments = vec![config(ptb)?, ptb.object(hub_cap)?, credit(ptb)?];
                ("governance", "unsuspend", arguments)
            }
            Affair::GrantFree {
                amount,
                expires_at_ms,
            } => {
                let arguments = vec![
                    credit(ptb)?,
                    ptb.object(hub_cap)?,
                    ptb.pure(amount)?,
                    ptb.pure(expires_at_ms)?,
                    clock,
                ];
                ("governance", "grant_free_credit", arguments)
            }
            Affair::ExtendFree { expires_at_ms } => {
                let arguments = vec![
                    credit(ptb)?,
                    ptb.object(hub_cap)?,
                    ptb.pure(expires_at_ms)?,
                    clock,
                ];
                ("governance", "extend_free_credit", arguments)
            }
            Affair::RevokeFree => {
                let arguments = vec![credit(ptb)?, ptb.object(hub_cap)?];
                ("governance", "revoke_free_credit", arguments)
            }
            Affair::LowerFees {
                per_write,
                per_byte,
            }
            | Affair::AnnounceFees {
                per_write,
                per_byte,
            } => {
                let function = match affair {
                    Affair::LowerFees { .. } => "lower_fees",
                    _ => "announce_fees",
                };
                let parts = vec![ptb.pure(per_write)?, ptb.pure(per_byte)?];
                let fees = self.valet("fees", "new", vec![], parts)?;
                let ptb = &mut self.ptb;
                let arguments = vec![config(ptb)?, ptb.object(hub_cap)?, fees, clock];
                ("governance", function, arguments)
            }
        };
        self.valet(module, function, marker, arguments)?;
        Ok(())
    }

    /// Composes a grant.
    pub(crate) fn grant(&mut self, terms: &Terms) -> Result<Argument, PtbError> {
        let mut grant = match &terms.actions {
            None => self.valet("grant", "all_session_actions", vec![], vec![])?,
            Some(actions) => {
                let mut grant = self.valet("grant", "new", vec![], vec![])?;
                for action in actions {
                    let arguments = vec![grant, self.ptb.pure(action)?];
                    grant = self.valet("grant", "allow_action", vec![], arguments)?;
                }
                grant
            }
        };
        if let Some(max_debt) = terms.max_debt {
            let arguments = vec![grant, self.ptb.pure(&max_debt)?];
            grant = self.valet("grant", "with_max_debt", vec![], arguments)?;
        }
        if let Some(max_calls) = terms.max_calls {
            let arguments = vec![grant, self.ptb.pure(&max_calls)?];
            grant = self.valet("grant", "with_max_calls", vec![], arguments)?;
        }
        if let Some((capacity, refill, interval_ms)) = terms.rate_limit {
            let arguments = vec![
                grant,
                self.ptb.pure(&capacity)?,
                self.ptb.pure(&refill)?,
                self.ptb.pure(&interval_ms)?,
            ];
            grant = self.valet("grant", "with_rate_limit", vec![], arguments)?;
        }
        for coin in &terms.coins {
            let total = vec![self.ptb.pure(&coin.total)?];
            let mut allowance = self.valet("allowance", "new", vec![], total)?;
            if let Some(max_per_call) = coin.max_per_call {
                let arguments = vec![allowance, self.ptb.pure(&max_per_call)?];
                allowance = self.valet("allowance", "with_max_per_call", vec![], arguments)?;
            }
            if let Some((amount, window_ms)) = coin.window {
                let arguments = vec![
                    allowance,
                    self.ptb.pure(&amount)?,
                    self.ptb.pure(&window_ms)?,
                ];
                allowance = self.valet("allowance", "with_window", vec![], arguments)?;
            }
            let types = self.world.coins.get(usize::from(coin.coin)).cloned();
            let types = types.map(TypeTag::from).into_iter().collect();
            grant = self.valet("grant", "allow_coin", types, vec![grant, allowance])?;
        }
        if let Some((renewals, ends_at_ms)) = terms.envelope {
            let arguments = vec![
                grant,
                self.ptb.pure(&renewals)?,
                self.ptb.pure(&ends_at_ms)?,
            ];
            grant = self.valet("grant", "with_renewals", vec![], arguments)?;
        }
        Ok(grant)
    }

    /// A coin of the sender's: split off its gas, or minted.
    fn coin(&mut self, coin: u8, amount: u64) -> Result<Argument, PtbError> {
        if coin == 0 {
            return self.ptb.split_coin(Argument::Gas, amount);
        }
        let arguments = vec![
            self.ptb.object(self.world.quarry.mutable())?,
            self.ptb.pure(&amount)?,
        ];
        let workload = self.world.workload;
        self.ptb
            .move_call(workload, "pebble", "mint", vec![], arguments)
    }

    fn with_coin(&self, mut types: Vec<TypeTag>, coin: u8) -> Result<Vec<TypeTag>, Error> {
        types.push(self.world.coin(coin)?.clone().into());
        Ok(types)
    }

    fn valet(
        &mut self,
        module: &str,
        function: &str,
        types: Vec<TypeTag>,
        arguments: Vec<Argument>,
    ) -> Result<Argument, PtbError> {
        let package = self.world.valet;
        self.ptb
            .move_call(package, module, function, types, arguments)
    }
}
