//! starknet-devnet: a Starknet network of one node on a port of its own.

use crate::process::Daemon;
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::Command,
    time::Duration,
};

/// The STRK token, which pays for transactions.
pub const STRK: &str = "0x04718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d";

/// A network that ends when it is dropped. Each transaction makes a block.
pub struct Devnet {
    /// Such as `http://127.0.0.1:43725`; the JSON-RPC is at `/rpc`.
    pub url: String,
    address: String,
    daemon: Daemon,
}

/// An account that is there from the beginning, with funds.
#[derive(Debug, Clone)]
pub struct FundedAccount {
    /// Hexadecimal, as the node writes it.
    pub address: String,
    pub private_key: String,
}

/// What a devnet keeps of the states before the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archive {
    None,
    /// Needed to take blocks back.
    Full,
}

impl Devnet {
    /// Starts the program that `VERIFRAME_DEVNET` names, with five funded accounts. When there is none, says so and the
    /// test is to return.
    pub fn start(archive: Archive) -> Option<Self> {
        let program = std::env::var_os("VERIFRAME_DEVNET")
            .map(PathBuf::from)
            .filter(|program| program.is_file());
        let Some(program) = program else {
            println!("SKIPPED: starknet-devnet is not there (./dev installs it, and names it in VERIFRAME_DEVNET)");
            return None;
        };
        let mut command = Command::new(program);
        command.args(["--seed", "0", "--host", "127.0.0.1", "--port", "0", "--accounts", "5"]);
        if archive == Archive::Full {
            command.args(["--state-archive-capacity", "full"]);
        }
        let daemon = Daemon::start(&command);
        let address = daemon
            .wait_for(Duration::from_mins(2), |line| {
                line.rsplit_once("listening on ")
                    .map(|(_, address)| address.trim().to_owned())
            })
            .unwrap_or_else(|_| panic!("the devnet ended: {}", daemon.log()));
        Some(Self {
            url: format!("http://{address}"),
            address,
            daemon,
        })
    }

    pub fn rpc(&self) -> String {
        format!("{}/rpc", self.url)
    }

    pub fn accounts(&self) -> Vec<FundedAccount> {
        let told = self.call("devnet_getPredeployedAccounts", &json!({}));
        let text = |account: &Value, field: &str| account[field].as_str().expect("a text").to_owned();
        let accounts = told.as_array().expect("a list of accounts").iter();
        accounts
            .map(|account| FundedAccount {
                address: text(account, "address"),
                private_key: text(account, "private_key"),
            })
            .collect()
    }

    /// Gives an account STRK, in the smallest unit.
    pub fn mint(&self, address: &str, units: u128) {
        // Written by hand: the JSON library rounds a number this large.
        self.ask(
            "devnet_mint",
            &format!(r#"{{"address": "{address}", "amount": {units}, "unit": "FRI"}}"#),
        );
    }

    pub fn create_block(&self) {
        self.call("devnet_createBlock", &json!({}));
    }

    /// Takes back the block of this number and all after it.
    pub fn abort_from(&self, number: u64) {
        self.call(
            "devnet_abortBlocks",
            &json!({"starting_block_id": {"block_number": number}}),
        );
    }

    /// Lets time pass, and makes a block.
    pub fn increase_time(&self, seconds: u64) {
        self.call("devnet_increaseTime", &json!({"time": seconds}));
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.daemon.kill();
    }

    /// Any JSON-RPC method; panics with what the node said when it refuses.
    pub fn call(&self, method: &str, params: &Value) -> Value {
        self.ask(method, &params.to_string())
    }

    fn ask(&self, method: &str, params: &str) -> Value {
        let body = format!(r#"{{"jsonrpc": "2.0", "id": 1, "method": "{method}", "params": {params}}}"#);
        let mut answer: Value = serde_json::from_str(&self.post(&body)).expect("JSON from the devnet");
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    fn post(&self, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("the devnet listens");
        stream
            .set_read_timeout(Some(Duration::from_mins(1)))
            .expect("a time-out can be set");
        let request = format!(
            "POST /rpc HTTP/1.0\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("the devnet reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the devnet answers");
        let (_, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
        body.to_owned()
    }
}
