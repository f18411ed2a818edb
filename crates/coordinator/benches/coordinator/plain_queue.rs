//! The peer: a table of tasks as everybody writes it, without a server before it; on PostgreSQL with `FOR UPDATE SKIP LOCKED`.

use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _, PgConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::time::Instant;

const CONNECTIONS: usize = 16;

pub async fn on_postgres(url: &str, tasks: u32) -> f64 {
    let mut db = PgConnection::connect(url).await.expect("a database");
    let set_up = "CREATE TABLE plain_queue (id BIGINT PRIMARY KEY, worker TEXT, expires_at TIMESTAMPTZ);
         CREATE INDEX plain_queue_free ON plain_queue (id) WHERE worker IS NULL;";
    db.execute(set_up).await.expect("a table");
    sqlx::query("INSERT INTO plain_queue SELECT n FROM generate_series(1, $1) AS n")
        .bind(i64::from(tasks))
        .execute(&mut db)
        .await
        .expect("tasks");
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(PgConnection::connect(url).await.expect("a connection"));
    }
    let started = Instant::now();
    let claiming = connections.into_iter().map(|mut db| {
        tokio::spawn(async move {
            let mut taken = 0_u32;
            while claim(&mut db).await.is_some() {
                taken += 1;
            }
            taken
        })
    });
    let mut taken = 0;
    for claimed in futures_util::future::join_all(claiming).await {
        taken += claimed.expect("it claims");
    }
    assert_eq!(taken, tasks);
    f64::from(taken) / started.elapsed().as_secs_f64()
}

async fn claim(db: &mut PgConnection) -> Option<i64> {
    sqlx::query_scalar(
        "UPDATE plain_queue SET worker = 'me', expires_at = now() + interval '90 seconds' WHERE id = (
            SELECT id FROM plain_queue WHERE worker IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
         ) RETURNING id",
    )
    .fetch_optional(db)
    .await
    .expect("it answers")
}

/// One writer, and a commit for each claim, as safe as ours.
pub async fn on_sqlite(tasks: u32) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("queue.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal);
    let mut db = options.connect().await.expect("a database");
    let set_up = "CREATE TABLE plain_queue (id INTEGER PRIMARY KEY, worker TEXT, expires_at INTEGER);
         CREATE INDEX plain_queue_free ON plain_queue (id) WHERE worker IS NULL;";
    db.execute(set_up).await.expect("a table");
    sqlx::query(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
         INSERT INTO plain_queue (id) SELECT n FROM numbers",
    )
    .bind(i64::from(tasks))
    .execute(&mut db)
    .await
    .expect("tasks");
    let started = Instant::now();
    for _ in 0..tasks {
        let taken: Option<i64> = sqlx::query_scalar(
            "UPDATE plain_queue SET worker = 'me', expires_at = unixepoch() + 90 WHERE id = (
                SELECT id FROM plain_queue WHERE worker IS NULL ORDER BY id LIMIT 1
             ) RETURNING id",
        )
        .fetch_optional(&mut db)
        .await
        .expect("it answers");
        assert!(taken.is_some(), "every claim finds a task");
    }
    f64::from(tasks) / started.elapsed().as_secs_f64()
}
