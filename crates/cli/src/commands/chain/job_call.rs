use super::{results, signer::Signer};
use crate::{
    args::JobCall,
    exit::{Exit, Failure},
};
use veriframe_app::Home;
use veriframe_chain::{
    Felt,
    market::{Reveal, market, root_commitment},
    number,
};
use veriframe_core::Address;

/// Calls the market for one job. Who may is the contract's word.
pub async fn run(home: &Home, call: JobCall) -> Result<(), Failure> {
    let signer = Signer::open(home, call.signing()).await?;
    let (token, at) = (signer.deployment.token, signer.deployment.market);
    match call {
        JobCall::Assign(args) => {
            let worker = args.worker.unwrap_or(signer.account);
            signer.send("assign", &[market::assign(at, args.of.job, &worker)]).await
        }
        JobCall::Commit(args) => {
            let results = results::read(&args.results, args.of.job)?;
            let salt = args.salt.as_deref().map_or_else(random, felt)?;
            let commitment = root_commitment(args.of.job, &results.settlement, &results.cid, salt, &signer.account);
            let calls = market::commit(token, at, signer.bond().await?, args.of.job, commitment);
            let salt = number::format(&salt);
            signer.send_telling("commit", &calls, Some(&salt)).await
        }
        JobCall::Reveal(args) => {
            let results = results::read(&args.results, args.of.job)?;
            let reveal = Reveal {
                settlement_root: results.settlement.root(),
                total_paid: results.settlement.total(),
                results_cid: results.cid,
                salt: felt(&args.salt)?,
            };
            signer.send("reveal", &[market::reveal(at, args.of.job, &reveal)]).await
        }
        JobCall::Accept(of) => signer.send("accept", &[market::accept(at, of.job)]).await,
        JobCall::Cancel(of) => signer.send("cancel", &[market::cancel(at, of.job)]).await,
        JobCall::Expire(of) => signer.send("expire", &[market::expire(at, of.job)]).await,
        JobCall::Finalise(of) => signer.send("finalise", &[market::finalise(at, of.job)]).await,
        JobCall::Challenge(of) => {
            let calls = market::challenge(token, at, signer.bond().await?, of.job);
            signer.send("challenge", &calls).await
        }
        JobCall::Resolve(args) => {
            signer
                .send("resolve", &[market::resolve(at, args.of.job, args.share)])
                .await
        }
        JobCall::ResolveByDefault(of) => {
            signer
                .send("resolve_by_default", &[market::resolve_by_default(at, of.job)])
                .await
        }
        JobCall::Claim(args) => {
            let results = results::read(&args.results, args.of.job)?;
            let worker = args.worker.unwrap_or(signer.account);
            let (payment, proof) = results.settlement.proof(&worker).ok_or_else(|| not_paid(&worker))?;
            let claim = market::claim(at, args.of.job, &worker, payment.amount, payment.digest, &proof);
            signer.send("claim", &[claim]).await
        }
    }
}

fn not_paid(worker: &Address) -> Failure {
    let message = format!("The results pay nothing to {worker}.");
    Failure::new(Exit::BadInput, "not_paid", message, "Nothing was sent.")
}

fn felt(text: &str) -> Result<Felt, Failure> {
    number::parse(text)
        .map_err(|error| Failure::new(Exit::BadInput, "bad_salt", format!("“{text}” is no salt: {error}."), ""))
}

fn random() -> Result<Felt, Failure> {
    let mut bytes = [0; 31];
    getrandom::fill(&mut bytes).map_err(|error| Failure::from(anyhow::anyhow!("no random number: {error}")))?;
    Ok(Felt::from_bytes_be_slice(&bytes))
}
