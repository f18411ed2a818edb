//! Which of a job's queued tasks a worker gets.

use crate::store::candidates::Candidate;
use std::collections::{HashMap, HashSet};
use veriframe_core::Address;

/// Queued tasks of one job: audits first (somebody waits for their money), then by frame.
#[derive(Debug, Default)]
pub struct Pool {
    tasks: Vec<Candidate>,
    /// Who failed a task or rendered what it checks.
    partial: HashMap<i64, HashSet<Address>>,
    /// Who renders a copy of a frame that was its holder's: nobody renders a frame twice.
    copiers: HashMap<i64, Address>,
}

impl Pool {
    pub fn add(&mut self, task: Candidate, partial: HashSet<Address>, copier: Option<Address>) {
        if let Some(copier) = copier {
            self.copiers.insert(task.seq, copier);
        }
        if !partial.is_empty() {
            self.partial.insert(task.seq, partial);
        }
        self.tasks.push(task);
    }

    /// To be called once all are in it.
    pub fn sort(&mut self) {
        self.tasks
            .sort_by_key(|task| (task.audits.is_none(), task.frame, task.seq));
    }

    /// Whether it depends on the worker what it gets.
    pub fn is_choosy(&self) -> bool {
        !self.partial.is_empty()
    }

    /// Takes out up to `wanted` tasks that the worker does not render copies of: those the worker has no part in, and
    /// when these are not enough, those in which every one of the `others` that could take the job has a part, too.
    pub fn take(&mut self, worker: Address, wanted: u32, others: &HashSet<Address>) -> Vec<Candidate> {
        let wanted = wanted as usize;
        let mut taken = self.take_where(worker, wanted, |partial| {
            partial.is_none_or(|partial| !partial.contains(&worker))
        });
        if taken.len() < wanted {
            let nobody_better = |partial: Option<&HashSet<Address>>| {
                partial.is_some_and(|partial| others.iter().all(|other| *other == worker || partial.contains(other)))
            };
            taken.extend(self.take_where(worker, wanted - taken.len(), nobody_better));
        }
        taken
    }

    fn take_where(
        &mut self,
        worker: Address,
        wanted: usize,
        fits: impl Fn(Option<&HashSet<Address>>) -> bool,
    ) -> Vec<Candidate> {
        let mut taken = Vec::new();
        let (partial, copiers) = (&self.partial, &self.copiers);
        self.tasks.retain(|task| {
            let copies_it = copiers.get(&task.seq) == Some(&worker);
            let take = taken.len() < wanted && !copies_it && fits(partial.get(&task.seq));
            if take {
                taken.push(task.clone());
            }
            !take
        });
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use veriframe_wire::job::TaskKind;

    fn task(seq: i64, audits: Option<i64>) -> Candidate {
        Candidate {
            seq,
            job: "j".to_owned(),
            kind: if audits.is_some() {
                TaskKind::Audit
            } else {
                TaskKind::Frame
            },
            frame: i32::try_from(seq).unwrap(),
            failures: 0,
            audits,
        }
    }

    fn worker(n: u8) -> Address {
        format!("0x{n:064x}").parse().unwrap()
    }

    fn pool(tasks: &[(i64, Option<i64>, &[u8])]) -> Pool {
        let mut pool = Pool::default();
        for (seq, audits, partial) in tasks {
            pool.add(task(*seq, *audits), partial.iter().map(|n| worker(*n)).collect(), None);
        }
        pool.sort();
        pool
    }

    fn taken(pool: &mut Pool, by: u8, wanted: u32, others: &[u8]) -> Vec<i64> {
        let others = others.iter().map(|n| worker(*n)).collect();
        let tasks = pool.take(worker(by), wanted, &others);
        tasks.iter().map(|task| task.seq).collect()
    }

    #[test]
    fn audits_go_first_and_nothing_twice() {
        let mut pool = pool(&[(3, None, &[]), (1, None, &[]), (9, Some(2), &[])]);
        assert_eq!(taken(&mut pool, 1, 2, &[1, 2]), [9, 1]);
        assert_eq!(taken(&mut pool, 2, 2, &[1, 2]), [3]);
        assert!(taken(&mut pool, 1, 2, &[1, 2]).is_empty());
    }

    #[test]
    fn a_task_does_not_go_back_to_who_failed_it() {
        let mut pool = pool(&[(1, None, &[1]), (2, None, &[])]);
        assert_eq!(taken(&mut pool, 1, 5, &[1, 2]), [2]);
        assert_eq!(taken(&mut pool, 2, 5, &[1, 2]), [1]);
    }

    #[test]
    fn unless_there_is_nobody_better() {
        let tasks: &[(i64, Option<i64>, &[u8])] = &[(1, None, &[1, 2])];
        assert!(taken(&mut pool(tasks), 1, 5, &[1, 2, 3]).is_empty());
        assert_eq!(taken(&mut pool(tasks), 1, 5, &[1, 2]), [1]);
        assert_eq!(taken(&mut pool(tasks), 1, 5, &[]), [1]);
    }

    #[test]
    fn whoever_renders_a_copy_does_not_get_the_frame() {
        let mut pool = Pool::default();
        pool.add(task(1, None), HashSet::from([worker(1), worker(2)]), Some(worker(1)));
        pool.sort();
        assert!(taken(&mut pool, 1, 5, &[1, 2]).is_empty(), "even with nobody better");
        assert_eq!(taken(&mut pool, 2, 5, &[1, 2]), [1]);
    }
}
