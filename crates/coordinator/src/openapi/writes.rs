//! What the document says of the writes of accounts: they take an `Idempotency-Key`. Content needs none: sent again, it is
//! the same.

use super::statuses::operations;
use utoipa::{
    Modify,
    openapi::{
        self, HttpMethod, ObjectBuilder, Required, Type,
        path::{ParameterBuilder, ParameterIn},
    },
};

pub struct OnceByKey;

impl Modify for OnceByKey {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let key = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(200))
            .pattern(Some("^[!-~]{1,200}$"));
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "The same request with the same key is done once, and answered as it was",
            ))
            .schema(Some(key))
            .build();
        for (path, method, operation) in operations(document) {
            let is_write = matches!(method, HttpMethod::Post | HttpMethod::Put | HttpMethod::Delete);
            // Whoever signs in has no account yet that a key could belong to.
            if is_write && operation.security.is_some() && !path.contains("/content/") {
                operation.parameters.get_or_insert_default().push(parameter.clone());
            }
        }
    }
}
