//! Finds the files that a scene refers to.
