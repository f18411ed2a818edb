//! SQL whose text depends on what is asked: pieces and values, numbered as both databases read them.

use sqlx::{
    Any, Arguments as _, AssertSqlSafe, Encode, FromRow, Type,
    any::{AnyArguments, AnyRow},
    query::{Query, QueryAs},
};

/// Values never stand in the text, so what strangers send cannot become SQL.
pub struct Statement {
    sql: String,
    values: AnyArguments,
}

impl Statement {
    pub fn new(sql: &'static str) -> Self {
        Self {
            sql: sql.to_owned(),
            values: AnyArguments::default(),
        }
    }

    pub fn push(&mut self, sql: &'static str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    pub fn bind<'v, T: Encode<'v, Any> + Type<Any>>(&mut self, value: T) -> &mut Self {
        self.values.add(value).expect("a text or a number can be bound");
        self.sql.push('$');
        self.sql.push_str(&self.values.len().to_string());
        self
    }

    /// `(a, b, c)`. None of them is `(NULL)`, which nothing is equal to.
    pub fn list<'v, T: Encode<'v, Any> + Type<Any>>(&mut self, values: impl IntoIterator<Item = T>) -> &mut Self {
        let mut open = '(';
        for value in values {
            self.sql.push(open);
            self.bind(value);
            open = ',';
        }
        self.sql.push_str(if open == '(' { "(NULL)" } else { ")" });
        self
    }

    /// `VALUES (…), (…)`.
    pub fn rows<T>(
        &mut self,
        rows: impl IntoIterator<Item = T>,
        mut values: impl for<'s> FnMut(Values<'s>, T) -> Values<'s>,
    ) -> &mut Self {
        let mut between = "VALUES ";
        for row in rows {
            self.sql.push_str(between);
            self.sql.push('(');
            values(
                Values {
                    statement: self,
                    first: true,
                },
                row,
            );
            self.sql.push(')');
            between = ", ";
        }
        self
    }

    pub fn query(self) -> Query<'static, Any, AnyArguments> {
        sqlx::query_with(AssertSqlSafe(self.sql), self.values)
    }

    pub fn query_as<T: for<'r> FromRow<'r, AnyRow>>(self) -> QueryAs<'static, Any, T, AnyArguments> {
        sqlx::query_as_with(AssertSqlSafe(self.sql), self.values)
    }
}

/// The values of one row.
pub struct Values<'s> {
    statement: &'s mut Statement,
    first: bool,
}

impl Values<'_> {
    #[must_use]
    pub fn bind<'v, T: Encode<'v, Any> + Type<Any>>(mut self, value: T) -> Self {
        if !std::mem::take(&mut self.first) {
            self.statement.push(",");
        }
        self.statement.bind(value);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered() {
        let mut statement = Statement::new("INSERT INTO t (a, b) ");
        statement.rows([(1_i64, "x"), (2, "y")], |row, (a, b)| row.bind(a).bind(b));
        statement.push(" ON CONFLICT (a) DO UPDATE SET b = ").bind("z");
        assert_eq!(
            statement.sql,
            "INSERT INTO t (a, b) VALUES ($1,$2), ($3,$4) ON CONFLICT (a) DO UPDATE SET b = $5"
        );
        assert_eq!(statement.values.len(), 5);
    }

    #[test]
    fn an_empty_list_is_not_an_error() {
        let mut statement = Statement::new("SELECT 1 FROM t WHERE a IN ");
        statement.list(Vec::<i64>::new()).push(" OR b IN ").list(["x", "y"]);
        assert_eq!(statement.sql, "SELECT 1 FROM t WHERE a IN (NULL) OR b IN ($1,$2)");
    }
}
