use crate::{
    app::AppState,
    error::{ApiError, ApiResult},
    extract::{Caller, Json, Query},
    handlers::paging,
    indexer::view::{self, Asked},
    store::chain_events::{Filter, Readable},
};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use veriframe_wire::{
    AddressText, ErrorEnvelope, Page,
    chain::{ChainEvent, ContractName},
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// The event's name in the contract, such as `JobCreated`.
    name: Option<String>,
    /// The job's number on the chain.
    job: Option<u64>,
    /// Whom it is about: creator, worker, aggregator, challenger, or who was paid.
    account: Option<AddressText>,
    contract: Option<ContractName>,
    /// The first block to look at.
    from_block: Option<u64>,
    /// Whether to show what the block that is being made says so far, at the end of the last page and marked as such.
    pre_confirmed: Option<bool>,
    /// Rows wanted: 1 to 1000, 100 unless said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    cursor: Option<String>,
}

impl EventsQuery {
    fn asked(self, limit: u32) -> ApiResult<Asked> {
        if [self.job, self.from_block]
            .into_iter()
            .flatten()
            .any(|number| i64::try_from(number).is_err())
        {
            return Err(ApiError::invalid(
                "The number of a job or a block is at most 9223372036854775807.",
            ));
        }
        Ok(Asked {
            after: view::after(self.cursor.as_deref())?,
            filter: Filter {
                name: self.name,
                job: self.job,
                account: self.account.map(|AddressText(account)| account),
                contract: None,
                from_block: self.from_block,
                readable: Readable::All,
            },
            contract: self.contract,
            pre_confirmed: self.pre_confirmed.unwrap_or(false),
            limit,
        })
    }
}

/// Events of the contracts, in the order of the chain. A reorganisation of the chain takes back what was told here.
#[utoipa::path(get, path = "/api/v1/events", tag = "chain", params(EventsQuery), security(("token" = [])),
    responses((status = 200, body = Page<ChainEvent>), (status = "default", body = ErrorEnvelope)))]
pub async fn list(
    State(app): State<AppState>,
    _: Caller,
    Query(query): Query<EventsQuery>,
) -> ApiResult<Json<Page<ChainEvent>>> {
    let limit = paging::limit(query.limit)?;
    let items = view::events(&app, query.asked(limit)?).await?;
    Ok(Json(paging::page(items, limit, view::cursor)))
}
