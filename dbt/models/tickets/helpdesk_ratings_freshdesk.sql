-- Made by python -m docs.make. Change the schemas or the views instead.
-- The newest rating of each ticket. A survey's answers go from -103 to 103; 100 is neutral.
{{ config(enabled='freshdesk' in var('helpdesk_taps')) }}
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
        CAST(to_jsonb(ratings) -> 0 ->> 'value' AS integer) AS points,
        row_number() OVER (PARTITION BY ticket_id ORDER BY created_at DESC, id DESC) AS place
    FROM {{ source('freshdesk', 'satisfaction_ratings') }} AS satisfaction_ratings
) AS answers
WHERE place = 1
