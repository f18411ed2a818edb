//! The farm at work: events in the order of their time, and the coordinator's own rules for every decision.

use crate::{
    event::{Event, What},
    outcome::Outcome,
    world::{World, fails_at},
};
use std::collections::{BinaryHeap, HashSet};
use veriframe_core::schedule::{
    Asking, Claim, Held, JobFacts, Market, Priority, WorkerFacts, batch_size,
    market::Standing,
    rank::rank,
    speed::{Measured, WORK_START, learned, typical},
    worth_copying,
};

/// As the coordinator's: a lease without heartbeats, a worker that asks again, the market that is looked at anew.
const LEASE: f64 = 90.0;
const ASKS_EVERY: f64 = 10.0;
const LOOKS_EVERY: f64 = 30.0;
/// Fetching and opening a scene that the worker does not have.
const FETCH: f64 = 1.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The rules of this crate.
    Ours,
    /// First come, first served; everything else as ours, copies at the end included.
    FirstCome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Queued,
    Held,
    Done,
}

struct Task {
    job: usize,
    work: f64,
    state: State,
    attempts: u32,
    failed: Vec<usize>,
    /// Who has it, and who has a copy.
    holder: Option<usize>,
    copier: Option<usize>,
}

#[derive(Default)]
struct Hands {
    /// The first one is being rendered.
    tasks: Vec<usize>,
    began: f64,
    fails: bool,
    render: u64,
    gone: bool,
    estimate: f64,
    scenes: HashSet<usize>,
}

struct Open {
    queued: Vec<usize>,
    left: usize,
    held: usize,
    measured: Measured,
    by_worker: Vec<(u32, f64)>,
    first_taken: Option<f64>,
    done: Option<f64>,
    facts: Option<JobFacts>,
    standing: Standing,
}

struct Farm<'w> {
    world: &'w World,
    order: Order,
    now: f64,
    events: BinaryHeap<Event>,
    numbers: u64,
    tasks: Vec<Task>,
    jobs: Vec<Open>,
    hands: Vec<Hands>,
    /// Arrived and not done, in order of arrival.
    open: Vec<usize>,
    idle: Vec<bool>,
    polls: Vec<u64>,
    looked: f64,
    typical: f64,
    usual_speed: f64,
    outcome: Outcome,
}

pub fn run(world: &World, order: Order) -> Outcome {
    let mut farm = Farm::new(world, order);
    while let Some(event) = farm.events.pop() {
        farm.now = event.at;
        farm.happens(event.what);
        if farm.jobs.iter().all(|job| job.done.is_some()) {
            break;
        }
    }
    farm.outcome()
}

impl<'w> Farm<'w> {
    fn new(world: &'w World, order: Order) -> Self {
        let mut tasks = Vec::new();
        let jobs = world
            .jobs
            .iter()
            .enumerate()
            .map(|(number, job)| {
                let first = tasks.len();
                tasks.extend(job.frames.iter().map(|&work| Task {
                    job: number,
                    work,
                    state: State::Queued,
                    attempts: 0,
                    failed: vec![],
                    holder: None,
                    copier: None,
                }));
                Open {
                    queued: (first..tasks.len()).rev().collect(),
                    left: job.frames.len(),
                    held: 0,
                    measured: Measured::default(),
                    by_worker: vec![(0, 0.0); world.workers.len()],
                    first_taken: None,
                    done: None,
                    facts: None,
                    standing: Standing::default(),
                }
            })
            .collect();
        let hands = world
            .workers
            .iter()
            .map(|worker| Hands {
                estimate: worker.benchmark,
                ..Hands::default()
            })
            .collect();
        let mut farm = Self {
            world,
            order,
            now: 0.0,
            events: BinaryHeap::new(),
            numbers: 0,
            tasks,
            jobs,
            hands,
            open: vec![],
            idle: vec![false; world.workers.len()],
            polls: vec![0; world.workers.len()],
            looked: f64::NEG_INFINITY,
            typical: WORK_START,
            usual_speed: 0.0,
            outcome: Outcome {
                makespan: 0.0,
                completion: vec![],
                waits: vec![],
                unfinished: 0,
                copies: 0,
                copies_won: 0,
                rendered: 0.0,
                deadlines_met: 0,
            },
        };
        for (number, job) in world.jobs.iter().enumerate() {
            farm.at(job.arrives, What::Arrives(number));
        }
        for (number, worker) in world.workers.iter().enumerate() {
            farm.at(0.0, What::Asks(number));
            if let Some((leaves, returns)) = worker.away {
                farm.at(leaves, What::Leaves(number));
                farm.at(returns, What::Returns(number));
            }
        }
        farm
    }

