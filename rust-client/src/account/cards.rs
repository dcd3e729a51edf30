//! All accounts of one owner, in every dApp.

use sui_sdk_types::{Address, StructTag};

use super::Account;
use crate::{Error, Owner, Receipt, SharedObject, Status, network::LedgerObject, ptb, type_name};

/// Says that its owner has an account in a dApp: an object in the owner's hands that holds no authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountCard {
    /// The card's id.
    pub id: Address,
    /// The account's storage.
    pub storage: Address,
    /// The dApp's marker type, `D`.
    pub dapp_type: StructTag,
}

/// The Move struct `valet::account_card::AccountCard`, field for field.
#[derive(serde::Deserialize)]
struct MoveAccountCard {
    id: Address,
    storage: Address,
    #[serde(deserialize_with = "type_name::deserialize_struct")]
    dapp_type: StructTag,
}

impl Account {
    /// The owner's accounts in every dApp that uses this valet, this one included: one query, with no index.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Timeout`], [`Error::Rpc`] or [`Error::Malformed`].
    pub async fn cards(&self) -> Result<Vec<AccountCard>, Error> {
        let tag = self
            .valet
            .deployment()
            .valet_type("account_card", "AccountCard", Vec::new());
        let network = self.valet.network();
        let objects = network.owned_objects(self.owner, &tag).await?;
        objects
            .iter()
            .map(|object| {
                let card: MoveAccountCard = crate::network::decode(object)?;
                Ok(AccountCard {
                    id: card.id,
                    storage: card.storage,
                    dapp_type: card.dapp_type,
                })
            })
            .collect()
    }

    /// The state of the owner's accounts in every dApp, each with its card: two queries.
    ///
    /// # Errors
    /// [`Error::WrongObject`] when a card names something that is not an account of the owner's; otherwise as
    /// [`cards`](Self::cards).
    pub async fn everywhere(&self) -> Result<Vec<(AccountCard, Status)>, Error> {
        let accounts = self.read_everywhere().await?;
        Ok(accounts
            .into_iter()
            .map(|(card, _, status)| (card, status))
            .collect())
    }

    /// Ends the owner's sessions in every dApp that uses this valet, live or expired: one transaction, one signature, whatever
    /// the state of the dApps. `None` when there was no session to end; nobody is asked to sign then.
    ///
    /// # Errors
    /// [`Error::NotTheOwner`]; [`Error::Ptb`] when there are more sessions than a transaction can end, which is several hundred;
    /// otherwise as [`everywhere`](Self::everywhere) and any transaction. Either all of them end or none.
    pub async fn revoke_all(&self, owner: &dyn Owner) -> Result<Option<Receipt>, Error> {
        self.check_owner(owner)?;
        let accounts: Vec<_> = self
            .read_everywhere()
            .await?
            .into_iter()
            .filter(|(_, _, status)| status.session.is_some())
            .map(|(card, shared, _)| (card, shared))
            .collect();
        if accounts.is_empty() {
            return Ok(None);
        }
        let package = self.valet.deployment().valet_package;
        let build = |_| ptb::revoke_all(package, &accounts);
        self.valet.execute(owner, 0, build).await.map(Some)
    }

    async fn read_everywhere(&self) -> Result<Vec<(AccountCard, SharedObject, Status)>, Error> {
        let cards = self.cards().await?;
        let ids: Vec<_> = cards.iter().map(|card| card.storage).collect();
        let objects = self.valet.network().objects(&ids).await?;
        cards
            .into_iter()
            .zip(objects)
            .map(|(card, object)| {
                let (shared, status) = self.account_of(&card, &object)?;
                Ok((card, shared, status))
            })
            .collect()
    }

    /// The account that a card names.
    fn account_of(
        &self,
        card: &AccountCard,
        object: &LedgerObject,
    ) -> Result<(SharedObject, Status), Error> {
        let marker = vec![card.dapp_type.clone().into()];
        let deployment = self.valet.deployment();
        object.expect_type(&deployment.valet_type("user_storage", "UserStorage", marker))?;
        let status = self.own_status(object)?;
        let shared = object.expect_shared()?;
        Ok((shared, status))
    }
}
