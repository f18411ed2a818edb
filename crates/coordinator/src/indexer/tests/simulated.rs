//! A chain in memory, and a node on it that can be as bad as nodes are. Everything it draws comes from its seed.

use async_trait::async_trait;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use veriframe_chain::{
    Felt,
    events::Contracts,
    node::{BlockEvents, BlockHead, BlockRef, EmittedEvent, EventPage, EventQuery, Node, NodeError, View},
};

pub const CHAIN_ID: Felt = Felt::from_hex_unchecked("0x53494d");
pub const CONTRACTS: Contracts = Contracts {
    market: Felt::from_hex_unchecked("0xa11ce"),
    registry: Felt::from_hex_unchecked("0xb0b"),
};
const STRANGER: Felt = Felt::from_hex_unchecked("0x577");

/// What an event says: contract, keys, data.
pub type Said = (Felt, Vec<Felt>, Vec<Felt>);

/// How bad the node is; chances are parts of 1,000 of the calls.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    pub fail: u64,
    /// A page without the events that are there.
    pub empty: u64,
    /// A token that is no longer known.
    pub stale: u64,
    /// A head that is not the newest block.
    pub lag: u64,
    /// The chain grows or is reorganised just before the answer.
    pub moves: u64,
    /// Events of a page in any order.
    pub shuffle: u64,
    /// How often an answer makes others wait, at most.
    pub slow: u64,
}

/// A reorganisation that waits for its moment.
struct Turn {
    /// Just before this call is answered.
    call: usize,
    depth: usize,
    blocks: Vec<Vec<Said>>,
}

struct Chain {
    turn: Option<Turn>,
    blocks: Vec<BlockEvents>,
    /// What the block that is being made says so far.
    making: Vec<Said>,
    faults: Faults,
    drawn: u64,
    /// Makes every block another one, also at a number that had one before.
    made: u64,
    calls: usize,
    id: Felt,
    deployed: bool,
}

pub struct SimulatedNode {
    chain: Mutex<Chain>,
}

impl SimulatedNode {
    /// With one empty block.
    pub fn new(seed: u64) -> Self {
        let mut chain = Chain {
            turn: None,
            blocks: Vec::new(),
            making: Vec::new(),
            faults: Faults::default(),
            drawn: seed,
            made: 0,
            calls: 0,
            id: CHAIN_ID,
            deployed: true,
        };
        chain.push(Vec::new());
        Self {
            chain: Mutex::new(chain),
        }
    }

    fn chain(&self) -> MutexGuard<'_, Chain> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set_faults(&self, faults: Faults) {
        self.chain().faults = faults;
    }

    pub fn set_chain_id(&self, id: Felt) {
        self.chain().id = id;
    }

    pub fn set_deployed(&self, deployed: bool) {
        self.chain().deployed = deployed;
    }

    /// A block with these events, each in a transaction of its own.
    pub fn push(&self, events: Vec<Said>) {
        self.chain().push(events);
    }

    /// The block that is being made, from now on.
    pub fn make(&self, events: Vec<Said>) {
        self.chain().making = events;
    }

    /// Blocks with whatever the contracts may tell.
    pub fn grow(&self, blocks: u64) {
        self.chain().grow(blocks);
    }

    /// Takes `depth` blocks away, all but the first at most, and lets others grow.
    pub fn reorganise(&self, depth: usize, blocks: u64) {
        let mut chain = self.chain();
        chain.shorten(depth);
        chain.grow(blocks);
    }

    /// Takes `depth` blocks away and puts these in their place, just before a call from now on is answered: 1 is the next.
    pub fn turn_at(&self, call: usize, depth: usize, blocks: Vec<Vec<Said>>) {
        let mut chain = self.chain();
        let call = chain.calls + call;
        chain.turn = Some(Turn { call, depth, blocks });
    }

    pub fn draw(&self, end: u64) -> u64 {
        self.chain().draw(end)
    }

    pub fn calls(&self) -> usize {
        self.chain().calls
    }

    pub fn hash_of(&self, number: u64) -> Option<Felt> {
        let chain = self.chain();
        chain.blocks.get(number as usize).map(|block| block.head.at.hash)
    }

    /// All events of the two contracts, in order.
    pub fn told(&self) -> Vec<EmittedEvent> {
        let chain = self.chain();
        let all = chain.blocks.iter().flat_map(|block| &block.events);
        all.filter(|event| event.from != STRANGER).cloned().collect()
    }

    /// What comes before every answer.
    async fn ask(&self) -> Result<MutexGuard<'_, Chain>, NodeError> {
        let waits = {
            let mut chain = self.chain();
            chain.calls += 1;
            let calls = chain.calls;
            if let Some(turn) = chain.turn.take_if(|turn| turn.call == calls) {
                chain.shorten(turn.depth);
                turn.blocks.into_iter().for_each(|events| chain.push(events));
            }
            let slow = chain.faults.slow;
            1 + chain.draw(slow + 1)
        };
        for _ in 0..waits {
            tokio::task::yield_now().await;
        }
        let mut chain = self.chain();
        let faults = chain.faults;
        if chain.happens(faults.moves) {
            let depth = if chain.draw(2) == 0 { 0 } else { 1 + chain.draw(20) };
            chain.shorten(depth as usize);
            let blocks = chain.draw(8);
            chain.grow(blocks);
        }
        if chain.happens(faults.fail) {
            return Err(match chain.draw(4) {
                0 => NodeError::Unreachable("no connection".to_owned()),
                1 => NodeError::Slow(Duration::from_secs(1)),
                2 => NodeError::Busy,
                _ => NodeError::TooMuch,
            });
        }
        Ok(chain)
    }
}

