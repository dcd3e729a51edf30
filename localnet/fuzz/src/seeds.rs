//! What every target begins with.

use prost::Message;
use prost_types::FieldMask;
use sui_rpc::proto::sui::rpc::v2::{self as proto, filter};
use sui_sdk_types::{
    Address, Argument, Command, FundsWithdrawal, Input, MakeMoveVector, MergeCoins, Owner,
    StructTag, Transaction, TypeTag, UserSignature, WithdrawFrom,
};

use crate::chain::{Builder, PRICE, compile, reference};
use crate::grpc::METHODS;
use crate::random::world::{World, clock, from_balance, object_input, publish};

/// The seeds of every target by its name.
#[must_use]
pub fn all() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let world = World::new();
    vec![
        ("bytecode", bytecode(&world)),
        (
            "transaction",
            transactions(&world).iter().map(encode).collect(),
        ),
        ("program", programs()),
        ("grpc", requests(&world)),
    ]
}

fn encode(transaction: &Transaction) -> Vec<u8> {
    bcs::to_bytes(transaction).expect("a transaction encodes")
}

/// Our own modules; the larger ones would only slow the target down.
fn bytecode(world: &World) -> Vec<Vec<u8>> {
    let tests = ["opcodes", "hostile", "upgrade/v1"].map(compile);
    tests
        .iter()
        .chain(&world.compiled)
        .flat_map(|package| package.modules.clone())
        .filter(|module| module.len() < 6_000)
        .collect()
}

fn transactions(world: &World) -> Vec<Transaction> {
    let [_, _, ptb, objects, ..] = world.packages[..] else {
        return Vec::new();
    };
    let mut programs = vec![Builder::default()];
    let mut program = |write: &dyn Fn(&mut Builder)| {
        let mut b = Builder::default();
        write(&mut b);
        programs.push(b);
    };
    let me = world.chain.account.address;
    program(&|b| {
        let (amount, to) = (b.pure(&5_u64), b.pure(&Address::TWO));
        let coin = b.split(Argument::Gas, vec![amount]);
        b.transfer(vec![coin], to);
    });
    program(&|b| {
        let (amount, to) = (b.pure(&5_u64), b.pure(&me));
        let coins: Vec<_> = (0..3)
            .map(|_| b.split(Argument::Gas, vec![amount]))
            .collect();
        b.command(Command::MergeCoins(MergeCoins {
            coin: coins[0],
            coins_to_merge: coins[1..].to_vec(),
        }));
        b.transfer(vec![coins[0]], to);
    });
    program(&|b| {
        let number = b.pure(&5_u64);
        let thing = b.call((ptb, "calls", "new"), vec![], vec![number]);
        b.call((ptb, "calls", "set"), vec![], vec![thing, number]);
        let type_ = Some(format!("{ptb}::calls::Thing").parse().expect("a type"));
        let things = b.command(Command::MakeMoveVector(MakeMoveVector {
            type_,
            elements: vec![thing],
        }));
        b.call((ptb, "calls", "delete_all"), vec![], vec![things]);
    });
    program(&|b| {
        let parent = b.call((objects, "fields", "new"), vec![], vec![]);
        let number = b.pure(&7_u64);
        b.call(
            (objects, "fields", "add"),
            vec![],
            vec![parent, number, number],
        );
        b.call(
            (objects, "fields", "write"),
            vec![],
            vec![parent, number, number],
        );
        b.call((objects, "fields", "remove"), vec![], vec![parent, number]);
        b.call((objects, "fields", "delete"), vec![], vec![parent]);
    });
    program(&|b| {
        let sui = TypeTag::from(StructTag::sui());
        let ours = FundsWithdrawal::new(7, sui.clone(), WithdrawFrom::Sender);
        let ours = b.input(Input::FundsWithdrawal(ours));
        let balance = b.call(
            (Address::TWO, "balance", "redeem_funds"),
            vec![sui.clone()],
            vec![ours],
        );
        let to = b.pure(&me);
        b.call(
            (Address::TWO, "balance", "send_funds"),
            vec![sui],
            vec![balance, to],
        );
    });
    // Everything that exists, touched.
    for (_, object) in &world.objects {
        program(&|b| {
            let argument = b.input(object_input(object, true));
            let (number, to) = (b.pure(&3_u64), b.pure(&me));
            let clock = clock(b);
            let name = object
                .as_struct()
                .map(|data| data.object_type().name().as_str());
            match (name, object.owner()) {
                (Some("Thing"), Owner::Shared(_)) => {
                    b.call((objects, "things", "set"), vec![], vec![argument, number])
                }
                (Some("Parent"), _) => {
                    b.call((objects, "fields", "read"), vec![], vec![argument, number])
                }
                (_, Owner::Address(_)) => b.transfer(vec![argument], to),
                _ => b.call((Address::TWO, "clock", "timestamp_ms"), vec![], vec![clock]),
            };
        });
    }
    program(&|b| {
        let cap = b.command(publish(&world.small));
        let to = b.pure(&me);
        b.transfer(vec![cap], to);
    });
    let mut transactions: Vec<_> = programs
        .into_iter()
        .map(|b| world.chain.transaction(b.finish()))
        .collect();
    let paid_by_balance: Vec<_> = transactions
        .iter()
        .take(4)
        .map(|transaction| from_balance(world, transaction.clone(), 5))
        .collect();
    transactions.extend(paid_by_balance);
    let mut two = transactions[0].clone();
    two.gas_payment.price = PRICE + 1;
    two.gas_payment.objects = world
        .chain
        .coins(me)
        .iter()
        .take(2)
        .map(|coin| reference(coin))
        .collect();
    transactions.push(two);
    transactions
}

