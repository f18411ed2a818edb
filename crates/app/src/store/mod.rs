//! Where content goes and comes from: the tiers that were chosen, the keys of scenes, and what the store takes.

mod scene_keys;
mod secrets;
mod state;
mod tiers;

pub use scene_keys::{SceneKeyError, SceneKeys, project_of};
pub use secrets::{SecretStore, SecretsError, Where};
pub use state::{clean_storage, forget_pinning_token, set_pinning_token, storage, test_pinning};
pub(crate) use tiers::{Around, CoordinatorIs, apply, initial, limit, open};
pub use tiers::{Chosen, CoordinatorUse, environment, for_command};
