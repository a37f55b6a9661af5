-- Made by python -m docs.make. Change the schemas or the views instead.
-- One row for each ticket that is not deleted, with names instead of ids. The times are those that
-- Zendesk measures itself, in calendar minutes.
{{ config(enabled='zendesk_support' in var('helpdesk_taps')) }}
SELECT
    tickets.id,
    tickets.subject,
    tickets.status,
    tickets.status NOT IN ('solved', 'closed') AS is_open,
    tickets.priority,
    tickets.via ->> 'channel' AS channel,
    requesters.name AS requester,
    organizations.name AS organization,
    coalesce(agents.name, 'Agent ' || tickets.assignee_id) AS agent,
    coalesce(zendesk_groups.name, 'Group ' || tickets.group_id) AS group_name,
    tickets.created_at,
    metrics.solved_at,
    CAST(metrics.reply_time_in_minutes ->> 'calendar' AS integer) AS first_reply_minutes,
    CAST(metrics.full_resolution_time_in_minutes ->> 'calendar' AS integer) AS resolution_minutes,
    CASE
        WHEN tickets.satisfaction_rating ->> 'score' LIKE 'good%' THEN 'good'
        WHEN tickets.satisfaction_rating ->> 'score' LIKE 'bad%' THEN 'bad'
    END AS rating
FROM {{ source('zendesk_support', 'tickets') }} AS tickets
LEFT JOIN {{ source('zendesk_support', 'users') }} AS requesters ON requesters.id = tickets.requester_id
LEFT JOIN {{ source('zendesk_support', 'organizations') }} AS organizations ON organizations.id = tickets.organization_id
LEFT JOIN {{ source('zendesk_support', 'users') }} AS agents ON agents.id = tickets.assignee_id
LEFT JOIN {{ source('zendesk_support', 'zendesk_groups') }} AS zendesk_groups ON zendesk_groups.id = tickets.group_id
LEFT JOIN {{ source('zendesk_support', 'zendesk_ticket_metrics') }} AS metrics ON metrics.ticket_id = tickets.id
WHERE tickets.status <> 'deleted'
