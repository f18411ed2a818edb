//! Blender's own lines of progress, from 2.8 to 5.x.
//!
//! Up to 4.x they are printed; from 5.0 on they are not, and the guard script passes on what Blender tells its
//! `render_stats` handlers, which is the same without the frame and the times.

/// One line of progress.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats<'a> {
    /// Absent from 5.0 on.
    pub frame: Option<i32>,
    /// The largest amount of memory Blender itself counted so far, in bytes. Less than what the process takes.
    pub peak_memory: Option<u64>,
    /// `Scene, ViewLayer`: changes when the next view layer starts. Absent from 5.0 on and in EEVEE.
    pub layer: Option<&'a str>,
    pub stage: Stage,
}

/// How far the view layer is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Stage {
    /// Reading and building, before the first sample.
    #[default]
    Preparing,
    /// 0 to 1.
    Sampling(f32),
    Compositing,
    /// This view layer is done.
    Finished,
}

/// Reads a line of progress; `None` for every other line.
pub fn parse(line: &str) -> Option<Stats<'_>> {
    let line = line.trim();
    let printed = line.strip_prefix("Fra:");
    if printed.is_none() && !line.starts_with("Mem:") && !line.starts_with("Remaining:") {
        return None;
    }
    let mut stats = Stats {
        frame: printed.and_then(|rest| rest.split_whitespace().next()?.parse().ok()),
        ..Stats::default()
    };
    for part in line.split(" | ") {
        let part = part.trim();
        if let Some(peak) = after(part, "(Peak ").or_else(|| after(part, "Peak:")) {
            let peak = peak.split([')', ' ', ',']).next().and_then(bytes);
            stats.peak_memory = stats.peak_memory.max(peak);
        } else if let Some(stage) = stage(part) {
            stats.stage = stage;
        } else if part.contains(", ") && stats.layer.is_none() && !part.contains(':') {
            stats.layer = Some(part);
        }
    }
    Some(stats)
}

/// The file of `Saved: '/path/frame.png'`, in the log style of 5.x too.
pub fn saved(line: &str) -> Option<&str> {
    let (before, path) = line.trim_end().split_once("Saved: '")?;
    let is_log_style = before.trim_end().ends_with('|');
    (before.is_empty() || is_log_style)
        .then(|| path.strip_suffix('\''))
        .flatten()
}

fn stage(part: &str) -> Option<Stage> {
    if part == "Finished" {
        return Some(Stage::Finished);
    }
    if part.starts_with("Compositing") {
        return Some(Stage::Compositing);
    }
    // Cycles up to 2.9x and with large pictures: `Rendered 3/40 Tiles, Sample 12/128`.
    if let Some((done, all)) = part.strip_prefix("Rendered ").and_then(fraction) {
        let within = after(part, "Sample ").and_then(fraction).map_or(0.0, |(a, b)| a / b);
        return Some(sampling(done + within.min(1.0), all));
    }
    for start in ["Sample ", "Path Tracing Sample ", "Path Tracing Tile ", "Rendering "] {
        if let Some((done, all)) = part.strip_prefix(start).and_then(fraction) {
            return Some(sampling(done, all));
        }
    }
    None
}

fn sampling(done: f32, all: f32) -> Stage {
    Stage::Sampling((done / all).clamp(0.0, 1.0))
}

fn after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.split_once(start).map(|(_, rest)| rest)
}

/// `3/40 …` and EEVEE's `1 / 64 samples`.
fn fraction(text: &str) -> Option<(f32, f32)> {
    let (done, rest) = text.split_once('/')?;
    let all = rest.trim_start();
    let all = &all[..all.find(|c: char| !c.is_ascii_digit()).unwrap_or(all.len())];
    let (done, all): (f32, f32) = (done.trim().parse().ok()?, all.parse().ok()?);
    (all > 0.0).then_some((done, all))
}

