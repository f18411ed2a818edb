//! Challenge, signature, tokens, renewal.

use super::{proof, token_key::ACCESS_SECONDS};
use crate::{
    app::App,
    audit,
    error::{ApiError, ApiResult},
    ledger,
    limits::Asking,
    store::{self, WriteTx},
};
use sha2::{Digest, Sha256};
use veriframe_chain::{Challenge, SIGN_IN, typed_data};
use veriframe_core::{Address, Timestamp};
use veriframe_wire::{
    AddressText, ErrorCode, Time,
    admin::AuditAction,
    auth::{AuthenticateRequest, ChallengeResponse, TokenResponse},
};

const CHALLENGE_SECONDS: i64 = 5 * 60;
/// Open challenges of one address that one place asked for. For a new one the oldest goes, so that whoever asks for many
/// keeps nobody out: signing in takes a moment.
const CHALLENGES_AT_MOST: i64 = 100;
const REFRESH_SECONDS: i64 = 30 * 24 * 3600;

/// A new challenge for the address.
pub async fn challenge(app: &App, asking: &Asking, address: Address) -> ApiResult<ChallengeResponse> {
    admit(app, address)?;
    let (nonce, asker) = (random_hex::<16>()?, asking.place());
    let mut tx = app.store.write().await?;
    let now = tx.now;
    // Whole seconds, because that is what is signed.
    let expires_at = Timestamp(now.0.div_euclid(1000) * 1000).plus_seconds(CHALLENGE_SECONDS);
    store::challenges::make_room(tx.db(), address, &asker, CHALLENGES_AT_MOST - 1).await?;
    store::challenges::insert(tx.db(), &nonce, address, (&asker, now), expires_at).await?;
    tx.commit().await?;
    let challenge = rebuild(app, address, nonce, expires_at);
    Ok(ChallengeResponse {
        typed_data: typed_data(&challenge),
        challenge: challenge.nonce,
        expires_at: Time(expires_at),
    })
}

/// The coordinator of a program on somebody's computer is for that home and nobody else.
fn admit(app: &App, address: Address) -> ApiResult<()> {
    if app.settings.admits.as_ref().is_none_or(|admits| admits.allow(address)) {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::Forbidden,
        "This coordinator is part of somebody's program, and works for nobody else.",
    )
    .hint("One for several computers is started with `veriframe coordinator serve`."))
}

fn rebuild(app: &App, address: Address, nonce: String, expires_at: Timestamp) -> Challenge {
    Challenge {
        address,
        chain_id: app.sign_in_chain(),
        origin: app.origin.clone(),
        purpose: SIGN_IN.to_owned(),
        nonce,
        expires_at,
    }
}

/// Tokens for whoever signed the challenge. Where credits are paid a new account gets its first ones.
pub async fn authenticate(app: &App, asking: &Asking, request: AuthenticateRequest) -> ApiResult<TokenResponse> {
    let AddressText(address) = request.address;
    let signed = prove(app, asking, address, request).await;
    if let Err(error) = &signed
        && error.code != ErrorCode::ChainUnavailable
    {
        let action = AuditAction::SignInRefused;
        audit::write_alone(&app.store, asking, address, action, &error.message).await;
    }
    signed?;
    asking.take_as(app, address)?;

    let mut tx = app.store.write().await?;
    if app.gives_credits() {
        ledger::open_account(&mut tx, address, app.settings.faucet).await?;
    }
    let tokens = issue(app, &mut tx, address, &random_hex::<16>()?).await?;
    audit::write(&mut tx, asking, address, AuditAction::SignedIn, "", "").await?;
    tx.commit().await?;
    Ok(tokens)
}

async fn prove(app: &App, asking: &Asking, address: Address, request: AuthenticateRequest) -> ApiResult<()> {
    let expires_at = use_up(app, &request.challenge, address).await?;
    let challenge = rebuild(app, address, request.challenge.clone(), expires_at);
    let verdict = proof::check(app, challenge, request.public_key, request.signature).await;
    if matches!(&verdict, Err(error) if error.code == ErrorCode::ChainUnavailable) {
        give_back(app, asking, &request.challenge, address, expires_at).await?;
    }
    verdict
}

/// A challenge is used from the first verdict on, right or wrong; so this commits by itself, and before: of two requests
/// with the same challenge only one is looked at.
async fn use_up(app: &App, nonce: &str, address: Address) -> ApiResult<Timestamp> {
    let mut tx = app.store.write().await?;
    let expires_at = store::challenges::take(tx.db(), nonce, address).await?;
    let now = tx.now;
    tx.commit().await?;
    expires_at.filter(|&expires_at| now < expires_at).ok_or_else(|| {
        ApiError::new(
            ErrorCode::InvalidChallenge,
            "The challenge is unknown, was used, or ran out.",
        )
        .hint("Ask for a new one.")
    })
}

/// Nothing was decided, so the same signature may come again until the challenge runs out: a person with a wallet of its own
/// need not sign twice.
async fn give_back(app: &App, asking: &Asking, nonce: &str, address: Address, expires_at: Timestamp) -> ApiResult<()> {
    let mut tx = app.store.write().await?;
    let asked_at = tx.now;
    store::challenges::insert(tx.db(), nonce, address, (&asking.place(), asked_at), expires_at).await?;
    Ok(tx.commit().await?)
}

/// A new pair for a refresh token, which is spent by that. A token that comes again was stolen or copied: everything
/// that descends from the same sign-in ends.
pub async fn refresh(app: &App, asking: &Asking, token: &str) -> ApiResult<TokenResponse> {
    let unknown = || {
        ApiError::new(
            ErrorCode::Unauthenticated,
            "The refresh token is unknown, was used, or ran out.",
        )
        .hint("Sign in again.")
    };
    let digest = digest(token);
    let mut tx = app.store.write().await?;
    let row = store::refresh_tokens::find(tx.db(), &digest)
        .await?
        .ok_or_else(unknown)?;
    if row.spent {
        tracing::warn!(address = %row.address, "a refresh token was used twice; its family is revoked");
        store::refresh_tokens::revoke_family(tx.db(), &row.family).await?;
        audit::write(&mut tx, asking, row.address, AuditAction::TokensRevoked, "", "").await?;
        tx.commit().await?;
        return Err(unknown());
    }
    if row.expires_at <= tx.now {
        return Err(unknown());
    }
    asking.take_as(app, row.address)?;
    store::refresh_tokens::spend(tx.db(), &digest).await?;
    let tokens = issue(app, &mut tx, row.address, &row.family).await?;
    tx.commit().await?;
    Ok(tokens)
}

async fn issue(app: &App, tx: &mut WriteTx, address: Address, family: &str) -> ApiResult<TokenResponse> {
    let refresh_token = random_hex::<32>()?;
    let expires_at = tx.now.plus_seconds(REFRESH_SECONDS);
    store::refresh_tokens::insert(tx.db(), &digest(&refresh_token), family, address, expires_at).await?;
    Ok(TokenResponse {
        access_token: app.keys.issue(address, tx.now)?,
        token_type: "bearer".to_owned(),
        expires_in: ACCESS_SECONDS,
        refresh_token,
    })
}

fn digest(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

fn random_hex<const BYTES: usize>() -> ApiResult<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(hex::encode(bytes))
}
