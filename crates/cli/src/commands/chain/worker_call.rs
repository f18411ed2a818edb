use super::signer::Signer;
use crate::{args::WorkerCall, exit::Failure};
use veriframe_app::Home;
use veriframe_chain::market::registry;

/// Calls the registry of workers. Who may is the contract's word.
pub async fn run(home: &Home, call: WorkerCall) -> Result<(), Failure> {
    let signer = Signer::open(home, call.signing()).await?;
    let (token, at) = (signer.deployment.token, signer.deployment.registry);
    match call {
        WorkerCall::Register(args) => {
            let calls = registry::register(token, at, args.stake, &[]);
            signer.send("register", &calls).await
        }
        WorkerCall::AddStake(args) => {
            signer
                .send("add_stake", &registry::add_stake(token, at, args.amount))
                .await
        }
        WorkerCall::Unstake(args) => signer.send("unstake", &[registry::unstake(at, args.amount)]).await,
        WorkerCall::WithdrawStake(_) => signer.send("withdraw_stake", &[registry::withdraw_stake(at)]).await,
        WorkerCall::Deregister(_) => signer.send("deregister", &[registry::deregister(at)]).await,
        WorkerCall::Verify(args) => {
            signer
                .send("verify", &[registry::verify(at, &args.address, !args.not)])
                .await
        }
    }
}
