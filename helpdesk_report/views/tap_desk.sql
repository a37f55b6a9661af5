-- needs cases (id, subject, status, priority, type, customer_id, assigned_user_id)
-- needs cases (assigned_group_id, company_id, created_at, resolved_at)
-- needs customers (id, display_name, first_name, last_name)
-- needs companies (id, name)
-- needs users (id, name)
-- needs groups (id, name)
-- needs replies (case_id, direction, status, sent_at)
-- needs feedbacks (id, case_id, rating, rating_type, created_at)

-- The newest ratingof each case. "yes_no" is good above 0, "four_star" from 3 on and bad below 2.
CREATE VIEW v_ratings AS
SELECT
    case_id AS ticket_id,
    CASE
        WHEN rating >= 3 OR (rating > 0 AND rating_type = 'yes_no') THEN 'good'
        WHEN rating >= 2 THEN 'neutral'
        WHEN rating IS NOT NULL THEN 'bad'
    END AS rating
FROM (
    SELECT
        case_id,
        rating,
        rating_type,
        row_number() OVER (PARTITION BY case_id ORDER BY created_at DESC, id DESC) AS place
    FROM feedbacks
) AS answers
WHERE place = 1;

-- One row for each case that is not deleted, with names instead of ids. The first reply is the
-- first one that was sent to the customer.
CREATE VIEW v_tickets AS
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
    MINUTES(cases.created_at, sent.first_sent_at) AS first_reply_minutes,
    MINUTES(cases.created_at, cases.resolved_at) AS resolution_minutes,
    ratings.rating
FROM cases
LEFT JOIN customers ON customers.id = cases.customer_id
LEFT JOIN companies ON companies.id = cases.company_id
LEFT JOIN users ON users.id = cases.assigned_user_id
LEFT JOIN groups ON groups.id = cases.assigned_group_id
LEFT JOIN (
    SELECT case_id, min(sent_at) AS first_sent_at
    FROM replies
    WHERE direction = 'out' AND status = 'sent'
    GROUP BY case_id
) AS sent ON sent.case_id = cases.id
LEFT JOIN v_ratings AS ratings ON ratings.ticket_id = cases.id
WHERE cases.status <> 'deleted';