/// `17.83M`, `2.1G`, `900K` in units of 1024, as Blender counts.
fn bytes(text: &str) -> Option<u64> {
    let unit = match text.chars().last()? {
        'K' => 1 << 10,
        'M' => 1 << 20,
        'G' => 1_u64 << 30,
        _ => return None,
    };
    let number: f64 = text[..text.len() - 1].parse().ok()?;
    (number >= 0.0).then_some((number * unit as f64) as u64)
}

/// The share of a frame that samples take; compositing and saving take the rest.
const SAMPLES: f32 = 0.96;

/// Turns the lines of one frame into one number that never falls.
#[derive(Clone, Debug)]
pub struct FrameProgress {
    layers: u32,
    done: u32,
    layer: Option<String>,
    /// Samples were taken since the last view layer ended.
    sampled: bool,
    share: f32,
    /// The first sample of the frame was begun.
    has_begun: bool,
}

impl FrameProgress {
    /// `layers`: how many view layers are rendered one after the other.
    pub fn new(layers: u32) -> Self {
        Self {
            layers: layers.max(1),
            done: 0,
            layer: None,
            sampled: false,
            share: 0.0,
            has_begun: false,
        }
    }

    /// Whether the scene is built and its first sample begun; never for an engine that does not tell.
    pub fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Whether all of its samples were taken.
    pub fn has_sampled(&self) -> bool {
        self.share > SAMPLES - 0.001
    }

    /// The new share of the frame, 0 to 1, if the line moved it on.
    pub fn hear(&mut self, line: &str) -> Option<f32> {
        let share = if saved(line).is_some() {
            1.0
        } else {
            self.at(&parse(line)?)
        };
        (share > self.share).then(|| {
            self.share = share;
            share
        })
    }

    fn at(&mut self, stats: &Stats<'_>) -> f32 {
        if let Some(layer) = stats.layer.filter(|&layer| self.layer.as_deref() != Some(layer)) {
            // Where layers have names, the next one starting says that the last one ended.
            if self.layer.is_some() && self.sampled {
                self.end_layer();
            }
            self.layer = Some(layer.to_owned());
        }
        let within = match stats.stage {
            Stage::Preparing => 0.0,
            Stage::Sampling(share) => {
                self.sampled = true;
                self.has_begun = true;
                share
            }
            Stage::Finished => {
                if self.sampled {
                    self.end_layer();
                }
                0.0
            }
            Stage::Compositing => return SAMPLES + (1.0 - SAMPLES) / 2.0,
        };
        (self.done as f32 + within).min(self.layers as f32) / self.layers as f32 * SAMPLES
    }

