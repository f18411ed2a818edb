//! A second worker on a frame that keeps everybody waiting at the end of a job.
//!
//! The first right result counts; the other render is stopped and not paid. So a copy costs the time of a worker that had
//! nothing else to do, and its provider a little power: it must promise to be much sooner.

/// A copy is worth it when it takes at most this part of the time that is still to wait…
const SOONER: f64 = 0.6;
/// …and saves at least so many seconds.
const SAVES: f64 = 10.0;
/// The one copy goes to a worker that takes at most so many times what the fastest one would…
const SLOWER_THAN_FASTEST: f64 = 3.0;
/// …or at most so many seconds, when that is little in any case.
const SOON: f64 = 30.0;
/// What is overdue is taken to need as long again as it has taken, so far as the estimate knows.
const OVERDUE: f64 = 0.5;

/// A task in somebody's hands.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Seconds since its worker could begin with it; negative while it renders other tasks of its lease first.
    pub elapsed: f64,
    /// Seconds it should take that worker.
    pub expected: f64,
    /// 0 to 1, as its worker reports; 0 when it does not.
    pub progress: f64,
    /// Somebody renders a copy already.
    pub copied: bool,
    /// Whoever asks holds it, or failed it before.
    pub barred: bool,
}

/// Who asks for something to do.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// Seconds the frame should take it, with everything around it.
    pub expected: f64,
    /// The same for the fastest worker that could take the job: it will ask, too, when nothing else is left.
    pub fastest: f64,
}

impl Held {
    /// Seconds until it should be in.
    pub fn left(&self) -> f64 {
        let expected = finite(self.expected);
        if self.elapsed <= 0.0 {
            return expected - finite(self.elapsed).min(0.0);
        }
        let elapsed = finite(self.elapsed);
        // Half done in a minute means another minute: better than any estimate, once there is enough of it.
        if self.progress >= 0.1 && self.progress <= 1.0 {
            return elapsed * (1.0 - self.progress) / self.progress;
        }
        (expected - elapsed).max(elapsed * OVERDUE)
    }
}

/// The task that the helper should render as well: the one that is expected last, if that pays.
pub fn worth_copying(held: &[Held], helper: Asking) -> Option<usize> {
    if helper.expected > (helper.fastest * SLOWER_THAN_FASTEST).max(SOON) {
        return None;
    }
    held.iter()
        .enumerate()
        .filter(|(_, task)| !task.copied && !task.barred)
        .map(|(index, task)| (index, task.left()))
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
        .filter(|&(_, left)| helper.expected <= left * SOONER && left - helper.expected >= SAVES)
        .map(|(index, _)| index)
}

fn finite(seconds: f64) -> f64 {
    if seconds.is_finite() { seconds } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELD: Held = Held {
        elapsed: 0.0,
        expected: 600.0,
        progress: 0.0,
        copied: false,
        barred: false,
    };
    const QUICK: Asking = Asking {
        expected: 60.0,
        fastest: 60.0,
    };

    #[test]
    fn the_last_one_is_copied_when_somebody_is_clearly_sooner() {
        let sooner = Held { elapsed: 400.0, ..HELD };
        let later = Held { elapsed: -60.0, ..HELD };
        assert_eq!(worth_copying(&[sooner, later, HELD], QUICK), Some(1));
        assert_eq!(
            worth_copying(
                &[HELD],
                Asking {
                    expected: 500.0,
                    fastest: 500.0
                }
            ),
            None,
            "hardly sooner"
        );
        let nearly = Held {
            elapsed: 595.0,
            progress: 0.99,
            ..HELD
        };
        assert_eq!(
            worth_copying(
                &[nearly],
                Asking {
                    expected: 1.0,
                    fastest: 1.0
                }
            ),
            None,
            "it is nearly in"
        );
        assert_eq!(worth_copying(&[], QUICK), None);
    }

    #[test]
    fn one_copy_and_never_for_who_holds_or_failed_it() {
        let copied = Held { copied: true, ..HELD };
        let barred = Held { barred: true, ..HELD };
        assert_eq!(worth_copying(&[copied, barred], QUICK), None);
    }

    #[test]
    fn reports_are_believed_before_estimates() {
        let slow = Held {
            elapsed: 300.0,
            progress: 0.25,
            ..HELD
        };
        assert!((slow.left() - 900.0).abs() < 1e-9);
        let overdue = Held {
            elapsed: 1200.0,
            ..HELD
        };
        assert!((overdue.left() - 600.0).abs() < 1e-9);
        let nonsense = Held {
            elapsed: f64::NAN,
            expected: f64::INFINITY,
            progress: f64::NAN,
            ..HELD
        };
        assert!(nonsense.left().is_finite());
    }
}
