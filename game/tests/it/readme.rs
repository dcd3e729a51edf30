//! The README's first dApp compiles as it stands there, and its first client plays it.

use std::{fs, path::Path, time::Duration};

use sui_sdk_types::TypeTag;
use valet_client::{
    Grant, KeyOwner, Network, Onboarding, Owner, Refusal, SessionKey, Terms, Valet,
};
use valet_game::Dapp;
use valet_localnet::Localnet;

use crate::guides::blocks;

#[tokio::test(flavor = "multi_thread")]
async fn the_first_dapp_builds_publishes_and_plays() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let readme = fs::read_to_string(root.join("README.md")).expect("the README");
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let manifest = block(&readme, "toml").replace("../valet", &root.display().to_string());
    fs::write(scratch.path().join("Move.toml"), manifest).expect("a manifest");
    fs::create_dir(scratch.path().join("sources")).expect("a folder");
    fs::write(
        scratch.path().join("sources/guestbook.move"),
        block(&readme, "move"),
    )
    .expect("a module");

    let localnet = Localnet::builder().start().await.expect("a ledger");
    let network = Network::connect(&localnet.rpc_url())
        .await
        .expect("a connection");
    let owner = KeyOwner::generate().expect("a key");
    localnet
        .ledger()
        .fund(owner.address(), &[20_000_000_000])
        .expect("a funded owner");

    let deployment = Dapp::new(scratch.path(), "guestbook", "Guestbook")
        .deploy(&network, &owner)
        .await
        .expect("the README's dApp is published and registered");
    let package = deployment.dapp_package;

    let valet = Valet::new(network, deployment).await.expect("a deployment");
    let account = valet.account(owner.address());
    let terms = Terms::lasting(Duration::from_secs(3_600), Grant::actions([0]));
    let key = SessionKey::generate().expect("a key");
    let (session, _) = account
        .onboard(&owner, key, Onboarding::new(terms))
        .await
        .expect("onboarding");
    let write = valet
        .call("guestbook", "write")
        .dapp()
        .storage()
        .arg("hello")
        .clock();
    for _ in 0..3 {
        session.play(&write).await.expect("a silent write");
    }

    let key: TypeTag = format!("{package}::guestbook::EntryKey")
        .parse()
        .expect("a type");
    let value: TypeTag = format!("{package}::guestbook::Entry")
        .parse()
        .expect("a type");
    let entry: Option<(String, u64)> = account.record(&key, &false, &value).await.expect("a read");
    assert_eq!(entry, Some(("hello".to_owned(), 2)));

    account.deactivate(&owner).await.expect("deactivation");
    let refused = session.play(&write).await.expect_err("the session is over");
    assert_eq!(refused.refusal(), Some(Refusal::SessionRevoked));
}

/// The README's only block in this language.
fn block<'a>(readme: &'a str, language: &str) -> &'a str {
    match blocks(readme, language)[..] {
        [block] => block,
        ref blocks => panic!("{} {language} blocks", blocks.len()),
    }
}
