use crate::extract::Json;
use veriframe_chain::prices::Coin;
use veriframe_wire::price::PricedAssets;

/// The coins whose price can be asked.
#[utoipa::path(get, path = "/api/v1/prices/assets", tag = "prices", responses((status = 200, body = PricedAssets)))]
pub async fn assets() -> Json<PricedAssets> {
    Json(PricedAssets {
        assets: Coin::ALL.map(|coin| coin.symbol().to_owned()).into(),
    })
}
