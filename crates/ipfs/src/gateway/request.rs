//! What is asked for, read from the query and the header `Accept`.

pub const RAW_TYPE: &str = "application/vnd.ipld.raw";
pub const CAR_TYPE: &str = "application/vnd.ipld.car";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// The bytes of one block.
    Raw,
    Car(CarOptions),
}

/// How a CAR is to be made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CarOptions {
    pub scope: Scope,
    /// Which bytes of a file are wanted; only with [`Scope::Entity`], and no matter where it is no file.
    pub bytes: Option<ByteRange>,
    pub order: Order,
    pub duplicates: Duplicates,
}

/// How much below the end of the path is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    Block,
    /// What it takes to read a file or to list a folder.
    Entity,
    #[default]
    All,
}

/// Blocks come depth first either way; this is what the answer promises.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    DepthFirst,
    Unknown,
}

/// Whether a block comes again each time the tree leads to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Duplicates {
    Included,
    #[default]
    Excluded,
}

/// The first and the last byte that are wanted. A negative number counts from the end of the file; without `to` the
/// end of the file is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    pub from: i64,
    pub to: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// 406: nothing was asked for that can be checked by whoever asks.
    #[error("ask for format=raw or format=car: only answers that can be checked are given here")]
    NotAcceptable,
    /// 400.
    #[error("{name} cannot be {value:?}")]
    Parameter { name: &'static str, value: String },
}

fn refuse<T>(name: &'static str, value: &str) -> Result<T, RequestError> {
    let value = value.chars().take(80).collect();
    Err(RequestError::Parameter { name, value })
}

impl Format {
    /// Reads the pairs of the query and the values of every header `Accept`. The query counts before the header, and
    /// its names that mean nothing here are passed over.
    pub fn read<'a>(
        query: &[(String, String)],
        accept: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, RequestError> {
        let asked = |name: &str| {
            query
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        let accepted = Accepted::read(accept);
        let car = match asked("format").filter(|format| !format.is_empty()) {
            Some("raw") => false,
            Some("car") => true,
            Some(_) => return Err(RequestError::NotAcceptable),
            None => accepted.car_first.ok_or(RequestError::NotAcceptable)?,
        };
        if !car {
            return Ok(Self::Raw);
        }
        // The header may name several ways to make a CAR; the first that exists is taken. The query has the last word.
        let mut problem = None;
        for parameters in &accepted.cars {
            match car_options(&asked, |name| value_of(parameters, name)) {
                Ok(options) => return Ok(Self::Car(options)),
                Err(error) => problem = problem.or(Some(error)),
            }
        }
        match problem {
            Some(error) => Err(error),
            None => car_options(&asked, |_| None).map(Self::Car),
        }
    }
}

fn value_of<'a>(parameters: &[(String, &'a str)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
}

fn car_options<'a>(
    query: &dyn Fn(&str) -> Option<&'a str>,
    header: impl Fn(&str) -> Option<&'a str>,
) -> Result<CarOptions, RequestError> {
    let either = |query_name: &str, header_name: &str| {
        query(query_name)
            .filter(|value| !value.is_empty())
            .or_else(|| header(header_name))
            .unwrap_or_default()
    };
    match either("car-version", "version") {
        "" | "1" => {}
        other => return refuse("the version of the CAR", other),
    }
    let order = match either("car-order", "order") {
        "" | "dfs" => Order::DepthFirst,
        "unk" => Order::Unknown,
        other => return refuse("the order of the CAR", other),
    };
    let duplicates = match either("car-dups", "dups") {
        "" | "n" => Duplicates::Excluded,
        "y" => Duplicates::Included,
        other => return refuse("dups", other),
    };
    let bytes = query("entity-bytes").map(byte_range).transpose()?;
    let scope = match query("dag-scope") {
        Some("block") => Scope::Block,
        Some("entity") => Scope::Entity,
        // "It implies dag-scope=entity."
        Some("all") | None if bytes.is_some() => Scope::Entity,
        Some("all") | None => Scope::All,
        Some(other) => return refuse("dag-scope", other),
    };
    Ok(CarOptions {
        scope,
        bytes: bytes.filter(|_| scope == Scope::Entity),
        order,
        duplicates,
    })
}

