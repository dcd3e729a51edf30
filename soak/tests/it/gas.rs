//! Claims: a silent overwrite costs within 5 % of what the protocol asks for at the least, whatever limits the session; a
//! record's deposit grows with its bytes and not with its fields; a limit that is not there costs nothing.

use valet_soak::{GasRow, GasTable, Packages};

/// MIST of deposit for each byte of an object.
const DEPOSIT_PER_BYTE: u64 = 7_600;

fn table() -> GasTable {
    let packages = Packages::compile().expect("the packages compile");
    GasTable::measure(&packages).expect("everything is measured")
}

fn row<'a>(table: &'a GasTable, operation: &str, by: &str, limits: &str) -> &'a GasRow {
    table
        .row(operation, by, limits)
        .unwrap_or_else(|| panic!("no row for {operation} by {by} under {limits}:\n{table}"))
}

#[test]
fn silent_overwrites_stay_within_5_percent_of_the_floor() {
    let table = table();
    let overwrites = table.rows.iter();
    let overwrites = overwrites.filter(|row| row.operation.starts_with("overwrite, "));
    let mut count = 0;
    for row in overwrites {
        count += 1;
        assert!(row.ratio() <= 1.05, "{row:?}\n{table}");
        assert_eq!(row.objects_written, row.objects_needed, "{row:?}");
    }
    assert!(count >= 12, "{table}");
}

#[test]
fn a_records_deposit_grows_with_its_bytes_only() {
    let table = table();
    let deposit = |fields: u64| {
        let row = row(
            &table,
            &format!("first write, {fields} fields"),
            "session",
            "none",
        );
        row.record_deposit.expect("a record was created")
    };
    // Every field is a number of 8 bytes.
    assert_eq!(deposit(4) - deposit(1), 3 * 8 * DEPOSIT_PER_BYTE);
    assert_eq!(deposit(16) - deposit(1), 15 * 8 * DEPOSIT_PER_BYTE);
}

#[test]
fn the_table_is_printed_as_json() {
    let table = table();
    let parsed: serde_json::Value = serde_json::from_str(&table.to_json()).expect("JSON");
    let rows = parsed["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), table.rows.len());
    assert!(rows.iter().all(|row| row["ratio"].is_number()));
}
