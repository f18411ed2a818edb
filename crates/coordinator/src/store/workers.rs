//! Table `workers`.

use super::{statement::Statement, text, worker_blenders};
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};
use std::collections::HashMap;
use veriframe_core::{Address, Amount, Timestamp, reputation::REPUTATION_START};
use veriframe_wire::worker::{Capabilities, RegisterRequest, StatusRequest, Temperature, WorkerStatus};

#[derive(Clone, Debug)]
pub struct WorkerRow {
    pub address: Address,
    pub instance: String,
    pub status: WorkerStatus,
    pub reason: String,
    pub capabilities: Capabilities,
    pub price_floor: Amount,
    pub free_slots: u32,
    pub reputation: u32,
    pub verified: u32,
    pub rejected: u32,
    pub registered_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// Against a worker that nothing is known about, as its renders tell.
    pub speed: f64,
}

impl FromRow<'_, AnyRow> for WorkerRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            address: text::address(row, "address")?,
            instance: row.try_get("instance")?,
            status: text::from_word(row, "status")?,
            reason: row.try_get("reason")?,
            capabilities: text::json(row, "capabilities")?,
            price_floor: text::amount(row, "price_floor")?,
            free_slots: text::count(row, "free_slots")?,
            reputation: text::count(row, "reputation")?,
            verified: text::count(row, "verified")?,
            rejected: text::count(row, "rejected")?,
            registered_at: text::time(row, "registered_at")?,
            last_seen_at: text::time(row, "last_seen_at")?,
            speed: row.try_get("speed")?,
        })
    }
}

/// Registers the worker as online, or renews what it says about itself.
pub async fn register(
    db: &mut AnyConnection,
    address: Address,
    request: &RegisterRequest,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO workers (address, instance, status, capabilities, contact, price_floor, free_slots, reputation,
                              registered_at, last_seen_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
         ON CONFLICT (address) DO UPDATE SET instance = $2, status = $3, reason = '', capabilities = $4, contact = $5,
                              price_floor = $6, free_slots = $7, last_seen_at = $9",
    )
    .bind(address.to_string())
    .bind(&request.instance)
    .bind(text::word(WorkerStatus::Online))
    .bind(text::to_json(&request.capabilities)?)
    .bind(&request.contact)
    .bind(request.price_floor.0.to_string())
    .bind(i64::from(request.capabilities.slots))
    .bind(i64::from(REPUTATION_START))
    .bind(now.0)
    .execute(&mut *db)
    .await?;
    worker_blenders::replace(db, address, &request.capabilities.blenders).await
}

pub async fn find(db: &mut AnyConnection, address: Address) -> Result<Option<WorkerRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM workers WHERE address = $1")
        .bind(address.to_string())
        .fetch_optional(db)
        .await
}

pub async fn find_all(db: &mut AnyConnection, addresses: &[Address]) -> Result<Vec<WorkerRow>, sqlx::Error> {
    let mut sql = Statement::new("SELECT * FROM workers WHERE address IN ");
    sql.list(addresses.iter().map(Address::to_string));
    sql.query_as().persistent(addresses.len() == 1).fetch_all(db).await
}

/// Those that were heard of since `since` and take work.
pub async fn online(db: &mut AnyConnection, since: Timestamp) -> Result<Vec<WorkerRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM workers WHERE status = 'online' AND last_seen_at > $1
            AND NOT EXISTS (SELECT 1 FROM suspensions s WHERE s.worker = workers.address) ORDER BY address",
    )
    .bind(since.0)
    .fetch_all(db)
    .await
}

/// What a list of workers is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub status: Option<WorkerStatus>,
    /// Whether the registry on the chain has verified the worker.
    pub verified: Option<bool>,
    pub engine: Option<String>,
    pub min_reputation: Option<u32>,
    /// `4.2.3`, or `4.2` for any of the series.
    pub blender: Option<String>,
}

/// How a list of workers is sorted, and after whom it begins.
#[derive(Clone, Copy, Debug)]
pub enum After {
    Address(Option<Address>),
    /// Best first.
    Reputation(Option<(u32, Address)>),
}