fn byte_range(text: &str) -> Result<ByteRange, RequestError> {
    let number = |text: &str| text.parse::<i64>().ok();
    let read = text.split_once(':').and_then(|(from, to)| {
        let to = if to == "*" { None } else { Some(number(to)?) };
        Some(ByteRange {
            from: number(from)?,
            to,
        })
    });
    match read {
        // Counted from the same end, the last byte may not come before the first.
        Some(ByteRange { from, to: Some(to) }) if (from < 0) == (to < 0) && from > to => refuse("entity-bytes", text),
        Some(range) => Ok(range),
        None => refuse("entity-bytes", text),
    }
}

/// What the header `Accept` says about the two formats.
struct Accepted<'a> {
    /// Whether a CAR is wanted more than a block; `None` when neither is named. Wildcards name nothing.
    car_first: Option<bool>,
    /// The parameters of each kind of CAR, the most wanted first.
    cars: Vec<Vec<(String, &'a str)>>,
}

impl<'a> Accepted<'a> {
    fn read(headers: impl IntoIterator<Item = &'a str>) -> Self {
        let mut named = Vec::new();
        for item in headers.into_iter().flat_map(|header| header.split(',')) {
            let mut parts = item.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let parameters: Vec<(String, &str)> = parts
                .filter_map(|part| part.split_once('='))
                .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"')))
                .collect();
            let quality = value_of(&parameters, "q").map_or(Some(1.0), |text| text.parse::<f32>().ok());
            let car = kind == CAR_TYPE;
            if let Some(quality) = quality.filter(|quality| *quality > 0.0 && (car || kind == RAW_TYPE)) {
                named.push((quality, car, parameters));
            }
        }
        // Stable: among equals the order of the header stays.
        named.sort_by(|a, b| b.0.total_cmp(&a.0));
        Self {
            car_first: named.first().map(|(_, car, _)| *car),
            cars: named
                .into_iter()
                .filter_map(|(_, car, parameters)| car.then_some(parameters))
                .collect(),
        }
    }
}

