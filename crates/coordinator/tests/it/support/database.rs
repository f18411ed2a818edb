//! The database of one test: SQLite in its folder, or one of its own on the PostgreSQL server that `VERIFRAME_POSTGRES` names.

use sqlx::{Connection as _, Executor as _, PgConnection};
use uuid::Uuid;
use veriframe_coordinator::Database;

/// Dropped with the test that made it.
pub struct TestDatabase {
    server: String,
    name: String,
    is_ours: bool,
}

impl TestDatabase {
    /// `None`: the tests run on SQLite.
    pub async fn make() -> Option<Self> {
        let server = std::env::var("VERIFRAME_POSTGRES")
            .ok()
            .filter(|server| !server.is_empty())?;
        let name = format!("veriframe_{}", Uuid::new_v4().simple());
        run(&server, format!("CREATE DATABASE {name}")).await;
        Some(Self {
            server,
            name,
            is_ours: true,
        })
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
        let (server, _) = self.server.rsplit_once('/').expect("an address with a database's name");
        format!("{server}/{}", self.name)
    }

    pub fn database(&self) -> Database {
        Database::Postgres(self.url())
    }
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
