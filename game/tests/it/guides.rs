//! What the guides show works: the first dApp compiles without a warning as it stands there, is published, and plays as
//! its program does; every other Move module in a guide compiles too.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use sui_sdk_types::TypeTag;
use tempfile::TempDir;
use valet_client::{
    Grant, KeyOwner, Network, Onboarding, Owner, Refusal, SessionKey, Terms, Valet,
};
use valet_game::Dapp;
use valet_localnet::Localnet;
use valet_toolchain::Toolchain;

/// The guides with Move modules in them.
const GUIDES: &[&str] = &["docs/first-dapp.md", "docs/limits.md"];

#[test]
fn every_move_module_of_the_guides_compiles_without_a_warning() {
    let toolchain = Toolchain::locate().expect("the Move tools");
    for guide in GUIDES {
        let text = read(guide);
        let modules = blocks(&text, "move");
        assert!(!modules.is_empty(), "{guide} has no module");
        for module in modules {
            let package = package(module);
            let check = toolchain.lint(package.path()).expect("it compiles");
            assert_eq!((check.modules, check.warnings.as_str()), (1, ""), "{guide}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_dapp_plays_as_its_guide_says() {
    let guide = read("docs/first-dapp.md");
    let [module] = blocks(&guide, "move")[..] else {
        panic!("one module");
    };
    let scratch = package(module);

    let localnet = Localnet::builder().start().await.expect("a ledger");
    let network = Network::connect(&localnet.rpc_url())
        .await
        .expect("a connection");
    let owner = KeyOwner::generate().expect("a key");
    localnet
        .ledger()
        .fund(owner.address(), &[20_000_000_000])
        .expect("a funded owner");

    let deployment = Dapp::new(scratch.path(), "garden", "Garden")
        .deploy(&network, &owner)
        .await
        .expect("it is published and registered");
    let package = deployment.dapp_package;

    let valet = Valet::new(network, deployment).await.expect("a deployment");
    let account = valet.account(owner.address());
    let terms = Terms::lasting(Duration::from_secs(3_600), Grant::actions([0, 1]));
    let key = SessionKey::generate().expect("a key");
    let (session, _) = account
        .onboard(&owner, key, Onboarding::new(terms))
        .await
        .expect("onboarding");
    let call = |function: &str| {
        let call = valet.call("garden", function).dapp().storage();
        call.arg(&7_u8).clock()
    };
    session.play(&call("plant")).await.expect("planting");
    for _ in 0..3 {
        session.play(&call("water")).await.expect("watering");
    }
    let refused = session.play(&call("harvest")).await.expect_err("no grant");
    assert_eq!(refused.refusal(), Some(Refusal::ActionNotGranted));
    account
        .play_as_owner(&owner, &[call("harvest")])
        .await
        .expect("the owner harvests");

    let of_garden = |name: &str| -> TypeTag {
        let tag = format!("{package}::garden::{name}");
        tag.parse().expect("a type")
    };
    let fruit: Option<u64> = account
        .record(&of_garden("BasketKey"), &false, &of_garden("Basket"))
        .await
        .expect("a read");
    assert_eq!(fruit, Some(1));

    account.deactivate(&owner).await.expect("deactivation");
    let refused = session.play(&call("water")).await.expect_err("it is over");
    assert_eq!(refused.refusal(), Some(Refusal::SessionRevoked));
}

/// The blocks of a Markdown text in this language.
pub(crate) fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let open = format!("```{language}\n");
    text.split(&open)
        .skip(1)
        .map(|rest| rest.split_once("```").expect("a closed block").0)
        .collect()
}

/// A package of this one module, which depends on valet.
fn package(module: &str) -> TempDir {
    let name = module
        .lines()
        .find_map(|line| line.strip_prefix("module ")?.split("::").next())
        .expect("a module label");
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let manifest = format!(
        "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[dependencies]\nvalet = {{ local = \"{}\" }}\n",
        root().display()
    );
    fs::write(scratch.path().join("Move.toml"), manifest).expect("a manifest");
    fs::create_dir(scratch.path().join("sources")).expect("a folder");
    fs::write(scratch.path().join("sources/module.move"), module).expect("a module");
    scratch
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

fn root() -> PathBuf {
    let game = Path::new(env!("CARGO_MANIFEST_DIR"));
    game.parent().expect("the workspace").to_path_buf()
}
