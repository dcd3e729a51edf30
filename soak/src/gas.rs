//! What everything costs, from effects on the ledger, beside the least that the protocol lets it cost.

mod bench;
pub(crate) mod site;

use std::fmt;

use serde::Serialize;
use valet_localnet::ledger::ExecutedTransaction;

use crate::{
    Error, Packages,
    chain::{GAS_PRICE, status},
};

/// The least computation that any transaction is charged for, in units.
const FLOOR_UNITS: u64 = 1_000;
/// What the network keeps of a storage deposit that is released, in basis points.
const KEPT_BASIS_POINTS: i128 = 100;

/// The costs of everything worth measuring.
#[derive(Clone, Debug, Serialize)]
pub struct GasTable {
    /// The gas price, in MIST per unit.
    pub gas_price: u64,
    /// What was measured.
    pub rows: Vec<GasRow>,
}

/// What one kind of transaction costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GasRow {
    /// What it does.
    pub operation: String,
    /// Who sends it: `owner`, `session` or `anyone`.
    pub by: &'static str,
    /// The limits of the session that sends it.
    pub limits: &'static str,
    /// MIST for computation.
    pub computation: u64,
    /// MIST deposited for what was written.
    pub deposits: u64,
    /// MIST returned for what was there before.
    pub rebate: u64,
    /// MIST that it costs in all.
    pub net: i128,
    /// MIST that the protocol asks for at the least: 1,000 units of computation, and for the objects that it must touch,
    /// what their deposits grow by and the hundredth that the network keeps of the deposits there were.
    pub floor: i128,
    /// MIST that it returns because the objects that it must touch shrink; they do not count in the ratio.
    pub returned: i128,
    /// How many objects it wrote.
    pub objects_written: usize,
    /// Of these, how many it must.
    pub objects_needed: usize,
    /// MIST deposited for the record it created, if it did.
    pub record_deposit: Option<u64>,
}

impl GasTable {
    /// Measures on a fresh ledger.
    ///
    /// # Errors
    /// When a transaction that is to be measured fails.
    pub fn measure(packages: &Packages) -> Result<Self, Error> {
        Ok(Self {
            gas_price: GAS_PRICE,
            rows: bench::rows(packages)?,
        })
    }

    /// The table as one JSON object; each row with its ratio.
    #[must_use]
    pub fn to_json(&self) -> String {
        let rows = self.rows.iter().map(|row| {
            let mut value = serde_json::json!(row);
            value["ratio"] = serde_json::json!(row.ratio());
            value
        });
        let rows: Vec<_> = rows.collect();
        serde_json::json!({ "gas_price": self.gas_price, "rows": rows }).to_string()
    }

    /// The row of an operation.
    #[must_use]
    pub fn row(&self, operation: &str, by: &str, limits: &str) -> Option<&GasRow> {
        self.rows
            .iter()
            .find(|row| row.operation == operation && row.by == by && row.limits == limits)
    }
}

impl GasRow {
    /// How many times the floor it costs, what it returns left out of both.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        (self.net + self.returned) as f64 / (self.floor + self.returned) as f64
    }

    /// The bill of a transaction that must write objects of these types, by their Move names, and no others.
    fn new(
        operation: impl Into<String>,
        by: &'static str,
        limits: &'static str,
        executed: &ExecutedTransaction,
        needed: &[&str],
    ) -> Result<Self, Error> {
        let operation = operation.into();
        if !matches!(status(executed), sui_sdk_types::ExecutionStatus::Success) {
            let reason = format!("{operation}: {:?}", status(executed));
            return Err(Error::setup("measuring", reason));
        }
        let gas = executed.effects.gas_summary();
        let (mut growth, mut kept): (i128, i128) = (0, 0);
        let mut objects_needed = 0;
        let mut record_deposit = None;
        for object in &executed.output_objects {
            let Some(data) = object.as_struct() else {
                continue;
            };
            let name = name_of(data.object_type());
            if !needed.contains(&name.as_str()) {
                continue;
            }
            objects_needed += 1;
            let mut before = executed.input_objects.iter();
            let before = before.find(|input| input.object_id() == object.object_id());
            let old = before.map_or(0, |before| i128::from(before.storage_rebate()));
            let new = object.storage_rebate();
            growth += i128::from(new) - old;
            kept += old * KEPT_BASIS_POINTS / 10_000;
            if name == "RecordKey" && before.is_none() {
                record_deposit = Some(new);
            }
        }
        Ok(Self {
            operation,
            by,
            limits,
            computation: gas.computation_cost,
            deposits: gas.storage_cost,
            rebate: gas.storage_rebate,
            net: i128::from(gas.computation_cost) + i128::from(gas.storage_cost)
                - i128::from(gas.storage_rebate),
            floor: i128::from(FLOOR_UNITS * GAS_PRICE) + growth + kept,
            returned: (-growth).max(0),
            objects_written: executed.output_objects.len(),
            objects_needed,
            record_deposit,
        })
    }
}

/// A type's own name; a dynamic field goes by the name of its key.
fn name_of(tag: &sui_sdk_types::StructTag) -> String {
    let name = tag.name().as_str();
    match tag.type_params().first() {
        Some(sui_sdk_types::TypeTag::Struct(key)) if name == "Field" => {
            key.name().as_str().to_owned()
        }
        _ => name.to_owned(),
    }
}

impl fmt::Display for GasTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<34} {:<8} {:<22} {:>12} {:>12} {:>12} {:>12} {:>12} {:>7}",
            "operation",
            "by",
            "limits",
            "computation",
            "deposits",
            "rebate",
            "net MIST",
            "floor",
            "ratio"
        )?;
        for row in &self.rows {
            writeln!(
                f,
                "{:<34} {:<8} {:<22} {:>12} {:>12} {:>12} {:>12} {:>12} {:>7.3}",
                row.operation,
                row.by,
                row.limits,
                row.computation,
                row.deposits,
                row.rebate,
                row.net,
                row.floor,
                row.ratio()
            )?;
        }
        write!(f, "gas price: {} MIST per unit", self.gas_price)
    }
}
