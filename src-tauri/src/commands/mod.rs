//! One file a topic. A command takes what the window sent, calls one use case, and answers.

pub mod app;
pub mod create;
pub mod earnings;
pub mod jobs;
pub mod prices;
pub mod provide;
pub mod settings;
pub mod settlement;
pub mod wallet;

use crate::backend::Backend;
use veriframe_app::view::CommandError;

type Answer<T> = Result<T, CommandError>;
type State<'a> = tauri::State<'a, Backend>;
