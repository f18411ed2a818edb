use crate::common::{LONG, installation, none_left_with, options, pixels, plain, settings};
use std::sync::Mutex;
use veriframe_core::{Denoise, OutputFormat};
use veriframe_render::{
    SandboxPolicy, Session, SessionOptions, SessionSettings, Standby,
    image_check::{compare, digest},
};

/// Frames 1 to 5 of a scene, through a session and by plain Blender: every pixel the same.
async fn equal_to_plain(scene: &str, sandbox: SandboxPolicy) {
    let Some(installation) = installation().await else {
        return;
    };
    let reference = plain(&installation, scene, (1, 5), "PNG", "s.cycles.time_limit = 0");
    let work = tempfile::tempdir().unwrap();
    let mut session = Session::start(veriframe_render::SessionOptions {
        sandbox,
        ..options(&installation, scene, work.path())
    })
    .await
    .unwrap();
    let mut frames = Vec::new();
    for frame in 1..=5 {
        let shares = Mutex::new(Vec::new());
        let rendered = session
            .render(frame, |share| shares.lock().unwrap().push(share), LONG)
            .await
            .unwrap();
        let shares = shares.into_inner().unwrap();
        assert!(shares.is_sorted() && shares.last() == Some(&1.0), "{shares:?}");
        assert!(rendered.peak_memory > 10 << 20 && rendered.seconds > 0.0);
        assert!(rendered.log_tail.contains("Saved:"), "{}", rendered.log_tail);
        frames.push(rendered);
    }
    session.close().await;
    for rendered in frames {
        let found = pixels(&rendered.path);
        assert_eq!(rendered.digest, digest(&found));
        assert_eq!((found.width, found.height), (rendered.width, rendered.height));
        let expected = pixels(&reference.join(format!("frame_{:04}.png", rendered.frame)));
        assert!(compare(&expected, &found).equal, "frame {}", rendered.frame);
    }
    none_left_with(&work.path().display().to_string()).await;
}

#[tokio::test]
async fn frames_equal_those_of_plain_blender() {
    equal_to_plain("animated", SandboxPolicy::Require).await;
}

#[tokio::test]
async fn an_unbaked_simulation_equals_plain_blender_too() {
    equal_to_plain("simulated", SandboxPolicy::Off).await;
}

#[tokio::test]
async fn settings_replace_those_of_the_file() {
    let Some(installation) = installation().await else {
        return;
    };
    for (format, name, extension) in [
        (OutputFormat::Exr, "OPEN_EXR", "exr"),
        (OutputFormat::Jpeg, "JPEG", "jpg"),
    ] {
        let reference = plain(
            &installation,
            "animated",
            (3, 3),
            name,
            "s.render.resolution_percentage = 50; s.cycles.samples = 3; s.cycles.time_limit = 0",
        );
        let work = tempfile::tempdir().unwrap();
        let mut asked = options(&installation, "animated", work.path());
        asked.settings.format = format;
        asked.settings.percent = Some(50);
        asked.settings.samples = Some(3);
        asked.threads = Some(1);
        let mut session = Session::start(asked).await.unwrap();
        let rendered = session.render(3, |_| (), LONG).await.unwrap();
        session.close().await;
        assert_eq!((rendered.width, rendered.height), (80, 45));
        assert_eq!(rendered.path, work.path().join(format!("frame_0003.{extension}")));
        let expected = pixels(&reference.join(format!("frame_0003.{extension}")));
        assert!(compare(&expected, &pixels(&rendered.path)).equal, "{name}");
        assert!(veriframe_render::picture::thumbnail(&std::fs::read(&rendered.path).unwrap(), 40).is_ok());
    }
}

#[tokio::test]
async fn another_scene_of_the_file_and_a_negative_frame() {
    let Some(installation) = installation().await else {
        return;
    };
    let work = tempfile::tempdir().unwrap();
    let mut asked = options(&installation, "two_scenes", work.path());
    asked.settings.scene = Some("Second".into());
    asked.settings.denoise = Denoise::Off;
    let mut session = Session::start(asked).await.unwrap();
    let rendered = session.render(-3, |_| (), LONG).await.unwrap();
    session.close().await;
    assert_eq!((rendered.width, rendered.height), (80, 90));
    assert!(rendered.path.ends_with("frame_-0003.png"));

    // Blender has no command for a negative frame to compare with: to -s and -f a sign means "relative".
    let mut session = Session::start(options(&installation, "animated", work.path()))
        .await
        .unwrap();
    let rendered = session.render(-2, |_| (), LONG).await.unwrap();
    session.render(2, |_| (), LONG).await.unwrap();
    session.close().await;
    assert!(rendered.path.ends_with("frame_-0002.png"));
}

#[tokio::test]
async fn a_denoised_scene_renders_when_denoising_is_turned_off() {
    let Some(installation) = installation().await else {
        return;
    };
    let work = tempfile::tempdir().unwrap();
    let mut asked = options(&installation, "denoised", work.path());
    asked.settings.denoise = Denoise::Off;
    let mut session = Session::start(asked).await.unwrap();
    session.render(1, |_| (), LONG).await.unwrap();
    session.close().await;
}

#[tokio::test]
async fn a_blender_that_waited_for_the_scene_renders_the_same() {
    let Some(installation) = installation().await else {
        return;
    };
    let work = tempfile::tempdir().unwrap();
    let asked = options(&installation, "animated", work.path());
    let mut standby = Standby::start(
        &installation,
        work.path(),
        asked.settings.format,
        false,
        SandboxPolicy::Allow,
    )
    .await
    .unwrap();
    assert!(standby.fits(&asked));
    let other_format = SessionOptions {
        settings: SessionSettings {
            format: OutputFormat::Exr,
            ..settings()
        },
        ..asked.clone()
    };
    assert!(!standby.fits(&other_format));
    let mut session = Session::open_in(standby, asked.clone()).await.unwrap();
    let waited = session.render(1, |_| (), LONG).await.unwrap();
    session.close().await;
    let mut session = Session::start(asked).await.unwrap();
    let started = session.render(1, |_| (), LONG).await.unwrap();
    session.close().await;
    assert_eq!(waited.digest, started.digest);
}
