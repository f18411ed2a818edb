//! An address to be photographed.

use crate::view::QrView;
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write as _;

/// Modules of white around it. (ISO/IEC 18004, section 6.3.8)
const QUIET: i32 = 4;

/// `None` for a text that is too long for any.
pub(super) fn draw(text: &str) -> Option<QrView> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    Some(QrView {
        size: u32::try_from(code.size() + 2 * QUIET).ok()?,
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_drawn_with_its_quiet_zone() {
        let qr = draw(&format!("0x{}", "04a1".repeat(16))).unwrap();
        // Version 5 has 37 modules a side.
        assert_eq!(qr.size, 37 + 8);
        assert!(qr.path.starts_with("M4 4h1v1h-1z"), "a finder pattern is at the corner");
        assert!(draw(&"x".repeat(5000)).is_none());
    }
}
