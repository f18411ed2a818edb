//! Formats of numbers by the names that OpenAPI's registry of formats has: the library writes `u-int32` for `uint32`.

use serde_json::Value;

/// Renames them wherever they stand.
pub fn name(document: &mut Value) {
    match document {
        Value::Object(fields) => {
            for (field, value) in fields {
                match value {
                    Value::String(format) if field == "format" && format.starts_with("u-int") => {
                        format.remove(1);
                    }
                    value => name(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(name),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
