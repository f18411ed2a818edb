//! Which frames are rendered twice, and what follows when two renders disagree.

/// Draw an audit with a chance of one in this many.
///
/// The first result of a worker for a creator is always audited (`valid_in_row` 0). From then on the chance falls with
/// the results in a row that were not rejected: a half for the second, a tenth for the tenth, and so on.
pub fn one_in(valid_in_row: u32) -> u32 {
    valid_in_row.saturating_add(1)
}

/// What the renders of a frame say about each other. The first is the one that was submitted as the frame, the second
/// its audit; the third is made only when those two disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The first render is right.
    First,
    /// The third render sides with the second: the first is rejected, the second becomes the frame.
    Second,
    /// The third render sides with the first: the second is rejected.
    FirstBySecondRejected,
    /// Two disagree and there is no third yet.
    AskThird,
    /// All three disagree: the scene does not render the same way twice, and nobody is to blame.
    Undecidable,
}

/// `third` says whether the third render agrees with the first and with the second.
pub fn verdict(second_agrees: bool, third: Option<(bool, bool)>) -> Verdict {
    match (second_agrees, third) {
        (true, _) => Verdict::First,
        (false, None) => Verdict::AskThird,
        (false, Some((true, _))) => Verdict::FirstBySecondRejected,
        (false, Some((false, true))) => Verdict::Second,
        (false, Some((false, false))) => Verdict::Undecidable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_grows() {
        assert_eq!(one_in(0), 1);
        assert_eq!(one_in(1), 2);
        assert_eq!(one_in(9), 10);
        assert_eq!(one_in(u32::MAX), u32::MAX);
    }

    #[test]
    fn the_majority_decides() {
        assert_eq!(verdict(true, None), Verdict::First);
        assert_eq!(verdict(false, None), Verdict::AskThird);
        assert_eq!(verdict(false, Some((true, false))), Verdict::FirstBySecondRejected);
        assert_eq!(verdict(false, Some((false, true))), Verdict::Second);
        assert_eq!(verdict(false, Some((false, false))), Verdict::Undecidable);
    }
}
