//! Table `work`: what follows from changes and is done later.

use super::{statement::Statement, text};
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};
use veriframe_core::Timestamp;
use veriframe_wire::work::WorkState;

#[derive(Clone, Debug)]
pub struct WorkRow {
    pub seq: i64,
    pub kind: String,
    /// What it is about: the name of a job, of a webhook.
    pub subject: String,
    /// JSON.
    pub payload: String,
    pub state: WorkState,
    /// Times it was begun; what tells one run of it from another.
    pub attempts: u32,
    pub run_at: Timestamp,
    pub last_error: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl FromRow<'_, AnyRow> for WorkRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            seq: row.try_get("seq")?,
            kind: row.try_get("kind")?,
            subject: row.try_get("subject")?,
            payload: row.try_get("payload")?,
            state: text::from_word(row, "state")?,
            attempts: text::count(row, "attempts")?,
            run_at: text::time(row, "run_at")?,
            last_error: row.try_get("last_error")?,
            created_at: text::time(row, "created_at")?,
            updated_at: text::time(row, "updated_at")?,
        })
    }
}

/// What is to be done.
pub struct NewWork<'a> {
    pub kind: &'a str,
    pub subject: &'a str,
    pub payload: String,
    pub run_at: Timestamp,
}

/// Puts it into the queue. When the same waits there already, that is moved to this item's time.
pub async fn insert(db: &mut AnyConnection, work: NewWork<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO work (kind, subject, payload, state, run_at, created_at, updated_at)
         VALUES ($1, $2, $3, 'queued', $4, $5, $5)
         ON CONFLICT (kind, subject) WHERE state = 'queued' DO UPDATE SET run_at = $4, payload = $3, updated_at = $5",
    )
    .bind(work.kind)
    .bind(work.subject)
    .bind(work.payload)
    .bind(work.run_at.0)
    .bind(now.0)
    .execute(db)
    .await?;
    Ok(())
}

/// Puts each subject into the queue to be done now, unless it waits there already.
pub async fn insert_each(
    db: &mut AnyConnection,
    kind: &str,
    subjects: &[(String, String)],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    for subjects in subjects.chunks(super::chain_column::ROWS) {
        let mut sql =
            Statement::new("INSERT INTO work (kind, subject, payload, state, run_at, created_at, updated_at) ");
        sql.rows(subjects, |row, (subject, payload)| {
            row.bind(kind.to_owned())
                .bind(subject.clone())
                .bind(payload.clone())
                .bind("queued")
                .bind(now.0)
                .bind(now.0)
                .bind(now.0)
        });
        sql.push(" ON CONFLICT (kind, subject) WHERE state = 'queued' DO NOTHING");
        sql.query().persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

/// When the next item may be taken; `None`: nothing waits.
pub async fn next_at(db: &mut AnyConnection) -> Result<Option<Timestamp>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT (SELECT min(run_at) FROM work WHERE state = 'queued') AS queued,
                (SELECT min(locked_until) FROM work WHERE state = 'running') AS running",
    )
    .fetch_one(db)
    .await?;
    let (queued, running): (Option<i64>, Option<i64>) = (row.try_get("queued")?, row.try_get("running")?);
    Ok(queued.into_iter().chain(running).min().map(Timestamp))
}

/// Takes what is due, oldest first, and what somebody took who is thought dead. Nothing of which the same is being done.
pub async fn take(
    db: &mut AnyConnection,
    skip_locked: &'static str,
    now: Timestamp,
    locked_until: Timestamp,
    limit: u32,
) -> Result<Vec<WorkRow>, sqlx::Error> {
    let mut sql = Statement::new("UPDATE work SET state = 'running', attempts = attempts + 1, locked_until = ");
    sql.bind(locked_until.0).push(", updated_at = ").bind(now.0);
    sql.push(" WHERE seq IN (SELECT w.seq FROM work w WHERE (w.state = 'queued' AND w.run_at <= ")
        .bind(now.0)
        .push(" AND NOT EXISTS (SELECT 1 FROM work o WHERE o.state = 'running' AND o.kind = w.kind AND o.subject = w.subject))")
        .push(" OR (w.state = 'running' AND w.locked_until <= ")
        .bind(now.0)
        .push(") ORDER BY w.run_at, w.seq LIMIT ")
        .bind(i64::from(limit))
        .push(skip_locked)
        .push(") RETURNING *");
    let mut taken: Vec<WorkRow> = sql.query_as().fetch_all(db).await?;
    taken.sort_by_key(|row| (row.run_at, row.seq));
    Ok(taken)
}

