//! Table `worker_blenders`: what workers render with, so that a list can be narrowed by it.

use super::statement::Statement;
use sqlx::AnyConnection;
use std::collections::BTreeSet;
use veriframe_core::Address;
use veriframe_wire::worker::Blender;

/// Stands for the Blender itself, whatever its engines.
const NO_ENGINE: &str = "";

/// Writes down what the worker says of itself now, in place of what it said before.
pub async fn replace(db: &mut AnyConnection, worker: Address, blenders: &[Blender]) -> Result<(), sqlx::Error> {
    let worker = worker.to_string();
    sqlx::query("DELETE FROM worker_blenders WHERE worker = $1")
        .bind(&worker)
        .execute(&mut *db)
        .await?;
    let rows: BTreeSet<(&str, &str)> = blenders
        .iter()
        .flat_map(|blender| {
            let engines = blender.engines.iter().map(String::as_str).chain([NO_ENGINE]);
            engines.map(|engine| (blender.version.as_str(), engine))
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let mut sql = Statement::new("INSERT INTO worker_blenders (worker, version, engine) ");
    sql.rows(rows, |row, (version, engine)| {
        row.bind(worker.clone()).bind(version).bind(engine)
    });
    sql.query().persistent(false).execute(db).await?;
    Ok(())
}

/// Adds the condition that the worker at hand has this engine and this Blender (`4.2`: any of that series), together.
pub fn narrow(sql: &mut Statement, engine: Option<&str>, version: Option<&str>) {
    if engine.is_none() && version.is_none() {
        return;
    }
    sql.push(" AND EXISTS (SELECT 1 FROM worker_blenders b WHERE b.worker = workers.address AND b.engine = ")
        .bind(engine.unwrap_or(NO_ENGINE).to_owned());
    if let Some(version) = version {
        sql.push(" AND (b.version = ")
            .bind(version.to_owned())
            .push(" OR b.version LIKE ")
            .bind(format!("{version}.%"))
            .push(")");
    }
    sql.push(")");
}
