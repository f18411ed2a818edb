//! Whether a signature proves that the account is the caller's.

use crate::{
    app::App,
    error::{ApiError, ApiResult},
};
use std::time::Duration;
use tokio::time;
use veriframe_chain::{AuthError, Challenge, DeployedError, Standing, verify_deployed, verify_undeployed};
use veriframe_wire::ErrorCode;

/// How long the chain's node may take for all that it is asked.
const ASK_WITHIN: Duration = Duration::from_secs(10);

/// The account's contract decides where there is one, and the public key where there is none. A chain that does not answer
/// decides nothing: neither a refusal nor a token follows from it.
pub async fn check(
    app: &App,
    challenge: Challenge,
    public_key: Option<String>,
    signature: Vec<String>,
) -> ApiResult<()> {
    match ask_chain(app, &challenge, &signature).await? {
        Standing::Accepted => Ok(()),
        Standing::Undeployed => check_key(challenge, public_key, signature).await,
    }
}

/// Without a chain no account is deployed.
async fn ask_chain(app: &App, challenge: &Challenge, signature: &[String]) -> ApiResult<Standing> {
    let Some(chain) = &app.settings.chain else {
        return Ok(Standing::Undeployed);
    };
    let asked = verify_deployed(&*chain.node, chain.deployment.chain_id, challenge, signature);
    match time::timeout(ASK_WITHIN, asked).await {
        Ok(Ok(standing)) => Ok(standing),
        Ok(Err(DeployedError::Refused(error))) => Err(refused(error)),
        Ok(Err(error @ (DeployedError::Node(_) | DeployedError::OtherChain))) => Err(undecided(&error.to_string())),
        Err(_) => Err(undecided("the chain's node is too slow")),
    }
}

async fn check_key(challenge: Challenge, public_key: Option<String>, signature: Vec<String>) -> ApiResult<()> {
    let public_key = public_key.ok_or_else(|| {
        ApiError::new(ErrorCode::InvalidSignature, "The public key is missing.")
            .hint("An account without a contract signs in with its public key.")
    })?;
    // A signature check takes about a millisecond of pure arithmetic.
    tokio::task::spawn_blocking(move || verify_undeployed(&challenge, &public_key, &signature))
        .await?
        .map_err(refused)
}

fn refused(error: AuthError) -> ApiError {
    match error {
        AuthError::Challenge(error) => ApiError::internal(error),
        error => ApiError::new(
            ErrorCode::InvalidSignature,
            format!("The sign-in was refused: {error}."),
        )
        .hint("Sign the challenge of this coordinator as it is, with the account's own key."),
    }
}

fn undecided(why: &str) -> ApiError {
    ApiError::new(
        ErrorCode::ChainUnavailable,
        format!("Whether the account signed could not be asked: {why}."),
    )
    .hint("Nothing was decided. Send the same again in a moment, or ask for a new challenge.")
}
