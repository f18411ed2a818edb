use super::{Answer, State};
use veriframe_app::{prices as topic, view::PriceView};

#[tauri::command]
#[specta::specta]
pub async fn prices(backend: State<'_>) -> Answer<Vec<PriceView>> {
    Ok(topic::prices(&backend.context().await?).await)
}
