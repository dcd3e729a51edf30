//! Claims: every operation is the intended list of commands, and its bytes are pinned.

mod prepend;

use sui_sdk_types::{
    Address, Argument, Command, Digest, GasPayment, Input, Mutability, ObjectReference,
    ProgrammableTransaction, SharedInput, SplitCoins, StructTag, Transaction,
    TransactionExpiration, TransactionKind, TransferObjects,
};

use super::*;
use crate::{AccountCard, Allowance, Grant, RateLimit, Terms};

/// The bytes of each operation, as `name hex` lines.
const GOLDEN: &str = include_str!("golden.txt");

fn deployment() -> Deployment {
    let shared = |id: &'static str, initial_version| SharedObject {
        id: Address::from_static(id),
        initial_version,
    };
    Deployment {
        chain_id: Digest::new([9; 32]),
        valet_package: Address::from_static("0xa1"),
        valet_types: Address::from_static("0xa0"),
        hub: shared("0xb0", 3),
        dapp_package: Address::from_static("0xd0"),
        dapp_type: "0xd0::arena::Arena".parse::<StructTag>().expect("a type"),
        dapp: shared("0xd1", 5),
        dapp_storage: shared("0xd2", 5),
    }
}

fn storage() -> SharedObject {
    SharedObject {
        id: Address::from_static("0xe0"),
        initial_version: 8,
    }
}

fn session() -> Address {
    Address::from_static("0x5e")
}

fn step() -> Call {
    Call::new(Address::from_static("0xd0"), "arena", "step")
        .dapp()
        .storage()
        .arg(&2u8)
        .clock()
}

fn hour() -> Terms {
    granted(Grant::all_session_actions())
}

fn granted(grant: Grant) -> Terms {
    Terms::lasting(std::time::Duration::from_secs(3_600), grant)
}

