//! Money, addresses and times as they are written in JSON.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;
use utoipa::ToSchema;
use veriframe_core::{Address, Amount, Timestamp};

/// Money as a decimal string of the smallest unit: `"1000000000000000000"` is one credit or one STRK.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, pattern = "^[0-9]{1,39}$", example = "1000000000000000000")]
pub struct AmountText(pub Amount);

impl Serialize for AmountText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AmountText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

/// `0x` and 64 lower-case hex digits; read with or without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ToSchema)]
#[schema(value_type = String, pattern = "^0x[0-9a-fA-F]{1,64}$", example = "0x04a1000000000000000000000000000000000000000000000000000000000000")]
pub struct AddressText(pub Address);

impl Serialize for AddressText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AddressText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

/// The key of a sealed scene, 64 hexadecimal digits. Whoever has it reads the scene: it is never shown.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, pattern = "^[0-9a-fA-F]{64}$")]
pub struct SceneKeyText(pub String);

impl fmt::Debug for SceneKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SceneKeyText(…)")
    }
}

impl<'de> Deserialize<'de> for SceneKeyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text))
        } else {
            Err(D::Error::custom("a scene's key has 64 hexadecimal digits"))
        }
    }
}

/// A moment, RFC 3339 in UTC with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-22T10:00:00.000Z")]
pub struct Time(pub Timestamp);

const FORMAT: &[time::format_description::BorrowedFormatItem<'_>] =
    time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error as _;
        let nanos = i128::from(self.0.0) * 1_000_000;
        let moment = time::OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(S::Error::custom)?;
        serializer.serialize_str(&moment.format(FORMAT).map_err(S::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let moment = time::OffsetDateTime::parse(&text, &time::format_description::well_known::Rfc3339)
            .map_err(D::Error::custom)?;
        let millis = i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).map_err(D::Error::custom)?;
        Ok(Self(Timestamp(millis)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_round_trip() {
        let json = serde_json::to_string(&Time(Timestamp(1_700_000_000_123))).unwrap();
        assert_eq!(json, "\"2023-11-14T22:13:20.123Z\"");
        assert_eq!(
            serde_json::from_str::<Time>(&json).unwrap(),
            Time(Timestamp(1_700_000_000_123))
        );
    }

    #[test]
    fn money_is_a_string() {
        assert_eq!(
            serde_json::to_string(&AmountText(Amount::credits(1))).unwrap(),
            "\"1000000000000000000\""
        );
        assert!(serde_json::from_str::<AmountText>("1").is_err());
        assert!(serde_json::from_str::<AmountText>("\"-1\"").is_err());
    }
}
