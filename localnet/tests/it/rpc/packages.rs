//! `MovePackageService`: what packages declare.

use sui_rpc::proto::sui::rpc::v2::datatype_descriptor::DatatypeKind;
use sui_rpc::proto::sui::rpc::v2::function_descriptor::Visibility;
use sui_rpc::proto::sui::rpc::v2::open_signature::Reference;
use sui_rpc::proto::sui::rpc::v2::open_signature_body::Type;
use sui_rpc::proto::sui::rpc::v2::{
    Ability, GetDatatypeRequest, GetFunctionRequest, GetPackageRequest, ListPackageVersionsRequest,
};
use sui_sdk_types::Address;
use tonic::Code;

use crate::support::{client, localnet};

#[tokio::test(flavor = "multi_thread")]
async fn a_function_shows_how_to_call_it() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let request = GetFunctionRequest::new(&Address::TWO, "coin", "split");
    let answer = client
        .package_client()
        .get_function(request)
        .await
        .expect("coin::split")
        .into_inner();
    let function = answer.function();
    assert_eq!(
        (function.name(), function.visibility(), function.is_entry()),
        ("split", Visibility::Public, false)
    );
    assert_eq!(function.type_parameters.len(), 1);
    let [coin, amount, context] = &function.parameters[..] else {
        panic!("three: {function:?}")
    };
    assert_eq!(
        (coin.reference(), coin.body().r#type()),
        (Reference::Mutable, Type::Datatype)
    );
    assert_eq!(
        coin.body().type_name(),
        format!("{}::coin::Coin", Address::TWO)
    );
    assert_eq!(
        coin.body().type_parameter_instantiation[0].r#type(),
        Type::Parameter
    );
    assert_eq!(
        (amount.reference.is_none(), amount.body().r#type()),
        (true, Type::U64)
    );
    assert_eq!(
        context.body().type_name(),
        format!("{}::tx_context::TxContext", Address::TWO)
    );
    assert_eq!(function.returns.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_datatype_shows_its_fields_or_variants() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let request = GetDatatypeRequest::new(&Address::TWO, "coin", "Coin");
    let answer = client
        .package_client()
        .get_datatype(request)
        .await
        .expect("Coin")
        .into_inner();
    let coin = answer.datatype();
    assert_eq!(
        (coin.kind(), coin.type_name()),
        (
            DatatypeKind::Struct,
            format!("{}::coin::Coin", Address::TWO).as_str()
        )
    );
    assert_eq!(
        coin.abilities,
        [i32::from(Ability::Store), i32::from(Ability::Key)]
    );
    assert!(coin.type_parameters[0].is_phantom());
    let fields: Vec<_> = coin
        .fields
        .iter()
        .map(|field| (field.position(), field.name()))
        .collect();
    assert_eq!(fields, [(0, "id"), (1, "balance")]);

    let request = GetDatatypeRequest::new(&Address::TWO, "coin_registry", "SupplyState");
    let answer = client
        .package_client()
        .get_datatype(request)
        .await
        .expect("an enum")
        .into_inner();
    assert_eq!(answer.datatype().kind(), DatatypeKind::Enum);
    let variants: Vec<_> = answer
        .datatype()
        .variants
        .iter()
        .map(|variant| variant.name().to_owned())
        .collect();
    assert_eq!(variants, ["Fixed", "BurnOnly", "Unknown"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_has_its_modules_and_one_version() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let mut packages = client.package_client();
    let answer = packages
        .get_package(GetPackageRequest::new(&Address::TWO))
        .await
        .expect("0x2")
        .into_inner();
    let package = answer.package();
    let id = Address::TWO.to_string();
    assert_eq!(
        (package.storage_id(), package.original_id()),
        (id.as_str(), id.as_str())
    );
    let clock = package
        .modules
        .iter()
        .find(|module| module.name() == "clock")
        .expect("the module");
    assert!(!clock.contents().is_empty());
    assert!(
        clock
            .functions
            .iter()
            .any(|function| function.name() == "timestamp_ms")
    );
    assert_eq!(clock.datatypes.len(), 1);

    let request = ListPackageVersionsRequest::new(&Address::TWO);
    let versions = packages
        .list_package_versions(request)
        .await
        .expect("versions")
        .into_inner()
        .versions;
    assert_eq!(versions.len(), 1);
    assert_eq!(versions[0].package_id(), Address::TWO.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_package_does_not_declare_is_not_found() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let mut packages = client.package_client();
    let absent = Address::from_static("0xdead");
    let clock = Address::from_static("0x6");
    let code = packages
        .get_package(GetPackageRequest::new(&absent))
        .await
        .expect_err("absent")
        .code();
    assert_eq!(code, Code::NotFound);
    let code = packages
        .get_package(GetPackageRequest::new(&clock))
        .await
        .expect_err("an object")
        .code();
    assert_eq!(code, Code::InvalidArgument);
    for (module, name) in [("clock", "nothing"), ("nothing", "here")] {
        let request = GetFunctionRequest::new(&Address::TWO, module, name);
        assert_eq!(
            packages
                .get_function(request)
                .await
                .expect_err("absent")
                .code(),
            Code::NotFound
        );
        let request = GetDatatypeRequest::new(&Address::TWO, module, name);
        assert_eq!(
            packages
                .get_datatype(request)
                .await
                .expect_err("absent")
                .code(),
            Code::NotFound
        );
    }
    let request = GetFunctionRequest::new(&Address::TWO, "", "no name");
    assert_eq!(
        packages
            .get_function(request)
            .await
            .expect_err("no name")
            .code(),
        Code::InvalidArgument
    );
}
