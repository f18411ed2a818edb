//! Locks of a PostgreSQL database that several coordinators share, and its channels.

use sqlx::{AnyConnection, Executor as _, PgConnection};

/// Names the turn of writers among the locks of a database.
pub const TURN: i64 = 0x7665_7269_6672;
/// Names the lead.
const LEAD: i64 = TURN + 1;

/// Takes the lead for as long as this connection stands; `false`: another connection has it.
pub async fn try_lead(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
        .bind(LEAD)
        .fetch_one(connection)
        .await
}

/// Lets the server give up a holder whose computer is gone without a word.
pub async fn end_when_silent(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let sql = "SET tcp_keepalives_idle = 3; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3";
    connection.execute(sql).await?;
    Ok(())
}

/// Sends `text`, of less than 8000 bytes, to whoever listens to the channel.
pub async fn notify(db: &mut AnyConnection, channel: &str, text: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_notify($1, $2)")
        .bind(channel)
        .bind(text)
        .execute(db)
        .await?;
    Ok(())
}
