//! What may be done with objects of every kind of ownership.

use sui_sdk_types::{Address, CommandArgumentError as E, ExecutionError, Input, Owner};

use super::{Fixture, SUCCESS, argument, fails_nowhere};
use crate::chain::{Builder, reference, succeeded};

#[test]
fn immutable_and_read_only_objects_are_only_read() {
    let f = Fixture::new();
    f.case(
        "frozen, read",
        |c| {
            let t = c.frozen();
            c.call("value", vec![t]);
        },
        &SUCCESS,
    );
    f.case(
        "frozen, changed",
        |c| {
            let (t, n) = (c.frozen(), c.b.pure(&1u64));
            c.call("set", vec![t, n]);
        },
        &argument(E::InvalidObjectByMutRef, 0, 0),
    );
    f.case(
        "frozen, taken",
        |c| {
            let t = c.frozen();
            c.call("delete", vec![t]);
        },
        &argument(E::InvalidObjectByValue, 0, 0),
    );
    f.case(
        "shared read-only, read",
        |c| {
            let t = c.shared(false);
            c.call("value", vec![t]);
        },
        &SUCCESS,
    );
    f.case(
        "shared read-only, changed",
        |c| {
            let (t, n) = (c.shared(false), c.b.pure(&1u64));
            c.call("set", vec![t, n]);
        },
        &argument(E::InvalidObjectByMutRef, 0, 0),
    );
    f.case(
        "shared read-only, taken",
        |c| {
            let t = c.shared(false);
            c.call("reshare", vec![t]);
        },
        &argument(E::InvalidObjectByValue, 0, 0),
    );
    f.case(
        "shared mutably, changed",
        |c| {
            let (t, n) = (c.shared(true), c.b.pure(&9u64));
            c.call("set", vec![t, n]);
        },
        &SUCCESS,
    );
}

#[test]
fn a_shared_object_stays_shared_or_is_deleted() {
    let f = Fixture::new();
    let refused = fails_nowhere(ExecutionError::ConsensusObjectOperationNotAllowed);
    f.case(
        "transferred",
        |c| {
            let (t, me) = (c.shared(true), c.me());
            c.b.transfer(vec![t], me);
        },
        &refused,
    );
    f.case(
        "frozen",
        |c| {
            let t = c.shared(true);
            c.call("freeze_thing", vec![t]);
        },
        &refused,
    );
    let before = *f.object(f.shared).owner();
    f.case(
        "shared again",
        |c| {
            let t = c.shared(true);
            c.call("reshare", vec![t]);
        },
        &SUCCESS,
    );
    assert_eq!(
        *f.object(f.shared).owner(),
        before,
        "the initial version stays"
    );
    f.case(
        "deleted",
        |c| {
            let t = c.shared(true);
            c.call("delete", vec![t]);
        },
        &SUCCESS,
    );
    assert_eq!(f.chain.ledger.object(&f.shared), None);
}

#[test]
fn only_what_has_store_is_transferred_by_command() {
    let f = Fixture::new();
    f.case(
        "without store",
        |c| {
            let pinned = c.fixture.object(c.fixture.pinned);
            let (pinned, me) = (c.b.object(&pinned), c.me());
            c.b.transfer(vec![pinned], me);
        },
        &argument(E::InvalidTransferObject, 0, 0),
    );
    f.case(
        "no object",
        |c| {
            let me = c.me();
            c.b.transfer(vec![me], me);
        },
        &argument(E::InvalidTransferObject, 0, 0),
    );
    f.case(
        "to something that is no address",
        |c| {
            let t = c.first();
            c.b.transfer(vec![t], t);
        },
        &argument(E::TypeMismatch, 1, 0),
    );
    let recipient = Address::from_static("0xbeef");
    f.case(
        "with store",
        |c| {
            let t = c.first();
            let to = c.b.pure(&recipient);
            c.b.transfer(vec![t], to);
        },
        &SUCCESS,
    );
    assert_eq!(*f.object(f.first).owner(), Owner::Address(recipient));
}