/// Holds on to an item that is being done, unless it was given to another run.
pub async fn hold(db: &mut AnyConnection, row: &WorkRow, locked_until: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE work SET locked_until = $1 WHERE seq = $2 AND state = 'running' AND attempts = $3")
        .bind(locked_until.0)
        .bind(row.seq)
        .bind(i64::from(row.attempts))
        .execute(db)
        .await?;
    Ok(())
}

/// How a run of an item ended.
#[derive(Clone, Copy, Debug)]
pub enum Ending<'a> {
    Done,
    Again {
        at: Timestamp,
        error: &'a str,
    },
    Dead {
        error: &'a str,
    },
    /// The program stops: as if it had not been begun.
    Released,
}

/// Writes down how a run ended; nothing happens when the item was given to another run meanwhile, which is then false.
pub async fn end(
    db: &mut AnyConnection,
    row: &WorkRow,
    ending: Ending<'_>,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let (state, attempts, run_at, error) = match ending {
        Ending::Done => (WorkState::Done, row.attempts, row.run_at, ""),
        Ending::Again { at, error } => (WorkState::Queued, row.attempts, at, error),
        Ending::Dead { error } => (WorkState::Dead, row.attempts, row.run_at, error),
        Ending::Released => (
            WorkState::Queued,
            row.attempts.saturating_sub(1),
            row.run_at,
            row.last_error.as_str(),
        ),
    };
    // The same may have been asked for meanwhile; one of the two is enough.
    let state = if state == WorkState::Queued && waits(&mut *db, row).await? {
        WorkState::Done
    } else {
        state
    };
    let done = sqlx::query(
        "UPDATE work SET state = $1, attempts = $2, run_at = $3, last_error = $4, locked_until = NULL, updated_at = $5
         WHERE seq = $6 AND state = 'running' AND attempts = $7",
    )
    .bind(text::word(state))
    .bind(i64::from(attempts))
    .bind(run_at.0)
    .bind(error)
    .bind(now.0)
    .bind(row.seq)
    .bind(i64::from(row.attempts))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn waits(db: &mut AnyConnection, row: &WorkRow) -> Result<bool, sqlx::Error> {
    let found = sqlx::query("SELECT 1 AS one FROM work WHERE kind = $1 AND subject = $2 AND state = 'queued'")
        .bind(&row.kind)
        .bind(&row.subject)
        .fetch_optional(db)
        .await?;
    Ok(found.is_some())
}

/// Newest first, older than `before`.
pub async fn page(
    db: &mut AnyConnection,
    state: Option<WorkState>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<WorkRow>, sqlx::Error> {
    let mut sql = Statement::new("SELECT * FROM work WHERE seq < ");
    sql.bind(before.unwrap_or(i64::MAX));
    if let Some(state) = state {
        sql.push(" AND state = ").bind(text::word(state));
    }
    sql.push(" ORDER BY seq DESC LIMIT ").bind(i64::from(limit));
    sql.query_as().fetch_all(db).await
}

/// Of what is not done: the kind, the state, and how many.
pub async fn counts(db: &mut AnyConnection) -> Result<Vec<(String, String, i64)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT kind, state, count(*) FROM work WHERE state IN ('queued', 'running', 'dead') GROUP BY kind, state",
    )
    .fetch_all(db)
    .await
}

/// Since when the oldest item waits that is due; `None`: nothing is.
pub async fn due_since(db: &mut AnyConnection, now: Timestamp) -> Result<Option<Timestamp>, sqlx::Error> {
    let row = sqlx::query("SELECT min(run_at) AS due FROM work WHERE state = 'queued' AND run_at <= $1")
        .bind(now.0)
        .fetch_one(db)
        .await?;
    text::maybe_time(&row, "due")
}

pub async fn find(db: &mut AnyConnection, seq: i64) -> Result<Option<WorkRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM work WHERE seq = $1")
        .bind(seq)
        .fetch_optional(db)
        .await
}

/// Drops what was done long ago.
pub async fn delete_done(db: &mut AnyConnection, before: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM work WHERE state = 'done' AND updated_at < $1")
        .bind(before.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Takes a dead item out; it is put in again as a new one.
pub async fn delete_dead(db: &mut AnyConnection, seq: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM work WHERE seq = $1 AND state = 'dead'")
        .bind(seq)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}
