//! Peers that others wrote, as processes of the tests: boxo, the library that Kubo is made of, in a small Go program;
//! js-ipfs and Kubo, two whole nodes. What they answer is what our own code is compared with. And the servers that a
//! coordinator may use: PostgreSQL and Redis.
//!
//! Whatever is absent is named on a line that begins with `SKIPPED:`, which `./dev test` counts. Everything here waits
//! with a deadline, panics with what the peer said, and ends with the test, even one that was killed. [`Figure`] is how the
//! bench tells what it measured beside them.

mod amount;
mod boxo;
mod devnet;
mod figures;
mod gateway;
mod kept;
mod memory;
mod node;
mod postgres;
mod process;
mod redis;
mod stream;
mod web;

pub use amount::a_part_of;
pub use boxo::{Boxo, CborNode, Cids, IdentityFolder, Profile};
pub use devnet::{Archive, Devnet, FundedAccount, STRK};
pub use figures::Figure;
pub use gateway::BoxoGateway;
pub use kept::{content_mark, copy_all, fixed_place, kept, program_mark};
pub use memory::folder_in_memory;
pub use node::{NodeKind, RpcNode};
pub use postgres::Postgres;
pub use redis::Redis;
pub use stream::SeededStream;
pub use web::{Reply, WebServer};

/// Makes a test of each function for each kind of node, in the modules `js_ipfs` and `kubo`.
///
/// The functions are `fn(NodeKind)`; those of a node that is absent are skipped.
#[macro_export]
macro_rules! for_each_node {
    ($($test:ident),+ $(,)?) => {
        mod js_ipfs {
            $(#[test]
            fn $test() {
                if $crate::NodeKind::JsIpfs.is_present() {
                    super::$test($crate::NodeKind::JsIpfs);
                }
            })+
        }
        mod kubo {
            $(#[test]
            fn $test() {
                if $crate::NodeKind::Kubo.is_present() {
                    super::$test($crate::NodeKind::Kubo);
                }
            })+
        }
    };
}
