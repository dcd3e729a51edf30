//! Claims: whatever a sponsor answers, the sender signs only what was asked for, paid by the sponsor, on this chain, now.
//! (D11; threat 24.)

use async_trait::async_trait;
use sui_sdk_types::{
    Address, Argument, Command, Digest, Transaction, TransactionExpiration, TransactionKind,
};
use valet_client::{Error, Mismatch, Owner as _, Sponsor, SponsorError, SponsorRequest, Sponsored};
use valet_sponsor::Service;

use crate::stage::{Key, Stage};

type Lie = fn(&mut Transaction, &Key);
type Found = fn(&Mismatch) -> bool;

/// Alters what an honest sponsor answers, and signs that.
struct Liar {
    honest: Service,
    key: Key,
    lie: Lie,
}

impl std::fmt::Debug for Liar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Liar")
    }
}

#[async_trait]
impl Sponsor for Liar {
    fn address(&self) -> Address {
        self.honest.address()
    }

    async fn sponsor(&self, request: &SponsorRequest) -> Result<Sponsored, SponsorError> {
        let mut sponsored = self.honest.sponsor(request).await?;
        (self.lie)(&mut sponsored.transaction, &self.key);
        let signature = self.key.sign_transaction(&sponsored.transaction).await;
        sponsored.signature = signature.expect("signed");
        Ok(sponsored)
    }
}

fn commands(transaction: &mut Transaction) -> &mut Vec<Command> {
    match &mut transaction.kind {
        TransactionKind::ProgrammableTransaction(ptb) => &mut ptb.commands,
        _ => panic!("programmable"),
    }
}

fn validity(
    transaction: &mut Transaction,
) -> (&mut Option<u64>, &mut Option<u64>, &mut Digest, &mut u32) {
    match &mut transaction.expiration {
        TransactionExpiration::ValidDuring {
            min_epoch,
            max_epoch,
            chain,
            nonce,
            ..
        } => (min_epoch, max_epoch, chain, nonce),
        _ => panic!("valid during"),
    }
}

#[tokio::test]
async fn d11_t24_a_lying_sponsor_gets_nothing_signed() {
    let lies: [(&str, Lie, Found); 14] = [
        ("nothing is done", |t, _| commands(t).clear(), is_kind),
        (
            "something is done twice",
            |t, _| {
                let first = commands(t)[0].clone();
                commands(t).push(first);
            },
            is_kind,
        ),
        (
            "an argument is another",
            |t, _| {
                if let Command::MoveCall(call) = &mut commands(t)[0] {
                    call.arguments[1] = Argument::Input(0);
                }
            },
            is_kind,
        ),
        (
            "it is another kind of transaction",
            |t, _| {
                if let TransactionKind::ProgrammableTransaction(ptb) = t.kind.clone() {
                    t.kind = TransactionKind::ProgrammableSystemTransaction(ptb);
                }
            },
            is_kind,
        ),
        (
            "another sends it",
            |t, key| t.sender = key.address(),
            |m| matches!(m, Mismatch::Sender { .. }),
        ),
        (
            "the sender pays",
            |t, _| t.gas_payment.owner = t.sender,
            |m| matches!(m, Mismatch::GasOwner { .. }),
        ),
        (
            "a third party pays",
            |t, _| t.gas_payment.owner = Address::TWO,
            |m| matches!(m, Mismatch::GasOwner { .. }),
        ),
        (
            "the price is higher",
            |t, _| t.gas_payment.price = 10_001,
            |m| matches!(m, Mismatch::Price { found: 10_001, .. }),
        ),
        (
            "the budget is higher",
            |t, _| t.gas_payment.budget = u64::MAX,
            |m| matches!(m, Mismatch::Budget { .. }),
        ),
        (
            "it never lapses",
            |t, _| t.expiration = TransactionExpiration::None,
            is_expiration,
        ),
        (
            "it lapses late",
            |t, _| *validity(t).1 = Some(u64::MAX),
            is_expiration,
        ),
        (
            "it is for another chain",
            |t, _| *validity(t).2 = Digest::new([1; 32]),
            is_expiration,
        ),
        (
            "it is an old one: another nonce",
            |t, _| *validity(t).3 ^= 1,
            is_expiration,
        ),
        (
            "it has no first epoch",
            |t, _| *validity(t).0 = None,
            is_expiration,
        ),
    ];
    let stage = Stage::set().await;
    let honest = stage.sponsor();
    let (session, _) = stage.onboard(&honest).await;
    let signed = session.signatures();
    for (lie, alter, expected) in lies {
        let liar = Liar {
            honest: honest.clone(),
            key: stage.payer.clone(),
            lie: alter,
        };
        let step = stage.step(0).await;
        let tried = stage.valet.execute_sponsored(&session, &liar, step).await;
        match tried.expect_err(lie) {
            Error::Sponsor(SponsorError::Mismatch(found)) => {
                assert!(expected(&found), "{lie}: {found:?}");
            }
            other => panic!("{lie}: {other:?}"),
        }
    }
    // Somebody else's signature, on the right transaction.
    let forger = Liar {
        honest,
        key: Key::new(),
        lie: |_, _| {},
    };
    let step = stage.step(0).await;
    let tried = stage.valet.execute_sponsored(&session, &forger, step).await;
    assert!(matches!(
        tried,
        Err(Error::Sponsor(SponsorError::Mismatch(Mismatch::Signature)))
    ));
    assert_eq!(session.signatures(), signed, "nothing was signed");
}

fn is_kind(mismatch: &Mismatch) -> bool {
    *mismatch == Mismatch::Kind
}

fn is_expiration(mismatch: &Mismatch) -> bool {
    *mismatch == Mismatch::Expiration
}

#[tokio::test]
async fn d11_t24_an_old_answer_is_not_taken_for_a_new_one() {
    #[derive(Debug)]
    struct Parrot(Sponsored, Address);

    #[async_trait]
    impl Sponsor for Parrot {
        fn address(&self) -> Address {
            self.1
        }

        async fn sponsor(&self, _: &SponsorRequest) -> Result<Sponsored, SponsorError> {
            Ok(self.0.clone())
        }
    }

    let stage = Stage::set().await;
    let honest = stage.sponsor();
    let (session, _) = stage.onboard(&honest).await;
    let step = stage.step(0).await;
    let request = stage.request(&session, step.clone()).await;
    let old = honest.sponsor(&request).await.expect("signed");
    old.verify(&request, honest.address()).expect("as asked");
    // The sender would read the old one's outcome, and believe that its move was made.
    let parrot = Parrot(old, honest.address());
    let tried = stage.valet.execute_sponsored(&session, &parrot, step).await;
    assert!(matches!(
        tried,
        Err(Error::Sponsor(SponsorError::Mismatch(Mismatch::Expiration)))
    ));
    assert_eq!(session.signatures(), 0);
}
