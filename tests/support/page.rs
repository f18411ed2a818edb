//! The real window, driven by WebDriver. Things are found as a screen reader finds them: by role and name.

use crate::display::Display;
use crate::program::{Program, alone, window};
use crate::wait::{pause_after, seconds, until};
use crate::{output, root};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a page may take to show what an action leads to, when nothing is rendered for it.
pub const SOON: Duration = Duration::from_secs(20);
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Finds elements by ARIA role and accessible name, both as axe-core computes them.
const FIND: &str = r"
const [role, pattern] = arguments, name = new RegExp('^(?:' + pattern + ')$', 'u');
const { aria, text, dom } = axe.commons;
axe.setup(document.documentElement);
try {
  return [...document.querySelectorAll('*')].filter((e) =>
    role.split('|').includes(aria.getRole(e)) && dom.isVisibleToScreenReaders(e) && name.test(text.accessibleText(e).trim()));
} finally {
  axe.teardown();
}";

/// Names of everything of a role, for the message of a failed search.
const NAMES: &str = r"
const { aria, text, dom } = axe.commons;
axe.setup(document.documentElement);
try {
  return [...document.querySelectorAll('*')].filter((e) => arguments[0].split('|').includes(aria.getRole(e)) && dom.isVisibleToScreenReaders(e))
    .map((e) => text.accessibleText(e).trim());
} finally {
  axe.teardown();
}";

const AXE: &str = r"
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ['violations'] }).then(
  ({ violations }) => done(violations.map((v) => v.id + ': ' + v.help + '\n' + v.nodes.map((n) => '    ' + n.html + '\n    ' + n.failureSummary).join('\n'))),
  (error) => done(['axe failed: ' + error]));";

pub struct Page<'a> {
    display: &'a Display,
    pub client: Client,
    driver: Program,
    home: PathBuf,
}

impl<'a> Page<'a> {
    /// Opens the app on `home`.
    pub async fn open(display: &'a Display, home: &Path, arguments: &[&str]) -> Self {
        Self::open_with(display, home, arguments, &[]).await
    }

    /// Opens the app on `home`, with more in its environment.
    pub async fn open_with(display: &'a Display, home: &Path, arguments: &[&str], around: &[(&str, &str)]) -> Self {
        let port = free_port();
        // WebKit's own driver: the window is told by the variable that it may be driven.
        let mut driver = display.command("WebKitWebDriver");
        driver.arg(format!("--port={port}"));
        driver
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("VERIFRAME_HOME", home)
            .env("HOME", home)
            .env("LOG_LEVEL", "info");
        alone(&mut driver);
        driver.envs(around.iter().copied());
        let mut driver = Program::start("webdriver", driver);
        let wanted = json!({ "webkitgtk:browserOptions": { "binary": window(), "args": arguments } });
        let Value::Object(wanted) = wanted else {
            unreachable!("an object was written")
        };
        let client = until("a WebDriver session", seconds(60), async || {
            assert!(driver.ended().is_none(), "WebKitWebDriver ended\n{}", driver.tail());
            let connector = hyper_util::client::legacy::connect::HttpConnector::new();
            let mut session = ClientBuilder::new(connector);
            session
                .capabilities(wanted.clone())
                .connect(&format!("http://127.0.0.1:{port}"))
                .await
                .ok()
        })
        .await;
        let page = Self {
            display,
            client,
            driver,
            home: home.to_owned(),
        };
        page.see("Create").await;
        page
    }

    /// Ends the app as closing the session does.
    pub async fn close(self) {
        self.client.close().await.expect("the session closes");
    }

