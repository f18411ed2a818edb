//! Answers over trees that others make, and over those that are made to do harm.
