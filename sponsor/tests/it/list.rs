//! Claims: the whole transaction is compared with the list before anything is signed; the gas coin and the sponsor's balance
//! are out of reach; price, budget and transactions that would fail are refused. (D11; threats 11, 12.)

use std::collections::BTreeSet;

use sui_sdk_types::{
    Address, Argument, Command, FundsWithdrawal, Input, MakeMoveVector, MergeCoins,
    ProgrammableTransaction, Publish, SplitCoins, StructTag, TransferObjects, TypeTag, Upgrade,
    WithdrawFrom,
};
use valet_client::{Owner as _, Sponsor as _, SponsorRefusal, Violation, ptb};
use valet_sponsor::{Extra, GasSource, ObjectRule, Policy, Rule, Service, SqliteBook};

use crate::stage::{PLENTY, SUI, Stage, refusal, violation};

const EXTRAS: [Extra; 7] = [
    Extra::TransferObjects,
    Extra::SplitCoins,
    Extra::MergeCoins,
    Extra::MakeMoveVector,
    Extra::Publish,
    Extra::Upgrade,
    Extra::SenderWithdrawal,
];

fn lenient(stage: &Stage) -> Policy {
    EXTRAS.into_iter().fold(stage.policy(), Policy::with_extra)
}

fn sponsor(stage: &Stage, policy: Policy) -> Service {
    let book = SqliteBook::in_memory().expect("a book");
    stage.sponsor_of(GasSource::AddressBalance, policy, Stage::limits(), book)
}

/// Every way to name the gas coin.
fn uses_of_gas() -> Vec<Command> {
    let (gas, pure) = (Argument::Gas, Argument::Input(0));
    vec![
        Command::TransferObjects(TransferObjects {
            objects: vec![pure, gas],
            address: pure,
        }),
        Command::TransferObjects(TransferObjects {
            objects: vec![pure],
            address: gas,
        }),
        Command::SplitCoins(SplitCoins {
            coin: gas,
            amounts: vec![pure],
        }),
        Command::SplitCoins(SplitCoins {
            coin: pure,
            amounts: vec![gas],
        }),
        Command::MergeCoins(MergeCoins {
            coin: gas,
            coins_to_merge: vec![pure],
        }),
        Command::MergeCoins(MergeCoins {
            coin: pure,
            coins_to_merge: vec![pure, gas],
        }),
        Command::MakeMoveVector(MakeMoveVector {
            type_: None,
            elements: vec![gas],
        }),
        Command::Upgrade(Upgrade {
            modules: vec![vec![0]],
            dependencies: vec![],
            package: Address::TWO,
            ticket: gas,
        }),
    ]
}

#[tokio::test]
async fn t12_the_gas_coin_is_refused_wherever_it_is_used() {
    let stage = Stage::set().await;
    let service = sponsor(&stage, lenient(&stage));
    let (session, _) = stage.onboard(&service).await;
    let signed = stage.payer.signatures();
    let mut step = stage.step(0).await;
    let command = step.commands.len();
    for stolen in uses_of_gas() {
        let mut ptb = step.clone();
        ptb.commands.push(stolen.clone());
        let request = stage.request(&session, ptb).await;
        let expected = Violation::GasCoin { command };
        assert_eq!(
            violation(service.sponsor(&request).await),
            expected,
            "{stolen:?}"
        );
    }
    // As an argument of a call that is on the list.
    let Command::MoveCall(call) = &mut step.commands[0] else {
        panic!("a call")
    };
    call.arguments.push(Argument::Gas);
    let request = stage.request(&session, step).await;
    let expected = Violation::GasCoin { command: 0 };
    assert_eq!(violation(service.sponsor(&request).await), expected);
    assert_eq!(stage.payer.signatures(), signed, "nothing was signed");
}

#[tokio::test]
async fn t12_the_sponsors_balance_is_out_of_reach() {
    let stage = Stage::set().await;
    let service = sponsor(&stage, lenient(&stage));
    let (session, _) = stage.onboard(&service).await;
    let signed = stage.payer.signatures();
    let sui = TypeTag::from(StructTag::sui());
    for source in [
        WithdrawFrom::Sponsor,
        WithdrawFrom::SenderAllowance {
            funder: stage.payer.address(),
            allowance: Address::TWO,
        },
    ] {
        let mut ptb = stage.step(0).await;
        let input = ptb.inputs.len();
        let withdrawal = FundsWithdrawal::new(SUI, sui.clone(), source);
        ptb.inputs.push(Input::FundsWithdrawal(withdrawal));
        let request = stage.request(&session, ptb).await;
        assert_eq!(
            violation(service.sponsor(&request).await),
            Violation::Withdrawal { input }
        );
    }
    // The sender's own only where the list says so.
    let mut ptb = stage.step(0).await;
    let withdrawal = FundsWithdrawal::new(SUI, sui, WithdrawFrom::Sender);
    ptb.inputs.push(Input::FundsWithdrawal(withdrawal));
    let strict = stage.sponsor();
    let request = stage.request(&session, ptb).await;
    assert!(matches!(
        violation(strict.sponsor(&request).await),
        Violation::Withdrawal { .. }
    ));
    assert_eq!(stage.payer.signatures(), signed, "nothing was signed");
}

