use super::{Answer, State};
use veriframe_app::{
    view::{LedgerPage, WalletView},
    wallet as topic,
};

#[tauri::command]
#[specta::specta]
pub async fn wallet(backend: State<'_>) -> Answer<WalletView> {
    topic::wallet(&backend.context().await?).await
}

#[tauri::command]
#[specta::specta]
pub async fn ledger(backend: State<'_>, cursor: String) -> Answer<LedgerPage> {
    topic::ledger(&backend.context().await?, cursor).await
}

#[tauri::command]
#[specta::specta]
pub async fn ask_for_credits(backend: State<'_>) -> Answer<()> {
    topic::ask_for_credits(&backend.context().await?).await
}

#[tauri::command]
#[specta::specta]
pub async fn transfer(backend: State<'_>, to: String, amount: String) -> Answer<()> {
    topic::transfer(&backend.context().await?, to, amount).await
}

#[tauri::command]
#[specta::specta]
pub async fn back_up_key(backend: State<'_>, folder: String) -> Answer<String> {
    topic::back_up_key(&backend.context().await?, folder).await
}
