//! Every migration, oldest first, inside the binary.

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

/// A migration by its file's name: four digits that say its place, `_`, and what it does.
macro_rules! migrations {
    ($folder:literal: $($file:literal),* $(,)?) => {
        Migrator::with_migrations(vec![$(migration(
            $file,
            include_str!(concat!("../../../../migrations/coordinator/", $folder, "/", $file, ".sql")),
        )),*])
    };
}

fn migration(file: &'static str, sql: &'static str) -> Migration {
    let (place, name) = file.split_once('_').expect("a file's name has a place and a name");
    let place = place.parse().expect("the place is a number");
    Migration::new(place, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
}

pub fn of_sqlite() -> Migrator {
    migrations!("sqlite":
        "0001_initial",
        "0002_chain",
        "0003_escrow",
        "0004_chain_differences",
        "0005_seconds",
        "0006_speeds",
        "0007_replicas",
        "0008_reputation_history",
        "0009_work",
        "0010_webhooks",
        "0011_results",
        "0012_work_of_frames",
        "0013_token_keys",
        "0014_audit_log",
        "0015_suspensions",
    )
}

/// The migrator takes a lock in the database, so several replicas may start at once.
pub fn of_postgres() -> Migrator {
    migrations!("postgres":
        "0001_initial",
        "0002_chain",
        "0003_escrow",
        "0004_chain_differences",
        "0005_seconds",
        "0006_speeds",
        "0007_replicas",
        "0008_reputation_history",
        "0009_work",
        "0010_webhooks",
        "0011_results",
        "0012_work_of_frames",
        "0013_token_keys",
        "0014_audit_log",
        "0015_suspensions",
    )
}
