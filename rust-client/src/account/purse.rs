//! The coins in an account's purse, and paying with them. Amounts are in the coin's smallest unit.

use sui_sdk_types::TypeTag;

use super::Account;
use crate::{
    Error, Owner, Receipt,
    network::decode,
    ptb::{self, CoinSource, ObjectInput},
};

impl Account {
    /// How much of a coin the account's purse holds.
    ///
    /// # Errors
    /// [`Error::WrongObject`] when something else is in the purse's place; otherwise as
    /// [`Network::object`](crate::Network::object).
    pub async fn purse(&self, coin_type: &TypeTag) -> Result<u64, Error> {
        let deployment = self.valet.deployment();
        let id = deployment.purse_id(self.storage_id, coin_type);
        // A purse that is emptied is gone.
        let Some(object) = self.valet.network().object(id).await? else {
            return Ok(0);
        };
        object.expect_type(&deployment.purse_type(coin_type))?;
        // The field's id, its name without fields, and the balance.
        let (_, _, balance): (sui_sdk_types::Address, bool, u64) = decode(&object)?;
        Ok(balance)
    }

    /// Puts `amount` of a coin into the account's purse. Anyone may; `payer` signs once.
    ///
    /// # Errors
    /// [`Error::InsufficientFunds`] or, for SUI, [`Error::InsufficientGas`] when `payer` holds too little;
    /// [`Error::NotOnboarded`]; otherwise as any transaction.
    pub async fn deposit(
        &self,
        payer: &dyn Owner,
        coin_type: &TypeTag,
        amount: u64,
    ) -> Result<Receipt, Error> {
        let storage = self.storage().await?;
        let deployment = self.valet.deployment();
        if *coin_type == ptb::sui() {
            let build =
                |source| ptb::deposit(deployment, storage, coin_type, amount, &Into::into(source));
            return self.valet.execute(payer, amount, build).await;
        }
        let source = self.coins_for(payer, coin_type, amount).await?;
        let build = |_| ptb::deposit(deployment, storage, coin_type, amount, &source);
        self.valet.execute(payer, 0, build).await
    }

    /// Sends `amount` of a coin from the account's purse to the owner, whatever the dApp's state.
    ///
    /// # Errors
    /// [`Refusal::PurseTooLow`](crate::Refusal::PurseTooLow) inside [`Error::Refused`]; [`Error::NotTheOwner`];
    /// [`Error::NotOnboarded`]; otherwise as any transaction.
    pub async fn withdraw(
        &self,
        owner: &dyn Owner,
        coin_type: &TypeTag,
        amount: u64,
    ) -> Result<Receipt, Error> {
        self.check_owner(owner)?;
        let storage = self.storage().await?;
        let build = |_| ptb::withdraw(self.valet.deployment(), storage, coin_type, amount);
        self.valet.execute(owner, 0, build).await
    }

    /// Sends all that the account's purse holds of these coins to the owner, whatever the dApp's state. A coin that it does not
    /// hold is no error.
    ///
    /// # Errors
    /// [`Error::NotTheOwner`], [`Error::NotOnboarded`], or as any transaction.
    pub async fn withdraw_all(
        &self,
        owner: &dyn Owner,
        coin_types: &[TypeTag],
    ) -> Result<Receipt, Error> {
        self.check_owner(owner)?;
        let storage = self.storage().await?;
        let build = |_| ptb::withdraw_all(self.valet.deployment(), storage, coin_types);
        self.valet.execute(owner, 0, build).await
    }

    /// Settles what the account owes: from the dApp's credit, and what that leaves from at most `mist` of `payer`'s SUI. Anyone
    /// may.
    ///
    /// # Errors
    /// [`Error::InsufficientGas`] when `payer` holds too little, otherwise as [`settle`](Self::settle).
    pub async fn settle_with_coin(&self, payer: &dyn Owner, mist: u64) -> Result<Receipt, Error> {
        let storage = self.storage().await?;
        let deployment = self.valet.deployment();
        let sender = payer.address();
        let build = |source| ptb::settle_with_coin(deployment, storage, mist, source, sender);
        self.valet.execute(payer, mist, build).await
    }

    /// Settles what the account owes: from the dApp's credit, and what that leaves from the account's purse, as far as it goes.
    ///
    /// # Errors
    /// [`Error::NotTheOwner`], otherwise as [`settle`](Self::settle).
    pub async fn settle_with_purse(&self, owner: &dyn Owner) -> Result<Receipt, Error> {
        self.check_owner(owner)?;
        let storage = self.storage().await?;
        let build = |_| ptb::settle_with_purse(self.valet.deployment(), storage);
        self.valet.execute(owner, 0, build).await
    }

    /// Coins of a type other than SUI that cover `amount`: objects if they suffice, else the address balance.
    async fn coins_for(
        &self,
        payer: &dyn Owner,
        coin_type: &TypeTag,
        amount: u64,
    ) -> Result<CoinSource, Error> {
        let network = self.valet.network();
        let coins = network.coins(payer.address(), coin_type, amount).await?;
        let held = coins
            .iter()
            .fold(0_u64, |sum, (_, balance)| sum.saturating_add(*balance));
        if held >= amount && !coins.is_empty() {
            let inputs = coins.into_iter().map(|(coin, _)| ObjectInput::from(coin));
            return Ok(CoinSource::Coins(inputs.collect()));
        }
        let wealth = network.wealth_in(payer.address(), coin_type).await?;
        if wealth.address_balance >= amount {
            return Ok(CoinSource::AddressBalance);
        }
        Err(Error::InsufficientFunds {
            payer: payer.address(),
            coin_type: Box::new(coin_type.clone()),
            needed: amount,
            held: wealth.coins.max(wealth.address_balance),
        })
    }
}
