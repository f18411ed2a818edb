//! One still that several workers render in pieces.

use crate::job::{Denoise, OutputFormat, PostJobRequest, SceneSummary};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use veriframe_core::{
    self as core, Engine, FrameSet,
    pieces::{self, Around, NoPieces, Still},
};

/// How the frame of a job is cut. A piece is a task of its own, and its `frame` is the number of the piece, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pieces {
    /// The frame of the scene.
    pub frame: i32,
    pub cut: Cut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Cut {
    /// Rectangles side by side, counted in rows from the top, each from the left; equal to within a pixel.
    Tiles { columns: u32, rows: u32 },
    /// Ranges of the `samples` samples of every pixel, equal to within a sample. Their average, weighted by their
    /// samples, is the picture.
    SampleRanges { pieces: u32, samples: u32 },
}

impl Pieces {
    /// `summary` is that of the job: the size of the whole picture.
    pub fn still(&self, summary: &SceneSummary) -> Still {
        Still {
            frame: self.frame,
            width: summary.width,
            height: summary.height,
            cut: self.cut.into(),
        }
    }
}

impl PostJobRequest {
    /// Whether the still can be rendered in the pieces that are asked for; whole frames always can. `units` are the
    /// frames of the request.
    pub fn check_pieces(&self, units: &FrameSet) -> Result<(), NoPieces> {
        let Some(pieces) = &self.render.pieces else {
            return Ok(());
        };
        pieces.still(&self.summary).check(Around {
            units,
            engine: &Engine::from_id(&self.requirements.engine),
            format: match self.render.format {
                OutputFormat::Png => core::OutputFormat::Png,
                OutputFormat::Exr => core::OutputFormat::Exr,
                OutputFormat::Jpeg => core::OutputFormat::Jpeg,
            },
            denoise: match self.render.denoise {
                Denoise::AsInFile => core::Denoise::AsInFile,
                Denoise::Off => core::Denoise::Off,
            },
            has_denoiser: self.requirements.denoiser.is_some(),
        })
    }
}

impl From<Cut> for pieces::Cut {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::Tiles { columns, rows } => Self::Tiles { columns, rows },
            Cut::SampleRanges { pieces, samples } => Self::SampleRanges { pieces, samples },
        }
    }
}

impl From<pieces::Cut> for Cut {
    fn from(cut: pieces::Cut) -> Self {
        match cut {
            pieces::Cut::Tiles { columns, rows } => Self::Tiles { columns, rows },
            pieces::Cut::SampleRanges { pieces, samples } => Self::SampleRanges { pieces, samples },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_is_this() {
        let pieces = Pieces {
            frame: -3,
            cut: Cut::SampleRanges {
                pieces: 4,
                samples: 256,
            },
        };
        let json = r#"{"frame":-3,"cut":{"sample_ranges":{"pieces":4,"samples":256}}}"#;
        assert_eq!(serde_json::to_string(&pieces).unwrap(), json);
        assert_eq!(serde_json::from_str::<Pieces>(json).unwrap(), pieces);
        let unknown = r#"{"frame":1,"cut":{"tiles":{"columns":2,"rows":2,"overlap":8}}}"#;
        assert!(serde_json::from_str::<Pieces>(unknown).is_err());
    }
}
