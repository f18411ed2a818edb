//! Signed transactions in the app's database.

use super::Payment;
use crate::{
    Context,
    db::{
        Db, DbError,
        transactions::{self, Owner, TransactionRow},
    },
};
use async_trait::async_trait;
use veriframe_chain::{
    number,
    send::{Journal, JournalError, SignedTransaction},
};

pub(super) const SENT: &str = "sent";
pub(super) const SUCCEEDED: &str = "succeeded";
pub(super) const REVERTED: &str = "reverted";
pub(super) const REPLACED: &str = "replaced";

/// The journal of one payment: what is written down says what it is for.
pub(super) struct AppJournal<'a> {
    ctx: &'a Context,
    owner: Owner,
    payment: &'a Payment,
}

impl<'a> AppJournal<'a> {
    pub fn new(ctx: &'a Context, owner: Owner, payment: &'a Payment) -> Self {
        Self { ctx, owner, payment }
    }

    pub fn row(&self, transaction: &SignedTransaction) -> TransactionRow {
        let payment = self.payment;
        TransactionRow {
            seq: 0,
            id: payment.id.clone(),
            hash: number::format(&transaction.hash),
            nonce: i64::try_from(transaction.nonce).unwrap_or(i64::MAX),
            body: transaction.body.clone(),
            what: payment.what.name().to_owned(),
            words: payment.words.clone(),
            amount: payment.amount.to_string(),
            job: payment.job.clone(),
            created_at_ms: self.ctx.clock.now().0,
            state: SENT.to_owned(),
            fee: String::new(),
        }
    }

    pub async fn write(&self, row: TransactionRow) -> Result<(), DbError> {
        let owner = self.owner.clone();
        self.db()
            .call(move |conn| Ok(transactions::append(conn, &owner, &row)?))
            .await
    }

    pub async fn rows(&self, id: &str) -> Result<Vec<TransactionRow>, DbError> {
        let (owner, id) = (self.owner.clone(), id.to_owned());
        self.db()
            .call(move |conn| Ok(transactions::of(conn, &owner, &id)?))
            .await
    }

    fn db(&self) -> &Db {
        &self.ctx.db
    }
}

#[async_trait]
impl Journal for AppJournal<'_> {
    async fn load(&self, id: &str) -> Result<Vec<SignedTransaction>, JournalError> {
        let rows = self.rows(id).await.map_err(|error| JournalError(error.into()))?;
        let signed = rows.into_iter().map(|row| {
            let hash = number::parse(&row.hash).map_err(|error| JournalError(error.into()))?;
            let nonce = u64::try_from(row.nonce).map_err(|error| JournalError(error.into()))?;
            Ok(SignedTransaction {
                hash,
                nonce,
                body: row.body,
            })
        });
        signed.collect()
    }

    async fn append(&self, _id: &str, transaction: &SignedTransaction) -> Result<(), JournalError> {
        let row = self.row(transaction);
        self.write(row).await.map_err(|error| JournalError(error.into()))
    }
}
