//! Putting a back-up where nothing is, or where it shall replace what is.

use super::{BackupError, CONTENT, KEYS, Manifest, PINS, Places, VERSION, archive, kind, make::is_key, postgres};
use crate::{
    launch,
    store::{Database, copies, schema},
};
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};
use veriframe_ipfs::parse_cid;

/// Restores what `from` holds. Nothing is touched before all of it was read and found whole.
pub async fn restore(places: &Places<'_>, from: &Path, force: bool) -> Result<Manifest, BackupError> {
    let manifest = archive::check(from)?;
    let (word, name) = kind(&places.database);
    let found = schema::look(&places.database).await?;
    if manifest.version != VERSION || manifest.schema > found.newest {
        return Err(BackupError::TooNew {
            kept: manifest.schema,
            newest: found.newest,
        });
    }
    if manifest.database != word {
        return Err(BackupError::OtherKind {
            kept: manifest.database,
            asked: word,
        });
    }
    fs::create_dir_all(places.data_dir).map_err(BackupError::at(places.data_dir))?;
    let _ours = launch::claim(places.data_dir).map_err(|_| BackupError::InUse(places.data_dir.to_owned()))?;
    if !force {
        refuse_what_is_used(places, found.found.is_some())?;
    }
    let scratch = tempfile::tempdir_in(places.data_dir).map_err(BackupError::at(places.data_dir))?;
    let copy = scratch.path().join(name);
    archive::each(from, |entry, content| {
        if entry == name {
            archive::write_private(&copy, content)
        } else {
            put(places, entry, content)
        }
    })?;
    replace_database(&places.database, &copy).await?;
    let restored = copies::contents(&places.database).await?.map(|found| found.counts);
    if restored.as_ref() != Some(&manifest.rows) {
        let differs = manifest
            .rows
            .iter()
            .find(|(table, rows)| restored.as_ref().and_then(|restored| restored.get(*table)) != Some(*rows));
        let table = differs.map_or("the list of tables", |(table, _)| table.as_str());
        return Err(BackupError::Differs(table.to_owned()));
    }
    Ok(manifest)
}

fn refuse_what_is_used(places: &Places<'_>, has_tables: bool) -> Result<(), BackupError> {
    if has_tables {
        return Err(BackupError::NotEmpty("the database".to_owned()));
    }
    let listed = fs::read_dir(places.data_dir).map_err(BackupError::at(places.data_dir))?;
    match listed.flatten().find(|entry| is_key(&entry.path())) {
        Some(key) => Err(BackupError::NotEmpty(key.path().display().to_string())),
        None => Ok(()),
    }
}

/// A key, the list of pins, or the blocks of a root.
fn put(places: &Places<'_>, entry: &str, content: &mut dyn Read) -> Result<(), BackupError> {
    let strange = || BackupError::Damaged(format!("{entry} does not belong to it"));
    if let Some(name) = entry.strip_prefix(KEYS) {
        // A name that leads elsewhere is no name of a key.
        if name.contains(['/', '\\']) || !is_key(Path::new(name)) {
            return Err(strange());
        }
        return archive::write_private(&places.data_dir.join(name), content);
    }
    if entry == PINS {
        let roots: Vec<String> = serde_json::from_reader(content).map_err(|_| strange())?;
        for root in roots {
            places.blocks.pin(&parse_cid(&root).map_err(|_| strange())?)?;
        }
        return Ok(());
    }
    if entry.starts_with(CONTENT) {
        places.blocks.import_car(content)?;
        return Ok(());
    }
    Err(strange())
}

async fn replace_database(database: &Database, copy: &Path) -> Result<(), BackupError> {
    match database {
        Database::Postgres(url) => postgres::restore(url, copy).await,
        Database::Sqlite(path) => {
            if !copies::is_sound(copy).await? {
                return Err(BackupError::Damaged("the database in it is not sound".to_owned()));
            }
            // The log of the old database would be played into the new one.
            for end in ["-wal", "-shm"] {
                let mut name = path.as_os_str().to_owned();
                name.push(end);
                remove(&PathBuf::from(name))?;
            }
            fs::rename(copy, path).map_err(BackupError::at(path))
        }
    }
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(BackupError::at(path)(error)),
        _ => Ok(()),
    }
}
