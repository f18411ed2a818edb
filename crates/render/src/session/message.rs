use super::{RenderError, SessionOptions, SessionSettings};
use serde::{Deserialize, Serialize};
use std::path::Path;
use veriframe_core::{
    Denoise,
    pieces::{Cut, Piece, Still},
};

/// The first line that the guard script reads: everything it must set.
#[derive(Serialize)]
pub(super) struct SetUp<'a> {
    pub marker: &'a str,
    /// The file to open, and where frames go, as Blender sees them.
    pub open: &'a Path,
    pub out_dir: &'a Path,
    pub format: &'static str,
    pub percent: Option<u16>,
    pub samples: Option<u32>,
    pub denoise_off: bool,
    pub scene: Option<&'a str>,
    pub threads: Option<u32>,
    pub device_kind: &'static str,
    pub device_ids: Vec<&'a str>,
    pub confined: bool,
    /// Pixels of the whole picture, width and height, when pieces of it are rendered.
    pub still: Option<[u32; 2]>,
    /// The pieces are ranges of samples.
    pub ranges: bool,
}

impl<'a> SetUp<'a> {
    pub(super) fn new(
        options: &'a SessionOptions,
        marker: &'a str,
        open: &'a Path,
        out_dir: &'a Path,
        confined: bool,
    ) -> Self {
        let SessionSettings {
            percent,
            samples,
            format,
            denoise,
            scene,
            still,
        } = &options.settings;
        // Blender renders on one kind at a time; the first graphics card decides.
        let kind = options
            .devices
            .iter()
            .map(|device| device.kind)
            .find(|kind| kind.is_gpu());
        Self {
            marker,
            open,
            out_dir,
            format: format.blender_name(),
            percent: *percent,
            samples: *samples,
            denoise_off: *denoise == Denoise::Off,
            scene: scene.as_deref(),
            threads: options.threads,
            device_kind: kind.map_or("CPU", crate::DeviceKind::blender_name),
            device_ids: options
                .devices
                .iter()
                .filter(|device| Some(device.kind) == kind)
                .map(|device| device.id.as_str())
                .collect(),
            confined,
            still: still.map(|still| [still.width, still.height]),
            ranges: still.is_some_and(|still| matches!(still.cut, Cut::SampleRanges { .. })),
        }
    }
}

/// An order to render one frame, or a piece of it.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct RenderOrder {
    pub frame: i32,
    /// Pixels from the left and from the top, then width and height.
    pub tile: Option<[u32; 4]>,
    /// The first sample, how many, and how many the whole picture has.
    pub samples: Option<[u32; 3]>,
}

impl RenderOrder {
    /// `number` is that of a frame, or of a piece of `still`. `None` when the still has no such piece.
    pub(super) fn new(number: i32, still: Option<&Still>) -> Option<Self> {
        let Some(still) = still else {
            return Some(Self {
                frame: number,
                tile: None,
                samples: None,
            });
        };
        let (tile, samples) = match (still.piece(number)?, still.cut) {
            (Piece::Tile(tile), _) => (Some([tile.left, tile.top, tile.width, tile.height]), None),
            (Piece::Samples(range), Cut::SampleRanges { samples, .. }) => {
                (None, Some([range.first, range.count, samples]))
            }
            (Piece::Samples(_), Cut::Tiles { .. }) => return None,
        };
        Some(Self {
            frame: still.frame,
            tile,
            samples,
        })
    }
}

/// What the guard script says.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Message {
    Ready {
        /// Blender's identifier.
        engine: String,
        /// View layers that are rendered one after the other.
        layers: u32,
    },
    Refused {
        code: RefusalCode,
        detail: String,
    },
    Stats {
        text: String,
    },
    Rendered {
        frame: i32,
        file: String,
    },
    Failed {
        frame: i32,
        code: FailureCode,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RefusalCode {
    NoSuchScene,
    NoCamera,
    MissingDenoiser,
    DeviceUnavailable,
    Unsupported,
    Unreadable,
    /// The script itself failed.
    Guard,
}

impl RefusalCode {
    pub(super) fn into_error(self, detail: String, log_tail: impl FnOnce() -> String) -> RenderError {
        match self {
            Self::NoSuchScene => RenderError::NoSuchScene(detail),
            Self::NoCamera => RenderError::NoCamera,
            Self::MissingDenoiser => RenderError::MissingDenoiser { denoiser: detail },
            Self::DeviceUnavailable => RenderError::DeviceUnavailable(detail),
            Self::Unsupported => RenderError::Unsupported(detail),
            Self::Unreadable => RenderError::SceneUnreadable { reason: detail },
            Self::Guard => RenderError::BlenderDied {
                log_tail: format!("{}\n{detail}", log_tail()),
            },
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FailureCode {
    NoCamera,
    Blender,
}

/// The message in a line of Blender's output, if the line carries the marker of this session. The marker need not be at the
/// start: Blender may just have been in the middle of a line of its own.
pub(super) fn message_in(line: &str, marker: &str) -> Option<Message> {
    let (_, message) = line.split_once(marker)?;
    serde_json::from_str(message).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_marker_of_this_session_counts() {
        let said = r#"{"event": "rendered", "frame": -3, "file": "frame_-0003.png"}"#;
        let message = Message::Rendered {
            frame: -3,
            file: "frame_-0003.png".into(),
        };
        assert_eq!(message_in(&format!("Fra:3 Memabc1{said}"), "abc1"), Some(message));
        assert_eq!(message_in(&format!("abc2{said}"), "abc1"), None);
        assert_eq!(message_in(said, "abc1"), None);
        assert_eq!(message_in("abc1{", "abc1"), None);
    }
}
