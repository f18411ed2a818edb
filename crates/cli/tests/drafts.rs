//! Whatever a crash leaves of a job on its way to the coordinator is finished by the next start, and paid once.

use std::sync::Arc;
use veriframe_app::{
    Context,
    create::{self, resume_drafts},
    db::jobs::{self as table, DraftStage},
    jobs::{self, Found},
    view::{AppEvent, FormatChoice, JobSettings, JobStateView},
};
use veriframe_core::Amount;
use veriframe_testkit::{Scene, TempHome, TestCoordinator, blender};

fn settings(home: &TempHome, frames: &str) -> JobSettings {
    let scene = Scene::default().write(home.beside(), "scene.blend");
    JobSettings {
        path: scene.to_string_lossy().into_owned(),
        scene: String::new(),
        frames: frames.to_owned(),
        percent: 100,
        samples: 0,
        format: FormatChoice::Png,
        bake: false,
        plain: false,
        anew: false,
        denoise_off: false,
        ignore_missing: false,
        located: vec![],
        pieces: String::new(),
        cap: String::new(),
    }
}

fn skipped() -> bool {
    if blender().is_none() {
        eprintln!("SKIPPED: no Blender");
        return true;
    }
    false
}

async fn posted(app: &Arc<Context>, draft: &str) -> String {
    let mut events = app.events.subscribe();
    loop {
        match jobs::find(app, draft).await.unwrap() {
            Found::Posted { job, .. } => return job,
            Found::Draft(row) => assert!(row.stage.is_unfinished(), "{row:?}"),
        }
        while !matches!(events.recv().await, Ok(AppEvent::Job(_)) | Err(_)) {}
    }
}

/// A row as a crash in `stage` would have left it.
async fn crashed_in(app: &Arc<Context>, draft: &str, stage: &'static str) {
    let id = draft.to_owned();
    app.db
        .call(move |conn| {
            let set = "UPDATE job_drafts SET stage = ?2, job = NULL, taken_up = NULL, funded_ms = NULL WHERE id = ?1";
            conn.execute(set, [id.as_str(), stage])?;
            Ok(())
        })
        .await
        .unwrap();
}

async fn escrowed(app: &Arc<Context>) -> Amount {
    app.api.account().await.unwrap().escrowed.0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_stage_is_made_good_and_paid_once() {
    if skipped() {
        return;
    }
    let coordinator = TestCoordinator::launch().await;
    let app = coordinator.app_beside().await;
    let draft = create::post_job(&app, settings(&coordinator.home, "1-5"), String::new())
        .await
        .unwrap();
    let job = posted(&app, &draft).await;
    let cap = escrowed(&app).await;
    assert!(cap > Amount::ZERO);
    // The answer to the request that pays was lost.
    crashed_in(&app, &draft, "funding").await;
    resume_drafts(&app).await.unwrap();
    assert_eq!(posted(&app, &draft).await, job, "the same job, not a second one");
    assert_eq!(escrowed(&app).await, cap);
    // In the middle of pinning: the packed folder is gone, so it is packed again.
    for stage in ["pinning", "packing"] {
        crashed_in(&app, &draft, stage).await;
        resume_drafts(&app).await.unwrap();
        assert_eq!(posted(&app, &draft).await, job, "{stage}");
        assert_eq!(escrowed(&app).await, cap, "{stage}");
    }
    // Both ids lead to it.
    assert_eq!(jobs::job(&app, draft).await.unwrap().row.id, job);
    assert_eq!(jobs::jobs(&app).await.unwrap().len(), 1);
    app.shutdown().await;
    coordinator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_fails_says_why_and_costs_nothing() {
    if skipped() {
        return;
    }
    let coordinator = TestCoordinator::launch().await;
    let app = coordinator.app_beside().await;
    let chosen = settings(&coordinator.home, "1");
    // The scene goes away between the report and the packing.
    std::fs::create_dir_all(app.home.packed()).unwrap();
    let path = chosen.path.clone();
    let mut events = app.events.subscribe();
    let row = table::DraftRow {
        id: "draft-gone".into(),
        name: "scene".into(),
        stage: DraftStage::Packing,
        settings: serde_json::json!({
            "schema": 1, "settings": chosen, "price_per_frame": "10000000000000000", "cap": "20000000000000000"
        })
        .to_string(),
        request: None,
        job: None,
        note: String::new(),
        code: String::new(),
        coordinator: "embedded".into(),
        created_at_ms: 1,
        packed_ms: None,
        pinned_ms: None,
        funded_ms: None,
        bytes: 0,
        files: 0,
    };
    std::fs::remove_file(path).unwrap();
    app.db
        .call(move |conn| Ok(table::insert_draft(conn, &row)?))
        .await
        .unwrap();
    resume_drafts(&app).await.unwrap();
    while !matches!(events.recv().await, Ok(AppEvent::Notice { .. })) {}
    let view = jobs::job(&app, "draft-gone".into()).await.unwrap();
    assert_eq!(view.row.state, JobStateView::Failed);
    assert!(view.row.note.starts_with("There is no file"), "{}", view.row.note);
    assert_eq!(escrowed(&app).await, Amount::ZERO);
    app.shutdown().await;
    coordinator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_gives_everything_back_that_was_not_used() {
    if skipped() {
        return;
    }
    let coordinator = TestCoordinator::launch().await;
    let app = coordinator.app_beside().await;
    let draft = create::post_job(&app, settings(&coordinator.home, "1-3000"), String::new())
        .await
        .unwrap();
    let job = posted(&app, &draft).await;
    let cells = jobs::job_frames(&app, job.clone()).await.unwrap();
    assert_eq!(cells.len(), 3000);
    assert!(cells.windows(2).all(|pair| pair[0].frame < pair[1].frame));
    jobs::cancel_job(&app, draft).await.unwrap();
    let view = jobs::job(&app, job).await.unwrap();
    assert_eq!(
        (view.row.state, view.row.money.unwrap().refundable.as_str()),
        (JobStateView::Cancelled, "0")
    );
    let account = app.api.account().await.unwrap();
    assert_eq!(
        (account.balance.0, account.escrowed.0),
        (Amount::credits(100), Amount::ZERO)
    );
    app.shutdown().await;
    coordinator.stop().await;
}
