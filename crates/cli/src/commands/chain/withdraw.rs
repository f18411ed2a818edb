use super::signer::Signer;
use crate::{args::ChainWithdraw, exit::Failure};
use veriframe_app::Home;
use veriframe_chain::market::{market, registry};

pub async fn run(home: &Home, args: ChainWithdraw) -> Result<(), Failure> {
    let signer = Signer::open(home, &args.signing).await?;
    let call = match &args.whom {
        Some(account) => market::withdraw_for(signer.deployment.market, account),
        None if args.registry => registry::withdraw(signer.deployment.registry),
        None => market::withdraw(signer.deployment.market),
    };
    signer.send("withdraw", &[call]).await
}
