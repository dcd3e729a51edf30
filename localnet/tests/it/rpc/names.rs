//! `NameService`: a local chain has no registry of names, and says so.

use sui_rpc::proto::sui::rpc::v2::name_service_client::NameServiceClient;
use sui_rpc::proto::sui::rpc::v2::{LookupNameRequest, ReverseLookupNameRequest};
use sui_sdk_types::Address;
use tonic::Code;

use crate::support::localnet;

#[tokio::test(flavor = "multi_thread")]
async fn no_name_is_registered() {
    let localnet = localnet().await;
    let mut names = NameServiceClient::connect(localnet.rpc_url())
        .await
        .expect("connects");
    for name in ["valet.sui", "@valet", "app@valet"] {
        let missing = names
            .lookup_name(LookupNameRequest::new(name))
            .await
            .expect_err("no names");
        assert_eq!(missing.code(), Code::NotFound, "{missing:?}");
        assert!(missing.message().contains("valet.sui"), "{missing:?}");
    }
    let missing = names
        .reverse_lookup_name(ReverseLookupNameRequest::new(&Address::TWO))
        .await
        .expect_err("no names");
    assert_eq!(missing.code(), Code::NotFound);
    for request in [
        LookupNameRequest::default(),
        LookupNameRequest::new("nobody"),
        LookupNameRequest::new("a..sui"),
        LookupNameRequest::new("a".repeat(100_000)),
    ] {
        let refused = names.lookup_name(request).await.expect_err("no name");
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    }
    let refused = names
        .reverse_lookup_name(ReverseLookupNameRequest::default())
        .await
        .expect_err("no address");
    assert_eq!(refused.code(), Code::InvalidArgument);
}
