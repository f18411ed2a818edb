use super::session;
use crate::{args::WalletShow, exit::Failure, output};
use veriframe_app::{Home, wallet as topic};
use veriframe_core::Amount;

pub async fn show(home: Home, args: WalletShow) -> Result<(), Failure> {
    let (wallet, ledger) = session::with_coordinator(home, args.network, async |ctx| {
        Ok((topic::wallet(ctx).await?, topic::ledger(ctx, String::new()).await?))
    })
    .await?;
    if args.output.json {
        return output::json(&serde_json::json!({ "wallet": wallet, "ledger": ledger }));
    }
    output::line(&format!("Address   {}", wallet.address))?;
    output::line(&format!("Network   {}", wallet.network))?;
    output::line(&format!("Balance   {} {}", credits(&wallet.balance), wallet.unit))?;
    output::line(&format!("Escrowed  {} {}", credits(&wallet.escrowed), wallet.unit))?;
    for entry in &ledger.entries {
        let sign = if entry.incoming { '+' } else { '-' };
        let (amount, balance) = (credits(&entry.amount), credits(&entry.balance));
        output::line(&format!(
            "{}  {sign}{amount:>9}  {balance:>9}  {}",
            entry.at, entry.text
        ))?;
    }
    if !ledger.next_cursor.is_empty() {
        output::line("Older entries are in the app, on the Wallet page.")?;
    }
    Ok(())
}

fn credits(units: &str) -> String {
    units.parse::<Amount>().unwrap_or_default().to_credits()
}
