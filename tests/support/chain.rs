//! A Starknet network with the contracts on it, seen as anybody sees it: through its JSON-RPC and the product's commands.

use crate::program::{Finished, run_command, veriframe};
use crate::wait::seconds;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tokio::process::Command;
use veriframe_peers::{Archive, Devnet, FundedAccount, STRK};

pub const TOKEN: u128 = 1_000_000_000_000_000_000;
/// `starknet_keccak("balance_of")` of the token.
const BALANCE_OF: &str = "0x35a73cd311a05d46deda634c5ee045db92f811b4e74bca4437fcb5302b7af33";

pub struct Network {
    pub devnet: Devnet,
    /// Deployed the contracts, and has every role.
    owner: FundedAccount,
    deployment: PathBuf,
}

impl Network {
    /// `None` without a devnet. The contracts ask for a bond of 2 and a stake of 5.
    pub async fn start(folder: &Path) -> Option<Self> {
        let devnet = Devnet::start(Archive::None)?;
        let owner = devnet.accounts().remove(0);
        let home = folder.join("owner");
        std::fs::create_dir_all(&home).expect("a folder");
        let deployment = folder.join("chain.json");
        let out = deployment.to_string_lossy();
        let mut deploy = veriframe(
            &home,
            &[
                "chain",
                "deploy",
                "--account",
                &owner.address,
                "--bond",
                "2",
                "--job-stake",
                "5",
                "--out",
                &out,
            ],
        );
        deploy
            .env("STARKNET_RPC_URL", devnet.rpc())
            .env("VERIFRAME_PRIVATE_KEY", &owner.private_key);
        run_command("chain-deploy", deploy, seconds(120)).await.expect_success();
        std::fs::copy(&deployment, home.join("chain.json")).expect("the deployment was written");
        Some(Self {
            devnet,
            owner,
            deployment,
        })
    }

    /// A home that knows the market, with an account that holds so many whole tokens; the account's address.
    pub async fn join(&self, home: &Path, tokens: u128) -> String {
        std::fs::create_dir_all(home).expect("a folder");
        let shown = run_command("chain-join", veriframe(home, &["wallet", "show"]), seconds(60)).await;
        shown.expect_success();
        let key = std::fs::read_to_string(home.join("key.json")).expect("the home has a key");
        let key: Value = serde_json::from_str(&key).expect("JSON");
        let address = key["address"].as_str().expect("an address").to_owned();
        std::fs::copy(&self.deployment, home.join("chain.json")).expect("the deployment is there");
        self.devnet.mint(&address, tokens * TOKEN);
        address
    }

    /// In the smallest unit, as the token's contract says.
    pub fn balance(&self, address: &str) -> u128 {
        let call = json!({
            "request": {"contract_address": STRK, "entry_point_selector": BALANCE_OF, "calldata": [address]},
            "block_id": "latest",
        });
        let told = self.devnet.call("starknet_call", &call);
        number(&told[0])
    }

    /// What an account paid the network until now, by every block there is.
    pub fn fees_of(&self, address: &str) -> u128 {
        let head = self.devnet.call("starknet_blockNumber", &json!([]));
        let blocks = 0..=head.as_u64().expect("a block's number");
        let fees = blocks.flat_map(|at| {
            let asked = json!({"block_id": {"block_number": at}});
            let block = self.devnet.call("starknet_getBlockWithReceipts", &asked);
            let all = block["transactions"].as_array().cloned().unwrap_or_default();
            let by_account = move |item: &Value| {
                // Putting an account on the chain has no sender: it is the contract that it makes.
                let by = [
                    &item["transaction"]["sender_address"],
                    &item["receipt"]["contract_address"],
                ];
                by.iter().any(|by| is_same(by, address))
            };
            let fee = |item: &Value| number(&item["receipt"]["actual_fee"]["amount"]);
            all.iter().filter(|item| by_account(item)).map(fee).collect::<Vec<_>>()
        });
        fees.sum()
    }

    /// As `veriframe chain job` tells it.
    pub async fn job(&self, home: &Path, job: u64) -> Value {
        let number = job.to_string();
        self.run(home, &["chain", "job", &number, "--json"]).await.json()
    }

    /// A command of the contracts' owner.
    pub fn as_owner(&self, home: &Path, arguments: &[&str]) -> Command {
        let mut command = veriframe(home, arguments);
        command
            .args(["--account", &self.owner.address])
            .env("STARKNET_RPC_URL", self.devnet.rpc())
            .env("VERIFRAME_PRIVATE_KEY", &self.owner.private_key);
        command
    }

    /// Runs a command that uses the chain, to its end.
    pub async fn run(&self, home: &Path, arguments: &[&str]) -> Finished {
        let mut command = veriframe(home, arguments);
        command.env("STARKNET_RPC_URL", self.devnet.rpc());
        let name = format!("chain-{}", arguments[..2].join("-"));
        run_command(&name, command, seconds(120)).await.expect_success()
    }
}

fn number(felt: &Value) -> u128 {
    let digits = felt.as_str().expect("a number of the chain").trim_start_matches("0x");
    u128::from_str_radix(digits, 16).expect("a number of the chain")
}

/// Nodes leave out leading zeros.
fn is_same(felt: &Value, address: &str) -> bool {
    let digits = |text: &str| text.trim_start_matches("0x").trim_start_matches('0').to_lowercase();
    felt.as_str().is_some_and(|felt| digits(felt) == digits(address))
}
