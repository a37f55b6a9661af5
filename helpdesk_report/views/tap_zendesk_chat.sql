-- needs zopim_chats (id, type, missed, dropped, unread, deleted, visitor, agent_names)
-- needs zopim_chats (department_name, timestamp, end_timestamp, response_time, rating)

-- One row for each chat and offline message that is not deleted. One that nobody has read is open.
CREATE VIEW v_tickets AS
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
    LIST(agent_names) ->> 0 AS agent,
    department_name AS group_name,
    timestamp AS created_at,
    end_timestamp AS solved_at,
    CAST(response_time ->> 'first' AS integer) / 60.0 AS first_reply_minutes,
    MINUTES(timestamp, end_timestamp) AS resolution_minutes,
    rating
FROM zopim_chats
WHERE NOT coalesce(deleted, FALSE);
