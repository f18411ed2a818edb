//! Every command, declared once. From this list come the handler and the TypeScript of the window.

use crate::commands::{app, create, earnings, jobs, prices, provide, settings, settlement, wallet};
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands};
use veriframe_app::view::AppEvent;

pub fn builder() -> Builder<tauri::Wry> {
    Builder::new()
        .error_handling(ErrorHandlingMode::Throw)
        .typ::<AppEvent>()
        .commands(collect_commands![
            app::status,
            app::startup_file,
            app::first_paint,
            app::report_page_error,
            app::open_folder,
            app::choose_scene_file,
            app::choose_file,
            app::choose_folder,
            create::inspect_scene,
            create::search_missing,
            create::estimate,
            create::render_test_frame,
            create::time_scene,
            create::check_packed,
            create::quote_job,
            create::post_job,
            create::recent_files,
            create::forget_recent,
            create::sample_scene,
            jobs::jobs,
            jobs::job,
            jobs::job_frames,
            jobs::frame,
            jobs::pause_job,
            jobs::resume_job,
            jobs::order_jobs,
            jobs::pause_all_jobs,
            jobs::resume_all_jobs,
            jobs::when_done,
            jobs::set_when_done,
            jobs::cancel_job,
            jobs::act_on_frames,
            jobs::save_frames,
            settlement::quote_on_chain,
            settlement::act_on_chain,
            provide::provider,
            provide::start_providing,
            provide::stop_providing,
            provide::snooze_providing,
            provide::consent_to_providing,
            provide::set_device,
            provide::set_limits,
            provide::rescan_blenders,
            provide::run_benchmark,
            earnings::earnings,
            earnings::export_earnings,
            wallet::wallet,
            wallet::ledger,
            wallet::ask_for_credits,
            wallet::transfer,
            wallet::back_up_key,
            wallet::chain_wallet,
            wallet::transactions,
            wallet::open_transaction,
            wallet::fund_wallet,
            wallet::quote_payment,
            wallet::make_payment,
            wallet::protect_key,
            wallet::unlock_wallet,
            wallet::lock_wallet,
            wallet::set_lock_minutes,
            wallet::import_key,
            prices::prices,
            settings::settings,
            settings::save_settings,
            settings::doctor,
            settings::storage,
            settings::clean_storage,
            settings::set_pinning_token,
            settings::forget_pinning_token,
            settings::test_pinning,
        ])
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// Where the window reads its types from, below the root of the project.
    const PATH: &str = "ui/src/lib/backend/bindings.ts";

    #[test]
    fn the_window_may_call_every_command_and_nothing_else() {
        let capability: serde_json::Value =
            serde_json::from_str(include_str!("../capabilities/main.json")).expect("JSON");
        let allowed = |prefix: &str| -> Vec<String> {
            let permissions = capability["permissions"].as_array().into_iter().flatten();
            let names = permissions.filter_map(|name| name.as_str()?.strip_prefix(prefix));
            names.map(|name| name.replace('-', "_")).collect()
        };
        let source = include_str!("bindings.rs")
            .split("#[cfg(test)]")
            .next()
            .expect("a first part");
        let mut declared: Vec<String> = source
            .lines()
            .filter_map(|line| Some(line.trim().strip_suffix(',')?.split_once("::")?.1.to_owned()))
            .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
            .collect();
        let mut commands = allowed("allow-");
        declared.sort();
        commands.sort();
        assert_eq!(commands, declared);
        assert_eq!(allowed("core:"), ["event:allow_listen", "event:allow_unlisten"]);
    }

    /// Writes the file anew when it is out of date, and fails, so that a commit never misses it.
    #[test]
    fn the_windows_types_are_up_to_date() {
        let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join(PATH);
        let folder = std::env::temp_dir().join(format!("veriframe-bindings-{}", std::process::id()));
        let fresh = folder.join("bindings.ts");
        super::builder()
            .export(specta_typescript::Typescript::default(), &fresh)
            .expect("the types can be written");
        let fresh_text = fs::read_to_string(&fresh).expect("just written");
        fs::remove_dir_all(&folder).expect("a folder of this test");
        let committed_text = fs::read_to_string(&committed).unwrap_or_default();
        if committed_text != fresh_text {
            fs::write(&committed, fresh_text).expect("the checkout is writable");
            panic!("{PATH} was out of date; it is written anew now: commit it");
        }
    }
}
