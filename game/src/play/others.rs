//! Where the other heroes are, as the ledger announces every move.

use std::time::Duration;

use sui_rpc::{
    Client,
    field::{FieldMask, FieldMaskUtil},
    proto::sui::rpc::v2::{Checkpoint, SubscribeCheckpointsRequest},
};
use sui_sdk_types::{Address, TransactionEvents};
use tokio::sync::mpsc;
use valet_client::Deployment;

use crate::Hero;

/// How long to wait before asking anew after the stream broke.
const PAUSE: Duration = Duration::from_secs(1);
/// What the screen has not taken yet.
const WAITING: usize = 1_024;

/// Follows every hero of the game from now on, until the receiver is dropped.
pub(super) fn follow(url: String, deployment: Deployment) -> mpsc::Receiver<(Address, Hero)> {
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        while !sender.is_closed() {
            // Where a hero is, its next move tells again.
            if let Err(error) = stream(&url, &deployment, &sender).await {
                tracing::debug!(%error, "the stream of checkpoints broke");
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
    receiver
}

async fn stream(
    url: &str,
    deployment: &Deployment,
    sender: &mpsc::Sender<(Address, Hero)>,
) -> Result<(), tonic::Status> {
    let mut client = Client::new(url)?;
    let mut request = SubscribeCheckpointsRequest::default();
    request.read_mask = Some(FieldMask::from_paths([
        "sequence_number",
        "transactions.events.bcs",
    ]));
    let mut frames = client
        .subscription_client()
        .subscribe_checkpoints(request)
        .await?
        .into_inner();
    while let Some(frame) = frames.message().await? {
        let Some(checkpoint) = frame.checkpoint else {
            continue;
        };
        for hero in heroes(&checkpoint, deployment) {
            if sender.send(hero).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The heroes that moved in a checkpoint, with their owners.
fn heroes(checkpoint: &Checkpoint, deployment: &Deployment) -> Vec<(Address, Hero)> {
    checkpoint
        .transactions
        .iter()
        .filter_map(|executed| executed.events.as_ref()?.bcs.as_ref())
        .filter_map(|bcs| bcs.deserialize::<TransactionEvents>().ok())
        .flat_map(|events| Hero::from_events(&events.0, deployment))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Action, Direction,
        table::{Invitation, Table, Wish},
    };

    #[tokio::test(flavor = "multi_thread")]
    async fn a_player_of_another_process_sits_down_and_is_seen() {
        let table = Table::lay().await.expect("a table");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("table.json");
        table.invitation().write(&path).expect("written");
        let own = table.sit_down(Wish::default()).await.expect("a seat");
        let valet = table.valet();
        let mut seen = follow(valet.network().url().to_owned(), valet.deployment().clone());

        // All that the other process has is the file.
        let invitation = Invitation::read(&path).expect("an invitation");
        let elsewhere = Table::accept(invitation).await.expect("the same table");
        let guest = elsewhere.sit_down(Wish::default()).await.expect("a seat");
        let step = Action::Step(Direction::East).call(elsewhere.valet());
        // Whoever sits down is announced to those who look by then.
        let heroes = async {
            loop {
                guest.session.play(&step).await.expect("a step");
                let next = tokio::time::timeout(Duration::from_secs(2), seen.recv()).await;
                if let Ok(next) = next {
                    break next.expect("followed");
                }
            }
        };
        let wait = Duration::from_secs(60);
        let (owner, hero) = tokio::time::timeout(wait, heroes).await.expect("seen");
        assert_eq!(owner, guest.session.account().owner());
        assert_ne!(owner, own.session.account().owner());
        assert!((hero.x, hero.y).0 >= 8 && hero.y == 8, "{hero:?}");
        assert_eq!((own.signatures, guest.signatures), (1, 1));
        table.clear().await;
    }
}
