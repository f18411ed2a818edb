//! What a person may change, with its defaults; one owner for all of it.

mod doctor;
mod report;
mod stored;

pub use doctor::doctor;
pub(crate) use stored::{load_value, save_value};

use crate::{
    Context, Home,
    db::{Db, DbError},
    provide, status, store,
    view::{CommandError, KuboChoice, SettingsView, ThemeChoice},
};
use std::{path::Path, sync::Arc};
use veriframe_core::Amount;

/// Gateways that answer with verifiable blocks, kept by the IPFS Foundation.
const GATEWAYS: [&str; 2] = ["https://trustless-gateway.link", "https://ipfs.io"];
/// More than anybody needs; each is asked in turn when something is found nowhere.
const GATEWAYS_AT_MOST: usize = 20;
/// More watts than any one computer draws from a socket.
const WATTS_AT_MOST: u32 = 20_000;

/// The settings of somebody who never changed any.
pub fn defaults() -> SettingsView {
    SettingsView {
        theme: ThemeChoice::System,
        coordinator_url: String::new(),
        starknet_node: String::new(),
        blender_paths: Vec::new(),
        save_folder: String::new(),
        notify_job_ended: true,
        notify_payout: false,
        provide_on_start: false,
        allow_unsandboxed: false,
        power_watts: 0,
        electricity_price: String::new(),
        encrypt_scenes: true,
        kubo: KuboChoice::Automatic,
        kubo_url: String::new(),
        coordinator_store: true,
        gateways: GATEWAYS.map(str::to_owned).to_vec(),
        pinning: Vec::new(),
        cache_limit_mb: 0,
    }
}

/// All settings with their present values.
pub async fn settings(ctx: &Arc<Context>) -> Result<SettingsView, CommandError> {
    present(ctx).await
}

pub(crate) async fn present(ctx: &Context) -> Result<SettingsView, CommandError> {
    Ok(ctx.db.call(|conn| stored::load(conn, &defaults())).await?)
}

/// Checks and keeps the settings; answers with what is now in force. A new coordinator counts from the next start.
pub async fn save_settings(ctx: &Arc<Context>, settings: SettingsView) -> Result<SettingsView, CommandError> {
    let before = self::settings(ctx).await?;
    let settings = checked(settings)?;
    let kept = settings.clone();
    ctx.db.call(move |conn| stored::save(conn, &kept, &defaults())).await?;
    if before.blender_paths != settings.blender_paths {
        provide::rescan_blenders(ctx).await?;
    } else if before.allow_unsandboxed != settings.allow_unsandboxed {
        ctx.provider.settings_changed();
    }
    store::apply(ctx).await?;
    status::tell(ctx).await;
    Ok(settings)
}

/// The coordinator that was chosen in Settings, for the composition root that opens the home: `None` for the one in
/// this app. Blocks.
pub fn chosen_coordinator(home: &Home) -> Option<String> {
    if !home.database().exists() {
        return None;
    }
    let db = Db::open(&home.database()).ok()?;
    let settings = db.call_blocking(|conn| stored::load(conn, &defaults())).ok()?;
    Some(settings.coordinator_url).filter(|url| !url.is_empty())
}

/// For a home that is being opened. Blocks.
pub(crate) fn stored_or_defaults(db: &Db) -> Result<SettingsView, DbError> {
    db.call_blocking(|conn| stored::load(conn, &defaults()))
}

/// Bytes that the store of a home may take, as they were chosen; `None`: as much as the disk holds. Blocks.
pub fn chosen_limit(home: &Home) -> Option<u64> {
    let db = home.database().exists().then(|| Db::open(&home.database()).ok())??;
    crate::store::limit(&stored_or_defaults(&db).ok()?)
}

