//! Networks by name.

use std::{convert::Infallible, fmt, str::FromStr};

use sui_rpc::Client;

/// A full node, by the name of its network or by its URL. Everything that connects takes the same texts.
///
/// ```
/// use valet_client::Endpoint;
///
/// let endpoint: Endpoint = "testnet".parse()?;
/// assert_eq!(endpoint, Endpoint::Testnet);
/// assert_eq!(endpoint.url(), "https://fullnode.testnet.sui.io");
/// let own: Endpoint = "https://node.example:443".parse()?;
/// assert_eq!(own.url(), "https://node.example:443");
/// # Ok::<(), std::convert::Infallible>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// A ledger on this machine, on Sui's usual port.
    Localnet,
    /// Sui's network for what is to come.
    Devnet,
    /// Sui's network for trying.
    Testnet,
    /// Sui's network for good.
    Mainnet,
    /// Any other node.
    Url(String),
}

impl Endpoint {
    /// The networks that have names.
    pub const NAMED: [Self; 4] = [Self::Localnet, Self::Devnet, Self::Testnet, Self::Mainnet];

    /// Its name, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        match self {
            Self::Localnet => Some("localnet"),
            Self::Devnet => Some("devnet"),
            Self::Testnet => Some("testnet"),
            Self::Mainnet => Some("mainnet"),
            Self::Url(_) => None,
        }
    }

    /// The URL of a full node that speaks gRPC.
    #[must_use]
    pub fn url(&self) -> &str {
        match self {
            Self::Localnet => "http://127.0.0.1:9000",
            Self::Devnet => Client::DEVNET_FULLNODE,
            Self::Testnet => Client::TESTNET_FULLNODE,
            Self::Mainnet => Client::MAINNET_FULLNODE,
            Self::Url(url) => url,
        }
    }
}

impl FromStr for Endpoint {
    type Err = Infallible;

    /// Whatever is no name is taken for a URL; connecting says whether it is one.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let named = Self::NAMED
            .into_iter()
            .find(|endpoint| endpoint.name() == Some(text));
        Ok(named.unwrap_or_else(|| Self::Url(text.to_owned())))
    }
}

impl From<&str> for Endpoint {
    fn from(text: &str) -> Self {
        match text.parse() {
            Ok(endpoint) => endpoint,
            Err(never) => match never {},
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().unwrap_or_else(|| self.url()))
    }
}
