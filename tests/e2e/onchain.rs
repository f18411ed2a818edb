//! The main job paid in STRK: a creator at the real window, a worker with a wallet of its own, the contracts on a devnet,
//! and the money read by asking the devnet itself.

use super::{JOB, PAY, SCREEN, all_done, fill_in_and_press, looks, new_home, sample};
use serde_json::{Value, json};
use std::path::Path;
use veriframe_peers::{Archive, Devnet};
use veriframe_tests::display::Display;
use veriframe_tests::ledger::Books;
use veriframe_tests::page::Page;
use veriframe_tests::program::{Program, run, run_command, veriframe};
use veriframe_tests::wait::{seconds, until};

const STRK: i128 = 1_000_000_000_000_000_000;

/// In the smallest unit, as the devnet says.
fn balance(devnet: &Devnet, address: &str) -> i128 {
    let told = devnet.call(
        "devnet_getAccountBalance",
        &json!({ "address": address, "unit": "FRI" }),
    );
    whole(&told["amount"])
}

fn whole(number: &Value) -> i128 {
    let text = number.as_str().map_or_else(|| number.to_string(), str::to_owned);
    match text.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16),
        None => text.parse(),
    }
    .unwrap_or_else(|error| panic!("{number} is no whole number: {error}"))
}

/// All that the network took from an account, read from every receipt of the chain.
fn fees_of(devnet: &Devnet, address: &str) -> i128 {
    let same = |told: &Value| told.as_str().is_some_and(|told| number(told) == number(address));
    let last = devnet
        .call("starknet_blockNumber", &json!([]))
        .as_u64()
        .expect("a number");
    let mut fees = 0;
    for block in 0..=last {
        let asked = json!({ "block_id": { "block_number": block } });
        let block = devnet.call("starknet_getBlockWithReceipts", &asked);
        for one in block["transactions"].as_array().expect("transactions") {
            if same(&one["transaction"]["sender_address"]) || same(&one["receipt"]["contract_address"]) {
                fees += whole(&one["receipt"]["actual_fee"]["amount"]);
            }
        }
    }
    fees
}

/// Addresses are numbers: zeros in front do not count.
fn number(address: &str) -> String {
    address
        .trim_start_matches("0x")
        .trim_start_matches('0')
        .to_ascii_lowercase()
}

async fn address_of(home: &Path) -> String {
    let told = run("wallet", home, &["wallet", "show", "--json"], seconds(60)).await;
    let told = told.expect_success().json();
    told["wallet"]["address"].as_str().expect("an address").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_paid_in_strk_to_the_smallest_unit() {
    let Some(devnet) = Devnet::start(Archive::None) else {
        return;
    };
    let _screen = SCREEN.lock().await;
    let (home, other_home) = (new_home(), new_home());
    let owner = devnet.accounts().remove(0);
    let mut deploy = veriframe(home.path(), &["chain", "deploy", "--account", &owner.address, "--json"]);
    deploy
        .env("STARKNET_RPC_URL", devnet.rpc())
        .env("VERIFRAME_PRIVATE_KEY", &owner.private_key);
    run_command("deploy", deploy, seconds(120)).await.expect_success();

    let (creator, worker) = (address_of(home.path()).await, address_of(other_home.path()).await);
    devnet.mint(&creator, 50 * STRK.unsigned_abs());
    let before = balance(&devnet, &creator);
    assert_eq!((before, balance(&devnet, &worker)), (50 * STRK, 0));

    let display = Display::open().await;
    let scene = sample().to_string_lossy().into_owned();
    let rpc = devnet.rpc();
    let around = [
        ("STARKNET_RPC_URL", rpc.as_str()),
        ("SCHEDULER_PRIVATE_KEY", owner.private_key.as_str()),
        ("SCHEDULER_ADDRESS", owner.address.as_str()),
        ("INDEXER_POLL_INTERVAL", "0.2"),
    ];
    let page = Page::open_with(&display, home.path(), &[&scene], &around).await;
    page.resize(1280, 800).await;
    page.see("What will be rendered").await;
    fill_in_and_press(&page, "1-3", PAY).await;
    // What it does and costs, before it is signed.
    page.find("dialog", "Pay into the market contract.*").await;
    page.see("Fees of the network, at most").await;
    page.see("This is your first payment").await;
    looks::look_at(&page, "chain-cost").await;
    page.click("button", "Sign and send").await;
    page.find("grid", "Frames").await;

    let url = until("the coordinator's address", seconds(20), async || {
        std::fs::read_to_string(home.path().join("coordinator.url")).ok()
    })
    .await;
    let provide = veriframe(other_home.path(), &["provide", "--coordinator", url.trim()]);
    let provider = Program::start("provider-on-chain", provide);
    all_done(&page, 3).await;
    page.see_within("workers are paid when you accept", JOB).await;
    looks::look_at(&page, "chain-job").await;
    assert_eq!(balance(&devnet, &worker), 0, "nobody is paid before the creator looked");

    page.click("button", "Accept and pay").await;
    page.find("dialog", "Accept the frames and pay.*").await;
    page.see("Fees of the network, at most").await;
    page.click("button", "Sign and send").await;
    page.see_within("Everybody was paid", seconds(90)).await;
    looks::look_at(&page, "chain-settled").await;

    let books = Books::open(&home.path().join("coordinator"));
    let earned = books.paid_for_frames();
    assert!(earned > 0, "frames cost something");
    assert_eq!(
        balance(&devnet, &worker),
        earned,
        "the worker has what the books say it earned"
    );
    // What was not used is back already: only what was earned and the fees are gone.
    let fees = fees_of(&devnet, &creator);
    assert!(fees > 0, "transactions cost something");
    assert_eq!(balance(&devnet, &creator), before - earned - fees);
    books.assert_add_up();
    assert_eq!(page.reported_errors(), Vec::<String>::new(), "the page reported errors");
    drop(provider);
    page.close().await;
}
