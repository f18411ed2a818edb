use crate::common::installation;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use tokio_util::sync::CancellationToken;
use veriframe_core::Engine;
use veriframe_render::{DeviceKind, ProbeError, SandboxPolicy, benchmark, probe};

#[tokio::test]
async fn blender_describes_itself() {
    let Some(known) = installation().await else {
        return;
    };
    let installation = probe(&known.path).await.unwrap();
    assert!(installation.info.version.major >= 2);
    assert!(installation.info.engines.contains(&Engine::Cycles));
    assert!(installation.devices.iter().any(|device| device.kind == DeviceKind::Cpu));
    assert_eq!(installation.info.sandboxed, installation.no_sandbox.is_none());
    assert!(installation.is_current());
    eprintln!("{installation:?}");
}

#[tokio::test]
async fn what_is_no_blender_says_so() {
    assert!(matches!(
        probe(Path::new("/nowhere/blender")).await,
        Err(ProbeError::NotFound(_))
    ));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blender");
    fs::write(&file, "no program").unwrap();
    assert!(matches!(probe(&file).await, Err(ProbeError::NotExecutable(_))));
    fs::write(&file, "#!/bin/sh\necho hello\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(matches!(probe(&file).await, Err(ProbeError::NotBlender(_))));
    fs::write(
        &file,
        "#!/bin/sh\necho Blender 9.9\necho a library is missing >&2\nexit 127\n",
    )
    .unwrap();
    let Err(ProbeError::Failed { output, .. }) = probe(&file).await else {
        panic!("should have failed")
    };
    assert!(output.contains("a library is missing"));
    assert!(matches!(probe(folder.path()).await, Err(ProbeError::NotExecutable(_))));
}

#[tokio::test]
async fn the_benchmark_gives_a_score() {
    let Some(installation) = installation().await else {
        return;
    };
    let heard = std::sync::Mutex::new(Vec::new());
    let result = benchmark::benchmark(
        &installation,
        &[],
        None,
        SandboxPolicy::Allow,
        |share| heard.lock().unwrap().push(share),
        CancellationToken::new(),
    )
    .await
    .unwrap();
    eprintln!("{result:?}");
    assert!(result.score > 5 && result.score < 10_000);
    assert!(result.samples_per_second > 0.0 && result.seconds > 0.0);
    assert_eq!(heard.lock().unwrap().last(), Some(&1.0));
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    let stopped = benchmark::benchmark(&installation, &[], None, SandboxPolicy::Allow, |_| (), cancelled).await;
    assert!(matches!(stopped, Err(benchmark::BenchmarkError::Cancelled)));
}
