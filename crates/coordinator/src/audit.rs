//! What is written down about who did what.

use crate::{
    limits::Asking,
    store::{
        self, WriteTx,
        audit_log::{self, NewEntry},
    },
};
use veriframe_core::Address;
use veriframe_wire::admin::AuditAction;

/// Bytes of a note that are kept: part of it may be a stranger's text.
const NOTE_BYTES: usize = 500;

/// In the transaction of what it tells of, so that neither is there without the other.
pub async fn write(
    tx: &mut WriteTx,
    asking: &Asking,
    who: Address,
    action: AuditAction,
    target: &str,
    note: &str,
) -> Result<(), sqlx::Error> {
    let end = (0..=note.len().min(NOTE_BYTES))
        .rev()
        .find(|&end| note.is_char_boundary(end));
    let now = tx.now;
    let entry = NewEntry {
        who: &who.to_string(),
        action,
        target,
        note: &note[..end.unwrap_or(0)],
        origin: &asking.ip.to_string(),
        request_id: &asking.request_id,
    };
    audit_log::insert(tx.db(), &entry, now).await
}

/// Of something that did not happen: by itself, and never in the way of the answer.
pub async fn write_alone(store: &store::Store, asking: &Asking, who: Address, action: AuditAction, note: &str) {
    let written = async {
        let mut tx = store.write().await?;
        write(&mut tx, asking, who, action, "", note).await?;
        tx.commit().await
    };
    if let Err(error) = written.await {
        tracing::error!(%error, ?action, %who, "the audit log could not be written");
    }
}