    fn at(&mut self, at: f64, what: What) -> u64 {
        self.numbers += 1;
        let number = self.numbers;
        self.events.push(Event { at, number, what });
        number
    }

    fn happens(&mut self, what: What) {
        match what {
            What::Arrives(job) => {
                self.open.push(job);
                self.wake();
            }
            What::Asks(worker) => self.asks(worker),
            What::Polls(worker, number) => {
                if self.polls[worker] == number {
                    self.asks(worker);
                }
            }
            What::Ends(worker, render) => {
                if self.hands[worker].render == render && !self.hands[worker].gone {
                    self.ends(worker);
                }
            }
            What::Leaves(worker) => {
                self.hands[worker].gone = true;
                let render = self.hands[worker].render;
                self.at(self.now + LEASE, What::Expires(worker, render));
            }
            What::Returns(worker) => {
                self.hands[worker].gone = false;
                self.drop_lease(worker);
                self.at(self.now, What::Asks(worker));
            }
            What::Expires(worker, render) => {
                if self.hands[worker].gone && self.hands[worker].render == render {
                    self.drop_lease(worker);
                }
            }
        }
    }

    /// Whoever is idle hears that there is work.
    fn wake(&mut self) {
        for worker in 0..self.idle.len() {
            if std::mem::take(&mut self.idle[worker]) {
                self.at(self.now, What::Asks(worker));
            }
        }
    }

    fn drop_lease(&mut self, worker: usize) {
        let tasks = std::mem::take(&mut self.hands[worker].tasks);
        self.hands[worker].render = 0;
        for task in tasks {
            self.lay_down(worker, task);
        }
    }

    /// The worker has nothing to do with the task any more; unless somebody else has it, it is queued again.
    fn lay_down(&mut self, worker: usize, task: usize) {
        let it = &mut self.tasks[task];
        if it.copier == Some(worker) {
            it.copier = None;
        } else if it.holder == Some(worker) {
            // The copy is the render from now on.
            it.holder = it.copier.take();
        }
        if it.state == State::Held && it.holder.is_none() {
            it.state = State::Queued;
            let job = it.job;
            self.jobs[job].queued.push(task);
            self.jobs[job].held -= 1;
            self.wake();
        }
    }

    fn asks(&mut self, worker: usize) {
        if self.hands[worker].gone || !self.hands[worker].tasks.is_empty() {
            return;
        }
        if self.now >= self.looked + LOOKS_EVERY {
            self.look();
        }
        let taken = match self.best(worker) {
            Some(job) => self.batch(worker, job),
            None => self.copy(worker).into_iter().collect(),
        };
        if taken.is_empty() {
            self.idle[worker] = true;
            self.polls[worker] = self.numbers + 1;
            self.at(self.now + ASKS_EVERY, What::Polls(worker, self.numbers + 1));
            return;
        }
        self.idle[worker] = false;
        self.polls[worker] = 0;
        self.hands[worker].tasks = taken;
        self.begin(worker);
    }

    /// What the coordinator looks at from time to time: how the work lies on the workers.
    fn look(&mut self) {
        self.looked = self.now;
        self.typical = typical(self.open.iter().map(|&job| self.jobs[job].measured));
        let speeds: Vec<f64> = self
            .hands
            .iter()
            .map(|hands| if hands.gone { 0.0 } else { hands.estimate })
            .collect();
        let market = {
            let jobs: Vec<_> = self
                .open
                .iter()
                .map(|&job| {
                    (
                        &self.world.jobs[job].able,
                        self.frame_work(job) * self.jobs[job].left as f64,
                    )
                })
                .collect();
            Market::of(&jobs, &speeds)
        };
        self.usual_speed = market.capacity / speeds.len() as f64;
        let creators: HashSet<usize> = self.open.iter().map(|&job| self.world.jobs[job].creator).collect();
        let mut works_for = vec![0.0; 1 + creators.iter().max().copied().unwrap_or(0)];
        for (worker, hands) in self.hands.iter().enumerate() {
            if let Some(&task) = hands.tasks.first() {
                works_for[self.world.jobs[self.tasks[task].job].creator] += speeds[worker];
            }
        }
        let part = market.capacity / creators.len().max(1) as f64;
        let pays =
            |job: usize| self.world.jobs[job].wants.price.unwrap_or_default().units() as f64 / self.frame_work(job);
        let mean_pay = self.open.iter().map(|&job| pays(job)).sum::<f64>() / self.open.len().max(1) as f64;
        let open = self.open.iter().zip(&market.standings);
        let facts: Vec<_> = open
            .map(|(&job, &standing)| {
                let facts = JobFacts {
                    age: 0.0,
                    work: 0.0,
                    frame_work: self.frame_work(job),
                    capacity: standing.capacity,
                    tightness: standing.seconds / market.seconds,
                    priority: Priority::Normal.weight(),
                    deadline_in: None,
                    pay: pays(job) / mean_pay,
                    creator_load: works_for[self.world.jobs[job].creator] / part,
                    unknown: false,
                };
                (job, facts, standing)
            })
            .collect();
        for (job, facts, standing) in facts {
            self.jobs[job].facts = Some(facts);
            self.jobs[job].standing = standing;
        }
    }

