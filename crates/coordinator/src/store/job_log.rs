//! Table `job_log`: the ends of Blender's output, frame by frame.

use super::text;
use sqlx::{AnyConnection, Row};
use veriframe_core::{Address, Timestamp};
use veriframe_wire::{AddressText, Time, job::LogLine};

/// Bytes of a log that are kept.
pub const TAIL_BYTES: usize = 8 << 10;

/// What is written down about one render.
pub struct NewLine<'a> {
    pub job: &'a str,
    pub task: i64,
    pub frame: i32,
    pub worker: Address,
    pub failed: bool,
    pub text: &'a str,
}

pub async fn insert(db: &mut AnyConnection, line: NewLine<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO job_log (job, task, frame, worker, failed, at, text) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(line.job)
        .bind(line.task)
        .bind(line.frame)
        .bind(line.worker.to_string())
        .bind(i64::from(line.failed))
        .bind(now.0)
        .bind(tail(line.text))
        .execute(db)
        .await?;
    Ok(())
}

/// The last bytes of a text, from a whole character on.
fn tail(text: &str) -> &str {
    let start = text.len().saturating_sub(TAIL_BYTES);
    let start = (start..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    &text[start..]
}

/// Oldest first, after `cursor`; with the number of each for the next cursor.
pub async fn page(
    db: &mut AnyConnection,
    job: &str,
    frame: Option<i32>,
    after: i64,
    limit: u32,
) -> Result<Vec<(i64, LogLine)>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT * FROM job_log WHERE job = $1 AND seq > $2 AND ($3 IS NULL OR frame = $3) ORDER BY seq LIMIT $4",
    )
    .bind(job)
    .bind(after)
    .bind(frame)
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            let line = LogLine {
                at: Time(text::time(row, "at")?),
                task: super::tasks::id_text(row.try_get("task")?),
                frame: row.try_get("frame")?,
                worker: AddressText(text::address(row, "worker")?),
                failed: text::flag(row, "failed")?,
                text: row.try_get("text")?,
            };
            Ok((row.try_get("seq")?, line))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_is_cut_between_characters() {
        let long = "ä".repeat(TAIL_BYTES);
        assert!(tail(&long).len() <= TAIL_BYTES);
        assert!(tail(&format!("x{long}")).chars().all(|c| c == 'ä'));
        assert_eq!(tail("short"), "short");
    }
}
