-- Made by python -m docs.make. Change the schemas or the views instead.
-- The newest ratingof each case. "yes_no" is good above 0, "four_star" from 3 on and bad below 2.
{{ config(enabled='desk' in var('helpdesk_taps')) }}
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
    FROM {{ source('desk', 'feedbacks') }} AS feedbacks
) AS answers
WHERE place = 1
