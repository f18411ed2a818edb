//! One world: who lives in it, how it goes on, and how it ends.

use crate::{
    account::{CREATORS, READERS, WORKERS},
    clock::SimClock,
    coordinator::Machine,
    creator, end,
    faults::{Fate, Faults, name, slowest},
    message::{Answer, Request},
    reader::Reader,
    rules::Cause,
    tally::Tally,
    template::Template,
    witness::Witness,
    worker::{self, Temper},
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
    time::Duration,
};
use tokio::{runtime::Handle, time::sleep};
use turmoil::{Builder, Sim, net::UdpSocket};

pub const COORDINATOR: &str = "coordinator";
pub const PORT: u16 = 80;
const TICK: Duration = Duration::from_millis(250);
const SWEEP_EVERY: Duration = Duration::from_secs(2);
/// Simulated milliseconds in which things go wrong.
const TROUBLE: u64 = 80_000;
/// After that, all work must be done within this time.
const RECOVERY: u64 = 900_000;
const DATAGRAM: usize = 1 << 18;

pub struct World {
    pub seed: u64,
    pub template: Arc<Template>,
    pub clock: Arc<SimClock>,
    pub machine: RefCell<Machine>,
    pub tally: RefCell<Tally>,
    /// Nothing goes wrong any more, and everybody behaves.
    pub calm: Cell<bool>,
    pub done: Cell<bool>,
    pub creators_left: Cell<usize>,
    pub fate: Cell<Fate>,
    witness: RefCell<Witness>,
    readers: RefCell<[Reader; 2]>,
    /// In the middle of which the coordinator died, and what its clock showed.
    unfinished: RefCell<(Cause, i64)>,
    wrong: RefCell<Option<String>>,
    journal: RefCell<Vec<String>>,
}

/// What a world that ended well leaves.
pub struct Ended {
    pub tally: Tally,
    pub journal: Vec<String>,
}

impl World {
    fn new(seed: u64, runtime: &Handle, template: &Arc<Template>) -> Self {
        let clock = Arc::new(SimClock::default());
        let machine = Machine::new(runtime.clone(), Arc::clone(&clock), Arc::clone(template), seed);
        Self {
            seed,
            template: Arc::clone(template),
            clock,
            witness: RefCell::new(Witness::new(&machine.database())),
            readers: RefCell::new(READERS.map(|account| Reader::new(template, account))),
            machine: RefCell::new(machine),
            tally: RefCell::default(),
            calm: Cell::new(false),
            done: Cell::new(false),
            creators_left: Cell::new(0),
            fate: Cell::default(),
            unfinished: RefCell::new((Cause::Rest, 0)),
            wrong: RefCell::default(),
            journal: RefCell::default(),
        }
    }

    /// The first thing that is wrong counts; what follows may follow from it.
    fn judge(&self, what: Result<(), String>) {
        if let Err(error) = what {
            self.wrong.borrow_mut().get_or_insert(error);
        }
    }

    fn write_down(&self, line: String) {
        self.journal.borrow_mut().push(line);
    }

    fn start(&self) {
        self.machine.borrow_mut().start();
        let (cause, now) = self.unfinished.replace((Cause::Rest, 0));
        let path = self.machine.borrow().database();
        self.write_down(format!("started {:?} {}", cause.action(), self.clock.millis()));
        let reopened = self
            .witness
            .borrow_mut()
            .reopen(&path, &cause, now, &mut self.tally.borrow_mut());
        self.judge(reopened);
    }

    pub fn die(&self) {
        self.readers.borrow_mut().iter_mut().for_each(Reader::hang_up);
        self.machine.borrow_mut().kill();
    }

    fn observe(&self, cause: &Cause, now: i64, answer: Option<&Answer>) {
        let step = self
            .witness
            .borrow_mut()
            .step(cause, now, answer, &mut self.tally.borrow_mut());
        self.judge(step);
    }

    fn handle(&self, request: Request) -> Option<Answer> {
        if !self.machine.borrow().is_up() {
            return None;
        }
        self.look_at_the_clock();
        let fate = self.fate.take();
        if let Fate::KilledAt(reading) = fate {
            self.clock.kill_at_reading(reading);
        }
        let now = self.clock.millis();
        let answer = self.machine.borrow().answer(request.clone());
        let killed = self.clock.was_killed();
        let line = format!("{now} {} {} {}", request.caller, request.method, request.path);
        let cause = Cause::Request(request);
        if killed {
            self.write_down(format!("{line} killed"));
            self.tally.borrow_mut().count("kills in the middle of a request");
            *self.unfinished.borrow_mut() = (cause, now);
            self.die();
            return None;
        }
        let Some(answer) = answer else {
            self.judge(Err(format!("{line} was never answered")));
            return None;
        };
        self.write_down(format!("{line} {} {}", answer.status, answer.code()));
        self.observe(&cause, now, Some(&answer));
        if fate == Fate::AnswerLost {
            self.tally.borrow_mut().count("kills between commit and answer");
            self.die();
            return None;
        }
        Some(answer)
    }

    fn sweep(&self, tidy: bool) {
        self.look_at_the_clock();
        let now = self.clock.millis();
        if let Some(swept) = self.machine.borrow().sweep(tidy) {
            self.judge(swept);
            self.observe(&Cause::Sweep, now, None);
        }
    }

    fn look_at_the_clock(&self) {
        if let Some(elapsed) = turmoil::sim_elapsed() {
            self.clock.set(elapsed.as_millis() as i64);
        }
    }

