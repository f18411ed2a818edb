//! The database of one test: SQLite in its folder, or one of its own on the PostgreSQL server that `VERIFRAME_POSTGRES` names.

use sqlx::{Connection as _, Executor as _, PgConnection, migrate::Migrator};
use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::Path,
};
use uuid::Uuid;
use veriframe_coordinator::Database;

/// Dropped with the test that made it.
pub struct TestDatabase {
    server: String,
    name: String,
    is_ours: bool,
}

impl TestDatabase {
    /// With all tables. `None`: the tests run on SQLite.
    pub async fn make() -> Option<Self> {
        let server = server()?;
        let template = template(&server).await;
        Some(Self::copy_of(server, &template).await)
    }

    /// Without any table.
    pub async fn make_empty() -> Option<Self> {
        Some(Self::copy_of(server()?, "template1").await)
    }

    async fn copy_of(server: String, template: &str) -> Self {
        let name = format!("veriframe_{}", Uuid::new_v4().simple());
        run(&server, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self {
            server,
            name,
            is_ours: true,
        }
    }

    /// Whether several coordinators can use one.
    pub fn is_shared() -> bool {
        std::env::var_os("VERIFRAME_POSTGRES").is_some()
    }

    /// The same, for another coordinator.
    pub fn again(&self) -> Self {
        Self {
            server: self.server.clone(),
            name: self.name.clone(),
            is_ours: false,
        }
    }

    pub fn url(&self) -> String {
        at(&self.server, &self.name)
    }

    pub fn database(&self) -> Database {
        Database::Postgres(self.url())
    }
}

fn server() -> Option<String> {
    std::env::var("VERIFRAME_POSTGRES")
        .ok()
        .filter(|server| !server.is_empty())
}

/// The database of this name on the same server.
fn at(server: &str, name: &str) -> String {
    let (server, _) = server.rsplit_once('/').expect("an address with a database's name");
    format!("{server}/{name}")
}

/// A database that every migration was run on, which the first test makes and all copy.
async fn template(server: &str) -> String {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/coordinator/postgres");
    let migrator = Migrator::new(migrations).await.expect("the migrations can be read");
    let mut all = DefaultHasher::new();
    migrator.iter().for_each(|one| one.checksum.hash(&mut all));
    let name = format!("veriframe_template_{:016x}", all.finish());
    let mut connection = PgConnection::connect(server).await.expect("a PostgreSQL server");
    // Held until the connection is closed.
    sqlx::query("SELECT pg_advisory_lock(20261129)")
        .execute(&mut connection)
        .await
        .expect("a lock");
    let found = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut connection)
        .await
        .expect("a list of databases");
    if found.is_none() {
        let unfinished = format!("{name}_{}", Uuid::new_v4().simple());
        run(server, format!("CREATE DATABASE {unfinished}")).await;
        let mut inside = PgConnection::connect(&at(server, &unfinished))
            .await
            .expect("it is there");
        migrator.run(&mut inside).await.expect("the migrations run");
        inside.close().await.expect("it closes");
        run(server, format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await;
    }
    connection.close().await.expect("it closes");
    name
}

async fn run(server: &str, sql: String) {
    let mut connection = PgConnection::connect(server).await.expect("a PostgreSQL server");
    connection.execute(sqlx::AssertSqlSafe(sql)).await.expect("it is done");
    connection.close().await.expect("it closes");
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if !self.is_ours {
            return;
        }
        let (server, sql) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        let work = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(run(&server, sql));
        });
        // In a test that fails already, another panic would hide the first.
        let _ = work.join();
    }
}
