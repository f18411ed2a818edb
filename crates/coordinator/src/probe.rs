//! Whether what an operator set works, before anything is started on it.

use crate::{
    indexer::{ChainSettings, DeploymentError, verify},
    store::{Database, DatabaseError, Schema, schema},
};

/// The node answers, is on that chain, and has the contracts.
pub async fn check_chain(chain: &ChainSettings) -> Result<(), DeploymentError> {
    verify(chain.node.as_ref(), &chain.deployment).await.map(|_| ())
}

/// The database answers; says what version it has, and changes nothing.
pub async fn check_database(database: &Database) -> Result<Schema, DatabaseError> {
    schema::look(database).await
}
