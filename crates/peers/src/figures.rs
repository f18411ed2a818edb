//! Figures of the bench: told as they come, and written down for the table that `./dev bench` ends with.
//!
//! A bound is a ratio: to a peer, or to something that the machine did in the same run. How long a thing took is told and
//! never judged: that is of one machine on one day. Nothing here ends a bench: what is missed is measured to the end.

use std::{fs::OpenOptions, io::Write as _};

/// The file that `./dev bench` makes its table of; unset: figures are only told.
const FILE: &str = "VERIFRAME_FIGURES";

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub struct Figure<'a> {
    pub name: &'a str,
    pub value: f64,
    pub unit: &'a str,
}

impl<'a> Figure<'a> {
    pub fn new(name: &'a str, value: f64, unit: &'a str) -> Self {
        Self { name, value, unit }
    }

    /// Told, not judged.
    pub fn tell(self) {
        line(self, None, "", "");
    }

    /// Told with what somebody else needed for the same, not judged.
    pub fn tell_beside(self, peer: &str, theirs: f64) {
        line(self, Some((peer, theirs)), "", "");
    }

    /// It takes at most `times` what the peer does.
    pub fn at_most(self, times: f64, peer: &str, theirs: f64) {
        let holds = self.value <= times * theirs;
        line(self, Some((peer, theirs)), &format!("≤ {times} ×"), verdict(holds));
    }

    /// It does at least `times` what the peer does.
    pub fn at_least(self, times: f64, peer: &str, theirs: f64) {
        let holds = self.value >= times * theirs;
        line(self, Some((peer, theirs)), &format!("≥ {times} ×"), verdict(holds));
    }

    /// For sizes, shares and counts, which are the same on every machine.
    pub fn within(self, bound: f64) {
        line(
            self,
            None,
            &format!("≤ {bound} {}", self.unit),
            verdict(self.value <= bound),
        );
    }
}

fn verdict(holds: bool) -> &'static str {
    if holds { "holds" } else { "MISSED" }
}

fn line(figure: Figure<'_>, peer: Option<(&str, f64)>, bound: &str, verdict: &str) {
    let Figure { name, value, unit } = figure;
    let (peer, theirs, ratio) = match peer {
        None => (String::new(), String::new(), String::new()),
        Some((peer, theirs)) => (
            peer.to_owned(),
            format!("{theirs:.2}"),
            format!("{:.2}", value / theirs),
        ),
    };
    let beside = if peer.is_empty() {
        String::new()
    } else {
        format!(", {ratio} × {peer} ({theirs})")
    };
    let judged = if bound.is_empty() {
        String::new()
    } else {
        format!(" ({bound}): {verdict}")
    };
    println!("{name:<60} {value:.2} {unit}{beside}{judged}");
    let Some(path) = std::env::var_os(FILE) else { return };
    let row = format!("{name}\t{value:.2}\t{unit}\t{peer}\t{theirs}\t{ratio}\t{bound}\t{verdict}\n");
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(row.as_bytes()))
        .expect("the file of the figures can be written");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_what_the_peer_needs_times_so_much() {
        let ours = Figure::new("ours", 1.2, "s");
        assert_eq!(verdict(ours.value <= 1.15 * 1.0), "MISSED");
        // Told, and no end of the bench.
        ours.at_most(1.15, "cp and sync", 1.0);
        ours.at_most(1.2, "cp and sync", 1.0);
        ours.at_least(2.0, "theirs", 0.5);
        ours.within(1.0);
    }
}
