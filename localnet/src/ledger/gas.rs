//! What a transaction costs: rounding of computation, storage deposits and rebates.

use sui_sdk_types::{GasCostSummary, MovePackage, Object, ObjectData, StructTag};

use super::protocol::ProtocolConfig;
use super::writes::NewData;
use crate::canonical;

/// Bytes that the owner, the digest and the rebate of an object count for.
const OBJECT_METADATA_BYTES: u64 = 80;
/// Internal metering units per unit of computation.
pub(crate) const INTERNAL_UNITS: u64 = 1_000;

/// The prices one transaction runs under.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GasRules<'a> {
    pub(crate) protocol: &'a ProtocolConfig,
    pub(crate) price: u64,
    pub(crate) budget: u64,
    pub(crate) reference_gas_price: u64,
}

/// The computation part of the bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Computation {
    /// What is charged, in MIST.
    pub(crate) cost: u64,
    /// Whether the budget does not cover it, so that the whole budget is charged.
    pub(crate) out_of_gas: bool,
}

impl GasRules<'_> {
    /// How many internal units the budget buys.
    pub(crate) fn internal_budget(&self) -> u64 {
        let most = self
            .protocol
            .max_gas_computation_units
            .saturating_mul(self.price);
        let units = self
            .budget
            .min(most)
            .checked_div(self.price)
            .unwrap_or(self.protocol.max_gas_computation_units);
        units.saturating_mul(INTERNAL_UNITS)
    }

    /// Charge for the internal units that were used.
    pub(crate) fn computation(&self, internal_used: u64, aborted: bool) -> Computation {
        let units = round(internal_used / INTERNAL_UNITS, self.protocol.min_gas_units);
        let price = if aborted {
            let factor = self
                .protocol
                .max_gas_price_rgp_factor_for_aborted_transactions;
            self.price
                .min(self.reference_gas_price.saturating_mul(factor))
        } else {
            self.price
        };
        let cost = units.saturating_mul(price);
        if cost >= self.budget {
            Computation {
                cost: self.budget,
                out_of_gas: true,
            }
        } else {
            Computation {
                cost,
                out_of_gas: false,
            }
        }
    }

    /// Put the bill together.
    ///
    /// `deposits` is the storage cost of everything written, `released` the deposits of everything changed or removed.
    pub(crate) fn summary(
        &self,
        computation_cost: u64,
        deposits: u64,
        released: u64,
    ) -> GasCostSummary {
        let rebate = u128::from(released) * u128::from(self.protocol.storage_rebate_rate) + 5_000;
        // The rate is at most 10,000 basis points, so the quotient is at most `released`.
        let rebate = u64::try_from(rebate / 10_000)
            .unwrap_or(released)
            .min(released);
        GasCostSummary::new(computation_cost, deposits, rebate, released - rebate)
    }

    /// Whether the budget that computation leaves covers the storage part of the bill.
    pub(crate) fn covers(&self, summary: &GasCostSummary) -> bool {
        let storage = summary.storage_cost.saturating_sub(summary.storage_rebate);
        storage <= self.budget.saturating_sub(summary.computation_cost)
    }
}

/// The deposit for an object of so many bytes.
pub(crate) fn storage_cost(size: u64, protocol: &ProtocolConfig) -> u64 {
    size.saturating_mul(protocol.storage_units_per_byte)
        .saturating_mul(protocol.storage_gas_price)
}

/// How many bytes an object counts for.
pub(crate) fn object_size(object: &Object) -> u64 {
    match object.data() {
        ObjectData::Struct(data) => struct_size(data.object_type(), data.contents()),
        ObjectData::Package(package) => package_size(package) + OBJECT_METADATA_BYTES,
    }
}

/// How many bytes a Move object counts for: the type in its compressed form, one byte for the transfer flag, eight for the
/// version, and the contents without their length.
fn struct_size(type_: &StructTag, contents: &[u8]) -> u64 {
    (canonical::move_type_size(type_) + 1 + 8 + contents.len()) as u64 + OBJECT_METADATA_BYTES
}

/// How many bytes an object that is to be written counts for.
pub(crate) fn new_object_size(data: &NewData) -> u64 {
    match data {
        NewData::Struct {
            type_, contents, ..
        } => struct_size(type_, contents),
        NewData::Package(package) => package_size(package) + OBJECT_METADATA_BYTES,
    }
}

