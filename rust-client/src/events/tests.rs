//! Claims: an event is decoded iff its package, its name, its dApp and its bytes are right. (Threat 17.)

use sui_sdk_types::{Digest, Identifier};

use super::*;
use crate::{Remainder, SharedObject, ptb::sui};

fn deployment() -> Deployment {
    let shared = |id: &'static str| SharedObject {
        id: Address::from_static(id),
        initial_version: 1,
    };
    Deployment {
        chain_id: Digest::new([9; 32]),
        valet_package: Address::from_static("0xa1"),
        valet_types: Address::from_static("0xa0"),
        hub: shared("0xb0"),
        dapp_package: Address::from_static("0xd0"),
        dapp_type: "0xd0::arena::Arena".parse().expect("a type"),
        dapp: shared("0xd1"),
        dapp_storage: shared("0xd2"),
    }
}

/// An event of this type, written `package::module::Name<..>`.
fn event(tag: &str, contents: Vec<u8>) -> Event {
    Event {
        package_id: Address::from_static("0xa1"),
        module: Identifier::from_static("m"),
        sender: Address::ZERO,
        type_: tag.parse().expect("a type"),
        contents,
    }
}

fn decode(tag: &str, contents: &[u8]) -> Option<ValetEvent> {
    ValetEvent::decode(&deployment(), &event(tag, contents.to_vec()))
}

fn address(byte: u8) -> Address {
    Address::new([byte; 32])
}

fn bytes<T: serde::Serialize>(value: &T) -> Vec<u8> {
    bcs::to_bytes(value).expect("BCS")
}

const DRAWN: &str = "0xa0::purse::PurseDrawn<0xd0::arena::Arena, 0x2::sui::SUI>";
const RENEWED: &str = "0xa0::session::SessionRenewed<0xd0::arena::Arena>";
const COUNTED: &str = "0xa0::session::CallCounted<0xd0::arena::Arena>";

fn drawn() -> Vec<u8> {
    let remainder = Some((70_u64, Some((5_u64, 6_u64))));
    bytes(&(
        address(1),
        address(2),
        address(3),
        4_u8,
        30_u64,
        10_u64,
        remainder,
    ))
}

#[test]
fn what_a_session_does_is_decoded_field_for_field() {
    assert_eq!(
        decode(DRAWN, &drawn()),
        Some(ValetEvent::PurseDrawn(PurseDrawn {
            storage: address(1),
            owner: address(2),
            actor: address(3),
            action: 4,
            coin_type: sui(),
            amount: 30,
            balance: 10,
            remainder: Some(Remainder {
                total: 70,
                window: Some(Bucket {
                    tokens: 5,
                    interval_start_ms: 6
                }),
            }),
        }))
    );
    let renewed = bytes(&(
        address(1),
        address(2),
        3_u64,
        address(4),
        address(5),
        6_u64,
        7_u64,
        8_u64,
    ));
    assert_eq!(
        decode(RENEWED, &renewed),
        Some(ValetEvent::SessionRenewed(SessionRenewed {
            storage: address(1),
            owner: address(2),
            generation: 3,
            previous_wallet: address(4),
            wallet: address(5),
            renewed_at_ms: 6,
            expires_at_ms: 7,
            remaining_renewals: 8,
        }))
    );
    let counted = bytes(&(
        address(1),
        address(2),
        3_u64,
        4_u8,
        Some(5_u64),
        None::<(u64, u64)>,
    ));
    assert_eq!(
        decode(COUNTED, &counted),
        Some(ValetEvent::CallCounted(CallCounted {
            storage: address(1),
            owner: address(2),
            generation: 3,
            action: 4,
            remaining_calls: Some(5),
            bucket: None,
        }))
    );
}

#[test]
fn what_happens_to_the_dapp_and_the_hub_is_decoded() {
    let changed = "0xa0::governance::FreeCreditChanged<0xd0::arena::Arena>";
    let contents = bytes(&(address(1), None::<(u64, u64)>, Some((5_u64, 6_u64))));
    assert_eq!(
        decode(changed, &contents),
        Some(ValetEvent::Dapp(DappEvent::FreeCreditChanged {
            previous: None,
            free_credit: Some(crate::FreeCredit {
                amount: 5,
                expires_at_ms: 6
            }),
        }))
    );
    let global = "0xa0::dapp_storage::GlobalRecordEmitted<0xd0::arena::Arena, u8, u16>";
    let contents = bytes(&(address(1), 2_u8, 3_u16, address(4), 5_u64, 6_u64));
    assert_eq!(
        decode(global, &contents),
        Some(ValetEvent::Dapp(DappEvent::GlobalRecordWritten {
            key_and_value: vec![2, 3, 0],
            change: RecordChange::Emitted,
            actor: address(4),
            free_credit_paid: 5,
            credit_paid: 6,
        }))
    );
    let migrated = "0xa0::dapp_hub::HubMigrated";
    let hub = deployment().hub.id;
    assert_eq!(
        decode(migrated, &bytes(&(hub, 1_u64, 2_u64))),
        Some(ValetEvent::Hub(HubEvent::Migrated {
            hub,
            previous: 1,
            version: 2
        }))
    );
    assert_eq!(decode(migrated, &bytes(&(address(1), 1_u64, 2_u64))), None);
}

#[test]
fn t17_a_look_alike_is_refused() {
    let contents = drawn();
    let tag = |package: &str, module: &str, name: &str, parameters: &str| {
        format!("{package}::{module}::{name}{parameters}")
    };
    let ours = "<0xd0::arena::Arena, 0x2::sui::SUI>";
    assert!(decode(&tag("0xa0", "purse", "PurseDrawn", ours), &contents).is_some());
    for look_alike in [
        // Another package, the package that is called but defines no type, another module, another name.
        tag("0xbad", "purse", "PurseDrawn", ours),
        tag("0xa1", "purse", "PurseDrawn", ours),
        tag("0xa0", "session", "PurseDrawn", ours),
        tag("0xa0", "purse", "PurseDrained", ours),
        // Another dApp, the dApp in another place, none at all, no coin.
        tag(
            "0xa0",
            "purse",
            "PurseDrawn",
            "<0xbad::arena::Arena, 0x2::sui::SUI>",
        ),
        tag(
            "0xa0",
            "purse",
            "PurseDrawn",
            "<0x2::sui::SUI, 0xd0::arena::Arena>",
        ),
        tag("0xa0", "purse", "PurseDrawn", ""),
        tag("0xa0", "purse", "PurseDrawn", "<0xd0::arena::Arena>"),
    ] {
        assert_eq!(decode(&look_alike, &contents), None, "{look_alike}");
    }
    for length in 0..contents.len() {
        assert_eq!(decode(DRAWN, &contents[..length]), None, "{length}");
    }
    let long = [contents.as_slice(), &[0]].concat();
    assert_eq!(decode(DRAWN, &long), None);
}
