//! Tests of the soak: that it finds nothing where there is nothing, and something where there is; and of what things cost.

mod chaos;
mod gas;
mod mutants;
mod runs;