/// A transaction as text: its inputs, then its commands.
fn show(ptb: &ProgrammableTransaction) -> String {
    let input = |input: &Input| match input {
        Input::Pure(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        Input::Shared(shared) => format!(
            "{}@{}{}",
            short(shared.object_id()),
            shared.version(),
            match shared.mutability() {
                Mutability::Mutable => " mut",
                _ => "",
            }
        ),
        Input::FundsWithdrawal(withdrawal) => format!("withdraw {:?}", withdrawal.amount()),
        other => format!("{other:?}"),
    };
    let argument = |argument: &Argument| match argument {
        Argument::Gas => "gas".to_owned(),
        Argument::Input(index) => format!("i{index}"),
        Argument::Result(index) => format!("r{index}"),
        Argument::NestedResult(index, nested) => format!("r{index}.{nested}"),
    };
    let list =
        |arguments: &[Argument]| arguments.iter().map(argument).collect::<Vec<_>>().join(" ");
    let command = |command: &Command| match command {
        Command::MoveCall(call) => format!(
            "{}::{}::{} <{}> {}",
            short(call.package),
            call.module,
            call.function,
            call.type_arguments
                .iter()
                .map(|tag| tag.to_string().replace(&"0".repeat(60), ""))
                .collect::<Vec<_>>()
                .join(","),
            list(&call.arguments)
        ),
        Command::SplitCoins(split) => {
            format!("split {} {}", argument(&split.coin), list(&split.amounts))
        }
        Command::TransferObjects(transfer) => {
            format!(
                "transfer {} to {}",
                list(&transfer.objects),
                argument(&transfer.address)
            )
        }
        Command::MergeCoins(merge) => {
            format!(
                "merge {} into {}",
                list(&merge.coins_to_merge),
                argument(&merge.coin)
            )
        }
        other => format!("{other:?}"),
    };
    let inputs = ptb
        .inputs
        .iter()
        .map(input)
        .enumerate()
        .map(|(i, text)| format!("i{i} {text}"));
    let commands = ptb
        .commands
        .iter()
        .map(command)
        .enumerate()
        .map(|(i, text)| format!("r{i} {text}"));
    inputs
        .chain(commands)
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

fn short(address: Address) -> String {
    let hex = address.to_hex();
    format!("0x{}", hex.trim_start_matches("0x").trim_start_matches('0'))
}

/// Asserts what a transaction says, and its bytes.
fn assert_golden(name: &str, ptb: &ProgrammableTransaction, listing: &str) {
    let trimmed: Vec<&str> = listing.trim().lines().map(str::trim).collect();
    assert_eq!(show(ptb), trimmed.join("\n"), "{name}");
    let bytes = bcs::to_bytes(&TransactionKind::ProgrammableTransaction(ptb.clone())).expect("BCS");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let golden = GOLDEN
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        .unwrap_or("missing");
    assert_eq!(hex, golden, "{name}");
}

#[test]
fn onboarding_is_one_transaction() {
    let join = Call::new(Address::from_static("0xd0"), "arena", "join")
        .dapp()
        .storage()
        .clock();
    let terms = granted(Grant::actions([1, 0]).with_max_debt(50));
    let float = Float {
        mist: 7,
        source: FundSource::GasCoin,
        kind: FloatKind::AddressBalance,
    };
    let ptb =
        onboard(&deployment(), session(), &terms, &[join], Some(float)).expect("a transaction");
    assert_golden(
        "onboard",
        &ptb,
        "
        i0 0xd1@5
        i1 0xd2@5 mut
        i2 0xb0@3
        i3 000000000000000000000000000000000000000000000000000000000000005e
        i4 80ee360000000000
        i5 00
        i6 01
        i7 3200000000000000
        i8 0x6@1
        i9 0700000000000000
        i10 000000000000000000000000000000000000000000000000000000000000005e
        r0 0xa1::user_storage::create <0x00d0::arena::Arena> i0 i1
        r1 0xa1::grant::new <>
        r2 0xa1::grant::allow_action <> r1 i5
        r3 0xa1::grant::allow_action <> r2 i6
        r4 0xa1::grant::with_max_debt <> r3 i7
        r5 0xa1::session::activate <0x00d0::arena::Arena> i2 r0 i3 i4 r4 i8
        r6 0xd0::arena::join <> i0 r0 i8
        r7 0xa1::user_storage::share <0x00d0::arena::Arena> r0
        r8 split gas i9
        r9 0x2::coin::send_funds <0x0002::sui::SUI> r8.0 i10
    ",
    );
}

#[test]
fn a_plain_session_uses_the_plain_call() {
    let float = Float {
        mist: 7,
        source: FundSource::AddressBalance,
        kind: FloatKind::Coin,
    };
    let ptb =
        activate(&deployment(), storage(), session(), &hour(), Some(float)).expect("a transaction");
    assert_golden(
        "activate",
        &ptb,
        "
        i0 0xe0@8 mut
        i1 0xb0@3
        i2 000000000000000000000000000000000000000000000000000000000000005e
        i3 80ee360000000000
        i4 0x6@1
        i5 withdraw Some(7)
        i6 000000000000000000000000000000000000000000000000000000000000005e
        r0 0xa1::session::activate_session <0x00d0::arena::Arena> i1 i0 i2 i3 i4
        r1 0x2::coin::redeem_funds <0x0002::sui::SUI> i5
        r2 transfer r1 to i6
    ",
    );
}

#[test]
fn limits_on_a_plain_session_are_composed() {
    let terms = granted(Grant::all_session_actions().with_max_debt(9));
    let ptb = activate(&deployment(), storage(), session(), &terms, None).expect("a transaction");
    assert_golden(
        "activate-all-limited",
        &ptb,
        "
        i0 0xe0@8 mut
        i1 0xb0@3
        i2 000000000000000000000000000000000000000000000000000000000000005e
        i3 80ee360000000000
        i4 0900000000000000
        i5 0x6@1
        r0 0xa1::grant::all_session_actions <>
        r1 0xa1::grant::with_max_debt <> r0 i4
        r2 0xa1::session::activate <0x00d0::arena::Arena> i1 i0 i2 i3 r1 i5
    ",
    );
}

#[test]
fn ending_a_session_needs_only_the_storage_and_the_clock() {
    let ptb = deactivate(&deployment(), storage()).expect("a transaction");
    assert_golden(
        "deactivate",
        &ptb,
        "
        i0 0xe0@8 mut
        i1 0x6@1
        r0 0xa1::session::deactivate_session <0x00d0::arena::Arena> i0 i1
    ",
    );
}

#[test]
fn settling_takes_both_storages() {
    let ptb = settle(&deployment(), storage()).expect("a transaction");
    assert_golden(
        "settle",
        &ptb,
        "
        i0 0xd2@5 mut
        i1 0xe0@8 mut
        i2 0x6@1
        r0 0xa1::settlement::settle_writes <0x00d0::arena::Arena> i0 i1 i2
    ",
    );
}

#[test]
fn recharging_takes_a_coin() {
    let ptb = recharge(&deployment(), 1_000, FundSource::GasCoin).expect("a transaction");
    assert_golden(
        "recharge",
        &ptb,
        "
        i0 0xd2@5 mut
        i1 e803000000000000
        r0 split gas i1
        r1 0xa1::dapp_storage::recharge <0x00d0::arena::Arena> i0 r0.0
    ",
    );
}

#[test]
fn every_limit_is_composed_in_the_same_transaction() {
    use std::time::Duration;

    let allowance = Allowance::new(9)
        .with_max_per_call(3)
        .with_window(5, Duration::from_secs(1));
    let grant = Grant::actions([2])
        .with_max_calls(40)
        .with_rate_limit(RateLimit::new(6, 2, Duration::from_millis(500)))
        .allow_coin(sui(), allowance)
        .allow_coin(
            "0xc0::gold::GOLD".parse().expect("a type"),
            Allowance::new(1),
        )
        .with_renewals(4, 77);
    let terms = granted(grant);
    let ptb = activate(&deployment(), storage(), session(), &terms, None).expect("a transaction");
    assert_golden(
        "activate-all-limits",
        &ptb,
        "
        i0 0xe0@8 mut
        i1 0xb0@3
        i2 000000000000000000000000000000000000000000000000000000000000005e
        i3 80ee360000000000
        i4 02
        i5 2800000000000000
        i6 0600000000000000
        i7 0200000000000000
        i8 f401000000000000
        i9 0900000000000000
        i10 0300000000000000
        i11 0500000000000000
        i12 e803000000000000
        i13 0100000000000000
        i14 0400000000000000
        i15 4d00000000000000
        i16 0x6@1
        r0 0xa1::grant::new <>
        r1 0xa1::grant::allow_action <> r0 i4
        r2 0xa1::grant::with_max_calls <> r1 i5
        r3 0xa1::grant::with_rate_limit <> r2 i6 i7 i8
        r4 0xa1::allowance::new <> i9
        r5 0xa1::allowance::with_max_per_call <> r4 i10
        r6 0xa1::allowance::with_window <> r5 i11 i12
        r7 0xa1::grant::allow_coin <0x0002::sui::SUI> r3 r6
        r8 0xa1::allowance::new <> i13
        r9 0xa1::grant::allow_coin <0x00c0::gold::GOLD> r7 r8
        r10 0xa1::grant::with_renewals <> r9 i14 i15
        r11 0xa1::session::activate <0x00d0::arena::Arena> i1 i0 i2 i3 r10 i16
    ",
    );
}

#[test]
fn a_renewal_takes_the_float_along() {
    let renewed = |next| renew(&deployment(), storage(), session(), 60_000, next);
    let inputs = "
        i0 0xb0@3
        i1 0xe0@8 mut
        i2 000000000000000000000000000000000000000000000000000000000000005e
        i3 60ea000000000000
        i4 0x6@1";
    let call = "r0 0xa1::session::renew <0x00d0::arena::Arena> i0 i1 i2 i3 i4";
    let same = renewed(NextKey::Same).expect("a transaction");
    assert_golden("renew", &same, &format!("{inputs}\n{call}"));
    let whole = renewed(NextKey::GasCoin).expect("a transaction");
    let key = "i5 000000000000000000000000000000000000000000000000000000000000005e";
    assert_golden(
        "renew-with-coin",
        &whole,
        &format!("{inputs}\n{key}\n{call}\nr1 transfer gas to i5"),
    );
    let float = Float {
        mist: 7,
        source: FundSource::AddressBalance,
        kind: FloatKind::AddressBalance,
    };
    let moved = renewed(NextKey::Float(float)).expect("a transaction");
    assert_golden(
        "renew-with-float",
        &moved,
        &format!(
            "{inputs}
            i5 withdraw Some(7)
            {}
            {call}
            r1 0x2::coin::redeem_funds <0x0002::sui::SUI> i5
            r2 0x2::coin::send_funds <0x0002::sui::SUI> r1 i6",
            key.replace("i5", "i6")
        ),
    );
}

#[test]
fn sessions_of_many_dapps_end_in_one_transaction() {
    let account = |dapp: &str, id| {
        let storage = SharedObject {
            id: Address::from_static(id),
            initial_version: 8,
        };
        let card = AccountCard {
            id: Address::ZERO,
            storage: storage.id,
            dapp_type: dapp.parse().expect("a type"),
        };
        (card, storage)
    };
    let accounts = [
        account("0xd0::arena::Arena", "0xe0"),
        account("0xd9::shop::Shop", "0xe9"),
    ];
    let ptb = revoke_all(deployment().valet_package, &accounts).expect("a transaction");
    assert_golden(
        "revoke-all",
        &ptb,
        "
        i0 0xe0@8 mut
        i1 0x6@1
        i2 0xe9@8 mut
        r0 0xa1::session::revoke_if_active <0x00d0::arena::Arena> i0 i1
        r1 0xa1::session::revoke_if_active <0x00d9::shop::Shop> i2 i1
    ",
    );
}

#[test]
fn a_purse_takes_coins_from_anywhere_and_gives_to_its_owner() {
    let deposited = |source| deposit(&deployment(), storage(), &sui(), 7, &source);
    let split = deposited(CoinSource::GasCoin).expect("a transaction");
    assert_golden(
        "deposit",
        &split,
        "
        i0 0xe0@8 mut
        i1 0700000000000000
        r0 split gas i1
        r1 0xa1::purse::deposit <0x00d0::arena::Arena,0x0002::sui::SUI> i0 r0.0
    ",
    );
    let balance = deposited(CoinSource::AddressBalance).expect("a transaction");
    assert_golden(
        "deposit-balance",
        &balance,
        "
        i0 0xe0@8 mut
        i1 withdraw Some(7)
        r0 0x2::coin::redeem_funds <0x0002::sui::SUI> i1
        r1 0xa1::purse::deposit <0x00d0::arena::Arena,0x0002::sui::SUI> i0 r0
    ",
    );
    let coin = |id| ObjectInput::from(ObjectReference::new(id, 3, Digest::ZERO));
    let coins = vec![coin(Address::TWO), coin(Address::THREE)];
    let joined = deposited(CoinSource::Coins(coins)).expect("a transaction");
    assert_eq!(joined.commands.len(), 3, "merge, split, deposit");
    let none = deposited(CoinSource::Coins(vec![]));
    assert_eq!(none, Err(PtbError::NoCoins));

    let some = withdraw(&deployment(), storage(), &sui(), 7).expect("a transaction");
    assert_golden(
        "withdraw",
        &some,
        "
        i0 0xe0@8 mut
        i1 0700000000000000
        r0 0xa1::purse::withdraw <0x00d0::arena::Arena,0x0002::sui::SUI> i0 i1
    ",
    );
    let gold = "0xc0::gold::GOLD".parse().expect("a type");
    let all = withdraw_all(&deployment(), storage(), &[sui(), gold]).expect("a transaction");
    assert_golden(
        "withdraw-all",
        &all,
        "
        i0 0xe0@8 mut
        r0 0xa1::purse::withdraw_all <0x00d0::arena::Arena,0x0002::sui::SUI> i0
        r1 0xa1::purse::withdraw_all <0x00d0::arena::Arena,0x00c0::gold::GOLD> i0
    ",
    );
}

#[test]
fn a_user_pays_for_writes_and_gets_the_change() {
    let paid = |source| settle_with_coin(&deployment(), storage(), 7, source, session());
    let from_coin = paid(FundSource::GasCoin).expect("a transaction");
    assert_golden(
        "settle-with-coin",
        &from_coin,
        "
        i0 0xd2@5 mut
        i1 0xe0@8 mut
        i2 0700000000000000
        i3 0x6@1
        r0 split gas i2
        r1 0xa1::settlement::settle_writes_with_coin <0x00d0::arena::Arena> i0 i1 r0.0 i3
        r2 merge r1 into gas
    ",
    );
    let from_balance = paid(FundSource::AddressBalance).expect("a transaction");
    assert_golden(
        "settle-with-balance",
        &from_balance,
        "
        i0 0xd2@5 mut
        i1 0xe0@8 mut
        i2 withdraw Some(7)
        i3 0x6@1
        i4 000000000000000000000000000000000000000000000000000000000000005e
        r0 0x2::coin::redeem_funds <0x0002::sui::SUI> i2
        r1 0xa1::settlement::settle_writes_with_coin <0x00d0::arena::Arena> i0 i1 r0 i3
        r2 0x2::coin::send_funds <0x0002::sui::SUI> r1 i4
    ",
    );
    let from_purse = settle_with_purse(&deployment(), storage()).expect("a transaction");
    assert_golden(
        "settle-with-purse",
        &from_purse,
        "
        i0 0xd2@5 mut
        i1 0xe0@8 mut
        i2 0x6@1
        r0 0xa1::settlement::settle_writes_with_purse <0x00d0::arena::Arena> i0 i1 i2
    ",
    );
}

#[test]
fn administrators_refund_and_give_credit() {
    let cap = ObjectInput::from(ObjectReference::new(Address::TWO, 3, Digest::ZERO));
    let calls = |ptb: ProgrammableTransaction| {
        let all = show(&ptb);
        let calls: Vec<_> = all.lines().filter(|line| line.starts_with('r')).collect();
        calls.join("\n")
    };
    let refund = refund_credit(&deployment(), cap, 7, session()).expect("a transaction");
    assert_eq!(
        calls(refund),
        "r0 0xa1::dapp::refund_credit <0x00d0::arena::Arena> i0 i1 i2\nr1 transfer r0 to i3"
    );
    let grant = grant_free_credit(&deployment(), cap, 7, 8).expect("a transaction");
    assert_eq!(
        calls(grant),
        "r0 0xa1::governance::grant_free_credit <0x00d0::arena::Arena> i0 i1 i2 i3 i4"
    );
    let extend = extend_free_credit(&deployment(), cap, 8).expect("a transaction");
    assert_eq!(
        calls(extend),
        "r0 0xa1::governance::extend_free_credit <0x00d0::arena::Arena> i0 i1 i2 i3"
    );
    let revoke = revoke_free_credit(&deployment(), cap).expect("a transaction");
    assert_eq!(
        calls(revoke),
        "r0 0xa1::governance::revoke_free_credit <0x00d0::arena::Arena> i0 i1"
    );
}

#[test]
fn a_whole_transaction_has_pinned_bytes() {
    let play = calls(&deployment(), storage(), &[step()]).expect("a transaction");
    let payment = GasPayment {
        objects: vec![],
        owner: session(),
        price: 1_000,
        budget: 20_000_000,
    };
    let expiration = TransactionExpiration::ValidDuring {
        min_epoch: Some(4),
        max_epoch: Some(5),
        min_timestamp: None,
        max_timestamp: None,
        chain: Digest::new([9; 32]),
        nonce: 77,
    };
    let built = transaction(play, session(), payment, expiration).expect("a transaction");
    let bytes = bcs::to_bytes(&built).expect("BCS");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let golden = GOLDEN
        .lines()
        .find_map(|line| line.strip_prefix("transaction "));
    assert_eq!(Some(hex.as_str()), golden);
    assert_eq!(
        bcs::from_bytes::<Transaction>(&bytes).expect("a transaction"),
        built
    );
}

#[test]
fn what_a_caller_got_wrong_is_an_error_and_never_a_panic() {
    let settlement = || settle(&deployment(), storage()).expect("a settlement");
    let call = |argument| ProgrammableTransaction {
        inputs: vec![],
        commands: vec![Command::MergeCoins(sui_sdk_types::MergeCoins {
            coin: argument,
            coins_to_merge: vec![],
        })],
    };
    assert_eq!(
        prepend(settlement(), call(Argument::Input(3))),
        Err(PtbError::UnknownInput { index: 3 })
    );
    assert_eq!(
        prepend(settlement(), call(Argument::Result(u16::MAX))),
        Err(PtbError::TooManyCommands)
    );
    let calls = |call: Call| calls(&deployment(), storage(), &[call]);
    let id = Address::TWO;
    assert_eq!(
        calls(Call::new(id, "no module", "f")),
        Err(PtbError::InvalidIdentifier {
            name: "no module".to_owned()
        })
    );
    assert_eq!(
        calls(Call::new(id, "m", "f").arg(&vec![0_u8; 20_000])),
        Err(PtbError::PureTooLarge { size: 20_003 })
    );
    assert!(matches!(
        calls(Call::new(id, "m", "f").arg(&1.5_f64)),
        Err(PtbError::Unserializable { .. })
    ));
    let crowded = (0..513).fold(Call::new(id, "m", "f"), |call, _| call.clock());
    assert_eq!(calls(crowded), Err(PtbError::TooManyArguments));
    let many: Vec<Call> = (0..1_025).map(|_| Call::new(id, "m", "f")).collect();
    assert_eq!(
        super::calls(&deployment(), storage(), &many),
        Err(PtbError::TooManyCommands)
    );
    let large: Vec<Call> = (0..9)
        .map(|_| Call::new(id, "m", "f").arg(&vec![0_u8; 16_000]))
        .collect();
    let large = super::calls(&deployment(), storage(), &large).expect("within the limits of a PTB");
    let payment = GasPayment {
        objects: vec![],
        owner: id,
        price: 1,
        budget: 1,
    };
    assert!(matches!(
        transaction(large, id, payment, TransactionExpiration::None),
        Err(PtbError::TooLarge { .. })
    ));
}

#[test]
fn an_accounts_address_follows_from_its_owner() {
    let one = deployment().storage_id(Address::TWO);
    assert_eq!(one, deployment().storage_id(Address::TWO));
    assert_ne!(one, deployment().storage_id(Address::THREE));
    let other_dapp = Deployment {
        dapp_storage: storage(),
        ..deployment()
    };
    assert_ne!(one, other_dapp.storage_id(Address::TWO));
}
