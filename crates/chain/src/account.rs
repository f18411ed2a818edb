//! From a public key to the address of its account.

use crate::number::Felt;
use starknet::core::utils::get_contract_address;
use veriframe_core::Address;

/// Class hash of OpenZeppelin's `Account` preset of Cairo contracts 1.0.0: its constructor takes the public key and
/// nothing else. It is declared on the public networks, and a fresh development node deploys its own accounts from it.
///
/// The allow-list of local mode is this one class: an address is accepted for a key only if it derives from it.
pub const ACCOUNT_CLASS: Felt =
    Felt::from_hex_unchecked("0x05b4b537eaa2399e3aa99c4e2e0208ebd6c71bc1467938cd52c798c601e43564");

/// The address a `DEPLOY_ACCOUNT` transaction would give: class [`ACCOUNT_CLASS`], salt and only constructor argument
/// the public key, deployer 0. (Starknet documentation, "Contract address".)
pub fn account_address(public_key: &Felt) -> Address {
    let address = get_contract_address(*public_key, ACCOUNT_CLASS, &[*public_key], Felt::ZERO);
    Address::from_bytes(address.to_bytes_be()).expect("a contract address is reduced below 2^251 - 256")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::parse;

    /// Computed by starknet.js 7, an independent implementation, for the private key 0x1234.
    #[test]
    fn the_address_is_the_one_other_wallets_derive() {
        let public_key = parse("0x026da8d11938b76025862be14fdb8b28438827f73e75e86f7bfa38b196951fa7").unwrap();
        assert_eq!(
            account_address(&public_key).to_string(),
            "0x034057df49bad9d59c98523c4abcf03ea95a17280022ab44259c5a5978fdaff5"
        );
    }

    #[test]
    fn another_key_is_another_address() {
        assert_ne!(account_address(&Felt::ONE), account_address(&Felt::TWO));
    }
}
