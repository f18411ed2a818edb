use crate::common::{LONG, installation, none_left_with, options, processes_with, scenes};
use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};
use veriframe_render::{RenderError, SandboxPolicy, Session};

#[tokio::test]
async fn what_a_scene_lacks_is_told_before_any_frame() {
    let Some(installation) = installation().await else {
        return;
    };
    let work = tempfile::tempdir().unwrap();
    let start = async |scene: &str| Session::start(options(&installation, scene, work.path())).await.err();
    assert!(matches!(start("without_camera").await, Some(RenderError::NoCamera)));
    if installation.info.denoisers.is_empty() {
        assert!(matches!(
            start("denoised").await,
            Some(RenderError::MissingDenoiser { denoiser }) if denoiser == "openimagedenoise"
        ));
    }
    let mut asked = options(&installation, "animated", work.path());
    asked.settings.scene = Some("No such".into());
    assert!(matches!(Session::start(asked).await.err(), Some(RenderError::NoSuchScene(name)) if name == "No such"));
}

#[tokio::test]
async fn what_is_no_scene_is_told() {
    let Some(installation) = installation().await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(scenes().join("animated.blend")).unwrap();
    let mut newer = whole.clone();
    newer[..17].copy_from_slice(b"BLENDER17-01v0999");
    for (name, bytes) in [
        ("empty", &b""[..]),
        ("text", b"no scene at all"),
        ("truncated", &whole[..whole.len() / 3]),
        ("newer", &newer),
    ] {
        fs::write(folder.path().join(format!("{name}.blend")), bytes).unwrap();
    }
    let work = tempfile::tempdir().unwrap();
    for name in ["empty", "text", "truncated", "newer", "absent", "../outside"] {
        let mut asked = options(&installation, name, work.path());
        asked.scene_dir = folder.path().to_owned();
        let error = Session::start(asked).await.err();
        assert!(
            matches!(error, Some(RenderError::SceneUnreadable { .. })),
            "{name}: {error:?}"
        );
        eprintln!("{name}: {}", error.unwrap());
    }
}

#[tokio::test]
async fn cancel_timeout_and_drop_leave_no_process() {
    let Some(installation) = installation().await else {
        return;
    };
    for how in ["cancel", "timeout", "drop", "memory"] {
        let work = tempfile::tempdir().unwrap();
        let mut asked = options(&installation, "endless", work.path());
        if how == "memory" {
            asked.memory_limit = Some(1 << 20);
        }
        let cancel = asked.cancel.clone();
        let mut session = match Session::start(asked).await {
            Ok(session) => session,
            Err(RenderError::OutOfMemory { peak }) if how == "memory" => {
                assert!(peak > 1 << 20);
                continue;
            }
            Err(error) => panic!("{how}: {error}"),
        };
        let place = work.path().display().to_string();
        assert!(!processes_with(&place).is_empty(), "the process is found by its folder");
        let timeout = if how == "timeout" { Duration::from_secs(2) } else { LONG };
        // Stopped in the middle of the samples.
        let (begun, mut has_begun) = tokio::sync::mpsc::unbounded_channel();
        let rendering = session.render(1, move |_| begun.send(()).unwrap_or_default(), timeout);
        match how {
            "cancel" => {
                let (result, ()) = tokio::join!(rendering, async {
                    has_begun.recv().await;
                    cancel.cancel();
                });
                assert!(matches!(result, Err(RenderError::Cancelled)));
            }
            "drop" => {
                tokio::select! {
                    _ = rendering => panic!("cannot end"),
                    _ = has_begun.recv() => {}
                }
                session.close().await;
            }
            _ => assert!(matches!(rendering.await, Err(RenderError::TimedOut { seconds: 2 }))),
        }
        none_left_with(&place).await;
    }
}

#[tokio::test]
async fn a_killed_blender_is_told_and_the_session_is_over() {
    let Some(installation) = installation().await else {
        return;
    };
    let work = tempfile::tempdir().unwrap();
    let mut session = Session::start(options(&installation, "endless", work.path()))
        .await
        .unwrap();
    let place = work.path().display().to_string();
    let (begun, mut has_begun) = tokio::sync::mpsc::unbounded_channel();
    let (result, ()) = tokio::join!(
        session.render(1, move |_| begun.send(()).unwrap_or_default(), LONG),
        async {
            has_begun.recv().await;
            for process in processes_with(&place) {
                let id = process.file_name().unwrap().to_owned();
                std::process::Command::new("kill").arg("-9").arg(id).status().unwrap();
            }
        }
    );
    assert!(matches!(result, Err(RenderError::BlenderDied { .. })), "{result:?}");
    let again = session.render(2, |_| (), LONG).await;
    assert!(matches!(again, Err(RenderError::BlenderDied { .. })));
}

/// The other process of the next test: renders until it is killed. On its own it does nothing.
#[tokio::test]
async fn renders_until_it_is_killed() {
    let (Some(work), Some(installation)) = (std::env::var_os("VERIFRAME_TEST_KILLED_IN"), installation().await) else {
        return;
    };
    let mut asked = options(&installation, "endless", work.as_ref());
    if std::env::var_os("VERIFRAME_TEST_CONFINED").is_none() {
        asked.sandbox = SandboxPolicy::Off;
    }
    let mut session = Session::start(asked).await.unwrap();
    let ended = session.render(1, |_| println!("\nit has begun"), LONG).await;
    panic!("not killed: {ended:?}");
}

#[tokio::test]
async fn blender_does_not_outlive_a_killed_program() {
    if installation().await.is_none() {
        return;
    }
    for confined in [true, false] {
        let work = tempfile::tempdir().unwrap();
        let mut program = Command::new(std::env::current_exe().unwrap());
        program
            .args(["--exact", "failures::renders_until_it_is_killed", "--nocapture"])
            .env("VERIFRAME_TEST_KILLED_IN", work.path())
            .stdout(Stdio::piped());
        if confined {
            program.env("VERIFRAME_TEST_CONFINED", "1");
        }
        let mut program = program.spawn().unwrap();
        // Read on only after the kill: a closed pipe would end the program by itself.
        let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
        let begun = lines.by_ref().map_while(Result::ok).any(|line| line == "it has begun");
        assert!(begun, "confined: {confined}");
        let place = work.path().display().to_string();
        assert!(!processes_with(&place).is_empty());
        program.kill().unwrap();
        program.wait().unwrap();
        drop(lines);
        none_left_with(&place).await;
    }
}