#[tokio::test]
async fn t12_the_sponsor_as_sender_would_sign_away_its_own() {
    let stage = Stage::set().await;
    let service = sponsor(&stage, lenient(&stage));
    stage.onboard(&service).await;
    let signed = stage.payer.signatures();
    // One signature would stand for both: anything that the sponsor owns could be moved.
    let request = stage
        .bare_request(service.address(), stage.step(0).await)
        .await;
    assert_eq!(
        refusal(service.sponsor(&request).await),
        SponsorRefusal::SenderIsSponsor
    );
    let proven = stage.request(&stage.payer, stage.step(0).await).await;
    assert_eq!(
        refusal(service.sponsor(&proven).await),
        SponsorRefusal::SenderIsSponsor
    );
    assert_eq!(stage.payer.signatures(), signed, "nothing was signed");
}

#[tokio::test]
async fn d11_what_is_not_on_the_list_is_refused_behind_what_is() {
    let stage = Stage::set().await;
    let service = stage.sponsor();
    let (session, _) = stage.onboard(&service).await;
    let signed = stage.payer.signatures();
    let deployment = stage.deployment();
    let step = stage.step(0).await;
    let behind = |smuggled: ProgrammableTransaction| {
        ptb::prepend(step.clone(), smuggled).expect("a transaction")
    };
    let refused = async |ptb: ProgrammableTransaction| {
        let request = stage.request(&session, ptb).await;
        violation(service.sponsor(&request).await)
    };
    // Another function of the module that is on the list, another module, another package.
    let rename = stage
        .valet
        .call("arena", "rename")
        .dapp()
        .storage()
        .arg("X");
    let rename = ptb::calls(deployment, stage.storage().await, &[rename]).expect("a call");
    assert!(matches!(
        refused(behind(rename)).await,
        Violation::Call { command: 1, .. }
    ));
    for (package, module, function) in [
        (deployment.dapp_package, "other", "step"),
        (Address::TWO, "arena", "step"),
        (deployment.valet_package, "purse", "withdraw"),
    ] {
        let mut other = ptb::PtbBuilder::new();
        let called = other.move_call(package, module, function, vec![], vec![]);
        called.expect("a call");
        let found = refused(behind(other.finish())).await;
        assert!(
            matches!(found, Violation::Call { command: 1, .. }),
            "{found:?}"
        );
    }
    // The right function for another dApp's type.
    let mut foreign = ptb::deactivate(deployment, stage.storage().await).expect("a transaction");
    let Command::MoveCall(call) = &mut foreign.commands[0] else {
        panic!("a call")
    };
    call.type_arguments = vec![TypeTag::U8];
    assert!(matches!(
        refused(behind(foreign)).await,
        Violation::Call { command: 1, .. }
    ));
    // Commands that are not calls.
    let pure = Argument::Input(0);
    for (command, kind) in [
        (
            Command::Publish(Publish {
                modules: vec![vec![0]],
                dependencies: vec![],
            }),
            "publish",
        ),
        (
            Command::TransferObjects(TransferObjects {
                objects: vec![Argument::Result(0)],
                address: pure,
            }),
            "transfer-objects",
        ),
        (
            Command::MakeMoveVector(MakeMoveVector {
                type_: None,
                elements: vec![pure],
            }),
            "make-move-vector",
        ),
    ] {
        let mut ptb = step.clone();
        ptb.commands.push(command);
        let kind = kind.to_owned();
        assert_eq!(refused(ptb).await, Violation::Command { command: 1, kind });
    }
    // Nothing at all, and too much of what is allowed.
    let mut empty = step.clone();
    empty.commands.clear();
    assert_eq!(refused(empty).await, Violation::Empty);
    let mut long = step.clone();
    long.commands = vec![step.commands[0].clone(); 17];
    assert!(matches!(
        refused(long).await,
        Violation::TooLarge {
            found: 17,
            max: 16,
            ..
        }
    ));
    let mut large = step.clone();
    large.inputs.push(Input::Pure(vec![0; 16 * 1024]));
    assert!(matches!(
        refused(large).await,
        Violation::TooLarge { max: 16_384, .. }
    ));
    assert_eq!(stage.payer.signatures(), signed, "nothing was signed");
}

