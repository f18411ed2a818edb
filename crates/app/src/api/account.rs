//! Requests about the account's money.

use super::{ApiClient, ApiError, call::Call, jobs::paged};
use veriframe_core::{Address, Amount};
use veriframe_wire::{
    AddressText, AmountText, Page, PageQuery,
    account::{Account, Entry, TransferRequest},
    chain::{ChainEvent, Contracts},
};

impl ApiClient {
    /// `GET /ledger/account`.
    pub async fn account(&self) -> Result<Account, ApiError> {
        self.send(Call::get("/ledger/account")).await
    }

    /// `GET /ledger/entries`, newest first.
    pub(crate) async fn ledger_entries(&self, page: &PageQuery) -> Result<Page<Entry>, ApiError> {
        self.send(paged(Call::get("/ledger/entries"), page)).await
    }

    /// `GET /contracts`: how the coordinator is paid.
    pub async fn contracts(&self) -> Result<Contracts, ApiError> {
        self.send(Call::get("/contracts")).await
    }

    /// `GET /events`: what the contracts told of an account under one name, oldest first.
    pub async fn chain_events(
        &self,
        name: &str,
        account: Address,
        page: &PageQuery,
    ) -> Result<Page<ChainEvent>, ApiError> {
        let call = Call::get("/events").query("name", name).query("account", account);
        self.send(paged(call, page)).await
    }

    /// `POST /ledger/transfer`. `idempotency_key` makes a repeat safe.
    pub async fn transfer(&self, to: Address, amount: Amount, idempotency_key: &str) -> Result<Account, ApiError> {
        let body = TransferRequest {
            to: AddressText(to),
            amount: AmountText(amount),
        };
        let call = Call::post("/ledger/transfer").json(&body)?;
        self.send(call.idempotent(idempotency_key)).await
    }

    /// `POST /ledger/faucet`: credits for an account that has run dry, where the coordinator gives them.
    pub async fn ask_for_credits(&self) -> Result<Account, ApiError> {
        self.send(Call::post("/ledger/faucet")).await
    }
}
