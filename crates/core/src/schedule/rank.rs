//! Which of the jobs that fit a worker it takes first.
//!
//! Its own jobs come first. Then the one with the greatest value:
//!
//! `value = weight × (age + need) / need + tightness + (age / AGING)²`
//!
//! - `need` is the time the job still takes, on everybody who could work on it and on this worker for one frame. The first
//!   term is the highest response ratio next (Brinch Hansen, 1971): short jobs first, and whoever waited long for little.
//!   A slow worker takes jobs of small frames, because one long frame in its hands is what everybody waits for at the end.
//! - `weight` gathers priority, deadline, price, fairness between creators, and the scene that is here already. A job of
//!   which nothing is known yet is tried soon: an order needs sizes.
//! - `tightness` lifts work that only those can do who have more of it than others: they can be late for nothing else.
//! - **Nobody starves.** All but the last term is never more than [`WITHOUT_AGE_AT_MOST`], and the last one grows for ever.
//!   So a job whose age is `AGING × √WITHOUT_AGE_AT_MOST`, about fourteen hours, stands before every job that is posted
//!   from then on, whatever that one pays and however short it is; and of the jobs that were posted before there is an end.

/// Seconds after which age counts as much as being short does for a job that was posted just now.
pub const AGING: f64 = 3600.0;
/// No job is so short that a second more or less matters.
pub(crate) const LEAST_NEED: f64 = 5.0;
/// Whatever speaks for a job besides its age.
pub const WITHOUT_AGE_AT_MOST: f64 = WEIGHED_AT_MOST + UNKNOWN + TIGHT;

const WEIGHED_AT_MOST: f64 = 50.0;
/// For a job of which no frame is known, to a worker that is not slow.
const UNKNOWN: f64 = 50.0;
/// For work that keeps its workers busy longer than others are by [`TIGHT_AT`].
const TIGHT: f64 = 100.0;
/// Below the first the farm has other worries; from the second on it has no greater one.
const TIGHT_FROM: f64 = 0.9;
const TIGHT_AT: f64 = 1.2;
const PRIORITY_AT_MOST: f64 = 4.0;
const DEADLINE_AT_MOST: f64 = 4.0;
const PRICE_AT_MOST: f64 = 1.5;
/// Nothing to fetch, and Blender has the scene open.
const SCENE_HERE: f64 = 1.25;
/// A deadline begins to count when this part of everybody's speed is needed to keep it: more than a job can hope for
/// while others are open, too.
const DEADLINE_SHARE: f64 = 0.1;

/// How a creator orders jobs of its own. It takes nothing from anybody else: see [`JobFacts::priority`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
}

impl Priority {
    pub fn weight(self) -> f64 {
        match self {
            Self::Low => 0.5,
            Self::Normal => 1.0,
            Self::High => 2.0,
        }
    }
}

/// What is known of a job, whoever asks.
#[derive(Clone, Copy, Debug)]
pub struct JobFacts {
    /// Seconds since it was posted.
    pub age: f64,
    /// Of its frames that are not done, in seconds on a worker of speed 1.
    pub work: f64,
    /// Of one frame.
    pub frame_work: f64,
    /// The speeds of those who could take it.
    pub capacity: f64,
    /// [`super::Standing::seconds`] over [`super::Market::seconds`].
    pub tightness: f64,
    /// The weight of its priority over the mean of its creator's open jobs: whoever calls all jobs urgent gains nothing.
    pub priority: f64,
    /// Seconds.
    pub deadline_in: Option<f64>,
    /// What a second of its work pays over what the open jobs pay on average.
    pub pay: f64,
    /// Speed that works for its creator now, over an equal part for each creator with open jobs.
    pub creator_load: f64,
    /// No frame of it has come in, and nobody is at one: how much work it is, nobody can say.
    pub unknown: bool,
}

/// What is known of a worker next to a job.
#[derive(Clone, Copy, Debug)]
pub struct WorkerFacts {
    pub speed: f64,
    /// Slower than workers are on average.
    pub slow: bool,
    pub own: bool,
    /// It rendered of this job, or of this scene.
    pub has_scene: bool,
}

/// Greater is taken first.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rank {
    own: bool,
    value: f64,
}

impl Rank {
    pub fn best_first(&self, other: &Self) -> std::cmp::Ordering {
        other.own.cmp(&self.own).then(other.value.total_cmp(&self.value))
    }
}

pub fn rank(job: &JobFacts, worker: &WorkerFacts) -> Rank {
    Rank {
        own: worker.own,
        value: value(job, worker),
    }
}

fn value(job: &JobFacts, worker: &WorkerFacts) -> f64 {
    let everybody = at_least_0(job.work) / positive(job.capacity.max(worker.speed));
    let here = at_least_0(job.frame_work) / positive(worker.speed);
    let need = (everybody + here).max(LEAST_NEED);
    let age = at_least_0(job.age);
    let weighed = (weight(job, worker) * (age + need) / need).min(WEIGHED_AT_MOST);
    let unknown = if job.unknown && !worker.slow { UNKNOWN } else { 0.0 };
    let tight = ((at_least_0(job.tightness) - TIGHT_FROM) / (TIGHT_AT - TIGHT_FROM)).clamp(0.0, 1.0);
    weighed + unknown + TIGHT * tight + (age / AGING).powi(2)
}

