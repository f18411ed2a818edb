//! A devnet whose history is long, and full of events of the contracts.
//!
//! Transactions are made by the library's own account: signed here, without estimates, one after the other.

use crate::measure::report;
use serde_json::{Value, json};
use starknet::{
    accounts::{Account, ExecutionEncoding, SingleOwnerAccount},
    core::{
        types::{Call, Felt},
        utils::get_selector_from_name,
    },
    providers::{JsonRpcClient, Url, jsonrpc::HttpTransport},
    signers::{LocalWallet, SigningKey},
};
use starknet_crypto::poseidon_hash_many;
use std::{path::Path, sync::Arc, time::Instant};
use veriframe_peers::{Archive, Devnet, FundedAccount, STRK};
use veriframe_tests::program::{run_command, veriframe};
use veriframe_tests::wait::seconds;

pub type Client = Arc<JsonRpcClient<HttpTransport>>;

/// Every second block has events, of this many jobs.
const JOBS: u64 = 2;
/// The specification of a job, packed: as long as that of a small scene.
const SPEC: usize = 6;

pub struct History {
    pub devnet: Devnet,
    pub client: Client,
    pub market: String,
    pub registry: String,
    /// Blocks with events of the contracts, those of deploying them included.
    pub start_block: u64,
    pub head: u64,
}

impl History {
    /// `None` without a devnet. `blocks` come after those of deploying.
    pub async fn make(home: &Path, blocks: u64) -> Option<Self> {
        let devnet = Devnet::start(Archive::None)?;
        let mut accounts = devnet.accounts().into_iter();
        let owner = accounts.next().expect("an account that owns");
        let deployed = deploy(home, &devnet, &owner).await;
        let text = |field: &str| deployed[field].as_str().expect("an address").to_owned();
        let (market, registry) = (text("market"), text("registry"));
        let url = Url::parse(&devnet.rpc()).expect("the devnet's address");
        let client: Client = Arc::new(JsonRpcClient::new(HttpTransport::new(url)));
        let creator = accounts.next().expect("an account that posts");
        let begun = Instant::now();
        busy(&devnet, &client, &creator, felt(&market), felt(&registry), blocks).await;
        let head = devnet.call("starknet_blockNumber", &json!([])).as_u64();
        report(
            "making the history, for comparison",
            &format!("{:.1} s", begun.elapsed().as_secs_f64()),
        );
        Some(Self {
            devnet,
            client,
            market,
            registry,
            start_block: deployed["start_block"].as_u64().expect("a number"),
            head: head.expect("a number"),
        })
    }
}

/// By the program itself, as an operator does.
async fn deploy(home: &Path, devnet: &Devnet, owner: &FundedAccount) -> Value {
    let rpc = devnet.rpc();
    let arguments = ["chain", "deploy", "--rpc", &rpc, "--account", &owner.address, "--json"];
    let mut command = veriframe(home, &arguments);
    command.env("VERIFRAME_PRIVATE_KEY", &owner.private_key);
    run_command("bench-deploy", command, seconds(120))
        .await
        .expect_success()
        .json()
}

/// One block in two with a transaction that posts jobs and says something of a worker; the others are empty.
async fn busy(devnet: &Devnet, client: &Client, creator: &FundedAccount, market: Felt, registry: Felt, blocks: u64) {
    let key = SigningKey::from_secret_scalar(felt(&creator.private_key));
    let chain_id = felt(
        devnet
            .call("starknet_chainId", &json!([]))
            .as_str()
            .expect("a chain id"),
    );
    let account = SingleOwnerAccount::new(
        Arc::clone(client),
        LocalWallet::from(key),
        felt(&creator.address),
        chain_id,
        ExecutionEncoding::New,
    );
    let newest = devnet.call("starknet_getBlockWithTxHashes", &json!(["latest"]));
    let deadline = newest["timestamp"].as_u64().expect("a time") + 30 * 24 * 3600;
    let spec: Vec<Felt> = (1..=SPEC as u64).map(Felt::from).collect();
    let mut post = vec![
        poseidon_hash_many(&spec),
        Felt::ONE,
        deadline.into(),
        Felt::from(3600),
        Felt::ZERO,
        SPEC.into(),
    ];
    post.extend(&spec);
    let mut calls = vec![call(felt(STRK), "approve", vec![market, JOBS.into(), Felt::ZERO])];
    calls.extend((0..JOBS).map(|_| call(market, "post_job", post.clone())));
    for (nonce, block) in (0..blocks).step_by(2).enumerate() {
        let mut calls = calls.clone();
        let profile = vec![Felt::ONE, Felt::from(block)];
        calls.push(if nonce == 0 {
            call(registry, "register", [vec![Felt::ZERO], profile].concat())
        } else {
            call(registry, "update", profile)
        });
        let sent = account
            .execute_v3(calls)
            .nonce(nonce.into())
            .l1_gas(0)
            .l1_gas_price(1 << 40)
            .l1_data_gas(1 << 16)
            .l1_data_gas_price(1 << 40)
            .l2_gas(1 << 26)
            .l2_gas_price(1 << 33)
            .tip(0)
            .send()
            .await;
        sent.expect("the devnet takes it");
        devnet.create_block();
    }
}

fn call(to: Felt, function: &str, calldata: Vec<Felt>) -> Call {
    Call {
        to,
        selector: get_selector_from_name(function).expect("a name"),
        calldata,
    }
}

pub fn felt(text: &str) -> Felt {
    Felt::from_hex(text).expect("a number of the chain")
}
