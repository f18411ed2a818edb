//! The wallet on the command line. Passwords and keys come by the environment: what is written on a command line is read by
//! everybody on the computer.

use super::session;
use crate::{
    args::{WalletCommand, WalletImport, WalletPay, WalletSend, WalletShow},
    exit::{Exit, Failure},
    output,
};
use serde_json::json;
use std::{
    env,
    io::{self, IsTerminal as _, Write as _},
    sync::Arc,
};
use veriframe_app::{
    Context, Home,
    view::{
        ChainWalletView, KeyProtection, KeySource, LedgerPage, MoneyDirection, NewKey, TransactionPage,
        TransactionState, WalletPayment, WalletView,
    },
    wallet as topic,
};
use veriframe_core::Amount;

const PRIVATE_KEY: &str = "VERIFRAME_PRIVATE_KEY";
const NEW_PASSWORD: &str = "VERIFRAME_NEW_PASSWORD";
const FILE_PASSWORD: &str = "VERIFRAME_KEYSTORE_PASSWORD";

pub async fn run(home: Home, command: WalletCommand) -> Result<(), Failure> {
    match command {
        WalletCommand::Show(args) => show(home, args).await,
        WalletCommand::Fund(args) => fund(home, args).await,
        WalletCommand::Send(args) => send(home, args).await,
        WalletCommand::Withdraw(args) => pay(home, args, WalletPayment::Withdraw).await,
        WalletCommand::Protect(args) => protect(home, args).await,
        WalletCommand::Unprotect(args) => unprotect(home, args).await,
        WalletCommand::Import(args) => import(home, args).await,
    }
}

async fn show(home: Home, args: WalletShow) -> Result<(), Failure> {
    let json = args.output.json;
    let composed = async |ctx: &Arc<Context>| {
        let wallet = topic::wallet(ctx).await?;
        if wallet.has_chain {
            let chain = topic::chain_wallet(ctx).await?;
            let history = topic::transactions(ctx, String::new()).await?;
            return chain_shown(&wallet, &chain, &history, json);
        }
        local_shown(&wallet, &topic::ledger(ctx, String::new()).await?, json)
    };
    session::with_coordinator(home, args.network, composed).await
}

fn local_shown(wallet: &WalletView, ledger: &LedgerPage, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(&json!({ "wallet": wallet, "ledger": ledger }));
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

fn chain_shown(
    wallet: &WalletView,
    chain: &ChainWalletView,
    history: &TransactionPage,
    json: bool,
) -> Result<(), Failure> {
    if json {
        return output::json(&json!({ "wallet": wallet, "chain": chain, "transactions": history }));
    }
    output::line(&format!("Address   {}", wallet.address))?;
    output::line(&format!("Network   {}", chain.network))?;
    output::line(&format!("Balance   {} STRK", credits(&chain.balance)))?;
    if let Some(eth) = &chain.eth {
        output::line(&format!("          {} ETH", credits(eth)))?;
    }
    output::line(&format!("Owed      {} STRK", credits(&chain.owed)))?;
    if !chain.deployed {
        output::line("The account is put on the chain by its first payment.")?;
    }
    for entry in &history.entries {
        let sign = match entry.direction {
            MoneyDirection::In => '+',
            MoneyDirection::Out => '-',
            MoneyDirection::None => ' ',
        };
        let state = match entry.state {
            TransactionState::Sent => "under way",
            TransactionState::Succeeded => "done",
            TransactionState::Reverted => "undone",
        };
        output::line(&format!(
            "{}  {sign}{:>9}  {state:9}  {}  {}",
            entry.at,
            credits(&entry.amount),
            entry.text,
            entry.hash
        ))?;
    }
    Ok(())
}

async fn fund(home: Home, args: WalletShow) -> Result<(), Failure> {
    let chain = session::with(home, args.network, async |ctx| {
        topic::fund_wallet(ctx).await?;
        Ok(topic::chain_wallet(ctx).await?)
    })
    .await?;
    if args.output.json {
        return output::json(&json!({ "chain": chain }));
    }
    output::line(&format!("The wallet holds {} STRK.", credits(&chain.balance)))
}

async fn send(home: Home, args: WalletSend) -> Result<(), Failure> {
    let payment = WalletPayment::Transfer {
        to: args.to.to_string(),
        amount: args.amount.to_string(),
    };
    pay(home, args.pay, payment).await
}

async fn pay(home: Home, args: WalletPay, payment: WalletPayment) -> Result<(), Failure> {
    let WalletPay { yes, network, output } = args;
    let transaction = session::with(home, network, async |ctx| {
        let quote = topic::quote_payment(ctx, payment.clone()).await?;
        let words = format!(
            "{}: {} STRK, and a fee of at most {} STRK.{}",
            quote.text,
            credits(&quote.amount),
            credits(&quote.fee_most),
            if quote.deploys {
                " The account is put on the chain on the way."
            } else {
                ""
            }
        );
        if !output.json {
            output::line(&words)?;
        }
        if !yes {
            confirmed()?;
        }
        Ok(topic::make_payment(ctx, quote.id, payment, quote.fee_most).await?)
    })
    .await?;
    if output.json {
        return output::json(&json!({ "transaction": transaction }));
    }
    output::line(&format!("Done with transaction {transaction}"))
}

/// Asks a person at a terminal.
fn confirmed() -> Result<(), Failure> {
    let unasked = || {
        Failure::new(
            Exit::BadInput,
            "not_confirmed",
            "Nothing was paid: nobody agreed to it.",
            "Say --yes to pay without being asked.",
        )
    };
    if !io::stdin().is_terminal() {
        return Err(unasked());
    }
    let mut terminal = io::stderr();
    write!(terminal, "Pay this? [y/N] ")?;
    terminal.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        Ok(())
    } else {
        Err(unasked())
    }
}

