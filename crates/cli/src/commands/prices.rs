use super::session;
use crate::{
    args::Prices,
    exit::{Exit, Failure},
    output,
};
use veriframe_app::{Home, prices as topic};

pub async fn prices(home: Home, args: Prices) -> Result<(), Failure> {
    let found = session::with(home, args.network, async |ctx| Ok(topic::all(ctx).await)).await?;
    if args.output.json {
        output::json(&serde_json::json!({ "prices": found }))?;
    }
    if found.is_empty() {
        let failure = Failure::new(
            Exit::Failed,
            "price_unavailable",
            "Nobody who was asked knows a price: neither the coordinator nor a public source.",
            "Everything else works without one. Try again in a minute, or look at PRICE_API_URL.",
        );
        return Err(if args.output.json {
            failure.after_result()
        } else {
            failure
        });
    }
    for price in found.iter().filter(|_| !args.output.json) {
        output::line(&format!(
            "{:<5} {:>14} USD   {}, {} s ago (answered by {})",
            price.symbol, price.usd, price.source, price.age_seconds, price.answered_by
        ))?;
    }
    Ok(())
}
