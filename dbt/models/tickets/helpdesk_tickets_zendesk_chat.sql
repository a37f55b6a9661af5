-- Made by python -m docs.make. Change the schemas or the views instead.
-- One row for each chat and offline message that is not deleted. One that nobody has read is open.
{{ config(enabled='zendesk_chat' in var('helpdesk_taps')) }}
SELECT
    id,
    CAST(NULL AS text) AS subject,
    CASE
        WHEN type = 'offline_msg' THEN 'offline message'
        WHEN missed THEN 'missed'
        WHEN dropped THEN 'dropped'
        ELSE 'served'
    END AS status,
    coalesce(unread, FALSE) AS is_open,
    CAST(NULL AS text) AS priority,
    type AS channel,
    visitor ->> 'name' AS requester,
    CAST(NULL AS text) AS organization,
    to_jsonb(agent_names) ->> 0 AS agent,
    department_name AS group_name,
    timestamp AS created_at,
    end_timestamp AS solved_at,
    CAST(response_time ->> 'first' AS integer) / 60.0 AS first_reply_minutes,
    floor(extract(epoch FROM end_timestamp) - extract(epoch FROM timestamp)) / 60.0 AS resolution_minutes,
    rating
FROM {{ source('zendesk_chat', 'zopim_chats') }} AS zopim_chats
WHERE NOT coalesce(deleted, FALSE)