async fn protect(home: Home, args: WalletShow) -> Result<(), Failure> {
    let password = needed(NEW_PASSWORD, "Set it to the password that the key is to be under.")?;
    change_protection(
        home,
        args,
        KeyProtection::Password,
        password,
        "The key is under the password.",
    )
    .await
}

async fn unprotect(home: Home, args: WalletShow) -> Result<(), Failure> {
    let password = env::var(session::PASSWORD).unwrap_or_default();
    change_protection(
        home,
        args,
        KeyProtection::None,
        password,
        "The key lies in a private file.",
    )
    .await
}

async fn change_protection(
    home: Home,
    args: WalletShow,
    protection: KeyProtection,
    password: String,
    done: &str,
) -> Result<(), Failure> {
    let work = async |ctx: &Arc<Context>| Ok(topic::protect_key(ctx, protection, password).await?);
    session::with(home, args.network, work).await?;
    told(&args.output, &json!({ "protection": protection }), done)
}

async fn import(home: Home, args: WalletImport) -> Result<(), Failure> {
    let new_key = NewKey {
        source: match (&args.file, args.new) {
            (Some(_), _) => KeySource::File,
            (None, true) => KeySource::New,
            (None, false) => KeySource::Text,
        },
        text: if args.file.is_none() && !args.new {
            needed(PRIVATE_KEY, "Set it to the private key, or name a file with one.")?
        } else {
            String::new()
        },
        path: args
            .file
            .map(|path| path.to_string_lossy().into_owned())
            .unwrap_or_default(),
        password: env::var(FILE_PASSWORD).unwrap_or_default(),
        protect_with: env::var(NEW_PASSWORD).unwrap_or_default(),
    };
    let work = async |ctx: &Arc<Context>| Ok(topic::import_key(ctx, new_key).await?);
    let kept = session::with(home, args.show.network, work).await?;
    told(
        &args.show.output,
        &json!({ "old_key": kept }),
        &format!("The new key counts from now on. The old one is kept in {kept}"),
    )
}

fn told(to: &crate::args::Output, json: &serde_json::Value, words: &str) -> Result<(), Failure> {
    if to.json {
        output::json(json)
    } else {
        output::line(words)
    }
}

fn needed(name: &str, hint: &str) -> Result<String, Failure> {
    env::var(name).map_err(|_| Failure::new(Exit::BadInput, "no_key", format!("{name} is not set."), hint))
}

fn credits(units: &str) -> String {
    units.parse::<Amount>().unwrap_or_default().to_credits()
}
