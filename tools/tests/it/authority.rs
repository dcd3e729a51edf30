//! Attacks on valet and on the game that must not compile: what types and visibility keep out, no transaction can try.
//! They answer rows A6, B10 and C7 of the Move package, and its threats 16, 18, 19, 20, 30 and 35.

use std::{fs, io, path::Path};

use valet_toolchain::{Error, Toolchain};

use crate::fixture::{TestResult, Workspace};

/// What a stranger's module imports: whatever is public.
const IMPORTS: &str = "use arena::arena::{Self, Arena, Hero, HeroKey};
use sui::clock::Clock;
use valet::auth::{Self, Auth};
use valet::dapp::Dapp;
use valet::dapp_storage::DappStorage;
use valet::session;
use valet::user_storage::UserStorage;

public struct Thief()
";

struct Attack {
    /// What the stranger tries.
    name: &'static str,
    body: &'static str,
    /// Part of what the compiler must object.
    objection: &'static str,
}

const ATTACKS: &[Attack] = &[
    Attack {
        name: "authorize with one's own permit on another dApp's storage",
        body: "public fun f(dapp: &Dapp<Thief>, storage: &mut UserStorage<Arena>, clock: &Clock, ctx: &mut TxContext): Auth<Thief> {
    session::authorize(dapp, storage, internal::permit<Thief>(), 0, clock, ctx)
}",
        objection: "::Thief",
    },
    Attack {
        name: "write with one's own authority to another dApp's storage",
        body: "public fun f(auth: &Auth<Thief>, storage: &mut UserStorage<Arena>) {
    storage.set(auth, 0u64, 0u64)
}",
        objection: "::Thief",
    },
    Attack {
        name: "hand another dApp's storage to the game",
        body: "public fun f(dapp: &Dapp<Arena>, storage: &mut UserStorage<Thief>, clock: &Clock, ctx: &mut TxContext) {
    arena::rest(dapp, storage, clock, ctx)
}",
        objection: "::Thief",
    },
    Attack {
        name: "read another dApp's storage in the place of the game's",
        body: "public fun f(storage: &UserStorage<Thief>): Hero {
    arena::hero(storage)
}",
        objection: "::Thief",
    },
    Attack {
        name: "make an authority",
        body: "public fun f(storage: &UserStorage<Arena>, dapp: &Dapp<Arena>): Auth<Arena> {
    auth::new(object::id(storage), @0x1, @0x1, 0, option::none(), dapp.fees(), 1)
}",
        objection: "auth::new",
    },
    Attack {
        name: "keep an authority for later",
        body: "public struct Loot has store { auth: Auth<Arena> }",
        objection: "store",
    },
    Attack {
        name: "copy an authority",
        body: "public fun f(auth: &Auth<Arena>): Auth<Arena> { *auth }",
        objection: "copy",
    },
    Attack {
        name: "write to a user's storage with authority for the global records",
        body: "public fun f(auth: &auth::GlobalAuth<Arena>, storage: &mut UserStorage<Arena>) {
    storage.set(auth, 0u64, 0u64)
}",
        objection: "GlobalAuth",
    },
    Attack {
        name: "name a record of the game",
        body: "public fun f(storage: &UserStorage<Arena>): Hero {
    *storage.borrow(HeroKey())
}",
        objection: "HeroKey",
    },
    Attack {
        name: "make a hero",
        body: "public fun f(): Hero {
    Hero { x: 0, y: 0, hp: 255, energy: 255, gold: 0, xp: 0, steps: 0 }
}",
        objection: "Hero",
    },
    Attack {
        name: "start a session without its owner",
        body: "public fun f(storage: &mut UserStorage<Arena>) {
    storage.start_session(@0xBAD, 0, 1_000, valet::grant::all_session_actions());
}",
        objection: "start_session",
    },
    Attack {
        name: "write off a debt",
        body: "public fun f(storage: &mut UserStorage<Arena>) {
    storage.reduce_debt(1);
}",
        objection: "reduce_debt",
    },
    Attack {
        name: "spend a dApp's credit",
        body: "public fun f(dapp_storage: &mut DappStorage<Arena>) {
    dapp_storage.pay(1, 0);
}",
        objection: "pay",
    },
    Attack {
        name: "take a storage out of its owner's hands",
        body: "public fun f(storage: UserStorage<Arena>) {
    transfer::public_transfer(storage, @0xBAD)
}",
        objection: "store",
    },
    Attack {
        name: "take a dApp's credit back without its administrator",
        body: "public fun f(dapp_storage: &mut DappStorage<Arena>, ctx: &mut TxContext): sui::coin::Coin<sui::sui::SUI> {
    dapp_storage.refund(1, ctx)
}",
        objection: "refund",
    },
    Attack {
        name: "take a dApp's credit back with the capability of another dApp",
        body: "public fun f(cap: &valet::dapp::DappAdminCap<Thief>, dapp_storage: &mut DappStorage<Arena>, ctx: &mut TxContext): sui::coin::Coin<sui::sui::SUI> {
    cap.refund_credit(dapp_storage, 1, ctx)
}",
        objection: "::Thief",
    },
    Attack {
        name: "grant oneself free credit",
        body: "public fun f(dapp_storage: &mut DappStorage<Arena>) {
    dapp_storage.grant_free_credit(1, 2, 0)
}",
        objection: "grant_free_credit",
    },
    Attack {
        name: "end a suspension without the framework",
        body: "public fun f(dapp: &mut Dapp<Arena>) {
    dapp.set_suspended(false)
}",
        objection: "set_suspended",
    },
    Attack {
        name: "take a dApp back to an old version",
        body: "public fun f(dapp_storage: &mut DappStorage<Arena>) {
    dapp_storage.set_version(0)
}",
        objection: "set_version",
    },
    Attack {
        name: "set a price without the framework",
        body: "public fun f(dapp: &mut Dapp<Arena>) {
    dapp.lower_fees(valet::fees::new(0, 0), 0);
}",
        objection: "lower_fees",
    },
    Attack {
        name: "make the framework's capability",
        body: "public fun f(hub_id: ID, ctx: &mut TxContext): valet::dapp_hub::HubAdminCap {
    valet::dapp_hub::HubAdminCap { id: object::new(ctx), hub_id }
}",
        objection: "HubAdminCap",
    },
    Attack {
        name: "hand the framework's capability over in one step",
        body: "public fun f(cap: valet::dapp_hub::HubAdminCap) {
    transfer::public_transfer(cap, @0xBAD)
}",
        objection: "store",
    },
    Attack {
        name: "hand the treasury over in one step",
        body: "public fun f(cap: valet::dapp_hub::TreasuryCap) {
    transfer::public_transfer(cap, @0xBAD)
}",
        objection: "store",
    },
    Attack {
        name: "reach a storage's fields",
        body: "public fun f(storage: &mut UserStorage<Arena>): &mut UID {
    storage.uid_mut()
}",
        objection: "uid_mut",
    },
    Attack {
        name: "announce a record in another dApp's name",
        body: "public fun f(auth: &Auth<Thief>, storage: &mut UserStorage<Arena>) {
    storage.emit_record(auth, 0u64, 0u64)
}",
        objection: "::Thief",
    },
];

