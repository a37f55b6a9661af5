-- needs tickets (id, subject, status, priority, source, requester_id, responder_id, group_id)
-- needs tickets (company_id, stats, spam, deleted, created_at)
-- needs ticket_fields (name, choices)
-- needs agents (id, contact)
-- needs contacts (id, name)
-- needs companies (id, name)
-- needs groups (id, name)
-- needs satisfaction_ratings (id, ticket_id, ratings, created_at)

-- The newest rating of each ticket. A survey's answers go from -103 to 103; 100 is neutral.
CREATE VIEW v_ratings AS
SELECT
    ticket_id,
    CASE
        WHEN points > 100 THEN 'good'
        WHEN points = 100 THEN 'neutral'
        WHEN points < 0 THEN 'bad'
    END AS rating
FROM (
    SELECT
        ticket_id,
        CAST(LIST(ratings) -> 0 ->> 'value' AS integer) AS points,
        row_number() OVER (PARTITION BY ticket_id ORDER BY created_at DESC, id DESC) AS place
    FROM satisfaction_ratings
) AS answers
WHERE place = 1;

-- One row for each ticket that is neither spam nor deleted, with names instead of ids.
-- Statuses 4 and 5 are Resolved and Closed; a status of the account's own counts as open.
CREATE VIEW v_tickets AS
SELECT
    tickets.id,
    tickets.subject,
    coalesce(
        (SELECT CHOICE(choices, tickets.status) FROM ticket_fields WHERE name = 'status'),
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
    MINUTES(tickets.created_at, tickets.replied_at) AS first_reply_minutes,
    MINUTES(tickets.created_at, tickets.solved_at) AS resolution_minutes,
    ratings.rating
FROM (
    SELECT
        *,
        TIME(stats ->> 'first_responded_at') AS replied_at,
        TIME(stats ->> 'resolved_at') AS solved_at
    FROM tickets
) AS tickets
LEFT JOIN contacts ON contacts.id = tickets.requester_id
LEFT JOIN agents AS askers ON askers.id = tickets.requester_id
LEFT JOIN companies ON companies.id = tickets.company_id
LEFT JOIN agents ON agents.id = tickets.responder_id
LEFT JOIN groups ON groups.id = tickets.group_id
LEFT JOIN v_ratings AS ratings ON ratings.ticket_id = tickets.id
WHERE NOT coalesce(tickets.spam, FALSE) AND NOT coalesce(tickets.deleted, FALSE);