impl Chain {
    fn draw(&mut self, end: u64) -> u64 {
        self.drawn = self.drawn.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.drawn;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)).checked_rem(end).unwrap_or(0)
    }

    fn happens(&mut self, chance: u64) -> bool {
        self.draw(1000) < chance
    }

    fn shorten(&mut self, depth: usize) {
        let left = self.blocks.len().saturating_sub(depth).max(1);
        self.blocks.truncate(left);
    }

    fn grow(&mut self, blocks: u64) {
        for _ in 0..blocks {
            let events = if self.draw(2) == 0 { 0 } else { self.draw(5) };
            let events = (0..events).map(|_| self.anything()).collect();
            self.push(events);
        }
    }

    fn push(&mut self, events: Vec<Said>) {
        self.made += 1;
        let number = self.blocks.len() as u64;
        let at = BlockRef {
            number,
            hash: Felt::from(number) + Felt::from(self.made) * Felt::from(1_u64 << 32),
        };
        let head = BlockHead {
            at,
            parent: self.blocks.last().map_or(Felt::ZERO, |block| block.head.at.hash),
            timestamp: 1_700_000_000 + number * 30,
        };
        let events = events.into_iter().enumerate().map(|(place, (from, keys, data))| {
            // Two events in a transaction, now and then.
            let transaction = place as u64 / 2;
            EmittedEvent {
                block: at,
                transaction: at.hash + Felt::from(transaction) * Felt::from(1_u128 << 80),
                transaction_index: transaction,
                event_index: place as u64 % 2,
                from,
                keys,
                data,
            }
        });
        let events = events.collect();
        self.blocks.push(BlockEvents { head, events });
    }

    /// Some event: known or not, as it should be or not, of a few jobs and workers.
    fn anything(&mut self) -> Said {
        let job = 1 + self.draw(5);
        let who = 1 + self.draw(4);
        let units = self.draw(1 << 40);
        let small = self.draw(1001);
        let (from, name, fields): (Felt, &str, Vec<u64>) = match self.draw(24) {
            0 | 1 => (
                CONTRACTS.market,
                "JobCreated",
                vec![job, who, 77, units, 2_000_000_000, 3600, 1, 2, 5, 6],
            ),
            2 => (CONTRACTS.market, "JobAssigned", vec![job, who, who]),
            3 => (CONTRACTS.market, "ResultCommitted", vec![job, who, units]),
            4 => (
                CONTRACTS.market,
                "ResultRevealed",
                vec![job, 99, units, 2_000_000_100, 1, 0x6162],
            ),
            5 => (CONTRACTS.market, "JobCompleted", vec![job, units, units / 2, 10_000]),
            6 => (CONTRACTS.market, "JobChallenged", vec![job, who, u64::MAX]),
            7 => (CONTRACTS.market, "JobResolved", vec![job, small, 0]),
            8 => (CONTRACTS.market, "JobCancelled", vec![job, units]),
            9 => (CONTRACTS.market, "JobExpired", vec![job, units]),
            10 => (CONTRACTS.market, "Claimed", vec![job, who, units]),
            11 => (CONTRACTS.market, "Paid", vec![who, units]),
            12 => (CONTRACTS.registry, "WorkerRegistered", vec![who, units, 1, 8]),
            13 => (CONTRACTS.registry, "WorkerUpdated", vec![who, 0]),
            14 => (CONTRACTS.registry, "WorkerDeregistered", vec![who]),
            15 => (CONTRACTS.registry, "WorkerVerified", vec![who, small % 2]),
            16 => (
                CONTRACTS.registry,
                "StakeChanged",
                vec![who, units, units / 2, units / 4, 0],
            ),
            17 => (CONTRACTS.registry, "Slashed", vec![who, job, units, who + 1]),
            18 => (CONTRACTS.registry, "ReputationUpdated", vec![who, job, 500, small]),
            19 => (CONTRACTS.registry, "Paid", vec![who, units]),
            20 => (CONTRACTS.market, "RoleChanged", vec![99, who, small % 2]),
            21 => (CONTRACTS.registry, "Paused", vec![who]),
            // A number that is no flag, something new, and somebody else.
            22 => (CONTRACTS.registry, "WorkerVerified", vec![who, 7]),
            _ if small.is_multiple_of(2) => (CONTRACTS.market, "Renamed", vec![job]),
            _ => (STRANGER, "Paid", vec![who, units]),
        };
        said(from, name, &fields)
    }
}

