//! What a failure of the database means for whoever asked.

/// Whose fault it is, and whether it passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Full,
    Busy,
    /// The connection broke, or the server starts or stops.
    Gone,
    /// Ours: a statement or a row that cannot be read.
    Other,
}

pub fn trouble(error: &sqlx::Error) -> Trouble {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => return Trouble::Busy,
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            return Trouble::Gone;
        }
        _ => {}
    }
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.map_or(Trouble::Other, |code| of_code(&code))
}

/// PostgreSQL's codes have five characters (PostgreSQL's manual, appendix A), SQLite's numbers never that many.
fn of_code(code: &str) -> Trouble {
    if code.len() == 5 {
        return match code {
            // disk_full
            "53100" => Trouble::Full,
            // Other lack of resources, serialization_failure, deadlock_detected, lock_not_available, query_canceled
            code if code.starts_with("53") => Trouble::Busy,
            "40001" | "40P01" | "55P03" | "57014" => Trouble::Busy,
            // Broken connections, and a server that starts or stops
            code if code.starts_with("08") || code.starts_with("57P") => Trouble::Gone,
            _ => Trouble::Other,
        };
    }
    // SQLITE_FULL, SQLITE_BUSY and SQLITE_LOCKED with their extended codes (sqlite.org/rescode.html).
    match code.parse::<i64>().map(|code| code & 0xff) {
        Ok(13) => Trouble::Full,
        Ok(5 | 6) => Trouble::Busy,
        _ => Trouble::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_told_apart() {
        assert_eq!(of_code("13"), Trouble::Full);
        assert_eq!(of_code("261"), Trouble::Busy, "SQLITE_BUSY_RECOVERY");
        assert_eq!(of_code("53100"), Trouble::Full);
        assert_eq!(of_code("40P01"), Trouble::Busy);
        assert_eq!(of_code("57P01"), Trouble::Gone);
        assert_eq!(
            of_code("23505"),
            Trouble::Other,
            "a unique key, and no number of SQLite"
        );
    }
}
