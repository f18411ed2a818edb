//! Signing in with accounts that are on a real chain: their contracts decide, and nobody else.

use crate::support::{Client, World};
use async_trait::async_trait;
use serde_json::{Value, json};
use starknet::core::{crypto::HashFunction, types::contract::CompiledClass};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use veriframe_chain::{
    Challenge, Felt, LocalKey,
    deploy::{Artifact, Terms, declare, place},
    events::Contracts,
    hash,
    market::selector,
    node::{BlockEvents, BlockHead, BlockRef, EventPage, EventQuery, Node, NodeError, RpcNode, View},
    number::{format, of_address, parse},
    send::{Call, MemoryJournal, Patience, RpcSender, deliver, deploy_account},
};
use veriframe_coordinator::{ChainSettings, Deployment};
use veriframe_core::{Address, Amount, Clock as _};
use veriframe_peers::{Archive, Devnet, STRK};
use veriframe_wire::{ErrorCode, auth::TokenResponse};

const LIMIT: Amount = Amount::credits(1000);
const PATIENCE: Patience = Patience {
    within: Duration::from_secs(30),
    look_every: Duration::from_millis(20),
};
const TERMS: Terms = Terms {
    salt: Felt::from_hex_unchecked("0x7"),
    limit: LIMIT,
    patience: PATIENCE,
};
const SIERRA: &str = include_str!("../../../../contracts/artifacts/testing/AnsweringAccount.sierra.json");
const CASM: &str = include_str!("../../../../contracts/artifacts/testing/AnsweringAccount.casm.json");

/// What goes wrong between the coordinator and the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    None,
    /// Nothing is answered.
    Down,
    /// Whether something is deployed is answered, and nothing else.
    DownForCalls,
    /// No answer ever comes.
    Silent,
    /// It is a node of another network.
    OtherChain,
}

/// The real node, with trouble on the way to it.
struct Line {
    node: RpcNode,
    trouble: Mutex<Trouble>,
}

impl Line {
    fn set(&self, trouble: Trouble) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    async fn pass(&self) -> Result<(), NodeError> {
        let trouble = *self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble {
            Trouble::Down => Err(NodeError::Unreachable("no connection".to_owned())),
            Trouble::Silent => std::future::pending().await,
            Trouble::None | Trouble::DownForCalls | Trouble::OtherChain => Ok(()),
        }
    }

    fn has(&self, trouble: Trouble) -> bool {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) == trouble
    }
}

#[async_trait]
impl Node for Line {
    async fn chain_id(&self) -> Result<Felt, NodeError> {
        self.pass().await?;
        if self.has(Trouble::OtherChain) {
            return Ok(Felt::from_bytes_be_slice(b"SN_MAIN"));
        }
        self.node.chain_id().await
    }

    async fn head(&self) -> Result<BlockRef, NodeError> {
        self.pass().await?;
        self.node.head().await
    }

    async fn block(&self, number: u64) -> Result<BlockHead, NodeError> {
        self.pass().await?;
        self.node.block(number).await
    }

    async fn events(&self, query: &EventQuery) -> Result<EventPage, NodeError> {
        self.pass().await?;
        self.node.events(query).await
    }

    async fn block_events(&self, number: u64) -> Result<BlockEvents, NodeError> {
        self.pass().await?;
        self.node.block_events(number).await
    }

    async fn view(&self, view: &View) -> Result<Vec<Felt>, NodeError> {
        self.pass().await?;
        if self.has(Trouble::DownForCalls) {
            return Err(NodeError::Busy);
        }
        self.node.view(view).await
    }

    async fn class_hash_at(&self, contract: Felt) -> Result<Felt, NodeError> {
        self.pass().await?;
        self.node.class_hash_at(contract).await
    }
}

struct Chain {
    devnet: Devnet,
    line: Arc<Line>,
    id: Felt,
    /// An account of the devnet's own, and its key.
    rich: (Address, LocalKey),
    owner: RpcSender,
    world: World,
}