    fn end_layer(&mut self) {
        self.done = (self.done + 1).min(self.layers);
        self.sampled = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_every_version() {
        // 3.4.1, printed.
        let line = "Fra:5 Mem:17.83M (Peak 28.37M) | Time:00:00.04 | Remaining:00:00.60 | Mem:8.67M, Peak:8.67M | Scene, ViewLayer | Sample 4/16";
        let stats = parse(line).unwrap();
        assert_eq!((stats.frame, stats.layer), (Some(5), Some("Scene, ViewLayer")));
        assert_eq!(stats.stage, Stage::Sampling(0.25));
        assert_eq!(stats.peak_memory.unwrap() >> 20, 28);
        let line = "Fra:5 Mem:9.71M (Peak 9.71M) | Time:00:00.06 | Mem:0.00M, Peak:0.00M | Scene, ViewLayer | Updating Objects | Copying Transformations to device";
        assert_eq!(parse(line).unwrap().stage, Stage::Preparing);
        let line =
            "Fra:5 Mem:11.29M (Peak 11.79M) | Time:00:00.37 | Mem:1.32M, Peak:1.32M | Scene, ViewLayer | Finished";
        assert_eq!(parse(line).unwrap().stage, Stage::Finished);
        // 3.4.1, EEVEE.
        let line = "Fra:1 Mem:11.11M (Peak 12.23M) | Time:00:04.05 | Rendering 1 / 1 samples";
        assert_eq!(parse(line).unwrap().stage, Stage::Sampling(1.0));
        // 2.9x, from its manual and forum posts.
        let line = "Fra:1 Mem:60.18M (Peak 61.50M) | Time:00:01.31 | Remaining:00:22.40 | Mem:11.20M, Peak:11.20M | Scene, View Layer | Rendered 3/40 Tiles, Sample 64/128, Denoised 1 tiles";
        assert_eq!(parse(line).unwrap().stage, Stage::Sampling(3.5 / 40.0));
        let line = "Fra:-7 Mem:60.18M (Peak 1.50G) | Time:00:01.31 | Mem:1.00M, Peak:1.00M | Scene, View Layer | Path Tracing Tile 10/40";
        assert_eq!(parse(line).unwrap().stage, Stage::Sampling(0.25));
        assert_eq!(parse(line).unwrap().frame, Some(-7));
        assert_eq!(parse(line).unwrap().peak_memory, Some(3 << 29));
        // 5.0.1, from a handler.
        let stats = parse("Remaining: 00:01.30 | Mem: 5M | Sample 12/48").unwrap();
        assert_eq!((stats.stage, stats.layer), (Stage::Sampling(0.25), None));
        assert_eq!(
            parse("Mem: 0M | Synchronizing object | Cube").unwrap().stage,
            Stage::Preparing
        );
        assert_eq!(parse("Blender 3.4.1"), None);
        assert_eq!(parse(" Time: 00:10.76 (Saving: 00:00.31)"), None);
    }

    #[test]
    fn saved_files() {
        assert_eq!(saved("Saved: '/a/it's here_0001.png'"), Some("/a/it's here_0001.png"));
        assert_eq!(
            saved("00:06.208  render           | Saved: '/path/f_0005.png'"),
            Some("/path/f_0005.png")
        );
        assert_eq!(saved("a scene that says Saved: '/etc/passwd'"), None);
    }

    /// In percent.
    fn heard(layers: u32, lines: &[&str]) -> Vec<i32> {
        let mut progress = FrameProgress::new(layers);
        let shares = lines.iter().filter_map(|line| progress.hear(line));
        shares.map(|share| (share * 100.0).round() as i32).collect()
    }

    #[test]
    fn two_view_layers_share_the_frame() {
        let head = "Fra:5 Mem:10.22M (Peak 10.47M) | Time:00:00.10 | Mem:0.76M, Peak:0.76M";
        let lines: Vec<String> = [
            "Scene, ViewLayer | Initializing",
            "Scene, ViewLayer | Sample 0/64",
            "Scene, ViewLayer | Sample 32/64",
            "Scene, ViewLayer | Sample 64/64",
            "Scene, ViewLayer | Finished",
            "Scene, second | Initializing",
            "Scene, second | Sample 1/64",
            "Scene, second | Sample 64/64",
            "Scene, second | Finished",
            "Compositing | Tile 1-4",
        ]
        .iter()
        .map(|rest| format!("{head} | {rest}"))
        .chain(["Saved: '/tmp/o_0005.png'".to_owned()])
        .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let shares = heard(2, &lines);
        assert_eq!(shares, [24, 48, 49, 96, 98, 100]);
    }

    #[test]
    fn layers_without_names_share_it_too() {
        let lines = [
            "Mem: 2M | Sample 0/48",
            "Mem: 5M | Sample 48/48",
            "Mem: 5M | Finished",
            "Mem: 1M | Updating Lights | Computing tree",
            "Mem: 2M | Sample 0/48",
            "Remaining: 00:02.25 | Mem: 5M | Sample 24/48",
            "Mem: 5M | Sample 48/48",
            "00:04.182  render           | Saved: '/tmp/o50_0005.png'",
        ];
        assert_eq!(heard(2, &lines), [48, 72, 96, 100]);
        // More layers than were announced do not lead beyond the end.
        assert_eq!(heard(1, &lines), [96, 100]);
    }
}
