//! Every migration, oldest first, inside the binary.

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

/// Migrations by their files' names: four digits that say the place, `_`, and what it does. Both databases have each of them.
macro_rules! migrations {
    ($($file:literal),* $(,)?) => {
        pub fn of_sqlite() -> Migrator {
            Migrator::with_migrations(vec![$(migrations!(@one "sqlite", $file)),*])
        }

        /// The migrator takes a lock in the database, so several replicas may start at once.
        pub fn of_postgres() -> Migrator {
            Migrator::with_migrations(vec![$(migrations!(@one "postgres", $file)),*])
        }
    };
    (@one $folder:literal, $file:literal) => {
        migration(
            $file,
            include_str!(concat!("../../../../migrations/coordinator/", $folder, "/", $file, ".sql")),
        )
    };
}

migrations!(
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
    "0016_copies",
    "0017_temperatures",
    "0018_own_computers",
    "0019_challenge_askers",
);

fn migration(file: &'static str, sql: &'static str) -> Migration {
    let (place, name) = file.split_once('_').expect("a file's name has a place and a name");
    let place = place.parse().expect("the place is a number");
    Migration::new(place, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
}