    async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.bring_axe().await;
        self.client
            .execute(script, arguments)
            .await
            .unwrap_or_else(|error| panic!("{error}\n{script}"))
    }

    async fn bring_axe(&self) {
        let is_here = self.client.execute("return 'axe' in window", Vec::new()).await;
        if is_here.expect("scripts run") == json!(false) {
            let path = root().join("ui/node_modules/axe-core/axe.min.js");
            let axe = std::fs::read_to_string(path).expect("axe-core is installed in ui/");
            self.client.execute(&axe, Vec::new()).await.expect("axe-core loads");
        }
    }

    /// Everything with this role whose name matches the whole pattern (a JavaScript regular expression).
    pub async fn all(&self, role: &str, name: &str) -> Vec<Element> {
        let found = self.script(FIND, vec![json!(role), json!(name)]).await;
        let ids = found
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|element| element[ELEMENT].as_str());
        ids.map(|id| Element::from_element_id(self.client.clone(), id.to_owned().into()))
            .collect()
    }

    /// Waits for the first of [`Page::all`].
    pub async fn find(&self, role: &str, name: &str) -> Element {
        self.find_within(role, name, SOON).await
    }

    pub async fn find_within(&self, role: &str, name: &str, at_most: Duration) -> Element {
        let started = std::time::Instant::now();
        loop {
            let began = std::time::Instant::now();
            if let Some(first) = self.all(role, name).await.into_iter().next() {
                return first;
            }
            let pause = pause_after(began.elapsed());
            if started.elapsed() > at_most {
                let names = self.script(NAMES, vec![json!(role)]).await;
                self.photograph("failure").await;
                panic!(
                    "no {role} “{name}” in {} s; there are: {names}\n{}",
                    at_most.as_secs(),
                    self.text().await
                );
            }
            tokio::time::sleep(pause).await;
        }
    }

    pub async fn click(&self, role: &str, name: &str) {
        // The page may draw the element anew between finding and clicking it.
        let started = std::time::Instant::now();
        loop {
            match self.find(role, name).await.click().await {
                Ok(()) => return,
                Err(error) if started.elapsed() > SOON => panic!("{role} “{name}” cannot be clicked: {error}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// Replaces what stands in a text field.
    pub async fn fill(&self, name: &str, value: &str) {
        let field = self.find("textbox|spinbutton|searchbox", name).await;
        // A lone `clear` does not tell a page that listens for keys.
        field.send_keys("\u{E009}a\u{E000}").await.expect("select all");
        field.send_keys(value).await.expect("type");
        let typed = field.prop("value").await.expect("a value").unwrap_or_default();
        assert_eq!(typed, value, "what stands in “{name}”");
    }

    /// All text that can be read.
    pub async fn text(&self) -> String {
        let text = self
            .client
            .execute("return document.body?.innerText ?? ''", Vec::new())
            .await;
        text.expect("the page has a text")
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Waits until the page says `words`.
    pub async fn see(&self, words: &str) {
        self.see_within(words, SOON).await;
    }

    pub async fn see_within(&self, words: &str, at_most: Duration) {
        let started = std::time::Instant::now();
        loop {
            let began = std::time::Instant::now();
            let text = self.text().await;
            if text.contains(words) {
                return;
            }
            let pause = pause_after(began.elapsed());
            if started.elapsed() > at_most {
                self.photograph("failure").await;
                panic!(
                    "“{words}” does not appear in {} s:\n{text}\n{}",
                    at_most.as_secs(),
                    self.driver.tail()
                );
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Presses a key on whatever has the focus, by its name: `Tab`, `Enter`, `Escape`, `End`, `ArrowRight`.
    pub async fn press(&self, key: &str) {
        let code = match key {
            "Tab" => "\u{E004}",
            "Enter" => "\u{E007}",
            "Escape" => "\u{E00C}",
            "Space" => " ",
            "End" => "\u{E010}",
            "ArrowLeft" => "\u{E012}",
            "ArrowUp" => "\u{E013}",
            "ArrowRight" => "\u{E014}",
            "ArrowDown" => "\u{E015}",
            other => other,
        };
        // What has the focus may be replaced between the question and the key.
        until("a key is pressed", SOON, async || {
            let focus = self.client.active_element().await.ok()?;
            focus.send_keys(code).await.ok()
        })
        .await;
    }

    /// Presses the key again and again until such a thing is there: a button may not be ready for the first time.
    ///
    /// # Panics
    /// When it does not come, with what the page shows instead.
    pub async fn press_until(&self, key: &str, role: &str, name: &str, at_most: Duration) {
        let started = std::time::Instant::now();
        loop {
            let looked = std::time::Instant::now();
            self.press(key).await;
            if !self.all(role, name).await.is_empty() {
                return;
            }
            if started.elapsed() > at_most {
                self.photograph("failure").await;
                let focus = self.client.active_element().await.ok();
                let focus = match focus {
                    Some(element) => element.html(false).await.unwrap_or_default(),
                    None => String::new(),
                };
                panic!(
                    "no {role} “{name}” after {key}; the focus is on {focus}:\n{}",
                    self.text().await
                );
            }
            tokio::time::sleep(pause_after(looked.elapsed())).await;
        }
    }

    /// Moves the focus with Tab alone to the element with this role and name.
    ///
    /// It is looked for again at each step: a list may replace it meanwhile, as when a draft becomes a posted job.
    pub async fn tab_to(&self, role: &str, name: &str) {
        self.find(role, name).await;
        for _ in 0..150 {
            let focus = self.client.active_element().await.ok();
            let focus = focus.map(|element| element.element_id());
            let wanted = self.all(role, name).await;
            if wanted.first().is_some_and(|first| Some(first.element_id()) == focus) {
                return;
            }
            self.press("Tab").await;
        }
        panic!("Tab never reaches {role} “{name}”");
    }

    /// Gives the page exactly this many pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        let inner = async || {
            let size = self
                .client
                .execute("return [innerWidth, innerHeight]", Vec::new())
                .await
                .expect("a size");
            (
                size[0].as_u64().unwrap_or_default(),
                size[1].as_u64().unwrap_or_default(),
            )
        };
        self.client
            .set_window_rect(0, 0, width, height)
            .await
            .expect("the window can be sized");
        let wanted = (u64::from(width), u64::from(height));
        let asked = std::time::Instant::now();
        while inner().await != wanted {
            // What was sized may have been the window with its frame: ask for the difference on top.
            let (w, h) = inner().await;
            let more =
                |wanted: u64, have: u64, asked: u32| asked + u32::try_from(wanted.saturating_sub(have)).unwrap_or(0);
            if asked.elapsed() > seconds(2) {
                let (width, height) = (more(wanted.0, w, width), more(wanted.1, h, height));
                self.client
                    .set_window_rect(0, 0, width, height)
                    .await
                    .expect("the window can be sized");
            }
            assert!(
                asked.elapsed() < seconds(10),
                "asked for {wanted:?}, the page has {:?}",
                inner().await
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Keeps a picture of the page in `tests/output/screens`.
    pub async fn photograph(&self, name: &str) -> PathBuf {
        let path = output("screens").join(format!("{name}.png"));
        let mut camera = self.display.plain_command("/usr/bin/python3");
        camera
            .arg(root().join("tests/e2e/photograph.py"))
            .arg(self.x_window().await)
            .arg(&path);
        let answer = camera.output().await.expect("Python is here");
        assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
        path
    }

    pub async fn theme(&self, theme: &str) {
        let script = "document.documentElement.dataset.theme = arguments[0]";
        self.client
            .execute(script, vec![json!(theme)])
            .await
            .expect("the theme changes");
    }

    /// The number by which the X server knows the window: the largest of that name, because toolkits keep
    /// invisible ones of a single pixel.
    async fn x_window(&self) -> String {
        until("the window is on the screen", SOON, async || {
            let mut search = self.display.plain_command("xdotool");
            search.args([
                "search",
                "--onlyvisible",
                "--name",
                "VeriFrame",
                "getwindowgeometry",
                "--shell",
                "%@",
            ]);
            let text = String::from_utf8(search.output().await.ok()?.stdout).ok()?;
            let mut largest = None;
            for part in text.split("WINDOW=").skip(1) {
                let value = |name: &str| -> Option<u32> {
                    part.lines()
                        .find_map(|line| line.strip_prefix(name))?
                        .strip_prefix('=')?
                        .parse()
                        .ok()
                };
                let area = value("WIDTH")? * value("HEIGHT")?;
                largest = largest.max(Some((area, part.lines().next()?.to_owned())));
            }
            largest.filter(|(area, _)| *area > 10_000).map(|(_, id)| id)
        })
        .await
    }

    /// The point of the screen that is this far into the page.
    pub async fn on_screen(&self, x: i32, y: i32) -> (i32, i32) {
        let mut where_is = self.display.plain_command("xdotool");
        let answer = where_is
            .args(["getwindowgeometry", "--shell", &self.x_window().await])
            .output()
            .await;
        let text = String::from_utf8(answer.expect("xdotool is here").stdout).expect("a text");
        let value = |name: &str| -> i32 {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.and_then(|value| value.parse().ok())
                .unwrap_or_else(|| panic!("no {name} in {text}"))
        };
        (value("X") + x, value("Y") + y)
    }

    /// Waits until fonts and pictures are there and nothing moves. A picture that the page takes away while it is waited
    /// for never comes: so not for longer than five seconds.
    pub async fn settle(&self) {
        let script = "const done = arguments[0];
            const pictures = [...document.images].map((i) => i.complete ? null : new Promise((r) => { i.onload = i.onerror = r; }));
            const moving = document.getAnimations().map((a) => a.effect?.getComputedTiming().iterations === Infinity ? null : a.finished.catch(() => null));
            const late = new Promise((r) => setTimeout(r, 5000));
            Promise.race([late, Promise.all([document.fonts.ready, ...pictures, ...moving])])
              .then(() => requestAnimationFrame(() => requestAnimationFrame(() => done(null))));";
        self.client
            .execute_async(script, Vec::new())
            .await
            .expect("the page settles");
    }

    /// What sticks out of the window to the right, which nobody can reach.
    pub async fn overflow(&self) -> Vec<String> {
        let script = "const wide = document.documentElement.scrollWidth;
            return wide > innerWidth ? ['the page is ' + wide + ' wide in ' + innerWidth] : [];";
        let found = self.client.execute(script, Vec::new()).await.expect("widths");
        found
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| Some(one.as_str()?.to_owned()))
            .collect()
    }

    /// `kill -9` of the app, and the end of the session that drove it.
    pub async fn kill_app(mut self) {
        let apps = crate::processes::that_use(&self.home);
        let app = apps.iter().find(|(_, name)| name.starts_with("veriframe-deskt"));
        let (id, _) = app.unwrap_or_else(|| panic!("the app is not among {apps:?}"));
        let killed = std::process::Command::new("kill")
            .args(["-s", "KILL", &id.to_string()])
            .status();
        assert!(killed.is_ok_and(|status| status.success()), "the app can be killed");
        self.driver.kill().await;
    }

    /// What axe-core finds wrong with the page as it stands.
    pub async fn violations(&self) -> Vec<String> {
        self.bring_axe().await;
        let found = self.client.execute_async(AXE, Vec::new()).await.expect("axe runs");
        found
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| Some(one.as_str()?.to_owned()))
            .collect()
    }

    /// What the page reported as an error of its own: exceptions, console errors, refusals of the security policy.
    pub fn reported_errors(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.home.join("logs/desktop.log")).unwrap_or_default();
        log.lines()
            .filter(|line| line.contains("the page reports"))
            .map(str::to_owned)
            .collect()
    }

    /// The end of what the app and the driver wrote.
    pub fn tail(&self) -> String {
        self.driver.tail()
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}
