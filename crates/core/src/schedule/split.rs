//! Whether one big still is cut into pieces for several workers. Pure: who renders pieces and joins them asks here.

/// A piece that is not at least so long is not worth the fetching, the opening and the joining.
const PIECE_SECONDS_LEAST: f64 = 60.0;
/// What the pieces pay anew may be so much of the work: somebody renders it, and somebody pays for it.
const OVERHEAD_SHARE: f64 = 0.5;
/// Cutting must end the picture in at most this part of the time.
const SOONER: f64 = 0.7;
const PIECES_AT_MOST: u32 = 64;
/// Pixels of a tile's side: below, what is around a tile (light paths, denoising borders) costs as much as the tile.
const TILE_LEAST: u32 = 512;
/// Samples of a range: below, building the scene costs as much as sampling it.
const SAMPLES_LEAST: u32 = 128;

/// What is known of the picture.
#[derive(Clone, Copy, Debug)]
pub struct Still {
    /// Seconds of work on a worker of speed 1, without what each piece pays anew.
    pub work: f64,
    /// Seconds that each piece pays anew on any worker: fetching, opening, building, handing in.
    pub overhead: f64,
    pub width: u32,
    pub height: u32,
    /// 0 for engines without.
    pub samples: u32,
    /// A denoised picture is denoised as a whole: a tile's border would show, and a range is denoised too early.
    pub denoised: bool,
    /// Whether the engine draws the same sample whatever came before, so that ranges of them add up (Cycles does).
    pub samples_add_up: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    Whole,
    /// Equal tiles, joined side by side.
    Tiles {
        columns: u32,
        rows: u32,
    },
    /// Ranges of samples of the whole picture, averaged.
    SampleRanges {
        pieces: u32,
    },
}

/// `idle`: the speeds of the workers that could take a piece now, in any order.
pub fn split(still: &Still, idle: &[f64]) -> Split {
    let mut speeds: Vec<f64> = idle
        .iter()
        .copied()
        .filter(|speed| speed.is_finite() && *speed > 0.0)
        .collect();
    speeds.sort_by(|one, other| other.total_cmp(one));
    let Some(&fastest) = speeds.first() else {
        return Split::Whole;
    };
    if still.denoised || !still.work.is_finite() || !still.overhead.is_finite() {
        return Split::Whole;
    }
    let whole = still.overhead + still.work / fastest;
    let seconds = |pieces: u32| {
        // Equal pieces: the slowest of those who get one is who all wait for.
        let slowest = speeds[pieces as usize - 1];
        still.overhead + still.work / f64::from(pieces) / slowest
    };
    let most = PIECES_AT_MOST.min(u32::try_from(speeds.len()).unwrap_or(u32::MAX));
    (2..=most)
        .filter(|&pieces| f64::from(pieces) * still.overhead <= still.work * OVERHEAD_SHARE)
        .filter_map(|pieces| Some((cut(still, pieces)?, seconds(pieces))))
        .filter(|&(_, seconds)| seconds >= PIECE_SECONDS_LEAST && seconds <= whole * SOONER)
        .min_by(|(_, one), (_, other)| one.total_cmp(other))
        .map_or(Split::Whole, |(split, _)| split)
}

/// Ranges where they add up: every piece is the same work then, and no tile is all sky. Tiles otherwise.
fn cut(still: &Still, pieces: u32) -> Option<Split> {
    if still.samples_add_up && still.samples / pieces >= SAMPLES_LEAST {
        return Some(Split::SampleRanges { pieces });
    }
    // As square as they get.
    (1..=pieces)
        .filter(|rows| pieces.is_multiple_of(*rows))
        .map(|rows| (pieces / rows, rows))
        .filter(|&(columns, rows)| still.width / columns >= TILE_LEAST && still.height / rows >= TILE_LEAST)
        .min_by_key(|&(columns, rows)| (still.width / columns).abs_diff(still.height / rows))
        .map(|(columns, rows)| Split::Tiles { columns, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STILL: Still = Still {
        work: 3600.0,
        overhead: 20.0,
        width: 7680,
        height: 4320,
        samples: 4096,
        denoised: false,
        samples_add_up: true,
    };

    #[test]
    fn an_hour_is_shared_by_those_who_are_idle() {
        assert_eq!(split(&STILL, &[1.0; 8]), Split::SampleRanges { pieces: 8 });
        let eevee = Still {
            samples: 64,
            samples_add_up: false,
            ..STILL
        };
        assert_eq!(split(&eevee, &[1.0; 8]), Split::Tiles { columns: 4, rows: 2 });
    }

    #[test]
    fn it_stays_whole_when_cutting_gains_little() {
        assert_eq!(split(&STILL, &[]), Split::Whole);
        assert_eq!(split(&STILL, &[1.0]), Split::Whole);
        let short = Still { work: 70.0, ..STILL };
        assert_eq!(split(&short, &[1.0; 8]), Split::Whole, "pieces under a minute");
        let heavy = Still {
            overhead: 3000.0,
            ..STILL
        };
        assert_eq!(split(&heavy, &[1.0; 8]), Split::Whole, "opening it costs most of it");
        let denoised = Still {
            denoised: true,
            ..STILL
        };
        assert_eq!(split(&denoised, &[1.0; 8]), Split::Whole);
        let small = Still {
            width: 800,
            height: 600,
            samples: 200,
            ..STILL
        };
        assert_eq!(split(&small, &[1.0; 8]), Split::Whole, "nothing left to cut");
        assert_eq!(
            split(&STILL, &[20.0, 1.0, 1.0]),
            Split::Whole,
            "the fast one is sooner alone"
        );
    }

    #[test]
    fn a_slow_worker_is_left_out() {
        let speeds = [1.0, 0.01, 1.0, f64::NAN, 1.0, 1.0];
        assert_eq!(split(&STILL, &speeds), Split::SampleRanges { pieces: 4 });
    }

    #[test]
    fn pieces_have_a_least_size_and_a_greatest_number() {
        let long = Still { work: 1e6, ..STILL };
        // 4096 samples in ranges of at least 128 are 32 pieces; beyond, tiles of at least 512 pixels are cut.
        assert!(
            matches!(split(&long, &[1.0; 500]), Split::Tiles { columns, rows } if columns * rows > 32 && columns * rows <= 64)
        );
        let tall = Still {
            samples: 0,
            samples_add_up: false,
            width: 600,
            ..long
        };
        assert_eq!(split(&tall, &[1.0; 500]), Split::Tiles { columns: 1, rows: 8 });
    }
}
