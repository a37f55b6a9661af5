-- The tickets of all helpdesks. Chats and cases are tickets, too.
{% for name in var('helpdesk_taps') %}
SELECT
    '{{ name }}' AS helpdesk,
    CAST(id AS text) AS ticket_id,
    subject,
    status,
    is_open,
    priority,
    channel,
    requester,
    organization,
    agent,
    group_name,
    created_at,
    solved_at,
    CAST(first_reply_minutes AS numeric) AS first_reply_minutes,
    CAST(resolution_minutes AS numeric) AS resolution_minutes,
    rating
FROM {{ ref('helpdesk_tickets_' ~ name) }}
{{ 'UNION ALL' if not loop.last }}
{% endfor %}
