use crate::support::{Client, Picture, World, picture};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use veriframe_core::Amount;
use veriframe_wire::{
    ErrorCode, Page,
    account::{Account, Entry},
    job::JobStatus,
    lease::Lease,
};

#[tokio::test]
async fn the_faucet_is_for_empty_accounts() {
    let world = World::start().await;
    let (me, friend) = (world.client().await, world.client().await);
    let faucet = async |client: &Client| client.post::<Account>("/ledger/faucet", &json!({})).await;
    assert_eq!(faucet(&me).await.unwrap_err().code, ErrorCode::InvalidState);
    let give = json!({ "to": friend.address().to_string(), "amount": Amount::credits(95).to_string() });
    let account: Account = me.post("/ledger/transfer", &give).await.unwrap();
    assert_eq!(account.balance.0, Amount::credits(5));
    assert_eq!(friend.balance().await, Amount::credits(195));
    assert_eq!(
        me.post::<Value>("/ledger/transfer", &give).await.unwrap_err().code,
        ErrorCode::InsufficientFunds
    );
    assert_eq!(faucet(&me).await.unwrap().balance.0, Amount::credits(100));
    let nobody = format!("0x{:064x}", 0);
    for (to, amount) in [
        (me.address().to_string(), "1"),
        (friend.address().to_string(), "0"),
        (nobody, "1"),
    ] {
        let odd = json!({ "to": to, "amount": amount });
        assert_eq!(
            me.post::<Value>("/ledger/transfer", &odd).await.unwrap_err().code,
            ErrorCode::InvalidRequest
        );
    }
    let entries: Page<Entry> = friend.get("/ledger/entries").await.unwrap();
    assert_eq!(entries.items[0].counterparty.unwrap().0, me.address());
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Post { creator: usize, frames: u32, every: bool },
    Claim { worker: usize, job: usize },
    HandIn { lease: usize, picture: usize },
    HandInAgain,
    GiveUp { lease: usize },
    Pause { job: usize },
    Resume { job: usize },
    Cancel { job: usize },
    Accept { job: usize, task: usize },
    Rerender { job: usize, task: usize },
    Dispute { job: usize, task: usize },
    Transfer { from: usize, to: usize, credits: u64 },
    Faucet { who: usize },
    Wait { seconds: i64 },
    NewRun { worker: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let n = 0..3_usize;
    prop_oneof![
        3 => (n.clone(), 1..6_u32, any::<bool>()).prop_map(|(creator, frames, every)| Step::Post { creator, frames, every }),
        8 => (n.clone(), n.clone()).prop_map(|(worker, job)| Step::Claim { worker, job }),
        10 => (0..8_usize, n.clone()).prop_map(|(lease, picture)| Step::HandIn { lease, picture }),
        1 => Just(Step::HandInAgain),
        1 => (0..8_usize).prop_map(|lease| Step::GiveUp { lease }),
        1 => n.clone().prop_map(|job| Step::Pause { job }),
        2 => n.clone().prop_map(|job| Step::Resume { job }),
        1 => n.clone().prop_map(|job| Step::Cancel { job }),
        2 => (n.clone(), 0..6_usize).prop_map(|(job, task)| Step::Accept { job, task }),
        2 => (n.clone(), 0..6_usize).prop_map(|(job, task)| Step::Rerender { job, task }),
        2 => (n.clone(), 0..6_usize).prop_map(|(job, task)| Step::Dispute { job, task }),
        1 => (n.clone(), n.clone(), 1..30_u64).prop_map(|(from, to, credits)| Step::Transfer { from, to, credits }),
        1 => n.clone().prop_map(|who| Step::Faucet { who }),
        1 => (1..100_i64).prop_map(|seconds| Step::Wait { seconds }),
        1 => n.prop_map(|worker| Step::NewRun { worker }),
    ]
}

struct Market {
    world: World,
    people: Vec<Client>,
    pictures: Vec<Picture>,
    jobs: Vec<(usize, String)>,
    leases: Vec<(usize, Lease)>,
    last: Option<(usize, Lease, usize)>,
    runs: usize,
    /// Seconds since the people signed in; a token lasts 900.
    token_age: i64,
}

impl Market {
    async fn open() -> Self {
        let world = World::start().await;
        let mut people = Vec::new();
        for _ in 0..3 {
            people.push(world.worker().await);
        }
        let pictures = (1..4).map(|seed| picture(&world.blocks, seed)).collect();
        Self {
            world,
            people,
            pictures,
            jobs: Vec::new(),
            leases: Vec::new(),
            last: None,
            runs: 1,
            token_age: 0,
        }
    }

    /// Whatever is refused is refused; what matters is that the books are right afterwards.
    async fn take(&mut self, step: Step) {
        match step {
            Step::Post { creator, frames, every } => {
                let client = &self.people[creator];
                let mut request = Client::job(&self.world.scene(), &format!("1-{frames}"));
                if every {
                    request["verification"] = "every".into();
                    request["cap"] = Amount::credits(u64::from(frames) * 2 + 1).to_string().into();
                }
                if let Ok(job) = client.post::<veriframe_wire::job::Job>("/jobs", &request).await {
                    self.jobs.push((creator, job.id));
                }
            }
            Step::Claim { worker, job } => {
                let Some((_, job)) = self.recent(job) else { return };
                if let Ok(lease) = self.people[worker].claim(&job, 2).await {
                    self.leases.push((worker, lease));
                }
            }
            Step::HandIn { lease, picture } => {
                let Some((worker, lease)) = self.leases.iter().rev().nth(lease).cloned() else {
                    return;
                };
                self.hand_in(worker, &lease, picture).await;
                self.last = Some((worker, lease, picture));
            }
            Step::HandInAgain => {
                if let Some((worker, lease, picture)) = self.last.clone() {
                    self.hand_in(worker, &lease, picture).await;
                }
            }
            Step::GiveUp { lease } => {
                let Some((worker, lease)) = self.leases.iter().rev().nth(lease).cloned() else {
                    return;
                };
                let _ = self.people[worker].give_up(&lease, "render_failed").await;
            }
            Step::Pause { job } => self.act(job, "pause").await,
            Step::Resume { job } => self.act(job, "resume").await,
            Step::Cancel { job } => self.act(job, "cancel").await,
            Step::Accept { job, task } => self.act_on(job, task, "accept").await,
            Step::Rerender { job, task } => self.act_on(job, task, "rerender").await,
            Step::Dispute { job, task } => self.act_on(job, task, "dispute").await,
            Step::Transfer { from, to, credits } => {
                let to = self.people[to].address().to_string();
                let request = json!({ "to": to, "amount": Amount::credits(credits).to_string() });
                let _ = self.people[from].post::<Value>("/ledger/transfer", &request).await;
            }
            Step::Faucet { who } => drop(self.people[who].post::<Value>("/ledger/faucet", &json!({})).await),
            Step::Wait { seconds } => {
                self.world.clock.advance(seconds);
                self.token_age += seconds;
                if self.token_age > 700 {
                    self.token_age = 0;
                    for person in &mut self.people {
                        person.renew().await;
                    }
                }
            }
            Step::NewRun { worker } => {
                self.runs += 1;
                self.people[worker].register(&format!("run-{}", self.runs)).await;
            }
        }
    }

    fn recent(&self, back: usize) -> Option<(usize, String)> {
        self.jobs.iter().rev().nth(back).cloned()
    }

    async fn hand_in(&self, worker: usize, lease: &Lease, picture: usize) {
        let picture = &self.pictures[picture];
        let results: Vec<(&str, &Picture)> = lease.tasks.iter().map(|task| (task.id.as_str(), picture)).collect();
        if let Err(refused) = self.people[worker].hand_in(lease, &results).await {
            assert_eq!(refused.code, ErrorCode::LeaseLost, "{}", refused.message);
        }
    }

    async fn act(&self, job: usize, action: &str) {
        let Some((creator, job)) = self.recent(job) else { return };
        if let Err(refused) = self.people[creator].act(&job, action).await {
            assert_eq!(refused.code, ErrorCode::InvalidState, "{action}: {}", refused.message);
        }
    }

    async fn act_on(&self, job: usize, task: usize, action: &str) {
        let Some((creator, job)) = self.recent(job) else { return };
        let tasks = self.people[creator].tasks(&job).await;
        let Some(task) = tasks.get(task) else { return };
        if let Err(refused) = self.people[creator].act_on(task, action).await {
            let expected = [ErrorCode::InvalidState, ErrorCode::InsufficientFunds];
            assert!(
                expected.contains(&refused.code),
                "{action}: {:?} {}",
                refused.code,
                refused.message
            );
        }
    }

    /// Nobody's money was made or lost, no job cost more than its cap, nothing was paid twice, and an ended job
    /// holds nothing back.
    async fn audit(&self) {
        for (creator, job) in &self.jobs {
            let job = self.people[*creator].show(job).await;
            let tasks = self.people[*creator].tasks(&job.id).await;
            let paid: Amount = tasks.iter().map(|task| task.paid.0).sum();
            assert_eq!(job.spent.0, paid, "what was spent is what the tasks were paid");
            assert!(job.spent.0.checked_add(job.refunded.0).unwrap() <= job.cap.0);
            if job.ended_at.is_some() {
                assert_eq!(job.spent.0.checked_add(job.refunded.0).unwrap(), job.cap.0, "{job:?}");
            }
        }
        let mut sums: BTreeMap<&str, u128> = BTreeMap::new();
        for person in &self.people {
            let account: Account = person.get("/ledger/account").await.unwrap();
            *sums.entry("held").or_default() += account.balance.0.units() + account.escrowed.0.units();
            let page: Page<Entry> = person.get("/ledger/entries?limit=1000").await.unwrap();
            assert!(page.next_cursor.is_none());
            assert_eq!(page.items.first().map(|entry| entry.balance), Some(account.balance));
            let gifts = page
                .items
                .iter()
                .filter(|entry| entry.kind == veriframe_wire::account::EntryKind::Faucet);
            *sums.entry("given").or_default() += gifts.map(|entry| entry.amount.0.units()).sum::<u128>();
        }
        assert_eq!(
            sums["held"], sums["given"],
            "balances and escrows are what the faucet gave"
        );
    }
}

/// Random lives of a small market, over the real socket.
#[test]
fn money_is_conserved() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let config = ProptestConfig {
        cases: 8,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let steps = proptest::collection::vec(step(), 20..90);
    TestRunner::new(config)
        .run(&steps, |steps| {
            runtime.block_on(async {
                let mut market = Market::open().await;
                for step in steps {
                    market.take(step).await;
                }
                market.audit().await;
                books_balance(market.world).await;
            });
            Ok(())
        })
        .unwrap();
}

/// The books themselves: every transfer has two entries that add up to nothing, and balances are the sums of entries.
async fn books_balance(world: World) {
    let World {
        folder,
        running,
        shutdown,
        database,
        ..
    } = world;
    shutdown.cancel();
    running.join.await.unwrap();
    let url = match &database {
        Some(database) => database.url(),
        None => format!("sqlite://{}/coordinator/coordinator.db", folder.path().display()),
    };
    let db = sqlx::AnyPool::connect(&url).await.unwrap();
    let entries: Vec<(i64, String, String)> = sqlx::query_as("SELECT transfer, account, amount FROM entries")
        .fetch_all(&db)
        .await
        .unwrap();
    let (mut by_transfer, mut by_account) = (BTreeMap::<i64, i128>::new(), BTreeMap::<String, i128>::new());
    for (transfer, account, amount) in entries {
        let amount: i128 = amount.parse().unwrap();
        *by_transfer.entry(transfer).or_default() += amount;
        *by_account.entry(account).or_default() += amount;
    }
    assert!(by_transfer.values().all(|&sum| sum == 0));
    let accounts: Vec<(String, String)> = sqlx::query_as("SELECT id, balance FROM accounts")
        .fetch_all(&db)
        .await
        .unwrap();
    for (account, balance) in accounts {
        let sum = by_account.get(&account).copied().unwrap_or_default();
        assert_eq!(balance.parse::<i128>().unwrap(), sum, "{account}");
        assert!(sum >= 0 || account == "faucet", "{account} owes {sum}");
    }
    let counted: Vec<(String, String, String, i64)> =
        sqlx::query_as("SELECT job, kind, state, count(*) FROM tasks GROUP BY job, kind, state ORDER BY 1, 2, 3")
            .fetch_all(&db)
            .await
            .unwrap();
    let kept: Vec<(String, String, String, i64)> =
        sqlx::query_as("SELECT job, kind, state, n FROM task_counts WHERE n <> 0 ORDER BY 1, 2, 3")
            .fetch_all(&db)
            .await
            .unwrap();
    assert_eq!(counted, kept, "the triggers count right");
    db.close().await;
}

/// A studio on a market: two of its computers and one of a stranger render the same job. Own frames cost nothing, the
/// stranger's are paid, and the books add up.
#[tokio::test]
async fn a_studio_pays_only_strangers() {
    let world = World::start().await;
    let creator = world.worker().await;
    let stranger = world.worker().await;
    let good = picture(&world.blocks, 1);
    let mut request = Client::job(&world.scene(), "1-10");
    request["verification"] = "none".into();
    let jobs = [creator.post_job(&request).await, creator.post_job(&request).await];
    let mut of_strangers = 0;
    for job in &jobs {
        let lease = stranger.claim(&job.id, 3).await.unwrap();
        of_strangers += lease.tasks.len() as u64;
        stranger.finish(&lease, &good).await;
        creator.work_through(&job.id, &good).await;
    }
    let earned = Amount::credits(of_strangers);
    assert!(of_strangers > 0 && of_strangers < 20, "both rendered");
    assert_eq!(stranger.balance().await, Amount::credits(100 + of_strangers));
    assert_eq!(creator.balance().await, Amount::credits(100 - of_strangers));
    let mut spent = Amount::ZERO;
    for job in &jobs {
        let job = creator.show(&job.id).await;
        assert_eq!(job.status, JobStatus::Complete);
        spent = spent.checked_add(job.spent.0).unwrap();
    }
    assert_eq!(spent, earned);
}
