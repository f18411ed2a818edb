//! How the work that is open lies on the workers that are online.

use std::collections::HashMap;

/// Work of jobs against the speed of those who could do it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Market {
    /// In the order of the jobs.
    pub standings: Vec<Standing>,
    /// The speeds of all workers.
    pub capacity: f64,
    /// Seconds that all open work takes when everybody works.
    pub seconds: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Standing {
    /// The speeds of those who could take the job.
    pub capacity: f64,
    /// Until when its workers are busy when all the work is spread as evenly as requirements allow: the one of them that is
    /// free first. Where that is later than for others, an hour of these workers is what the whole farm waits for.
    pub seconds: f64,
}

/// Workers that could take a job, a bit for each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Able(Vec<u64>);

impl Able {
    pub fn of(able: impl IntoIterator<Item = bool>) -> Self {
        let mut bits = Vec::new();
        for (index, able) in able.into_iter().enumerate() {
            if index % 64 == 0 {
                bits.push(0);
            }
            if let Some(last) = bits.last_mut() {
                *last |= u64::from(able) << (index % 64);
            }
        }
        Self(bits)
    }

    pub fn has(&self, worker: usize) -> bool {
        self.0
            .get(worker / 64)
            .is_some_and(|bits| bits >> (worker % 64) & 1 == 1)
    }

    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(own, other)| own & !other == 0)
    }

    pub fn members(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(word, &bits)| {
            let mut rest = bits;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(word * 64 + bit)
            })
        })
    }

    /// The sum of the speeds of those who are in it.
    pub fn capacity(&self, speeds: &[f64]) -> f64 {
        self.members().filter_map(|worker| speeds.get(worker)).sum()
    }
}

/// Sweeps over the piles after each was poured out once.
const SWEEPS: usize = 2;

/// Until when each worker is busy when all the work is spread as evenly as requirements allow.
pub fn levels(piles: &[(&Able, f64)], capacities: &[f64], speeds: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..piles.len()).filter(|&pile| capacities[pile] > 0.0).collect();
    // Whoever has the least choice is poured first; the sweeps then mend what that did not see.
    order.sort_by(|&one, &other| capacities[one].total_cmp(&capacities[other]));
    let mut levels = vec![0.0; speeds.len()];
    let mut poured: Vec<Vec<(usize, f64)>> = vec![Vec::new(); piles.len()];
    for _ in 0..=SWEEPS {
        for &pile in &order {
            for &(worker, work) in &poured[pile] {
                levels[worker] -= work / speeds[worker];
            }
            poured[pile] = pour(piles[pile], speeds, &mut levels);
        }
    }
    levels
}

/// Pours the work where the level is lowest, until all that got something stand equally high.
fn pour((able, work): (&Able, f64), speeds: &[f64], levels: &mut [f64]) -> Vec<(usize, f64)> {
    let mut members: Vec<usize> = able
        .members()
        .filter(|&worker| speeds.get(worker).is_some_and(|&speed| speed > 0.0))
        .collect();
    members.sort_by(|&one, &other| levels[one].total_cmp(&levels[other]));
    // The height at which the pool of the lowest few holds the work, and the next one stays dry.
    let (mut speed, mut filled, mut height) = (0.0, 0.0, 0.0);
    for (index, &worker) in members.iter().enumerate() {
        speed += speeds[worker];
        filled += speeds[worker] * levels[worker];
        height = (work + filled) / speed;
        if members.get(index + 1).is_none_or(|&next| height <= levels[next]) {
            break;
        }
    }
    let mut poured = Vec::new();
    for worker in members {
        if levels[worker] < height {
            poured.push((worker, (height - levels[worker]) * speeds[worker]));
            levels[worker] = height;
        }
    }
    poured
}

impl Market {
    /// `jobs`: who could take each, and how much work it still is.
    pub fn of(jobs: &[(&Able, f64)], speeds: &[f64]) -> Self {
        // Jobs that the same workers can do are one pile. There are as many piles as kinds of requirements and prices.
        let mut pile_of: HashMap<&Able, usize> = HashMap::new();
        let mut piles: Vec<(&Able, f64)> = Vec::new();
        let mut numbers = Vec::with_capacity(jobs.len());
        for &(able, work) in jobs {
            let number = *pile_of.entry(able).or_insert_with(|| {
                piles.push((able, 0.0));
                piles.len() - 1
            });
            piles[number].1 += work;
            numbers.push(number);
        }
        let capacities: Vec<f64> = piles.iter().map(|(able, _)| able.capacity(speeds)).collect();
        let doable: Vec<usize> = (0..piles.len()).filter(|&pile| capacities[pile] > 0.0).collect();
        let levels = levels(&piles, &capacities, speeds);
        let standings: Vec<Standing> = piles
            .iter()
            .zip(&capacities)
            .map(|(&(able, _), &capacity)| Standing {
                capacity,
                seconds: able
                    .members()
                    .filter_map(|worker| levels.get(worker))
                    .copied()
                    .min_by(f64::total_cmp)
                    .unwrap_or(0.0),
            })
            .collect();
        let capacity: f64 = speeds.iter().sum();
        let work: f64 = doable.iter().map(|&pile| piles[pile].1).sum();
        Self {
            standings: numbers.into_iter().map(|number| standings[number]).collect(),
            capacity,
            seconds: if capacity > 0.0 { work / capacity } else { 0.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_lies_on_few_stands_out() {
        let (everybody, few, nobody) = (
            Able::of([true, true, true]),
            Able::of([true, false, false]),
            Able::of([false; 3]),
        );
        let jobs = [(&everybody, 60.0), (&few, 30.0), (&few, 10.0), (&nobody, 5.0)];
        let market = Market::of(&jobs, &[1.0, 2.0, 7.0]);
        let seconds: Vec<f64> = market.standings.iter().map(|standing| standing.seconds).collect();
        // The first worker has 40 seconds of what only it can do, so the other two share the rest.
        assert_eq!(seconds, [60.0 / 9.0, 40.0, 40.0, 0.0]);
        assert_eq!((market.capacity, market.seconds), (10.0, 10.0));
        assert!(few.has(0) && !few.has(1) && !few.has(99));
    }
}
