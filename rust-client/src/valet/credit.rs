//! The dApp's money.

use sui_sdk_types::TypeTag;

use super::{Valet, expect_shared};
use crate::{
    Credit, Error, Owner, Receipt,
    credit::MoveDappStorage,
    network::decode,
    ptb::{self, ObjectInput},
};

impl Valet {
    /// Reads what pays for the dApp's writes.
    ///
    /// # Errors
    /// [`Error::WrongObject`] when the dApp's storage is not what the deployment says; otherwise as
    /// [`Network::object`](crate::Network::object).
    pub async fn credit(&self) -> Result<Credit, Error> {
        let tag = self.deployment.dapp_storage_type();
        let object = expect_shared(&self.network, self.deployment.dapp_storage, &tag).await?;
        let storage: MoveDappStorage = decode(&object)?;
        Ok(storage.credit)
    }

    /// Adds `mist` to the credit that pays for the dApp's writes. Anyone may; `payer` signs once.
    ///
    /// # Errors
    /// [`Error::InsufficientGas`] when `payer` holds too little, otherwise as any transaction.
    pub async fn recharge(&self, payer: &dyn Owner, mist: u64) -> Result<Receipt, Error> {
        self.execute(payer, mist, |source| {
            ptb::recharge(&self.deployment, mist, source)
        })
        .await
    }

    /// Refunds `mist` of the dApp's credit to its administrator, who signs once.
    ///
    /// # Errors
    /// [`Error::NoCapability`] when `admin` does not hold the dApp's `DappAdminCap`;
    /// [`Refusal::RefundTooLarge`](crate::Refusal::RefundTooLarge) or
    /// [`Refusal::CreditReserved`](crate::Refusal::CreditReserved) inside [`Error::Refused`]; otherwise as any transaction.
    pub async fn refund_credit(&self, admin: &dyn Owner, mist: u64) -> Result<Receipt, Error> {
        let cap = self
            .capability(
                admin,
                "dapp",
                "DappAdminCap",
                vec![self.deployment.marker()],
            )
            .await?;
        let recipient = admin.address();
        let build = |_| ptb::refund_credit(&self.deployment, cap, mist, recipient);
        self.execute(admin, 0, build).await
    }

    /// Gives the dApp `mist` of free credit until `expires_at_ms`, by the chain's clock. The framework's administrator signs
    /// once.
    ///
    /// # Errors
    /// [`Error::NoCapability`] when `admin` does not hold the framework's `HubAdminCap`; the chain's refusal of the amount or
    /// the time inside [`Error::Refused`]; otherwise as any transaction.
    pub async fn grant_free_credit(
        &self,
        admin: &dyn Owner,
        mist: u64,
        expires_at_ms: u64,
    ) -> Result<Receipt, Error> {
        let cap = self.hub_capability(admin).await?;
        let build = |_| ptb::grant_free_credit(&self.deployment, cap, mist, expires_at_ms);
        self.execute(admin, 0, build).await
    }

    /// Lets the dApp's free credit last until `expires_at_ms`, by the chain's clock. The framework's administrator signs once.
    ///
    /// # Errors
    /// [`Refusal::NoFreeCredit`](crate::Refusal::NoFreeCredit) inside [`Error::Refused`], otherwise as
    /// [`grant_free_credit`](Self::grant_free_credit).
    pub async fn extend_free_credit(
        &self,
        admin: &dyn Owner,
        expires_at_ms: u64,
    ) -> Result<Receipt, Error> {
        let cap = self.hub_capability(admin).await?;
        let build = |_| ptb::extend_free_credit(&self.deployment, cap, expires_at_ms);
        self.execute(admin, 0, build).await
    }

    /// Takes the dApp's free credit back. The framework's administrator signs once.
    ///
    /// # Errors
    /// [`Refusal::NoFreeCredit`](crate::Refusal::NoFreeCredit) inside [`Error::Refused`], otherwise as
    /// [`grant_free_credit`](Self::grant_free_credit).
    pub async fn revoke_free_credit(&self, admin: &dyn Owner) -> Result<Receipt, Error> {
        let cap = self.hub_capability(admin).await?;
        let build = |_| ptb::revoke_free_credit(&self.deployment, cap);
        self.execute(admin, 0, build).await
    }

    async fn hub_capability(&self, admin: &dyn Owner) -> Result<ObjectInput, Error> {
        self.capability(admin, "dapp_hub", "HubAdminCap", Vec::new())
            .await
    }

    /// The capability of this type that an owner holds.
    async fn capability(
        &self,
        owner: &dyn Owner,
        module: &'static str,
        name: &'static str,
        type_params: Vec<TypeTag>,
    ) -> Result<ObjectInput, Error> {
        let tag = self.deployment.valet_type(module, name, type_params);
        let held = self.network.owned_objects(owner.address(), &tag).await?;
        held.first()
            .map(|object| object.as_owned())
            .ok_or_else(|| Error::NoCapability {
                signer: owner.address(),
                capability: Box::new(tag),
            })
    }
}