impl CarOptions {
    /// The media type of the answer with all its parameters.
    pub fn content_type(&self) -> String {
        let order = match self.order {
            Order::DepthFirst => "dfs",
            Order::Unknown => "unk",
        };
        let dups = match self.duplicates {
            Duplicates::Included => "y",
            Duplicates::Excluded => "n",
        };
        format!("{CAR_TYPE}; version=1; order={order}; dups={dups}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(query: &str, accept: &[&str]) -> Result<Format, RequestError> {
        let pairs: Vec<_> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (name.to_owned(), value.to_owned())
            })
            .collect();
        Format::read(&pairs, accept.iter().copied())
    }

    fn car(query: &str, accept: &[&str]) -> CarOptions {
        match read(query, accept) {
            Ok(Format::Car(options)) => options,
            other => panic!("{query} {accept:?}: {other:?}"),
        }
    }

    #[test]
    fn the_format_is_in_the_query_or_the_header() {
        assert_eq!(read("format=raw", &[]), Ok(Format::Raw));
        assert_eq!(read("format=raw&filename=a", &[CAR_TYPE]), Ok(Format::Raw));
        assert_eq!(read("", &["Application/vnd.ipld.RAW"]), Ok(Format::Raw));
        assert_eq!(
            read("", &["text/html", "application/vnd.ipld.raw, */*;q=0.1"]),
            Ok(Format::Raw)
        );
        assert_eq!(car("format=car", &[RAW_TYPE]), CarOptions::default());
        assert_eq!(car("", &[CAR_TYPE]), CarOptions::default());
        assert_eq!(
            read("", &["application/vnd.ipld.car;q=0.4, application/vnd.ipld.raw"]),
            Ok(Format::Raw)
        );
        assert_eq!(
            read("", &["application/vnd.ipld.car;q=0, application/vnd.ipld.raw;q=0.1"]),
            Ok(Format::Raw)
        );
        for (query, accept) in [
            ("", &[][..]),
            ("", &["*/*"]),
            ("", &["text/html,application/xhtml+xml,*/*;q=0.8"]),
            ("", &["application/vnd.ipld.dag-json"]),
            ("", &["application/vnd.ipld.car;q=0"]),
            ("format=dag-json", &[RAW_TYPE]),
            ("format=tar", &[]),
        ] {
            assert_eq!(
                read(query, accept),
                Err(RequestError::NotAcceptable),
                "{query} {accept:?}"
            );
        }
    }

    #[test]
    fn the_query_has_the_last_word_about_a_car() {
        let accept = ["application/vnd.ipld.car; version=1; order=unk; dups=y"];
        let asked = car("", &accept);
        assert_eq!((asked.order, asked.duplicates), (Order::Unknown, Duplicates::Included));
        assert_eq!(car("format=car", &accept), asked);
        assert_eq!(
            asked.content_type(),
            "application/vnd.ipld.car; version=1; order=unk; dups=y"
        );
        let asked = car("format=car&car-order=dfs&car-dups=n&car-version=1", &accept);
        assert_eq!(asked, CarOptions::default());
        assert_eq!(
            asked.content_type(),
            "application/vnd.ipld.car; version=1; order=dfs; dups=n"
        );
        // The first way that exists.
        let list = ["application/vnd.ipld.car;order=foo, application/vnd.ipld.car;order=dfs;dups=\"y\";q=0.5"];
        assert_eq!(car("", &list).duplicates, Duplicates::Included);
    }

    #[test]
    fn scopes_and_ranges() {
        assert_eq!(car("format=car&dag-scope=block", &[]).scope, Scope::Block);
        assert_eq!(car("format=car&dag-scope=entity", &[]).scope, Scope::Entity);
        assert_eq!(car("format=car&dag-scope=all", &[]).scope, Scope::All);
        let range = |from, to| Some(ByteRange { from, to });
        for (text, bytes) in [
            ("0:*", range(0, None)),
            ("5:9", range(5, Some(9))),
            ("-1024:*", range(-1024, None)),
            ("499:-1000", range(499, Some(-1000))),
            ("-5:-5", range(-5, Some(-5))),
            ("-5:10", range(-5, Some(10))),
        ] {
            let asked = car(&format!("format=car&entity-bytes={text}"), &[]);
            assert_eq!((asked.scope, asked.bytes), (Scope::Entity, bytes), "{text}");
        }
        assert_eq!(car("format=car&dag-scope=block&entity-bytes=0:1", &[]).bytes, None);
    }

    #[test]
    fn what_does_not_exist_is_refused() {
        for query in [
            "car-version=2",
            "car-order=bfs",
            "car-dups=maybe",
            "dag-scope=",
            "dag-scope=some",
            "entity-bytes=",
            "entity-bytes=1",
            "entity-bytes=a:b",
            "entity-bytes=*:5",
            "entity-bytes=5:4",
            "entity-bytes=-4:-5",
            "entity-bytes=0:99999999999999999999",
        ] {
            let asked = read(&format!("format=car&{query}"), &[]);
            assert!(
                matches!(asked, Err(RequestError::Parameter { .. })),
                "{query}: {asked:?}"
            );
            assert_eq!(read(&format!("format=raw&{query}"), &[]), Ok(Format::Raw));
        }
        for accept in ["version=2", "order=bfs", "dups=maybe"] {
            let asked = read("", &[&format!("{CAR_TYPE}; {accept}")]);
            assert!(
                matches!(asked, Err(RequestError::Parameter { .. })),
                "{accept}: {asked:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn anything_is_answered(
            name in "(format|dag-scope|entity-bytes|car-version|car-order|car-dups)",
            value in ".{0,20}",
            accept in "(application/vnd.ipld.(car|raw))?[;=,q.0-9a-z \"]{0,30}",
        ) {
            let _ = Format::read(&[("format".into(), "car".into()), (name.clone(), value.clone())], [accept.as_str()]);
            let _ = Format::read(&[(name, value)], [accept.as_str()]);
        }
    }
}
