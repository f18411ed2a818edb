use super::{FrameCell, JobView, ProviderView, StatusView, WhenDoneView};
use serde::Serialize;
use specta::Type;

/// What the backend tells the window without being asked.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum AppEvent {
    /// Something about the list or one job changed; holds the new state of that job.
    Job(Box<JobView>),
    /// At most ten a second a job, newest state of each cell that changed.
    Frames {
        job: String,
        cells: Vec<FrameCell>,
    },
    Provider(Box<ProviderView>),
    Status(StatusView),
    /// Balance or history changed.
    Wallet,
    Earnings,
    /// A file hangs over the window; the names to show.
    DragEnter {
        names: Vec<String>,
    },
    DragLeave,
    /// A file was dropped, or came as program argument or by *open with*.
    OpenFile {
        path: String,
    },
    /// A short message to show: a job ended, something failed in the background.
    Notice {
        tone: String,
        title: String,
        detail: String,
        job: String,
    },
    /// It was chosen anew, or the minute before it began or was ended.
    WhenDone(WhenDoneView),
    /// Progress of one small frame before paying, 0 to 1.
    TestFrame {
        progress: f64,
    },
}
