//! What could keep VeriFrame from working, looked at one by one.

use super::report;
use crate::{
    Context,
    provide::{self, DISK_AT_LEAST},
    view::{CommandError, DoctorCheck, DoctorLevel, DoctorReport},
};
use std::{path::Path, sync::Arc, time::Duration};
use veriframe_render::free_bytes;

/// Below this there is a warning, in bytes.
const DISK_COMFORTABLE: u64 = 10 << 30;
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Looks at everything and reports; what is wrong is in the report, not an error.
pub async fn doctor(ctx: &Arc<Context>) -> Result<DoctorReport, CommandError> {
    let (coordinator, mut blenders) = tokio::join!(coordinator(ctx), blenders(ctx));
    let mut checks = vec![check(
        "VeriFrame",
        DoctorLevel::Ok,
        format!("version {}", env!("CARGO_PKG_VERSION")),
        "",
    )];
    checks.append(&mut blenders);
    checks.push(disk(ctx).await);
    checks.push(content_store(ctx).await);
    checks.push(coordinator);
    checks.extend(chain(ctx).await);
    checks.push(key_file(&ctx.home.key()));
    let text = report::text(&checks);
    Ok(DoctorReport { checks, text })
}

fn check(name: &str, level: DoctorLevel, detail: impl Into<String>, advice: &str) -> DoctorCheck {
    DoctorCheck {
        name: name.to_owned(),
        level,
        detail: detail.into(),
        advice: advice.to_owned(),
    }
}

async fn blenders(ctx: &Arc<Context>) -> Vec<DoctorCheck> {
    if let Err(error) = provide::rescan_blenders(ctx).await {
        return vec![check("Blender", DoctorLevel::Bad, error.message, &error.hint)];
    }
    let found = ctx.provider.look().blenders.unwrap_or_default();
    let usable: Vec<_> = found.iter().filter_map(|found| found.answer.as_ref().ok()).collect();
    let mut checks: Vec<DoctorCheck> = found
        .iter()
        .map(|found| match &found.answer {
            Ok(blender) => {
                let denoisers: Vec<&str> = blender.info.denoisers.iter().map(String::as_str).collect();
                let engines: Vec<String> = blender.info.engines.iter().map(ToString::to_string).collect();
                let detail = format!(
                    "{} at {}; engines: {}; denoisers: {}",
                    blender.info.version,
                    found.path.display(),
                    engines.join(", "),
                    if denoisers.is_empty() {
                        "none".to_owned()
                    } else {
                        denoisers.join(", ")
                    },
                );
                check("Blender", DoctorLevel::Ok, detail, "")
            }
            Err(error) => check(
                "Blender",
                DoctorLevel::Warning,
                format!("{}: {error}", found.path.display()),
                "Repair or remove this installation.",
            ),
        })
        .collect();
    let Some(first) = usable.first() else {
        checks.push(check(
            "Blender",
            DoctorLevel::Bad,
            "none was found that can be used",
            "Install Blender, or name its program in Settings.",
        ));
        return checks;
    };
    checks.push(match &first.no_sandbox {
        None => check(
            "Sandbox",
            DoctorLevel::Ok,
            "renders cannot see your files or the network",
            "",
        ),
        Some(why) => check(
            "Sandbox",
            DoctorLevel::Warning,
            why.clone(),
            "Install bubblewrap: without it only your own scenes are rendered here.",
        ),
    });
    checks
}

async fn disk(ctx: &Context) -> DoctorCheck {
    let root = ctx.home.root().to_owned();
    let free = tokio::task::spawn_blocking(move || free_bytes(&root))
        .await
        .unwrap_or_default();
    let name = "Disk space";
    match free {
        None => check(name, DoctorLevel::Warning, "the system does not tell", ""),
        Some(free) => {
            let detail = format!("{:.1} GB free", free as f64 / 1e9);
            match free {
                0..DISK_AT_LEAST => check(
                    name,
                    DoctorLevel::Bad,
                    detail,
                    "Free some space: nothing is rendered below 1 GB.",
                ),
                DISK_AT_LEAST..DISK_COMFORTABLE => {
                    check(name, DoctorLevel::Warning, detail, "Large scenes may not fit.")
                }
                _ => check(name, DoctorLevel::Ok, detail, ""),
            }
        }
    }
}

