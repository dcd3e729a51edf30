//! Claims: an owner finds every account with one query and ends every session with one signature. (A9, B12; threats 3, 25.)

use valet_client::{Owner, Refusal, ValetEvent};

use super::{Stage, hour};

#[tokio::test]
async fn a9_one_query_finds_the_accounts_of_all_dapps() {
    let stage = Stage::set().await;
    assert!(stage.account().cards().await.expect("cards").is_empty());
    stage.session().await;
    let shop = stage.open_shop().await;
    let (shopper, session) = stage.enter(&shop, hour()).await;

    let network = stage.valet.network();
    let before = network.rpc_calls();
    let cards = stage.account().cards().await.expect("cards");
    assert_eq!(network.rpc_calls() - before, 1);
    let mut found: Vec<_> = cards
        .iter()
        .map(|card| (card.storage, card.dapp_type.clone()))
        .collect();
    let mut expected = vec![
        (
            stage.account().storage_id(),
            stage.valet.deployment().dapp_type.clone(),
        ),
        (shopper.storage_id(), shop.deployment().dapp_type.clone()),
    ];
    found.sort_by_key(|(storage, _)| *storage);
    expected.sort_by_key(|(storage, _)| *storage);
    assert_eq!(found, expected);
    // The same from either dApp, and for nobody else.
    assert_eq!(shopper.cards().await.expect("cards").len(), 2);
    let stranger = stage.valet.account(stage.developer.address());
    assert!(stranger.cards().await.expect("cards").is_empty());

    let everywhere = stage.account().everywhere().await.expect("accounts");
    let wallets: Vec<_> = everywhere
        .iter()
        .filter_map(|(_, status)| status.session.as_ref())
        .map(|session| session.wallet)
        .collect();
    assert_eq!(wallets.len(), 2);
    assert!(wallets.contains(&session.address()));
}

#[tokio::test]
async fn b12_one_signature_ends_every_session_whatever_the_dapps_do() {
    let stage = Stage::set().await;
    let player = stage.session().await;
    let shop = stage.open_shop().await;
    let (_, shopper) = stage.enter(&shop, hour()).await;
    stage.pause().await;

    let signatures = stage.player.signatures();
    let receipt = stage.account().revoke_all(&stage.player).await;
    let receipt = receipt.expect("revoked").expect("sessions");
    assert_eq!(stage.player.signatures() - signatures, 1);
    assert_eq!(receipt.events().len(), 2);
    let ours = receipt.valet_events();
    assert!(
        matches!(ours, [ValetEvent::SessionDeactivated(ended)] if ended.wallet == player.address()),
        "the other event is of another dApp: {ours:?}"
    );
    for (account, status) in stage.account().everywhere().await.expect("accounts") {
        assert_eq!(status.session, None, "{}", account.dapp_type);
    }
    let step = stage.step(0);
    let error = shopper.play(&step).await.expect_err("not its dApp either");
    assert!(error.failure().is_some(), "{error}");

    // Nothing is left to end, and nobody is asked.
    let again = stage.account().revoke_all(&stage.player).await;
    assert!(again.expect("asked").is_none());
    assert_eq!(stage.player.signatures() - signatures, 1);
}

#[tokio::test]
async fn t3_a_revocation_is_decided_by_sequence() {
    let stage = Stage::set().await;
    let session = stage.session().await;
    let step = stage.step(0);
    let account = stage.account();
    let (played, revoked) = tokio::join!(session.play(&step), account.revoke_all(&stage.player));
    let revoked = revoked.expect("revoked").expect("a session");
    if let Err(error) = played {
        assert_eq!(error.refusal(), Some(Refusal::SessionRevoked), "{error}");
    }
    assert!(revoked.is_success());
    let error = session.play(&stage.step(1)).await.expect_err("revoked");
    assert_eq!(error.refusal(), Some(Refusal::SessionRevoked));
}
