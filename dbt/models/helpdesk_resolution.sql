-- Tickets that are solved, with the time from their creation to their last solution.
SELECT helpdesk, ticket_id, agent, group_name, created_at, solved_at, resolution_minutes AS minutes
FROM {{ ref('helpdesk_tickets') }}
WHERE resolution_minutes IS NOT NULL