pub async fn page(
    db: &mut AnyConnection,
    filter: &Filter,
    after: After,
    limit: u32,
) -> Result<Vec<WorkerRow>, sqlx::Error> {
    let mut sql = Statement::new("SELECT * FROM workers WHERE 1 = 1");
    if let Some(status) = filter.status {
        sql.push(" AND status = ").bind(text::word(status));
    }
    if let Some(least) = filter.min_reputation {
        sql.push(" AND reputation >= ").bind(i64::from(least));
    }
    if let Some(verified) = filter.verified {
        sql.push(if verified { " AND" } else { " AND NOT" });
        sql.push(" EXISTS (SELECT 1 FROM chain_workers c WHERE c.address = workers.address AND c.verified = 1)");
    }
    worker_blenders::narrow(&mut sql, filter.engine.as_deref(), filter.blender.as_deref());
    match after {
        After::Address(after) => {
            if let Some(address) = after {
                sql.push(" AND address > ").bind(address.to_string());
            }
            sql.push(" ORDER BY address");
        }
        After::Reputation(after) => {
            if let Some((reputation, address)) = after {
                sql.push(" AND (reputation < ").bind(i64::from(reputation));
                sql.push(" OR (reputation = ").bind(i64::from(reputation));
                sql.push(" AND address > ").bind(address.to_string()).push("))");
            }
            sql.push(" ORDER BY reputation DESC, address");
        }
    }
    sql.push(" LIMIT ").bind(i64::from(limit));
    sql.query_as().fetch_all(db).await
}

pub async fn count(db: &mut AnyConnection) -> Result<u32, sqlx::Error> {
    let row = sqlx::query("SELECT count(*) AS n FROM workers").fetch_one(db).await?;
    text::count(&row, "n")
}

pub async fn set_status(
    db: &mut AnyConnection,
    address: Address,
    said: &StatusRequest,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE workers SET status = $1, reason = $2, free_slots = $3, temperatures = $4, last_seen_at = $5
         WHERE address = $6",
    )
    .bind(text::word(said.status))
    .bind(&said.reason)
    .bind(i64::from(said.free_slots))
    .bind(text::to_json(&said.temperatures)?)
    .bind(now.0)
    .bind(address.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// It was thought offline, and is not.
pub async fn set_online(
    db: &mut AnyConnection,
    address: Address,
    free_slots: u32,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE workers SET status = $1, reason = '', free_slots = $2, last_seen_at = $3 WHERE address = $4")
        .bind(text::word(WorkerStatus::Online))
        .bind(i64::from(free_slots))
        .bind(now.0)
        .bind(address.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// As the worker said last.
pub async fn temperatures(
    db: &mut AnyConnection,
    addresses: &[Address],
) -> Result<HashMap<Address, Vec<Temperature>>, sqlx::Error> {
    let mut sql = Statement::new("SELECT address, temperatures FROM workers WHERE address IN ");
    sql.list(addresses.iter().map(Address::to_string));
    let rows = sql.query().persistent(addresses.len() == 1).fetch_all(db).await?;
    rows.iter()
        .map(|row| Ok((text::address(row, "address")?, text::json(row, "temperatures")?)))
        .collect()
}

/// A sign of life that changes nothing else.
pub async fn seen(db: &mut AnyConnection, address: Address, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE workers SET last_seen_at = $1 WHERE address = $2")
        .bind(now.0)
        .bind(address.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// As [`seen`], of several.
pub async fn all_seen(db: &mut AnyConnection, addresses: &[Address], now: Timestamp) -> Result<(), sqlx::Error> {
    let mut sql = Statement::new("UPDATE workers SET last_seen_at = ");
    sql.bind(now.0).push(" WHERE address IN ");
    sql.list(addresses.iter().map(Address::to_string));
    sql.query().persistent(addresses.len() == 1).execute(db).await?;
    Ok(())
}

/// Those that say they are online or paused, and were not heard of since `since`.
pub async fn silent(db: &mut AnyConnection, since: Timestamp) -> Result<Vec<WorkerRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM workers WHERE status <> 'offline' AND last_seen_at <= $1")
        .bind(since.0)
        .fetch_all(db)
        .await
}

pub async fn set_offline(db: &mut AnyConnection, address: Address) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE workers SET status = 'offline', free_slots = 0 WHERE address = $1")
        .bind(address.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// Writes a new reputation and counts one more verified or rejected render.
pub async fn judge(
    db: &mut AnyConnection,
    address: Address,
    reputation: u32,
    verified: u32,
    rejected: u32,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE workers SET reputation = $1, verified = verified + $2, rejected = rejected + $3 WHERE address = $4",
    )
    .bind(i64::from(reputation))
    .bind(i64::from(verified))
    .bind(i64::from(rejected))
    .bind(address.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// How many there are of each status.
pub async fn by_status(db: &mut AnyConnection) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query_as("SELECT status, count(*) FROM workers GROUP BY status")
        .fetch_all(db)
        .await
}

pub async fn set_speed(db: &mut AnyConnection, address: Address, speed: f64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE workers SET speed = $1 WHERE address = $2")
        .bind(speed)
        .bind(address.to_string())
        .execute(db)
        .await?;
    Ok(())
}
