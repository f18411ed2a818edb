use super::*;
use std::fs;
use veriframe_coordinator::{Rate, Settings};

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("coordinator.toml");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn refused(text: &str) -> String {
    let (_folder, path) = file(text);
    Config::read(Some(&path), |_| None).err().unwrap().to_string()
}

#[test]
fn the_example_is_what_the_program_understands() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/coordinator.example.toml");
    if std::env::var_os("UPDATE_EXAMPLE").is_some() {
        fs::write(&path, example()).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap();
    assert_eq!(
        kept,
        example(),
        "make it anew: UPDATE_EXAMPLE=1 cargo test -p veriframe-cli the_example"
    );
    // As it is, it changes nothing.
    let config = Config::read(Some(&path), |_| None).unwrap();
    let mut settings = Settings::new("folder");
    config.apply(&mut settings).unwrap();
    assert_eq!(format!("{settings:?}"), format!("{:?}", Settings::new("folder")));
    // With every line, it is still a good file.
    let all: String = kept
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let (_folder, path) = file(&all);
    let config = Config::read(Some(&path), |_| None).unwrap();
    for key in keys::all() {
        assert_eq!(config.from(key), From::File, "{}", key.path());
    }
    config.apply(&mut settings).unwrap();
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let (_folder, path) = file("version = 1\n[listen]\nport = 1\nhost = \"::1\"\n[leases]\nseconds = 20\n");
    let mut config = Config::read(Some(&path), |name| (name == "API_PORT").then(|| "2".to_owned())).unwrap();
    assert_eq!(config.listen().to_string(), "[::1]:2");
    config.set("API_PORT", &3);
    assert_eq!(config.listen().port(), 3);
    let mut settings = Settings::new("folder");
    config.apply(&mut settings).unwrap();
    assert_eq!(settings.lease_seconds, 20);
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_key() {
    for (text, said) in [
        (
            "version = 1\n[listen]\nprot = 1\n",
            "line 3: listen.prot is not a setting; [listen] has host, port",
        ),
        (
            "version = 1\n[listen]\nport = 70000\n",
            "line 3: listen.port is not a whole number, 0 to 65535",
        ),
        (
            "version = 1\n[listen]\nport = \"1\"\n",
            "line 3: listen.port is not a whole number",
        ),
        (
            "version = 1\n\n[lisen]\n",
            "line 3: lisen is not one of version, [listen]",
        ),
        ("version = 2\n", "line 1: the file needs the line version = 1"),
        (
            "version = 1\n[database]\nurl = \"mysql://me:secret@db\"\n",
            "line 3: database.url is not an address that begins with postgres://",
        ),
        ("version = 1\n[database]\nurl = \"secret\n", "line 3: this is not TOML"),
        (
            "version = 1\n[content]\ngateways = [1]\n",
            "line 3: content.gateways is not a list of texts",
        ),
        (
            "version = 1\n[operators]\naccounts = [\"me\"]\n",
            "line 3: operators.accounts is not a list of addresses of accounts",
        ),
        (
            "version = 1\n[browsers]\norigins = [\"https://farm.example/page\"]\n",
            "line 3: browsers.origins is not a list of origins",
        ),
        (
            "version = 1\n[limits]\ntrusted_proxies = [\"10.0.0.0/33\"]\n",
            "line 3: limits.trusted_proxies is not a list of networks",
        ),
        (
            "version = 1\n[limits]\naddress_reads = \"100\"\n",
            "line 3: limits.address_reads is not two whole numbers",
        ),
        (
            "version = 1\n[limits]\nanswer_seconds = 0\n",
            "line 3: limits.answer_seconds is not a number of seconds, 1 to 3600",
        ),
    ] {
        let error = refused(text);
        assert!(error.contains(said), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
    let error = Config::read(None, |name| (name == "DATABASE_URL").then(|| "me:secret@db".to_owned()));
    let error = error.err().unwrap().to_string();
    assert!(
        error.starts_with("the variable DATABASE_URL is not an address"),
        "{error}"
    );
    assert!(!error.contains("secret"));
    assert!(matches!(
        Config::read(Some(Path::new("nowhere.toml")), |_| None),
        Err(ConfigError::Read { .. })
    ));
}

#[test]
fn every_key_and_variable_is_there_once() {
    let mut variables: Vec<&str> = keys::all().map(|key| key.variable).collect();
    let mut paths: Vec<String> = keys::all().map(Key::path).collect();
    for names in [
        &mut variables.iter().map(ToString::to_string).collect::<Vec<_>>(),
        &mut paths,
    ] {
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
    variables.clear();
    for key in keys::all() {
        assert!(key.kind.accepts(key.default.unwrap_or(key.example)), "{}", key.path());
    }
}

#[test]
fn who_may_do_what_and_how_much_is_read_from_the_file_and_the_environment() {
    let (_folder, path) = file(
        "version = 1\n[operators]\naccounts = [\"0x1\", \"0x2\"]\nlisten = \"127.0.0.1:8788\"\n\
         [tokens]\nkey_days = 7\n[browsers]\norigins = [\"https://farm.example\"]\n\
         [limits]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1/128\"]\nloopback = true\naccount_writes = \"3/4\"\n\
         sockets_per_account = 5\nstalled_seconds = 1.5\n[credits]\nfaucet = \"2.5\"\n",
    );
    let config = Config::read(Some(&path), |name| {
        (name == "TRUSTED_PROXIES").then(|| "192.168.0.0/16".to_owned())
    });
    let mut settings = Settings::new("folder");
    config.unwrap().apply(&mut settings).unwrap();
    assert_eq!(settings.operators.len(), 2);
    assert_eq!(settings.admin_listen, Some(SocketAddr::from(([127, 0, 0, 1], 8788))));
    assert_eq!(settings.token_key_days, 7);
    assert_eq!(settings.cors_origins, ["https://farm.example"]);
    assert_eq!(settings.faucet.to_string(), "2500000000000000000");
    let limits = settings.limits;
    // The environment goes before the file: nothing of the file's list is left.
    let proxies: Vec<String> = limits.proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["192.168.0.0/16"]);
    assert_eq!((limits.limit_loopback, limits.sockets_per_account), (true, 5));
    assert_eq!(limits.account.writes, Rate::new(3, 4));
    assert_eq!(limits.stalled_within, Duration::from_millis(1500));
    // What is not named is as it is by itself.
    assert_eq!(limits.account.reads, Settings::default().limits.account.reads);
}
