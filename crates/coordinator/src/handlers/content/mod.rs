pub mod car;
pub mod gateway;
pub mod have;
pub mod pins;
