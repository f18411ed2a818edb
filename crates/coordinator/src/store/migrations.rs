//! Every migration, oldest first, inside the binary.

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

macro_rules! migrations {
    ($folder:literal: $($version:literal $name:literal),* $(,)?) => {
        Migrator::with_migrations(vec![$(Migration::new(
            $version,
            $name.into(),
            MigrationType::Simple,
            include_str!(concat!(
                "../../../../migrations/coordinator/", $folder, "/000", stringify!($version), "_", $name, ".sql"
            ))
            .into_sql_str(),
            false,
        )),*])
    };
}

pub fn of_sqlite() -> Migrator {
    migrations!("sqlite": 1 "initial", 2 "chain", 3 "escrow", 4 "chain_differences", 5 "seconds")
}

/// The migrator takes a lock in the database, so several replicas may start at once.
pub fn of_postgres() -> Migrator {
    migrations!("postgres": 1 "initial", 2 "chain", 3 "escrow", 4 "chain_differences")
}
