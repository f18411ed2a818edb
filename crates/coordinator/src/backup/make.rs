//! Making a back-up.

use super::{BackupError, CONTENT, KEYS, Manifest, PINS, Places, VERSION, archive::Writer, kind, postgres};
use crate::store::{
    Database,
    copies::{self, Moment},
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use veriframe_core::Timestamp;
use veriframe_ipfs::{Cid, car::write_car};
use veriframe_wire::Time;

/// Writes everything into the new file `to`. The coordinator may run meanwhile.
pub async fn make(places: &Places<'_>, to: &Path, content: bool, now: Timestamp) -> Result<Manifest, BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let beside = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    let beside = beside.unwrap_or_else(|| Path::new("."));
    // For its owner alone, and gone at the end, also after a failure.
    let scratch = tempfile::tempdir_in(beside).map_err(BackupError::at(beside))?;
    let (word, name) = kind(&places.database);
    let copy = scratch.path().join(name);
    // The pins after the database: whatever it knows of is pinned by then.
    let contents = copy_database(&places.database, &copy).await?;
    let pins = places.blocks.pins()?;
    let part = scratch.path().join("archive");
    let mut writer = Writer::new(&part).map_err(BackupError::at(&part))?;
    let write = |writer: &mut Writer| {
        writer.add_file(name, &copy).map_err(BackupError::at(&copy))?;
        for key in keys(places.data_dir)? {
            let name = key.file_name().unwrap_or_default().to_string_lossy().into_owned();
            writer
                .add_file(&format!("{KEYS}{name}"), &key)
                .map_err(BackupError::at(&key))?;
        }
        let roots: Vec<String> = pins.iter().map(ToString::to_string).collect();
        let list = serde_json::to_vec(&roots).map_err(|error| BackupError::Damaged(error.to_string()))?;
        writer.add_bytes(PINS, &list).map_err(BackupError::at(&part))?;
        if content {
            for root in &pins {
                add_tree(writer, places, root, &scratch.path().join("tree.car"))?;
            }
        }
        Ok::<_, BackupError>(())
    };
    write(&mut writer)?;
    let manifest = Manifest {
        version: VERSION,
        made_at: serde_json::to_value(Time(now))
            .ok()
            .and_then(|time| time.as_str().map(str::to_owned))
            .unwrap_or_default(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        database: word.to_owned(),
        schema: contents.schema,
        rows: contents.counts,
        pins: pins.len(),
        content,
        files: writer.files.clone(),
    };
    writer.finish(&manifest).map_err(BackupError::at(&part))?;
    fs::rename(&part, to).map_err(BackupError::at(to))?;
    Ok(manifest)
}

async fn copy_database(database: &Database, to: &Path) -> Result<copies::Contents, BackupError> {
    match database {
        Database::Sqlite(path) if !path.exists() => Err(BackupError::Nothing),
        Database::Sqlite(path) => {
            copies::copy_sqlite(path, to).await?;
            let copy = Database::Sqlite(to.to_owned());
            copies::contents(&copy).await?.ok_or(BackupError::Nothing)
        }
        Database::Postgres(url) => {
            let schema = crate::store::schema::look(database)
                .await?
                .found
                .ok_or(BackupError::Nothing)?;
            let moment = Moment::hold(url).await?;
            let dumped = postgres::dump(url, &moment.name, to).await;
            let counts = moment.counts.clone();
            moment.release().await?;
            dumped.map(|()| copies::Contents { schema, counts })
        }
    }
}

/// Keys that are files of their own beside the database.
fn keys(data_dir: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let unreadable = || BackupError::at(data_dir);
    let mut keys = Vec::new();
    for entry in fs::read_dir(data_dir).map_err(unreadable())? {
        let path = entry.map_err(unreadable())?.path();
        if path.is_file() && is_key(&path) {
            keys.push(path);
        }
    }
    keys.sort();
    Ok(keys)
}

pub(super) fn is_key(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "key" || kind == "keys")
}

/// The blocks of a root that are held here.
fn add_tree(writer: &mut Writer, places: &Places<'_>, root: &Cid, scratch: &Path) -> Result<(), BackupError> {
    let blocks = places.blocks.tree_blocks(root)?;
    let held = blocks
        .iter()
        .filter(|block| block.size.is_some())
        .map(|block| block.cid);
    let mut file = super::archive::private(scratch).map_err(BackupError::at(scratch))?;
    write_car(places.blocks, &[*root], held, &mut file)?;
    writer
        .add_file(&format!("{CONTENT}{root}.car"), scratch)
        .map_err(BackupError::at(scratch))
}
