//! `StateService`: what addresses own now.

use std::collections::BTreeSet;

use sui_rpc::proto::sui::rpc::v2::dynamic_field::DynamicFieldKind;
use sui_rpc::proto::sui::rpc::v2::{
    GetBalanceRequest, GetCoinInfoRequest, ListBalancesRequest, ListDynamicFieldsRequest,
    ListOwnedObjectsRequest,
};
use sui_sdk_types::{Address, StructTag, TypeTag};
use tonic::Code;

use crate::support::{Program, Wallet, client, localnet, mask, sui};

#[tokio::test(flavor = "multi_thread")]
async fn owned_objects_come_in_pages_without_gaps_or_repeats() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    let coins = wallet.fund(&localnet, [1, 2, 3, 4, 5, 6, 7]);
    let expected: BTreeSet<String> = coins
        .iter()
        .map(|coin| coin.object_id().to_string())
        .collect();
    let mut client = client(&localnet);
    let mut state = client.state_client();

    let mut request = ListOwnedObjectsRequest::default()
        .with_owner(wallet.address.to_string())
        .with_page_size(3_u32)
        .with_read_mask(mask("object_id,balance"));
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let page = state
            .list_owned_objects(request.clone())
            .await
            .expect("a page")
            .into_inner();
        assert!(page.objects.len() <= 3);
        seen.extend(
            page.objects
                .iter()
                .map(|object| object.object_id().to_owned()),
        );
        pages += 1;
        match page.next_page_token {
            Some(token) => request.page_token = Some(token),
            None => break,
        }
    }
    assert_eq!((pages, seen.len()), (3, 7));
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), expected);

    // The token belongs to this listing only.
    let first = ListOwnedObjectsRequest::default()
        .with_owner(wallet.address.to_string())
        .with_page_size(3_u32);
    let token = state
        .list_owned_objects(first.clone())
        .await
        .expect("a page")
        .into_inner()
        .next_page_token;
    let token = token.expect("more pages");
    let elsewhere = first
        .clone()
        .with_owner(Address::TWO.to_string())
        .with_page_token(token.clone());
    let narrowed = first
        .clone()
        .with_object_type("0x2::coin::Coin")
        .with_page_token(token.clone());
    let cut = first.clone().with_page_token(token.slice(..20));
    let made_up = first.with_page_token(vec![0; 80]);
    for request in [elsewhere, narrowed, cut, made_up] {
        let refused = state
            .list_owned_objects(request)
            .await
            .expect_err("a foreign token");
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(
            refused.message().contains("page_token"),
            "{}",
            refused.message()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn owned_objects_are_filtered_by_type_with_or_without_parameters() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    let [gas, _] = wallet.fund(&localnet, [1_000_000_000, 5]);
    let mut client = client(&localnet);
    let mut program = Program::default();
    let bag = program.call("bag::new", &[], &[]);
    program.transfer(vec![bag], wallet.address);
    client
        .execution_client()
        .execute_transaction(wallet.request(program, gas))
        .await
        .expect("executes");

    let mut state = client.state_client();
    for (filter, count) in [
        ("0x2::coin::Coin", 2),
        ("0x2::coin::Coin<0x2::sui::SUI>", 2),
        ("0x2::coin::Coin<0x2::bag::Bag>", 0),
        ("0x2::bag::Bag", 1),
    ] {
        let request = ListOwnedObjectsRequest::default()
            .with_owner(wallet.address.to_string())
            .with_object_type(filter);
        let found = state
            .list_owned_objects(request)
            .await
            .expect("a page")
            .into_inner();
        assert_eq!(found.objects.len(), count, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dynamic_fields_show_names_values_and_child_objects() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    let [gas] = wallet.fund(&localnet, [1_000_000_000]);
    let mut client = client(&localnet);
    let mut program = Program::default();
    let bag = program.call("object_bag::new", &[], &[]);
    let coins = program.split_gas(&[42]);
    let key = program.pure(&7_u64);
    let coin_type: TypeTag = StructTag::coin(sui()).into();
    program.call(
        "object_bag::add",
        &[TypeTag::U64, coin_type.clone()],
        &[bag, key, coins[0]],
    );
    let plain = program.call("bag::new", &[], &[]);
    let name = program.pure(&true);
    let value = program.pure(&vec![1_u8, 2, 3]);
    program.call(
        "bag::add",
        &[TypeTag::Bool, TypeTag::Vector(Box::new(TypeTag::U8))],
        &[plain, name, value],
    );
    program.transfer(vec![bag, plain], wallet.address);
    let executed = client
        .execution_client()
        .execute_transaction(wallet.request(program, gas))
        .await
        .expect("executes");
    let executed = executed.into_inner();
    let id_of = |suffix: &str| {
        let changed = executed.transaction().effects().changed_objects.iter();
        changed
            .filter(|changed| changed.object_type().ends_with(suffix))
            .map(|changed| changed.object_id().to_owned())
            .next()
            .expect("created")
    };
    let (object_bag, bag) = (id_of("::object_bag::ObjectBag"), id_of("::bag::Bag"));

    let mut state = client.state_client();
    let request = ListDynamicFieldsRequest::default().with_parent(&object_bag);
    let default = state
        .list_dynamic_fields(request.clone())
        .await
        .expect("a page")
        .into_inner();
    let [field] = &default.dynamic_fields[..] else {
        panic!("one field: {default:?}")
    };
    assert_eq!(field.parent(), object_bag);
    assert!(field.field_id.is_some() && field.name.is_none() && field.kind.is_none());

    let whole = state
        .list_dynamic_fields(request.with_read_mask(mask("*")))
        .await
        .expect("a page")
        .into_inner();
    let [field] = &whole.dynamic_fields[..] else {
        panic!("one field: {whole:?}")
    };
    assert_eq!(field.kind(), DynamicFieldKind::Object);
    assert_eq!(
        (field.name().name(), field.name().value()),
        ("u64", 7_u64.to_le_bytes().as_slice())
    );
    assert_eq!(field.value_type(), coin_type.to_string());
    assert_eq!(field.child_object().object_id(), field.child_id());
    assert_eq!(field.child_object().balance(), 42);

    let request = ListDynamicFieldsRequest::default()
        .with_parent(&bag)
        .with_read_mask(mask("*"));
    let whole = state
        .list_dynamic_fields(request)
        .await
        .expect("a page")
        .into_inner();
    let [field] = &whole.dynamic_fields[..] else {
        panic!("one field: {whole:?}")
    };
    assert_eq!(field.kind(), DynamicFieldKind::Field);
    assert_eq!(
        (field.name().name(), field.name().value()),
        ("bool", [1].as_slice())
    );
    assert_eq!(
        (field.value().name(), field.value().value()),
        ("vector<u8>", [3, 1, 2, 3].as_slice())
    );
    assert_eq!(field.value_type(), "vector<u8>");
    assert!(field.child_id.is_none() && field.child_object.is_none());
    assert!(
        field
            .field_object()
            .object_type()
            .contains("dynamic_field::Field<")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn balances_add_coins_and_the_address_balance() {
    let localnet = localnet().await;
    let wallet = Wallet::new(1);
    let friend = Wallet::new(2);
    let [gas] = wallet.fund(&localnet, [1_000_000_000]);
    let mut client = client(&localnet);
    let mut program = Program::default();
    let coins = program.split_gas(&[300, 20]);
    program.transfer(vec![coins[0]], friend.address);
    let recipient = program.pure(&friend.address);
    program.call("coin::send_funds", &[sui()], &[coins[1], recipient]);
    client
        .execution_client()
        .execute_transaction(wallet.request(program, gas))
        .await
        .expect("executes");

    let mut state = client.state_client();
    let request = GetBalanceRequest::default()
        .with_owner(friend.address.to_string())
        .with_coin_type("0x2::sui::SUI");
    let answer = state
        .get_balance(request.clone())
        .await
        .expect("a balance")
        .into_inner();
    let balance = answer.balance();
    assert_eq!(
        (
            balance.balance(),
            balance.coin_balance(),
            balance.address_balance()
        ),
        (320, 300, 20)
    );
    assert_eq!(balance.coin_type(), StructTag::sui().to_string());

    let nothing = state
        .get_balance(request.with_owner(Address::TWO.to_string()))
        .await
        .expect("zero")
        .into_inner();
    assert_eq!(nothing.balance().balance, Some(0));

    let request = ListBalancesRequest::default().with_owner(friend.address.to_string());
    let listed = state
        .list_balances(request)
        .await
        .expect("balances")
        .into_inner();
    assert_eq!(listed.balances, [answer.balance.expect("a balance")]);
    assert!(listed.next_page_token.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn coin_info_knows_sui_and_refuses_the_unknown() {
    let localnet = localnet().await;
    let mut client = client(&localnet);
    let mut state = client.state_client();
    let request = GetCoinInfoRequest::default().with_coin_type("0x2::sui::SUI");
    let info = state
        .get_coin_info(request.clone())
        .await
        .expect("SUI")
        .into_inner();
    assert_eq!(info.coin_type(), StructTag::sui().to_string());
    assert_eq!(info.treasury().total_supply(), 10_000_000_000_000_000_000);
    assert_eq!(
        (info.metadata().decimals(), info.metadata().symbol()),
        (9, "SUI")
    );

    let unknown = state
        .get_coin_info(request.with_coin_type("0x2::bag::Bag"))
        .await
        .expect_err("no coin");
    assert_eq!(unknown.code(), Code::NotFound);
}
