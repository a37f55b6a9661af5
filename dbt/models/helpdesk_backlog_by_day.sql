-- How many tickets came, were solved, and were left unsolved, on each day from the first one on.
WITH events AS (
    SELECT helpdesk, CAST(created_at AS date) AS day, 1 AS created, 0 AS solved
    FROM {{ ref('helpdesk_tickets') }}
    UNION ALL
    SELECT helpdesk, CAST(solved_at AS date) AS day, 0 AS created, 1 AS solved
    FROM {{ ref('helpdesk_tickets') }}
    WHERE solved_at IS NOT NULL
),

days AS (
    SELECT helpdesk, CAST(generate_series(min(day), max(day), '1 day') AS date) AS day
    FROM events
    GROUP BY helpdesk
)

SELECT
    days.helpdesk,
    days.day,
    coalesce(sum(events.created), 0) AS created,
    coalesce(sum(events.solved), 0) AS solved,
    sum(coalesce(sum(events.created - events.solved), 0))
        OVER (PARTITION BY days.helpdesk ORDER BY days.day) AS unsolved
FROM days
LEFT JOIN events ON events.helpdesk = days.helpdesk AND events.day = days.day
GROUP BY days.helpdesk, days.day
