//! The books of a coordinator, read by other code than its own.

use rusqlite::{Connection, OpenFlags};
use std::path::Path;

pub struct Books {
    conn: Connection,
}

impl Books {
    /// Opens the database of the coordinator whose data lies in `folder`, for reading.
    ///
    /// # Panics
    /// When there is none.
    pub fn open(folder: &Path) -> Self {
        Self::try_open(folder).unwrap_or_else(|| panic!("no books in {}", folder.display()))
    }

    /// `None` as long as the coordinator has not made its tables.
    pub fn try_open(folder: &Path) -> Option<Self> {
        let database = folder.join("coordinator.db");
        let conn = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        conn.busy_timeout(std::time::Duration::from_secs(5)).ok()?;
        conn.prepare("SELECT COUNT(*) FROM payouts").ok()?;
        Some(Self { conn })
    }

    fn texts(&self, sql: &str) -> Vec<String> {
        let mut statement = self.conn.prepare(sql).expect("the schema is as the test knows it");
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).expect("rows");
        rows.map(|row| row.expect("a text")).collect()
    }

    /// The one text that `sql` selects.
    pub fn text(&self, sql: &str) -> String {
        self.conn.query_row(sql, [], |row| row.get(0)).expect("one text")
    }

    pub fn count(&self, sql: &str) -> u64 {
        self.conn
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .expect("a number")
            .cast_unsigned()
    }

    fn sum(&self, sql: &str) -> i128 {
        self.texts(sql)
            .iter()
            .map(|text| text.parse::<i128>().expect("an amount is a whole number"))
            .sum()
    }

    /// Balance of an account in the smallest unit.
    pub fn balance(&self, account: &str) -> i128 {
        self.sum(&format!("SELECT amount FROM entries WHERE account = '{account}'"))
    }

    /// Accounts whose name begins with `prefix`, and their balances.
    pub fn accounts(&self, prefix: &str) -> Vec<(String, i128)> {
        let names = self.texts(&format!(
            "SELECT id FROM accounts WHERE id LIKE '{prefix}%' ORDER BY id"
        ));
        names
            .into_iter()
            .map(|name| (name.clone(), self.balance(&name)))
            .collect()
    }

    pub fn paid_for_frames(&self) -> i128 {
        self.sum("SELECT amount FROM payouts")
    }

    /// Every frame that was handed in, in that order: the name of its job and its number.
    pub fn frames_in_order(&self) -> Vec<(String, i32)> {
        let sql = "SELECT j.name, l.frame FROM job_log l JOIN jobs j ON j.id = l.job WHERE l.failed = 0 ORDER BY l.seq";
        let mut statement = self.conn.prepare(sql).expect("the schema is as the test knows it");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.expect("rows").map(|row| row.expect("a frame")).collect()
    }

    /// How often each frame of a job was paid for its first render, in order of frames.
    pub fn payouts_by_frame(&self, job: &str) -> Vec<(i32, u64)> {
        let sql = "SELECT t.frame, COUNT(*) FROM payouts p JOIN tasks t ON t.seq = p.task
                   WHERE p.job = ?1 AND t.kind <> 'audit' GROUP BY t.frame ORDER BY t.frame";
        let mut statement = self.conn.prepare(sql).expect("the schema is as the test knows it");
        let rows = statement.query_map([job], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())));
        rows.expect("rows").map(|row| row.expect("a frame")).collect()
    }

    pub fn workers_paid(&self, job: &str) -> Vec<String> {
        self.texts(&format!(
            "SELECT DISTINCT worker FROM payouts WHERE job = '{job}' ORDER BY worker"
        ))
    }

    pub fn jobs(&self) -> Vec<(String, String)> {
        let mut statement = self
            .conn
            .prepare("SELECT id, status FROM jobs ORDER BY seq")
            .expect("the schema");
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("rows");
        rows.map(|row| row.expect("a job")).collect()
    }

    /// The laws of the books.
    ///
    /// # Panics
    /// When money appeared or vanished, a balance is wrong, or an escrow of an ended job still holds something.
    pub fn assert_add_up(&self) {
        assert_eq!(
            self.sum("SELECT amount FROM entries"),
            0,
            "all entries together are nothing"
        );
        for (account, stored) in self.texts("SELECT id FROM accounts").into_iter().map(|id| {
            let stored = self.sum(&format!("SELECT balance FROM accounts WHERE id = '{id}'"));
            (id, stored)
        }) {
            assert_eq!(
                self.balance(&account),
                stored,
                "the balance of {account} is the sum of its entries"
            );
            assert!(
                account == "faucet" || account == "chain" || stored >= 0,
                "{account} owes {stored}"
            );
        }
        let ended = "SELECT e.amount FROM entries e JOIN jobs j ON e.account = 'escrow:' || j.id
                     WHERE j.status IN ('complete', 'failed', 'cancelled', 'expired')";
        assert_eq!(self.sum(ended), 0, "the escrow of an ended job is empty");
        let twice = "SELECT COUNT(*) FROM (SELECT 1 FROM payouts GROUP BY task, edition HAVING COUNT(*) > 1)";
        assert_eq!(self.count(twice), 0, "no task is paid twice");
    }
}
