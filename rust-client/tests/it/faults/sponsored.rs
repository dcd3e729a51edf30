//! Claims: a sponsor's answer is signed only when it is what was asked for, within the caps on gas price and budget. (Threat 11.)

use std::sync::Arc;

use async_trait::async_trait;
use sui_sdk_types::{Address, GasPayment, Transaction, TransactionKind};
use valet_client::{
    Error, GasLimits, GasPolicy, KeyOwner, Mismatch, Owner as _, SessionOptions, Sponsor,
    SponsorError, SponsorRequest, Sponsored,
};

use super::{session, step};

/// Asks for more than it may, by so much.
#[derive(Debug)]
struct Greedy {
    key: KeyOwner,
    price: u64,
    budget: u64,
}

#[async_trait]
impl Sponsor for Greedy {
    fn address(&self) -> Address {
        self.key.address()
    }

    async fn sponsor(&self, request: &SponsorRequest) -> Result<Sponsored, SponsorError> {
        let transaction = Transaction {
            kind: TransactionKind::ProgrammableTransaction(request.ptb.clone()),
            sender: request.sender,
            gas_payment: GasPayment {
                objects: Vec::new(),
                owner: self.address(),
                price: request.max_price + self.price,
                budget: request.max_budget + self.budget,
            },
            expiration: request.expiration(request.max_epoch.saturating_sub(1)),
        };
        let signature = self.key.sign_transaction(&transaction).await;
        let signature = signature.map_err(|error| SponsorError::Failed {
            reason: error.to_string(),
        })?;
        Ok(Sponsored {
            transaction,
            signature,
        })
    }
}

#[tokio::test]
async fn t11_a_sponsors_price_and_budget_are_capped() {
    for (price, budget) in [(0, 0), (1, 0), (0, 1)] {
        let sponsor = Greedy {
            key: KeyOwner::generate().expect("randomness"),
            price,
            budget,
        };
        let payer = sponsor.address();
        let options = SessionOptions::new()
            .with_limits(GasLimits::with_budget(3_000_000).with_max_price(1_000))
            .with_gas_policy(GasPolicy::Sponsor(Arc::new(sponsor)));
        let (node, session) = session(options, 0).await;
        let outcome = session.play(&step()).await;
        let sent = node.take_sent();
        if (price, budget) == (0, 0) {
            outcome.expect("a move");
            assert_eq!(sent[0].gas_payment.owner, payer);
            assert_eq!(session.runway(), None, "somebody else's float");
            continue;
        }
        let error = outcome.expect_err("too much");
        assert!(
            matches!(
                error,
                Error::Sponsor(SponsorError::Mismatch(
                    Mismatch::Price { .. } | Mismatch::Budget { .. }
                ))
            ),
            "{error}"
        );
        assert!(sent.is_empty(), "not signed, not sent");
    }
}
