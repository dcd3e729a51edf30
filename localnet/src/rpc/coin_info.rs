//! What is known about a coin type: its metadata, its treasury, whether it is regulated.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sui_rpc::proto::sui::rpc::v2 as proto;
use sui_rpc::proto::sui::rpc::v2::coin_metadata::MetadataCapState as CapState;
use sui_rpc::proto::sui::rpc::v2::coin_treasury::SupplyState as Supply;
use sui_rpc::proto::sui::rpc::v2::regulated_coin_metadata::CoinRegulatedState as Regulated;
use sui_sdk_types::{Address, Identifier, Object, Owner, StructTag};

use crate::ledger::Ledger;

/// All the SUI there is or will be, in MIST: `sui::sui::TOTAL_SUPPLY_MIST`.
const TOTAL_SUPPLY_MIST: u64 = 10_000_000_000_000_000_000;

/// The answer for a coin type; none if nothing on the ledger describes it.
pub(super) fn message(
    ledger: &Ledger,
    coin_type: &StructTag,
) -> Option<proto::GetCoinInfoResponse> {
    let mut message = registered(ledger, coin_type).or_else(|| unregistered(ledger, coin_type))?;
    message.coin_type = Some(coin_type.to_string());
    if *coin_type == StructTag::sui() {
        let mut treasury = proto::CoinTreasury::default();
        treasury.total_supply = Some(TOTAL_SUPPLY_MIST);
        treasury.set_supply_state(Supply::Fixed);
        message.treasury = Some(treasury);
    }
    Some(message)
}

/// From the coin's `Currency` in the coin registry.
fn registered(ledger: &Ledger, coin_type: &StructTag) -> Option<proto::GetCoinInfoResponse> {
    let (_, currency) = find::<Currency>(ledger, "coin_registry", "Currency", coin_type)?;
    let mut metadata = proto::CoinMetadata::default();
    metadata.id = Some(currency.id.to_string());
    metadata.decimals = Some(currency.decimals.into());
    metadata.name = Some(currency.name);
    metadata.symbol = Some(currency.symbol);
    metadata.description = Some(currency.description);
    metadata.icon_url = Some(currency.icon_url);
    let (cap_id, cap_state) = match currency.metadata_cap {
        MetadataCap::Claimed(id) => (Some(id.to_string()), CapState::Claimed),
        MetadataCap::Unclaimed => (None, CapState::Unclaimed),
        MetadataCap::Deleted => (None, CapState::Deleted),
    };
    metadata.metadata_cap_id = cap_id;
    metadata.set_metadata_cap_state(cap_state);

    let held = |total: u64, state: Supply| {
        let mut treasury = proto::CoinTreasury::default();
        treasury.id = currency.treasury_cap_id.map(|id| id.to_string());
        treasury.total_supply = Some(total);
        treasury.set_supply_state(state);
        treasury
    };
    let treasury = match currency.supply {
        Some(SupplyState::Fixed(total)) => Some(held(total, Supply::Fixed)),
        Some(SupplyState::BurnOnly(total)) => Some(held(total, Supply::BurnOnly)),
        Some(SupplyState::Unknown) | None => treasury_cap(ledger, coin_type),
    };

    let mut regulated = proto::RegulatedCoinMetadata::default();
    match currency.regulated {
        RegulatedState::Regulated {
            cap,
            allow_global_pause,
            variant,
        } => {
            regulated.deny_cap_object = Some(cap.to_string());
            regulated.allow_global_pause = allow_global_pause;
            regulated.variant = Some(variant.into());
            regulated.set_coin_regulated_state(Regulated::Regulated);
        }
        RegulatedState::Unregulated => regulated.set_coin_regulated_state(Regulated::Unregulated),
        RegulatedState::Unknown => regulated.set_coin_regulated_state(Regulated::Unknown),
    }

    let mut message = proto::GetCoinInfoResponse::default();
    message.metadata = Some(metadata);
    message.treasury = treasury;
    message.regulated_metadata = Some(regulated);
    Some(message)
}

