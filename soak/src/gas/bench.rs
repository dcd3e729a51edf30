//! What is measured, row by row.

use std::time::Duration;

use valet_client::{Grant, SharedObject, Terms, ptb};

use super::{
    GasRow,
    site::{Limit, Place, Site},
};
use crate::{Error, Packages};

/// The session's limits that rows are measured under.
const LIMITS: [(&str, &[Limit]); 7] = [
    ("none", &[]),
    ("debt", &[Limit::Debt]),
    ("calls", &[Limit::Calls]),
    ("rate", &[Limit::Rate]),
    ("allowance", &[Limit::Allowance]),
    ("renewals", &[Limit::Renewals]),
    (
        "all",
        &[
            Limit::Debt,
            Limit::Calls,
            Limit::Rate,
            Limit::Renewals,
            Limit::Window,
        ],
    ),
];

/// How many dApps an owner's sessions are revoked in.
const REVOKED: [usize; 3] = [1, 10, 50];

pub(super) fn rows(packages: &Packages) -> Result<Vec<GasRow>, Error> {
    let site = Site::new(packages)?;
    let place = site.place(0)?;
    let mut rows = vec![onboarding(&site, &place)?];
    let account = site.account(&place)?;
    let sheet = Sheet {
        site: &site,
        place: &place,
        account,
    };
    sheet.writes(&mut rows)?;
    sheet.limits(&mut rows)?;
    sheet.many(&mut rows)?;
    sheet.settlement(&mut rows)?;
    revocation(&site, &mut rows)?;
    Ok(rows)
}

fn onboarding(site: &Site, place: &Place) -> Result<GasRow, Error> {
    let terms = Terms::lasting(Duration::from_secs(86_400), Grant::all_session_actions());
    let ptb = ptb::onboard(&place.deployment, site.session.address, &terms, &[], None)?;
    let executed = site.chain.run("onboarding", &site.owner, ptb)?;
    let needed = [
        "Coin",
        "UserStorage",
        "DappStorage",
        "AccountCard",
        "Claimed",
    ];
    GasRow::new("onboarding", "owner", "none", &executed, &needed)
}

/// The rows of one account.
struct Sheet<'a> {
    site: &'a Site,
    place: &'a Place,
    account: SharedObject,
}

impl Sheet<'_> {
    /// A write of a record that is there or not, by the owner and by its session.
    fn writes(&self, rows: &mut Vec<GasRow>) -> Result<(), Error> {
        for (function, fields) in [("write_01", 1), ("write_04", 4), ("write_16", 16)] {
            for (by, actor, entry) in [
                ("owner", &self.site.owner, fields),
                ("session", &self.site.session, 100 + fields),
            ] {
                for (what, value) in [("first write", 1), ("overwrite", 2)] {
                    let ptb = self.write(function, entry, value, 1)?;
                    let executed = self.site.chain.run("writing", actor, ptb)?;
                    let operation = format!("{what}, {fields} fields");
                    let needed = ["Coin", "UserStorage", "RecordKey"];
                    rows.push(GasRow::new(operation, by, "none", &executed, &needed)?);
                }
            }
        }
        Ok(())
    }

    /// A silent overwrite, and a draw where there is an allowance, under each limit.
    fn limits(&self, rows: &mut Vec<GasRow>) -> Result<(), Error> {
        let deposit = self.site.deposit(self.place, self.account)?;
        self.site
            .chain
            .run("depositing", &self.site.owner, deposit)?;
        for (name, limits) in LIMITS {
            self.activate(limits)?;
            if !limits.is_empty() {
                let ptb = self.write("write_04", 104, 3, 1)?;
                let executed = self.site.chain.run("writing", &self.site.session, ptb)?;
                let needed = ["Coin", "UserStorage", "RecordKey"];
                let row = GasRow::new("overwrite, 4 fields", "session", name, &executed, &needed)?;
                rows.push(row);
            }
            if limits.contains(&Limit::Allowance) || limits.contains(&Limit::Window) {
                let spend = self
                    .site
                    .calls(self.place, self.account, "spend", &[1_000], 1)?;
                let executed = self.site.chain.run("drawing", &self.site.session, spend)?;
                let needed = ["Coin", "UserStorage", "PurseKey"];
                rows.push(GasRow::new("draw", "session", name, &executed, &needed)?);
            }
        }
        Ok(())
    }

    /// Many actions in one transaction.
    fn many(&self, rows: &mut Vec<GasRow>) -> Result<(), Error> {
        for (name, limits) in [
            ("none", &[][..]),
            ("calls, rate", &[Limit::Calls, Limit::Rate]),
        ] {
            self.activate(limits)?;
            for times in [1, 10, 100] {
                let ptb = self.write("write_04", 104, 4, times)?;
                let executed = self.site.chain.run("writing", &self.site.session, ptb)?;
                let operation = format!("{times} overwrites in one PTB");
                let needed = ["Coin", "UserStorage", "RecordKey"];
                rows.push(GasRow::new(operation, "session", name, &executed, &needed)?);
            }
        }
        Ok(())
    }

    fn settlement(&self, rows: &mut Vec<GasRow>) -> Result<(), Error> {
        let ptb = ptb::settle(&self.place.deployment, self.account)?;
        let executed = self.site.chain.run("settling", &self.site.session, ptb)?;
        let needed = ["Coin", "UserStorage", "DappStorage"];
        rows.push(GasRow::new(
            "settlement",
            "anyone",
            "none",
            &executed,
            &needed,
        )?);
        Ok(())
    }

    fn activate(&self, limits: &[Limit]) -> Result<(), Error> {
        let ptb = self.site.activate(self.place, self.account, limits)?;
        self.site.chain.run("activating", &self.site.owner, ptb)?;
        Ok(())
    }

    fn write(
        &self,
        function: &str,
        entry: u64,
        value: u64,
        times: usize,
    ) -> Result<sui_sdk_types::ProgrammableTransaction, Error> {
        let numbers = [entry, value];
        Ok(self
            .site
            .calls(self.place, self.account, function, &numbers, times)?)
    }
}

fn revocation(site: &Site, rows: &mut Vec<GasRow>) -> Result<(), Error> {
    let mut places = Vec::new();
    for count in REVOKED {
        while places.len() < count {
            let place = site.place(places.len() + 1)?;
            onboarding(site, &place)?;
            let account = site.account(&place)?;
            places.push((place, account));
        }
        for (place, account) in &places {
            let ptb = site.activate(place, *account, &[])?;
            site.chain.run("activating", &site.owner, ptb)?;
        }
        let ptb = site.revoke_all(&places)?;
        let executed = site.chain.run("revoking", &site.owner, ptb)?;
        let operation = format!("revoke-all over {count} dApps");
        let needed = ["Coin", "UserStorage"];
        rows.push(GasRow::new(operation, "owner", "none", &executed, &needed)?);
    }
    Ok(())
}
