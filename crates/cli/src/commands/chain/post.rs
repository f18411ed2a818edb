use crate::{
    args::ChainPost,
    commands::{posting, session},
    exit::Failure,
    output,
};
use serde_json::json;
use veriframe_app::{
    Home,
    chain::ChainChoice,
    create::{DirectPosting, post_directly},
    jobs::text,
};
use veriframe_cli::compose::Options;

pub async fn run(home: Home, args: ChainPost) -> Result<(), Failure> {
    let chain = ChainChoice {
        deployment: args.chain.deployment.clone(),
        node: args.chain.rpc.clone(),
    }
    .or(ChainChoice::environment());
    let as_json = args.chain.output.json;
    let posted = session::directly(Options::direct(home, args.coordinator.clone(), chain), async |ctx| {
        let posting = DirectPosting {
            settings: posting::settings(ctx, &args.file, &args.job).await?,
            price_per_frame: args.price,
            within: u64::from(args.hours) * 3600,
            challenge_window: args.window * 60,
            again: args.again,
            max_fee: args.max_fee,
        };
        output::note("The scene is not sealed: there is nobody to hand the key on, so anybody can read it.");
        Ok(Box::pin(post_directly(ctx, &posting)).await?)
    })
    .await?;
    if as_json {
        return output::json(&json!({
            "job": posted.job,
            "transaction": posted.transaction,
            "asset_cid": posted.asset_cid,
            "frames": posted.frames,
            "price_per_frame": posted.price_per_frame.to_string(),
            "budget": posted.budget.to_string(),
            "deadline": posted.deadline,
        }));
    }
    output::line(&format!(
        "Posted job {} with {} at {} each, by transaction {}",
        posted.job,
        text::count(posted.frames, "frame", "frames"),
        posted.price_per_frame.to_credits(),
        posted.transaction
    ))
}