#[tokio::test]
async fn d11_objects_are_held_to_ids_and_types() {
    let stage = Stage::set().await;
    let (session, _) = stage.onboard(&stage.sponsor()).await;
    let game = stage.deployment().dapp_package;
    let held = |argument, ids: Option<Address>, object_type| {
        let ids = ids.map(|id| BTreeSet::from([id]));
        let rule = Rule::module(game, "arena").with_object(ObjectRule {
            argument,
            ids,
            object_type,
        });
        sponsor(&stage, Policy::new([rule]))
    };
    let step = stage.step(0).await;
    let Command::MoveCall(call) = &step.commands[0] else {
        panic!("a call")
    };
    // `step` takes the dApp, the storage, a direction and the clock.
    assert_eq!(call.arguments.len(), 4);
    let storage = stage.storage().await.id;
    let storage_type = stage.deployment().storage_type();
    let asked = async |service: Service| {
        let request = stage.request(&session, step.clone()).await;
        service.sponsor(&request).await
    };
    asked(held(1, Some(storage), None))
        .await
        .expect("this storage");
    asked(held(1, None, Some(storage_type.clone())))
        .await
        .expect("this type");
    for service in [
        held(1, Some(Address::TWO), None),
        held(1, None, Some(StructTag::sui())),
        held(0, None, Some(storage_type)),
        // A value is no object, and neither is an argument that is not there.
        held(2, None, None),
        held(9, None, None),
    ] {
        assert!(matches!(
            violation(asked(service).await),
            Violation::Object { command: 0, .. }
        ));
    }
}

#[tokio::test]
async fn t11_a_sponsors_gas_is_capped_in_price_and_budget() {
    let stage = Stage::set().await;
    let (session, _) = stage.onboard(&stage.sponsor()).await;
    let step = stage.step(0).await;
    let price = stage.valet.network().gas_price().await;
    // The sponsor's cap on the price, and the client's.
    let strict = stage.sponsor_with(Stage::limits().with_max_price(price - 1));
    let cap = price - 1;
    let refused = SponsorRefusal::PriceTooHigh { price, cap };
    let mut request = stage.request(&session, step.clone()).await;
    assert_eq!(refusal(strict.sponsor(&request).await), refused);
    request.max_price = cap;
    request.proof = None;
    let open = stage.sponsor_with(Stage::limits().with_unproven_per_day(PLENTY));
    assert_eq!(refusal(open.sponsor(&request).await), refused);
    // The budget: neither of them pays more than it accepts, and what is asked for is not what is given.
    let request = stage.request(&session, step.clone()).await;
    let given = open.sponsor(&request).await.expect("signed").transaction;
    assert!(given.gas_payment.budget < request.max_budget / 4);
    assert_eq!(given.gas_payment.price, price);
    let mut request = stage.bare_request(session.address(), step.clone()).await;
    request.max_budget = 1_000;
    let cap = 1_000;
    assert!(matches!(
        refusal(open.sponsor(&request).await),
        SponsorRefusal::BudgetTooHigh { needed, cap: found } if needed > cap && found == cap
    ));
    let poor = stage.sponsor_with(Stage::limits().with_max_budget(price * 1_000));
    let request = stage.request(&session, step).await;
    let refused = refusal(poor.sponsor(&request).await);
    assert!(
        matches!(refused, SponsorRefusal::BudgetTooHigh { .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn t11_a_sponsor_burns_no_gas_on_what_would_fail() {
    let stage = Stage::set().await;
    let service = stage.sponsor();
    let (session, _) = stage.onboard(&service).await;
    let signed = stage.payer.signatures();
    let nowhere = stage.valet.call("arena", "step").dapp().storage();
    let calls = [nowhere.arg(&9_u8).clock()];
    let failing = ptb::calls(stage.deployment(), stage.storage().await, &calls);
    let request = stage
        .request(&session, failing.expect("a transaction"))
        .await;
    let refused = refusal(service.sponsor(&request).await);
    assert!(
        matches!(refused, SponsorRefusal::WouldFail { .. }),
        "{refused:?}"
    );
    assert_eq!(stage.payer.signatures(), signed, "nothing was signed");
}

#[tokio::test]
async fn t11_a_sponsor_signs_for_its_own_chain_and_for_now() {
    let stage = Stage::set().await;
    let service = stage.sponsor_with(Stage::limits().with_unproven_per_day(PLENTY));
    let (session, _) = stage.onboard(&service).await;
    let step = stage.step(0).await;
    let mut elsewhere = stage.bare_request(session.address(), step.clone()).await;
    elsewhere.chain_id = sui_sdk_types::Digest::new([9; 32]);
    assert!(matches!(
        refusal(service.sponsor(&elsewhere).await),
        SponsorRefusal::WrongChain { .. }
    ));
    let late = stage.bare_request(session.address(), step.clone()).await;
    for _ in 0..2 {
        stage.localnet.ledger().advance_epoch().expect("an epoch");
    }
    assert!(matches!(
        refusal(service.sponsor(&late).await),
        SponsorRefusal::Expired { .. }
    ));
    // However long the sender would wait, the signature ends with the next epoch.
    let mut patient = stage.bare_request(session.address(), step).await;
    patient.max_epoch = u64::MAX;
    let given = service.sponsor(&patient).await.expect("signed");
    let epoch = stage.localnet.ledger().epoch().epoch;
    let mut now = patient.clone();
    now.max_epoch = epoch + 1;
    assert_eq!(given.transaction.expiration, now.expiration(epoch));
    given.verify(&patient, service.address()).expect("as asked");
}
