//! Claims: the client answers as Move does, from the account's bytes. (B4, B5, B13, B16.)

use std::time::Duration;

use serde::de::DeserializeOwned;
use sui_sdk_types::{Address, GasPayment, TransactionExpiration, TypeTag};
use valet_client::{Account, Allowance, Grant, Owner, RateLimit, Terms, Valet, ptb};
use valet_localnet::ledger::SimulateOptions;

use super::{NOW_MS, SUI, Stage, sui};

/// The Move struct `session_status::SessionStatus`.
type MoveStatus = (
    Address,
    u64,
    bool,
    u64,
    Option<[u8; 32]>,
    Option<u64>,
    Option<u64>,
    Vec<(String, u64, u64)>,
    Option<u64>,
    u64,
    Option<u64>,
);

/// The Move struct `session_status::MaxLoss`.
type MoveLoss = (Vec<(String, u64)>, Option<u64>);

struct Views<'a> {
    stage: &'a Stage,
    valet: &'a Valet,
    account: &'a Account,
}

impl Views<'_> {
    /// What a view of valet's says about the account.
    async fn ask<T: DeserializeOwned>(
        &self,
        (module, function): (&str, &str),
        addresses: &[Address],
        now_ms: u64,
    ) -> T {
        let deployment = self.valet.deployment();
        let network = self.valet.network();
        let object = network.object(self.account.storage_id()).await;
        let object = object.expect("a read").expect("an account");
        let mut builder = ptb::PtbBuilder::new();
        let storage = object.as_shared().expect("shared").immutable();
        let mut arguments = vec![builder.object(storage).expect("an input")];
        for address in addresses {
            arguments.push(builder.pure(address).expect("an input"));
        }
        arguments.push(builder.pure(&now_ms).expect("an input"));
        builder
            .move_call(
                deployment.valet_package,
                module,
                function,
                vec![deployment.marker()],
                arguments,
            )
            .expect("a call");
        let player = self.stage.player.address();
        let payment = GasPayment {
            objects: vec![],
            owner: player,
            price: 1_000,
            budget: 0,
        };
        let transaction = ptb::transaction(
            builder.finish(),
            player,
            payment,
            TransactionExpiration::None,
        )
        .expect("a transaction");
        let options = SimulateOptions::default().with_gas_selection();
        let ledger = self.stage.localnet.ledger();
        let simulation = ledger.simulate(&transaction, &options).expect("simulated");
        bcs::from_bytes(&simulation.commands[0].return_values[0].bytes).expect("the view's type")
    }

    async fn compare_at(&self, now_ms: u64) {
        let status = self.account.status().await.expect("an account");
        let here = status.session.as_ref().map(|session| {
            let allowances = session.allowances(now_ms);
            let mask = session.grant.named_actions().map(|actions| {
                let mut mask = [0_u8; 32];
                for action in actions {
                    mask[usize::from(action / 8)] |= 1 << (action % 8);
                }
                mask
            });
            (
                session.wallet,
                session.generation,
                session.is_active(now_ms),
                session.expires_at_ms,
                mask,
                session.remaining_calls,
                session.calls_now(now_ms),
                allowances
                    .iter()
                    .map(|coin| (name(&coin.coin_type), coin.remaining, coin.available))
                    .collect(),
                session.remaining_renewals,
                session.debt,
                session.remaining_debt(),
            )
        });
        let there: Option<MoveStatus> = self.ask(("session_status", "status"), &[], now_ms).await;
        assert_eq!(here, there, "at {now_ms}");

        let loss = status.max_loss(now_ms);
        let here: MoveLoss = (
            loss.coins
                .iter()
                .map(|coin| (name(&coin.coin_type), coin.amount))
                .collect(),
            loss.debt,
        );
        let there: MoveLoss = self.ask(("session_status", "max_loss"), &[], now_ms).await;
        assert_eq!(here, there, "at {now_ms}");

        let session = status.session.as_ref().map(|session| session.wallet);
        let people = [Some(status.owner), session, Some(Address::THREE)];
        let people: Vec<_> = people.into_iter().flatten().collect();
        for a in &people {
            let view = ("session", "is_write_authorized");
            let there: bool = self.ask(view, &[*a], now_ms).await;
            assert_eq!(status.is_write_authorized(*a, now_ms), there);
            for b in &people {
                let there: bool = self
                    .ask(("session", "is_valid_for"), &[*a, *b], now_ms)
                    .await;
                assert_eq!(status.is_valid_for(*a, *b, now_ms), there);
            }
        }
    }
}

