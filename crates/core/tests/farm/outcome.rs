//! What came of it.

pub struct Outcome {
    pub makespan: f64,
    pub completion: Vec<f64>,
    /// From arrival to the first frame that somebody took.
    pub waits: Vec<f64>,
    pub unfinished: usize,
    pub copies: u32,
    pub copies_won: u32,
    pub rendered: f64,
    pub deadlines_met: usize,
}

impl Outcome {
    pub fn mean_completion(&self) -> f64 {
        self.completion.iter().sum::<f64>() / self.completion.len() as f64
    }

    pub fn longest_wait(&self) -> f64 {
        self.waits.iter().copied().fold(0.0, f64::max)
    }
}
