//! What every page must look like and never break: pictures in all sizes and both themes, and axe-core's opinion.

use veriframe_tests::page::Page;

const SIZES: [(u32, u32); 3] = [(900, 600), (1280, 800), (2560, 1440)];
const THEMES: [&str; 2] = ["dark", "light"];
const PAGES: [&str; 6] = ["Create", "Jobs", "Provide", "Earnings", "Wallet", "Settings"];

/// Visits every page by its link.
pub async fn look_at_everything(page: &Page<'_>, when: &str) {
    for name in PAGES {
        page.click("link", name).await;
        page.find("link", name).await;
        look_at(page, &format!("{when}-{}", name.to_lowercase())).await;
    }
}

/// Photographs the page as it stands in every size and theme, and checks it.
///
/// # Panics
/// When axe-core finds anything, or something is wider than the window.
pub async fn look_at(page: &Page<'_>, name: &str) {
    for theme in THEMES {
        page.theme(theme).await;
        for (width, height) in SIZES {
            page.resize(width, height).await;
            page.settle().await;
            page.photograph(&format!("{name}-{theme}-{width}x{height}")).await;
            assert_eq!(
                page.overflow().await,
                Vec::<String>::new(),
                "{name} at {width}x{height}"
            );
        }
        page.resize(1280, 800).await;
        let violations = page.violations().await;
        assert!(
            violations.is_empty(),
            "axe-core on {name}, {theme}:\n{}",
            violations.join("\n")
        );
    }
    page.theme("dark").await;
}