#[test]
fn an_object_sent_to_an_object_is_received() {
    let f = Fixture::new();
    f.case(
        "sent",
        |c| {
            let t = c.second();
            let to = c.b.pure(&c.fixture.first);
            c.b.transfer(vec![t], to);
        },
        &SUCCESS,
    );
    let sent = f.object(f.second);
    let mut b = Builder::default();
    let parent = b.object(&f.object(f.first));
    let ticket = b.input(Input::Receiving(reference(&sent)));
    let thing = b.call(
        (f.package, "calls", "receive"),
        vec![],
        vec![parent, ticket],
    );
    let me = b.pure(&f.chain.account.address);
    b.transfer(vec![thing], me);
    let executed = f.chain.run(b.finish());
    succeeded(&executed);
    let effects = executed.effects_v2().expect("V2");
    assert!(effects.dependencies.contains(&sent.previous_transaction()));
    assert!(effects.lamport_version > sent.version());
    assert_eq!(
        *f.object(f.second).owner(),
        Owner::Address(f.chain.account.address)
    );
    f.case(
        "a ticket as something else",
        |c| {
            let second = c.fixture.object(c.fixture.second);
            let ticket = c.b.input(Input::Receiving(reference(&second)));
            c.call("take_address", vec![ticket]);
        },
        &argument(E::TypeMismatch, 0, 0),
    );
}

#[test]
fn an_object_is_not_too_big() {
    let f = Fixture::new();
    let large = |bytes: u64| {
        let mut b = Builder::default();
        let bytes = b.pure(&bytes);
        let object = b.call((f.package, "calls", "large"), vec![], vec![bytes]);
        let me = b.pure(&f.chain.account.address);
        b.transfer(vec![object], me);
        let mut transaction = f.chain.transaction(b.finish());
        transaction.gas_payment.budget = 8_000_000_000;
        f.chain.execute(&transaction).expect("accepted")
    };
    // 32 bytes of id and 3 of length before the bytes.
    assert_eq!(*large(256_000 - 35).effects.status(), SUCCESS);
    let error = ExecutionError::ObjectTooBig {
        object_size: 256_001,
        max_object_size: 256_000,
    };
    assert_eq!(*large(256_000 - 34).effects.status(), fails_nowhere(error));
}

#[test]
fn an_object_of_a_party_is_its_owners_through_consensus() {
    let f = Fixture::new();
    let (package, _) = f.chain.publish("objects");
    let call = |b: &mut Builder, name: &str, arguments| {
        b.call((package, "things", name), vec![], arguments)
    };
    let mut b = Builder::default();
    let number = b.pure(&1u64);
    let me = b.pure(&f.chain.account.address);
    let thing = call(&mut b, "new", vec![number]);
    call(&mut b, "give_to_party", vec![thing, me]);
    let made = f.chain.run(b.finish());
    succeeded(&made);
    let thing = Address::derive_id(made.digest, 0);
    let start_version = made.effects_v2().expect("V2").lamport_version;
    let owner = Owner::ConsensusAddress {
        start_version,
        owner: f.chain.account.address,
    };
    assert_eq!(*f.object(thing).owner(), owner);

    // As a shared input, by its owner.
    let shared = Input::Shared(sui_sdk_types::SharedInput::new(thing, start_version, true));
    let mut b = Builder::default();
    let argument = b.input(shared.clone());
    let number = b.pure(&2u64);
    call(&mut b, "set", vec![argument, number]);
    succeeded(&f.chain.run(b.finish()));
    assert_eq!(*f.object(thing).owner(), owner, "the start version stays");

    // Nobody else.
    let stranger = crate::chain::Account::new(40);
    f.chain.fund(stranger.address, &[1_000_000_000]);
    let mut b = Builder::default();
    b.input(shared.clone());
    let mut transaction = f.chain.transaction(b.finish());
    transaction.sender = stranger.address;
    transaction.gas_payment.owner = stranger.address;
    transaction.gas_payment.objects = vec![reference(&f.chain.coins(stranger.address)[0])];
    assert_eq!(
        f.chain
            .ledger
            .execute(&transaction, &[stranger.sign(&transaction)]),
        Err(valet_localnet::ledger::Rejection::NotOwner {
            object: thing,
            owner: f.chain.account.address,
            signer: stranger.address
        })
    );

    // And away from consensus again.
    let mut b = Builder::default();
    let argument = b.input(shared);
    let me = b.pure(&f.chain.account.address);
    b.transfer(vec![argument], me);
    succeeded(&f.chain.run(b.finish()));
    assert_eq!(
        *f.object(thing).owner(),
        Owner::Address(f.chain.account.address)
    );
}
