//! Every reason for which the contracts revert, as a stable code: clients turn each into a sentence, so a code is never
//! renamed and never used for a second reason.

// Who asks.
pub const NOT_OWNER: felt252 = 'NOT_OWNER';
pub const NOT_PENDING_OWNER: felt252 = 'NOT_PENDING_OWNER';
pub const NOT_CREATOR: felt252 = 'NOT_CREATOR';
pub const NOT_SCHEDULER: felt252 = 'NOT_SCHEDULER';
pub const NOT_AGGREGATOR: felt252 = 'NOT_AGGREGATOR';
pub const NOT_ARBITER: felt252 = 'NOT_ARBITER';
pub const NOT_VERIFIER: felt252 = 'NOT_VERIFIER';
pub const NOT_MARKET: felt252 = 'NOT_MARKET';
/// The aggregator cannot challenge its own result.
pub const IS_AGGREGATOR: felt252 = 'IS_AGGREGATOR';

// Governance.
pub const PAUSED: felt252 = 'PAUSED';
pub const NOT_PAUSED: felt252 = 'NOT_PAUSED';
pub const UNKNOWN_ROLE: felt252 = 'UNKNOWN_ROLE';
/// The role was given once and for all.
pub const ROLE_FIXED: felt252 = 'ROLE_FIXED';
/// The account does not have the role that is taken from it.
pub const ROLE_NOT_HELD: felt252 = 'ROLE_NOT_HELD';
pub const ZERO_ADDRESS: felt252 = 'ZERO_ADDRESS';
pub const NO_UPGRADE: felt252 = 'NO_UPGRADE';
pub const UPGRADE_TOO_EARLY: felt252 = 'UPGRADE_TOO_EARLY';

// Where a job stands.
pub const NO_SUCH_JOB: felt252 = 'NO_SUCH_JOB';
pub const JOB_NOT_OPEN: felt252 = 'JOB_NOT_OPEN';
pub const JOB_NOT_ASSIGNED: felt252 = 'JOB_NOT_ASSIGNED';
pub const JOB_NOT_COMMITTED: felt252 = 'JOB_NOT_COMMITTED';
pub const JOB_NOT_CHALLENGEABLE: felt252 = 'JOB_NOT_CHALLENGEABLE';
pub const JOB_NOT_DISPUTED: felt252 = 'JOB_NOT_DISPUTED';
pub const JOB_NOT_FINALISED: felt252 = 'JOB_NOT_FINALISED';
/// Its result is shown, or it is over: it cannot expire any more.
pub const JOB_NOT_EXPIRABLE: felt252 = 'JOB_NOT_EXPIRABLE';

// Time.
pub const DEADLINE_PASSED: felt252 = 'DEADLINE_PASSED';
pub const DEADLINE_TOO_FAR: felt252 = 'DEADLINE_TOO_FAR';
pub const DEADLINE_NOT_PASSED: felt252 = 'DEADLINE_NOT_PASSED';
pub const REVEAL_PERIOD_PASSED: felt252 = 'REVEAL_PERIOD_PASSED';
pub const REVEAL_PERIOD_OPEN: felt252 = 'REVEAL_PERIOD_OPEN';
pub const WINDOW_OPEN: felt252 = 'WINDOW_OPEN';
pub const WINDOW_CLOSED: felt252 = 'WINDOW_CLOSED';
pub const ARBITER_TIME_OPEN: felt252 = 'ARBITER_TIME_OPEN';
pub const ARBITER_TIME_PASSED: felt252 = 'ARBITER_TIME_PASSED';
pub const STILL_UNBONDING: felt252 = 'STILL_UNBONDING';

// What was given.
pub const BAD_BUDGET: felt252 = 'BAD_BUDGET';
pub const BAD_WINDOW: felt252 = 'BAD_WINDOW';
pub const BAD_SPEC_LENGTH: felt252 = 'BAD_SPEC_LENGTH';
/// The commitment is not Poseidon over the specification.
pub const WRONG_SPEC_COMMITMENT: felt252 = 'WRONG_SPEC_COMMITMENT';
pub const ZERO_COMMITMENT: felt252 = 'ZERO_COMMITMENT';
pub const WRONG_REVEAL: felt252 = 'WRONG_REVEAL';
pub const OVER_BUDGET: felt252 = 'OVER_BUDGET';
pub const BAD_CID_LENGTH: felt252 = 'BAD_CID_LENGTH';
pub const BAD_BOND: felt252 = 'BAD_BOND';
pub const BAD_SHARE: felt252 = 'BAD_SHARE';
pub const BAD_PROFILE_LENGTH: felt252 = 'BAD_PROFILE_LENGTH';
pub const BAD_AMOUNT: felt252 = 'BAD_AMOUNT';
pub const SELF_ASSIGN_OFF: felt252 = 'SELF_ASSIGN_OFF';

// Claims and money.
pub const PROOF_TOO_LONG: felt252 = 'PROOF_TOO_LONG';
pub const BAD_PROOF: felt252 = 'BAD_PROOF';
pub const ALREADY_CLAIMED: felt252 = 'ALREADY_CLAIMED';
/// The leaves of the settlement add up to more than the result said it pays.
pub const OVER_TOTAL: felt252 = 'OVER_TOTAL';
pub const NOTHING_OWED: felt252 = 'NOTHING_OWED';
pub const TRANSFER_FAILED: felt252 = 'TRANSFER_FAILED';
pub const TOTAL_TOO_LARGE: felt252 = 'TOTAL_TOO_LARGE';
pub const REENTRANT_CALL: felt252 = 'REENTRANT_CALL';

// Workers.
pub const NOT_REGISTERED: felt252 = 'NOT_REGISTERED';
pub const ALREADY_REGISTERED: felt252 = 'ALREADY_REGISTERED';
pub const ALREADY_LOCKED: felt252 = 'ALREADY_LOCKED';
pub const STAKE_LOCKED: felt252 = 'STAKE_LOCKED';
pub const STAKE_TOO_SMALL: felt252 = 'STAKE_TOO_SMALL';
pub const NOTHING_UNBONDING: felt252 = 'NOTHING_UNBONDING';
