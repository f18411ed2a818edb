//! `job_drafts` and `job_saves`: jobs on their way to the coordinator, and where frames were saved.

use rusqlite::{Connection, OptionalExtension, Row, params};

/// How far a draft has come. A stage is written before its work begins, so that a restart does that work again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftStage {
    Packing,
    Pinning,
    Funding,
    Posted,
    Failed,
    Cancelled,
}

impl DraftStage {
    const ALL: [Self; 6] = [
        Self::Packing,
        Self::Pinning,
        Self::Funding,
        Self::Posted,
        Self::Failed,
        Self::Cancelled,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Packing => "packing",
            Self::Pinning => "pinning",
            Self::Funding => "funding",
            Self::Posted => "posted",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// A name that this version does not know can only come from a newer one: nothing is done with such a draft.
    fn from_name(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|stage| stage.name() == name)
            .unwrap_or(Self::Failed)
    }

    pub fn is_unfinished(self) -> bool {
        matches!(self, Self::Packing | Self::Pinning | Self::Funding)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRow {
    pub id: String,
    pub name: String,
    pub stage: DraftStage,
    /// JSON.
    pub settings: String,
    /// JSON; fixed before it is sent.
    pub request: Option<String>,
    /// The coordinator's id.
    pub job: Option<String>,
    /// Why it ended: for people, and as a code for scripts.
    pub note: String,
    pub code: String,
    pub coordinator: String,
    pub created_at_ms: i64,
    /// How long each stage took.
    pub packed_ms: Option<i64>,
    pub pinned_ms: Option<i64>,
    pub funded_ms: Option<i64>,
    pub bytes: u64,
    pub files: u32,
}

const COLUMNS: &str = "id, name, stage, settings, request, coalesce(job, taken_up), note, coordinator, created_at_ms, packed_ms, pinned_ms, funded_ms, bytes, files, code";

fn draft(row: &Row<'_>) -> rusqlite::Result<DraftRow> {
    Ok(DraftRow {
        id: row.get(0)?,
        name: row.get(1)?,
        stage: DraftStage::from_name(&row.get::<_, String>(2)?),
        settings: row.get(3)?,
        request: row.get(4)?,
        job: row.get(5)?,
        note: row.get(6)?,
        coordinator: row.get(7)?,
        created_at_ms: row.get(8)?,
        packed_ms: row.get(9)?,
        pinned_ms: row.get(10)?,
        funded_ms: row.get(11)?,
        bytes: row.get::<_, i64>(12)?.cast_unsigned(),
        files: row.get(13)?,
        code: row.get(14)?,
    })
}

pub fn insert_draft(conn: &Connection, row: &DraftRow) -> rusqlite::Result<()> {
    conn.execute(
        "INSERT INTO job_drafts (id, name, stage, settings, coordinator, created_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![row.id, row.name, row.stage.name(), row.settings, row.coordinator, row.created_at_ms],
    )
    .map(drop)
}

pub(crate) fn find_draft(conn: &Connection, id: &str) -> rusqlite::Result<Option<DraftRow>> {
    conn.query_row(&format!("SELECT {COLUMNS} FROM job_drafts WHERE id = ?1"), [id], draft)
        .optional()
}

pub(crate) fn find_draft_of_job(conn: &Connection, job: &str) -> rusqlite::Result<Option<DraftRow>> {
    conn.query_row(
        &format!("SELECT {COLUMNS} FROM job_drafts WHERE job = ?1"),
        [job],
        draft,
    )
    .optional()
}

/// Newest first.
pub(crate) fn all_drafts(conn: &Connection) -> rusqlite::Result<Vec<DraftRow>> {
    conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM job_drafts ORDER BY created_at_ms DESC, id"
    ))?
    .query_map([], draft)?
    .collect()
}

/// `request` still lacks the root of the packed folder.
pub(crate) fn set_packed(
    conn: &Connection,
    id: &str,
    took_ms: i64,
    bytes: u64,
    files: u32,
    request: &str,
) -> rusqlite::Result<()> {
    conn.execute(
        "UPDATE job_drafts SET stage = 'pinning', packed_ms = ?2, bytes = ?3, files = ?4, request = ?5
         WHERE id = ?1 AND stage = 'packing'",
        params![id, took_ms, bytes.cast_signed(), files, request],
    )
    .map(drop)
}

/// From here on the request never changes, however often it is sent.
pub(crate) fn set_pinned(conn: &Connection, id: &str, took_ms: i64, request: &str) -> rusqlite::Result<()> {
    conn.execute(
        "UPDATE job_drafts SET stage = 'funding', pinned_ms = ?2, request = ?3 WHERE id = ?1 AND stage = 'pinning'",
        params![id, took_ms, request],
    )
    .map(drop)
}

pub(crate) fn set_posted(conn: &Connection, id: &str, took_ms: i64, job: &str) -> rusqlite::Result<()> {
    conn.execute(
        "UPDATE job_drafts SET stage = 'posted', funded_ms = ?2, job = ?3, note = '' WHERE id = ?1",
        params![id, took_ms, job],
    )
    .map(drop)
}

