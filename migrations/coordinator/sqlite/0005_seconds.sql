-- How long a frame took, where it can be averaged without reading JSON.
ALTER TABLE tasks ADD COLUMN seconds REAL;
UPDATE tasks SET seconds = json_extract(result, '$.seconds') WHERE result IS NOT NULL;
