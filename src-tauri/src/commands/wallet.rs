use super::{Answer, State};
use crate::shell::explorer;
use tauri::AppHandle;
use veriframe_app::{
    view::{
        ChainWalletView, KeyProtection, LedgerPage, NewKey, PaymentQuote, TransactionPage, WalletPayment, WalletView,
    },
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

#[tauri::command]
#[specta::specta]
pub async fn chain_wallet(backend: State<'_>) -> Answer<ChainWalletView> {
    topic::chain_wallet(&backend.context().await?).await
}

#[tauri::command]
#[specta::specta]
pub async fn transactions(backend: State<'_>, cursor: String) -> Answer<TransactionPage> {
    topic::transactions(&backend.context().await?, cursor).await
}

/// Opens the transaction in the browser.
#[tauri::command]
#[specta::specta]
pub async fn open_transaction(app: AppHandle, backend: State<'_>, hash: String) -> Answer<()> {
    let address = topic::explorer_address(&backend.context().await?, hash).await?;
    explorer::open(&app, &address)
}

#[tauri::command]
#[specta::specta]
pub async fn fund_wallet(backend: State<'_>) -> Answer<()> {
    topic::fund_wallet(&backend.context().await?).await
}

#[tauri::command]
#[specta::specta]
pub async fn quote_payment(backend: State<'_>, payment: WalletPayment) -> Answer<PaymentQuote> {
    topic::quote_payment(&backend.context().await?, payment).await
}

#[tauri::command]
#[specta::specta]
pub async fn make_payment(backend: State<'_>, id: String, payment: WalletPayment, fee_most: String) -> Answer<String> {
    topic::make_payment(&backend.context().await?, id, payment, fee_most).await
}

#[tauri::command]
#[specta::specta]
pub async fn protect_key(backend: State<'_>, protection: KeyProtection, password: String) -> Answer<()> {
    topic::protect_key(&backend.context().await?, protection, password).await
}

#[tauri::command]
#[specta::specta]
pub async fn unlock_wallet(backend: State<'_>, password: String) -> Answer<()> {
    topic::unlock_wallet(&backend.context().await?, password).await
}

#[tauri::command]
#[specta::specta]
pub async fn lock_wallet(backend: State<'_>) -> Answer<()> {
    topic::lock_wallet(&backend.context().await?).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_lock_minutes(backend: State<'_>, minutes: u32) -> Answer<()> {
    topic::set_lock_minutes(&backend.context().await?, minutes).await
}

#[tauri::command]
#[specta::specta]
pub async fn import_key(backend: State<'_>, new_key: NewKey) -> Answer<String> {
    topic::import_key(&backend.context().await?, new_key).await
}
