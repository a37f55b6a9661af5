-- Ratings of tickets by agent, group and the month in which the ticket was created.
SELECT
    helpdesk,
    agent,
    group_name,
    CAST(date_trunc('month', created_at) AS date) AS month,
    count(*) FILTER (WHERE rating = 'good') AS good,
    count(*) FILTER (WHERE rating = 'neutral') AS neutral,
    count(*) FILTER (WHERE rating = 'bad') AS bad
FROM {{ ref('helpdesk_tickets') }}
WHERE rating IS NOT NULL
GROUP BY helpdesk, agent, group_name, CAST(date_trunc('month', created_at) AS date)
