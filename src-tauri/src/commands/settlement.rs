use super::{Answer, State};
use veriframe_app::{
    settlement as topic,
    view::{ChainAction, QuoteView},
};

#[tauri::command]
#[specta::specta]
pub async fn quote_on_chain(backend: State<'_>, job: String, action: ChainAction) -> Answer<QuoteView> {
    topic::quote_on_chain(&backend.context().await?, job, action).await
}

#[tauri::command]
#[specta::specta]
pub async fn act_on_chain(backend: State<'_>, job: String, action: ChainAction, fee_most: String) -> Answer<()> {
    topic::act_on_chain(&backend.context().await?, job, action, fee_most).await
}
