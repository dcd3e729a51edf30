//! What a run found.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::bytecode::{Census, NEVER_WRITTEN};

/// How a run ended.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    programs: u64,
    seed: u64,
    /// Programs that the compiler did not survive.
    pub(super) not_compiled: Vec<String>,
    /// The instructions of the others.
    #[serde(rename = "opcodes", serialize_with = "opcodes")]
    pub(super) census: Census,
    pub(super) official: Side,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) second: Option<Side>,
}

/// The comparison with one machine.
#[derive(Debug, Default, Serialize)]
pub(super) struct Side {
    pub(super) agree: u64,
    pub(super) disagree: u64,
    pub(super) excluded: u64,
    /// Of those that agree, those that returned something in both; known of the second machine only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) returned: Option<u64>,
    /// What differs, or was not compared.
    pub(super) lines: Vec<String>,
}

impl Report {
    pub(super) fn new(programs: u64, seed: u64, with_second: bool) -> Self {
        Self {
            programs,
            seed,
            not_compiled: Vec::new(),
            census: Census::default(),
            official: Side::default(),
            second: with_second.then(|| Side {
                returned: Some(0),
                ..Side::default()
            }),
        }
    }

    /// Programs on which two machines agree.
    pub(crate) fn agree(&self) -> u64 {
        self.sides().map(|side| side.agree).sum()
    }

    /// Whatever should not be: disagreements, programs that were not compared, and instructions that nothing has.
    pub(crate) fn faults(&self) -> u64 {
        let sides: u64 = self.sides().map(|side| side.disagree + side.excluded).sum();
        sides + self.uncovered().count() as u64
    }

    pub(super) fn is_good(&self) -> bool {
        self.faults() == 0 && self.sides().all(|side| side.agree > 0)
    }

    fn sides(&self) -> impl Iterator<Item = &Side> {
        [Some(&self.official), self.second.as_ref()]
            .into_iter()
            .flatten()
    }

    /// Instructions that are missing and should not be; only the second machine is given those that no compiler writes.
    fn uncovered(&self) -> impl Iterator<Item = u8> {
        let all = self.second.is_some();
        let missing = self.census.missing().into_iter();
        missing.filter(move |opcode| all || !NEVER_WRITTEN.contains(opcode))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { programs, seed, .. } = self;
        for why in &self.not_compiled {
            writeln!(f, "not compiled: {why}")?;
        }
        for line in self.sides().flat_map(|side| &side.lines) {
            writeln!(f, "{line}")?;
        }
        for opcode in self.uncovered() {
            writeln!(f, "no program has the instruction {opcode:#04x}")?;
        }
        let not_compiled = self.not_compiled.len();
        writeln!(
            f,
            "programs: {programs} of seed {seed}, not compiled: {not_compiled}"
        )?;
        let (found, all) = self.census.found();
        let instructions = self.census.instructions();
        writeln!(
            f,
            "opcodes: {found} of {all}, in {instructions} instructions"
        )?;
        let named = ["the official machine", "the second machine"];
        for (name, side) in named.into_iter().zip(self.sides()) {
            let Side {
                agree,
                disagree,
                excluded,
                returned,
                ..
            } = side;
            writeln!(
                f,
                "{name}: agree: {agree}, disagree: {disagree}, excluded: {excluded}"
            )?;
            if let Some(returned) = returned {
                let failed = agree.saturating_sub(*returned);
                writeln!(
                    f,
                    "of those that agree there: returned: {returned}, failed: {failed}"
                )?;
            }
        }
        Ok(())
    }
}

fn opcodes<S: Serializer>(census: &Census, serializer: S) -> Result<S::Ok, S::Error> {
    let (found, all) = census.found();
    let mut map = serializer.serialize_map(Some(3))?;
    map.serialize_entry("found", &found)?;
    map.serialize_entry("of", &all)?;
    map.serialize_entry("instructions", &census.instructions())?;
    map.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_was_not_compared_is_a_fault() {
        let mut report = Report::new(10, 1, false);
        report.official.agree = 10;
        // Nothing was counted, so that all that compilers write is missing.
        assert_eq!(report.faults(), 72);
        report.official.excluded = 1;
        assert_eq!(report.faults(), 73);
        report.second = Some(Side {
            disagree: 2,
            ..Side::default()
        });
        assert_eq!(report.faults(), 79);
        assert!(!report.is_good());
        let text = report.to_string();
        assert!(text.contains("the second machine: agree: 0, disagree: 2, excluded: 0\n"));
        assert!(text.contains("opcodes: 0 of 76, in 0 instructions\n"));
    }
}
