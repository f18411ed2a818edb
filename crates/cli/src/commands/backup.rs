//! Everything a coordinator must not lose, into one file and back.

use crate::{
    args::{Backup, Restore},
    exit::{Exit, Failure},
    output,
};
use std::path::Path;
use veriframe_app::Home;
use veriframe_cli::config::{Config, ConfigError};
use veriframe_coordinator::{BackupError, BackupManifest, Places, Settings, back_up};
use veriframe_core::{Clock as _, SystemClock};
use veriframe_ipfs::BlockStore;

pub async fn make(home: Home, args: Backup) -> Result<(), Failure> {
    let (settings, blocks) = opened(&home, args.config.as_deref())?;
    let places = places(&settings, &blocks);
    let made = back_up(&places, &args.file, args.content, SystemClock.now()).await?;
    tell(&made, &args.file, "is in", args.output.json)
}

pub async fn restore(home: Home, args: Restore) -> Result<(), Failure> {
    let (settings, blocks) = opened(&home, args.config.as_deref())?;
    let places = places(&settings, &blocks);
    let restored = veriframe_coordinator::restore(&places, &args.file, args.force).await?;
    tell(&restored, &args.file, "was put back from", args.output.json)
}

fn opened(home: &Home, config: Option<&Path>) -> Result<(Settings, BlockStore), Failure> {
    let mut settings = Settings::new(home.coordinator());
    let config = Config::load(config)?;
    config.apply(&mut settings)?;
    let blocks = BlockStore::open(home.blocks()).map_err(BackupError::from)?;
    Ok((settings, blocks))
}

fn places<'a>(settings: &'a Settings, blocks: &'a BlockStore) -> Places<'a> {
    Places {
        database: settings.the_database(),
        data_dir: &settings.data_dir,
        blocks,
    }
}

fn tell(manifest: &BackupManifest, file: &Path, how: &str, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(manifest);
    }
    let rows: i64 = manifest.rows.values().sum();
    let content = if manifest.content { "with" } else { "without" };
    output::line(&format!(
        "{rows} rows of {} tables ({}, version {}) and {} pins, {content} their content: everything {how} {}",
        manifest.rows.len(),
        manifest.database,
        manifest.schema,
        manifest.pins,
        file.display(),
    ))
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let hint = "docs/coordinator.example.toml has every setting.";
        Self::new(Exit::BadInput, "invalid_settings", format!("{error}."), hint)
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let exit = match error {
            BackupError::Damaged(_) | BackupError::OtherKind { .. } | BackupError::TooNew { .. } => Exit::BadInput,
            _ => Exit::Failed,
        };
        Self::new(exit, "backup_failed", format!("{error}."), "")
    }
}