    fn frame_work(&self, job: usize) -> f64 {
        self.jobs[job].measured.per_frame().unwrap_or(self.typical)
    }

    /// The job whose queued tasks the worker takes from.
    fn best(&self, worker: usize) -> Option<usize> {
        let fits = |job: &usize| {
            self.world.jobs[*job].able.has(worker)
                && self.jobs[*job]
                    .queued
                    .iter()
                    .any(|&task| !self.tasks[task].failed.contains(&worker))
        };
        let mut fitting = self.open.iter().copied().filter(fits);
        if self.order == Order::FirstCome {
            return fitting.next();
        }
        fitting
            .map(|job| (rank(&self.facts(job), &self.worker_facts(worker, job)), job))
            .min_by(|(one, first), (other, second)| one.best_first(other).then(first.cmp(second)))
            .map(|(_, job)| job)
    }

    fn facts(&self, job: usize) -> JobFacts {
        let (open, world) = (&self.jobs[job], &self.world.jobs[job]);
        let frame_work = self.frame_work(job);
        let facts = open.facts.unwrap_or(JobFacts {
            age: 0.0,
            work: 0.0,
            frame_work,
            capacity: 0.0,
            tightness: 1.0,
            priority: 1.0,
            deadline_in: None,
            pay: 1.0,
            creator_load: 1.0,
            unknown: true,
        });
        JobFacts {
            age: self.now - world.arrives,
            work: frame_work * open.left as f64,
            frame_work,
            unknown: open.measured.frames == 0 && open.held == 0,
            deadline_in: world.deadline.map(|deadline| deadline - self.now),
            ..facts
        }
    }

    fn worker_facts(&self, worker: usize, job: usize) -> WorkerFacts {
        WorkerFacts {
            speed: self.hands[worker].estimate,
            slow: self.hands[worker].estimate < self.usual_speed,
            own: false,
            has_scene: self.hands[worker].scenes.contains(&job),
        }
    }

    fn batch(&mut self, worker: usize, job: usize) -> Vec<usize> {
        let open = &self.jobs[job];
        let speed = self.hands[worker].estimate;
        let (frames, seconds) = open.by_worker[worker];
        let size = batch_size(Claim {
            queued: open.queued.len() as u32,
            measured: (frames > 0).then(|| seconds / f64::from(frames)),
            expected: open.measured.per_frame().map(|work| work / speed),
            share: if open.standing.capacity > 0.0 {
                speed / open.standing.capacity
            } else {
                1.0
            },
            asked: None,
        });
        let mut taken = Vec::new();
        let mut rest = Vec::new();
        while let Some(task) = self.jobs[job].queued.pop() {
            let fresh = !self.tasks[task].failed.contains(&worker);
            if fresh && taken.len() < size as usize {
                taken.push(task);
            } else {
                rest.push(task);
                if taken.len() >= size as usize {
                    break;
                }
            }
        }
        while let Some(task) = rest.pop() {
            self.jobs[job].queued.push(task);
        }
        for &task in &taken {
            let it = &mut self.tasks[task];
            it.state = State::Held;
            it.holder = Some(worker);
            self.jobs[job].held += 1;
        }
        let now = self.now;
        self.jobs[job].first_taken.get_or_insert(now);
        taken
    }

    /// A copy for a worker that found nothing that is queued.
    fn copy(&mut self, worker: usize) -> Option<usize> {
        let speed = self.hands[worker].estimate;
        let mut best: Option<(f64, usize)> = None;
        for &job in &self.open {
            let open = &self.jobs[job];
            if !open.queued.is_empty() || open.held == 0 || !self.world.jobs[job].able.has(worker) {
                continue;
            }
            let work = self.frame_work(job);
            let (mut held, mut tasks) = (vec![], vec![]);
            for (holder, hands) in self.hands.iter().enumerate() {
                let expected = work / hands.estimate;
                let mut before = 0.0;
                for &task in &hands.tasks {
                    let it = &self.tasks[task];
                    if it.job == job && it.holder == Some(holder) {
                        held.push(Held {
                            elapsed: self.now - hands.began - before,
                            expected,
                            progress: 0.0,
                            copied: it.copier.is_some(),
                            barred: holder == worker || it.failed.contains(&worker),
                        });
                        tasks.push(task);
                    }
                    before += expected;
                }
            }
            let helper = Asking {
                expected: work / speed + FETCH,
                fastest: work / self.fastest(job) + FETCH,
            };
            if let Some(index) = worth_copying(&held, helper) {
                let left = held[index].left();
                if best.is_none_or(|(most, _)| left > most) {
                    best = Some((left, tasks[index]));
                }
            }
        }
        let (_, task) = best?;
        self.tasks[task].copier = Some(worker);
        self.outcome.copies += 1;
        Some(task)
    }

