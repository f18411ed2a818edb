//! A journal that lasts as long as the program.

use super::{Journal, JournalError, SignedTransaction};
use async_trait::async_trait;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// For what may be begun again by hand, such as a deployment: after a crash, nothing is known of what was sent.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<HashMap<String, Vec<SignedTransaction>>>);

#[async_trait]
impl Journal for MemoryJournal {
    async fn load(&self, id: &str) -> Result<Vec<SignedTransaction>, JournalError> {
        let signed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(signed.get(id).cloned().unwrap_or_default())
    }

    async fn append(&self, id: &str, transaction: &SignedTransaction) -> Result<(), JournalError> {
        let mut signed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        signed.entry(id.to_owned()).or_default().push(transaction.clone());
        Ok(())
    }
}
