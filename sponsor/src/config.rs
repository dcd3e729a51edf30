//! A sponsor's configuration as a file.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{GasSource, Limits, Policy, ServiceError};

/// What `valet sponsor --config` reads: TOML.
///
/// ```
/// let config = valet_sponsor::Config::parse(valet_sponsor::Config::EXAMPLE)?;
/// assert_eq!(config.policy.allow.len(), 2);
/// # Ok::<(), valet_sponsor::ServiceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The full node's gRPC address.
    pub rpc_url: String,
    /// The file of the book, beside the configuration unless it is absolute.
    pub book: PathBuf,
    /// The file of the sponsor's key, beside the configuration unless it is absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// What pays.
    #[serde(default)]
    pub gas: GasSource,
    /// How much.
    pub limits: Limits,
    /// For what.
    pub policy: Policy,
}

impl Config {
    /// A configuration to begin with.
    pub const EXAMPLE: &'static str = include_str!("../sponsor.example.toml");

    /// Reads a configuration.
    ///
    /// # Errors
    /// [`ServiceError::Config`] with the line that is wrong.
    pub fn parse(text: &str) -> Result<Self, ServiceError> {
        toml::from_str(text).map_err(|error| ServiceError::Config {
            reason: error.to_string(),
        })
    }
}