/// A type's name in Move.
fn name(tag: &TypeTag) -> String {
    tag.to_string().replace("0x", "")
}

#[tokio::test]
async fn b5_b13_b16_the_client_answers_as_move_does() {
    let stage = Stage::set().await;
    let shop = stage.open_shop().await;
    let package = shop.deployment().dapp_package;
    let gold = format!("{package}::gold::GOLD").parse().expect("a type");
    let grant = Grant::actions([0, 9, 255])
        .with_max_debt(SUI)
        .with_max_calls(50)
        .with_rate_limit(RateLimit::new(5, 2, Duration::from_secs(7)))
        .allow_coin(
            sui(),
            Allowance::new(1_000)
                .with_max_per_call(30)
                .with_window(60, Duration::from_secs(60)),
        )
        .allow_coin(gold, Allowance::new(7))
        .with_renewals(3, NOW_MS + 10_000_000);
    let terms = Terms::lasting(Duration::from_secs(600), grant.clone());
    let (account, session) = stage.enter(&shop, terms).await;
    account
        .deposit(&stage.player, &sui(), 500)
        .await
        .expect("deposited");
    let views = Views {
        stage: &stage,
        valet: &shop,
        account: &account,
    };
    let status = account.status().await.expect("an account");
    assert_eq!(status.session.map(|session| session.grant), Some(grant));

    let moments = |expiry: u64| [0, NOW_MS, NOW_MS + 61_000, expiry - 1, expiry, u64::MAX];
    for now_ms in moments(session.expires_at_ms()) {
        views.compare_at(now_ms).await;
    }
    let buy = shop
        .call("shop", "buy")
        .type_argument(sui())
        .dapp()
        .storage()
        .arg(&30_u64)
        .arg(&2_u64)
        .clock();
    for _ in 0..2 {
        session.play(&buy).await.expect("bought");
    }
    session
        .extend(Duration::from_secs(700))
        .await
        .expect("extended");
    for now_ms in moments(session.expires_at_ms()) {
        views.compare_at(now_ms).await;
    }
    account.deactivate(&stage.player).await.expect("ended");
    views.compare_at(NOW_MS).await;
}

#[tokio::test]
async fn b16_play_never_costs_more_than_max_loss() {
    let stage = Stage::set().await;
    let shop = stage.open_shop().await;
    let allowance = Allowance::new(100).with_max_per_call(10);
    let grant = Grant::actions([0])
        .with_max_calls(4)
        .allow_coin(sui(), allowance);
    let terms = Terms::lasting(Duration::from_secs(60), grant);
    let (account, session) = stage.enter(&shop, terms).await;
    account
        .deposit(&stage.player, &sui(), 1_000)
        .await
        .expect("deposited");
    let promised = account.status().await.expect("an account").max_loss(NOW_MS);
    assert_eq!(promised.coins[0].amount, 40);
    // As much as it can get, in every size, until it is refused everything.
    for amount in [100_u64, 11, 10, 10, 7, 10, 10, 1] {
        let buy = shop
            .call("shop", "buy")
            .type_argument(sui())
            .dapp()
            .storage()
            .arg(&amount)
            .arg(&1_u64)
            .clock();
        let before = account.purse(&sui()).await.expect("a purse");
        let left = account.status().await.expect("an account").max_loss(NOW_MS);
        let _ = session.play(&buy).await;
        let after = account.purse(&sui()).await.expect("a purse");
        assert!(before - after <= left.coins[0].amount);
    }
    let held = account.purse(&sui()).await.expect("a purse");
    assert_eq!(held, 1_000 - 37);
    let left = account.status().await.expect("an account").max_loss(NOW_MS);
    assert_eq!(left.coins[0].amount, 0);
}
