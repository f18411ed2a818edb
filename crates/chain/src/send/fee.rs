//! The most that a transaction may cost.

use starknet::core::types::FeeEstimate;
use veriframe_core::Amount;

/// Gas amounts, and prices in the smallest unit of STRK for one gas. The network charges what is used, at its price, and
/// never more than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fee {
    pub l1_gas: u64,
    pub l1_gas_price: u128,
    pub l2_gas: u64,
    pub l2_gas_price: u128,
    pub l1_data_gas: u64,
    pub l1_data_gas_price: u128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the network asks for up to {asked:?} where {limit:?} is the most that may be paid")]
pub struct FeeError {
    pub asked: Amount,
    pub limit: Amount,
}

impl Fee {
    /// What the network estimated, and half as much again of each: prices and the state that a contract meets change
    /// between the estimate and the block.
    pub(super) fn with_margin(estimate: &FeeEstimate) -> Self {
        let more = |gas: u64| gas.saturating_add(gas / 2);
        let dearer = |price: u128| price.saturating_add(price / 2);
        Self {
            l1_gas: more(estimate.l1_gas_consumed),
            l1_gas_price: dearer(estimate.l1_gas_price),
            l2_gas: more(estimate.l2_gas_consumed),
            l2_gas_price: dearer(estimate.l2_gas_price),
            l1_data_gas: more(estimate.l1_data_gas_consumed),
            l1_data_gas_price: dearer(estimate.l1_data_gas_price),
        }
    }

    /// The most that is paid.
    pub fn most(&self) -> Amount {
        let part = |gas: u64, price: u128| u128::from(gas).saturating_mul(price);
        let sum = part(self.l1_gas, self.l1_gas_price)
            .saturating_add(part(self.l2_gas, self.l2_gas_price))
            .saturating_add(part(self.l1_data_gas, self.l1_data_gas_price));
        Amount::from_units(sum)
    }

    /// Refuses a fee above what somebody agreed to.
    pub fn within(self, limit: Amount) -> Result<Self, FeeError> {
        let asked = self.most();
        if asked <= limit {
            Ok(self)
        } else {
            Err(FeeError { asked, limit })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_the_sum_with_the_margin() {
        let estimate = FeeEstimate {
            l1_gas_consumed: 0,
            l1_gas_price: 7,
            l2_gas_consumed: 100,
            l2_gas_price: 10,
            l1_data_gas_consumed: 4,
            l1_data_gas_price: 2,
            overall_fee: 1008,
        };
        let fee = Fee::with_margin(&estimate);
        assert_eq!(fee.most(), Amount::from_units(150 * 15 + 6 * 3));
        assert!(fee.within(Amount::from_units(2268)).is_ok());
        assert_eq!(fee.within(Amount::from_units(2267)).unwrap_err().asked, fee.most());
    }

    #[test]
    fn absurd_prices_do_not_overflow() {
        let fee = Fee {
            l2_gas: u64::MAX,
            l2_gas_price: u128::MAX,
            l1_gas: 1,
            l1_gas_price: 1,
            ..Fee::default()
        };
        assert_eq!(fee.most(), Amount::from_units(u128::MAX));
    }
}
