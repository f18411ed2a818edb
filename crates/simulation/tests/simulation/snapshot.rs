//! What the database holds, read past the coordinator.

use rusqlite::{Connection, OpenFlags, Row};
use std::{collections::BTreeMap, path::Path};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    pub job: String,
    pub kind: String,
    pub frame: i64,
    pub state: String,
    pub edition: i64,
    pub worker: Option<String>,
    pub lease: Option<i64>,
    pub cid: Option<String>,
    /// The frame that a copy renders.
    pub copies: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub job: String,
    pub worker: String,
    pub instance: String,
    pub state: String,
    pub expires_at: i64,
}

impl Lease {
    /// Whether its holder may write at this moment.
    pub fn is_live(&self, now: i64) -> bool {
        self.state == "active" && now < self.expires_at
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub creator: String,
    pub status: String,
    pub frames: i64,
    pub cap: i128,
    pub spent: i128,
    pub refunded: i128,
}

impl Task {
    /// Renders this frame, which somebody else has or had, and is not done.
    pub fn is_live_copy_of(&self, frame: i64) -> bool {
        self.copies == Some(frame) && self.state == "leased"
    }
}

impl Job {
    pub fn has_ended(&self) -> bool {
        matches!(self.status.as_str(), "complete" | "failed" | "cancelled" | "expired")
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub tasks: BTreeMap<i64, Task>,
    pub leases: BTreeMap<i64, Lease>,
    pub jobs: BTreeMap<String, Job>,
    pub balances: BTreeMap<String, i128>,
    /// (task, edition), as often as it stands there.
    pub payouts: Vec<(i64, i64)>,
    pub last_event: i64,
}

/// One row of the log.
#[derive(Clone, Debug)]
pub struct Event {
    pub seq: i64,
    pub creator: Option<String>,
    pub worker: Option<String>,
    pub market: bool,
    pub body: String,
}

impl Event {
    /// Whether it is about what this account created or renders, or about its money.
    pub fn is_of(&self, account: &str) -> bool {
        [&self.creator, &self.worker]
            .into_iter()
            .flatten()
            .any(|who| who == account)
    }
}

pub struct Database(Connection);

fn money(row: &Row<'_>, column: usize) -> rusqlite::Result<i128> {
    let text: String = row.get(column)?;
    Ok(text.parse().expect("money is a number"))
}

impl Database {
    pub fn open(path: &Path) -> Self {
        // Not read-only: the first to open what a killed process left repairs it.
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        connection.set_prepared_statement_cache_capacity(32);
        Self(connection)
    }

    /// Changes when somebody else committed something.
    pub fn version(&self) -> i64 {
        self.number("PRAGMA data_version")
    }

    fn number(&self, sql: &str) -> i64 {
        let mut statement = self.0.prepare_cached(sql).unwrap();
        statement.query_row([], |row| row.get(0)).unwrap()
    }

    fn rows<T>(&self, sql: &str, read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        let mut statement = self.0.prepare_cached(sql).unwrap();
        statement.query_map([], read).unwrap().map(Result::unwrap).collect()
    }

    pub fn snapshot(&self) -> Snapshot {
        let tasks = self.rows(
            "SELECT seq, job, kind, frame, state, edition, worker, lease, json_extract(result, '$.result_cid'), copies
             FROM tasks",
            |row| {
                let task = Task {
                    job: row.get(1)?,
                    kind: row.get(2)?,
                    frame: row.get(3)?,
                    state: row.get(4)?,
                    edition: row.get(5)?,
                    worker: row.get(6)?,
                    lease: row.get(7)?,
                    cid: row.get(8)?,
                    copies: row.get(9)?,
                };
                Ok((row.get(0)?, task))
            },
        );
        let leases = self.rows(
            "SELECT fence, job, worker, instance, state, expires_at FROM leases",
            |row| {
                let lease = Lease {
                    job: row.get(1)?,
                    worker: row.get(2)?,
                    instance: row.get(3)?,
                    state: row.get(4)?,
                    expires_at: row.get(5)?,
                };
                Ok((row.get(0)?, lease))
            },
        );
        let jobs = self.rows(
            "SELECT id, creator, status, frame_count, cap, spent, refunded FROM jobs",
            |row| {
                let job = Job {
                    creator: row.get(1)?,
                    status: row.get(2)?,
                    frames: row.get(3)?,
                    cap: money(row, 4)?,
                    spent: money(row, 5)?,
                    refunded: money(row, 6)?,
                };
                Ok((row.get(0)?, job))
            },
        );
        Snapshot {
            tasks: tasks.into_iter().collect(),
            leases: leases.into_iter().collect(),
            jobs: jobs.into_iter().collect(),
            balances: self
                .rows("SELECT id, balance FROM accounts", |row| {
                    Ok((row.get(0)?, money(row, 1)?))
                })
                .into_iter()
                .collect(),
            payouts: self.rows("SELECT task, edition FROM payouts ORDER BY task, edition", |row| {
                Ok((row.get(0)?, row.get(1)?))
            }),
            last_event: self.number("SELECT coalesce(max(seq), 0) FROM events"),
        }
    }

    pub fn events_after(&self, seq: i64) -> Vec<Event> {
        let mut statement = self
            .0
            .prepare_cached("SELECT seq, creator, worker, market, body FROM events WHERE seq > ? ORDER BY seq")
            .unwrap();
        let read = |row: &Row<'_>| {
            Ok(Event {
                seq: row.get(0)?,
                creator: row.get(1)?,
                worker: row.get(2)?,
                market: row.get(3)?,
                body: row.get(4)?,
            })
        };
        statement.query_map([seq], read).unwrap().map(Result::unwrap).collect()
    }

    /// Amount and balance of every entry, account by account in order; and what each transfer's entries add up to.
    pub fn entries(&self) -> Vec<(String, i64, i128, i128)> {
        self.rows(
            "SELECT account, transfer, amount, balance FROM entries ORDER BY account, seq",
            |row| Ok((row.get(0)?, row.get(1)?, money(row, 2)?, money(row, 3)?)),
        )
    }

    pub fn payout_transfers(&self) -> i64 {
        self.number("SELECT count(*) FROM transfers WHERE kind = 'payout'")
    }

    /// Identifiers of jobs in the order of their posting.
    pub fn jobs_in_order(&self) -> Vec<String> {
        self.rows("SELECT id FROM jobs ORDER BY seq", |row| row.get(0))
    }
}
