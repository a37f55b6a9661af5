-- Views on v_tickets, the same for all taps. Times are in minutes, days and hours in UTC.

-- Tickets that got a reply, with the time to the first one.
CREATE VIEW v_first_reply AS
SELECT id AS ticket_id, agent, group_name, created_at, first_reply_minutes AS minutes
FROM v_tickets
WHERE first_reply_minutes IS NOT NULL;

-- Tickets that are solved, with the time from their creation to their last solution.
CREATE VIEW v_resolution AS
SELECT id AS ticket_id, agent, group_name, created_at, solved_at, resolution_minutes AS minutes
FROM v_tickets
WHERE resolution_minutes IS NOT NULL;

-- Open tickets by status, and when the oldest of them was created.
CREATE VIEW v_backlog AS
SELECT status, count(*) AS tickets, min(created_at) AS oldest_created_at
FROM v_tickets
WHERE is_open
GROUP BY status;

-- For each day on which tickets came or were solved: how many, and how many were unsolved after it.
CREATE VIEW v_backlog_by_day AS
SELECT
    day,
    sum(created) AS created,
    sum(solved) AS solved,
    sum(sum(created) - sum(solved)) OVER (ORDER BY day) AS unsolved
FROM (
    SELECT DAY(created_at) AS day, 1 AS created, 0 AS solved
    FROM v_tickets
    UNION ALL
    SELECT DAY(solved_at) AS day, 0 AS created, 1 AS solved
    FROM v_tickets
    WHERE solved_at IS NOT NULL
) AS events
GROUP BY day;

-- Tickets that were created and solved in each week. A week is named by its Monday.
CREATE VIEW v_weeks AS
SELECT week, sum(created) AS created, sum(solved) AS solved
FROM (
    SELECT WEEK(created_at) AS week, 1 AS created, 0 AS solved
    FROM v_tickets
    UNION ALL
    SELECT WEEK(solved_at) AS week, 0 AS created, 1 AS solved
    FROM v_tickets
    WHERE solved_at IS NOT NULL
) AS events
GROUP BY week;

-- Ratings of tickets by the week in which the ticket was created.
CREATE VIEW v_satisfaction AS
SELECT
    WEEK(created_at) AS week,
    count(CASE WHEN rating = 'good' THEN 1 END) AS good,
    count(CASE WHEN rating = 'neutral' THEN 1 END) AS neutral,
    count(CASE WHEN rating = 'bad' THEN 1 END) AS bad
FROM v_tickets
WHERE rating IS NOT NULL
GROUP BY WEEK(created_at);

-- Tickets by the weekday (1 is Monday) and the hour in which they were created.
CREATE VIEW v_busiest_hours AS
SELECT WEEKDAY(created_at) AS weekday, HOUR(created_at) AS hour, count(*) AS tickets
FROM v_tickets
GROUP BY WEEKDAY(created_at), HOUR(created_at);

-- All tickets in one row. A median is the middle time, or the mean of the two middle ones.
CREATE VIEW v_summary AS
SELECT
    count(*) AS tickets,
    count(CASE WHEN is_open THEN 1 END) AS open,
    avg(CASE
        WHEN reply IN ((replies + 1) / 2, (replies + 2) / 2) THEN first_reply_minutes
    END) AS median_first_reply_minutes,
    avg(CASE
        WHEN solution IN ((solutions + 1) / 2, (solutions + 2) / 2) THEN resolution_minutes
    END) AS median_resolution_minutes,
    count(CASE WHEN rating = 'good' THEN 1 END) AS good,
    count(CASE WHEN rating = 'neutral' THEN 1 END) AS neutral,
    count(CASE WHEN rating = 'bad' THEN 1 END) AS bad
FROM (
    SELECT
        *,
        count(first_reply_minutes) OVER () AS replies,
        row_number() OVER (ORDER BY first_reply_minutes NULLS LAST) AS reply,
        count(resolution_minutes) OVER () AS solutions,
        row_number() OVER (ORDER BY resolution_minutes NULLS LAST) AS solution
    FROM v_tickets
) AS ranked;

-- The same for each agent. Tickets that have no agent are in the row where agent is NULL.
CREATE VIEW v_agents AS
SELECT
    agent,
    count(*) AS tickets,
    count(CASE WHEN is_open THEN 1 END) AS open,
    avg(CASE
        WHEN reply IN ((replies + 1) / 2, (replies + 2) / 2) THEN first_reply_minutes
    END) AS median_first_reply_minutes,
    avg(CASE
        WHEN solution IN ((solutions + 1) / 2, (solutions + 2) / 2) THEN resolution_minutes
    END) AS median_resolution_minutes,
    count(CASE WHEN rating = 'good' THEN 1 END) AS good,
    count(CASE WHEN rating = 'neutral' THEN 1 END) AS neutral,
    count(CASE WHEN rating = 'bad' THEN 1 END) AS bad
FROM (
    SELECT
        *,
        count(first_reply_minutes) OVER (PARTITION BY agent) AS replies,
        row_number() OVER (
            PARTITION BY agent ORDER BY first_reply_minutes NULLS LAST
        ) AS reply,
        count(resolution_minutes) OVER (PARTITION BY agent) AS solutions,
        row_number() OVER (
            PARTITION BY agent ORDER BY resolution_minutes NULLS LAST
        ) AS solution
    FROM v_tickets
) AS ranked
GROUP BY agent;

-- The same for each group.
CREATE VIEW v_groups AS
SELECT
    group_name,
    count(*) AS tickets,
    count(CASE WHEN is_open THEN 1 END) AS open,
    avg(CASE
        WHEN reply IN ((replies + 1) / 2, (replies + 2) / 2) THEN first_reply_minutes
    END) AS median_first_reply_minutes,
    avg(CASE
        WHEN solution IN ((solutions + 1) / 2, (solutions + 2) / 2) THEN resolution_minutes
    END) AS median_resolution_minutes,
    count(CASE WHEN rating = 'good' THEN 1 END) AS good,
    count(CASE WHEN rating = 'neutral' THEN 1 END) AS neutral,
    count(CASE WHEN rating = 'bad' THEN 1 END) AS bad
FROM (
    SELECT
        *,
        count(first_reply_minutes) OVER (PARTITION BY group_name) AS replies,
        row_number() OVER (
            PARTITION BY group_name ORDER BY first_reply_minutes NULLS LAST
        ) AS reply,
        count(resolution_minutes) OVER (PARTITION BY group_name) AS solutions,
        row_number() OVER (
            PARTITION BY group_name ORDER BY resolution_minutes NULLS LAST
        ) AS solution
    FROM v_tickets
) AS ranked
GROUP BY group_name;