/// Copies the valet package, and the game in it, to where the attacks find them.
fn copy_packages(workspace: &Workspace) -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or("the crate lies in the workspace")?;
    for package in ["", "game/move/"] {
        let manifest = format!("{package}Move.toml");
        let text = fs::read_to_string(root.join(&manifest))?;
        workspace.write(&format!("valet/{manifest}"), &text)?;
        for source in fs::read_dir(root.join(package).join("sources"))? {
            let source = source?;
            let name = source.file_name().into_string().map_err(|_| {
                io::Error::new(io::ErrorKind::InvalidData, "a source file without a name")
            })?;
            let text = fs::read_to_string(source.path())?;
            workspace.write(&format!("valet/{package}sources/{name}"), &text)?;
        }
    }
    Ok(())
}

/// Compiles a stranger's package, one module to an attack; the compiler's errors and where they begin, by line.
fn objections(
    workspace: &Workspace,
    toolchain: &Toolchain,
    source: &str,
) -> Result<Vec<(usize, String)>, Box<dyn std::error::Error>> {
    let path = workspace.package(
        "thief",
        &[("valet", "../valet"), ("arena", "../valet/game/move")],
        source,
    )?;
    let diagnostics = match toolchain.check(&path) {
        Ok(_) => return Ok(Vec::new()),
        Err(Error::Compile { diagnostics, .. }) => diagnostics,
        Err(error) => return Err(error.into()),
    };
    let mut errors = Vec::new();
    for error in diagnostics.split("\n\n").map(str::trim_start) {
        if !error.starts_with("error") {
            continue;
        }
        let line = error
            .split_once("sources/thief.move:")
            .and_then(|(_, place)| place.split_once(':'))
            .ok_or_else(|| format!("an error elsewhere: {error}"))?
            .0
            .parse()?;
        errors.push((line, error.to_owned()));
    }
    Ok(errors)
}