/// Bytes of every shape: choices, that is.
fn programs() -> Vec<Vec<u8>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..256)
        .map(|index| {
            (0..64 + index % 128)
                .map(|_| next().to_le_bytes()[3])
                .collect()
        })
        .collect()
}

fn requests(world: &World) -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = (0..METHODS.len())
        .map(|method| vec![method as u8, 0])
        .collect();
    let mut add = |method: &str, message: Vec<u8>| {
        let suffix = format!("/{method}");
        let index = METHODS
            .iter()
            .position(|path| path.ends_with(&suffix))
            .expect("it exists");
        let mut seed = vec![index as u8, 0];
        seed.extend(message);
        seeds.push(seed);
    };
    let mask = |paths: &str| FieldMask {
        paths: paths.split(',').map(str::to_owned).collect(),
    };
    let checkpoint = world
        .chain
        .ledger
        .latest_checkpoint()
        .expect("a checkpoint");
    let executed = checkpoint.transactions.last().expect("a transaction");
    let number = checkpoint.sequence_number();

    let gas = world.chain.coins(world.chain.account.address);
    for object in world
        .objects
        .iter()
        .map(|(_, object)| object)
        .chain(gas.first())
    {
        let request =
            proto::GetObjectRequest::new(&object.object_id()).with_version(object.version());
        add(
            "GetObject",
            request.clone().with_read_mask(mask("*")).encode_to_vec(),
        );
        let batch = proto::BatchGetObjectsRequest::default()
            .with_requests(vec![request])
            .with_read_mask(mask("object_id,json,bcs.value"));
        add("BatchGetObjects", batch.encode_to_vec());
    }
    let transaction = proto::GetTransactionRequest::new(&executed.digest).with_read_mask(mask("*"));
    add("GetTransaction", transaction.encode_to_vec());
    let batch = proto::BatchGetTransactionsRequest::default()
        .with_digests(vec![executed.digest.to_string(); 2])
        .with_read_mask(mask("digest,effects,events.events.json"));
    add("BatchGetTransactions", batch.encode_to_vec());
    add(
        "GetCheckpoint",
        proto::GetCheckpointRequest::by_sequence_number(number)
            .with_read_mask(mask("*"))
            .encode_to_vec(),
    );
    add(
        "GetCheckpoint",
        proto::GetCheckpointRequest::by_digest(&checkpoint.digest).encode_to_vec(),
    );
    add(
        "GetEpoch",
        proto::GetEpochRequest::new(0)
            .with_read_mask(mask("*"))
            .encode_to_vec(),
    );

    let (_, _, ptb) = (world.packages[0], world.packages[1], world.packages[2]);
    let any = proto::TransactionFilter::any([
        proto::TransactionTerm::all([filter::transaction::sender(world.chain.account.address)]),
        proto::TransactionTerm::all([
            filter::transaction::package_write(),
            filter::transaction::move_call("0x2::coin::split"),
        ]),
    ]);
    for options in [
        proto::QueryOptions::default().with_limit(3),
        proto::QueryOptions::default()
            .with_limit(2)
            .with_ordering(proto::Ordering::Descending),
    ] {
        let from = number.saturating_sub(3);
        let list = proto::ListTransactionsRequest::default()
            .with_start_checkpoint(from)
            .with_end_checkpoint(number + 1);
        add(
            "ListTransactions",
            list.with_filter(any.clone())
                .with_options(options.clone())
                .with_read_mask(mask("*"))
                .encode_to_vec(),
        );
        let list = proto::ListCheckpointsRequest::default()
            .with_start_checkpoint(from)
            .with_options(options.clone());
        add(
            "ListCheckpoints",
            list.with_read_mask(mask("summary,digest")).encode_to_vec(),
        );
        let events =
            proto::EventFilter::matching(filter::event::event_type(format!("{ptb}::calls::Noted")));
        let list = proto::ListEventsRequest::default()
            .with_start_checkpoint(from)
            .with_options(options);
        add(
            "ListEvents",
            list.with_filter(events)
                .with_read_mask(mask("*"))
                .encode_to_vec(),
        );
    }
    add(
        "SubscribeTransactions",
        proto::SubscribeTransactionsRequest::default()
            .with_filter(any)
            .with_read_mask(mask("digest"))
            .encode_to_vec(),
    );
    add(
        "SubscribeCheckpoints",
        proto::SubscribeCheckpointsRequest::default()
            .with_read_mask(mask("*"))
            .encode_to_vec(),
    );
    let events = proto::EventFilter::matching(filter::event::sender(world.chain.account.address));
    add(
        "SubscribeEvents",
        proto::SubscribeEventsRequest::default()
            .with_filter(events)
            .encode_to_vec(),
    );

    let me = world.chain.account.address.to_string();
    for type_ in ["0x2::coin::Coin", "0x2::coin::Coin<0x2::sui::SUI>"] {
        let list = proto::ListOwnedObjectsRequest::default()
            .with_owner(me.clone())
            .with_object_type(type_);
        add(
            "ListOwnedObjects",
            list.with_page_size(3)
                .with_read_mask(mask("*"))
                .encode_to_vec(),
        );
    }
    for (_, object) in &world.objects {
        let list =
            proto::ListDynamicFieldsRequest::default().with_parent(object.object_id().to_string());
        add(
            "ListDynamicFields",
            list.with_page_size(2)
                .with_read_mask(mask("*"))
                .encode_to_vec(),
        );
    }
    let sui = "0x2::sui::SUI";
    add(
        "GetBalance",
        proto::GetBalanceRequest::default()
            .with_owner(me.clone())
            .with_coin_type(sui)
            .encode_to_vec(),
    );
    add(
        "ListBalances",
        proto::ListBalancesRequest::default()
            .with_owner(me.clone())
            .with_page_size(1)
            .encode_to_vec(),
    );
    add(
        "GetCoinInfo",
        proto::GetCoinInfoRequest::default()
            .with_coin_type(sui)
            .encode_to_vec(),
    );
    add(
        "GetPackage",
        proto::GetPackageRequest::new(&ptb).encode_to_vec(),
    );
    let datatype = proto::GetDatatypeRequest::default()
        .with_package_id(ptb.to_string())
        .with_module_name("calls")
        .with_name("Thing");
    add("GetDatatype", datatype.encode_to_vec());
    let function = proto::GetFunctionRequest::default()
        .with_package_id(ptb.to_string())
        .with_module_name("calls")
        .with_name("generic");
    add("GetFunction", function.encode_to_vec());
    add(
        "ListPackageVersions",
        proto::ListPackageVersionsRequest::default()
            .with_package_id("0x2")
            .encode_to_vec(),
    );
    add(
        "LookupName",
        proto::LookupNameRequest::default()
            .with_name("valet.sui")
            .encode_to_vec(),
    );
    add(
        "ReverseLookupName",
        proto::ReverseLookupNameRequest::default()
            .with_address(me.clone())
            .encode_to_vec(),
    );

    for transaction in transactions(world)
        .into_iter()
        .filter(|transaction| encode(transaction).len() < 1_500)
    {
        let signature = world.chain.account.sign(&transaction);
        let verify = proto::VerifySignatureRequest::default()
            .with_message(proto::Bcs::from(encode(&transaction)).with_name("TransactionData"))
            .with_signature(proto::UserSignature::from(signature.clone()));
        add("VerifySignature", verify.encode_to_vec());
        for message in messages(&transaction) {
            let simulate =
                proto::SimulateTransactionRequest::new(message.clone()).with_do_gas_selection(true);
            add(
                "SimulateTransaction",
                simulate.with_read_mask(mask("*")).encode_to_vec(),
            );
            let execute = proto::ExecuteTransactionRequest::new(message);
            add(
                "ExecuteTransaction",
                signed(execute, &signature)
                    .with_read_mask(mask("*"))
                    .encode_to_vec(),
            );
        }
    }
    seeds
}

fn signed(
    request: proto::ExecuteTransactionRequest,
    signature: &UserSignature,
) -> proto::ExecuteTransactionRequest {
    request.with_signatures(vec![signature.clone().into()])
}

/// A transaction as bytes, in parts, and in parts that the server has to complete.
fn messages(transaction: &Transaction) -> Vec<proto::Transaction> {
    let whole = proto::Transaction::from(transaction.clone());
    let mut parts = whole.clone();
    parts.bcs = None;
    let mut bytes = proto::Transaction::default();
    bytes.bcs = Some(proto::Bcs::from(encode(transaction)));
    let mut open = parts.clone();
    open.gas_payment = None;
    for input in &mut open.kind_mut().programmable_transaction_mut().inputs {
        input.version = None;
        input.digest = None;
        input.kind = None;
    }
    vec![parts, bytes, open]
}
