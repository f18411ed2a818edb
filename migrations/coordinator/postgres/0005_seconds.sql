-- On PostgreSQL the first migration has the column that SQLite gets here; so the numbers stay equal.
SELECT 1;