/// How many bytes the contents of a package count for.
pub(crate) fn package_size(package: &MovePackage) -> u64 {
    let modules: usize = package
        .modules
        .iter()
        .map(|(name, bytes)| name.as_str().len() + bytes.len())
        .sum();
    let origins: usize = package
        .type_origin_table
        .iter()
        .map(|origin| origin.module_name.as_str().len() + origin.struct_name.as_str().len() + 32)
        .sum();
    let linkage = package.linkage_table.len() * (32 + 32 + 8);
    (modules + origins + linkage + 8) as u64
}

/// Round used units up to half of their decimal digits, and to the minimum.
fn round(units: u64, minimum: u64) -> u64 {
    if units < minimum {
        return minimum;
    }
    let digits = units.checked_ilog10().unwrap_or(0);
    let step = 10u64.pow(digits / 2);
    units.div_ceil(step).saturating_mul(step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sui_sdk_types::{Address, Digest, MoveStruct, Owner, StructTag};

    fn rules(protocol: &ProtocolConfig) -> GasRules<'_> {
        GasRules {
            protocol,
            price: 1_000,
            budget: 100_000_000,
            reference_gas_price: 1_000,
        }
    }

    #[test]
    fn a_sui_coin_costs_130_bytes() {
        let coin = MoveStruct::new(StructTag::gas_coin(), true, 7, vec![1; 40]).expect("has an id");
        let coin = Object::new(
            ObjectData::Struct(coin),
            Owner::Address(Address::ZERO),
            Digest::ZERO,
            0,
        );
        assert_eq!(object_size(&coin), 130);
        assert_eq!(storage_cost(130, &ProtocolConfig::default()), 988_000);
    }

    #[test]
    fn a_long_object_is_charged_for_its_contents_and_not_for_their_length() {
        let tag = StructTag::sui();
        let tag_bytes = 1 + bcs::serialized_size(&tag).expect("encodes") as u64;
        for length in [127usize, 128, 16_384] {
            let data = MoveStruct::new(tag.clone(), false, 7, vec![1; length]).expect("has an id");
            let object = Object::new(ObjectData::Struct(data), Owner::Immutable, Digest::ZERO, 0);
            assert_eq!(object_size(&object), length as u64 + tag_bytes + 1 + 8 + 80);
        }
    }

    #[test]
    fn computation_keeps_half_of_the_digits() {
        let cases = [
            (0, 1_000),
            (999, 1_000),
            (1_000, 1_000),
            (1_001, 1_010),
            (12_345, 12_400),
            (123_456, 123_500),
        ];
        for (used, charged) in cases {
            assert_eq!(round(used, 1_000), charged, "{used}");
        }
        assert_eq!(round(5_000_000, 1_000), 5_000_000);
    }

    #[test]
    fn the_whole_budget_is_charged_when_it_does_not_cover_computation() {
        let protocol = ProtocolConfig::default();
        let rules = GasRules {
            budget: 1_000_000,
            ..rules(&protocol)
        };
        assert_eq!(
            rules.computation(0, false),
            Computation {
                cost: 1_000_000,
                out_of_gas: true
            }
        );
        let rules = GasRules {
            budget: 1_000_001,
            ..rules
        };
        assert_eq!(
            rules.computation(999_999, false),
            Computation {
                cost: 1_000_000,
                out_of_gas: false
            }
        );
        assert_eq!(
            rules.computation(1_001_000, false),
            Computation {
                cost: 1_000_001,
                out_of_gas: true
            }
        );
    }

    #[test]
    fn an_abort_pays_at_most_a_hundred_times_the_reference_price() {
        let protocol = ProtocolConfig::default();
        let rules = GasRules {
            price: 1_000_000,
            budget: u64::MAX,
            ..rules(&protocol)
        };
        assert_eq!(rules.computation(0, true).cost, 100_000_000);
        assert_eq!(rules.computation(0, false).cost, 1_000_000_000);
    }

    #[test]
    fn one_percent_of_a_released_deposit_is_kept() {
        let protocol = ProtocolConfig::default();
        let summary = rules(&protocol).summary(1, 2, 988_000);
        assert_eq!(summary.storage_rebate, 978_120);
        assert_eq!(summary.non_refundable_storage_fee, 9_880);
    }
}