fn checked(mut settings: SettingsView) -> Result<SettingsView, CommandError> {
    let refuse = |message: String, hint: &str| Err(CommandError::new("invalid_settings", message, hint));
    settings.coordinator_url = settings.coordinator_url.trim().trim_end_matches('/').to_owned();
    let url = &settings.coordinator_url;
    if !url.is_empty() && !is_web_address(url) {
        return refuse(
            format!("“{url}” is not the address of a coordinator."),
            "Write it like https://render.example.org, or leave it empty for the coordinator in this app.",
        );
    }
    settings.starknet_node = settings.starknet_node.trim().to_owned();
    if !settings.starknet_node.is_empty() && !is_web_address(&settings.starknet_node) {
        return refuse(
            "That is not the address of a Starknet node.".to_owned(),
            "Write it like https://node.example.org/rpc, or leave it empty to use credits.",
        );
    }
    settings.blender_paths.retain(|path| !path.trim().is_empty());
    if let Some(path) = settings.blender_paths.iter().find(|path| !Path::new(path).exists()) {
        return refuse(
            format!("There is no file {path}."),
            "Choose the Blender program itself, or the folder it is in.",
        );
    }
    let folder = &settings.save_folder;
    if !folder.is_empty() && !Path::new(folder).is_absolute() {
        return refuse(
            format!("“{folder}” is not a full path."),
            "Choose a folder, or leave it empty for Pictures/VeriFrame.",
        );
    }
    if settings.power_watts > WATTS_AT_MOST {
        return refuse(
            format!("{} watts are more than a computer draws.", settings.power_watts),
            "Give what it draws while rendering, or 0 when you do not know.",
        );
    }
    check_stores(&mut settings)?;
    settings.electricity_price = settings.electricity_price.trim().replace(',', ".");
    let price = &settings.electricity_price;
    if !price.is_empty() && Amount::parse_credits(price).is_err() {
        return refuse(
            format!("“{price}” is not a price."),
            "Give the price of a kilowatt hour, such as 0.30, or leave it empty.",
        );
    }
    Ok(settings)
}

fn check_stores(settings: &mut SettingsView) -> Result<(), CommandError> {
    let tidy = |url: &mut String| *url = url.trim().trim_end_matches('/').to_owned();
    tidy(&mut settings.kubo_url);
    settings.gateways.iter_mut().for_each(tidy);
    settings.gateways.retain(|url| !url.is_empty());
    for service in &mut settings.pinning {
        tidy(&mut service.url);
        service.name = service.name.trim().to_owned();
    }
    let kubo = Some(&settings.kubo_url).filter(|url| !url.is_empty());
    let services = settings.pinning.iter().map(|service| &service.url);
    if let Some(url) = kubo
        .into_iter()
        .chain(&settings.gateways)
        .chain(services)
        .find(|url| !is_web_address(url))
    {
        return Err(CommandError::new(
            "invalid_settings",
            format!("“{url}” is not the address of a store."),
            "Write it like https://gateway.example.org.",
        ));
    }
    let mut services: Vec<&str> = settings.pinning.iter().map(|service| service.url.as_str()).collect();
    services.sort_unstable();
    if let Some([one, _]) = services.array_windows().find(|[one, two]| one == two) {
        return Err(CommandError::new(
            "invalid_settings",
            format!("There are two pinning services at {one}."),
            "A service is known by its address: remove one of them.",
        ));
    }
    if settings.gateways.len() > GATEWAYS_AT_MOST || settings.pinning.len() > GATEWAYS_AT_MOST {
        return Err(CommandError::new(
            "invalid_settings",
            format!("More than {GATEWAYS_AT_MOST} are too many."),
            "Each is asked in turn; keep the fastest.",
        ));
    }
    Ok(())
}

fn is_web_address(text: &str) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_pass_their_own_checks() {
        assert_eq!(checked(defaults()).unwrap(), defaults());
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let with = |change: fn(&mut SettingsView)| {
            let mut settings = defaults();
            change(&mut settings);
            checked(settings)
        };
        assert!(with(|s| s.coordinator_url = "127.0.0.1:1".into()).is_err());
        assert!(with(|s| s.save_folder = "Pictures".into()).is_err());
        assert!(with(|s| s.electricity_price = "cheap".into()).is_err());
        assert!(with(|s| s.power_watts = 1_000_000).is_err());
        assert!(with(|s| s.blender_paths = vec!["/no/such/blender".into()]).is_err());
        let tidy = with(|s| {
            s.coordinator_url = " https://x.example/ ".into();
            s.electricity_price = "0,30".into();
        })
        .unwrap();
        assert_eq!(
            (tidy.coordinator_url.as_str(), tidy.electricity_price.as_str()),
            ("https://x.example", "0.30")
        );
    }
}