impl Chain {
    /// `None` without a devnet.
    async fn start() -> Option<Self> {
        let devnet = Devnet::start(Archive::None)?;
        let node = RpcNode::new(&devnet.rpc()).unwrap();
        let id = node.chain_id().await.unwrap();
        let account = devnet.accounts().remove(0);
        let key = LocalKey::from_hex(&account.private_key).unwrap();
        let address: Address = account.address.parse().unwrap();
        let owner = RpcSender::at(node.clone(), &key, of_address(&address), id);
        let line = Arc::new(Line {
            node,
            trouble: Mutex::new(Trouble::None),
        });
        // Signing in asks nothing of the market, so two contracts that are there anyway stand for it.
        let contracts = Contracts {
            market: parse(STRK).unwrap(),
            registry: of_address(&address),
        };
        let chain = ChainSettings {
            node: Arc::clone(&line) as Arc<dyn Node>,
            deployment: Deployment {
                chain_id: id,
                contracts,
                start_block: 0,
            },
            poll_interval: Duration::from_millis(200),
        };
        let world = World::start_with(|settings| settings.chain = Some(chain)).await;
        Some(Self {
            devnet,
            line,
            id,
            rich: (address, key),
            owner,
            world,
        })
    }

    fn client(&self) -> Client {
        Client::anonymous(&self.world.running.url())
    }

    /// A new account of ours, on the chain.
    async fn deployed(&self) -> (Address, LocalKey) {
        let key = LocalKey::generate().unwrap();
        self.devnet
            .mint(&key.address().to_string(), Amount::credits(10).units());
        deploy_account(&self.line.node, &key, self.id, LIMIT, PATIENCE)
            .await
            .unwrap();
        (key.address(), key)
    }

    /// A contract that says of every signature what it was told to say.
    async fn answering(&self) -> Address {
        let compiled: CompiledClass = serde_json::from_str(CASM).unwrap();
        let artifact = Artifact {
            sierra: SIERRA,
            compiled: compiled.class_hash().unwrap(),
        };
        let class = declare(&self.owner, artifact, &TERMS).await.unwrap();
        let at = place(&self.owner, class, &[], &TERMS).await.unwrap();
        format(&at).parse().unwrap()
    }

    async fn send(&self, sender: &RpcSender, to: &Address, name: &str, calldata: Vec<Felt>) {
        let call = Call {
            to: of_address(to),
            selector: selector(name),
            calldata,
        };
        deliver(sender, &MemoryJournal::default(), name, &[call], LIMIT, PATIENCE)
            .await
            .unwrap();
    }

    /// A challenge of the coordinator, answered with the key; without the public key.
    async fn signed(&self, address: &Address, key: &LocalKey) -> Value {
        self.signed_but(address, key, |_| {}).await
    }

    /// The same, but of what is signed something is another.
    async fn signed_but(&self, address: &Address, key: &LocalKey, change: impl FnOnce(&mut Challenge)) -> Value {
        let request = json!({ "address": address.to_string() });
        let told: Value = self.client().post("/auth/challenge", &request).await.unwrap();
        let mut challenge = Challenge::from_typed_data(&told["typed_data"]).unwrap();
        change(&mut challenge);
        let signature = key.sign(&hash(&challenge).unwrap()).unwrap();
        json!({ "address": address.to_string(), "signature": signature, "challenge": told["challenge"] })
    }

    async fn sign_in(&self, request: &Value) -> Result<TokenResponse, (ErrorCode, String)> {
        let answer = self.client().post("/auth/authenticate", request).await;
        answer.map_err(|refused| (refused.code, refused.message))
    }

    async fn let_in(&self, request: &Value) {
        let tokens = self.sign_in(request).await.unwrap();
        let mut client = self.client();
        client.token = tokens.access_token;
        assert!(client.balance().await > Amount::ZERO, "the token opens the account");
    }

    /// Expects this code, and these words in what a person is told.
    async fn refused(&self, request: &Value, code: ErrorCode, words: &str) {
        let (found, message) = self.sign_in(request).await.unwrap_err();
        assert_eq!(found, code, "{message}");
        assert!(message.contains(words), "“{message}” does not say “{words}”");
    }
}

