//! Table `chain_transactions`: what was signed for the chain, and what became of it.

use rusqlite::{Connection, Row, named_params, params};

/// Whose transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub chain: String,
    pub account: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionRow {
    /// Given by the table.
    pub seq: i64,
    pub id: String,
    pub hash: String,
    pub nonce: i64,
    pub body: String,
    pub what: String,
    pub words: String,
    pub amount: String,
    pub job: String,
    pub created_at_ms: i64,
    pub state: String,
    pub fee: String,
}

const COLUMNS: &str = "seq, id, hash, nonce, body, what, words, amount, job, created_at_ms, state, fee";

fn row(row: &Row<'_>) -> rusqlite::Result<TransactionRow> {
    Ok(TransactionRow {
        seq: row.get(0)?,
        id: row.get(1)?,
        hash: row.get(2)?,
        nonce: row.get(3)?,
        body: row.get(4)?,
        what: row.get(5)?,
        words: row.get(6)?,
        amount: row.get(7)?,
        job: row.get(8)?,
        created_at_ms: row.get(9)?,
        state: row.get(10)?,
        fee: row.get(11)?,
    })
}

/// On the disk when this returns: were it lost with the power, the same thing would be paid for twice.
pub fn append(conn: &Connection, owner: &Owner, row: &TransactionRow) -> rusqlite::Result<()> {
    conn.pragma_update(None, "synchronous", "FULL")?;
    let written = conn.execute(
        "INSERT INTO chain_transactions
             (chain, account, id, hash, nonce, body, what, words, amount, job, created_at_ms, state, fee)
         VALUES (:chain, :account, :id, :hash, :nonce, :body, :what, :words, :amount, :job, :created, :state, :fee)",
        named_params! {
            ":chain": owner.chain, ":account": owner.account, ":id": row.id, ":hash": row.hash, ":nonce": row.nonce,
            ":body": row.body, ":what": row.what, ":words": row.words, ":amount": row.amount, ":job": row.job,
            ":created": row.created_at_ms, ":state": row.state, ":fee": row.fee,
        },
    );
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    written.map(drop)
}

/// All that were signed for one thing, oldest first.
pub fn of(conn: &Connection, owner: &Owner, id: &str) -> rusqlite::Result<Vec<TransactionRow>> {
    let sql =
        format!("SELECT {COLUMNS} FROM chain_transactions WHERE chain = ?1 AND account = ?2 AND id = ?3 ORDER BY seq");
    conn.prepare_cached(&sql)?
        .query_map(params![owner.chain, owner.account, id], row)?
        .collect()
}

/// Of which it is not known what became, newest first.
pub fn waiting(conn: &Connection, owner: &Owner, at_most: u32) -> rusqlite::Result<Vec<TransactionRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM chain_transactions
         WHERE chain = ?1 AND account = ?2 AND state = 'sent' ORDER BY seq DESC LIMIT ?3"
    );
    conn.prepare_cached(&sql)?
        .query_map(params![owner.chain, owner.account, at_most], row)?
        .collect()
}

/// Newest first, without those that another one took the place of; `before` is the `seq` that the page before ended with.
pub fn page(conn: &Connection, owner: &Owner, before: i64, at_most: u32) -> rusqlite::Result<Vec<TransactionRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM chain_transactions
         WHERE chain = ?1 AND account = ?2 AND seq < ?3 AND state <> 'replaced' ORDER BY seq DESC LIMIT ?4"
    );
    conn.prepare_cached(&sql)?
        .query_map(params![owner.chain, owner.account, before, at_most], row)?
        .collect()
}

pub fn settle(conn: &Connection, seq: i64, state: &str, fee: &str) -> rusqlite::Result<()> {
    conn.execute(
        "UPDATE chain_transactions SET state = ?2, fee = ?3 WHERE seq = ?1",
        params![seq, state, fee],
    )
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transaction(id: &str, nonce: i64) -> TransactionRow {
        TransactionRow {
            seq: 0,
            id: id.to_owned(),
            hash: format!("0x{nonce}"),
            nonce,
            body: "{}".to_owned(),
            what: "transfer".to_owned(),
            words: String::new(),
            amount: "5".to_owned(),
            job: String::new(),
            created_at_ms: 7,
            state: "sent".to_owned(),
            fee: String::new(),
        }
    }

    #[test]
    fn each_account_on_each_chain_has_its_own() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(include_str!(
            "../../../../migrations/desktop/0004_chain_transactions.sql"
        ))
        .unwrap();
        let owner = |chain: &str| Owner {
            chain: chain.to_owned(),
            account: "0x1".to_owned(),
        };
        let (here, there) = (owner("SN_SEPOLIA"), owner("SN_MAIN"));
        append(&conn, &here, &transaction("a", 1)).unwrap();
        append(&conn, &here, &transaction("a", 2)).unwrap();
        append(&conn, &here, &transaction("b", 3)).unwrap();
        let found = of(&conn, &here, "a").unwrap();
        assert_eq!(found.iter().map(|row| row.nonce).collect::<Vec<_>>(), [1, 2]);
        assert!(of(&conn, &there, "a").unwrap().is_empty());
        settle(&conn, found[0].seq, "replaced", "").unwrap();
        settle(&conn, found[1].seq, "succeeded", "12").unwrap();
        assert_eq!(waiting(&conn, &here, 9).unwrap().len(), 1);
        let shown = page(&conn, &here, i64::MAX, 9).unwrap();
        assert_eq!(shown.iter().map(|row| row.nonce).collect::<Vec<_>>(), [3, 2]);
        assert_eq!(page(&conn, &here, shown[0].seq, 9).unwrap()[0].fee, "12");
    }
}
