//! Where the coordinator's transactions are written down.

use crate::store::{Store, signed_transactions};
use async_trait::async_trait;
use veriframe_chain::send::{Journal, JournalError, SignedTransaction};

pub(super) struct StoreJournal<'a>(pub &'a Store);

fn refused(error: sqlx::Error) -> JournalError {
    JournalError(Box::new(error))
}

#[async_trait]
impl Journal for StoreJournal<'_> {
    async fn load(&self, id: &str) -> Result<Vec<SignedTransaction>, JournalError> {
        let mut db = self.0.read().await.map_err(refused)?;
        signed_transactions::of(&mut db, id).await.map_err(refused)
    }

    /// Survives a power cut, not only a crash: a transaction that was sent and forgotten would be signed a second time.
    async fn append(&self, id: &str, transaction: &SignedTransaction) -> Result<(), JournalError> {
        let mut tx = self.0.write_durably().await.map_err(refused)?;
        let now = tx.now;
        signed_transactions::insert(tx.db(), id, transaction, now)
            .await
            .map_err(refused)?;
        tx.commit().await.map_err(refused)
    }
}