#[tokio::test]
async fn accounts_on_the_chain_sign_in_by_their_contracts() {
    let Some(chain) = Chain::start().await else { return };
    let (ours, key) = chain.deployed().await;
    chain.let_in(&chain.signed(&ours, &key).await).await;
    let (rich, rich_key) = (&chain.rich.0, &chain.rich.1);
    chain.let_in(&chain.signed(rich, rich_key).await).await;

    // The public key is not needed, and says nothing when it comes.
    let stranger = LocalKey::generate().unwrap();
    let mut with_key = chain.signed(&ours, &key).await;
    with_key["public_key"] = stranger.public_key_hex().into();
    chain.let_in(&with_key).await;

    // An account that is not there yet derives from its key, bound to the same chain.
    let mut early = chain.signed(&stranger.address(), &stranger).await;
    chain
        .refused(&early, ErrorCode::InvalidSignature, "public key is missing")
        .await;
    early = chain.signed(&stranger.address(), &stranger).await;
    early["public_key"] = stranger.public_key_hex().into();
    chain.let_in(&early).await;
}

#[tokio::test]
async fn a_signature_for_anything_else_opens_no_account() {
    let Some(chain) = Chain::start().await else { return };
    let (ours, key) = chain.deployed().await;
    let stranger = LocalKey::generate().unwrap();
    let not_accepted = "account's contract does not accept";
    let code = ErrorCode::InvalidSignature;

    let mut wrong = chain.signed(&ours, &stranger).await;
    wrong["public_key"] = stranger.public_key_hex().into();
    chain.refused(&wrong, code, not_accepted).await;
    let changes: [fn(&mut Challenge); 5] = [
        |asked| asked.origin = "http://elsewhere.test".to_owned(),
        |asked| asked.chain_id = "SN_MAIN".to_owned(),
        |asked| asked.chain_id = "VF_LOCAL".to_owned(),
        |asked| asked.purpose = "pay".to_owned(),
        |asked| asked.nonce = "0".repeat(32),
    ];
    for change in changes {
        let other = chain.signed_but(&ours, &key, change).await;
        chain.refused(&other, code, not_accepted).await;
    }

    // Replayed, run out, and another account's.
    let used = chain.signed(&ours, &key).await;
    chain.let_in(&used).await;
    let (code, words) = (ErrorCode::InvalidChallenge, "unknown, was used, or ran out");
    chain.refused(&used, code, words).await;
    let late = chain.signed(&ours, &key).await;
    chain.world.clock.advance(5 * 60);
    chain.refused(&late, code, words).await;
    let mut foreign = chain.signed(&ours, &key).await;
    foreign["address"] = chain.rich.0.to_string().into();
    chain.refused(&foreign, code, words).await;
}

#[tokio::test]
async fn the_first_key_of_an_account_does_not_open_it_after_it_was_changed() {
    let Some(chain) = Chain::start().await else { return };
    let (ours, old) = chain.deployed().await;
    let new = LocalKey::generate().unwrap();
    let sender = RpcSender::at(chain.line.node.clone(), &old, of_address(&ours), chain.id);
    // OpenZeppelin's account wants to see that the new key is somebody's: a signature of it over this.
    let accepted = HashFunction::poseidon().hash_many(&[
        Felt::from_bytes_be_slice(b"StarkNet Message"),
        Felt::from_bytes_be_slice(b"accept_ownership"),
        of_address(&ours),
        parse(&old.public_key_hex()).unwrap(),
    ]);
    let [r, s] = new.sign(&accepted).unwrap().map(|part| parse(&part).unwrap());
    let calldata = vec![parse(&new.public_key_hex()).unwrap(), Felt::TWO, r, s];
    chain.send(&sender, &ours, "set_public_key", calldata).await;

    chain.let_in(&chain.signed(&ours, &new).await).await;
    let by_old_key = async || {
        let mut request = chain.signed(&ours, &old).await;
        request["public_key"] = old.public_key_hex().into();
        request
    };
    let refused = (ErrorCode::InvalidSignature, "account's contract does not accept");
    chain.refused(&by_old_key().await, refused.0, refused.1).await;
    // The key derives the address; so a node that fails must not make the account look as if it were not there.
    for trouble in [Trouble::Down, Trouble::OtherChain, Trouble::DownForCalls] {
        chain.line.set(trouble);
        let (code, message) = chain.sign_in(&by_old_key().await).await.unwrap_err();
        assert_eq!(code, ErrorCode::ChainUnavailable, "{trouble:?}: {message}");
    }
}

