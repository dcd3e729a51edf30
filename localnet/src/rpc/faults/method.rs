//! The methods of Sui's services, by name.

use std::fmt;
use std::str::FromStr;

macro_rules! methods {
    ($($service:ident { $($method:ident),* $(,)? })*) => {
        /// A method of Sui's gRPC services. Text of it is `LedgerService/GetObject`; read it also from the name alone, and
        /// with the package in front.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Method {
            $($(
                #[doc = concat!("`", stringify!($service), "/", stringify!($method), "`.")]
                $method,
            )*)*
        }

        impl Method {
            /// Every method.
            pub const ALL: &[Self] = &[$($(Self::$method,)*)*];

            /// The path of its requests.
            #[must_use]
            pub fn path(self) -> &'static str {
                match self {
                    $($(Self::$method => {
                        concat!("/sui.rpc.v2.", stringify!($service), "/", stringify!($method))
                    })*)*
                }
            }

            pub(super) fn of_path(path: &str) -> Option<Self> {
                match path.strip_prefix("/sui.rpc.v2.")? {
                    $($(concat!(stringify!($service), "/", stringify!($method)) => {
                        Some(Self::$method)
                    })*)*
                    _ => None,
                }
            }
        }
    };
}

methods! {
    LedgerService {
        GetServiceInfo, GetObject, BatchGetObjects, GetTransaction, BatchGetTransactions, GetCheckpoint, GetEpoch,
        ListCheckpoints, ListTransactions, ListEvents,
    }
    StateService { ListDynamicFields, ListOwnedObjects, GetCoinInfo, GetBalance, ListBalances }
    TransactionExecutionService { ExecuteTransaction, SimulateTransaction }
    SubscriptionService { SubscribeCheckpoints, SubscribeTransactions, SubscribeEvents }
    MovePackageService { GetPackage, GetDatatype, GetFunction, ListPackageVersions }
    NameService { LookupName, ReverseLookupName }
    SignatureVerificationService { VerifySignature }
}

/// Text that names no method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no method {0:?}: write it like `ExecuteTransaction`")]
pub struct UnknownMethod(String);

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path().trim_start_matches("/sui.rpc.v2."))
    }
}

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<Self, UnknownMethod> {
        let name = text.rsplit('/').next().unwrap_or(text);
        Self::ALL
            .iter()
            .copied()
            .find(|method| {
                let path = method.path().trim_start_matches('/');
                method.to_string() == text || path == text || format!("{method:?}") == text
            })
            .ok_or_else(|| UnknownMethod(name.chars().take(100).collect()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message;
    use prost_types::FileDescriptorSet;
    use sui_rpc::proto::sui::rpc::v2::FILE_DESCRIPTOR_SET;

    use super::*;

    #[test]
    fn every_method_of_the_protocol_is_there() {
        let files = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).expect("descriptors");
        let declared: BTreeSet<String> = files
            .file
            .iter()
            .flat_map(|file| &file.service)
            .flat_map(|service| {
                let name = service.name().to_owned();
                service
                    .method
                    .iter()
                    .map(move |method| format!("{name}/{}", method.name()))
            })
            .collect();
        let ours = Method::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(declared, ours);
    }

    #[test]
    fn names_are_read_in_every_form() {
        for method in Method::ALL {
            assert_eq!(Method::of_path(method.path()), Some(*method));
            assert_eq!(method.to_string().parse(), Ok(*method));
            assert_eq!(format!("{method:?}").parse(), Ok(*method));
        }
        assert_eq!(
            "sui.rpc.v2.LedgerService/GetObject".parse(),
            Ok(Method::GetObject)
        );
        for text in ["", "GetNothing", "StateService/GetObject", "/GetObject"] {
            assert!(text.parse::<Method>().is_err(), "{text}");
        }
        assert_eq!(Method::of_path("/grpc.health.v1.Health/Check"), None);
    }
}
