//! Table `chain_source`: which deployment the chain's tables are a copy of.

use super::{chain_column as column, text};
use crate::indexer::Deployment;
use sqlx::AnyConnection;
use veriframe_chain::{events::Contracts, number};

/// What happened to the copy since it was begun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repairs {
    /// How often blocks were taken back because the chain was reorganised.
    pub reorgs: u64,
    /// How often an audit found that a node had kept events from us.
    pub misses: u64,
}

pub async fn insert(db: &mut AnyConnection, deployment: &Deployment) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO chain_source (id, chain_id, market, registry, start_block) VALUES (1, $1, $2, $3, $4)")
        .bind(number::format(&deployment.chain_id))
        .bind(number::format(&deployment.contracts.market))
        .bind(number::format(&deployment.contracts.registry))
        .bind(column::whole(deployment.start_block))
        .execute(db)
        .await?;
    Ok(())
}

pub async fn find(db: &mut AnyConnection) -> Result<Option<Deployment>, sqlx::Error> {
    let row = sqlx::query("SELECT * FROM chain_source").fetch_optional(db).await?;
    row.map(|row| {
        Ok(Deployment {
            chain_id: column::felt(&row, "chain_id")?,
            contracts: Contracts {
                market: column::felt(&row, "market")?,
                registry: column::felt(&row, "registry")?,
            },
            start_block: column::unsigned(&row, "start_block")?,
        })
    })
    .transpose()
}

pub async fn count_reorg(db: &mut AnyConnection) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE chain_source SET reorgs = reorgs + 1")
        .execute(db)
        .await?;
    Ok(())
}

pub async fn count_miss(db: &mut AnyConnection) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE chain_source SET misses = misses + 1")
        .execute(db)
        .await?;
    Ok(())
}

pub async fn repairs(db: &mut AnyConnection) -> Result<Repairs, sqlx::Error> {
    let row = sqlx::query("SELECT reorgs, misses FROM chain_source")
        .fetch_optional(db)
        .await?;
    row.map_or(Ok(Repairs::default()), |row| {
        Ok(Repairs {
            reorgs: u64::from(text::count(&row, "reorgs")?),
            misses: u64::from(text::count(&row, "misses")?),
        })
    })
}
