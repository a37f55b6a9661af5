-- The schedules that tickets got, from the audits.
{{ config(alias='ticket_schedule', enabled=using_zendesk()) }}
SELECT
    audits.ticket_id,
    CAST(events.event ->> 'value' AS bigint) AS schedule_id,
    audits.created_at,
    audits._sdc_extracted_at AS _fivetran_synced
FROM {{ source('zendesk_support', 'audits') }} AS audits
CROSS JOIN unnest(audits.events) AS events (event)
WHERE events.event ->> 'type' = 'ScheduleAssignment' AND events.event ->> 'value' IS NOT NULL
