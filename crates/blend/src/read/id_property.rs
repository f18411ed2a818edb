//! Custom properties: where add-ons, Cycles among them, keep their settings.
//!
//! Source: Blender, `source/blender/makesdna/DNA_ID.h` (`IDProperty`, `eIDPropertyType`).

use super::structs::Struct;

const INT: i64 = 1;
const FLOAT: i64 = 2;
const GROUP: i64 = 6;
const DOUBLE: i64 = 8;
const BOOLEAN: i64 = 10;

/// A group of properties by name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Properties<'a>(Struct<'a>);

impl<'a> Properties<'a> {
    /// The group called `name` among the properties of a datablock. Blender 5.0 keeps those that add-ons declare apart
    /// from those that people make.
    pub fn of(id: Struct<'a>, name: &str) -> Option<Self> {
        ["id.system_properties", "id.properties"]
            .into_iter()
            .find_map(|place| Self(id.follow(place)?).group(name))
    }

    /// Names of the groups among the properties of a datablock.
    pub fn groups(id: Struct<'a>) -> impl Iterator<Item = String> {
        ["id.system_properties", "id.properties"]
            .into_iter()
            .filter_map(move |place| id.follow(place))
            .flat_map(|all| all.list("data.group").take(10_000))
            .filter(|member| member.int("type") == Some(GROUP))
            .filter_map(|member| member.text("name"))
    }

    fn member(self, name: &str) -> Option<Struct<'a>> {
        self.0
            .list("data.group")
            .take(10_000)
            .find(|member| member.text("name").as_deref() == Some(name))
    }

    pub fn group(self, name: &str) -> Option<Self> {
        self.member(name)
            .filter(|member| member.int("type") == Some(GROUP))
            .map(Self)
    }

    pub fn int(self, name: &str) -> Option<i64> {
        let member = self.member(name)?;
        match member.int("type")? {
            INT => member.int("data.val"),
            BOOLEAN => member.int("data.val").map(|value| i64::from(value & 0xff != 0)),
            FLOAT | DOUBLE => self.float(name).map(|value| value as i64),
            _ => None,
        }
    }

    pub fn flag(self, name: &str) -> Option<bool> {
        self.int(name).map(|value| value != 0)
    }

    pub fn float(self, name: &str) -> Option<f64> {
        let member = self.member(name)?;
        let bits = |field| member.int(field).map(|value| value as u32);
        match member.int("type")? {
            INT => member.int("data.val").map(|value| value as f64),
            FLOAT => Some(f64::from(f32::from_bits(bits("data.val")?))),
            DOUBLE => {
                // Two halves in the order of the computer that saved the file.
                let (first, second) = (u64::from(bits("data.val")?), u64::from(bits("data.val2")?));
                let (high, low) = if member.file().header().big_endian {
                    (first, second)
                } else {
                    (second, first)
                };
                Some(f64::from_bits(high << 32 | low))
            }
            _ => None,
        }
    }
}
