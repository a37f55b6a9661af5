-- Made by python -m docs.make. Change the schemas or the views instead.
-- One row for each case that is not deleted, with names instead of ids. The first reply is the
-- first one that was sent to the customer.
{{ config(enabled='desk' in var('helpdesk_taps')) }}
SELECT
    cases.id,
    cases.subject,
    cases.status,
    cases.status NOT IN ('resolved', 'closed') AS is_open,
    CAST(cases.priority AS text) AS priority,
    cases.type AS channel,
    coalesce(
        customers.display_name,
        customers.first_name || ' ' || customers.last_name,
        customers.first_name,
        customers.last_name
    ) AS requester,
    companies.name AS organization,
    coalesce(users.name, 'Agent ' || cases.assigned_user_id) AS agent,
    coalesce(groups.name, 'Group ' || cases.assigned_group_id) AS group_name,
    cases.created_at,
    cases.resolved_at AS solved_at,
    floor(extract(epoch FROM sent.first_sent_at) - extract(epoch FROM cases.created_at)) / 60.0 AS first_reply_minutes,
    floor(extract(epoch FROM cases.resolved_at) - extract(epoch FROM cases.created_at)) / 60.0 AS resolution_minutes,
    ratings.rating
FROM {{ source('desk', 'cases') }} AS cases
LEFT JOIN {{ source('desk', 'customers') }} AS customers ON customers.id = cases.customer_id
LEFT JOIN {{ source('desk', 'companies') }} AS companies ON companies.id = cases.company_id
LEFT JOIN {{ source('desk', 'users') }} AS users ON users.id = cases.assigned_user_id
LEFT JOIN {{ source('desk', 'groups') }} AS groups ON groups.id = cases.assigned_group_id
LEFT JOIN (
    SELECT case_id, min(sent_at) AS first_sent_at
    FROM {{ source('desk', 'replies') }} AS replies
    WHERE direction = 'out' AND status = 'sent'
    GROUP BY case_id
) AS sent ON sent.case_id = cases.id
LEFT JOIN {{ ref('helpdesk_ratings_desk') }} AS ratings ON ratings.ticket_id = cases.id
WHERE cases.status <> 'deleted'