fn module(number: usize, body: &str) -> String {
    format!("module thief::attack_{number} {{\n{IMPORTS}\n{body}\n}}\n")
}

/// Compiles the attacks together and asks for an objection to each.
fn assert_refused(attacks: &[Attack]) -> TestResult {
    let workspace = Workspace::new()?;
    let (toolchain, _) = workspace.toolchain()?;
    copy_packages(&workspace)?;
    let mut source = String::new();
    let mut places = Vec::new();
    for (number, attack) in attacks.iter().enumerate() {
        let begin = source.lines().count() + 1;
        source.push_str(&module(number, attack.body));
        places.push(begin..=source.lines().count());
    }
    let errors = objections(&workspace, &toolchain, &source)?;
    for (attack, place) in attacks.iter().zip(places) {
        let found: Vec<_> = errors
            .iter()
            .filter(|(line, _)| place.contains(line))
            .map(|(_, error)| error.as_str())
            .collect();
        assert!(!found.is_empty(), "a stranger can {}", attack.name);
        assert!(
            found.iter().any(|error| error.contains(attack.objection)),
            "{}: refused for another reason: {found:#?}",
            attack.name
        );
    }
    Ok(())
}

#[test]
fn what_a_stranger_may_do_compiles() -> TestResult {
    let workspace = Workspace::new()?;
    let (toolchain, _) = workspace.toolchain()?;
    copy_packages(&workspace)?;
    let body = "public fun f(dapp: &Dapp<Thief>, storage: &mut UserStorage<Thief>, clock: &Clock, ctx: &mut TxContext) {
    let auth = session::authorize(dapp, storage, internal::permit<Thief>(), 0, clock, ctx);
    storage.set(&auth, 0u64, 0u64);
}
public fun g(storage: &UserStorage<Arena>): Hero { arena::hero(storage) }";
    assert_eq!(objections(&workspace, &toolchain, &module(0, body))?, []);
    Ok(())
}

#[test]
fn a6_b10_t16_t18_t19_t20_attacks_on_types_and_visibility_do_not_compile() -> TestResult {
    assert_refused(ATTACKS)
}

// The compiler looks for these two only when types are right, one after the other.

#[test]
fn t18_another_dapps_permit_cannot_be_made() -> TestResult {
    assert_refused(&[Attack {
        name: "authorize with another dApp's permit",
        body: "public fun f(dapp: &Dapp<Arena>, storage: &mut UserStorage<Arena>, clock: &Clock, ctx: &mut TxContext): Auth<Arena> {
    session::authorize(dapp, storage, internal::permit<Arena>(), 0, clock, ctx)
}",
        objection: "invalid internal permit call",
    }, Attack {
        name: "authorize global writes with another dApp's permit",
        body: "public fun f(dapp: &Dapp<Arena>, clock: &Clock, ctx: &mut TxContext): auth::GlobalAuth<Arena> {
    dapp.authorize_global(internal::permit<Arena>(), clock, ctx)
}",
        objection: "invalid internal permit call",
    }])
}

#[test]
fn c1_a_change_cannot_be_left_uncounted() -> TestResult {
    assert_refused(&[Attack {
        name: "change a record and not count it",
        body: "public fun f(auth: &Auth<Thief>, storage: &mut UserStorage<Thief>) {
    let (value, _change) = storage.borrow_mut<Thief, u64, u64>(auth, 0);
    *value = 1;
}",
        objection: "unused value without 'drop'",
    }])
}
