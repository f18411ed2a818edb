-- Every transaction that was signed here, written down before it is sent: what is cut off in the middle is sent again
-- instead of being signed again. Also the history of the wallet.
CREATE TABLE chain_transactions (
    seq            INTEGER PRIMARY KEY,
    -- Such as SN_SEPOLIA.
    chain          TEXT NOT NULL,
    account        TEXT NOT NULL,
    -- What is to be done once, such as the payment of one draft; several rows when it had to be signed again.
    id             TEXT NOT NULL,
    hash           TEXT NOT NULL,
    nonce          INTEGER NOT NULL,
    -- As the node takes it; empty when it cannot be sent again.
    body           TEXT NOT NULL,
    -- post_job, accept, transfer, …
    what           TEXT NOT NULL,
    -- For people.
    words          TEXT NOT NULL,
    -- In the smallest unit.
    amount         TEXT NOT NULL,
    -- The coordinator's or the chain's name of a job; empty for none.
    job            TEXT NOT NULL,
    created_at_ms  INTEGER NOT NULL,
    -- sent, succeeded, reverted, replaced (by another one of the same nonce)
    state          TEXT NOT NULL,
    -- What it cost, in the smallest unit of STRK; empty until it is known.
    fee            TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX chain_transactions_id ON chain_transactions (chain, account, id);
CREATE INDEX chain_transactions_state ON chain_transactions (state);