/// Writes a small file into the store, reads it back, and compares.
async fn content_store(ctx: &Context) -> DoctorCheck {
    let name = "Content store";
    let blocks = ctx.blocks.clone();
    let tried = tokio::task::spawn_blocking(move || -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
        let words = b"VeriFrame looks whether blocks can be kept here.";
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("check");
        std::fs::write(&path, words)?;
        let imported = blocks.import_path(&path, &mut |_| {}, &|| false)?;
        Ok(blocks.get(&imported.root)? == words)
    })
    .await;
    match tried {
        Ok(Ok(true)) => check(name, DoctorLevel::Ok, "writes and reads back", ""),
        Ok(Ok(false)) => check(
            name,
            DoctorLevel::Bad,
            "reads back something else",
            "The disk may be failing: back up your key.",
        ),
        Ok(Err(error)) => check(
            name,
            DoctorLevel::Bad,
            error.to_string(),
            "Check the disk and the rights of the folder.",
        ),
        Err(_) => check(name, DoctorLevel::Warning, "could not be tried", ""),
    }
}

async fn coordinator(ctx: &Context) -> DoctorCheck {
    let name = "Coordinator";
    let place = if ctx.is_embedded {
        "the one in this app".to_owned()
    } else {
        ctx.api.base().to_owned()
    };
    let asked = async {
        let root = ctx.api.root().await?;
        ctx.api.account().await?;
        Ok::<_, crate::api::ApiError>(root)
    };
    match tokio::time::timeout(ANSWER_WITHIN, asked).await {
        Ok(Ok(root)) if root.version == env!("CARGO_PKG_VERSION") => check(
            name,
            DoctorLevel::Ok,
            format!("{place}, version {}, signed in", root.version),
            "",
        ),
        Ok(Ok(root)) => check(
            name,
            DoctorLevel::Warning,
            format!("{place}, version {}, signed in", root.version),
            "It is of another version than this program.",
        ),
        Ok(Err(error)) => {
            let words = CommandError::from(error);
            check(
                name,
                DoctorLevel::Bad,
                format!("{place}: {}", words.message),
                &words.hint,
            )
        }
        Err(_) => check(
            name,
            DoctorLevel::Bad,
            format!("{place} did not answer within {} s", ANSWER_WITHIN.as_secs()),
            "Check the network and the address in Settings.",
        ),
    }
}

/// Nothing in local mode.
async fn chain(ctx: &Context) -> Option<DoctorCheck> {
    let name = "Starknet";
    let bad = |error: &CommandError| check(name, DoctorLevel::Bad, error.message.clone(), &error.hint);
    let Some(access) = &ctx.chain else {
        return ctx.chain_trouble.as_ref().map(bad);
    };
    Some(match tokio::time::timeout(ANSWER_WITHIN, access.check()).await {
        Ok(Ok(())) => check(
            name,
            DoctorLevel::Ok,
            format!("{}, the market is there", access.chain_name()),
            "",
        ),
        Ok(Err(error)) => bad(&error),
        Err(_) => check(
            name,
            DoctorLevel::Bad,
            format!("the node did not answer within {} s", ANSWER_WITHIN.as_secs()),
            "Check the network and the address of the node in Settings.",
        ),
    })
}

#[cfg(unix)]
fn key_file(path: &Path) -> DoctorCheck {
    use std::os::unix::fs::PermissionsExt as _;
    /// The rights of the group and of others are the six lowest bits of the mode.
    const OWNER_ONLY_BITS: u32 = 6;
    let name = "Key file";
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.permissions().mode().trailing_zeros() >= OWNER_ONLY_BITS => {
            check(name, DoctorLevel::Ok, "only you can read it", "")
        }
        Ok(_) => check(
            name,
            DoctorLevel::Bad,
            format!("others on this computer can read {}", path.display()),
            "Take their rights away: chmod 600.",
        ),
        Err(error) => check(
            name,
            DoctorLevel::Bad,
            error.to_string(),
            "Put your back-up of key.json in its place.",
        ),
    }
}

#[cfg(not(unix))]
fn key_file(path: &Path) -> DoctorCheck {
    let name = "Key file";
    match std::fs::metadata(path) {
        Ok(_) => check(name, DoctorLevel::Ok, "in your own folder", ""),
        Err(error) => check(
            name,
            DoctorLevel::Bad,
            error.to_string(),
            "Put your back-up of key.json in its place.",
        ),
    }
}
