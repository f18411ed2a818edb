//! `frame_measurements`: how long frames of a file took, for the next estimate.

use rusqlite::{Connection, OptionalExtension, params};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A small frame, rendered here before paying.
    Test,
    /// Frames that workers delivered.
    Job,
}

impl Source {
    fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Job => "job",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasurementRow {
    pub pixels: u64,
    /// 0: as in the file, and the file has none.
    pub samples: u32,
    pub seconds: f64,
    /// Of these, until the first sample.
    pub before_sampling: Option<f64>,
    pub measured_at_ms: i64,
}

pub fn put(conn: &Connection, path: &str, scene: &str, source: Source, row: MeasurementRow) -> rusqlite::Result<()> {
    conn.execute(
        "INSERT OR REPLACE INTO frame_measurements (path, scene, source, pixels, samples, seconds, measured_at_ms, before_sampling)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            path,
            scene,
            source.name(),
            row.pixels.cast_signed(),
            row.samples,
            row.seconds,
            row.measured_at_ms,
            row.before_sampling
        ],
    )
    .map(drop)
}

/// Only measurements made after the file was last written count.
pub fn find(
    conn: &Connection,
    path: &str,
    scene: &str,
    source: Source,
    not_before_ms: i64,
) -> rusqlite::Result<Option<MeasurementRow>> {
    conn.query_row(
        "SELECT pixels, samples, seconds, measured_at_ms, before_sampling FROM frame_measurements
         WHERE path = ?1 AND scene = ?2 AND source = ?3 AND measured_at_ms >= ?4",
        params![path, scene, source.name(), not_before_ms],
        |row| {
            Ok(MeasurementRow {
                pixels: row.get::<_, i64>(0)?.cast_unsigned(),
                samples: row.get(1)?,
                seconds: row.get(2)?,
                measured_at_ms: row.get(3)?,
                before_sampling: row.get(4)?,
            })
        },
    )
    .optional()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_saved_again_has_no_measurement() {
        let conn = Connection::open_in_memory().unwrap();
        for migration in [
            include_str!("../../../../migrations/desktop/0002_jobs.sql"),
            include_str!("../../../../migrations/desktop/0007_before_the_first_sample.sql"),
        ] {
            conn.execute_batch(migration).unwrap();
        }
        let row = MeasurementRow {
            pixels: 100,
            samples: 16,
            seconds: 2.5,
            before_sampling: Some(0.5),
            measured_at_ms: 1000,
        };
        put(&conn, "/a.blend", "Scene", Source::Test, row).unwrap();
        assert_eq!(find(&conn, "/a.blend", "Scene", Source::Test, 900).unwrap(), Some(row));
        assert_eq!(find(&conn, "/a.blend", "Scene", Source::Test, 1001).unwrap(), None);
        assert_eq!(find(&conn, "/a.blend", "Scene", Source::Job, 0).unwrap(), None);
    }
}
