//! How long a frame will take, from the best thing known about it.

use veriframe_core::Engine;

/// What an estimate rests on, best first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Basis {
    /// A small frame of this very file, rendered on this computer.
    TestFrame(Measured),
    /// Frames of this file that workers delivered.
    EarlierFrames(Measured),
    /// This computer's benchmark: thousand samples a second.
    Benchmark(u32),
    /// Nothing is known.
    Guess,
}

/// One measurement: so many pixels with so many samples took so long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    pub pixels: u64,
    pub samples: u32,
    pub seconds: f64,
    /// Of these, until the first sample.
    pub before_sampling: Option<f64>,
}

/// Seconds before the first sample of a frame: evaluating the scene and building its acceleration structure.
/// Measured on the sample scenes with a warm Blender: 0.1 to 0.5 s. Taken where Blender did not tell when it began.
const FIXED_SECONDS: f64 = 0.3;
/// Whatever was told of the first sample, so much of a frame grows with it: filtering, compositing and saving do, too.
const SAMPLING_AT_LEAST: f64 = 0.02;
/// A scene of the wild is slower per sample than the benchmark's, which is Cycles'; on the scenes tried, 1.5 to 5 times.
const CYCLES_FACTOR: f64 = 2.5;
/// EEVEE on a graphics card takes about a twentieth of Cycles on the processor, and where the processor draws in the card's
/// place it takes as long; between the two.
const EEVEE_FACTOR: f64 = 0.5;
/// Workbench draws without lights: 640 × 360 in 0.6 s where the processor draws.
const WORKBENCH_FACTOR: f64 = 0.03;
/// Sampling does not begin to shrink with the number of samples below this.
const SAMPLES_AT_LEAST: u32 = 1;
/// What stands in for an engine without samples, or an unknown number.
const SAMPLES_UNKNOWN: u32 = 64;
/// Thousand samples a second of two cores of a plain office computer.
pub(crate) const GUESSED_SCORE: u32 = 500;

/// Seconds for a frame of `pixels` and `samples`.
///
/// From a measurement: `fixed + (measured − fixed) × (pixels × samples) ÷ (measured pixels × samples)`.
/// From a benchmark: `fixed + factor of the engine × pixels × samples ÷ (score × 1000)`.
pub fn seconds_per_frame(basis: Basis, engine: &Engine, pixels: u64, samples: u32) -> f64 {
    let work = |pixels: u64, samples: u32| pixels.max(1) as f64 * f64::from(known(samples));
    match basis {
        Basis::TestFrame(measured) | Basis::EarlierFrames(measured) => {
            let fixed = measured.before_sampling.unwrap_or(FIXED_SECONDS);
            let sampling = (measured.seconds - fixed).max(measured.seconds * SAMPLING_AT_LEAST);
            let fixed = measured.seconds - sampling;
            fixed + sampling * work(pixels, samples) / work(measured.pixels, measured.samples)
        }
        Basis::Benchmark(score) => from_score(score, engine, work(pixels, samples)),
        Basis::Guess => from_score(GUESSED_SCORE, engine, work(pixels, samples)),
    }
}

fn from_score(score: u32, engine: &Engine, work: f64) -> f64 {
    let factor = match engine {
        Engine::Eevee => EEVEE_FACTOR,
        Engine::Workbench => WORKBENCH_FACTOR,
        Engine::Cycles | Engine::Other(_) => CYCLES_FACTOR,
    };
    FIXED_SECONDS + factor * work / (f64::from(score.max(1)) * 1000.0)
}

fn known(samples: u32) -> u32 {
    if samples == 0 {
        SAMPLES_UNKNOWN
    } else {
        samples.max(SAMPLES_AT_LEAST)
    }
}

/// How far off the likely time the last frame may come in, as a factor.
pub fn spread(basis: Basis) -> f64 {
    match basis {
        Basis::TestFrame(_) | Basis::EarlierFrames(_) => 1.5,
        Basis::Benchmark(_) => 3.0,
        Basis::Guess => 6.0,
    }
}

/// The words beside the figure.
pub fn words(basis: Basis) -> &'static str {
    match basis {
        Basis::TestFrame(_) => "a frame rendered here",
        Basis::EarlierFrames(_) => "earlier frames of this file",
        Basis::Benchmark(_) => "this computer's benchmark",
        Basis::Guess => "a guess: run the benchmark, or render one small frame here first",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_of_the_very_frame_is_repeated() {
        let measured = Measured {
            pixels: 1000,
            samples: 16,
            seconds: 12.0,
            before_sampling: None,
        };
        let seconds = seconds_per_frame(Basis::TestFrame(measured), &Engine::Cycles, 1000, 16);
        assert!((seconds - 12.0).abs() < 1e-9);
    }

    #[test]
    fn four_times_the_pixels_take_almost_four_times_as_long() {
        let measured = Measured {
            pixels: 1000,
            samples: 16,
            seconds: 10.3,
            before_sampling: None,
        };
        let seconds = seconds_per_frame(Basis::EarlierFrames(measured), &Engine::Cycles, 4000, 16);
        assert!((seconds - 40.3).abs() < 1e-6, "{seconds}");
    }

    /// A forest takes twenty seconds to build, however small the picture is.
    #[test]
    fn what_comes_before_the_first_sample_does_not_grow() {
        let measured = Measured {
            pixels: 480 * 270,
            samples: 8,
            seconds: 22.0,
            before_sampling: Some(20.0),
        };
        let seconds = seconds_per_frame(Basis::TestFrame(measured), &Engine::Cycles, 1920 * 1080, 64);
        assert!((seconds - (20.0 + 2.0 * 16.0 * 8.0)).abs() < 1e-6, "{seconds}");
    }

    #[test]
    fn a_measurement_shorter_than_the_fixed_part_still_grows() {
        let measured = Measured {
            pixels: 100,
            samples: 1,
            seconds: 0.1,
            before_sampling: None,
        };
        assert!(seconds_per_frame(Basis::TestFrame(measured), &Engine::Cycles, 100_000, 16) > 1.0);
    }

    #[test]
    fn an_engine_that_draws_is_not_taken_for_one_that_traces() {
        let hd = |engine| seconds_per_frame(Basis::Guess, &engine, 1280 * 720, 64);
        assert!(hd(Engine::Eevee) < 0.3 * hd(Engine::Cycles));
        assert!(hd(Engine::Workbench) < 10.0);
    }

    #[test]
    fn a_faster_computer_is_faster() {
        let slow = seconds_per_frame(Basis::Benchmark(50), &Engine::Cycles, 2_000_000, 128);
        let fast = seconds_per_frame(Basis::Benchmark(5000), &Engine::Cycles, 2_000_000, 128);
        assert!(slow > 50.0 * fast);
        assert!(fast.is_finite() && fast > 0.0);
    }
}