#[tokio::test]
async fn a_node_that_fails_decides_nothing_and_the_challenge_stays_good() {
    let Some(mut chain) = Chain::start().await else { return };
    let (ours, key) = chain.deployed().await;
    for (trouble, words) in [
        (Trouble::Down, "could not be reached"),
        (Trouble::DownForCalls, "asks us to wait"),
        (Trouble::OtherChain, "another chain"),
        (Trouble::Silent, "too slow"),
    ] {
        let request = chain.signed(&ours, &key).await;
        chain.line.set(trouble);
        chain.refused(&request, ErrorCode::ChainUnavailable, words).await;
        // The node is back: the same request is enough, once.
        chain.line.set(Trouble::None);
        chain.let_in(&request).await;
        chain.refused(&request, ErrorCode::InvalidChallenge, "was used").await;
    }

    // It does not live longer for it.
    let request = chain.signed(&ours, &key).await;
    chain.line.set(Trouble::Down);
    chain
        .refused(&request, ErrorCode::ChainUnavailable, "could not be reached")
        .await;
    chain.line.set(Trouble::None);
    chain.world.clock.advance(5 * 60);
    chain.refused(&request, ErrorCode::InvalidChallenge, "ran out").await;

    let request = chain.signed(&ours, &key).await;
    chain.devnet.kill();
    chain
        .refused(&request, ErrorCode::ChainUnavailable, "could not be reached")
        .await;
}

#[tokio::test]
async fn only_the_one_word_is_a_yes() {
    let Some(chain) = Chain::start().await else { return };
    let account = chain.answering().await;
    let key = LocalKey::generate().unwrap();
    let short = |text: &str| Felt::from_bytes_be_slice(text.as_bytes());
    let says = async |answer: Felt| chain.send(&chain.owner, &account, "set_answer", vec![answer]).await;

    says(short("VALID")).await;
    chain.let_in(&chain.signed(&account, &key).await).await;
    let noes = [Felt::ONE, Felt::ZERO].into_iter();
    for answer in noes.chain(["nothing", "twice", "revert", "valid", "VALID "].map(short)) {
        says(answer).await;
        let request = chain.signed(&account, &key).await;
        chain
            .refused(&request, ErrorCode::InvalidSignature, "contract does not accept")
            .await;
    }

    // Three numbers for an account that wants three; and never more than a contract could mean.
    says(short("three keys")).await;
    let mut request = chain.signed(&account, &key).await;
    let told = Challenge {
        address: account,
        chain_id: "SN_SEPOLIA".to_owned(),
        origin: "http://coordinator.test".to_owned(),
        purpose: "sign-in".to_owned(),
        nonce: request["challenge"].as_str().unwrap().to_owned(),
        expires_at: chain.world.clock.now().plus_seconds(300),
    };
    request["signature"] = json!(vec![format(&hash(&told).unwrap()); 3]);
    chain.let_in(&request).await;
    for (signature, words) in [
        (vec!["0x1"; 65], "1 to 64 numbers"),
        (vec![], "1 to 64 numbers"),
        (vec!["0x1", "zz"], "hexadecimal"),
    ] {
        let mut request = chain.signed(&account, &key).await;
        request["signature"] = json!(signature);
        chain.refused(&request, ErrorCode::InvalidSignature, words).await;
    }

    // A contract that is no account.
    let token: Address = STRK.parse().unwrap();
    let request = chain.signed(&token, &key).await;
    chain
        .refused(&request, ErrorCode::InvalidSignature, "contract does not accept")
        .await;
}
