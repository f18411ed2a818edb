//! Cursors and page sizes.

use crate::error::{ApiError, ApiResult};
use std::str::FromStr;
use veriframe_wire::{
    Page,
    page::{PAGE_DEFAULT, PAGE_MAX},
};

/// Rows of a page: 1 to 1000, 100 unless said.
pub fn limit(asked: Option<u32>) -> ApiResult<u32> {
    match asked.unwrap_or(PAGE_DEFAULT) {
        limit @ 1..=PAGE_MAX => Ok(limit),
        _ => Err(ApiError::invalid("A page has 1 to 1000 rows.")),
    }
}

pub fn cursor<T: FromStr>(text: Option<&str>) -> ApiResult<Option<T>> {
    text.map(|text| text.parse().map_err(|_| bad_cursor())).transpose()
}

pub fn bad_cursor() -> ApiError {
    ApiError::invalid("This cursor did not come from here.")
}

/// A full page may have a next one.
pub fn page<T>(items: Vec<T>, limit: u32, cursor: impl FnOnce(&T) -> String) -> Page<T> {
    let next_cursor = items.last().filter(|_| items.len() >= limit as usize).map(cursor);
    Page { items, next_cursor }
}