/// From the objects that `coin::create_currency` makes.
fn unregistered(ledger: &Ledger, coin_type: &StructTag) -> Option<proto::GetCoinInfoResponse> {
    let metadata =
        find::<CoinMetadata>(ledger, "coin", "CoinMetadata", coin_type).map(|(_, found)| {
            let mut metadata = proto::CoinMetadata::default();
            metadata.id = Some(found.id.to_string());
            metadata.decimals = Some(found.decimals.into());
            metadata.name = Some(found.name);
            metadata.symbol = Some(found.symbol);
            metadata.description = Some(found.description);
            metadata.icon_url = found.icon_url;
            metadata
        });
    let treasury = treasury_cap(ledger, coin_type);
    if metadata.is_none() && treasury.is_none() && *coin_type != StructTag::sui() {
        return None;
    }
    let mut regulated = proto::RegulatedCoinMetadata::default();
    match find::<RegulatedCoinMetadata>(ledger, "coin", "RegulatedCoinMetadata", coin_type) {
        Some((_, found)) => {
            regulated.id = Some(found.id.to_string());
            regulated.coin_metadata_object = Some(found.coin_metadata_object.to_string());
            regulated.deny_cap_object = Some(found.deny_cap_object.to_string());
            regulated.set_coin_regulated_state(Regulated::Regulated);
        }
        None => regulated.set_coin_regulated_state(Regulated::Unknown),
    }
    let mut message = proto::GetCoinInfoResponse::default();
    message.metadata = metadata;
    message.treasury = treasury;
    message.regulated_metadata = Some(regulated);
    Some(message)
}

fn treasury_cap(ledger: &Ledger, coin_type: &StructTag) -> Option<proto::CoinTreasury> {
    let (object, cap) = find::<TreasuryCap>(ledger, "coin", "TreasuryCap", coin_type)?;
    // Nobody can mint with a capability that nobody can use.
    let supply = match object.owner() {
        Owner::Immutable => Supply::Fixed,
        Owner::Address(owner) | Owner::ConsensusAddress { owner, .. }
            if *owner == Address::ZERO =>
        {
            Supply::Fixed
        }
        _ => Supply::Unknown,
    };
    let mut treasury = proto::CoinTreasury::default();
    treasury.id = Some(cap.id.to_string());
    treasury.total_supply = Some(cap.total_supply);
    treasury.set_supply_state(supply);
    Some(treasury)
}

/// The object `0x2::{module}::{name}<coin_type>`, if there is one.
fn find<T: DeserializeOwned>(
    ledger: &Ledger,
    module: &'static str,
    name: &'static str,
    coin_type: &StructTag,
) -> Option<(std::sync::Arc<Object>, T)> {
    let tag = StructTag::new(
        Address::TWO,
        Identifier::from_static(module),
        Identifier::from_static(name),
        vec![coin_type.clone().into()],
    );
    let object = ledger.objects_of_type(&tag).into_iter().next()?;
    let value = bcs::from_bytes(object.as_struct()?.contents()).ok()?;
    Some((object, value))
}

#[derive(Deserialize)]
struct CoinMetadata {
    id: Address,
    decimals: u8,
    name: String,
    symbol: String,
    description: String,
    icon_url: Option<String>,
}

#[derive(Deserialize)]
struct RegulatedCoinMetadata {
    id: Address,
    coin_metadata_object: Address,
    deny_cap_object: Address,
}

#[derive(Deserialize)]
struct TreasuryCap {
    id: Address,
    total_supply: u64,
}

#[derive(Deserialize)]
struct Currency {
    id: Address,
    decimals: u8,
    name: String,
    symbol: String,
    description: String,
    icon_url: String,
    supply: Option<SupplyState>,
    regulated: RegulatedState,
    treasury_cap_id: Option<Address>,
    metadata_cap: MetadataCap,
    /// Read because BCS has no way to stop early; nothing here says what an extra field means.
    #[serde(rename = "extra_fields")]
    _extra_fields: Vec<(String, (String, Vec<u8>))>,
}

#[derive(Deserialize)]
enum SupplyState {
    Fixed(u64),
    BurnOnly(u64),
    Unknown,
}

#[derive(Deserialize)]
enum RegulatedState {
    Regulated {
        cap: Address,
        allow_global_pause: Option<bool>,
        variant: u8,
    },
    Unregulated,
    Unknown,
}

#[derive(Deserialize)]
enum MetadataCap {
    Claimed(Address),
    Unclaimed,
    Deleted,
}
