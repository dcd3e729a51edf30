//! How much work a package may cause.

use super::error::Rule;

/// Steps that one package may need. Every package of the framework needs less than a hundredth of it.
const PACKAGE_STEPS: u64 = 16_000_000;

/// Counts steps, so that a module made to be slow to verify is refused instead.
#[derive(Debug)]
pub(super) struct Meter {
    left: u64,
}

impl Meter {
    pub(super) fn for_package() -> Self {
        Self {
            left: PACKAGE_STEPS,
        }
    }

    pub(super) fn charge(&mut self, steps: usize) -> Result<(), Rule> {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(steps).ok_or(Rule::TooComplex)?;
        Ok(())
    }
}
