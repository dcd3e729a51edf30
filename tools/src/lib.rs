//! Move packages to bytecode, without the `sui` binary.
//!
//! The official Move compiler and unit-test runner come from npm as WebAssembly, pinned in this folder's
//! `package-lock.json` and installed on first use; the Sui framework's sources come with a crate that cargo downloads.
//! This crate drives both, keeps what they produce in `.valet/`, and compiles nothing twice.
//!
//! ```no_run
//! use valet_toolchain::{PublishedDependency, Toolchain};
//!
//! # fn main() -> Result<(), valet_toolchain::Error> {
//! let toolchain = Toolchain::locate()?;
//! let framework = toolchain.framework()?;
//! println!("{} modules at 0x2", framework.packages[1].modules.len());
//!
//! let valet = toolchain.build(".".as_ref(), &[])?;
//! // ... publish it, then build what depends on it against its id:
//! # let id = sui_sdk_types::Address::ZERO;
//! let game = toolchain.build("game/move".as_ref(), &[PublishedDependency::new("valet", id)])?;
//! assert!(game.dependencies.contains(&id));
//! # Ok(())
//! # }
//! ```

mod cache;
mod error;
mod event;
mod framework;
mod link;
mod module_id;
mod node;
mod package;
mod process;
mod protocol;
mod report;
mod toolchain;
mod tree;
mod trials;

pub use error::Error;
pub use event::Event;
pub use framework::{Framework, FrameworkPackage, Module};
pub use package::PublishedDependency;
pub use report::{Check, CompiledPackage, FormatMode, FormatReport, TestReport};
pub use toolchain::{Toolchain, ToolchainBuilder};
pub use tree::{PackageTree, TreeModule};
pub use trials::{Trial, Trials, Verdict};
