//! The coordinator on a real socket, with real keys, real pictures and a clock of the test's own.

mod audits;
mod backup;
mod chain;
mod content;
mod contract;
mod events;
mod gateway;
mod gateway_boxo;
mod jobs;
mod leases;
mod lists;
mod main_path;
mod money;
mod operating;
mod prices;
mod repetitions;
mod replicas;
mod restart;
mod results;
mod scheduling;
mod settlement;
mod sign_in;
mod sign_in_on_chain;
mod speed;
mod support;
mod webhooks;
