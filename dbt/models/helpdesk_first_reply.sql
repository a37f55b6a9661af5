-- Tickets that got a reply, with the time to the first one.
SELECT helpdesk, ticket_id, agent, group_name, created_at, first_reply_minutes AS minutes
FROM {{ ref('helpdesk_tickets') }}
WHERE first_reply_minutes IS NOT NULL
