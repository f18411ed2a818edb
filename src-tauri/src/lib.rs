//! The shell: the only code that names Tauri, and the composition root of the desktop app.
//!
//! Invariants: state is built once, here, and handed down; a command converts, calls one use case of `veriframe_app`
//! and converts; nothing in `shell` knows what a job is. The window is shown before the coordinator is up: commands
//! wait for it in [`backend::Backend::context`].

mod backend;
mod bindings;
mod commands;
mod shell;

use anyhow::Context as _;
use backend::Backend;
use std::time::Instant;
use tauri::Manager;
use veriframe_app::Home;
use veriframe_cli::logging::{self, Log};

/// Opens the window and returns when the app ends.
///
/// # Errors
/// Without a folder for the data, or without a display.
pub fn run() -> anyhow::Result<()> {
    let started = Instant::now();
    shell::environment::prepare()?;
    let home = Home::of_this_user()?;
    home.create()?;
    let log = Log {
        // The window has no terminal that it could write to.
        to_stderr: false,
        ..Log::chosen(|name| std::env::var(name).ok())
    };
    logging::start(&home, "desktop", &log).context("the log cannot be written")?;

    let bindings = bindings::builder();
    let asked_to_open = shell::open::scene_in(std::env::args().skip(1), &std::env::current_dir().unwrap_or_default());
    let state = home.clone();
    tauri::Builder::default()
        .plugin(shell::open::single_instance(&home))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_opener::init())
        .plugin(shell::window::remember_place(&home))
        .register_asynchronous_uri_scheme_protocol("frame", shell::pictures::answer)
        .invoke_handler(bindings.invoke_handler())
        .on_window_event(shell::window::on_event)
        .setup(move |app| {
            app.manage(shell::exit::Closed::default());
            app.manage(Backend::start(app.handle(), home, started, asked_to_open));
            shell::window::open(app, &state)?;
            shell::tray::show(app.handle());
            shell::update::start(app.handle())?;
            Ok(())
        })
        .build(tauri::generate_context!("tauri.conf.json"))?
        .run(shell::exit::on_event);
    Ok(())
}
