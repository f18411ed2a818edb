//! What an operator of a coordinator needs from the command line.

use super::session;
use crate::{args::OperatorToken, exit::Failure, output};
use serde_json::json;
use std::sync::Arc;
use veriframe_app::{Context, Home, view::CommandError};

/// The tokens stand in the fragment, which a browser sends to nobody.
pub async fn token(home: Home, args: OperatorToken) -> Result<(), Failure> {
    let page = args.page.trim_end_matches('/').to_owned();
    let composed = async |ctx: &Arc<Context>| {
        let tokens = ctx.api.new_session().await.map_err(CommandError::from)?;
        let link = format!("{page}/#token={}&refresh={}", tokens.access, tokens.refresh);
        if args.output.json {
            let address = ctx.address.to_string();
            return output::json(&json!({ "link": link, "access_token": tokens.access, "address": address }));
        }
        output::line(&link)
    };
    session::with_coordinator(home, args.network, composed).await
}