    /// The readers come, read, or go.
    fn read(&self, what: u32) {
        let machine = self.machine.borrow();
        if !machine.is_up() {
            return;
        }
        let witness = self.witness.borrow();
        let mut tally = self.tally.borrow_mut();
        for reader in self.readers.borrow_mut().iter_mut() {
            if !reader.is_connected() {
                tally.count("readers connected");
                self.judge(reader.connect(&machine));
            } else if what == 0 {
                reader.hang_up();
            } else {
                self.judge(reader.catch_up(&machine, &witness.database, &mut tally));
            }
        }
    }

    fn all_work_is_done(&self) -> bool {
        let witness = self.witness.borrow();
        self.calm.get()
            && self.creators_left.get() == 0
            && self.machine.borrow().is_up()
            && witness.last.jobs.values().all(crate::snapshot::Job::has_ended)
    }

    /// Once more from the disk, and then everything is looked at.
    fn close(&self) {
        self.die();
        self.start();
        self.read(1);
        self.read(1);
        self.readers.borrow_mut().iter_mut().for_each(Reader::hang_up);
        let witness = self.witness.borrow();
        self.judge(end::check(
            &witness.database,
            &witness.last,
            &mut self.tally.borrow_mut(),
        ));
    }

    /// Without what is random on purpose: identifiers of jobs are called by their place.
    fn readable_journal(&self) -> Vec<String> {
        let witness = self.witness.borrow();
        let jobs = witness.database.jobs_in_order();
        let events = witness.database.events_after(0).into_iter();
        let lines = self.journal.take().into_iter();
        lines
            .chain(events.map(|event| format!("event {} {}", event.seq, event.body)))
            .map(|line| {
                let named = jobs.iter().enumerate();
                named.fold(line, |line, (place, id)| line.replace(id, &format!("job-{place}")))
            })
            .collect()
    }
}

async fn serve(world: Rc<World>) -> turmoil::Result {
    world.start();
    let sweeping = Rc::clone(&world);
    tokio::task::spawn_local(async move {
        for round in 1_u64.. {
            sleep(SWEEP_EVERY).await;
            sweeping.sweep(round.is_multiple_of(30));
        }
    });
    let socket = UdpSocket::bind(("0.0.0.0", PORT)).await?;
    let mut buffer = vec![0; DATAGRAM];
    loop {
        let (length, from) = socket.recv_from(&mut buffer).await?;
        let request = serde_json::from_slice(&buffer[..length])?;
        let Some(answer) = world.handle(request) else {
            // Dead: whoever drives the simulation takes it from the network.
            std::future::pending::<()>().await;
            continue;
        };
        socket.send_to(&serde_json::to_vec(&answer)?, from).await?;
    }
}

/// Who sits where. Returns how many there are.
fn populate(sim: &mut Sim<'_>, world: &Rc<World>, chance: &mut fastrand::Rng) -> usize {
    let mut seats = 0;
    let mut creators: Vec<usize> = CREATORS.collect();
    creators.truncate(chance.usize(2..=4));
    world.creators_left.set(creators.len());
    for account in creators {
        sim.client(name(seats), creator::create(Rc::clone(world), seats, account));
        seats += 1;
    }
    let workers = chance.usize(3..=6);
    for number in 0..workers {
        // Two honest ones, so that work can be done at all.
        let temper = match chance.u32(0..6) {
            _ if number < 2 => Temper::Honest,
            0 => Temper::Slow,
            1 => Temper::Vanishing,
            2 => Temper::Failing,
            3 | 4 => Temper::Cheat(number),
            _ => Temper::Honest,
        };
        // Now and then two programs run with one key.
        let twin = number > 2 && chance.u32(0..4) == 0;
        let account = WORKERS.start + if twin { number - 1 } else { number };
        if twin {
            world.tally.borrow_mut().count("keys in two programs");
        }
        sim.client(name(seats), worker::work(Rc::clone(world), seats, account, temper));
        seats += 1;
    }
    seats
}

/// Lives through the world of a seed; `Err` says what was wrong.
pub fn run(seed: u64, runtime: &Handle, template: &Arc<Template>) -> Result<Ended, String> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let world = Rc::new(World::new(seed, runtime, template));
    let mut sim = Builder::new()
        .rng_seed(seed)
        .epoch(std::time::UNIX_EPOCH + Duration::from_hours(500_000))
        .tick_duration(TICK)
        .simulation_duration(Duration::from_hours(2))
        .udp_capacity(4096)
        .min_message_latency(Duration::from_millis(1))
        .max_message_latency(slowest(&mut chance))
        .build();
    let host = Rc::clone(&world);
    sim.host(COORDINATOR, move || serve(Rc::clone(&host)));
    let seats = populate(&mut sim, &world, &mut chance);
    let mut faults = Faults::new(seed, seats);
    loop {
        let elapsed = sim.elapsed().as_millis() as u64;
        world.calm.set(elapsed >= TROUBLE);
        if world.calm.get() {
            world.fate.set(Fate::Answered);
        }
        faults.tick(&mut sim, &world, elapsed);
        sim.step().map_err(|error| error.to_string())?;
        if chance.u32(0..20) == 0 {
            world.read(chance.u32(0..6));
        }
        if let Some(wrong) = world.wrong.take() {
            return Err(wrong);
        }
        if world.all_work_is_done() {
            break;
        }
        if elapsed > TROUBLE + RECOVERY {
            let witness = world.witness.borrow();
            return Err(format!(
                "work was lost: {:#?}",
                (&witness.last.jobs, &witness.last.tasks)
            ));
        }
    }
    world.done.set(true);
    world.close();
    match world.wrong.take() {
        Some(wrong) => Err(wrong),
        None => Ok(Ended {
            journal: world.readable_journal(),
            tally: world.tally.take(),
        }),
    }
}
