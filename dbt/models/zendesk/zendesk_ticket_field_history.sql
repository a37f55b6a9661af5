-- Each value that a ticket's fields had, with the time from which it held.
{{ config(alias='ticket_field_history', enabled=using_zendesk()) }}
SELECT
    audits.ticket_id,
    events.event ->> 'field_name' AS field_name,
    events.event ->> 'value' AS value,
    audits.author_id AS user_id,
    audits.created_at AS updated,
    audits._sdc_extracted_at AS _fivetran_synced
FROM {{ source('zendesk_support', 'audits') }} AS audits
CROSS JOIN unnest(audits.events) AS events (event)
WHERE events.event ->> 'type' IN ('Create', 'Change')
