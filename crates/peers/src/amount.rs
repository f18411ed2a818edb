//! How much of what is large by number a run of the tests does.

/// `whole` when everything is asked for (`VERIFRAME_FULL`, which `./dev test full` sets), otherwise a fifth of it, at least one.
/// Chance is drawn anew each day, so that all of it is seen in time.
pub fn a_part_of(whole: u32) -> u32 {
    if std::env::var_os("VERIFRAME_FULL").is_some() {
        whole
    } else {
        whole.div_ceil(5)
    }
}
