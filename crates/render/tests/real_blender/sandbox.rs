use crate::common::{LONG, build_scenes, installation, none_left_with, options};
use std::{fs, net::TcpListener, time::Duration};
use tokio_util::sync::CancellationToken;
use veriframe_render::{
    Installation, RenderError, SandboxPolicy, Session,
    preflight::{Examined, small_frame_of_original},
};

/// A Blender that can be confined here; says so where there is none.
async fn with_sandbox() -> Option<Installation> {
    let installation = installation().await?;
    if let Some(reason) = &installation.no_sandbox {
        eprintln!("SKIPPED: no sandbox: {reason}");
        return None;
    }
    Some(installation)
}

/// *Check the packed copy* renders a downloaded scene where it lies.
#[tokio::test]
async fn an_original_is_compared_without_letting_it_out() {
    let Some(installation) = installation().await else {
        return;
    };
    let private = tempfile::Builder::new()
        .prefix(".veriframe-test")
        .tempdir_in(std::env::home_dir().unwrap())
        .unwrap();
    let secret = private.path().join("secret");
    let folder = tempfile::tempdir().unwrap();
    build_scenes(folder.path(), &["--secret", secret.to_str().unwrap(), "1", "1"]);
    let mut scene = Examined {
        sandbox: SandboxPolicy::Allow,
        installation,
        folder: folder.path().to_owned(),
        entry: "nosy.blend".into(),
        scene: None,
        cancel: CancellationToken::new(),
    };
    if scene.installation.no_sandbox.is_none() {
        small_frame_of_original(&scene, &[], 1).await.unwrap();
        assert_eq!(fs::read_dir(private.path()).unwrap().count(), 0, "it wrote outside");
    }
    scene.installation.no_sandbox = Some("a reason".into());
    let refused = small_frame_of_original(&scene, &[], 1).await.unwrap_err();
    assert!(refused.to_string().contains("only in a sandbox"), "{refused}");
    assert_eq!(fs::read_dir(private.path()).unwrap().count(), 0);
}

/// What a scene may take of the computer: programs, room on the disk, and no trace of it stays.
#[tokio::test]
async fn a_scene_takes_no_more_than_it_may() {
    let Some(installation) = with_sandbox().await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    build_scenes(folder.path(), &["--secret", "/nowhere", "1", "1"]);
    for (scene, words) in [
        ("crowd", Some("more than 64 programs")),
        ("hoarder", Some("MB beside its frames")),
        // That takes nothing; but it must not stay.
        ("burrower", None),
    ] {
        let work = tempfile::tempdir().unwrap();
        let mut asked = options(&installation, scene, work.path());
        asked.scene_dir = folder.path().to_owned();
        asked.sandbox = SandboxPolicy::Require;
        asked.disk_limit = Some(100 << 20);
        let mut session = Session::start(asked).await.unwrap();
        let ended = session.render(1, |_| (), LONG).await;
        match (&ended, words) {
            (Ok(rendered), None) => {
                assert!(rendered.log_tail.contains("BURROWED"));
                fs::remove_file(&rendered.path).unwrap();
            }
            (Err(RenderError::Unsupported(why)), Some(words)) => assert!(why.contains(words), "{scene}: {why}"),
            _ => panic!("{scene}: {ended:?}"),
        }
        session.close().await;
        none_left_with(&work.path().display().to_string()).await;
        let left: Vec<_> = fs::read_dir(work.path()).unwrap().collect();
        assert!(left.is_empty(), "{scene} left {left:?}");
    }
}

/// A scene whose Python does run (a Freestyle style module) tries everything a scene must not be able to do.
#[tokio::test]
async fn a_scene_reaches_nothing_of_the_computer() {
    let Some(installation) = with_sandbox().await else {
        return;
    };
    let home = std::env::home_dir().unwrap();
    let private = tempfile::Builder::new()
        .prefix(".veriframe-test")
        .tempdir_in(home)
        .unwrap();
    let secret = private.path().join("secret");
    fs::write(&secret, "very private").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let folder = tempfile::tempdir().unwrap();
    let own_id = std::process::id().to_string();
    build_scenes(folder.path(), &["--secret", secret.to_str().unwrap(), &port, &own_id]);
    let work = tempfile::tempdir().unwrap();
    let mut asked = options(&installation, "nosy", work.path());
    asked.scene_dir = folder.path().to_owned();
    asked.sandbox = SandboxPolicy::Require;
    let mut session = Session::start(asked.clone()).await.unwrap();
    let rendered = session.render(1, |_| (), LONG).await.unwrap();
    let log = rendered.log_tail;
    let said = |name: &str| {
        log.lines()
            .find_map(|line| line.strip_prefix(&format!("NOSY {name} ")))
            .unwrap_or_else(|| panic!("{name} was not tried:\n{log}"))
    };
    assert_eq!(said("read"), "FileNotFoundError");
    assert_eq!(said("passwd"), "FileNotFoundError");
    assert!(!said("root").contains("home"), "{}", said("root"));
    assert_eq!(said("environment"), "unset");
    assert!(said("connect").ends_with("Error"), "{}", said("connect"));
    for place in ["scene", "usr", "slash", "home"] {
        assert!(said(place).ends_with("Error"), "{place}: {}", said(place));
    }
    assert_eq!(said("frames"), "written");
    assert!(said("processes").parse::<u32>().unwrap() < 6);
    assert!(said("kill").ends_with("Error"));
    assert_ne!(said("user"), "0", "not even where VeriFrame runs as root");
    // What started the sandbox has an empty environment, or hides it.
    assert!(
        ["0", "PermissionError"].contains(&said("launcher")),
        "{}",
        said("launcher")
    );
    for place in ["kernel", "shared", "devices"] {
        assert!(said(place).ends_with("Error"), "{place}: {}", said(place));
    }
    for call in ["namespace", "cloned", "keys", "ring", "trace"] {
        let refused = [
            "Function not implemented",
            "Operation not permitted",
            "Permission denied",
        ];
        assert!(refused.contains(&said(call)), "{call}: {}", said(call));
    }
    assert!(!folder.path().join("written").exists());
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "nobody connected");
    // The scene puts a link to the secret where the next frame belongs. It is not followed.
    let second = session.render(2, |_| (), LONG).await;
    assert!(matches!(second, Err(RenderError::NoOutput { .. })), "{second:?}");
    assert!(!work.path().join("frame_0002.png").exists());
    assert_eq!(fs::read_to_string(&secret).unwrap(), "very private");
    session.close().await;
    none_left_with(&work.path().display().to_string()).await;

    // Without a sandbox such a scene is refused.
    asked.sandbox = SandboxPolicy::Off;
    let refused = Session::start(asked.clone()).await.err();
    assert!(matches!(refused, Some(RenderError::Unsupported(_))), "{refused:?}");
    asked.sandbox = SandboxPolicy::Require;
    asked.installation.no_sandbox = Some("a reason".into());
    asked.start_timeout = Duration::from_secs(1);
    let refused = Session::start(asked).await.err();
    assert!(matches!(refused, Some(RenderError::NoSandbox(_))), "{refused:?}");
}
