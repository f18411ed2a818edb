use crate::common::{built_once, installation};
use std::path::Path;
use tokio_util::sync::CancellationToken;
use veriframe_peers::copy_all;
use veriframe_render::{
    SandboxPolicy,
    image_check::{Limits, Pixels, compare, decode},
    preflight::{Examined, Findings, PreflightError, bake, check, small_frame, small_frame_of_original},
};

async fn examined(folder: &Path) -> Option<Examined> {
    Some(Examined {
        installation: installation().await?,
        folder: folder.to_owned(),
        entry: "scene.blend".to_owned(),
        scene: None,
        sandbox: SandboxPolicy::Allow,
        cancel: CancellationToken::new(),
    })
}

/// A copy, because one is baked into.
fn built() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_all(&built_once("preflight_scenes.py"), folder.path());
    folder
}

fn pixels(png: &[u8]) -> Pixels {
    decode(png, Limits::default()).unwrap()
}

#[tokio::test]
async fn what_is_missing_is_told_and_a_sound_scene_passes() {
    if installation().await.is_none() {
        return;
    }
    let root = built();
    let sound = examined(&root.path().join("sound")).await.unwrap();
    assert_eq!(check(&sound).await.unwrap(), Findings::default());
    let troubled = examined(&root.path().join("troubled")).await.unwrap();
    let findings = check(&troubled).await.unwrap();
    assert_eq!(findings.missing, ["gone.png"]);
    assert_eq!(findings.broken, ["garbled.png"]);
    assert_eq!(findings.pink, ["Garbled", "Gone"]);
    assert_eq!(findings.unlinked, ["Bush"]);

    std::fs::write(root.path().join("sound/scene.blend"), "no scene").unwrap();
    let refused = check(&sound).await.unwrap_err();
    assert!(matches!(refused, PreflightError::Unreadable(_)), "{refused}");

    let unknown = Examined {
        scene: Some("Other".to_owned()),
        ..troubled
    };
    let refused = check(&unknown).await.unwrap_err();
    assert!(refused.to_string().contains("there is no scene Other"), "{refused}");
}

#[tokio::test]
async fn a_simulation_is_baked_into_the_folder() {
    if installation().await.is_none() {
        return;
    }
    let root = built();
    let falling = examined(&root.path().join("falling")).await.unwrap();
    let before = pixels(&small_frame(&falling, 20).await.unwrap());
    assert_eq!((before.width, before.height), (64, 36));
    let original = pixels(&small_frame_of_original(&falling, &[], 20).await.unwrap());
    assert!(compare(&before, &original).equal, "in its sandbox it looks as outside");
    assert_eq!(bake(&falling).await.unwrap(), Vec::<String>::new());
    let after = pixels(&small_frame(&falling, 20).await.unwrap());
    assert!(!compare(&before, &after).is_alike(), "the cube has fallen by then");
    let left: Vec<_> = std::fs::read_dir(root.path()).unwrap().flatten().collect();
    assert!(
        left.iter()
            .all(|entry| !entry.file_name().to_string_lossy().starts_with("bake-"))
    );

    let smoke = examined(&root.path().join("smoke")).await.unwrap();
    assert_eq!(bake(&smoke).await.unwrap(), Vec::<String>::new());
    let cache = root.path().join("smoke/cache_fluid_1/data");
    assert_eq!(std::fs::read_dir(cache).unwrap().count(), 3, "one file for each frame");
}

#[tokio::test]
async fn a_cancel_ends_it() {
    if installation().await.is_none() {
        return;
    }
    let root = built();
    let scene = examined(&root.path().join("falling")).await.unwrap();
    scene.cancel.cancel();
    assert!(matches!(bake(&scene).await, Err(PreflightError::Cancelled)));
    assert!(root.path().join("falling/scene.blend").is_file(), "the folder is back");
}