    fn fastest(&self, job: usize) -> f64 {
        let able = self.world.jobs[job].able.members();
        able.filter(|&worker| !self.hands[worker].gone)
            .map(|worker| self.hands[worker].estimate)
            .fold(0.0, f64::max)
    }

    /// The worker turns to the first of its tasks.
    fn begin(&mut self, worker: usize) {
        let Some(&task) = self.hands[worker].tasks.first() else {
            self.hands[worker].render = 0;
            self.at(self.now, What::Asks(worker));
            return;
        };
        let it = &mut self.tasks[task];
        let attempt = it.attempts;
        it.attempts += 1;
        let fails = fails_at(self.world.seed, task, attempt);
        let (job, work) = (it.job, it.work);
        let fetch = if self.hands[worker].scenes.insert(job) {
            FETCH
        } else {
            0.0
        };
        let seconds = fetch + work * fails.unwrap_or(1.0) / self.world.workers[worker].speed;
        self.hands[worker].began = self.now;
        self.hands[worker].fails = fails.is_some();
        let number = self.numbers + 1;
        self.hands[worker].render = number;
        self.at(self.now + seconds, What::Ends(worker, number));
    }

    fn ends(&mut self, worker: usize) {
        let task = self.hands[worker].tasks.remove(0);
        let seconds = self.now - self.hands[worker].began;
        self.outcome.rendered += seconds * self.world.workers[worker].speed;
        if self.hands[worker].fails {
            self.tasks[task].failed.push(worker);
            // With nobody else left, whoever failed it may try again.
            let able = &self.world.jobs[self.tasks[task].job].able;
            if (0..self.hands.len()).all(|other| !able.has(other) || self.tasks[task].failed.contains(&other)) {
                self.tasks[task].failed.clear();
            }
            self.lay_down(worker, task);
        } else {
            // What a worker measures is the render, without what it takes to get there.
            let seconds = self.tasks[task].work / self.world.workers[worker].speed;
            self.done(worker, task, seconds);
        }
        self.begin(worker);
    }

    fn done(&mut self, worker: usize, task: usize, seconds: f64) {
        let it = &mut self.tasks[task];
        let job = it.job;
        it.state = State::Done;
        let (holder, copier) = (it.holder.take(), it.copier.take());
        self.outcome.copies_won += u32::from(copier == Some(worker));
        self.jobs[job].held -= 1;
        let loser = [holder, copier].into_iter().flatten().find(|&other| other != worker);
        if let Some(loser) = loser {
            self.stop(loser, task);
        }
        self.learn(worker, job, seconds);
        self.jobs[job].left -= 1;
        if self.jobs[job].left == 0 {
            self.jobs[job].done = Some(self.now);
            self.open.retain(|&open| open != job);
        }
    }

    /// The loser of the two hears it with its next heartbeat; here at once.
    fn stop(&mut self, loser: usize, task: usize) {
        let Some(place) = self.hands[loser].tasks.iter().position(|&held| held == task) else {
            return;
        };
        self.hands[loser].tasks.remove(place);
        if place == 0 && !self.hands[loser].gone {
            self.outcome.rendered += (self.now - self.hands[loser].began) * self.world.workers[loser].speed;
            self.begin(loser);
        }
    }

    fn learn(&mut self, worker: usize, job: usize, seconds: f64) {
        let speed = self.hands[worker].estimate;
        let open = &mut self.jobs[job];
        if let Some(work) = open.measured.per_frame() {
            self.hands[worker].estimate = learned(speed, work, seconds);
        }
        open.measured = open.measured.and(seconds, speed);
        open.by_worker[worker].0 += 1;
        open.by_worker[worker].1 += seconds;
    }

    fn outcome(mut self) -> Outcome {
        self.outcome.makespan = self.now;
        for (job, world) in self.jobs.iter().zip(&self.world.jobs) {
            match job.done {
                Some(done) => {
                    self.outcome.completion.push(done - world.arrives);
                    self.outcome.deadlines_met += usize::from(world.deadline.is_some_and(|deadline| done <= deadline));
                }
                None => self.outcome.unfinished += 1,
            }
            let taken = job.first_taken.unwrap_or(f64::INFINITY);
            self.outcome.waits.push(taken - world.arrives);
        }
        self.outcome
    }
}
