//! Which driver expressions Blender computes by itself, without Python.
//!
//! Source: Blender, `source/blender/blenlib/intern/expr_pylike_eval.c`. Anything else is Python, which stays off when
//! the file renders on another computer: the driven value freezes.

const FUNCTIONS: &[&str] = &[
    "radians",
    "degrees",
    "abs",
    "fabs",
    "floor",
    "ceil",
    "trunc",
    "round",
    "int",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "atan2",
    "exp",
    "log",
    "sqrt",
    "pow",
    "fmod",
    "lerp",
    "clamp",
    "smoothstep",
    "min",
    "max",
];
const WORDS: &[&str] = &["pi", "True", "False", "frame", "if", "else", "and", "or", "not"];

/// Whether Blender computes the expression without Python. It may say no to what Blender would still accept, never
/// yes to what is Python.
pub(super) fn is_simple(expression: &str, variables: &[String]) -> bool {
    let mut rest = expression.trim();
    if rest.is_empty() {
        return true;
    }
    while let Some(letter) = rest.chars().next() {
        if letter.is_ascii_alphabetic() || letter == '_' {
            let end = rest
                .find(|next: char| !(next.is_ascii_alphanumeric() || next == '_'))
                .unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let known = WORDS.contains(&word)
                || FUNCTIONS.contains(&word) && after.trim_start().starts_with('(')
                || variables.iter().any(|variable| variable == word);
            // `a.b` is an attribute, which only Python knows.
            if !known || after.starts_with('.') {
                return false;
            }
            rest = after;
        } else if letter.is_ascii_digit() || letter == '.' {
            let Some(after) = number(rest) else { return false };
            rest = after;
        } else {
            if rest.starts_with("**") || rest.starts_with("//") || !"+-*/(),<>=! \t".contains(letter) {
                return false;
            }
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
    }
    true
}

fn number(text: &str) -> Option<&str> {
    let end = text
        .find(|next: char| !(next.is_ascii_digit() || next == '.'))
        .unwrap_or(text.len());
    let (digits, after) = text.split_at(end);
    let after = match after.strip_prefix(['e', 'E']) {
        Some(power) => {
            let power = power.strip_prefix(['+', '-']).unwrap_or(power);
            let end = power.find(|next: char| !next.is_ascii_digit()).unwrap_or(power.len());
            power.get(end..).filter(|_| end > 0)?
        }
        None => after,
    };
    // `0x1f`, `1j`, and `1.real` are Python's.
    let ends = !after.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_');
    (ends && digits.parse::<f64>().is_ok()).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::is_simple;

    #[test]
    fn tells_expressions_from_python() {
        let variables = ["var".to_owned(), "size_2".to_owned()];
        for simple in [
            "frame/10",
            "sin(var * 2.5e-1) + pi",
            "1 if var > .5 else max(size_2, 0)",
            "not var",
            "",
        ] {
            assert!(is_simple(simple, &variables), "{simple}");
        }
        for python in [
            "__import__('os').getpid()",
            "var ** 2",
            "var // 2",
            "bpy.context",
            "var.x",
            "[1][0]",
            "sin",
            "1j",
            "other",
        ] {
            assert!(!is_simple(python, &variables), "{python}");
        }
    }
}