/// An event with these fields.
pub fn said(from: Felt, name: &str, fields: &[u64]) -> Said {
    let keys = vec![selector(name)];
    (from, keys, fields.iter().copied().map(Felt::from).collect())
}

fn selector(name: &str) -> Felt {
    starknet::core::utils::starknet_keccak(name.as_bytes())
}

#[async_trait]
impl Node for SimulatedNode {
    async fn chain_id(&self) -> Result<Felt, NodeError> {
        self.ask().await.map(|chain| chain.id)
    }

    async fn head(&self) -> Result<BlockRef, NodeError> {
        let mut chain = self.ask().await?;
        let lag = chain.faults.lag;
        let behind = if chain.happens(lag) { 1 + chain.draw(5) } else { 0 };
        let place = chain.blocks.len().saturating_sub(1 + behind as usize);
        Ok(chain.blocks[place].head.at)
    }

    async fn block(&self, number: u64) -> Result<BlockHead, NodeError> {
        let chain = self.ask().await?;
        let block = chain.blocks.get(number as usize);
        block.map(|block| block.head).ok_or(NodeError::NoSuchBlock)
    }

    async fn events(&self, query: &EventQuery) -> Result<EventPage, NodeError> {
        let mut chain = self.ask().await?;
        let faults = chain.faults;
        if chain.happens(faults.empty) {
            return Ok(EventPage {
                events: Vec::new(),
                next: None,
            });
        }
        if query.token.is_some() && chain.happens(faults.stale) {
            return Err(NodeError::StalePage);
        }
        let first: usize = query
            .token
            .as_ref()
            .map_or(0, |token| token.parse().expect("our token"));
        let range = query.from_block..=query.to_block;
        let blocks = chain
            .blocks
            .iter()
            .filter(|block| range.contains(&block.head.at.number));
        let all = blocks.flat_map(|block| &block.events);
        let ours: Vec<_> = all.filter(|event| event.from == query.contract).cloned().collect();
        let end = (first + query.page_size as usize).min(ours.len());
        let mut events = ours.get(first..end).unwrap_or_default().to_vec();
        if chain.happens(faults.shuffle) {
            for place in (1..events.len()).rev() {
                let other = chain.draw(place as u64 + 1) as usize;
                events.swap(place, other);
            }
        }
        Ok(EventPage {
            events,
            next: (end < ours.len()).then(|| end.to_string()),
        })
    }

    async fn block_events(&self, number: u64) -> Result<BlockEvents, NodeError> {
        let chain = self.ask().await?;
        let block = chain.blocks.get(number as usize);
        block.cloned().ok_or(NodeError::NoSuchBlock)
    }

    async fn pre_confirmed(&self) -> Result<Option<BlockEvents>, NodeError> {
        let mut chain = self.ask().await?;
        let (events, made) = (chain.making.clone(), chain.made);
        chain.push(events);
        chain.made = made;
        let mut block = chain.blocks.pop().ok_or(NodeError::NoSuchBlock)?;
        block.head.at.hash = Felt::ZERO;
        for event in &mut block.events {
            event.block.hash = Felt::ZERO;
        }
        Ok(Some(block))
    }

    async fn view(&self, _: &View) -> Result<Vec<Felt>, NodeError> {
        Err(NodeError::NoSuchFunction)
    }

    async fn class_hash_at(&self, contract: Felt) -> Result<Felt, NodeError> {
        let chain = self.ask().await?;
        if chain.deployed && [CONTRACTS.market, CONTRACTS.registry].contains(&contract) {
            Ok(contract + Felt::ONE)
        } else {
            Err(NodeError::NoSuchContract)
        }
    }
}