fn weight(job: &JobFacts, worker: &WorkerFacts) -> f64 {
    let scene = if worker.has_scene { SCENE_HERE } else { 1.0 };
    let price = positive(job.pay).sqrt().clamp(1.0 / PRICE_AT_MOST, PRICE_AT_MOST);
    let priority = positive(job.priority).clamp(1.0 / PRIORITY_AT_MOST, PRIORITY_AT_MOST);
    // A creator with everything in hands that is its part, and twice it, waits twice and three times as long.
    let fairness = 1.0 / (1.0 + at_least_0(job.creator_load));
    priority * deadline(job) * price * scene * fairness
}

/// Grows as the time left gets short for what is left to do. A deadline that nobody can keep any more is no reason to let
/// others wait.
fn deadline(job: &JobFacts) -> f64 {
    let Some(left) = job.deadline_in else {
        return 1.0;
    };
    let needed = at_least_0(job.work) / positive(job.capacity) / positive(left);
    if left <= 0.0 || needed > 1.0 {
        return 1.0;
    }
    (needed / DEADLINE_SHARE).clamp(1.0, DEADLINE_AT_MOST)
}

fn at_least_0(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

fn positive(value: f64) -> f64 {
    if value.is_finite() {
        value.max(f64::MIN_POSITIVE.sqrt())
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const JOB: JobFacts = JobFacts {
        age: 60.0,
        work: 600.0,
        frame_work: 30.0,
        capacity: 10.0,
        tightness: 1.0,
        priority: 1.0,
        deadline_in: None,
        pay: 1.0,
        creator_load: 0.0,
        unknown: false,
    };
    const WORKER: WorkerFacts = WorkerFacts {
        speed: 1.0,
        slow: false,
        own: false,
        has_scene: false,
    };

    fn first(one: JobFacts, other: JobFacts) -> bool {
        rank(&one, &WORKER).best_first(&rank(&other, &WORKER)).is_lt()
    }

    #[test]
    fn each_reason_counts() {
        assert!(first(JobFacts { work: 100.0, ..JOB }, JOB), "short jobs");
        assert!(first(JobFacts { age: 600.0, ..JOB }, JOB), "old jobs");
        assert!(first(JobFacts { priority: 2.0, ..JOB }, JOB), "urgent jobs");
        assert!(first(JobFacts { pay: 2.0, ..JOB }, JOB), "jobs that pay well");
        assert!(first(JobFacts { tightness: 2.0, ..JOB }, JOB), "jobs that few can do");
        assert!(
            first(
                JOB,
                JobFacts {
                    creator_load: 1.0,
                    ..JOB
                }
            ),
            "creators with less in hands"
        );
        let due = |left| JobFacts {
            deadline_in: Some(left),
            ..JOB
        };
        assert!(first(due(100.0), JOB), "a deadline that is close");
        assert!(!first(due(6000.0), JOB), "a deadline that is far");
        assert!(!first(due(30.0), JOB), "a deadline that cannot be kept");
    }

    #[test]
    fn what_is_known_of_the_worker_counts() {
        let here = WorkerFacts {
            has_scene: true,
            ..WORKER
        };
        assert!(rank(&JOB, &here).best_first(&rank(&JOB, &WORKER)).is_lt());
        let own = WorkerFacts { own: true, ..WORKER };
        let worst = JobFacts {
            age: 0.0,
            work: 1e9,
            priority: 0.1,
            ..JOB
        };
        assert!(
            rank(&worst, &own).best_first(&rank(&JOB, &here)).is_lt(),
            "its own jobs first"
        );
        // One with long frames and few of them, one with many short ones.
        let (long, many) = (
            JobFacts {
                frame_work: 300.0,
                work: 300.0,
                ..JOB
            },
            JobFacts {
                frame_work: 5.0,
                work: 900.0,
                ..JOB
            },
        );
        let by = |speed, one, other| {
            let worker = WorkerFacts { speed, ..WORKER };
            rank(&one, &worker).best_first(&rank(&other, &worker)).is_lt()
        };
        assert!(by(10.0, long, many), "the fast worker takes the one that is soon done");
        assert!(by(0.1, many, long), "the slow worker takes short frames");
    }

    prop_compose! {
        fn any_job()(
            work in 0.0..1e6_f64, frame_work in 0.0..1e4_f64, capacity in 0.0..1e4_f64, tightness in 0.0..1e3_f64,
            priority in 0.0..100.0_f64, deadline_in in proptest::option::of(-1e5..1e5_f64), pay in 0.0..1e6_f64,
            creator_load in 0.0..1e3_f64,
        ) -> JobFacts {
            JobFacts { age: 0.0, work, frame_work, capacity, tightness, priority, deadline_in, pay, creator_load, unknown: false }
        }
    }

    proptest! {
        /// The argument of the module, with numbers.
        #[test]
        fn from_some_age_on_no_new_job_comes_first(old in any_job(), new in any_job(), more in 1.0..1e6_f64) {
            let old = JobFacts { age: AGING * WITHOUT_AGE_AT_MOST.sqrt() + more, ..old };
            prop_assert!(first(old, new));
        }

        #[test]
        fn numbers_that_make_no_sense_still_have_an_order(job in any_job(), bad in prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-1.0)]) {
            let odd = JobFacts { unknown: true, work: bad, frame_work: bad, capacity: bad, tightness: bad, priority: bad, pay: bad, creator_load: bad, deadline_in: Some(bad), age: bad };
            let worker = WorkerFacts { speed: bad, ..WORKER };
            prop_assert!(value(&odd, &worker).is_finite());
            prop_assert!(value(&job, &worker).is_finite());
        }
    }
}
