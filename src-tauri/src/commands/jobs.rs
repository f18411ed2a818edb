use super::{Answer, State};
use veriframe_app::{
    jobs as topic,
    view::{FrameAction, FrameCell, FrameView, JobRow, JobView, SavedFrames, WhenDone, WhenDoneView},
};

#[tauri::command]
#[specta::specta]
pub async fn jobs(backend: State<'_>) -> Answer<Vec<JobRow>> {
    topic::jobs(&backend.context().await?).await
}

#[tauri::command]
#[specta::specta]
pub async fn job(backend: State<'_>, id: String) -> Answer<JobView> {
    topic::job(&backend.context().await?, id).await
}

#[tauri::command]
#[specta::specta]
pub async fn job_frames(backend: State<'_>, id: String) -> Answer<Vec<FrameCell>> {
    topic::job_frames(&backend.context().await?, id).await
}

#[tauri::command]
#[specta::specta]
pub async fn frame(backend: State<'_>, job: String, frame: i32) -> Answer<FrameView> {
    topic::frame(&backend.context().await?, job, frame).await
}

#[tauri::command]
#[specta::specta]
pub async fn pause_job(backend: State<'_>, id: String) -> Answer<()> {
    topic::pause_job(&backend.context().await?, id).await
}

#[tauri::command]
#[specta::specta]
pub async fn resume_job(backend: State<'_>, id: String) -> Answer<()> {
    topic::resume_job(&backend.context().await?, id).await
}

#[tauri::command]
#[specta::specta]
pub async fn order_jobs(backend: State<'_>, ids: Vec<String>) -> Answer<()> {
    topic::order_jobs(&backend.context().await?, ids).await
}

#[tauri::command]
#[specta::specta]
pub async fn pause_all_jobs(backend: State<'_>, now: bool) -> Answer<()> {
    topic::pause_all_jobs(&backend.context().await?, now).await
}

#[tauri::command]
#[specta::specta]
pub async fn resume_all_jobs(backend: State<'_>) -> Answer<()> {
    topic::resume_all_jobs(&backend.context().await?).await
}

#[tauri::command]
#[specta::specta]
pub async fn when_done(backend: State<'_>) -> Answer<WhenDoneView> {
    Ok(topic::when_done(&*backend.context().await?))
}

#[tauri::command]
#[specta::specta]
pub async fn set_when_done(backend: State<'_>, choice: WhenDone) -> Answer<()> {
    topic::set_when_done(&*backend.context().await?, choice);
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub async fn cancel_job(backend: State<'_>, id: String) -> Answer<()> {
    topic::cancel_job(&backend.context().await?, id).await
}

#[tauri::command]
#[specta::specta]
pub async fn act_on_frames(backend: State<'_>, job: String, frames: Vec<i32>, action: FrameAction) -> Answer<()> {
    topic::act_on_frames(&backend.context().await?, job, frames, action).await
}

#[tauri::command]
#[specta::specta]
pub async fn save_frames(backend: State<'_>, job: String, frames: Vec<i32>, folder: String) -> Answer<SavedFrames> {
    topic::save_frames(&backend.context().await?, job, frames, folder).await
}
