-- Made by python -m docs.make. Change the schemas or the views instead.
-- One row for each ticket that is neither spam nor deleted, with names instead of ids.
-- Statuses 4 and 5 are Resolved and Closed; a status of the account's own counts as open.
{{ config(enabled='freshdesk' in var('helpdesk_taps')) }}
SELECT
    tickets.id,
    tickets.subject,
    coalesce(
        (SELECT CAST(choices AS jsonb) -> CAST(tickets.status AS text) ->> 0 FROM {{ source('freshdesk', 'ticket_fields') }} AS ticket_fields WHERE name = 'status'),
        CASE tickets.status
            WHEN 2 THEN 'Open' WHEN 3 THEN 'Pending' WHEN 4 THEN 'Resolved' WHEN 5 THEN 'Closed'
            ELSE 'Status ' || tickets.status
        END
    ) AS status,
    tickets.status NOT IN (4, 5) AS is_open,
    CASE tickets.priority
        WHEN 1 THEN 'Low' WHEN 2 THEN 'Medium' WHEN 3 THEN 'High' WHEN 4 THEN 'Urgent'
    END AS priority,
    CASE tickets.source
        WHEN 1 THEN 'Email' WHEN 2 THEN 'Portal' WHEN 3 THEN 'Phone' WHEN 5 THEN 'Twitter'
        WHEN 6 THEN 'Facebook' WHEN 7 THEN 'Chat' WHEN 9 THEN 'Feedback widget'
        WHEN 10 THEN 'Outbound email'
        ELSE 'Source ' || tickets.source
    END AS channel,
    coalesce(contacts.name, askers.contact ->> 'name') AS requester,
    companies.name AS organization,
    coalesce(agents.contact ->> 'name', 'Agent ' || tickets.responder_id) AS agent,
    coalesce(groups.name, 'Group ' || tickets.group_id) AS group_name,
    tickets.created_at,
    tickets.solved_at,
    floor(extract(epoch FROM tickets.replied_at) - extract(epoch FROM tickets.created_at)) / 60.0 AS first_reply_minutes,
    floor(extract(epoch FROM tickets.solved_at) - extract(epoch FROM tickets.created_at)) / 60.0 AS resolution_minutes,
    ratings.rating
FROM (
    SELECT
        *,
        CAST(stats ->> 'first_responded_at' AS timestamp) AS replied_at,
        CAST(stats ->> 'resolved_at' AS timestamp) AS solved_at
    FROM {{ source('freshdesk', 'tickets') }} AS tickets
) AS tickets
LEFT JOIN {{ source('freshdesk', 'contacts') }} AS contacts ON contacts.id = tickets.requester_id
LEFT JOIN {{ source('freshdesk', 'agents') }} AS askers ON askers.id = tickets.requester_id
LEFT JOIN {{ source('freshdesk', 'companies') }} AS companies ON companies.id = tickets.company_id
LEFT JOIN {{ source('freshdesk', 'agents') }} AS agents ON agents.id = tickets.responder_id
LEFT JOIN {{ source('freshdesk', 'groups') }} AS groups ON groups.id = tickets.group_id
LEFT JOIN {{ ref('helpdesk_ratings_freshdesk') }} AS ratings ON ratings.ticket_id = tickets.id
WHERE NOT coalesce(tickets.spam, FALSE) AND NOT coalesce(tickets.deleted, FALSE)
