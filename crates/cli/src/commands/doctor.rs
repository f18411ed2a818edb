use super::session;
use crate::{
    args::Doctor,
    exit::{Exit, Failure},
    output,
};
use veriframe_app::{Home, settings, view::DoctorLevel};

pub async fn run(home: Home, args: Doctor) -> Result<(), Failure> {
    let report = session::with(home, args.network, async |ctx| Ok(settings::doctor(ctx).await?)).await?;
    if args.output.json {
        output::json(&report)?;
    } else {
        for check in &report.checks {
            let sign = match check.level {
                DoctorLevel::Ok => "ok     ",
                DoctorLevel::Warning => "warning",
                DoctorLevel::Bad => "bad    ",
            };
            output::line(&format!("{sign}  {}: {}", check.name, check.detail))?;
            if !check.advice.is_empty() {
                output::line(&format!("         {}", check.advice))?;
            }
        }
    }
    let bad: Vec<&str> = report
        .checks
        .iter()
        .filter(|check| check.level == DoctorLevel::Bad)
        .map(|check| check.name.as_str())
        .collect();
    if bad.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Failed,
        "internal",
        format!("Not everything is well: {}.", bad.join(", ")),
        "",
    ))
}
