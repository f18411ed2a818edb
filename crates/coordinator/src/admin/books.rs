//! Whether money is conserved.

use crate::{error::ApiResult, store::accounts};
use sqlx::AnyConnection;
use std::collections::HashMap;
use veriframe_wire::admin::Money;

/// Accounts that are named when their balance is not what their entries say.
const NAMED: usize = 20;

/// Looks at every account.
pub async fn books(db: &mut AnyConnection) -> ApiResult<Money> {
    let balances = accounts::all(db).await?;
    let entries: HashMap<String, i128> = accounts::last_entries(db).await?.into_iter().collect();
    let of = |belongs: &dyn Fn(&str) -> bool| -> i128 {
        let those = balances.iter().filter(|(id, _)| belongs(id));
        those.map(|(_, balance)| balance).sum()
    };
    let sum = of(&|_| true);
    let wrong: Vec<String> = balances
        .iter()
        .filter(|(id, balance)| entries.get(id).copied().unwrap_or_default() != *balance)
        .map(|(id, _)| id.clone())
        .take(NAMED)
        .collect();
    Ok(Money {
        faucet: of(&|id| id == "faucet").to_string(),
        chain: of(&|id| id == "chain").to_string(),
        users: of(&|id| id.starts_with("user:")).to_string(),
        escrows: of(&|id| id.starts_with("escrow:")).to_string(),
        sum: sum.to_string(),
        accounts: u32::try_from(balances.len()).unwrap_or(u32::MAX),
        conserved: sum == 0 && wrong.is_empty(),
        wrong,
    })
}