/// The draft goes on with a job that is there: it may be the one that posted it, or another may.
pub(crate) fn set_taken_up(conn: &Connection, id: &str, took_ms: i64, job: &str) -> rusqlite::Result<()> {
    conn.execute(
        "UPDATE job_drafts SET stage = 'posted', funded_ms = ?2, taken_up = ?3, note = '',
            job = CASE WHEN EXISTS (SELECT 1 FROM job_drafts WHERE job = ?3) THEN NULL ELSE ?3 END
         WHERE id = ?1",
        params![id, took_ms, job],
    )
    .map(drop)
}

/// Ends a draft that has not been posted. Whether it was still there to end.
pub(crate) fn end_draft(
    conn: &Connection,
    id: &str,
    stage: DraftStage,
    code: &str,
    note: &str,
) -> rusqlite::Result<bool> {
    conn.execute(
        "UPDATE job_drafts SET stage = ?2, code = ?3, note = ?4 WHERE id = ?1 AND stage IN ('packing', 'pinning', 'funding')",
        params![id, stage.name(), code, note],
    )
    .map(|changed| changed == 1)
}

pub(crate) fn saved_to(conn: &Connection, job: &str) -> rusqlite::Result<Option<String>> {
    conn.query_row("SELECT folder FROM job_saves WHERE job = ?1", [job], |row| row.get(0))
        .optional()
}

pub(crate) fn set_saved_to(conn: &Connection, job: &str, folder: &str) -> rusqlite::Result<()> {
    conn.execute(
        "INSERT INTO job_saves (job, folder) VALUES (?1, ?2) ON CONFLICT (job) DO UPDATE SET folder = excluded.folder",
        [job, folder],
    )
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        for migration in [
            include_str!("../../../../migrations/desktop/0002_jobs.sql"),
            include_str!("../../../../migrations/desktop/0003_why_a_draft_failed.sql"),
            include_str!("../../../../migrations/desktop/0006_jobs_taken_up.sql"),
        ] {
            conn.execute_batch(migration).unwrap();
        }
        conn
    }

    fn row(id: &str) -> DraftRow {
        DraftRow {
            id: id.into(),
            name: "Bowling".into(),
            stage: DraftStage::Packing,
            settings: "{}".into(),
            request: None,
            job: None,
            note: String::new(),
            code: String::new(),
            coordinator: "embedded".into(),
            created_at_ms: 5,
            packed_ms: None,
            pinned_ms: None,
            funded_ms: None,
            bytes: 0,
            files: 0,
        }
    }

    #[test]
    fn a_draft_walks_through_its_stages() {
        let conn = database();
        insert_draft(&conn, &row("draft-1")).unwrap();
        set_packed(&conn, "draft-1", 200, 1 << 40, 3, "{}").unwrap();
        set_pinned(&conn, "draft-1", 300, "{\"name\":1}").unwrap();
        set_posted(&conn, "draft-1", 10, "job-9").unwrap();
        let found = find_draft_of_job(&conn, "job-9").unwrap().unwrap();
        assert_eq!(found.stage, DraftStage::Posted);
        assert_eq!((found.bytes, found.files, found.packed_ms), (1 << 40, 3, Some(200)));
        assert_eq!(found.request.as_deref(), Some("{\"name\":1}"));
    }

    #[test]
    fn the_request_that_pays_is_written_once() {
        let conn = database();
        insert_draft(&conn, &row("draft-1")).unwrap();
        set_packed(&conn, "draft-1", 1, 1, 1, "{}").unwrap();
        set_pinned(&conn, "draft-1", 1, "first").unwrap();
        set_pinned(&conn, "draft-1", 1, "second").unwrap();
        assert_eq!(
            find_draft(&conn, "draft-1").unwrap().unwrap().request.as_deref(),
            Some("first")
        );
    }

    #[test]
    fn a_posted_job_cannot_be_ended_as_a_draft() {
        let conn = database();
        insert_draft(&conn, &row("draft-1")).unwrap();
        set_posted(&conn, "draft-1", 1, "job-1").unwrap();
        assert!(!end_draft(&conn, "draft-1", DraftStage::Cancelled, "cancelled", "").unwrap());
        insert_draft(&conn, &row("draft-2")).unwrap();
        assert!(end_draft(&conn, "draft-2", DraftStage::Failed, "no_space", "the disk is full").unwrap());
        assert_eq!(find_draft(&conn, "draft-2").unwrap().unwrap().code, "no_space");
        assert_eq!(all_drafts(&conn).unwrap().len(), 2);
    }

    #[test]
    fn the_last_folder_is_remembered() {
        let conn = database();
        set_saved_to(&conn, "job-1", "/a").unwrap();
        set_saved_to(&conn, "job-1", "/b").unwrap();
        assert_eq!(saved_to(&conn, "job-1").unwrap().as_deref(), Some("/b"));
    }
}
