//! The database answers, and has a version that this program can work with.

use super::{Config, Looked, Problem, redacted};
use veriframe_app::Home;
use veriframe_coordinator::{Database, Settings, check_database};

pub async fn database(home: &Home, config: &Config) -> Looked {
    let mut settings = Settings::new(home.coordinator());
    config.apply(&mut settings).map_err(Problem::of)?;
    let database = settings.the_database();
    let name = match &database {
        Database::Sqlite(path) => path.display().to_string(),
        Database::Postgres(url) => redacted(url),
    };
    // The library's words may repeat the address.
    let schema = check_database(&database)
        .await
        .map_err(|error| Problem(format!("{name}: {error}")))?;
    let version = match schema.found {
        None => "will be made at the start".to_owned(),
        Some(found) if found == schema.newest => format!("version {found}, the newest"),
        Some(found) if found < schema.newest => {
            format!("version {found}; the start will bring it to {}", schema.newest)
        }
        Some(found) => {
            let newest = schema.newest;
            return Err(Problem(format!(
                "{name} has version {found}, and this program knows no newer one than {newest}"
            )));
        }
    };
    Ok(Some(format!("{name}: {version}")))
}
