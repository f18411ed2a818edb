//! Addresses without what is secret in them.

/// The address with `***` for a password, for what is asked (`?key=…`), and for parts of the path that look like keys.
pub fn redacted(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.split('?').next().unwrap_or_default().to_owned();
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = match authority.rsplit_once('@') {
        Some((user, host)) => format!("{}:***@{host}", user.split(':').next().unwrap_or_default()),
        None => authority.to_owned(),
    };
    let (path, asked) = path.split_at(path.find(['?', '#']).unwrap_or(path.len()));
    let parts = path
        .split('/')
        .map(|part| if looks_secret(part) { "***" } else { part });
    let asked = if asked.is_empty() { "" } else { "?***" };
    format!("{scheme}://{host}{}{asked}", parts.collect::<Vec<_>>().join("/"))
}

/// Services put their customers' keys into the path.
fn looks_secret(part: &str) -> bool {
    part.len() >= 20 && part.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_left() {
        for (address, shown) in [
            (
                "postgres://me:secret@db:5432/veriframe",
                "postgres://me:***@db:5432/veriframe",
            ),
            ("redis://:secret@cache", "redis://:***@cache"),
            (
                "https://node/v3/0123456789abcdef0123456789abcdef",
                "https://node/v3/***",
            ),
            ("https://node/rpc?key=secret", "https://node/rpc?***"),
            ("sqlite:a.db", "sqlite:a.db"),
            ("postgres://me:se@cret@db/x", "postgres://me:***@db/x"),
        ] {
            assert_eq!(redacted(address), shown);
        }
    }
}
